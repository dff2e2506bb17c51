"""Replications: the measures of many runs, and bands over them.

A run leaves its measures by fiscal year and no histories, so a hundred runs of the country fit into a few megabytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim import measures_counts as counts
from sim.errors import InputError
from sim.experiment_words import summarised
from sim.folder import whole_folder
from sim.pathways.published import PENDING, ROWS, WAITS, YEARLY
from sim.results import Result, as_folder, open_result, read_info
from sim.summary import Summary

KIND = "replications"
FILES = ("run.json", "bands.parquet", "values.parquet")
KEYS = ["table", "measure", "unit", "fiscal_year"]
TABLES = ("headline", "where", "stock", "flow", "outcomes", "waits", "quota", "families")
BRIEF = ("headline", "where", "waits", "quota")
UNITS = {each.name: each.unit for each in (*PENDING, *YEARLY)} | {"affirmative_wait_p50": "days"}
COUNTED, STATISTICS = ("cases", "still_waiting"), ("mean", "p10", "p50", "p90")
SHARED = ("scale", "engine", "start", "until", "versions", "misleading_below_scale_1", "labels")
Measures = TypeVar("Measures", pd.Series, pd.DataFrame)
COLUMNS: dict[str, dict[str, dict[str, str]]] = {
    "bands": {
        "table": {"unit": "", "meaning": "where the measure comes from: the headline, or a table of a run"},
        "measure": {
            "unit": "",
            "meaning": "headline measure; who is where, by groups of stages; pathway.stage (stock: on the last day of "
            "the year); pathway.from > to; pathway.outcome; pathway.stage basis statistic (waits); "
            "pathway.measure group (families)",
        },
        "unit": {"unit": "", "meaning": "cases, persons, days or person-years"},
        "fiscal_year": {"unit": "fiscal year", "meaning": "year that ends on 30 September; may be partial"},
        "mean": {"unit": "as unit", "meaning": "mean over runs; empty where a run has not reached the percentile"},
        **{f"p{q}": {"unit": "as unit", "meaning": f"{q} % of the runs are below; empty where not reached"}
           for q in (10, 50, 90)},
        "low": {"unit": "as unit", "meaning": "least of all runs"},
        "high": {"unit": "as unit", "meaning": "most of all runs; empty where a run has not reached it"},
        "runs": {"unit": "runs", "meaning": "runs that have a value"},
    },
    "values": {"run_SEED": {"unit": "as unit", "meaning": "the same measures, run by run"}},
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """What is kept of one run beside its measures."""

    seed: int
    digest: str
    fingerprint: str
    cases: int
    transitions: int
    headline: dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """A run as a worker returns it: the record, what all runs share, and the measures (index `KEYS`)."""

    run: Run
    shared: dict[str, Any]
    values: pd.Series


class Replications:
    """Many runs of one scenario. `info` says what was run, `runs` holds a record of each.

    `values` has a row for each measure and fiscal year and a column for each seed; `bands` says how far the runs lie
    apart.
    """

    def __init__(self, info: Mapping[str, Any], runs: Sequence[Run], values: pd.DataFrame) -> None:
        self.info, self.runs, self.values = dict(info), list(runs), values

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Mean, 10, 50 and 90 % and both ends over the runs, by measure and fiscal year."""
        return bands(self.values)

    def table(self, name: str, measure: str | None = None) -> pd.DataFrame:
        """The bands of one table (headline, stock, flow, outcomes, waits, quota, families), or of one measure."""
        if name not in TABLES:
            raise InputError(f"there is no table {name!r}", allowed=TABLES)
        found = self.bands[self.bands["table"] == name].drop(columns="table")
        return (found if measure is None else found[found["measure"] == measure]).reset_index(drop=True)

    @cached_property
    def _summary(self) -> Summary:
        return summarised(self.info, [run.headline for run in self.runs], self.bands)

    def summary(self) -> Summary:
        """Sentences and tables, and what the bands show."""
        return self._summary

    def measured(self) -> list[Measured]:
        """The runs one by one, in the order of their seeds."""
        shared = shared_of(self.info)
        runs = sorted(self.runs, key=lambda run: run.seed)
        return [Measured(run, shared, self.values[run.seed].rename("value")) for run in runs]

    def save(self, folder: str | Path) -> Path:
        """Writes run.json, the bands and the values, whole or not at all; returns the folder."""
        target = Path(folder)
        values = self.values.rename(columns=lambda seed: f"run_{seed}").reset_index()
        with whole_folder(target, FILES) as place:
            self.bands.to_parquet(place / "bands.parquet", index=False)
            values.to_parquet(place / "values.parquet", index=False)
            text = json.dumps(self.info, indent=1, default=str)
            (place / "run.json").write_text(text + "\n", encoding="utf-8")
        return target


