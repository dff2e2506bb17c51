"""The animation of a pathway: roads of cases in, positions at each month's end out. Nothing is drawn here.

Every stage is a row of dots, one for each case, in the order in which they came. `player.js` draws what `script` gives.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

MOST = 200  # cases in one animation
SLOTS = 1000  # a position is SLOTS times the row, and the place in it
ABSENT = -1  # before a case comes


@dataclass(frozen=True)
class Cast:
    """Cases and rows; `rows` and `slots` are [scenario, date, case], `ABSENT` before a case comes."""

    cases: list[str]
    stages: list[str]
    dates: list[dt.date]
    rows: np.ndarray
    slots: np.ndarray

    def counts(self, scenario: int) -> pd.DataFrame:
        """How many of the cases are at each stage: a line for each date, a column for each stage."""
        found = [np.bincount(row[row >= 0], minlength=len(self.stages)) for row in self.rows[scenario]]
        return pd.DataFrame(found, index=pd.Index(self.dates, name="date"), columns=self.stages)


def sample(roads: Sequence[pd.DataFrame], most: int = MOST) -> list[str]:
    """At most so many of the cases that every run followed, chosen by a hash of their names and nothing else."""
    common = set(roads[0]["case"]).intersection(*(each["case"] for each in roads[1:]))
    return sorted(common, key=lambda case: (zlib.crc32(case.encode()), case))[:most]


def cast(
    roads: Sequence[pd.DataFrame], cases: Sequence[str], dates: Sequence[dt.date], order: Sequence[str]
) -> Cast:
    """Where each case is at the end of each date, in each scenario; `order` is that of the stages."""
    days = np.array([np.datetime64(date) for date in dates])
    at = np.full((len(roads), len(dates), len(cases)), ABSENT)
    since = np.zeros(at.shape, dtype="datetime64[D]")
    place = {stage: number for number, stage in enumerate(order)}
    for scenario, frame in enumerate(roads):
        wanted = frame[frame["case"].isin(cases)]
        lines = dict(list(wanted.groupby("case", sort=False)))
        for number, case in enumerate(cases):
            entered = lines[case]["entered"].to_numpy().astype("datetime64[D]")
            stages = lines[case]["stage"].map(place).to_numpy()
            last = np.searchsorted(entered, days, side="right") - 1
            there = last >= 0
            at[scenario, there, number] = stages[last[there]]
            since[scenario, there, number] = entered[last[there]]
    used = np.unique(at[at >= 0])
    renumbered = np.full(len(order) + 1, ABSENT)
    renumbered[used] = np.arange(len(used))
    at = renumbered[at]
    return Cast(list(cases), [order[n] for n in used], list(dates), at, _slots(at, since))


def _slots(at: np.ndarray, since: np.ndarray) -> np.ndarray:
    """The place of each case in its row: in order of the day on which it came there."""
    slots = np.full(at.shape, ABSENT)
    for scenario, date in np.ndindex(at.shape[:2]):
        row, came = at[scenario, date], since[scenario, date]
        ranked = np.lexsort((np.arange(len(row)), came, row))
        ranked = ranked[row[ranked] >= 0]
        starts = np.searchsorted(row[ranked], row[ranked])
        slots[scenario, date, ranked] = np.arange(len(ranked)) - starts
    return slots


def script(
    shown: Cast,
    titles: Sequence[str],
    label: Callable[[str], str],
    ends: set[str],
    kinds: Mapping[str, int],
    apart: set[str],
    about: Callable[[str], str],
    day: Callable[[dt.date], str],
) -> dict[str, Any]:
    """What the player needs, ready for JSON. `kinds` gives each case's place in the legend."""
    positions = np.where(shown.rows < 0, ABSENT, shown.rows * SLOTS + shown.slots)
    most = [int((shown.rows == row).sum(axis=2).max()) for row in range(len(shown.stages))]
    return {
        "slots": SLOTS,
        "dates": [day(date) for date in shown.dates],
        "rows": [
            {"label": label(stage), "end": stage in ends, "most": top}
            for stage, top in zip(shown.stages, most, strict=True)
        ],
        "panels": [{"title": title, "at": positions[number].tolist()} for number, title in enumerate(titles)],
        "cases": [
            {"name": case, "kind": kinds[case], "apart": case in apart, "about": about(case)}
            for case in shown.cases
        ],
    }


def in_words(
    shown: Cast, scenario: int, label: Callable[[str], str], dates: Sequence[dt.date]
) -> dict[dt.date, str]:
    """The animation as sentences: who is where on some of its dates."""
    counts = shown.counts(scenario)
    found = {}
    for date in dates:
        row = counts.loc[date]
        parts = [f"{row[stage]} {label(stage)}" for stage in shown.stages if row[stage]]
        found[date] = "; ".join(parts)
    return found


def year_ends(dates: Sequence[dt.date]) -> list[dt.date]:
    """The first date, each 30 September, and the last."""
    return [
        date
        for place, date in enumerate(dates)
        if place in (0, len(dates) - 1) or (date.month, date.day) == (9, 30)
    ]
