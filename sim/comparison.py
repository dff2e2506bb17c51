"""A comparison: the same runs of several scenarios, and how far the others lie from the first, pair by pair.

A pair is two runs with the same seed: the same people with the same luck and the same set of uncertain numbers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.comparison_words import summarised
from sim.errors import InputError
from sim.experiment_bands import (
    KEYS,
    TABLES,
    Measured,
    Replications,
    Run,
    gathered,
    happened,
    may_not_be_reached,
    measured,
    open_replications,
    percentiles,
    shared_of,
)
from sim.folder import whole_folder
from sim.results import Result, as_folder, read_info
from sim.summary import Summary

KIND = "comparison"
FILES = ("run.json", "differences.parquet", "values.parquet")
INTERVAL = (5, 95)  # per cent of the paired differences: the middle 90 %
ALIKE = ("scale", "start", "until", "versions", "brief")
Runs = Sequence[Result | Measured] | Replications

_UNIT = "as unit"
COLUMNS: dict[str, dict[str, dict[str, str]]] = {
    "differences": {
        "scenario": {"unit": "", "meaning": "what is compared with the first scenario"},
        "table": {"unit": "", "meaning": "where the measure comes from: the headline, or a table of a run"},
        "measure": {"unit": "", "meaning": "as in the bands of replications"},
        "unit": {"unit": "", "meaning": "cases, persons, days or person-years"},
        "fiscal_year": {"unit": "fiscal year", "meaning": "year that ends on 30 September; may be partial"},
        "reference": {"unit": _UNIT, "meaning": "mean over runs in the first scenario; empty where a run has not "
                      "reached the percentile"},
        "level": {"unit": _UNIT, "meaning": "mean over runs in this scenario"},
        "difference": {"unit": _UNIT, "meaning": "mean of the paired differences, this scenario less the first"},
        "low": {"unit": _UNIT, "meaning": "5 % of the paired differences are below"},
        "high": {"unit": _UNIT, "meaning": "95 % of the paired differences are below"},
        "same_sign": {"unit": "share", "meaning": "share of the pairs whose difference has the sign of the mean"},
        "sd": {"unit": _UNIT, "meaning": "standard deviation of the paired differences"},
        "sd_chance": {"unit": _UNIT, "meaning": "the part of it that is chance, from pairs run again with the same "
                      "numbers and other chance; empty if none were"},
        "runs": {"unit": "pairs", "meaning": "pairs that have a difference"},
    },
    "values": {"SCENARIO_run_SEED": {"unit": _UNIT, "meaning": "the measures of each scenario, run by run; `again` "
                                     "for those with other chance"}},
}  # fmt: skip


class Comparison:
    """Runs of several scenarios with the same seeds. `runs` has one Replications for each, the first to compare with.

    `again` holds, by scenario, the values of runs with the same numbers and other chance, under the seeds whose
    numbers they have; they tell how much of a spread is chance.
    """

    def __init__(
        self,
        info: Mapping[str, Any],
        runs: Mapping[str, Replications],
        again: Mapping[str, pd.DataFrame] | None = None,
    ) -> None:
        self.info, self.runs, self.again = dict(info), dict(runs), dict(again or {})

    @classmethod
    def of(
        cls,
        runs: Mapping[str, Runs],
        *,
        again: Mapping[str, Mapping[int, Result | Measured]] | None = None,
        fixed: bool | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> Comparison:
        """A comparison of runs already made: by the name of each scenario its results, the first to compare with.

        All must have the same seeds, scale and days. `again` gives results with other chance, under the seeds whose
        numbers they share. `fixed` says that all runs used the same numbers, so that only chance differs; left out,
        equal fingerprints tell. Raises InputError when the runs do not fit together.
        """
        if len(runs) < 2:
            raise InputError("a comparison needs at least two scenarios")
        records = {name: _records(name, given) for name, given in runs.items()}
        _hold_alike(records)
        sets = [{one.run.fingerprint for one in record} for record in records.values()]
        same = all(len(each) == 1 for each in sets) if fixed is None else fixed
        heads = {name: _head(name, given) for name, given in runs.items()}
        first = next(iter(records.values()))
        facts: dict[str, Any] = {
            "asked": len(first),
            "fixed": same,
            "uncertain_numbers": None,
            **(info or {}),
        }
        facts["scenarios"] = [heads[name] | (info or {}).get("heads", {}).get(name, {}) for name in runs]
        facts.pop("heads", None)
        replications = {
            name: gathered({"scenario": {"title": heads[name]["title"]}, **_of_one(facts)}, record)
            for name, record in records.items()
        }
        rows = next(iter(replications.values())).values.index
        for each in replications.values():
            rows = rows.append(each.values.index.difference(rows, sort=False))
        for each in replications.values():
            each.values = _aligned(each.values, rows)
        repeated = {
            name: _aligned(pd.concat({n: _measured(given[n]).values for n in sorted(given)}, axis=1), rows)
            for name, given in (again or {}).items()
            if given
        }
        return cls._with(facts, replications, repeated)

    @classmethod
    def _with(
        cls, facts: dict[str, Any], runs: dict[str, Replications], again: dict[str, pd.DataFrame]
    ) -> Comparison:
        first = next(iter(runs.values()))
        shared = shared_of(first.info)
        text = "\n".join(f"{name} {each.info['digest']}" for name, each in runs.items())
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        done = {
            "seeds": [run.seed for run in first.runs],
            "again": len(next(iter(again.values())).columns) if again else 0,
            "fiscal_years": first.runs[0].headline.get("fiscal_years", {}),
        }
        records = {name: each.info["runs"] for name, each in runs.items()}
        found = cls({"kind": KIND, **facts, **shared, **done, "digest": digest, "runs": records}, runs, again)
        found.info["answer"] = found.summary().sentences[0]
        found.info["summary"] = _by_measure(found.differences)
        found.info["tables"] = COLUMNS
        return found

    @property
    def names(self) -> list[str]:
        """The scenarios, the one compared with first."""
        return list(self.runs)

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Paired differences from the first scenario, by scenario, measure and fiscal year (see `COLUMNS`)."""
        first, *others = self.names
        parts = [self._differences(first, name).assign(scenario=name) for name in others]
        return pd.concat(parts, ignore_index=True)[list(COLUMNS["differences"])]

    def _differences(self, first: str, name: str) -> pd.DataFrame:
        one, other = self.runs[first].values, self.runs[name].values
        gaps = _gaps(one, other)
        unseen = may_not_be_reached(one.index) & np.isnan(gaps).any(axis=1)
        gaps[unseen] = np.nan  # in some pair neither was reached: which is longer is not known
        found = one.index.to_frame(index=False)
        found = found.assign(reference=_means(one), level=_means(other), **_statistics(gaps))
        found["sd_chance"] = np.nan
        if first in self.again and name in self.again:
            before, after = self.again[first], self.again[name]
            with np.errstate(invalid="ignore"):
                change = _gaps(before, after) - gaps[:, one.columns.get_indexer(before.columns)]
                found["sd_chance"] = _finite(np.sqrt(np.mean(change**2, axis=1) / 2))
        elif self.info["fixed"]:
            found["sd_chance"] = found["sd"]
        return found

    def table(self, name: str, measure: str | None = None, scenario: str | None = None) -> pd.DataFrame:
        """The differences of one table (headline, stock, flow, outcomes, waits, quota, families), or of one measure."""
        if name not in TABLES:
            raise InputError(f"there is no table {name!r}", allowed=TABLES)
        if scenario is not None and scenario not in self.names[1:]:
            raise InputError(f"{scenario!r} is not compared with {self.names[0]!r}", allowed=self.names[1:])
        found = self.differences[self.differences["table"] == name].drop(columns="table")
        if measure is not None:
            found = found[found["measure"] == measure]
        if scenario is not None:
            found = found[found["scenario"] == scenario]
        return found.reset_index(drop=True)

    @cached_property
    def _summary(self) -> Summary:
        return summarised(self.info, self.differences)

    def summary(self) -> Summary:
        """The answer in one sentence, what the intervals show, and tables."""
        return self._summary

    def save(self, folder: str | Path) -> Path:
        """Writes run.json, the differences and the values, whole or not at all; returns the folder."""
        target, parts = Path(folder), []
        for place, (name, each) in enumerate(self.runs.items()):
            parts.append(each.values.rename(columns=lambda seed, at=place: f"{at}_run_{seed}"))
            if name in self.again:
                parts.append(self.again[name].rename(columns=lambda seed, at=place: f"{at}_again_{seed}"))
        with whole_folder(target, FILES) as folder_:
            self.differences.to_parquet(folder_ / "differences.parquet", index=False)
            pd.concat(parts, axis=1).reset_index().to_parquet(folder_ / "values.parquet", index=False)
            text = json.dumps(self.info, indent=1, default=str)
            (folder_ / "run.json").write_text(text + "\n", encoding="utf-8")
        return target


