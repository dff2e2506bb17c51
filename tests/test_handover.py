"""Arrays reach compiled code by an address, and nothing else reaches it."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
import pytest

from sim.compiled import lean
from sim.handover import Handed, handed, prefetch

PAIR = np.dtype([("large", np.int64), ("small", np.int16)])


class Record(NamedTuple):
    ints: Annotated[Any, np.int32, 1]
    pairs: Annotated[Any, PAIR, 2]


record_at = handed(Record)


@lean
def last_of(record, row):
    return record.pairs[row, record.pairs.shape[1] - 1].small


@lean
def fill(address):
    """Writes into both arrays; the sum of the last column, read by a function that is given the record."""
    record = record_at(address)
    total = 0
    for row in range(record.ints.size):
        prefetch(record.pairs, row)
        record.ints[row] += row
        record.pairs[row, 1].large = record.ints[row] * 10
        total += last_of(record, row)
    return total


def test_compiled_code_reads_and_writes_the_arrays_of_a_record():
    record = Record(np.arange(4, dtype=np.int32), np.zeros((4, 2), dtype=PAIR))
    record.pairs["small"][:, 1] = (5, 6, 7, -8)
    kept = Handed(record)
    assert fill(kept.address) == 10
    assert record.ints.tolist() == [0, 2, 4, 6]
    assert record.pairs["large"].tolist() == [[0, 0], [0, 20], [0, 40], [0, 60]]


@pytest.mark.parametrize(
    "wrong",
    [
        Record(np.arange(4), np.zeros((4, 2), dtype=PAIR)),
        Record(np.arange(4, dtype=np.int32), np.zeros(4, dtype=PAIR)),
        Record(np.arange(8, dtype=np.int32)[::2], np.zeros((4, 2), dtype=PAIR)),
    ],
    ids=["another type", "too few axes", "items apart"],
)
def test_an_array_of_another_shape_is_refused(wrong):
    with pytest.raises(TypeError, match=r"must be \d axes of"):
        Handed(wrong)
