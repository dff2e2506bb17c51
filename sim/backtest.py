"""The backtest: what a run says of a time that was published since, line by line in the publisher's unit."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

import pandas as pd

from sim import runs
from sim.checks import ratio, simulated, start, verdict
from sim.errors import InputError
from sim.evidence_published import Figure, figures
from sim.pathways.comparisons import MEASURES
from sim.scenario import Scenario, load

if TYPE_CHECKING:
    from sim.engine import Progress
    from sim.results import Result

PUBLISHED = ("A", "B")
"""grades of a stock worth holding a run against; of grade C is what the evidence itself had to judge"""
HISTORIES = 0.02
"""share of real cases whose history is kept: shares by lawyer, claim and filing year are read from it"""
WHOLE = 2
"""from here up a figure is shown as a whole number; below, it is a share"""
HELD = ("equal", "in range", "near")
COLUMNS = (
    "what", "unit", "period", "published", "published for", "low", "high", "simulated", "ratio", "kind",
    "verdict",
)  # fmt: skip


def backtest(scenario: str | Scenario = "check_start", scale: float = 1.0, seed: int = 1) -> pd.DataFrame:
    """Runs a scenario as far as figures reach and holds it against them (see `compare`)."""
    return compare(run(scenario, scale, seed))


def run(
    scenario: str | Scenario = "check_start",
    scale: float = 1.0,
    seed: int = 1,
    opening_only: bool = False,
    progress: Progress | None = None,
) -> Result:
    """A run to the last figure that it can be held against; or of its first day only."""
    chosen = load(scenario)
    after = [end(figure) for figure in figures() if _after(figure, chosen.start)]
    inside = [day for day in after if chosen.start < day <= chosen.horizon]
    if not inside and not opening_only:
        raise InputError(f"nothing was published for {chosen.start} to {chosen.horizon}", key=chosen.name)
    last = chosen.start if opening_only else max(inside)
    share = min(1.0, HISTORIES / scale) if scale > 0 else 1.0
    return runs.run(chosen, seed=seed, scale=scale, until=last, history=share, progress=progress)


def compare(result: Result) -> pd.DataFrame:
    """Every published figure of the simulated time beside the simulated one.

    A line is `given` if the figure went into the scenario as an input (arrivals, staff), else `simulated`. A
    figure of another period (the year before) is shown with the range that it leads one to expect.
    """
    first, until = (dt.date.fromisoformat(result.info[key]) for key in ("start", "until"))
    rows = [_row(result, figure) for figure in figures() if _after(figure, first) and end(figure) <= until]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def end(figure: Figure) -> dt.date:
    """The last day that a run must have simulated to be held against a figure."""
    return figure.compared_last or figure.compared_first - dt.timedelta(days=1)


def _after(figure: Figure, first: dt.date) -> bool:
    if figure.is_stock:
        return figure.compared_first > first and figure.grade in PUBLISHED
    return figure.compared_first >= first


def _row(result: Result, figure: Figure) -> dict[str, object]:
    found = simulated(result, MEASURES[figure.measure], figure.compared_first, figure.compared_last)
    value = figure.value if figure.same_time else None
    return {
        "what": figure.label,
        "unit": figure.unit,
        "period": span(figure.compared_first, figure.compared_last),
        "published": figure.value,
        "published for": "" if figure.same_time else span(figure.first, figure.last),
        "low": figure.low,
        "high": figure.high,
        "simulated": found,
        "ratio": ratio(found, value),
        "kind": "given" if figure.given else "simulated",
        "verdict": verdict(found, value, figure.low, figure.high),
    }


def span(first: dt.date, last: dt.date | None) -> str:
    """A day, or months in short."""
    if last is None:
        return f"{first:%-d %b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%b %Y}"
    return f"{first:%b %Y} - {last:%b %Y}"


def score(table: pd.DataFrame) -> tuple[int, int]:
    """Simulated lines that hold, and simulated lines with something to hold against."""
    judged = table[(table["kind"] == "simulated") & ~table["verdict"].isin(("no range", "not simulated"))]
    return int(judged["verdict"].isin(HELD).sum()), len(judged)


def flows(table: pd.DataFrame) -> pd.DataFrame:
    """The lines on a period. A stock hardly moves in half a year, so that flows are the harder test."""
    return table[~table["period"].str[0].str.isdigit()]


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """A table for reading: numbers as text of one width, a range in one column, no empty column."""
    ranges = [
        f"{_text(low)} - {_text(high)}" if not math.isnan(low) else ""
        for low, high in zip(table["low"].astype(float), table["high"].astype(float), strict=True)
    ]
    found = table.drop(columns="high").rename(columns={"low": "range"})
    found["range"] = ranges
    for name in ("published", "simulated"):
        found[name] = [_text(value) for value in found[name].astype(float)]
    found["ratio"] = ["" if math.isnan(value) else f"{value:.2f}" for value in found["ratio"].astype(float)]
    for name in ("published", "range", "simulated", "ratio"):
        found[name] = found[name].str.rjust(int(found[name].str.len().max() or 0))
    return found.loc[:, [name for name in found if (found[name] != "").any()]]


def _text(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:,.0f}" if value == 0 or abs(value) >= WHOLE else f"{value:.2f}"


__all__ = ["backtest", "compare", "flows", "run", "score", "shown", "start"]
