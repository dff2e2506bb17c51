"""Tables of quantiles, and the integer look-ups by which both engines turn a random word into a duration.

A duration's table has KNOTS + 1 values in 1/256 day, at u = 0, 1/KNOTS, ... 1; between knots it is a
straight line. Knots are moved a little, so that the mean of the lines is the distribution's mean. No
duration is longer than LARGEST_DAYS: heavier tails pile up there, and the mean kept is that of the shorter
of the two.
"""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.compiled import Whole, compiled
from sim.distributions import canonical, scaled, text_of, validate
from sim.laws import Law, law, mean

__all__ = [
    "KNOTS",
    "LARGEST_DAYS",
    "PER_DAY",
    "THRESHOLD_UNITS",
    "beyond",
    "canonical",
    "look_up",
    "mean",
    "quantile_table",
    "rank",
    "scaled",
    "spans",
    "threshold",
    "threshold_table",
    "validate",
    "whole_days",
]

KNOTS = 1024
PER_DAY = 256
"""Units of a table's value in a day."""
LARGEST_DAYS = 36_525
"""The longest duration: a hundred years."""
THRESHOLD_UNITS = 2**40
"""Units of a hazard threshold in one unit of accumulated hazard."""

_WORD_BITS = 32
_CELL_BITS = 22  # a random word is 10 bits of knot and 22 bits of place between knots
_CELL = 2**_CELL_BITS
_CELL_HALF = 2 ** (_CELL_BITS - 1)
_WORDS = 2**_WORD_BITS
_KNOT_U = np.arange(KNOTS + 1) / KNOTS


def _knots(source: Law, largest: float) -> NDArray[np.float64]:
    """Values at the knots whose straight lines have the mean of min(X, largest)."""
    values = np.minimum(source.quantile(_KNOT_U), largest)
    # The integral of the quantile function up to each knot; the second term splits an atom between two cells.
    known = values[:-1]
    integral = np.empty(KNOTS + 1)
    integral[:-1] = source.partial(known) + known * (_KNOT_U[:-1] - source.below(known))
    top = np.array([largest])
    integral[-1] = (
        source.mean
        if values[-1] < largest
        else (source.partial(top) + largest * (1 - source.below(top))).item()
    )
    means = np.diff(integral) * KNOTS
    if values[-1] >= largest:  # no upper end: the last knot carries the mean of the whole tail
        values[-1] = min(max(2 * means[-1] - values[-2], values[-2]), largest)
    # What a cell's line misses of the cell's mean is put on its lower knot if positive, on its upper knot if
    # negative. It is at most half the rise of the cell, so the knots stay in order.
    missing = means - (values[:-1] + values[1:]) / 2
    half_rise = np.diff(values) / 2
    missing = np.clip(missing, -half_rise, half_rise)
    raised, lowered = np.maximum(missing, 0), np.minimum(missing, 0)
    values[:-1] += raised
    values[1:] += lowered
    # The outer knots belong to one cell, the others to two: they must move twice as far for the same effect.
    values[0] += raised[0]
    values[-1] += lowered[-1]
    return np.maximum.accumulate(np.clip(values, 0, largest))


@lru_cache(maxsize=4096)
def _table_of(text: str) -> NDArray[np.int32]:
    knots = _knots(law(json.loads(text)), float(LARGEST_DAYS))
    table = np.rint(knots * PER_DAY).astype(np.int32)
    table.flags.writeable = False
    return table


def quantile_table(dist: object) -> NDArray[np.int32]:
    """KNOTS + 1 values, in 1/256 day, of a distribution in days. Equal distributions share one table."""
    return _table_of(text_of(dist))


@compiled
def look_up(table: NDArray[np.int32], offset: Whole, word: Whole) -> int:
    """The duration, in 1/256 day, of a random word; the table begins at `offset` of a flat array."""
    place = np.int64(word)
    knot = offset + (place >> _CELL_BITS)
    low = np.int64(table[knot])
    rise = np.int64(table[knot + 1]) - low
    return int(low + ((rise * (place & (_CELL - 1)) + _CELL_HALF) >> _CELL_BITS))


