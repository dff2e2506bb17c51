"""A result: the tables of one run as pandas frames, what was run, and how to keep it on disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim import measures_roads, measures_stages
from sim.columns import Columns, coded
from sim.errors import InputError, in_words, shown
from sim.folder import whole_folder
from sim.measures import Summary, headline, summarise
from sim.measures_doors import doors, separation
from sim.measures_separation import fates

TABLES = ("stock", "flow", "waits", "outcomes", "offices", "quota", "families", "histories")

AGAIN = "run it again with `refuge run --out FOLDER`"
NEEDED = ("start", "until", "scale", "labels")
FACTS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    (
        "scale",
        lambda given: isinstance(given, (int, float)) and 0 < given <= 1,
        "a number above 0 and at most 1",
    ),
    ("scenario", lambda given: _objects(given, 1), "an object"),
    ("tables", lambda given: _objects(given, 3), "an object of tables, columns and their unit and meaning"),
    ("summary", lambda given: _objects(given, 1), "an object"),
    ("labels", lambda given: _objects(given, 2), "an object of objects"),
    ("misleading_below_scale_1", lambda given: isinstance(given, list), "a list of desks"),
    ("seeds", lambda given: isinstance(given, list), "a list of seeds"),
    ("asked", lambda given: isinstance(given, int), "a number of runs"),
    ("again", lambda given: isinstance(given, int), "a number of runs"),
    ("fixed", lambda given: isinstance(given, bool), "true or false"),
    ("uncertain_numbers", lambda given: given is None or isinstance(given, int), "a number of numbers"),
)
"""what is relied on in run.json, and what it must be"""

CASES = {"unit": "cases", "meaning": "cases (families decided together)"}
PERSONS = {"unit": "persons", "meaning": "persons on those cases"}
GROUP = {"unit": "", "meaning": "`*` for all, or attribute=value; groups add up within one attribute"}
PATHWAY = {"unit": "", "meaning": "pathway"}
YEAR = {"unit": "fiscal year", "meaning": "year that ends on 30 September"}
DAYS = {
    "unit": "days",
    "meaning": "percentile of the wait; empty where not reached, or where fewer than a tenth are still followed",
}

COLUMNS: dict[str, dict[str, dict[str, str]]] = {
    "stock": {
        "date": {"unit": "date", "meaning": "last day of the month (or last day run); first the day before the start"},
        "pathway": PATHWAY,
        "stage": {"unit": "", "meaning": "stage that holds the cases"},
        "group": GROUP,
        "waiting": {"unit": "cases", "meaning": "waiting for an office or a place"},
        "in_service": {"unit": "cases", "meaning": "in a step or in checks"},
        "cases": CASES,
        "persons": PERSONS,
        "case_days": {"unit": "case days", "meaning": "days spent at the stage by all cases in the month"},
    },
    "flow": {
        "month": {"unit": "month", "meaning": "calendar month"},
        "pathway": PATHWAY,
        "from_stage": {"unit": "", "meaning": "stage left; entries come from source:NAME"},
        "to_stage": {"unit": "", "meaning": "stage entered"},
        "group": GROUP,
        "cases": CASES,
        "persons": PERSONS,
    },
    "waits": {
        "fiscal_year": YEAR,
        "basis": {"unit": "", "meaning": "left: served that year; entered: came that year, who still waits counted; "
                  "took: came to the stage or milestone that year, since filing (milestones: since their date); "
                  "reached: of all who entered the pathway that year, since entry"},
        "pathway": PATHWAY,
        "stage": {"unit": "", "meaning": "desk or gate; `*` is the whole pathway; took, reached: stage or milestone"},
        "group": GROUP,
        "cases": CASES,
        "still_waiting": {"unit": "cases", "meaning": "of them not served by the last day; reached: not there"},
        "mean": {"unit": "days", "meaning": "mean wait of those served"},
        **{f"p{q}": DAYS for q in (10, 25, 50, 75, 90)},
    },
    "outcomes": {
        "fiscal_year": YEAR,
        "pathway": PATHWAY,
        "outcome": {"unit": "", "meaning": "final outcome, or a milestone reached while the case goes on"},
        "group": GROUP,
        "cases": CASES,
        "persons": PERSONS,
    },
    "offices": {
        "month": {"unit": "month", "meaning": "calendar month"},
        "office": {"unit": "", "meaning": "office"},
        "staff": {"unit": "persons", "meaning": "mean staff of the month"},
        "capacity": {"unit": "minutes", "meaning": "productive minutes"},
        "used": {"unit": "minutes", "meaning": "minutes spent on cases"},
        "utilisation": {"unit": "share", "meaning": "used over capacity"},
    },
    "quota": {
        "fiscal_year": YEAR,
        "region": {"unit": "", "meaning": "region, `reserve`, or `*` for all"},
        "ceiling": {"unit": "persons", "meaning": "places of the year"},
        "used": {"unit": "persons", "meaning": "places used, those before the start included; "
                 "who travels on a place of the reserve counts at the region too"},
        "lapsed": {"unit": "persons", "meaning": "ceiling less used on the last day of the year; 0 while it lasts"},
    },
    "families": {
        "fiscal_year": {"unit": "fiscal year", "meaning": "of the principal's final outcome; "
                        "of filing while there is none; 0 before the start"},
        "pathway": PATHWAY,
        "group": GROUP,
        "measure": {"unit": "", "meaning": "relatives, reunited, still_apart, or why the right was lost; "
                    "years_apart_PHASE (waiting: the principal's case was open)"},
        "value": {"unit": "persons; person-years for years_apart", "meaning": "relatives; years that they lived apart"},
    },
    "histories": {
        "case": {"unit": "", "meaning": "source:date:number, with /kind.number for a child case"},
        "parent": {"unit": "", "meaning": "case that opened this one"},
        "pathway": PATHWAY,
        "source": {"unit": "", "meaning": "source or opening stock the family came from"},
        "attributes": {"unit": "", "meaning": "attributes on leaving, those at their first level left out"},
        "stage": {"unit": "", "meaning": "stage"},
        "entered": {"unit": "date", "meaning": "day of entry"},
        "left": {"unit": "date", "meaning": "day of leaving; empty while there"},
        "transition": {"unit": "", "meaning": "transition taken; empty while there"},
    },
}  # fmt: skip


class Result:
    """One run: `info` says what was run, the tables are pandas frames in real cases."""

    def __init__(self, info: Mapping[str, Any], tables: Mapping[str, pd.DataFrame | Columns]) -> None:
        self.info = dict(info)
        self._tables = dict(tables)

    def _frame(self, name: str) -> pd.DataFrame:
        """A table as a frame, made of its columns when it is first asked for."""
        table = self._tables[name]
        if isinstance(table, Columns):
            table = self._tables[name] = table.frame()
        return table

    def everybody(self, name: str) -> pd.DataFrame:
        """The lines of a table that count all cases, not those of a group."""
        table = self._tables[name]
        return table.of("group", "*") if isinstance(table, Columns) else table[table["group"] == "*"]

    @property
    def stock(self) -> pd.DataFrame:
        return self._frame("stock")

    @property
    def flow(self) -> pd.DataFrame:
        return self._frame("flow")

    @property
    def waits(self) -> pd.DataFrame:
        return self._frame("waits")

    @property
    def outcomes(self) -> pd.DataFrame:
        return self._frame("outcomes")

    @property
    def offices(self) -> pd.DataFrame:
        return self._frame("offices")

    @property
    def quota(self) -> pd.DataFrame:
        return self._frame("quota")

    @property
    def families(self) -> pd.DataFrame:
        return self._frame("families")

    @property
    def histories(self) -> pd.DataFrame:
        return self._frame("histories")

    def doors(self) -> pd.DataFrame:
        """Months to each right and each support, refugees beside asylees (see sim.measures_doors.doors)."""
        return doors(self)

    def separation(self) -> pd.DataFrame:
        """Relatives left behind by door and year: persons, person-years apart by phase (see sim.measures_doors)."""
        return separation(self)

    def fates(self) -> pd.DataFrame:
        """What became of relatives, and how long each phase kept them apart, by door (see sim.measures_separation)."""
        return fates(self)

    @cached_property
    def _summary(self) -> Summary:
        return summarise(self)

    def summary(self) -> Summary:
        """Sentences and tables for a reader who knows no code."""
        return self._summary

    # What a page about one pathway shows; the columns are told there.

    def month_ends(self) -> list[dt.date]:
        """Every date that `stock` speaks of: the day before the start, each month's end, the last day run."""
        return measures_stages.month_ends(self)

    def stages(self, pathway: str, date: dt.date | str) -> pd.DataFrame:
        """Every stage that holds cases at a month's end: cases, persons, and the wait of those served that year."""
        return measures_stages.stages(self, pathway, date)

    def moves(self, pathway: str, first: str, last: str) -> pd.DataFrame:
        """Moves between stages in the months from `first` to `last` (2027-04, both included): cases, persons."""
        return measures_stages.moves(self, pathway, first, last)

    def roads(self, pathway: str) -> pd.DataFrame:
        """Histories of a pathway with the end of each case that is over."""
        return measures_roads.roads(self, pathway)

    def road(self, case: str) -> pd.DataFrame:
        """The whole road of one case of the sample, through every pathway in turn."""
        return measures_roads.road(self, case)

    def roads_apart(self, other: Result, pathway: str) -> pd.DataFrame:
        """Cases whose roads differ between this run and another with the same luck, the furthest apart first."""
        return measures_roads.roads_apart(self, other, pathway)

    def save(self, folder: str | Path) -> Path:
        """Writes run.json and the tables as Parquet, whole or not at all; returns the folder."""
        target = Path(folder)
        with whole_folder(target, ["run.json", *(f"{name}.parquet" for name in TABLES)]) as place:
            for name in TABLES:
                self._frame(name).to_parquet(place / f"{name}.parquet", index=False)
            (place / "run.json").write_text(
                json.dumps(self.info, indent=1, default=str) + "\n", encoding="utf-8"
            )
        return target


