"""The bridge: pathways and a scenario become the flat arrays that both engines read. Nothing else knows both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import capacity, dates, durations, layout
from sim.capacity import Staffing
from sim.chance import Streams
from sim.layout import NONE, Rules
from sim.pathway import CLOCK, FILED, HAZARD, LAPSE, REDONE, Opening, Pathway, Stage, Transition
from sim.scenario import Scenario
from sim.system import System
from sim.tables import MILLI, Field, Tables, pack_attributes

KINDS = {"step": 0, "desk": 1, "gate": 2, "checks": 3, "branch": 4, "outcome": 5}
SINCE = {"entered": 0, "filed": 1, "clock": 2}
WAYS = {"hazard": layout.HAZARD, "deadline": layout.DEADLINE, "lapse": layout.LAPSE}
EXACT_DAYS, BIN_WIDTH, LONGEST_WAIT = 730, 0.01, 36525
OLDEST_PLACE = 18263
"""places in a queue older than this (50 years) share one bucket"""


@dataclass(frozen=True)
class EdgeName:
    """What an edge is called in the tables: entries come from `source:NAME`."""

    pathway: str
    origin: str
    target: str
    name: str


@dataclass(frozen=True)
class Stock:
    """An opening stock: cases, the tables of their ages in days, and the edge that sets their attributes."""

    name: str
    source: int
    cases: int
    age: int
    in_stage: int
    edge: int


@dataclass(frozen=True)
class Model:
    """One scenario on one system at one scale, ready to run. Days count from the day before the start."""

    system: System
    scenario: Scenario
    scale: float
    start: int
    days: int
    rules: Rules
    now: NDArray[np.int64]
    changes: dict[int, list[tuple[int, int]]]
    stages: list[tuple[Pathway, Stage]]
    edges: list[EdgeName]
    sources: list[str]
    entries: NDArray[np.int64]
    """edge by which the cases of each arriving source enter"""
    rates: NDArray[np.float64]
    """[source, day]: mean arrivals a day"""
    stocks: list[Stock]
    waits: list[tuple[str, str]]
    """(pathway, stage or "*") of each wait index"""
    groups: list[list[str]]
    """[pathway][slot]: `*` or `attribute=level`"""
    offices: list[Staffing]
    quotas: list[str]
    regions: list[list[str]]
    milestones: list[tuple[str, str]]
    fields: dict[str, Field]
    bin_days: NDArray[np.int64]
    """first day of each bin of waits"""
    lanes: int
    buckets: int
    bucket_days: int
    visit_counters: int
    check_items: int
    used_before: NDArray[np.int64]
    streams: Streams = field(repr=False, default_factory=Streams)


@dataclass
class _Build:
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

    # -- edges ---------------------------------------------------------------------------------------------------

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
                    "table": self.tables.split(path or f"{prefixes[-1]}.draws.{attribute}", place.attribute.levels),
                    "columns": len(place.attribute.levels),
                    "stream": self.streams.number(f"draw {attribute} at {name.pathway}.{name.target}"),
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

    def transition(self, pathway: Pathway, stage: Stage, number: int, transition: Transition, served: bool) -> int:
        name = EdgeName(pathway.name, stage.name, transition.target, transition.name)
        prefixes = (pathway.name,)
        return self.add_edge(name, number, transition.sets, transition.draws, prefixes, transition.marks, served)

    # -- stages --------------------------------------------------------------------------------------------------

    def add_stage(self, pathway: Pathway, stage: Stage) -> None:
        number = self.number[(pathway.name, stage.name)]
        path = f"{pathway.name}.{stage.name}"
        row = dict.fromkeys(layout.STAGE.names or (), NONE)
        row |= {"kind": KINDS[stage.kind], "since": SINCE[stage.since], "edges": 0, "ways": 0, "items": 0, "children": 0}
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
                row["oldest"] = self.tables.whole(f"{path}.oldest_first", MILLI)
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
                {"kind": WAYS[way.kind], "edge": edge, "since": SINCE[way.since], "table": table, "stream": stream}
            )
            row["ways"] += 1
        self.stage.append(row)

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
                row = {"edge": edge, "number": self.system.kinds.index(opens.name) + 1, "shift": 0, "mask": 0, "first": 1}
                if opens.count != "one":
                    place = self.fields[opens.count]
                    row |= {"shift": place.shift, "mask": place.mask, "first": place.first}
                self.child.append(row)
                self.stage[number]["children"] += 1

    def _one_person(self) -> tuple[tuple[str, str], ...]:
        if not self.system.persons:
            return ()
        return ((self.system.persons, self.fields[self.system.persons].attribute.levels[0]),)


def build(scenario: Scenario, system: System, scale: float = 1.0) -> Model:
    """The model of a scenario. Raises InputError where the scenario does not fit the system."""
    start = dates.day_of(scenario.start) - 1
    last = dates.day_of(scenario.horizon)
    fields = pack_attributes(system.attributes)
    tables = Tables(scenario, fields, start, last)
    made = _Build(system, scenario, scale, tables, fields)
    stages = list(system.stages())
    made.number = {(pathway.name, stage.name): n for n, (pathway, stage) in enumerate(stages)}
    made.home = [pathway.name for pathway, _ in stages]
    for pathway, stage in stages:
        made.add_stage(pathway, stage)
    made.link_outcomes()
    sources, entries, rates = _sources(made)
    stocks = _stocks(made, sources)
    visit_counters = _count_visits(made)
    queue, claim, office, staffs, lanes = _offices(made, stages)
    quota, gates, allowed, used, quotas, regions = _quotas(made, stages, queue, lanes)
    buckets, bucket_days = _buckets(made, queue, stocks)
    report, grouping, groups = _reports(made)
    waits = _waits(made, stages)
    milestone, milestones = _milestones(made)
    bins, bin_days = _bins()
    calendar = np.arange(start, last + 1)
    fiscal = np.array([dates.fiscal_year(int(day)) for day in calendar], dtype=np.int32)
    months = np.array([date.year * 12 + date.month for date in map(dates.date_of, calendar.tolist())], dtype=np.int32)
    persons = fields[system.persons] if system.persons else None
    rules = Rules(
        stage=_records(layout.STAGE, made.stage),
        edge=_records(layout.EDGE, made.edge),
        way=_records(layout.WAY, made.way),
        item=_records(layout.ITEM, made.item),
        child=_records(layout.CHILD, made.child),
        draw=_records(layout.DRAW, made.draw),
        milestone=_records(layout.MILESTONE, milestone or [{"pathway": NONE}]),
        report=_records(layout.REPORT, report),
        grouping=_records(layout.GROUPING, grouping),
        queue=_records(layout.QUEUE, queue),
        claim=_records(layout.CLAIM, claim),
        office=_records(layout.OFFICE, office),
        quota=_records(layout.QUOTA, quota),
        gate=np.array(gates or [NONE], dtype=np.int64),
        fields=tables.field_array(),
        cells=np.concatenate([*tables.cells, np.zeros(1, dtype=np.int64)]),
        quantiles=np.concatenate([*tables.quantiles, np.zeros(1, dtype=np.int32)]),
        thresholds=durations.threshold_table(),
        hazard=_stack(tables.hazards, calendar.size, np.int64),
        hazard_before=np.array(tables.hazards_before or [0], dtype=np.int64),
        opening_day=_stack(tables.open_days, calendar.size, np.int32),
        lane_class=_stack(tables.lane_classes, calendar.size, np.int8),
        capacity=_stack([staff.capacity for staff in staffs], calendar.size, np.int64),
        milestone_row=_milestone_rows(tables, milestone, calendar.size),
        zero=np.zeros(len(tables.base) or 1, dtype=np.int64),
        allowed=allowed,
        persons=np.array([persons.shift, persons.mask, persons.first] if persons else [0, 0, 1], dtype=np.int64),
        month=months - months[0],
        fiscal=fiscal - fiscal[0],
        year_begins=np.concatenate(([0], np.diff(fiscal))).astype(np.int8),
        bins=bins,
    )
    scenario.unused()
    changes: dict[int, list[tuple[int, int]]] = {}
    for day, table, offset in tables.changes:
        changes.setdefault(day - start, []).append((table, offset))
    return Model(
        system, scenario, scale, start, last - start, rules, np.array(tables.base or [0], dtype=np.int64), changes,
        stages, made.names, sources, entries, rates, stocks, waits, groups, staffs, quotas, regions, milestones, fields,
        bin_days, max(1, len(lanes)), buckets, bucket_days, visit_counters, max((r["items"] for r in made.stage), default=0),
        used, made.streams,
    )  # fmt: skip


def _records(dtype: np.dtype[Any], rows: list[dict[str, int]]) -> NDArray[Any]:
    records = np.zeros(max(1, len(rows)), dtype=dtype)
    for place, row in enumerate(rows):
        for name, value in row.items():
            records[place][name] = value
    return records


def _stack(rows: list[NDArray[Any]], width: int, dtype: Any) -> NDArray[Any]:
    return np.array(rows, dtype=dtype) if rows else np.zeros((1, width), dtype=dtype)


def _sources(made: _Build) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    names: list[str] = []
    entries: list[int] = []
    rates: list[NDArray[np.float64]] = []
    for pathway, source, level in made.system.sources():
        levels = made.system.attribute(source.per).levels if source.per else ("",)
        name = f"{source.name}.{level}" if level else source.name
        sets = (*source.sets, *(((source.per, level),) if level else ()))
        edge = EdgeName(pathway.name, f"source:{name}", source.enters, source.name)
        entries.append(made.add_edge(edge, NONE, sets, source.draws, (f"sources.{source.name}", pathway.name)))
        rates.append(capacity.daily_rate(made.tables, source.name, levels, source.per)[levels.index(level)] * made.scale)
        names.append(name)
    days = made.tables.last + 1 - made.tables.start
    return names, np.array(entries, dtype=np.int64), np.array(rates) if rates else np.zeros((0, days))


def _stocks(made: _Build, sources: list[str]) -> list[Stock]:
    stocks = []
    for pathway, opening in made.system.openings():
        path = f"stock.{opening.name}"
        cases = made.tables.at_start(f"{path}.cases")
        age = made.tables.days(f"{path}.age")
        given = made.scenario.get(f"{path}.in_stage") is not None
        in_stage = made.tables.days(f"{path}.in_stage") if given else NONE
        name = EdgeName(pathway.name, f"stock:{opening.name}", opening.at, opening.name)
        edge = made.add_edge(name, NONE, opening.sets, opening.draws, (path, pathway.name))
        stocks.append(Stock(opening.name, len(sources), round(cases * made.scale), age, in_stage, edge))
        sources.append(opening.name)
    return stocks


def _count_visits(made: _Build) -> int:
    """Gives each stage on a loop a counter; loops that no case can be in at once share theirs. Returns how many."""
    counters = 1
    for loop, members in enumerate(made.system.loops):
        for position, name in enumerate(members):
            pathway, _, stage = name.partition(".")
            made.stage[made.number[(pathway, stage)]] |= {"visit": position, "loop": loop}
        counters = max(counters, len(members))
    return counters


def _add_lanes(made: _Build, number: int, path: str, region: str) -> tuple[int, int]:
    """Lanes of a stage: (first lane kind, how many); the stage's `lane` table is filled in."""
    table, classes = made.tables.lanes(f"{path}.hold", "" if region else f"{path}.priority", region)
    made.stage[number]["lane"] = table
    first = len(made.tables.lane_classes)
    made.tables.lane_classes.extend(classes)
    return first, len(classes)


