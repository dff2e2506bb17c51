"""The bridge: pathways and a scenario become the flat arrays that both engines read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import capacity, dates, durations, layout, service, tallies
from sim.capacity import Staffing
from sim.chance import Streams
from sim.errors import InputError, shown
from sim.layout import NONE, Rules
from sim.pathway import Pathway, Stage
from sim.scenario import Scenario
from sim.structure import EdgeName, Structure
from sim.system import System
from sim.tables import Field, Tables, pack_attributes

MOST_CASES = 60_000_000
"""cases that a run may follow: five times the country's"""
OLDEST_PLACE = 18263
"""places in a queue older than this (50 years) share one bucket"""


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
    reaches: dict[int, str]
    """wait indices that are times to a stage or a milestone: `took` or `reached`"""
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
    bucket_days: int
    """days before day 0 to which the queues reach back"""
    visit_counters: int
    check_items: int
    used_before: NDArray[np.int64]
    ceilings: NDArray[np.int64]
    streams: Streams = field(repr=False, default_factory=Streams)

    @property
    def wait_rows(self) -> int:
        """Histograms of waits: one for each wait, fiscal year and group."""
        years, last = int(self.rules.fiscal[-1]) + 1, self.rules.wait[-1]
        return int(last["first"] + years * last["slots"])


def build(scenario: Scenario, system: System, scale: float = 1.0) -> Model:
    """The model of a scenario. Raises InputError where the scenario does not fit the system."""
    if not isinstance(system, System):
        raise InputError(f"system {shown(system)}: give a System, made of pathways and attributes")
    start = dates.day_of(scenario.start) - 1
    last = dates.day_of(scenario.horizon)
    fields = pack_attributes(system.attributes)
    tables = Tables(scenario, fields, start, last)
    made = Structure(system, scenario, scale, tables, fields)
    stages = list(system.stages())
    made.number = {(pathway.name, stage.name): n for n, (pathway, stage) in enumerate(stages)}
    made.home = [pathway.name for pathway, _ in stages]
    for pathway, stage in stages:
        made.add_stage(pathway, stage)
    made.link_outcomes()
    sources, entries, rates = _sources(made)
    stocks = _stocks(made, sources)
    _bound(made, stocks, rates)
    visit_counters, check_items = made.count_visits(), made.count_expiries()
    served = service.offices(made, stages)
    limits = service.quotas(made, stages, served)
    bucket_days = _reach(made, stocks)
    counted = tallies.tallies(made, stages)
    bins, bin_days = tallies.bins()
    calendar = np.arange(start, last + 1)
    months = calendar.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
    fiscal = (months + 3) // 12  # a fiscal year begins in October
    persons = fields[system.persons] if system.persons else None
    table_rows, field_rows = tables.fields_of()
    rules = Rules(
        stage=records(layout.STAGE, made.stage),
        edge=records(layout.EDGE, made.edge),
        way=records(layout.WAY, made.way),
        item=records(layout.ITEM, made.item),
        child=records(layout.CHILD, made.child),
        draw=records(layout.DRAW, made.draw),
        milestone=records(layout.MILESTONE, counted.milestone or [{"pathway": NONE}]),
        relatives=records(layout.RELATIVES, counted.relatives),
        counted=records(layout.COUNT, counted.carried),
        report=records(layout.REPORT, counted.report),
        grouping=records(layout.GROUPING, counted.grouping),
        queue=records(layout.QUEUE, served.queue),
        claim=records(layout.CLAIM, served.claim),
        office=records(layout.OFFICE, served.office),
        quota=records(layout.QUOTA, limits.quota),
        wait=records(layout.WAIT, counted.rows(int(fiscal[-1] - fiscal[0]) + 1)),
        gate=np.array(limits.gates or [NONE], dtype=np.int64),
        table=records(layout.TABLE, table_rows),
        field=records(layout.FIELD, field_rows),
        cells=np.concatenate([*tables.cells, np.zeros(1, dtype=np.int64)]),
        quantiles=np.concatenate([*tables.quantiles, np.zeros(1, dtype=np.int32)]),
        thresholds=durations.threshold_table(),
        hazard=_stack(tables.hazards, calendar.size, np.int64),
        turn=np.concatenate([*tables.turns, np.zeros((1, 3), dtype=np.int64)]),
        first_turn=np.cumsum([0, *(len(turns) for turns in tables.turns)], dtype=np.int64),
        hazard_before=np.array(tables.hazards_before or [0], dtype=np.int64),
        opening_day=_stack(tables.open_days, calendar.size, np.int32),
        lane_class=_stack(tables.lane_classes, calendar.size, np.int8),
        capacity=_stack([staff.capacity for staff in served.staff], calendar.size, np.int64),
        milestone_row=_rows_by_day(tables, [one["days"] for one in counted.milestone], calendar.size),
        item_days=_rows_by_day(tables, [item["days"] for item in made.item], calendar.size),
        item_valid=_rows_by_day(tables, [item["valid"] for item in made.item], calendar.size),
        zero=np.zeros(len(tables.base) or 1, dtype=np.int64),
        allowed=limits.allowed,
        persons=np.array(
            [persons.shift, persons.mask, persons.first] if persons else [0, 0, 1], dtype=np.int64
        ),
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
        system=system,
        scenario=scenario,
        scale=scale,
        start=start,
        days=last - start,
        rules=rules,
        now=np.array(tables.base or [0], dtype=np.int64),
        changes=changes,
        stages=stages,
        edges=made.names,
        sources=sources,
        entries=entries,
        rates=rates,
        stocks=stocks,
        waits=counted.waits,
        reaches=counted.reaches,
        groups=counted.groups,
        offices=served.staff,
        quotas=limits.names,
        regions=limits.regions,
        milestones=counted.milestones,
        fields=fields,
        bin_days=bin_days,
        lanes=max(1, served.lanes),
        bucket_days=bucket_days,
        visit_counters=visit_counters,
        check_items=check_items,
        used_before=limits.used_before,
        ceilings=limits.ceilings,
        streams=made.streams,
    )


