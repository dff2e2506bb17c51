"""Case keys: packed, told apart, written as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import casekey, dates

DAY = dates.day_of("2026-04-01")
SOURCES = [f"s{n}" for n in range(512)]


def test_a_key_as_text():
    key = int(casekey.pack(2, DAY, 7))
    assert casekey.text(key, ["a", "b", "c"], []) == "c:2026-04-01:7"
    child = key | (2 << 4 | 3) << 14  # second kind, number 3
    assert casekey.text(child, ["a", "b", "c"], ["spouse", "child"]) == "c:2026-04-01:7/child.3"
    grandchild = child | (1 << 4 | 0) << 7
    assert casekey.text(grandchild, ["a", "b", "c"], ["spouse", "child"]) == "c:2026-04-01:7/child.3/spouse.0"


def test_the_parent_of_a_text():
    assert casekey.parent("c:2026-04-01:7/child.3/spouse.0") == "c:2026-04-01:7/child.3"
    assert casekey.parent("c:2026-04-01:7/child.3") == "c:2026-04-01:7"
    assert casekey.parent("c:2026-04-01:7") == ""


@given(st.integers(0, 511), st.integers(casekey.EPOCH, casekey.EPOCH + 2**16 - 1), st.integers(0, 2**17 - 1))
def test_keys_are_positive_and_tell_cases_apart(source, day, ordinal):
    key = int(casekey.pack(source, day, ordinal))
    assert 0 <= key < 2**63
    assert casekey.text(key, SOURCES, []) == f"s{source}:{dates.date_of(day).isoformat()}:{ordinal}"
    assert int(casekey.root(np.array([key | 5 << 14]))[0]) == key


def test_keys_of_a_day_count_up():
    keys = casekey.pack(1, DAY, np.arange(5))
    assert (np.diff(keys) == 1 << casekey.FAMILY_BITS).all()


@pytest.mark.parametrize(
    ("source", "day", "ordinal"),
    [(512, DAY, 0), (0, casekey.EPOCH - 1, 0), (0, casekey.EPOCH + 2**16, 0), (0, DAY, 2**17)],
)
def test_what_does_not_fit_is_refused(source, day, ordinal):
    with pytest.raises(ValueError, match="do not fit into a case key"):
        casekey.pack(source, day, ordinal)