def open_replications(folder: str | Path) -> Result | Replications:
    """What a folder holds: one run, or replications. Raises InputError when it holds neither."""
    place = as_folder(folder)
    if not (place / "run.json").is_file() or (info := read_info(place)).get("kind") != KIND:
        return open_result(folder)
    try:
        values = pd.read_parquet(place / "values.parquet").set_index(KEYS)
        runs = [Run(**record) for record in info["runs"]]
        values.columns = pd.Index([int(str(name).removeprefix("run_")) for name in values.columns])
    except (ValueError, OSError, KeyError, TypeError) as problem:
        raise InputError(f"{place} cannot be read as replications: {problem}") from None
    return Replications(info, runs, values)


# -- the measures of a run -------------------------------------------------------------------------


def measured(result: Result) -> Measured:
    """The small record of a run and its measures by fiscal year; of a brief run, those of the tables of `BRIEF`."""
    facts = {name: result.info[name] for name in ("seed", "digest", "fingerprint", "cases", "transitions")}
    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "headline": lambda: _headline(result),
        "where": lambda: _where(result),
        "stock": lambda: _stock(result),
        "flow": lambda: _flow(result),
        "outcomes": lambda: _melted("outcomes", counts.ends(result), ["pathway", "outcome"]),
        "waits": lambda: _waits(result),
        "quota": lambda: _quota(result),
        "families": lambda: _families(result),
    }
    parts = [make() for name, make in makers.items() if name in BRIEF or not result.info.get("brief")]
    some = [part for part in parts if len(part)] or [pd.DataFrame(columns=[*KEYS, "value"])]
    rows = pd.concat(some, ignore_index=True)
    values = rows.astype({"fiscal_year": "int64", "value": "float64"}).set_index(KEYS)["value"]
    values = _in_order(values)
    return Measured(Run(**facts, headline=result.info["summary"]), shared_of(result.info), values)


