"""Stages and transitions as records: the structure of a system with the tables that its numbers give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sim import layout
from sim.chance import Streams
from sim.layout import NONE
from sim.pathway import CLOCK, FILED, HAZARD, LAPSE, REDONE, Pathway, Stage, Transition
from sim.scenario import Scenario
from sim.system import System
from sim.tables import MILLI, Field, Tables

KINDS = {"step": 0, "desk": 1, "gate": 2, "checks": 3, "branch": 4, "outcome": 5}
SINCE = {"entered": 0, "filed": 1, "clock": 2}
WAYS = {"hazard": layout.HAZARD, "deadline": layout.DEADLINE, "lapse": layout.LAPSE}


@dataclass(frozen=True)
class EdgeName:
    """What an edge is called in the tables: entries come from `source:NAME`."""

    pathway: str
    origin: str
    target: str
    name: str


@dataclass
class Structure:
    """The arrays while they grow."""

    system: System
    scenario: Scenario
    scale: float
    tables: Tables
    fields: dict[str, Field]
    streams: Streams = field(default_factory=Streams)
    stage: list[dict[str, int]] = field(default_factory=list)
    edge: list[dict[str, int]] = field(default_factory=list)
    names: list[EdgeName] = field(default_factory=list)
    draw: list[dict[str, int]] = field(default_factory=list)
    way: list[dict[str, int]] = field(default_factory=list)
    item: list[dict[str, int]] = field(default_factory=list)
    child: list[dict[str, int]] = field(default_factory=list)
    number: dict[tuple[str, str], int] = field(default_factory=dict)
    home: list[str] = field(default_factory=list)
    """name of the pathway of each stage"""

    def match(self, only: Iterable[tuple[str, str]]) -> tuple[int, int]:
        """The bits of a case's attributes that count, and what they must be."""
        mask = value = 0
        for attribute, level in only:
            place = self.fields[attribute]
            mask |= place.mask << place.shift
            value |= place.level(level) << place.shift
        return mask, value

    # -- edges ------------------------------------------------------------------------------------

    def add_edge(
        self,
        name: EdgeName,
        origin: int,
        sets: Iterable[tuple[str, str]],
        draws: Sequence[str],
        prefixes: Sequence[str],
        marks: Iterable[str] = (),
        served: bool = False,
    ) -> int:
        """A move into a stage. Drawn attributes take the first of `<prefix>.draws.<attribute>` that exists."""
        keep, value = -1, 0
        for attribute, level in sets:
            place = self.fields[attribute]
            keep &= ~(place.mask << place.shift)
            value = value & ~(place.mask << place.shift) | place.level(level) << place.shift
        first = len(self.draw)
        for attribute in draws:
            path = next((p for p in (f"{q}.draws.{attribute}" for q in prefixes) if self.scenario.get(p)), "")
            place = self.fields[attribute]
            self.draw.append(
                {
                    "shift": place.shift,
                    "mask": place.mask,
                    "table": self.tables.split(
                        path or f"{prefixes[-1]}.draws.{attribute}", place.attribute.levels
                    ),
                    "columns": len(place.attribute.levels),
                    "stream": self.streams.number(
                        f"draw {attribute} at {name.pathway}.{name.origin}.{name.name}"
                    ),
                }
            )
        self.edge.append(
            {
                "origin": origin,
                "target": self.number[(name.pathway, name.target)],
                "pathway": [p.name for p in self.system.pathways].index(name.pathway),
                "keep": keep,
                "value": value,
                "marks": sum({FILED: layout.MARK_FILED, CLOCK: layout.MARK_CLOCK}[mark] for mark in marks),
                "first_draw": first,
                "draws": len(self.draw) - first,
                "served": int(served),
                "enters": int(origin == NONE or self.home[origin] != name.pathway),
            }
        )
        self.names.append(name)
        return len(self.edge) - 1

    def transition(
        self, pathway: Pathway, stage: Stage, number: int, transition: Transition, served: bool
    ) -> int:
        name = EdgeName(pathway.name, stage.name, transition.target, transition.name)
        prefixes = (pathway.name,)
        return self.add_edge(
            name, number, transition.sets, transition.draws, prefixes, transition.marks, served
        )

    # -- stages -----------------------------------------------------------------------------------

    def add_stage(self, pathway: Pathway, stage: Stage) -> None:
        number = self.number[(pathway.name, stage.name)]
        path = f"{pathway.name}.{stage.name}"
        row = dict.fromkeys(layout.STAGE.names or (), NONE)
        row |= {
            "kind": KINDS[stage.kind],
            "since": SINCE[stage.since],
            "edges": 0,
            "ways": 0,
            "items": 0,
            "children": 0,
            "apart": int(bool(pathway.phases)),
        }
        row["pathway"] = self.system.pathways.index(pathway)
        row["by_filed"] = int(stage.date == FILED)
        serves = stage.kind in ("desk", "gate")
        row["first_edge"] = len(self.edge)
        for transition in stage.transitions:
            self.transition(pathway, stage, number, transition, serves)
            row["edges"] += 1
        columns = [transition.name for transition in stage.transitions if transition.name != REDONE]
        row["split_stream"] = self.streams.number(f"split {path}")
        row["days_stream"] = self.streams.number(f"days {path}")
        if len(columns) > 1:
            row["split"] = self.tables.split(f"{path}.split", columns)
        if stage.kind == "step":
            row["days"] = self.tables.days(f"{path}.days")
            row["hold"] = self.tables.hold(f"{path}.hold")
        if stage.kind == "desk":
            row["minutes"] = self.tables.whole(f"{path}.minutes", MILLI, columns)
            if self.scenario.get(f"{path}.oldest_first") is not None:
                row["oldest"] = self.rule(f"{path}.oldest_first", MILLI)
                if self.tables.cells[row["oldest"]].max() > MILLI:
                    raise self.scenario.error(
                        f"{path}.oldest_first", "is a share of the desk's time, between 0 and 1"
                    )
        if stage.kind == "checks":
            row["hold"] = self.tables.hold(f"{path}.hold")
            row["first_item"] = len(self.item)
            for item in stage.items:
                self.add_item(f"{path}.{item}")
                row["items"] += 1
        row["first_way"] = len(self.way)
        for way in stage.leave:
            edge = self.transition(pathway, stage, number, way.transition, False)
            name = f"{path}.{way.transition.name}"
            table = NONE
            if way.kind == HAZARD:
                table = self.tables.hazard(f"{name}.rate")
            elif way.kind != LAPSE:
                table = self.tables.days(f"{name}.days")
            stream = self.streams.number(f"leave {name}")
            self.way.append(
                {
                    "kind": WAYS[way.kind],
                    "edge": edge,
                    "since": SINCE[way.since],
                    "table": table,
                    "stream": stream,
                }
            )
            row["ways"] += 1
        self.stage.append(row)

    def rule(self, path: str, unit: int, columns: Sequence[str] | None = None) -> int:
        """A number of a desk or an office, not of its cases: by date, never by attribute."""
        number = self.scenario.require(path)
        for attribute in (*number.by, *number.factors):
            raise self.scenario.error(path, f"is the same for every case: it cannot depend on {attribute}")
        return self.tables.whole(path, unit, columns)

    def add_item(self, path: str) -> None:
        valid = self.tables.days(f"{path}.valid") if self.scenario.get(f"{path}.valid") else NONE
        self.item.append(
            {
                "days": self.tables.days(f"{path}.days"),
                "days_stream": self.streams.number(f"days {path}"),
                "valid": valid,
                "valid_stream": self.streams.number(f"valid {path}"),
            }
        )

    def link_outcomes(self) -> None:
        """Entries into other pathways: `continues` and the children that an outcome opens."""
        for pathway, stage in self.system.stages():
            number = self.number[(pathway.name, stage.name)]
            if stage.continues:
                target, _, entry = stage.continues.partition(".")
                name = EdgeName(target, f"source:{pathway.name}.{stage.name}", entry, stage.name)
                self.stage[number]["continues"] = self.add_edge(name, number, (), (), (target,))
            self.stage[number]["first_child"] = len(self.child)
            for opens in stage.opens:
                target, _, entry = opens.enters.partition(".")
                name = EdgeName(target, f"source:{pathway.name}.{stage.name}.{opens.name}", entry, opens.name)
                sets = (*self._one_person(), *opens.sets)
                edge = self.add_edge(name, NONE, sets, opens.draws, (target,))
                row = {
                    "edge": edge,
                    "number": self.system.kinds.index(opens.name) + 1,
                    "shift": 0,
                    "mask": 0,
                    "first": 1,
                }
                if opens.count != "one":
                    place = self.fields[opens.count]
                    row |= {"shift": place.shift, "mask": place.mask, "first": place.first}
                self.child.append(row)
                self.stage[number]["children"] += 1

    def _one_person(self) -> tuple[tuple[str, str], ...]:
        if not self.system.persons:
            return ()
        return ((self.system.persons, self.fields[self.system.persons].attribute.levels[0]),)

    def count_expiries(self) -> int:
        """Gives each check a place for the day on which it lapses; pathways that share no case share their places."""
        together = {pathway.name: {pathway.name} for pathway in self.system.pathways}
        for pathway, stage in self.system.stages():
            if stage.continues:
                joined = together[pathway.name] | together[stage.continues.partition(".")[0]]
                together |= dict.fromkeys(joined, joined)
        taken = dict.fromkeys(together, 0)
        for (pathway, _), row in zip(self.system.stages(), self.stage, strict=True):
            row["first_expiry"] = taken[pathway.name]
            for name in together[pathway.name]:
                taken[name] += row["items"]
        return max(taken.values())

    def count_visits(self) -> int:
        """Gives each stage on a loop a counter; loops that no case can be in at once share theirs. Returns how many."""
        counters = 1
        for loop, members in enumerate(self.system.loops):
            for position, name in enumerate(members):
                pathway, _, stage = name.partition(".")
                self.stage[self.number[(pathway, stage)]] |= {"visit": position, "loop": loop}
            counters = max(counters, len(members))
        return counters
