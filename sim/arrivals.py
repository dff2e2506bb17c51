"""Who comes: how many of each source on each day, and the dates of those there at the start."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim import casekey
from sim.chance import WORDS, draws
from sim.durations import spans
from sim.layout import NONE
from sim.model import Model, Stock


@lru_cache(maxsize=1 << 14)
def first_words(rate: float) -> NDArray[np.int64]:
    """First random word that brings more than 0, 1, 2, ... arrivals: the Poisson distribution, inverted once."""
    most = int(rate + 12.0 * math.sqrt(rate) + 40.0)  # no word brings more
    return np.floor(special.pdtr(np.arange(most), rate) * WORDS + 0.5).astype(np.int64)


def arrivals(model: Model, seed: int, last: int) -> NDArray[np.int64]:
    """[day, source]: how many cases arrive. A Poisson quantile of the source's own number of that day."""
    days = np.arange(model.start, model.start + last + 1, dtype=np.int64)
    visits = np.zeros(days.size, dtype=np.int64)
    counts = np.zeros((last + 1, len(model.entries)), dtype=np.int64)
    for source in range(len(model.entries)):
        stream = model.streams.number(f"arrivals {model.sources[source]}")
        words = draws(np.uint64(seed), stream, days, visits)
        rate = model.rates[source, : last + 1]
        turns = [0, *(1 + np.flatnonzero(np.diff(rate))).tolist(), last + 1]
        for first, end in pairwise(turns):
            firsts = first_words(float(rate[first]))
            counts[first:end, source] = np.searchsorted(firsts, words[first:end], side="right")
    counts[0] = 0
    casekey.pack(0, model.start + last, int(counts.max(initial=0)))  # refuses more than a key can count
    return counts


def opening(
    model: Model, stock: Stock, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Keys, filing days and days of entry of an opening stock: ages are quantiles of the published spread."""
    quantiles = model.rules.quantiles
    words = (np.arange(stock.cases) * 2 + 1) * (WORDS // 2) // stock.cases
    table = int(model.rules.cells[model.now[stock.age]])
    age = spans(quantiles, table, words)
    filed = 1 - age
    absolute = model.start + filed
    change = np.flatnonzero(np.diff(absolute, prepend=absolute[0] + 1))
    ordinal = np.arange(stock.cases) - np.repeat(change, np.diff(np.append(change, stock.cases)))
    keys = np.empty(stock.cases, dtype=np.int64)
    try:
        keys[:] = casekey.pack(stock.source, absolute, ordinal)
    except ValueError as problem:
        raise model.scenario.error(f"stock.{stock.name}.age", f"{problem}; spread the ages") from None
    entered = filed
    if stock.in_stage != NONE:
        table = int(model.rules.cells[model.now[stock.in_stage]])
        stream = model.streams.number(f"in stage {stock.name}")
        lots = draws(np.uint64(seed), stream, keys, np.zeros(keys.size, dtype=np.int64))
        spent = spans(quantiles, table, lots.astype(np.int64))
        entered = np.maximum(filed, 1 - spent)
    return keys, filed.astype(np.int32), entered.astype(np.int32)
