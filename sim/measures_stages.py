"""Stages of a pathway at a date: who is there, how long those served had waited, and the moves between stages."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pandas as pd

from sim import dates
from sim.errors import InputError, nearest, shown
from sim.measures_counts import EVERYBODY

if TYPE_CHECKING:
    from sim.results import Result

WAITED = ("p10", "p50", "p90")
BEFORE_SCALE_1 = "not shown: at this scale the wait would mislead"
NOBODY_SERVED = "nobody was served in the year"


def month_ends(result: Result) -> list[dt.date]:
    """Every date that `stock` speaks of: the day before the start, each month's end, the last day run."""
    return [pd.Timestamp(date).date() for date in sorted(result.stock["date"].unique())]


def stages(result: Result, pathway: str, date: dt.date | str) -> pd.DataFrame:
    """Every stage that holds cases: who is there at a month's end, and the wait of those served in that fiscal year.

    Columns: stage, label, cases, persons, waiting (cases at a desk or gate), p10, p50, p90 (days; of those served),
    hidden (whether the wait is left out, because at this scale it would mislead), note (why there is no wait).
    Raises InputError when the run has no such date.
    """
    day = _checked(result, date)
    _known(result, pathway)
    stock = _of(result.stock, pathway)
    here = stock[stock["date"] == pd.Timestamp(day)].set_index("stage")[["cases", "persons", "waiting"]]
    names = list(dict.fromkeys(stock["stage"]))
    found = here.reindex(names, fill_value=0).reset_index(names="stage")
    labels = result.info["labels"]["stages"]
    found.insert(1, "label", [labels.get(f"{pathway}.{name}", name) for name in names])
    waits = _of(result.waits, pathway)
    year = dates.fiscal_year(dates.day_of(day))
    waits = waits[waits["stage"] != EVERYBODY]
    desks = set(waits["stage"])
    served = waits[(waits["basis"] == "left") & (waits["fiscal_year"] == year)].set_index("stage")
    hidden = set(result.info.get("misleading_below_scale_1") or [])
    found["note"] = ""
    for column in WAITED:
        found[column] = found["stage"].map(served[column]).astype("float64")
    misleading = found["stage"].map(lambda name: f"{pathway}.{name}" in hidden)
    found["hidden"] = misleading.astype(bool)
    found.loc[misleading, list(WAITED)] = float("nan")
    found.loc[misleading, "note"] = BEFORE_SCALE_1
    idle = found["stage"].isin(desks) & found["p50"].isna() & ~misleading
    found.loc[idle, "note"] = NOBODY_SERVED
    return found[["stage", "label", "cases", "persons", "waiting", *WAITED, "hidden", "note"]]


def moves(result: Result, pathway: str, first: str, last: str) -> pd.DataFrame:
    """Moves in a pathway in the months from `first` to `last` (both as 2027-04, both included).

    Columns: from_stage (a stage, or source:NAME; the streams of one source together), to_stage, cases, persons. A case
    that comes twice counts twice.
    """
    _known(result, pathway)
    for month in (first, last):
        if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", str(month)):
            raise InputError(f"{shown(month)} is not a month; write YYYY-MM, such as 2027-04")
    flow = _of(result.flow, pathway)
    chosen = flow[(flow["month"] >= first) & (flow["month"] <= last)]
    pathways = set(result.info["labels"]["pathways"])
    chosen = chosen.assign(from_stage=[_source(name, pathways) for name in chosen["from_stage"]])
    return chosen.groupby(["from_stage", "to_stage"], as_index=False, sort=False)[["cases", "persons"]].sum()


def _source(name: str, pathways: set[str]) -> str:
    """The source of a stream: `source:filings` of `source:filings.syria`; what begins with a pathway comes from it."""
    source, _, stream = name.partition(".")
    return source if stream and source.removeprefix("source:") not in pathways else name


def _of(frame: pd.DataFrame, pathway: str) -> pd.DataFrame:
    return frame[(frame["pathway"] == pathway) & (frame["group"] == EVERYBODY)]


def _known(result: Result, pathway: str) -> None:
    names = list(result.info["labels"]["pathways"])
    if pathway not in names:
        raise InputError(f"no pathway named '{pathway}'", allowed=names, nearest=nearest(pathway, names))


def _checked(result: Result, date: dt.date | str) -> dt.date:
    known = month_ends(result)
    try:
        day = date if isinstance(date, dt.date) else dt.date.fromisoformat(date)
    except ValueError:
        raise InputError(f"'{date}' is not a date; write YYYY-MM-DD, such as {known[-1]}") from None
    if day not in known:
        near = min(known, key=lambda each: abs((each - day).days))
        raise InputError(f"the run counts at the ends of months, not on {day}; the nearest is {near}")
    return day