def _offices(
    made: _Build, stages: list[tuple[Pathway, Stage]]
) -> tuple[list[dict[str, int]], list[dict[str, int]], list[dict[str, int]], list[Staffing], list[int]]:
    queue: list[dict[str, int]] = []
    lanes: list[int] = []
    desks: dict[str, list[tuple[int, str, Stage]]] = {}
    for number, (pathway, stage) in enumerate(stages):
        if stage.kind == "desk":
            desks.setdefault(stage.office, []).append((number, f"{pathway.name}.{stage.name}", stage))
    claim: list[dict[str, int]] = []
    office: list[dict[str, int]] = []
    staffs: list[Staffing] = []
    for name, members in desks.items():
        per = {stage.per for _, _, stage in members}
        if len(per) > 1:
            raise made.scenario.error(f"offices.{name}", f"desks of one office must share `per`; found {sorted(per)}")
        attribute = per.pop()
        levels = made.system.attribute(attribute).levels if attribute else ("",)
        paths = [path for _, path, _ in members]
        ranks = _ranks(made, name, paths)
        sharing = len(paths) > 1 and len(set(ranks)) == 1
        share = made.tables.whole(f"offices.{name}.shares", MILLI * MILLI, paths) if sharing else NONE
        kinds = [_add_lanes(made, number, path, "") for number, path, _ in members]
        first_queue: dict[int, int] = {}
        for position, (number, _, stage) in enumerate(members):
            first_queue[number] = len(queue)
            made.stage[number]["queue"] = len(queue)
            place = made.fields[stage.per] if stage.per else None
            made.stage[number]["per_shift"] = place.shift if place else 0
            made.stage[number]["per_mask"] = place.mask if place else 0
            for _level in levels:
                first, count = kinds[position]
                queue.append({"stage": number, "first_lane": len(lanes), "lanes": count, "first_kind": first, "bucket": 0})
                lanes.extend([len(queue) - 1] * count)
        order = sorted(range(len(members)), key=lambda position: (ranks[position], position))
        for place_of_level, staff in enumerate(capacity.staffing(made.tables, name, levels, made.scale, attribute)):
            office.append({"first_claim": len(claim), "claims": len(members)})
            staffs.append(staff)
            for position in order:
                number = members[position][0]
                claim.append(
                    {
                        "queue": first_queue[number] + place_of_level,
                        "rank": ranks[position],
                        "share": share,
                        "column": position,
                    }
                )
    return queue, claim, office, staffs, lanes


