"""What a page shows: the runs of a scenario beside the same runs of what it is compared with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

import sim

BAND = ("p10", "p90")
MOVED = (
    "court_pending",
    "affirmative_pending",
    "families_apart",
    "refugees_admitted",
    "asylum_granted",
    "board_pending",
)
TABLES = ("headline", "where", "waits", "quota", "families")  # what pages show


def together(answers: Sequence[sim.Replications]) -> sim.Replications:
    """Single runs as one set of replications, in the order of their seeds."""
    ordered = sorted(answers, key=lambda each: each.runs[0].seed)
    values = pd.concat([each.values for each in ordered], axis=1)
    return sim.Replications(ordered[0].info, [each.runs[0] for each in ordered], _shown(values))


def _shown(values: pd.DataFrame) -> pd.DataFrame:
    return values[values.index.get_level_values("table").isin(TABLES)]


@dataclass
class Pair:
    """`reference` and `chosen`: replications with the same seeds, by name. One run each, or many with bands.

    `central` are the two with central numbers and seed 1: where bands are shown, its lines run through them.
    """

    names: tuple[str, str]
    central: tuple[sim.Replications, sim.Replications] | None
    many: tuple[sim.Replications, sim.Replications] | None = None

    @property
    def best(self) -> tuple[sim.Replications, sim.Replications]:
        found = self.many or self.central
        assert found is not None
        return found

    @cached_property
    def years(self) -> dict[int, dt.date]:
        """The last day of each fiscal year of the run."""
        facts = self.best[0].runs[0].headline["fiscal_years"]
        return {int(year): dt.date.fromisoformat(days["to"]) for year, days in facts.items()}

    @cached_property
    def whole_years(self) -> list[int]:
        return [int(y) for y, days in self.best[0].runs[0].headline["fiscal_years"].items() if days["whole"]]

    def frame(
        self, table: str, measure: str, unit: str | None = None, *, whole: bool = False
    ) -> pd.DataFrame:
        """A measure of both by fiscal year: date, fiscal_year, series, value and, with many runs, low and high.

        `whole` leaves out fiscal years that the run covers only in part: their sums would mislead.
        """
        parts = []
        for place, name in enumerate(self.names):
            lines = (self.central or self.best)[place].table(table, measure)
            part = lines[["fiscal_year", "unit", "p50"]].rename(columns={"p50": "value"})
            part = part.assign(series=name, low=float("nan"), high=float("nan"))
            if self.many is not None and len(self.many[place].runs) > 1:
                band = self.many[place].table(table, measure).set_index(["fiscal_year", "unit"])
                keys = pd.MultiIndex.from_frame(part[["fiscal_year", "unit"]])
                part["low"], part["high"] = (band[each].reindex(keys).to_numpy() for each in BAND)
            parts.append(part)
        found = pd.concat(parts, ignore_index=True)
        if unit is not None:
            found = found[found["unit"] == unit]
        found = found[found["fiscal_year"].isin(self.whole_years if whole else list(self.years))]
        return found.assign(date=pd.to_datetime(found["fiscal_year"].map(self.years))).reset_index(drop=True)

    def both(self, table: str, measure: str, year: int, unit: str | None) -> tuple[float, float]:
        """The value of a fiscal year in what is compared with, and in the scenario."""
        frame = self.frame(table, measure, unit)
        frame = frame[frame["fiscal_year"] == year].set_index("series")["value"]
        return float(frame.get(self.names[0], float("nan"))), float(frame.get(self.names[1], float("nan")))

    def most_moved(self, year: int) -> str:
        """The headline count that differs most, as a share of itself."""
        shares = {}
        for name in MOVED:
            before, after = self.both("headline", name, year, None)
            shares[name] = abs(after - before) / max(before, 1.0)
        return max(shares, key=shares.__getitem__)

    def measures(self, table: str) -> list[str]:
        return list(dict.fromkeys(self.best[1].table(table)["measure"]))

    @property
    def misleading(self) -> list[str]:
        """Desks whose waits this scale would mislead about."""
        return list(dict.fromkeys(d for each in self.best for d in each.info["misleading_below_scale_1"]))

    def label(self, kind: str, name: str) -> str:
        return str(self.best[0].info["labels"][kind].get(name, name))
