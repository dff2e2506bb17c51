"""The table of waits: percentiles of days, of those served, of those who entered, and of those who came somewhere."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim.frames_families import came
from sim.histograms import QUANTILES, of_entered, of_served
from sim.ledger import Ledger
from sim.tallies import REACHED, TOOK

PERCENTILES = tuple(f"p{round(100 * q)}" for q in QUANTILES)


def waits_frame(ledger: Ledger, whole: bool = False) -> pd.DataFrame:
    """Waits by fiscal year: see COLUMNS in results.py for each basis. `whole`: those of whole pathways, no others."""
    model, state, weight = ledger.model, ledger.state, ledger.weight
    names, bases = [pathway.name for pathway in model.system.pathways], ["left", "entered", TOOK, REACHED]
    first, slots = model.rules.wait["first"], model.rules.wait["slots"]
    firsts = np.array([*first, model.wait_rows])
    rows = firsts[len(names)] if whole else model.wait_rows  # those of whole pathways come first
    owner = np.repeat(np.arange(len(model.waits)), np.diff(firsts))[:rows]  # the wait of each row
    basis = np.tile([0, 1], (rows, 1))
    served, reached, unserved, waiting = (
        counts[:rows] for counts in (state.served, state.reached, state.unserved, state.waiting)
    )
    of_all = of_entered(reached, unserved, waiting, model.bin_days)
    found = np.stack([of_served(served, model.bin_days), of_all], axis=1)
    entered = came(ledger)[:, 1:]
    for number, of in () if whole else model.reaches.items():
        own = np.flatnonzero(owner == number)
        basis[own] = bases.index(of)
        found[own, 1] = 0  # nobody: they have one basis
        if of == REACHED:
            here = entered[names.index(model.waits[number][0]), :, : slots[number]]
            found[own, 0] = _reached(ledger, state.reached[own], here)
    row, place = np.nonzero(found[..., 0])
    wait, facts = owner[row], found[row, place]
    year, slot = np.divmod(row - first[wait], slots[wait])
    group = [model.groups[names.index(pathway)] for pathway, _ in model.waits]
    columns = {
        "fiscal_year": dates.fiscal_year(model.start) + year,
        "basis": np.array(bases, dtype=object)[basis[row, place]],
        "pathway": np.array([pathway for pathway, _ in model.waits], dtype=object)[wait],
        "stage": np.array([stage for _, stage in model.waits], dtype=object)[wait],
        "group": [group[number][at] for number, at in zip(wait.tolist(), slot.tolist(), strict=True)],
        "cases": facts[:, 0].astype(np.int64) * weight,
        "still_waiting": facts[:, -1].astype(np.int64) * weight,
        **dict(zip(("mean", *PERCENTILES), facts.T[1:-1], strict=True)),
    }
    return pd.DataFrame(columns)


def _reached(ledger: Ledger, events: NDArray[np.int32], entered: NDArray[np.int64]) -> NDArray[np.float64]:
    """Times to a stage among all who entered the pathway that year: number, no mean, percentiles, those not there."""
    fiscal = ledger.model.rules.fiscal[: ledger.last + 1]
    slots = entered.shape[1]
    found = np.zeros((len(events), len(QUANTILES) + 3))
    for year, slot in np.argwhere(entered).tolist():
        reached, total = events[year * slots + slot], int(entered[year, slot])
        followed = ledger.last - int(np.flatnonzero(fiscal == year)[-1])  # even who entered last
        days = _of_all(reached, total, ledger.model.bin_days, followed)
        found[year * slots + slot] = total, *days, total - int(reached.sum())
    return found


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
