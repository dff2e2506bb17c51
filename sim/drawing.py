"""Drawings of a pathway: as text, for Graphviz (DOT), for Mermaid, and as a self-contained SVG picture.

All show the same: every stage with its kind, every transition, what leads in (arrivals, opening stock, other
pathways) and where outcomes go on. Dashed lines are ways to leave while waiting and child cases that open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.drawing_parts import DAYS, ENTRY, EXIT, Box, Line, Written, leave_note, parts, stage_note, words
from sim.drawing_svg import svg
from sim.drawing_tall import tall

if TYPE_CHECKING:
    from sim.pathway import Pathway, Stage

__all__ = ["Written", "dot", "mermaid", "svg", "tall", "text"]

DOT_SHAPES = {
    "step": "box, style=rounded",
    "desk": "box",
    "gate": "octagon",
    "checks": "box3d",
    "branch": "diamond",
    "outcome": "oval, penwidth=2",
    ENTRY: "cds",
    EXIT: "rarrow",
}
MERMAID_SHAPES = {
    "step": ("(", ")"),
    "desk": ("[", "]"),
    "gate": ("{{", "}}"),
    "checks": ("[[", "]]"),
    "branch": ("{", "}"),
    "outcome": ("([", "])"),
    ENTRY: (">", "]"),
    EXIT: ("[/", "/]"),
}


# -- text ----------------------------------------------------------------------------------------


def text(pathway: Pathway, others: Iterable[Pathway] = ()) -> str:
    """A list of entries and stages, each with its ways out; `- ->` marks a way to leave while waiting."""
    shown = parts(pathway, others)
    lines = [f"{pathway.label} (pathway {pathway.name})", ""]
    if pathway.report:
        lines += [f"Tables are grouped by {', '.join(words(name) for name in pathway.report)}.", ""]
    lines.append("Where cases come from")
    for box in shown.boxes:
        if box.kind == ENTRY:
            ends = ", ".join(line.end for line in shown.lines if line.start == box.id)
            lines.append(f"  {box.label} ({box.note}) --> {ends}")
    lines += ["", "Stages   ( --> transition, - -> while waiting, ==> to another pathway)"]
    for stage in pathway.stages:
        lines += _stage_text(stage)
    for milestone in pathway.milestones:
        only = " and ".join(f"{words(name)} is {words(level)}" for name, level in milestone.only)
        when = f", where {only}" if only else ""
        lines.append(
            f"  {milestone.name} (date): {milestone.label}, counted from {DAYS[milestone.since]}{when}"
        )
    return "\n".join(lines)


def _stage_text(stage: Stage) -> list[str]:
    note = stage_note(stage)
    lines = [f"  {stage.name} ({stage.kind}): {stage.label}" + (f" [{note}]" if note else "")]
    for way in stage.transitions:
        lines.append(f"      --> {way.target}" + (f"   ({way.name})" if way.name != way.target else ""))
    for leave in stage.leave:
        name = leave.transition.name
        named = f"{name}, " if name != leave.transition.target else ""
        lines.append(f"      - -> {leave.transition.target}   ({named}{leave_note(leave.kind, leave.since)})")
    if stage.continues:
        lines.append(f"      ==> {stage.continues}   (the same case goes on)")
    for child in stage.opens:
        lines.append(f"      ==> {child.enters}   (opens {child.name}: {words(child.count)})")
    return lines


# -- DOT -----------------------------------------------------------------------------------------


def dot(pathway: Pathway, others: Iterable[Pathway] = ()) -> str:
    """The pathway for Graphviz: `dot -Tpdf`."""
    shown = parts(pathway, others)
    lines = [f"digraph {_quoted(pathway.name)} {{"]
    lines.append(f'  label={_quoted(pathway.label)}; labelloc=t; rankdir=LR; fontname="sans-serif";')
    lines.append('  node [fontname="sans-serif", fontsize=11]; edge [fontname="sans-serif", fontsize=9];')
    for box in shown.boxes:
        label = _quoted("\n".join(_caption(box)))
        lines.append(f"  {_quoted(box.id)} [label={label}, shape={DOT_SHAPES[box.kind]}];")
    for line in shown.lines:
        style = ", style=dashed" if line.dashed else ""
        note = f", tooltip={_quoted(line.note)}" if line.note else ""
        name = _quoted(words(line.name))
        lines.append(f"  {_quoted(line.start)} -> {_quoted(line.end)} [label={name}{style}{note}];")
    return "\n".join([*lines, "}"])


def _caption(box: Box) -> list[str]:
    """Kind, label and note of a box, a line each."""
    kind = [] if box.kind in (ENTRY, EXIT) else [box.kind]
    return [*kind, box.label, *([box.note] if box.note else [])]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


# -- Mermaid -------------------------------------------------------------------------------------


def mermaid(pathway: Pathway, others: Iterable[Pathway] = ()) -> str:
    """The pathway as a Mermaid flowchart, for Markdown pages."""
    shown = parts(pathway, others)
    lines = ["---", f"title: {_quoted(pathway.label)}", "---", "flowchart LR"]
    for box in shown.boxes:
        left, right = MERMAID_SHAPES[box.kind]
        label = "<br>".join(_escaped(part) for part in _caption(box))
        lines.append(f'  {_id(box.id)}{left}"{label}"{right}')
    lines += [f"  {_arrow(line)}" for line in shown.lines]
    return "\n".join(lines)


def _arrow(line: Line) -> str:
    arrow = "-.->" if line.dashed else "-->"
    return f'{_id(line.start)} {arrow}|"{_escaped(words(line.name))}"| {_id(line.end)}'


def _id(name: str) -> str:
    """A name that Mermaid takes: its own words, such as `end`, are no ids."""
    return "s_" + name.replace(":", "_").replace(".", "_")


def _escaped(value: str) -> str:
    return value.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