def shared_of(info: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of a run that holds for all runs beside it."""
    return {name: info[name] for name in SHARED} | {"brief": bool(info.get("brief"))}


def _headline(result: Result) -> pd.DataFrame:
    rows = [
        ("headline", name, unit, int(year), value)
        for name, unit in UNITS.items()
        for year, value in result.info["summary"].get(name, {}).items()
    ]
    return pd.DataFrame(rows, columns=[*KEYS, "value"])


def _stock(result: Result) -> pd.DataFrame:
    ends = {pd.Timestamp(year.last): year.number for year in counts.fiscal_years(result)}
    found = counts.everybody(result, "stock")
    found = found[found["date"].isin(list(ends))]
    found = found.assign(fiscal_year=found["date"].map(ends))
    return _melted("stock", found, ["pathway", "stage"])


def _where(result: Result) -> pd.DataFrame:
    """The lines of "where people are", each in its publisher's unit, at the ends of fiscal years."""
    ends = {pd.Timestamp(year.last): year.number for year in counts.fiscal_years(result)}
    place = {name: number for number, name in enumerate(counts.holding(result))}
    stock = {
        unit: counts.stock(result, unit).reindex(list(ends)).to_numpy() for unit in {row.unit for row in ROWS}
    }
    lines: list[tuple[str, str, str, int, float]] = []
    for row in ROWS:
        if here := [place[name] for name in counts.covered(result, row.stages)]:
            sums = stock[row.unit][:, here].sum(axis=1)
            years = zip(ends.values(), sums.tolist(), strict=True)
            lines += [("where", row.label, row.unit, year, value) for year, value in years]
    return pd.DataFrame(lines, columns=[*KEYS, "value"])


def _flow(result: Result) -> pd.DataFrame:
    found = counts.everybody(result, "flow")
    years = {month: dates.fiscal_year(dates.day_of(f"{month}-01")) for month in found["month"].unique()}
    found = found.assign(fiscal_year=found["month"].map(years))
    keys = ["fiscal_year", "pathway", "from_stage", "to_stage"]
    sums = found.groupby(keys, as_index=False, sort=False)[["cases", "persons"]].sum()
    moves = sums.assign(move=sums["from_stage"] + " > " + sums["to_stage"])
    return _melted("flow", moves, ["pathway", "move"])


def _waits(result: Result) -> pd.DataFrame:
    """Of all cases, and of the groups of which whole waits are published."""
    found = counts.frame(result, "waits")
    whole = [f"{each.pathway}.* {each.group}" for each in WAITS]
    named = (found["pathway"] + "." + found["stage"] + " " + found["group"]).isin(whole)
    found = found[(found["group"] == "*") | named]
    stage = found["pathway"] + "." + found["stage"] + " " + found["basis"] + " "
    group = np.where(found["group"] == "*", "", " " + found["group"])
    names = (*COUNTED, *STATISTICS)
    shown = np.stack([(name != "mean") | found["basis"].isin(["left", "took"]) for name in names]).ravel()
    units = ["cases" if name in COUNTED else "days" for name in names]
    columns = {
        "table": "waits",
        "measure": pd.concat([stage + name + group for name in names], ignore_index=True),
        "unit": np.repeat(np.array(units, dtype=object), len(found)),
        "fiscal_year": np.tile(found["fiscal_year"], len(names)),
        "value": np.concatenate([found[name].to_numpy(dtype=np.float64) for name in names]),
    }
    return pd.DataFrame(columns)[shown]


def _quota(result: Result) -> pd.DataFrame:
    found = counts.quota(result).melt(["fiscal_year"], ["ceiling", "used", "lapsed"], "measure")
    return found.assign(table="quota", unit="persons")


def _families(result: Result) -> pd.DataFrame:
    found = result.families
    group = np.where(found["group"] == "*", "", " " + found["group"])
    measure = found["pathway"] + "." + found["measure"] + group
    unit = np.where(found["measure"].str.startswith("years_apart"), "person-years", "persons")
    return found.assign(table="families", measure=measure, unit=unit)[[*KEYS, "value"]]


def _melted(table: str, found: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    named = found.assign(measure=found[names[0]] + "." + found[names[1]], table=table)
    return named.melt(["table", "measure", "fiscal_year"], ["cases", "persons"], "unit")


# -- over the runs ---------------------------------------------------------------------------------


def gathered(info: Mapping[str, Any], found: Sequence[Measured]) -> Replications:
    """The runs together, in the order given."""
    alike = all(each.values.index.equals(found[0].values.index) for each in found)
    values = pd.concat({each.run.seed: each.values for each in found}, axis=1)
    values = happened(values if alike else _in_order(values))
    runs = [each.run for each in found]
    digest = hashlib.sha256("\n".join(f"{run.seed} {run.digest}" for run in runs).encode()).hexdigest()
    facts = {"kind": KIND, **info, **found[0].shared, "digest": digest[:16]}
    facts |= {"cases": sum(run.cases for run in runs), "transitions": sum(run.transitions for run in runs)}
    facts |= {"runs": [asdict(run) for run in runs], "tables": COLUMNS}
    return Replications(facts, runs, values)


def _in_order(values: Measures) -> Measures:
    """Measures in the order of `TABLES`, and by name."""
    order = {name: place for place, name in enumerate(TABLES)}
    return values.sort_index(key=lambda level: level.map(order) if level.name == "table" else level)


def happened(values: pd.DataFrame) -> pd.DataFrame:
    """The values with 0 for what never happened in a run, and so is not in its tables."""
    counted = np.asarray(values.index.get_level_values("unit") != "days")
    missing = np.isnan(values.to_numpy(dtype=np.float64)) & counted[:, np.newaxis]
    return values.mask(missing, 0.0) if missing.any() else values


def bands(values: pd.DataFrame) -> pd.DataFrame:
    """Bands over the columns of `values`. A percentile that a run has not reached counts as longer than any."""
    late = may_not_be_reached(values.index)
    numbers = values.to_numpy(dtype=np.float64)
    known = np.where(np.isnan(numbers) & late[:, np.newaxis], np.inf, numbers)
    have = (~np.isnan(numbers)).sum(axis=1)
    found = np.full((6, len(values)), np.nan)
    some = (~np.isnan(known)).any(axis=1)
    if some.any():
        with np.errstate(invalid="ignore"):
            found[:, some] = _statistics(known[some])
    found[~np.isfinite(found)] = np.nan
    columns = dict(zip(("mean", "p10", "p50", "p90", "low", "high"), found, strict=True))
    return values.index.to_frame(index=False).assign(**columns, runs=have)


def may_not_be_reached(index: pd.Index) -> NDArray[np.bool_]:
    """Which measures are percentiles of those who entered: where one is missing, it is longer than the run."""
    measure = index.get_level_values("measure")
    return np.asarray(measure.str.contains(" entered ") | (measure == "affirmative_wait_p50"), dtype=np.bool_)


def _statistics(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean, 10, 50 and 90 %, least and most of each row; infinite is allowed, missing is left out."""
    ends = (np.nanmin(rows, axis=1), np.nanmax(rows, axis=1))
    return np.stack([np.nanmean(rows, axis=1), *percentiles(rows, (10, 50, 90)), *ends])


def percentiles(rows: NDArray[np.float64], wanted: Sequence[float]) -> list[NDArray[np.float64]]:
    """Percentiles of each row, which holds a number or more, by straight lines; missing ones are left out.

    As `np.nanpercentile`, which takes rows with a gap one by one: thousands of measures took seconds.
    """
    ordered = np.sort(rows, axis=1)  # what is missing is sorted to the end
    last = (~np.isnan(rows)).sum(axis=1) - 1
    found = []
    for percent in wanted:
        place = percent / 100 * last
        lower, upper = (
            np.take_along_axis(ordered, at.astype(np.intp)[:, np.newaxis], axis=1)[:, 0]
            for at in (np.floor(place), np.ceil(place))
        )
        with np.errstate(invalid="ignore"):
            between = lower + (upper - lower) * (place % 1)
        found.append(np.where(lower == upper, lower, between))
    return found


def by_measure(values: pd.DataFrame) -> dict[str, dict[str, dict[str, float | None]]]:
    """The bands of the headline measures by fiscal year, ready for JSON."""
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    chosen = values[values.index.get_level_values("table") == "headline"]
    for row in bands(chosen).itertuples():
        band = {name: getattr(row, name) for name in ("mean", "p10", "p50", "p90")}
        year = {name: None if np.isnan(value) else round(value, 1) for name, value in band.items()}
        found.setdefault(row.measure, {})[str(row.fiscal_year)] = year
    return found
