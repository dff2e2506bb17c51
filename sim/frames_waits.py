"""The table of waits: percentiles of days, of those served, of those who entered, and of those who came somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim.frames_families import came
from sim.histograms import QUANTILES, of_entered, of_served
from sim.ledger import Ledger
from sim.model import REACHED, TOOK

PERCENTILES = tuple(f"p{round(100 * q)}" for q in QUANTILES)
COLUMNS = [
    "fiscal_year",
    "basis",
    "pathway",
    "stage",
    "group",
    "cases",
    "still_waiting",
    "mean",
    *PERCENTILES,
]
Row = tuple[int, int, str, float, float, list[float]]
"""year, slot, basis, cases, those still waiting, mean and percentiles"""


def waits_frame(ledger: Ledger) -> pd.DataFrame:
    """Waits by fiscal year: see COLUMNS in results.py for each basis."""
    model, state, weight = ledger.model, ledger.state, ledger.weight
    rows: list[tuple[Any, ...]] = []
    names = [pathway.name for pathway in model.system.pathways]
    start = dates.fiscal_year(model.start)
    left = of_served(state.served, model.bin_days)
    entered = of_entered(state.reached, state.unserved, ledger.waiting, model.bin_days)
    for number, (pathway, stage) in enumerate(model.waits):
        groups = model.groups[names.index(pathway)]
        place = model.rules.wait[number]
        own = slice(
            int(place["first"]), int(place["first"] + place["slots"] * (int(model.rules.fiscal[-1]) + 1))
        )
        basis = model.reaches.get(number)
        if basis == REACHED:
            found = _reached(ledger, state.reached[own], came(ledger, pathway)[1:, : len(groups)])
        elif basis == TOOK:
            found = _waits(len(groups), {TOOK: left[own]})
        else:
            found = _waits(len(groups), {"left": left[own], "entered": entered[own]})
        for year, slot, of, cases, still, days in found:
            amounts = (int(cases) * weight, int(still) * weight)
            rows.append((start + year, of, pathway, stage, groups[slot], *amounts, *days))
    return pd.DataFrame(rows, columns=COLUMNS)


def _waits(slots: int, found: dict[str, NDArray[np.float64]]) -> Iterator[Row]:
    """Of those served that year, and of those who entered that year, who still waits counted."""
    for row in np.flatnonzero(sum(facts[:, 0] for facts in found.values())).tolist():
        for basis, facts in found.items():
            cases, *days, still = facts[row].tolist()
            if cases:
                yield row // slots, row % slots, basis, cases, still, days


def _reached(ledger: Ledger, events: NDArray[np.int32], entered: NDArray[np.int64]) -> Iterator[Row]:
    """Times to a stage among all who entered the pathway that year."""
    fiscal = ledger.model.rules.fiscal[: ledger.last + 1]
    slots = entered.shape[1]
    for year, slot in np.argwhere(entered).tolist():
        reached, total = events[year * slots + slot], int(entered[year, slot])
        followed = ledger.last - int(np.flatnonzero(fiscal == year)[-1])  # even who entered last
        days = _of_all(reached, total, ledger.model.bin_days, followed)
        yield year, slot, REACHED, total, total - int(reached.sum()), list(days)


def _of_all(
    events: NDArray[np.int32], total: int, days: NDArray[np.int64], followed: int
) -> tuple[float, ...]:
    """Percentiles among all who entered; empty where not reached, or later than all of them were followed."""
    sums = np.cumsum(events)
    found = []
    for q in QUANTILES:
        day = float(days[np.searchsorted(sums, q * total)]) if sums[-1] >= q * total else np.inf
        found.append(day if day <= followed else np.nan)
    return (np.nan, *found)
