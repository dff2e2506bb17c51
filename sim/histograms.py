"""Means and percentiles of waits from their histograms, compiled: one row for each wait, fiscal year and group."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled

QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90)
_SHARES = np.array(QUANTILES)
FOLLOWED = 0.1
"""A survival curve is read only while this share of its cases is still followed: at the lower end of the 10 to
20 % of Pocock, Clayton and Altman, Survival plots of time-to-event outcomes, Lancet 359 (2002), 1686-1689."""
MEAN, FIRST = 1, 2
"""columns of what is found: how many, their mean, the percentiles; the last: how many still wait"""
COLUMNS = FIRST + len(QUANTILES) + 1


def of_served(counts: NDArray[np.int32], days: NDArray[np.int64]) -> NDArray[np.float64]:
    """[row, column]: number, mean and percentiles of those served."""
    # Twice the middle of each bin, of which the last is open: whole numbers are summed many at once.
    doubled = days + np.append(days[1:] - 1, days[-1])
    return _of_served(counts, days, doubled)


@compiled
def _of_served(
    counts: NDArray[np.int32], days: NDArray[np.int64], doubled: NDArray[np.int64]
) -> NDArray[np.float64]:
    found = np.zeros((counts.shape[0], COLUMNS))
    for row in range(counts.shape[0]):
        total = weighed = np.int64(0)
        for place in range(days.size):
            total += counts[row, place]
            weighed += counts[row, place] * doubled[place]
        if total == 0:
            continue
        found[row, 0] = total
        found[row, MEAN] = weighed / 2.0 / total
        come, place = np.int64(0), -1
        for number in range(_SHARES.size):
            while come < _SHARES[number] * total:
                place += 1
                come += counts[row, place]
            found[row, FIRST + number] = days[place]
    return found


@compiled
def of_entered(
    served: NDArray[np.int32],
    unserved: NDArray[np.int32],
    waiting: NDArray[np.int32],
    days: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The same of those who entered, by Kaplan and Meier: who left unserved or still waits is censored.

    A percentile is empty that is not reached, or at which too few are still followed. The mean is not known.
    """
    found = np.zeros((served.shape[0], COLUMNS))
    for row in range(served.shape[0]):
        total = still = np.int64(0)
        for place in range(days.size):
            still += waiting[row, place]
            total += served[row, place] + unserved[row, place]
        total += still
        if total == 0:
            continue
        found[row, 0] = total
        found[row, 1:-1] = np.nan
        found[row, -1] = still
        at_risk, survival, number = total, 1.0, 0
        for place in range(days.size):
            events = served[row, place]
            if events > 0:
                survival *= 1.0 - events / max(at_risk, np.int64(1))
                while number < _SHARES.size and survival <= 1.0 - _SHARES[number] + 1e-12:
                    if at_risk >= FOLLOWED * total:
                        found[row, FIRST + number] = days[place]
                    number += 1
            at_risk -= events + unserved[row, place] + waiting[row, place]
            if number == _SHARES.size or at_risk == 0:
                break
    return found