def _ranks(made: _Build, office: str, paths: list[str]) -> list[int]:
    """Rank of each desk at its office: lower ranks are served first; without an order all share."""
    order = made.scenario.names_at(f"offices.{office}.order")
    if not order:
        return [0] * len(paths)
    for name in (*order, *paths):
        if name not in paths or name not in order:
            raise made.scenario.error(f"offices.{office}.order", f"must list each desk of the office; see '{name}'", paths)
    return [order.index(path) for path in paths]


def _quotas(
    made: _Build, stages: list[tuple[Pathway, Stage]], queue: list[dict[str, int]], lanes: list[int]
) -> tuple[list[dict[str, int]], list[int], NDArray[np.int64], NDArray[np.int64], list[str], list[list[str]]]:
    names = list(dict.fromkeys(stage.quota for _, stage in stages if stage.kind == "gate"))
    quota: list[dict[str, int]] = []
    gates: list[int] = []
    regions: list[list[str]] = []
    allowed: list[NDArray[np.int64]] = []
    used: list[NDArray[np.int64]] = []
    for name in names:
        members = [(n, p, s) for n, (p, s) in enumerate(stages) if s.kind == "gate" and s.quota == name]
        attribute = members[0][2].region
        levels = list(made.system.attribute(attribute).levels) if attribute else []
        place = made.fields[attribute] if attribute else None
        for number, pathway, stage in members:
            first, count = _add_lanes(made, number, f"{pathway.name}.{stage.name}", attribute)
            made.stage[number]["queue"] = len(queue)
            made.stage[number]["per_shift"] = made.stage[number]["per_mask"] = 0
            queue.append({"stage": number, "first_lane": len(lanes), "lanes": count, "first_kind": first, "bucket": 0})
            lanes.extend([len(queue) - 1] * count)
        bind = 1
        if attribute and made.scenario.get(f"quotas.{name}.regions_bind") is not None:
            bind = round(made.tables.at_start(f"quotas.{name}.regions_bind"))
        quota.append(
            {
                "first_gate": len(gates),
                "gates": len(members),
                "regions": len(levels),
                "shift": place.shift if place else 0,
                "mask": place.mask if place else 0,
                "exact": int(made.scale == 1.0),
                "bind": bind if levels else 0,
            }
        )
        gates.extend(number for number, _, _ in members)
        regions.append(levels)
        allowed.append(capacity.places(made.tables, name, levels, made.scale))
        used.append(_used_before(made, name, levels))
    rows = max((row.shape[0] for row in allowed), default=2)
    days = made.tables.last + 1 - made.tables.start
    places = np.zeros((max(1, len(names)), rows, days), dtype=np.int64)
    before = np.zeros((max(1, len(names)), rows), dtype=np.int64)
    for number in range(len(names)):
        places[number, : allowed[number].shape[0]] = allowed[number]
        before[number, : used[number].size] = used[number]
    return quota, gates, places, before, names, regions


