"""What a page shows: the runs of a scenario beside the same runs of what it is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

import sim

GAP = ("reference", "level", "difference", "low", "high")
WAITS = {
    "affirmative": "affirmative.* entered p50",
    "defensive non_detained": "defensive.* entered p50 docket=non_detained",
    "refugee": "refugee.* entered p50",
    "family": "family.* entered p50",
}
"""whose waits pages show, and the measure of each"""


def compared(
    names: tuple[str, str],
    answers: Sequence[tuple[sim.Replications, sim.Replications]],
    look_at: Sequence[str],
    fixed: bool,
) -> sim.Comparison:
    """Pairs of single runs as one comparison; `look_at` are the measures that answer the scenario's question."""
    records = {name: [_shown(both[place]) for both in answers] for place, name in enumerate(names)}
    heads = {
        name: {"title": name, "look_at": list(look_at) if place else []} for place, name in enumerate(names)
    }
    return sim.Comparison.of(records, fixed=fixed, info={"heads": heads})


def _shown(answer: sim.Replications) -> object:
    """The measures that pages show: of waits, those of `WAITS`."""
    (record,) = answer.measured()
    table, measure = (record.values.index.get_level_values(name) for name in ("table", "measure"))
    return replace(record, values=record.values[(table != "waits") | measure.isin(WAITS.values())])


class Lookup:
    """The rows of a frame by table and measure."""

    def __init__(self, frame: pd.DataFrame, columns: Sequence[str]) -> None:
        self.rows = frame.groupby(["table", "measure"], sort=False).indices
        self.frame = frame[list(columns)]

    def __call__(self, table: str, measure: str) -> pd.DataFrame:
        return self.frame.iloc[self.rows.get((table, measure), [])]


@dataclass
class Pair:
    """The comparison on the page: one pair of runs with central numbers, or many with drawn ones and so with bands."""

    names: tuple[str, str]
    comparison: sim.Comparison

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(self.comparison.info["seeds"])

    @property
    def banded(self) -> bool:
        return len(self.seeds) > 1

    @cached_property
    def years(self) -> dict[int, dt.date]:
        """The last day of each fiscal year of the run."""
        facts = self.comparison.info["fiscal_years"]
        return {int(year): dt.date.fromisoformat(days["to"]) for year, days in facts.items()}

    @cached_property
    def whole_years(self) -> list[int]:
        """Fiscal years that the run covers whole; of a short run, all."""
        facts = self.comparison.info["fiscal_years"]
        return [int(year) for year, days in facts.items() if days["whole"]] or list(self.years)

    def frame(
        self, table: str, measure: str, unit: str | None = None, *, whole: bool = False
    ) -> pd.DataFrame:
        """A measure of both by fiscal year: date, fiscal_year, series, value, low and high. Of many runs the value is
        the mean, as in sentences; of waits the middle, since a run may end before half of the people are done.

        `whole` leaves out fiscal years that the run covers only in part: their sums would mislead.
        """
        found = self._lines(table, measure)
        if unit is not None:
            found = found[found["unit"] == unit]
        if whole:
            found = found[found["fiscal_year"].isin(self.whole_years)]
        return found.reset_index(drop=True)

    @cached_property
    def _lines(self) -> Lookup:
        """The rows of both, those of the first before those of the second."""
        parts = [self._amounts(each).assign(series=name) for name, each in self.comparison.runs.items()]
        found = pd.concat(parts, ignore_index=True)
        found = found[found["fiscal_year"].isin(list(self.years))]
        found = found.assign(date=pd.to_datetime(found["fiscal_year"].map(self.years)))
        return Lookup(found, ("fiscal_year", "unit", "value", "low", "high", "series", "date"))

    def _amounts(self, runs: sim.Replications) -> pd.DataFrame:
        """The measures of one of both: value, and low and high of many runs."""
        if not self.banded:
            (seed,) = runs.values.columns
            return runs.values.reset_index().rename(columns={seed: "value"}).assign(low=np.nan, high=np.nan)
        found = runs.bands.drop(columns=["low", "high"]).rename(columns={"p10": "low", "p90": "high"})
        return found.assign(value=found["p50"].where(found["table"] == "waits", found["mean"]))

    @cached_property
    def _gaps(self) -> Lookup:
        return Lookup(self.comparison.differences, ("fiscal_year", *GAP))

    def gap(self, table: str, measure: str, year: int) -> dict[str, float]:
        """The paired difference in a fiscal year: reference, level, difference, low and high (the middle 90 %)."""
        rows = self._gaps(table, measure)
        rows = rows[rows["fiscal_year"] == year]
        return {name: float(rows[name].iloc[0]) if len(rows) else float("nan") for name in GAP}

    def measures(self, table: str) -> list[str]:
        return [measure for here, measure in self._lines.rows if here == table]

    def answer(self) -> str:
        """The answer in one sentence."""
        return str(self.comparison.info["answer"])

    @property
    def misleading(self) -> list[str]:
        """Desks whose waits this scale would mislead about."""
        return list(
            dict.fromkeys(
                d for each in self.comparison.runs.values() for d in each.info["misleading_below_scale_1"]
            )
        )

    def label(self, kind: str, name: str) -> str:
        return str(self.comparison.info["labels"][kind].get(name, name))
