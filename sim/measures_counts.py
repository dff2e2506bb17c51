"""Counts: who is where and what happened in a year, read from the frames of a result.

A table that was not kept counts as empty.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from sim import dates
from sim.pathways.published import CASES, Waiting

if TYPE_CHECKING:
    from sim.results import Result

EVERYBODY = "*"
FEWEST = 30
"""Percentiles of fewer simulated cases are not shown: below this the National Center for Health Statistics presents
no estimate (Parker and others, Data Presentation Standards for Proportions, Vital Health Stat 2(175), 2017)."""
PERCENTILES = ("p10", "p50", "p90")
NEEDED = {
    "stock": ("date", "pathway", "stage", "group", "cases", "persons"),
    "flow": ("month", "pathway", "from_stage", "to_stage", "group", "cases", "persons"),
    "waits": ("fiscal_year", "basis", "pathway", "stage", "group", "cases", "still_waiting", *PERCENTILES),
    "outcomes": ("fiscal_year", "pathway", "outcome", "group", "cases", "persons"),
    "quota": ("fiscal_year", "region", "ceiling", "used", "lapsed"),
    "offices": ("month", "office", "used", "capacity"),
    "families": ("fiscal_year", "pathway", "group", "measure", "value"),
}


P = ParamSpec("P")
Found = TypeVar("Found")
Measure = Callable[Concatenate["Result", P], Found]


@dataclass(frozen=True)
class Year:
    """The part of a fiscal year that the run covers, both days included."""

    number: int
    first: dt.date
    last: dt.date

    @property
    def whole(self) -> bool:
        return (self.first.month, self.first.day) == (10, 1) and (self.last.month, self.last.day) == (9, 30)


def frame(result: Result, name: str) -> pd.DataFrame:
    """A table of the result; empty, with the columns needed here, when it was not kept."""
    try:
        found: pd.DataFrame = getattr(result, name)
    except KeyError:
        return pd.DataFrame(columns=list(NEEDED[name]))
    return found if set(NEEDED[name]) <= set(found.columns) else pd.DataFrame(columns=list(NEEDED[name]))


def _once(measure: Measure[P, Found]) -> Measure[P, Found]:
    """A measure that others ask for again and again, found once for a result; what it gives is not to be changed."""
    kept: WeakKeyDictionary[Result, dict[object, Found]] = WeakKeyDictionary()

    @wraps(measure)
    def found(result: Result, /, *asked: P.args, **named: P.kwargs) -> Found:
        mine = kept.setdefault(result, {})
        question = (asked, tuple(sorted(named.items())))
        if question not in mine:
            mine[question] = measure(result, *asked, **named)
        return mine[question]

    return found


@_once
def everybody(result: Result, name: str) -> pd.DataFrame:
    """The rows of a table that count all cases, not those of a group."""
    try:
        found = result.everybody(name)
    except KeyError:
        return frame(result, name)
    return found if set(NEEDED[name]) <= set(found.columns) else frame(result, name)


# -- when ----------------------------------------------------------------------------------------


def opening_day(result: Result) -> dt.date | None:
    """The day of the opening stock: the day before the start."""
    found = everybody(result, "stock")["date"]
    return None if found.empty else pd.Timestamp(found.min()).date()


def fiscal_years(result: Result) -> list[Year]:
    """The fiscal years of the run, in order."""
    start, until = result.info.get("start"), result.info.get("until")
    if not start or not until:
        found = everybody(result, "stock")["date"]
        if found.empty:
            return []
        start = (pd.Timestamp(found.min()) + pd.Timedelta(days=1)).date().isoformat()
        until = pd.Timestamp(found.max()).date().isoformat()
    first, last = dates.day_of(str(start)), dates.day_of(str(until))
    numbers = range(dates.fiscal_year(first), dates.fiscal_year(last) + 1)
    return [
        Year(
            number,
            dates.date_of(max(first, dates.fiscal_year_start(number))),
            dates.date_of(min(last, dates.fiscal_year_start(number + 1) - 1)),
        )
        for number in numbers
    ]


# -- who is where --------------------------------------------------------------------------------


def pathways(result: Result) -> list[str]:
    """The pathways of the run, in order."""
    labels = result.info.get("labels", {}).get("pathways", {})
    return list(labels) or list(dict.fromkeys(frame(result, "stock")["pathway"]))


@_once
def stock(result: Result, unit: str) -> pd.DataFrame:
    """[date, "pathway.stage"] of all cases, in cases or persons: dates as they come, stages in order."""
    found = everybody(result, "stock")
    return _summed(found["date"], found["pathway"] + "." + found["stage"], found[unit])


def _summed(rows: pd.Series, columns: pd.Series, values: pd.Series) -> pd.DataFrame:
    """Sums by row and column, in the order in which they first come."""
    row, index = pd.factorize(rows)
    column, names = pd.factorize(columns)
    sums = np.bincount(row * len(names) + column, values, len(index) * len(names))
    return pd.DataFrame(sums.reshape(len(index), len(names)), index=index, columns=names)


@_once
def holding(result: Result) -> list[str]:
    """Every stage at which cases can be, as "pathway.stage", in order."""
    return list(stock(result, CASES).columns)


def exists(result: Result, moves: Iterable[str]) -> bool:
    """Whether the run has one of the stages that `moves` lead to (see `arrivals`)."""
    known = set(result.info.get("labels", {}).get("stages", {}))
    if not known:
        moved = frame(result, "flow")
        known = set(moved["pathway"] + "." + moved["to_stage"])
    return any(f"{move.split('.')[0]}.{move.split('.')[-1].split(' > ')[-1]}" in known for move in moves)


def covered(result: Result, stages: Iterable[str]) -> list[str]:
    """Those of `stages` that the run has; "pathway.*" is every stage of a pathway."""
    wanted = set(stages)
    return [name for name in holding(result) if name in wanted or f"{name.split('.')[0]}.*" in wanted]


def pending(result: Result, stages: Iterable[str], unit: str = CASES) -> dict[dt.date, float]:
    """Cases or persons at some stages, by date: the opening day, every month's end, the last day."""
    if not (names := covered(result, stages)):
        return {}
    sums = stock(result, unit)[names].sum(axis=1)
    return {pd.Timestamp(date).date(): float(value) for date, value in sums.items()}


