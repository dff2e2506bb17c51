"""What a drawing of a pathway shows: boxes for stages and for what leads in and out, lines for the moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.pathway import Pathway, Stage

# What a box is, beside the kinds of stages.
ENTRY, EXIT = "entry", "exit"
ABOVE = "above"  # in place of an amount that is counted together with one further up
DAYS = {
    "entered": "the day of entry",
    "joined": "the day of joining",
    "filed": "the day of filing",
    "clock": "the day its clock started",
}
OUTCOME, DESK, GATE, CHECKS, BRANCH = "outcome", "desk", "gate", "checks", "branch"


@dataclass(frozen=True)
class Box:
    """A stage, or (kind `entry`, `exit`) something outside it; `note` says what it needs or comes from.

    `written` are lines about what a run found there, `share` how much of a bar is filled (below 0: no bar).
    """

    id: str
    kind: str
    label: str
    note: str = ""
    written: tuple[str, ...] = ()
    share: float = -1.0


@dataclass(frozen=True)
class Line:
    """A move from one box to another. `dashed`: a way to leave while waiting, or a child case that opens.

    `written` is what a run found there, `share` how thick the line is (below 0: as thick as any).
    """

    start: str
    end: str
    name: str = ""
    note: str = ""
    dashed: bool = False
    written: str = ""
    share: float = -1.0


@dataclass(frozen=True)
class Written:
    """What a run found, to be written on a drawing.

    `stages` are lines of text by stage, `stocks` how much is there (bars show it); `moves` are texts by (from, to),
    both names as in the table `flow`, and `flows` how much went there (thickness shows it); `about` stands under the
    title. Opening stocks are left out of such a drawing, and so are entries that nobody came by.
    """

    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stocks: Mapping[str, float] = field(default_factory=dict)
    moves: Mapping[tuple[str, str], str] = field(default_factory=dict)
    flows: Mapping[tuple[str, str], float] = field(default_factory=dict)
    about: str = ""


@dataclass(frozen=True)
class Parts:
    """Everything that a drawing of a pathway shows, in listed order."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]

    def box(self, name: str) -> Box:
        return next(box for box in self.boxes if box.id == name)


def words(name: str) -> str:
    """A name as words: `set_for_merits` is "set for merits"."""
    return name.replace("_", " ")


def parts(pathway: Pathway, others: Iterable[Pathway] = (), written: Written | None = None) -> Parts:
    """The parts of a pathway. `others`: pathways whose outcomes may continue or open cases here."""
    found = _parts(pathway, others)
    return found if written is None else _with(found, written)


def _with(found: Parts, written: Written) -> Parts:
    """The parts with what a run found written on them."""
    most = max(written.stocks.values(), default=0.0) or 1.0
    thickest = max(written.flows.values(), default=0.0) or 1.0
    lines: list[Line] = []
    counted: set[tuple[str, str]] = set()
    for line in found.lines:
        move = _move(line)
        flow = written.flows.get(move, 0.0)
        if line.start.startswith("stock:") or (found.box(line.start).kind == ENTRY and not flow):
            continue
        if move in counted and flow:  # two ways to one stage: the table has their sum only
            lines.append(replace(line, written=ABOVE))
            continue
        counted.add(move)
        share = -1.0 if line.end.startswith("to:") else flow / thickest
        lines.append(replace(line, written=written.moves.get(move, ""), share=share))
    kept = {line.start for line in lines} | {line.end for line in lines}
    boxes = [
        replace(
            box,
            written=written.stages.get(box.id, ()),
            share=written.stocks[box.id] / most if box.id in written.stocks else -1.0,
        )
        for box in found.boxes
        if box.id in kept or box.kind not in (ENTRY, EXIT)
    ]
    return Parts(tuple(boxes), tuple(lines))


def _move(line: Line) -> tuple[str, str]:
    """The move of a line as `flow` names it: arrivals and other pathways are sources there."""
    if line.start.startswith("from:"):
        return f"source:{line.start.removeprefix('from:')}", line.end
    return line.start, line.end