@compiled
def whole_days(value: Whole) -> int:
    """A table's value in whole days: half a day is rounded up, and a duration is at least one day."""
    return int(max(np.int64(1), (np.int64(value) + 128) >> 8))


@compiled
def spans(quantiles: NDArray[np.int32], table: Whole, words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Whole days of a distribution for each random word."""
    days = np.empty(words.size, dtype=np.int64)
    for number in range(words.size):
        days[number] = whole_days(look_up(quantiles, table, words[number]))
    return days


@compiled
def rank(table: NDArray[np.int32], offset: Whole, value: Whole) -> int:
    """How many random words, 0..2**32, give at most this value: the first word that gives more."""
    if value >= table[offset + KNOTS]:
        return _WORDS
    # The first knot above the value: its line begins at the one before.
    low, high = np.int64(0), np.int64(KNOTS)
    while low < high:
        middle = (low + high) >> 1
        if table[offset + middle] > value:
            high = middle
        else:
            low = middle + 1
    if low == 0:
        return 0
    below = np.int64(table[offset + low - 1])
    rise = np.int64(table[offset + low]) - below
    wanted = ((np.int64(value) + 1 - below) << _CELL_BITS) - _CELL_HALF  # look_up rounds to the nearest unit
    place = (wanted + rise - 1) // rise
    return int(((low - 1) << _CELL_BITS) + place)


@compiled
def beyond(table: NDArray[np.int32], offset: Whole, value: Whole, word: Whole) -> int:
    """A random word turned into one that gives more than a value: for what is left at a given age.

    Where no word gives more (the case is older than the table knows), it is the last word.
    """
    first = np.int64(rank(table, offset, value))
    left = np.int64(_WORDS) - first
    # left * word / 2**32, in two halves so that it stays within 64 bits
    high, low = np.int64(word) >> 16, np.int64(word) & 0xFFFF
    return int(min(first + ((left * high + ((left * low) >> 16)) >> 16), np.int64(_WORDS - 1)))


# The threshold of a word w is -log(1 - u), u = (w + 1/2) / 2**32. Below u = 1/2 the table holds -log(1 - u)
# / u, which is smooth and keeps the relative error of small thresholds small. Above, it holds log(1 + i /
# KNOTS), as 1 - u is a power of two times a number between 1 and 2. So both tails are resolved to the last
# word.
_RATIO_BITS = 30


@lru_cache(maxsize=1)
def threshold_table() -> NDArray[np.int64]:
    """The table of `threshold`: two parts of KNOTS + 1 values, for the words below and above the middle."""
    u = np.arange(KNOTS + 1) / (2 * KNOTS)
    ratio = np.ones(KNOTS + 1)
    ratio[1:] = -np.log1p(-u[1:]) / u[1:]
    logarithm = np.log1p(_KNOT_U)
    table = np.concatenate([np.rint(ratio * 2**_RATIO_BITS), np.rint(logarithm * THRESHOLD_UNITS)])
    table = table.astype(np.int64)
    table.flags.writeable = False
    return table


@compiled
def threshold(table: NDArray[np.int64], word: Whole) -> int:
    """The accumulated hazard, in 2**-40, at which a case with this random word leaves: a unit exponential."""
    place = 2 * np.int64(word) + 1  # u in 2**-33
    if place < _WORDS:
        knot = place >> _CELL_BITS
        low = np.int64(table[knot])
        ratio = low + (((np.int64(table[knot + 1]) - low) * (place & (_CELL - 1))) >> _CELL_BITS)
        return int((place * ratio) >> 23)
    rest = np.int64(2 * _WORDS) - place  # 1 - u in 2**-33
    halvings = np.int64(1)
    while rest < _WORDS:
        rest <<= 1
        halvings += 1
    rest -= _WORDS
    knot = KNOTS + 1 + (rest >> _CELL_BITS)
    low = np.int64(table[knot])
    logarithm = low + (((np.int64(table[knot + 1]) - low) * (rest & (_CELL - 1))) >> _CELL_BITS)
    return int(halvings * np.int64(table[2 * KNOTS + 1]) - logarithm)