def open_kept(folder: str | Path) -> Result | Replications | Comparison:
    """What a folder holds: one run, replications or a comparison. Raises InputError when it holds none of them."""
    place = as_folder(folder)
    if not (place / "run.json").is_file() or (info := read_info(place)).get("kind") != KIND:
        return open_replications(folder)
    info = read_info(place, ("seeds", "asked", "again", "fixed", "uncertain_numbers"))
    try:
        values = pd.read_parquet(place / "values.parquet").set_index(KEYS)
        runs, again = {}, {}
        for number, head in enumerate(info["scenarios"]):
            name = head["name"]
            own, more = (_columns(values, f"{number}_{kind}_") for kind in ("run", "again"))
            facts = {**info, "scenario": {"title": head["title"]}, "runs": info["runs"][name]}
            runs[name] = Replications(facts, [Run(**record) for record in facts["runs"]], own)
            if len(more.columns):
                again[name] = more
    except (ValueError, OSError, KeyError, TypeError) as problem:
        raise InputError(f"{place} cannot be read as a comparison: {problem}") from None
    return Comparison(info, runs, again)


def _columns(values: pd.DataFrame, prefix: str) -> pd.DataFrame:
    found = values[[name for name in values.columns if str(name).startswith(prefix)]]
    return found.set_axis([int(str(name).removeprefix(prefix)) for name in found.columns], axis=1)


