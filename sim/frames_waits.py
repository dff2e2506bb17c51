"""The table of waits: percentiles of days, of those served, of those who entered, and of those who came somewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim.frames_families import came
from sim.ledger import Ledger
from sim.model import REACHED, TOOK

QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90)
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
FOLLOWED = 0.1
"""A survival curve is read only while this share of its cases is still followed: at the lower end of the 10 to
20 % of Pocock, Clayton and Altman, Survival plots of time-to-event outcomes, Lancet 359 (2002), 1686-1689."""


def waits_frame(ledger: Ledger) -> pd.DataFrame:
    """Waits by fiscal year: see COLUMNS in results.py for each basis."""
    rows: list[tuple[Any, ...]] = []
    names = [pathway.name for pathway in ledger.model.system.pathways]
    first = dates.fiscal_year(ledger.model.start)
    for number, (pathway, stage) in enumerate(ledger.model.waits):
        groups = ledger.model.groups[names.index(pathway)]
        entered = came(ledger, pathway) if number in ledger.model.reaches else None
        for year in range(ledger.state.served.shape[1]):
            for slot, group in enumerate(groups):
                place = (pathway, stage, group)
                if entered is None:
                    found = _waits(ledger, (number, year, slot))
                else:
                    found = _reached(ledger, (number, year, slot), int(entered[1 + year, slot]))
                for basis, cases, still, days in found:
                    amounts = (cases * ledger.weight, still * ledger.weight)
                    rows.append((first + year, basis, *place, *amounts, *days))
    return pd.DataFrame(rows, columns=COLUMNS)


Row = tuple[str, int, int, tuple[float, ...]]


def _waits(ledger: Ledger, at: tuple[int, int, int]) -> list[Row]:
    """Of those served that year, and of those who entered that year, who still waits counted."""
    rows: list[Row] = []
    days = ledger.model.bin_days
    if (left := ledger.state.served[at]).any():
        rows.append(("left", int(left.sum()), 0, _of_served(left, days)))
    events, waiting = ledger.state.reached[at], ledger.waiting[at]
    censored = ledger.state.unserved[at] + waiting
    if total := int(events.sum()) + int(censored.sum()):
        rows.append(("entered", total, int(waiting.sum()), _kaplan_meier(events, censored, days)))
    return rows


def _reached(ledger: Ledger, at: tuple[int, int, int], entered: int) -> list[Row]:
    """Times to a stage or milestone: of those who came there that year, or among all who entered that year."""
    number, year, _ = at
    if ledger.model.reaches[number] == TOOK:
        took = ledger.state.served[at]
        return [(TOOK, int(took.sum()), 0, _of_served(took, ledger.model.bin_days))] if took.any() else []
    if not entered:
        return []
    events = ledger.state.reached[at]
    fiscal = ledger.model.rules.fiscal[: ledger.last + 1]
    followed = ledger.last - int(np.flatnonzero(fiscal == year)[-1])  # even who entered last
    days = _of_all(events, entered, ledger.model.bin_days, followed)
    return [(REACHED, entered, entered - int(events.sum()), days)]


def _of_served(counts: NDArray[np.int32], days: NDArray[np.int64]) -> tuple[float, ...]:
    """Mean and percentiles of those served."""
    total = int(counts.sum())
    mean = float((counts * _middle(days)).sum() / total)
    sums = np.cumsum(counts)
    return (mean, *(float(days[np.searchsorted(sums, q * total)]) for q in QUANTILES))


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


def _kaplan_meier(
    events: NDArray[np.int32], censored: NDArray[np.int32], days: NDArray[np.int64]
) -> tuple[float, ...]:
    """Percentiles with those not yet served counted as still waiting. The mean is unknown.

    Empty where not reached, or where too few are still followed for the curve to be read.
    """
    gone = np.cumsum(events + censored)
    at_risk = gone[-1] - np.concatenate(([0], gone[:-1]))
    survival = np.cumprod(1.0 - events / np.maximum(at_risk, 1))
    found = []
    for q in QUANTILES:
        reached = np.flatnonzero(survival <= 1.0 - q + 1e-12)
        read = reached.size and at_risk[reached[0]] >= FOLLOWED * gone[-1]
        found.append(float(days[reached[0]]) if read else np.nan)
    return (np.nan, *found)


def _middle(days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Middle of each bin; the last is open."""
    upper = np.append(days[1:] - 1, days[-1])
    return (days + upper) / 2.0