def digest(tables: Mapping[str, pd.DataFrame | Columns]) -> str:
    """A hash of every table's content: equal runs have equal digests."""
    found = hashlib.sha256()
    for name in filter(tables.__contains__, TABLES):
        for column, texts, values in coded(tables[name]):
            found.update(f"{name}.{column}.{len(values)}\0".encode() + "\0".join(texts).encode())
            kind = np.min_scalar_type(len(texts)) if texts else np.float64
            found.update(np.ascontiguousarray(values, dtype=kind).data)
    return found.hexdigest()[:16]


def open_result(folder: str | Path) -> Result:
    """The result kept in a folder by `save`. Raises InputError when the folder does not hold one."""
    place = as_folder(folder)
    missing = [
        name for name in ("run.json", *(f"{name}.parquet" for name in TABLES)) if not (place / name).is_file()
    ]
    if missing:
        raise InputError(
            f"{place} holds no run: {missing[0]} is missing (a run is kept with `refuge run --out FOLDER`)"
        )
    info = read_info(place)
    try:
        frames = {name: pd.read_parquet(place / f"{name}.parquet") for name in TABLES}
    except (ValueError, OSError) as problem:
        raise InputError(f"{place} cannot be read as a run: {problem}; {AGAIN}") from None
    for name, frame in frames.items():
        if list(frame.columns) != list(COLUMNS[name]):
            message = f"does not hold the columns of the table {name}; {AGAIN}"
            raise InputError(message, file=str(place / f"{name}.parquet"), allowed=COLUMNS[name])
    return Result(info, frames)


