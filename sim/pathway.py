"""A pathway: the stages of one kind of case and the transitions between them, as a checked graph.

Structure only. No number stands here: how long a step takes, how likely a transition is and how many officers serve
a desk are looked up in the scenario under `<pathway>.<stage>...` (see docs/scenarios.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx

from sim import drawing
from sim.pathway_families import WAITING, Phase, Reach, Relatives
from sim.pathway_parts import StructureError, hold, hold_name, several

STEP, DESK, GATE, CHECKS, BRANCH, OUTCOME = "step", "desk", "gate", "checks", "branch", "outcome"
KINDS = (STEP, DESK, GATE, CHECKS, BRANCH, OUTCOME)
ENTERED, FILED, CLOCK = "entered", "filed", "clock"
SINCE = (ENTERED, FILED, CLOCK)
JOINED = "joined"
HAZARD, DEADLINE, LAPSE = "hazard", "deadline", "lapse"
REDONE = "redone"


@dataclass(frozen=True)
class Attribute:
    """What is known of a case and never changes inside a stage. A numeric attribute's levels are whole numbers."""

    name: str
    levels: tuple[str, ...]
    label: str = ""

    def __post_init__(self) -> None:
        hold_name("attribute", self.name)
        levels = several(f"attribute '{self.name}': levels", str, self.levels)
        object.__setattr__(self, "levels", levels)
        if not levels or len(set(levels)) < len(levels):
            raise StructureError(f"attribute '{self.name}' needs one level or more, each once, not {levels}")

    @cached_property
    def numeric(self) -> bool:
        return all(level.isdigit() for level in self.levels)


@dataclass(frozen=True)
class Transition:
    """A move to `target`; may set or draw attributes and mark a date (`filed`, `clock`) as today."""

    target: str
    name: str
    sets: tuple[tuple[str, str], ...] = ()
    draws: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leave:
    """A way to leave while waiting: a monthly hazard or a deadline in days, counted from `since`; or a lapsed check."""

    kind: str
    transition: Transition
    since: str

    def __post_init__(self) -> None:
        hold(f"the way to leave by a {self.kind}", Transition, self.transition)


@dataclass(frozen=True)
class Opens:
    """Child cases opened at an outcome: one per `count` ("one", or a numeric attribute of the parent)."""

    name: str
    enters: str
    count: str
    sets: tuple[tuple[str, str], ...] = ()
    draws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """One stage of a pathway. Which fields matter depends on `kind` (see the functions below)."""

    kind: str
    name: str
    label: str
    transitions: tuple[Transition, ...] = ()
    leave: tuple[Leave, ...] = ()
    since: str = ENTERED
    office: str = ""
    per: str = ""
    date: str = JOINED
    items: tuple[str, ...] = ()
    quota: str = ""
    region: str = ""
    continues: str = ""
    opens: tuple[Opens, ...] = ()

    def __post_init__(self) -> None:
        hold_name(self.kind, self.name)
        several(f"{self.name}: transitions", Transition, self.transitions)

    @property
    def holds_cases(self) -> bool:
        """Whether a case can be found here at the end of a day."""
        return self.kind in (STEP, DESK, GATE, CHECKS)

    def exits(self) -> Iterable[Transition]:
        """Every transition out of the stage, those of `leave` included, in listed order."""
        yield from self.transitions
        for way in self.leave:
            yield way.transition


@dataclass(frozen=True)
class Source:
    """A stream of arrivals; with `per`, one stream for each level of that attribute."""

    name: str
    label: str
    enters: str
    per: str = ""
    sets: tuple[tuple[str, str], ...] = ()
    draws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opening:
    """Cases that are at stage `at` when the run starts, with their real dates."""

    name: str
    label: str
    at: str
    sets: tuple[tuple[str, str], ...] = ()
    draws: tuple[str, ...] = ()


@dataclass(frozen=True)
class Milestone:
    """A date on the case, counted by the ledger when it comes while the case is still open in the pathway."""

    name: str
    label: str
    since: str
    only: tuple[tuple[str, str], ...] = ()


