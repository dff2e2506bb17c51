"""Arrivals: a Poisson quantile of each source's own number of the day."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from sim.arrivals import first_words
from sim.chance import WORDS


@pytest.mark.parametrize("rate", [0.0, 1e-6, 0.003, 0.2, 1.7, 40.0, 182.9, 1500.0])
def test_the_table_is_the_poisson_distribution_inverted(rate):
    words = np.random.default_rng(1).integers(0, WORDS, 20_000)
    words[:4] = (0, 1, WORDS - 2, WORDS - 1)
    firsts = first_words(rate)
    assert firsts[-1] >= WORDS
    counts = np.searchsorted(firsts, words, side="right")
    assert counts.tolist() == stats.poisson.ppf((words + 0.5) / WORDS, rate).tolist()


def test_a_higher_rate_brings_no_fewer():
    words = np.arange(0, WORDS, 10_007_003)
    counts = [np.searchsorted(first_words(rate), words, side="right") for rate in (0.5, 0.6, 3.0)]
    assert all((fewer <= more).all() for fewer, more in pairwise(counts))