def _of_one(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: facts[name] for name in ("asked", "fixed", "uncertain_numbers")}


# -- what is compared ------------------------------------------------------------------------------


def _measured(one: Result | Measured) -> Measured:
    return measured(one) if isinstance(one, Result) else one


def _records(name: str, given: Runs) -> list[Measured]:
    if isinstance(given, Replications):
        return given.measured()
    found = [_measured(one) for one in given]
    if not found:
        raise InputError(f"{name!r} has no runs")
    return sorted(found, key=lambda one: one.run.seed)


def _head(name: str, given: Runs) -> dict[str, Any]:
    """What is known of a scenario: its name here, its title, and the measures that answer its question."""
    info = (
        given.info
        if isinstance(given, Replications)
        else next((x.info for x in given if isinstance(x, Result)), {})
    )
    known = info.get("scenario", {})
    return {
        "name": name,
        "title": known.get("title") or name,
        "look_at": list(known.get("look_at", ())),
        "chain": list(known.get("chain", ())),
    }


def _hold_alike(records: Mapping[str, Sequence[Measured]]) -> None:
    first, *others = records
    seeds = [one.run.seed for one in records[first]]
    if len(set(seeds)) < len(seeds):
        raise InputError(f"{first!r} has a seed twice; each pair of runs has a seed of its own")
    for name in others:
        if [one.run.seed for one in records[name]] != seeds:
            message = f"{name!r} and {first!r} have runs with other seeds; runs are compared pair by pair"
            raise InputError(message)
    shared = records[first][0].shared
    for name, record in records.items():
        for one in record:
            for key in ALIKE:
                if (here := one.shared.get(key)) != (there := shared.get(key)):
                    raise InputError(f"{name!r} and {first!r} differ in {key}: {here} and {there}")


# -- pair by pair ----------------------------------------------------------------------------------


def _aligned(values: pd.DataFrame, rows: pd.Index) -> pd.DataFrame:
    """The values of all `rows`: what is counted and is not in a run's tables never happened there."""
    return happened(values if values.index.equals(rows) else values.reindex(rows))


def _gaps(one: pd.DataFrame, other: pd.DataFrame) -> NDArray[np.float64]:
    """The paired differences; infinite where only one of the two has reached the percentile, missing where neither."""
    late = may_not_be_reached(one.index)[:, np.newaxis]
    before, after = (each.to_numpy(dtype=np.float64) for each in (one, other))
    before, after = (np.where(np.isnan(each) & late, np.inf, each) for each in (before, after))
    with np.errstate(invalid="ignore"):
        gaps: NDArray[np.float64] = after - before
    return gaps


def _means(values: pd.DataFrame) -> NDArray[np.float64]:
    """Means over runs; of percentiles only where every run has reached them."""
    numbers = values.to_numpy(dtype=np.float64)
    missing = np.isnan(numbers)
    have = (~missing).sum(axis=1)
    with np.errstate(invalid="ignore"):
        found = np.where(missing, 0.0, numbers).sum(axis=1) / have
    return np.where(may_not_be_reached(values.index) & missing.any(axis=1), np.nan, found)


def _statistics(gaps: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Mean, interval, agreement and spread of each row; what is missing is left out."""
    names = ("difference", "low", "high", "same_sign", "sd")
    found = {name: np.full(len(gaps), np.nan) for name in names}
    have = (~np.isnan(gaps)).sum(axis=1)
    some, known = have > 0, gaps[have > 0]
    if some.any():
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.nanmean(known, axis=1)
            found["difference"][some] = mean
            found["low"][some], found["high"][some] = percentiles(known, INTERVAL)
            agree = (np.sign(known) == np.sign(mean)[:, np.newaxis]).sum(axis=1) / have[some]
            found["same_sign"][some] = np.where((mean == 0) | np.isnan(mean), np.nan, agree)
            spread = np.nansum((known - mean[:, np.newaxis]) ** 2, axis=1)
            found["sd"][some] = np.where(have[some] > 1, np.sqrt(spread / (have[some] - 1)), np.nan)
    kept = {name: _finite(values) for name, values in found.items()}
    return {**kept, "runs": have}


def _finite(values: Any) -> NDArray[np.float64]:
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _by_measure(differences: pd.DataFrame) -> dict[str, Any]:
    """The headline differences by scenario, measure and fiscal year, ready for JSON."""
    found: dict[str, Any] = {}
    names = ("reference", "level", "difference", "low", "high", "same_sign", "sd", "sd_chance")
    for row in differences[differences["table"] == "headline"].itertuples():
        facts = {name: getattr(row, name) for name in names}
        year = {name: None if np.isnan(value) else round(value, 2) for name, value in facts.items()}
        found.setdefault(row.scenario, {}).setdefault(row.measure, {})[str(row.fiscal_year)] = year
    return found