def _used_before(made: _Build, quota: str, regions: list[str]) -> NDArray[np.int64]:
    path = f"quotas.{quota}.used_before_start"
    used = np.zeros(len(regions) + 2, dtype=np.int64)
    if made.scenario.get(path) is not None:
        number = made.scenario.require(path)
        columns = (*regions, capacity.RESERVE) if regions and isinstance(number.value, dict) else None
        values = np.nan_to_num(made.tables.grid(path, columns).cells.astype(float).ravel()) if columns else None
        if values is None:
            used[-1] = round(made.tables.at_start(path) * MILLI * made.scale)
            used[-2] = used[-1]
        else:
            used[: values.size] = np.rint(values * MILLI * made.scale)
            used[-1] = used[:-1].sum()
    return used


def _buckets(made: _Build, queue: list[dict[str, int]], stocks: list[Stock]) -> tuple[int, int]:
    """Buckets by place date: (how many, days before day 0 that they reach back)."""
    oldest = max((int(table[-1]) >> 8 for table in made.tables.quantiles), default=0) if stocks else 0
    back = min(oldest + 1, OLDEST_PLACE)
    width = back + made.tables.last + 1 - made.tables.start
    return max(1, sum(row["lanes"] for row in queue)) * width, back


def _reports(made: _Build) -> tuple[list[dict[str, int]], list[dict[str, int]], list[list[str]]]:
    report: list[dict[str, int]] = []
    grouping: list[dict[str, int]] = []
    groups: list[list[str]] = []
    for pathway in made.system.pathways:
        report.append({"first": len(grouping), "count": len(pathway.report)})
        labels = ["*"]
        for name in pathway.report:
            place = made.fields[name]
            grouping.append({"shift": place.shift, "mask": place.mask, "slot": len(labels)})
            labels.extend(f"{name}={level}" for level in place.attribute.levels)
        groups.append(labels)
    return report, grouping, groups


