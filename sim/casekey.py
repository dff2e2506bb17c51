"""The case key: (source, date of arrival, ordinal of that day, place among the children), packed in 64 bits.

A key never depends on the scenario's start or on the order in which cases are handled, so the same case is found, and
has the same luck, in every scenario.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from sim import dates

SOURCE_BITS, DAY_BITS, ORDINAL_BITS, CHILD_BITS, GENERATIONS = 9, 16, 17, 7, 3
INDEX_BITS = 4
FAMILY_BITS = CHILD_BITS * GENERATIONS
KINDS = 2 ** (CHILD_BITS - INDEX_BITS) - 1
"""kinds of children that a key can tell apart"""
DAY_SHIFT = ORDINAL_BITS + FAMILY_BITS
"""a key of the next day is larger by 1 << DAY_SHIFT"""
PERSONS_BITS = 4
"""a check is drawn for each person: the person's number, from 0, stands below the visit's"""
EPOCH = dates.day_of("1900-01-01")


def pack(source: int, day: NDArray[np.int64] | int, ordinal: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Key of the `ordinal`-th case of a source on an absolute day (days since 1970)."""
    since = np.asarray(day, dtype=np.int64) - EPOCH
    number = np.asarray(ordinal, dtype=np.int64)
    if source >= 2**SOURCE_BITS or np.any(since < 0) or np.any(since >= 2**DAY_BITS):
        raise ValueError(f"source {source} or its dates do not fit into a case key")
    if np.any(number >= 2**ORDINAL_BITS):
        raise ValueError(
            f"more than {2**ORDINAL_BITS:,} cases of one source on one day do not fit into a case key"
        )
    return (((source << DAY_BITS) + since << ORDINAL_BITS) + number) << FAMILY_BITS


def root(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Key of the case with which the family began."""
    return keys >> FAMILY_BITS << FAMILY_BITS


def text(key: int, sources: list[str], kinds: list[str]) -> str:
    """`source:date:n`, and `/kind.n` for each generation of children."""
    stem = key >> FAMILY_BITS
    ordinal = stem & (2**ORDINAL_BITS - 1)
    day = stem >> ORDINAL_BITS & (2**DAY_BITS - 1)
    source = stem >> (ORDINAL_BITS + DAY_BITS)
    parts = [f"{sources[source]}:{dates.date_of(day + EPOCH).isoformat()}:{ordinal}"]
    for generation in range(GENERATIONS):
        child = key >> (CHILD_BITS * (GENERATIONS - 1 - generation)) & (2**CHILD_BITS - 1)
        if child:
            parts.append(f"{kinds[(child >> INDEX_BITS) - 1]}.{child & (2**INDEX_BITS - 1)}")
    return "/".join(parts)


def parent(case: str) -> str:
    """Text of the parent's key; empty for a case that arrived by itself."""
    return re.sub(r"/?[^/]*$", "", case)