def as_folder(folder: str | Path) -> Path:
    """A folder as a caller names it; InputError for what can be none."""
    if not isinstance(folder, (str, Path)):
        raise InputError(f"{shown(folder)} is not a folder; give its name")
    if Path(folder).is_file():
        raise InputError(f"{folder} is a file; name the folder that `refuge run --out FOLDER` wrote")
    return Path(folder)


def read_info(place: Path, needed: Sequence[str] = ()) -> dict[str, Any]:
    """The facts in a folder's run.json, those that are relied on of the right kind; InputError otherwise."""
    file = place / "run.json"
    try:
        info = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", None)
        raise InputError(f"is cut short or was changed; {AGAIN}", file=str(file), line=line) from None
    except OSError as problem:
        raise InputError(in_words(problem)) from None
    if not isinstance(info, dict):
        raise InputError(f"is not what a run writes, an object of facts; {AGAIN}", file=str(file))
    for name in ("start", "until"):
        try:
            dt.date.fromisoformat(info.get(name, "2000-01-01"))
        except (TypeError, ValueError):
            message = f"{shown(info[name])} is not a date such as 2026-04-01; {AGAIN}"
            raise InputError(message, file=str(file), key=name) from None
    for name, fits, meant in FACTS:
        if name in info and not fits(info[name]):
            message = f"{shown(info[name])} is not {meant}; {AGAIN}"
            raise InputError(message, file=str(file), key=name)
    if missing := [name for name in (*NEEDED, *needed) if name not in info]:
        raise InputError(f"has no {missing[0]}; {AGAIN}", file=str(file))
    return info


def _objects(given: object, depth: int) -> bool:
    """Whether something is an object of objects, as deep as this."""
    return isinstance(given, dict) and (depth == 1 or all(_objects(one, depth - 1) for one in given.values()))


__all__ = ["COLUMNS", "TABLES", "Result", "digest", "headline", "open_result", "read_info"]