def _waits(made: _Build, stages: list[tuple[Pathway, Stage]]) -> list[tuple[str, str]]:
    waits = [(pathway.name, "*") for pathway in made.system.pathways]
    for number, (pathway, stage) in enumerate(stages):
        if stage.kind in ("desk", "gate"):
            made.stage[number]["wait"] = len(waits)
            waits.append((pathway.name, stage.name))
    return waits


def _milestones(made: _Build) -> tuple[list[dict[str, int]], list[tuple[str, str]]]:
    rows: list[dict[str, int]] = []
    names: list[tuple[str, str]] = []
    for number, pathway in enumerate(made.system.pathways):
        for milestone in pathway.milestones:
            mask = value = 0
            for attribute, level in milestone.only:
                place = made.fields[attribute]
                mask |= place.mask << place.shift
                value |= place.level(level) << place.shift
            rows.append(
                {
                    "pathway": number,
                    "mask": mask,
                    "value": value,
                    "since": SINCE[milestone.since],
                    "days": made.tables.days(f"{pathway.name}.{milestone.name}.days"),
                    "stream": made.streams.number(f"milestone {milestone.name}"),
                }
            )
            names.append((pathway.name, milestone.name))
    return rows, names


def _milestone_rows(tables: Tables, milestones: list[dict[str, int]], days: int) -> NDArray[np.int64]:
    """[milestone, day]: where the row of its days in force on that day begins."""
    rows = np.zeros((max(1, len(milestones)), days), dtype=np.int64)
    for number, milestone in enumerate(milestones):
        rows[number] = tables.base[milestone["days"]]
        for day, table, offset in sorted(tables.changes):
            if table == milestone["days"]:
                rows[number, day - tables.start :] = offset
    return rows


def _bins() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Bin of each wait, and the first day of each bin: exact days for two years, then at most 1 % wide."""
    firsts = list(range(EXACT_DAYS + 1))
    while firsts[-1] < LONGEST_WAIT:
        firsts.append(firsts[-1] + max(1, int(firsts[-1] * BIN_WIDTH)))
    edges = np.array(firsts, dtype=np.int64)
    return (np.searchsorted(edges, np.arange(LONGEST_WAIT + 1), side="right") - 1).astype(np.int32), edges