def records(dtype: np.dtype[Any], rows: list[dict[str, int]]) -> NDArray[Any]:
    """Rows as an array of records; what a row does not say is 0."""
    names = dtype.names or ()
    if strange := {name for row in rows for name in row} - set(names):
        raise KeyError(f"a record has no {sorted(strange)}")
    return np.array([tuple(row.get(name, 0) for name in names) for row in rows or [{}]], dtype=dtype)


def _stack(rows: list[NDArray[Any]], width: int, dtype: Any) -> NDArray[Any]:
    return np.array(rows, dtype=dtype) if rows else np.zeros((1, width), dtype=dtype)


def _sources(made: Structure) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    names: list[str] = []
    entries: list[int] = []
    rates: list[NDArray[np.float64]] = []
    by_source: dict[str, NDArray[np.float64]] = {}
    for pathway, source, level in made.system.sources():
        levels = made.system.attribute(source.per).levels if source.per else ("",)
        name = f"{source.name}.{level}" if level else source.name
        sets = (*source.sets, *(((source.per, level),) if level else ()))
        edge = EdgeName(pathway.name, f"source:{name}", source.enters, source.name)
        entries.append(
            made.add_edge(edge, NONE, sets, source.draws, (f"sources.{source.name}", pathway.name))
        )
        if source.name not in by_source:
            by_source[source.name] = capacity.daily_rate(made.tables, source.name, levels, source.per)
        rates.append(by_source[source.name][levels.index(level)] * made.scale)
        names.append(name)
    days = made.tables.last + 1 - made.tables.start
    return names, np.array(entries, dtype=np.int64), np.array(rates) if rates else np.zeros((0, days))


def _stocks(made: Structure, sources: list[str]) -> list[Stock]:
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


def _bound(made: Structure, stocks: list[Stock], rates: NDArray[np.float64]) -> None:
    """Refuses more cases than memory holds: files come from strangers."""
    sources = [source.name for _, source, _ in made.system.sources()]
    asked = {f"stock.{stock.name}.cases": float(stock.cases) for stock in stocks}
    for name, coming in zip(sources, rates.sum(axis=1), strict=True):
        asked[f"sources.{name}.rate"] = asked.get(f"sources.{name}.rate", 0.0) + float(coming)
    if sum(asked.values()) > MOST_CASES:
        path = max(asked, key=lambda name: asked[name])
        problem = f"asks for {asked[path]:,.0f} cases; a run may follow {MOST_CASES:,}, all sources together"
        raise made.scenario.error(path, f"{problem} (a smaller scale follows fewer)")


def _reach(made: Structure, stocks: list[Stock]) -> int:
    """Days before day 0 of the oldest place in a queue."""
    oldest = max((int(table[-1]) >> 8 for table in made.tables.quantiles), default=0) if stocks else 0
    return min(oldest + 1, OLDEST_PLACE)


def _rows_by_day(tables: Tables, numbers: list[int], days: int) -> NDArray[np.int64]:
    """[n, day]: where the rows of the n-th table that are in force on that day begin."""
    rows = np.zeros((max(1, len(numbers)), days), dtype=np.int64)
    for place, number in enumerate(numbers):
        rows[place] = tables.base[number]
        for day, table, offset in sorted(tables.changes):
            if table == number:
                rows[place, day - tables.start :] = offset
    return rows
