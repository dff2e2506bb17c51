"""Checks of a result against what was published: the opening stocks, and how each published measure is read.

`simulated` reads one measure of `sim.pathways.comparisons` from a result's tables, in the publisher's unit.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from sim import dates
from sim.evidence_published import Figure, figures
from sim.pathways.attributes import ATTRIBUTES
from sim.pathways.comparisons import (
    MEASURES,
    Held,
    Measure,
    Moved,
    NotSimulated,
    Places,
    Sampled,
    Seats,
)

if TYPE_CHECKING:
    from sim.results import Result

NEAR = (0.8, 1.25)
"""simulated over published within these bounds is near"""
OFFICIAL = "A"
NOTHING = math.nan


def start(result: Result) -> pd.DataFrame:
    """The published stocks of the day on which a run starts beside the simulated ones.

    A stock of grade A must be equal, to the rounding of the run's scale; another within its range, or, if
    none is given, near.
    """
    first = dt.date.fromisoformat(result.info["start"])
    rows = []
    for figure in figures():
        if figure.is_stock and figure.compared_first == first:
            found = simulated(result, MEASURES[figure.measure], first)
            rows.append(
                {
                    "what": figure.label,
                    "unit": figure.unit,
                    "grade": figure.grade,
                    "published": figure.value,
                    "low": figure.low,
                    "high": figure.high,
                    "simulated": found,
                    "ratio": ratio(found, figure.value),
                    "verdict": opening_verdict(figure, found, result.info["scale"]),
                }
            )
    names = ["what", "unit", "grade", "published", "low", "high", "simulated", "ratio", "verdict"]
    return pd.DataFrame(rows, columns=names)


def opening_verdict(figure: Figure, found: float, scale: float) -> str:
    """equal, in range, near, off, or not simulated."""
    if math.isnan(found):
        return "not simulated"
    if figure.grade == OFFICIAL and figure.value is not None:
        # each of a handful of opening stocks is rounded to whole cases of the run
        rounding = 0.5 if scale == 1 else 3 / scale
        return "equal" if abs(found - figure.value) <= rounding else "not equal"
    return verdict(found, figure.value, figure.low, figure.high)


def verdict(found: float, value: float | None, low: float | None, high: float | None) -> str:
    """In range, near the published value, or below or above both; `no range` if nothing bounds it."""
    if math.isnan(found):
        return "not simulated"
    if low is not None and high is not None and low <= found <= high:
        return "in range"
    of_value = ratio(found, value)
    if not math.isnan(of_value) and NEAR[0] <= of_value <= NEAR[1]:
        return "near"
    if value is None and low is None:
        return "no range"
    middle = value if value is not None else low
    assert middle is not None
    return "below" if found < middle else "above"


def ratio(found: float, value: float | None) -> float:
    """Simulated over published; nothing where nothing was published."""
    return found / value if value else NOTHING


# -- reading a measure -----------------------------------------------------------------------------


def simulated(result: Result, measure: Measure, first: dt.date, last: dt.date | None = None) -> float:
    """A measure at the start of a day (or from `first` to `last`, whole months), NaN if not simulated."""
    if isinstance(measure, Moved):
        assert last is not None, "a flow has a last day"
        return _moved(result.flow, measure, first, last)
    if isinstance(measure, Held):
        return _held(result.stock, measure, first)
    if isinstance(measure, Sampled):
        return _sampled(result, measure, first)
    if isinstance(measure, Seats):
        offices = result.offices
        rows = offices[(offices["office"] == measure.office) & (offices["month"] == f"{first:%Y-%m}")]
        return float(rows["staff"].sum()) if len(rows) else NOTHING
    if isinstance(measure, Places):
        return _places(result, measure, first)
    assert isinstance(measure, NotSimulated)
    return NOTHING


def _held(stock: pd.DataFrame, measure: Held, day: dt.date) -> float:
    at = stock[stock["date"] == pd.Timestamp(day - dt.timedelta(days=1))]
    if at.empty:
        return NOTHING
    at = at[at["pathway"] == measure.pathway]
    if measure.stages:
        at = at[at["stage"].isin(measure.stages)]
    count = at[at["group"].isin(measure.groups)][measure.unit].sum()
    count -= at[at["group"].isin(measure.less)][measure.unit].sum()
    return float(count) / _held(stock, measure.share_of, day) if measure.share_of else float(count)


def _moved(flow: pd.DataFrame, measure: Moved, first: dt.date, last: dt.date) -> float:
    months = flow["month"].between(f"{first:%Y-%m}", f"{last:%Y-%m}")
    moves = flow[months & (flow["pathway"] == measure.pathway) & (flow["group"] == "*")]
    counted = pd.Series(False, index=moves.index)
    for origins, targets in measure.pairs:
        counted |= _among(moves["from_stage"], origins) & _among(moves["to_stage"], targets)
    count = float(moves.loc[counted, measure.unit].sum())
    return count + (_moved(flow, measure.also, first, last) if measure.also else 0.0)


def _among(stages: pd.Series, wanted: tuple[str, ...]) -> pd.Series:
    """Whether each stage is wanted; `source:x` stands for every stream of source x."""
    if not wanted:
        return pd.Series(True, index=stages.index)
    sources = stages.where(stages.str.startswith("source:"), "").str.split(".").str[0]
    return stages.isin(wanted) | sources.isin(wanted)


def _sampled(result: Result, measure: Sampled, day: dt.date) -> float:
    """A share of the kept histories, times the stock that they stand for."""
    sample = _open_on(result.histories, day)
    sample = sample[sample["pathway"] == measure.held.pathway]
    if measure.held.stages:
        sample = sample[sample["stage"].isin(measure.held.stages)]
    weights = _attribute(sample, "persons").astype(float) if measure.held.unit == "persons" else None
    weights = pd.Series(1.0, index=sample.index) if weights is None else weights
    if not weights.sum():
        return NOTHING
    filed = pd.to_datetime(sample["case"].str.extract(r":(\d{4}-\d{2}-\d{2}):", expand=False))
    if measure.ask == "age":
        return float(((pd.Timestamp(day) - filed).dt.days * weights).sum() / weights.sum())
    chosen = pd.Series(True, index=sample.index)
    for attribute, level in measure.where:
        chosen &= _attribute(sample, attribute) == level
    if measure.years:
        fiscal = (filed + pd.DateOffset(months=3)).dt.year.astype(str)
        chosen &= fiscal.between(*measure.years)
    share = float(weights[chosen].sum() / weights.sum())
    return share if measure.ask == "share" else share * _held(result.stock, measure.held, day)


def _open_on(histories: pd.DataFrame, day: dt.date) -> pd.DataFrame:
    """Where each kept case was at the start of a day."""
    today = pd.Timestamp(day)
    return histories[(histories["entered"] < today) & ~(histories["left"] < today)]


@lru_cache(maxsize=1)
def _levels() -> dict[str, str]:
    """The first level of each attribute: a history leaves it out."""
    return {attribute.name: attribute.levels[0] for attribute in ATTRIBUTES}


def _attribute(sample: pd.DataFrame, name: str) -> pd.Series:
    found = sample["attributes"].str.extract(rf"(?:^|;){name}=([^;]*)", expand=False)
    return found.fillna(_levels()[name])


def _places(result: Result, measure: Places, day: dt.date) -> float:
    """Places of a quota on a day: the fiscal year's ceiling, and what of it was used before."""
    by_date = result.info["scenario"]["numbers"][f"quotas.{measure.quota}.ceiling"]["value"]
    total = float(by_date[max(date for date in by_date if date <= day.isoformat())])
    if measure.ask == "total":
        return total
    year = dates.fiscal_year(dates.day_of(day))
    until = min(dt.date.fromisoformat(result.info["until"]), dt.date(year, 9, 30))
    quota = result.quota
    used = float(quota[(quota["fiscal_year"] == year) & (quota["region"] == "*")]["used"].sum())
    used -= _moved(result.flow, measure.taken_by, day, until)
    return used if measure.ask == "used" else total - used
