"""The run with central numbers lies among the runs with drawn ones: a line inside its band."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.measures import headline
from sim.pathways.published import PENDING, YEARLY
from sim.uncertainty import drawn

RUNS = 20
SCALE = 0.01


@pytest.fixture(scope="module")
def central():
    return headline(sim.run("baseline", scale=SCALE, history=0))


@pytest.fixture(scope="module")
def many():
    return [
        headline(sim.run(drawn("baseline", seed), seed=seed, scale=SCALE, history=0))
        for seed in range(1, RUNS + 1)
    ]


@pytest.mark.parametrize("measure", [one.name for one in (*PENDING, *YEARLY)])
def test_the_central_run_is_among_the_drawn_ones(measure, central, many):
    ranks = [
        np.mean([one[measure][year] < value for one in many]) for year, value in central[measure].items()
    ]
    assert 0.1 < np.mean(ranks) < 0.9, ranks