def _parts(pathway: Pathway, others: Iterable[Pathway]) -> Parts:
    boxes: list[Box] = []
    lines: list[Line] = []
    for source in pathway.sources:
        per = f", one stream for each {words(source.per)}" if source.per else ""
        boxes.append(Box(f"source:{source.name}", ENTRY, source.label, f"arrivals{per}"))
        lines.append(Line(f"source:{source.name}", source.enters, "arrive"))
    for opening in pathway.openings:
        boxes.append(Box(f"stock:{opening.name}", ENTRY, opening.label, "there on the first day"))
        lines.append(Line(f"stock:{opening.name}", opening.at, "there at the start"))
    neighbours = list(others)
    _entries(pathway, neighbours, boxes, lines)
    for stage in pathway.stages:
        boxes.append(Box(stage.name, stage.kind, stage.label, stage_note(stage)))
    for stage in pathway.stages:
        lines += [Line(stage.name, way.target, way.name) for way in stage.transitions]
        for leave in stage.leave:
            note = leave_note(leave.kind, leave.since)
            lines.append(Line(stage.name, leave.transition.target, leave.transition.name, note, dashed=True))
        _exits(stage, neighbours, boxes, lines)
    return Parts(tuple(boxes), tuple(lines))


def _entries(pathway: Pathway, others: list[Pathway], boxes: list[Box], lines: list[Line]) -> None:
    """What comes from other pathways; unknown ones where a stage has no other way in."""
    found: set[str] = set()
    for other in others:
        for stage in other.stages:
            if stage.continues.startswith(f"{pathway.name}."):
                _enter(boxes, lines, stage.continues, f"{other.name}.{stage.name}", other, stage)
                found.add(stage.continues)
            for child in stage.opens:
                if child.enters.startswith(f"{pathway.name}."):
                    name = f"{other.name}.{stage.name}.{child.name}"
                    _enter(boxes, lines, child.enters, name, other, stage, child.name)
                    found.add(child.enters)
    led_to = {line.end for line in lines} | {way.target for stage in pathway.stages for way in stage.exits()}
    led_to |= {entry.partition(".")[2] for entry in found}
    for stage in pathway.stages:
        if stage.name not in led_to:
            name = f"outside:{stage.name}"
            boxes.append(Box(name, ENTRY, "Another pathway", "leads here"))
            lines.append(Line(name, stage.name, "enter"))


def _enter(
    boxes: list[Box],
    lines: list[Line],
    enters: str,
    name: str,
    other: Pathway,
    stage: Stage,
    child: str = "",
) -> None:
    note = f"opens a case here ({words(child)})" if child else "the same case goes on here"
    boxes.append(Box(f"from:{name}", ENTRY, f"{other.label}: {stage.label}", note))
    lines.append(
        Line(f"from:{name}", enters.partition(".")[2], "opens" if child else "goes on", dashed=bool(child))
    )


def _exits(stage: Stage, others: list[Pathway], boxes: list[Box], lines: list[Line]) -> None:
    """Where an outcome goes on, and the child cases that it opens."""
    if stage.continues:
        name = f"to:{stage.name}"
        boxes.append(Box(name, EXIT, _elsewhere(stage.continues, others), "the same case goes on"))
        lines.append(Line(stage.name, name, "continues"))
    for child in stage.opens:
        name = f"to:{stage.name}.{child.name}"
        note = "opens one case" if child.count == "one" else f"opens a case for each of: {words(child.count)}"
        boxes.append(Box(name, EXIT, _elsewhere(child.enters, others), note))
        lines.append(Line(stage.name, name, child.name, dashed=True))


def _elsewhere(name: str, others: list[Pathway]) -> str:
    """A stage of another pathway by its label, or by its name if that pathway is not at hand."""
    pathway, _, stage = name.partition(".")
    for other in others:
        if other.name == pathway:
            return f"{other.label}: {other.stage(stage).label}"
    return f"{words(pathway)} pathway: {words(stage)}"


def leave_note(kind: str, since: str) -> str:
    """How a way to leave works, in words."""
    known = {"hazard": "by chance while waiting", "deadline": "at a deadline", "lapse": "when a check lapses"}
    return known.get(kind, kind) + ("" if since == "entered" else f", counted from {DAYS[since]}")


def stage_note(stage: Stage) -> str:
    """What a stage needs, in words."""
    if stage.kind == DESK:
        per = f", one for each {words(stage.per)}" if stage.per else ""
        return f"{words(stage.office)}{per}; in order of {DAYS[stage.date]}"
    if stage.kind == GATE:
        return f"{words(stage.quota)}{f', by {words(stage.region)}' if stage.region else ''}"
    if stage.kind == CHECKS:
        return ", ".join(words(item) for item in stage.items)
    if stage.kind == "step" and stage.since != "entered":
        return f"days counted from {DAYS[stage.since]}"
    return ""