# -- what happened -------------------------------------------------------------------------------


def arrivals(result: Result, moves: Iterable[str], unit: str = CASES) -> dict[int, float]:
    """Cases or persons that came to stages, by fiscal year; "pathway.from > stage" counts that way in only.

    A case is counted each time it comes; at an outcome that is once in its pathway.
    """
    wanted, found = set(moves), flow(result, unit)
    chosen = [name in wanted or _arrival(name) in wanted for name in found.columns]
    sums = found.to_numpy()[:, chosen].sum(axis=1).tolist()
    return {int(year): value for year, value in zip(found.index, sums, strict=True) if value}


@_once
def flow(result: Result, unit: str) -> pd.DataFrame:
    """[fiscal year, "pathway.from > to"] of all cases, in cases or persons."""
    found = everybody(result, "flow")
    moves = found["pathway"] + "." + found["from_stage"] + " > " + found["to_stage"]
    by_month = _summed(found["month"], moves, found[unit])
    return by_month.groupby([_year_of_month(month) for month in by_month.index]).sum()


def _arrival(move: str) -> str:
    """The stage to which "pathway.from > to" leads, as "pathway.to"."""
    return f"{move.partition('.')[0]}.{move.rpartition(' > ')[2]}"


def _year_of_month(month: str) -> int:
    year, number = (int(part) for part in str(month).split("-"))
    return dates.fiscal_year(dates.day_of(dt.date(year, number, calendar.monthrange(year, number)[1])))


def waits(result: Result, waiting: Waiting) -> pd.DataFrame:
    """Whole waits by fiscal year of entry, those still waiting counted: cases, still_waiting, days."""
    found = frame(result, "waits")
    mask = (
        (found["basis"] == "entered")
        & (found["pathway"] == waiting.pathway)
        & (found["stage"] == EVERYBODY)
        & (found["group"] == waiting.group)
    )
    chosen = found[mask]
    chosen = read(result, chosen)
    return chosen[["fiscal_year", "cases", "still_waiting", *PERCENTILES]].reset_index(drop=True)


def read(result: Result, found: pd.DataFrame) -> pd.DataFrame:
    """Rows of waits with the percentiles emptied that rest on fewer simulated cases than `FEWEST`."""
    hidden = few(result, found["cases"])
    return found.assign(**{name: found[name].mask(hidden) for name in PERCENTILES})


def few(result: Result, cases: pd.Series) -> pd.Series:
    """Whether fewer than `FEWEST` cases were simulated, of so many real ones."""
    return cases * float(result.info.get("scale") or 1) < FEWEST - 1e-6


def ends(result: Result) -> pd.DataFrame:
    """Outcomes of all cases: fiscal_year, pathway, outcome, cases, persons."""
    return everybody(result, "outcomes").drop(columns="group")


def quota(result: Result) -> pd.DataFrame:
    """Places by fiscal year, all regions: fiscal_year, ceiling, used, lapsed (persons)."""
    found = frame(result, "quota")
    return found[found["region"] == EVERYBODY].drop(columns="region").reset_index(drop=True)