def _pairs(sets: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    return tuple((sets or {}).items())


def to(
    target: str,
    name: str | None = None,
    sets: Mapping[str, str] | None = None,
    draws: Iterable[str] = (),
    marks: Iterable[str] = (),
) -> Transition:
    """A transition to `target`, named after it unless told otherwise."""
    return Transition(target, name or target, _pairs(sets), tuple(draws), tuple(marks))


def hazard(transition: Transition, since: str = ENTERED) -> Leave:
    """Leaving by chance, at a monthly rate that may depend on the group and the date."""
    return Leave(HAZARD, transition, since)


def deadline(transition: Transition, since: str = ENTERED) -> Leave:
    """Leaving a number of days after `since`, never before tomorrow."""
    return Leave(DEADLINE, transition, since)


def opens(
    name: str,
    enters: str,
    count: str = "one",
    sets: Mapping[str, str] | None = None,
    draws: Iterable[str] = (),
) -> Opens:
    """Child cases, `count` of them, that begin at `enters` ("pathway.stage") on the day of the outcome."""
    return Opens(name, enters, count, _pairs(sets), tuple(draws))


def step(
    name: str, label: str, *transitions: Transition, leave: Iterable[Leave] = (), since: str = ENTERED
) -> Stage:
    """Takes whole days, at least one, counted from `since`; no limit on how many pass at once."""
    return Stage(STEP, name, label, transitions, several(f"{name}: leave", Leave, leave), since)


def desk(
    name: str,
    label: str,
    office: str,
    *transitions: Transition,
    per: str = "",
    date: str = JOINED,
    leave: Iterable[Leave] = (),
) -> Stage:
    """Waits for an office (with `per`, one office for each level of that attribute), in order of `date`."""
    ways = several(f"{name}: leave", Leave, leave)
    return Stage(DESK, name, label, transitions, ways, office=office, per=per, date=date)


def gate(
    name: str,
    label: str,
    quota: str,
    transition: Transition,
    lapse: Transition | None = None,
    region: str = "",
    leave: Iterable[Leave] = (),
) -> Stage:
    """Waits for a place under a quota counted in persons. `lapse`: back to the checks when one of them runs out."""
    lapses = () if lapse is None else (Leave(LAPSE, lapse, ENTERED),)
    ways = (*lapses, *several(f"{name}: leave", Leave, leave))
    return Stage(GATE, name, label, (transition,), ways, date=FILED, quota=quota, region=region)


def checks(
    name: str, label: str, transition: Transition, items: Iterable[str], leave: Iterable[Leave] = ()
) -> Stage:
    """Several steps at once; ready when the slowest is; what lapsed by then is redone (transition `redone`)."""
    redone = Transition(name, REDONE)
    ways = several(f"{name}: leave", Leave, leave)
    return Stage(CHECKS, name, label, (transition, redone), ways, items=several(f"{name}: items", str, items))


def branch(name: str, label: str, *transitions: Transition) -> Stage:
    """A choice that takes no time."""
    return Stage(BRANCH, name, label, transitions)


def outcome(name: str, label: str, continues: str = "", opens: Iterable[Opens] = ()) -> Stage:
    """Final in this pathway. `continues`: the same case goes on in another; `opens`: child cases begin."""
    return Stage(OUTCOME, name, label, continues=continues, opens=several(f"{name}: opens", Opens, opens))


def source(
    name: str,
    label: str,
    enters: str,
    per: str = "",
    sets: Mapping[str, str] | None = None,
    draws: Iterable[str] = (),
) -> Source:
    """Arrivals at stage `enters`; the scenario says how many (`sources.<name>.rate`)."""
    return Source(name, label, enters, per, _pairs(sets), tuple(draws))


def opening(
    name: str, label: str, at: str, sets: Mapping[str, str] | None = None, draws: Iterable[str] = ()
) -> Opening:
    """Cases already at stage `at` on the first day (`stock.<name>.cases`, `.age`)."""
    return Opening(name, label, at, _pairs(sets), tuple(draws))


def milestone(name: str, label: str, since: str, only: Mapping[str, str] | None = None) -> Milestone:
    """A dated fact to count, `<pathway>.<name>.days` after `since`, for cases whose attributes match `only`."""
    return Milestone(name, label, since, _pairs(only))


PARTS: dict[str, type] = {
    "stages": Stage, "sources": Source, "openings": Opening, "report": str, "milestones": Milestone,
    "phases": Phase, "reaches": Reach,
}  # fmt: skip


@dataclass(frozen=True)
class Pathway:
    """A state machine: stages, where cases come from, and what its tables are grouped by."""

    name: str
    label: str
    stages: tuple[Stage, ...]
    sources: tuple[Source, ...] = ()
    openings: tuple[Opening, ...] = ()
    report: tuple[str, ...] = ()
    milestones: tuple[Milestone, ...] = field(default=())
    phases: tuple[Phase, ...] = ()
    """parts of the time apart, when a case is a relative: each stage that holds cases is in one"""
    relatives: Relatives | None = None
    """relatives whom a principal's case carries"""
    reaches: tuple[Reach, ...] = ()
    """stages to which the time is taken"""

    def __post_init__(self) -> None:
        hold_name("pathway", self.name)
        for what, kind in PARTS.items():
            object.__setattr__(self, what, several(f"{self.name}: {what}", kind, getattr(self, what)))

    def stage(self, name: str) -> Stage:
        """The stage of that name (StructureError if there is none)."""
        for candidate in self.stages:
            if candidate.name == name:
                return candidate
        raise StructureError(
            f"{self.name}: no stage named '{name}'; stages: {', '.join(s.name for s in self.stages)}"
        )

    @property
    def arrivals(self) -> list[str]:
        """Names of the sources and of the opening stocks."""
        return [source.name for source in self.sources] + [opening.name for opening in self.openings]

    @property
    def graph(self) -> nx.MultiDiGraph:
        """Stages as nodes (kind, label), transitions as edges (key = transition name)."""
        graph = nx.MultiDiGraph(name=self.name)
        for stage in self.stages:
            graph.add_node(stage.name, kind=stage.kind, label=stage.label)
        for stage in self.stages:
            for transition in stage.exits():
                graph.add_edge(stage.name, transition.target, key=transition.name)
        return graph

    # The drawings; `others` are pathways whose outcomes lead here.

    def text(self, others: Iterable[Pathway] = ()) -> str:
        """A list of stages and transitions."""
        return drawing.text(self, others)

    def dot(self, others: Iterable[Pathway] = ()) -> str:
        """The graph for Graphviz."""
        return drawing.dot(self, others)

    def mermaid(self, others: Iterable[Pathway] = ()) -> str:
        """The graph for Mermaid."""
        return drawing.mermaid(self, others)

    def svg(
        self,
        others: Iterable[Pathway] = (),
        written: drawing.Written | None = None,
        colours: str = "reader's",
        tall: bool = False,
    ) -> str:
        """A self-contained picture; `written` is what a run found, to be written on it.

        `colours`: "reader's" follows the reader's choice of a light or dark screen; "light" and "dark" fix it.
        `tall`: from top to bottom, not from left to right.
        """
        return (drawing.tall if tall else drawing.svg)(self, others, written, colours)

    def check(self, entered_from_outside: Iterable[str] = ()) -> None:
        """Raise StructureError unless every name exists, every stage is reachable and leads to an outcome."""
        names = [stage.name for stage in self.stages]
        for name in names:
            if names.count(name) > 1:
                raise StructureError(f"{self.name}: two stages are named '{name}'")
        for stage in self.stages:
            self._check_stage(stage, set(names))
        for what in ("sources", "openings", "milestones"):
            for part in getattr(self, what):
                hold_name(f"{self.name}: {what}:", part.name)
        entries = set(entered_from_outside)
        entries |= {source.enters for source in self.sources} | {opening.at for opening in self.openings}
        for entry in entries:
            self.stage(entry)
        for opening in self.openings:
            if not self.stage(opening.at).holds_cases:
                raise StructureError(f"{self.name}: {opening.name}: '{opening.at}' holds no cases")
        for milestone in self.milestones:
            if milestone.since not in SINCE:
                raise StructureError(
                    f"{self.name}: {milestone.name}: since='{milestone.since}'; allowed: {', '.join(SINCE)}"
                )
            if milestone.name in names:
                raise StructureError(f"{self.name}: '{milestone.name}' is a stage and a milestone")
        self._check_families()
        graph = self.graph
        reached = (
            set(entries).union(*(nx.descendants(graph, entry) for entry in entries)) if entries else set()
        )
        for name in names:
            if name not in reached:
                raise StructureError(f"{self.name}.{name}: nothing leads here")
        ends = [stage.name for stage in self.stages if stage.kind == OUTCOME]
        ending = set(ends).union(*(nx.ancestors(graph, end) for end in ends)) if ends else set()
        for name in names:
            if name not in ending:
                raise StructureError(f"{self.name}.{name}: leads to no outcome")
        instant = graph.subgraph(stage.name for stage in self.stages if stage.kind == BRANCH)
        if not nx.is_directed_acyclic_graph(instant):
            raise StructureError(f"{self.name}: branches form a circle that takes no time")

    def _check_families(self) -> None:
        """Every stage that holds a relative is in one phase; what is named exists."""
        named = [name for one in self.phases for name in one.stages]
        for name in named:
            if not self.stage(name).holds_cases or named.count(name) > 1:
                raise StructureError(f"{self.name}.{name}: a phase is of stages that hold cases, each in one")
        for stage in self.stages:
            if self.phases and stage.holds_cases and stage.name not in named:
                raise StructureError(f"{self.name}.{stage.name}: is in no phase")
        if self.phases and self.relatives:
            raise StructureError(f"{self.name}: a case is a relative or carries relatives, not both")
        if any(one.name == WAITING for one in self.phases):
            raise StructureError(f"{self.name}: the phase '{WAITING}' is that of the principal's case")
        for name in self.relatives.elsewhere if self.relatives else ():
            if self.stage(name).kind != OUTCOME:
                raise StructureError(
                    f"{self.name}.{name}: relatives are counted elsewhere after an outcome only"
                )
        goals = [one.stage for one in self.reaches]
        for one in self.reaches:
            self.stage(one.stage)
            if one.since not in (ENTERED, FILED) or goals.count(one.stage) > 1:
                raise StructureError(
                    f"{self.name}.{one.stage}: the time to a stage is taken once, since entered or filed"
                )

    def _check_stage(self, stage: Stage, names: set[str]) -> None:
        where = f"{self.name}.{stage.name}"
        seen: set[str] = set()
        for transition in stage.exits():
            if transition.target not in names:
                raise StructureError(
                    f"{where}: transition '{transition.name}' leads to unknown '{transition.target}'"
                )
            if transition.name in seen:
                raise StructureError(f"{where}: two transitions are named '{transition.name}'")
            seen.add(transition.name)
            hold_name(f"{where}: transition", transition.name)
            for mark in transition.marks:
                if mark not in (FILED, CLOCK):
                    raise StructureError(f"{where}: '{mark}' is not a date that can be marked (filed, clock)")
            changed = {attribute for attribute, _ in transition.sets} | set(transition.draws)
            for attribute in changed & set(self.report):
                raise StructureError(
                    f"{where}: '{transition.name}' changes '{attribute}', which the tables report by"
                )
        if stage.kind == OUTCOME and seen:
            raise StructureError(f"{where}: an outcome is final; use `continues`")
        if stage.kind != OUTCOME and not stage.transitions:
            raise StructureError(f"{where}: has no transition")
        for since in (stage.since, *(way.since for way in stage.leave)):
            if since not in SINCE:
                raise StructureError(f"{where}: since='{since}'; allowed: {', '.join(SINCE)}")
        if stage.date not in (FILED, JOINED):
            raise StructureError(f"{where}: date='{stage.date}'; allowed: {FILED}, {JOINED}")
        if stage.kind == CHECKS and not stage.items:
            raise StructureError(f"{where}: checks without items")
        for item in stage.items:
            hold_name(f"{where}: item", item)
            if stage.items.count(item) > 1:
                raise StructureError(f"{where}: two items are named '{item}'")
        for way in stage.leave:
            target = way.transition.target
            if way.kind == LAPSE and self.stage(target).kind != CHECKS:
                raise StructureError(f"{where}: a lapse leads back to checks, not to '{target}'")
