"""Time left of many runs, by a clock that the test turns."""

from __future__ import annotations

import pytest

from sim.experiment_clock import Clock


class Told:
    """What a clock has said, and the time that it reads."""

    def __init__(self, runs: int, workers: int) -> None:
        self.time, self.said = 0.0, []
        self.clock = Clock(runs, workers, lambda *now: self.said.append(now), lambda: self.time)

    def at(self, time, done, under_way=()):
        self.time = time
        self.clock.tell(done, under_way)
        return self.said[-1]


def test_nothing_is_known_at_first():
    told = Told(4, 2)
    assert told.said == [(0, 4, None)]
    assert told.at(3, 0) == (0, 4, None)


def test_runs_under_way_count_by_their_share():
    """Four runs of 40 seconds on two workers: at a quarter of the way 60 are left."""
    told = Told(4, 2)
    told.at(0, 0, (1e-9, 1e-9))
    assert told.at(20, 0, (0.5, 0.5))[2] == pytest.approx(60)
    assert told.at(39, 0, (0.975, 0.975))[2] == pytest.approx(41)
    # The fault of counting finished runs alone: one of four after 40 seconds said 120 more, and 40 were true.
    assert told.at(40, 1, (1.0,))[2] == pytest.approx(40)
    told.at(40, 2, (1e-9, 1e-9))
    assert told.at(60, 2, (0.5, 0.5))[2] == pytest.approx(20)
    assert told.at(80, 4)[2] == 0


def test_waiting_runs_go_to_the_worker_that_is_free_first():
    told = Told(3, 2)
    told.at(0, 0, (1e-9, 1e-9))
    assert told.at(10, 0, (0.5, 0.5))[2] == pytest.approx(30), "the third run has a worker to itself"
    told.at(20, 2, (1e-9,))
    assert told.at(30, 2, (0.5,))[2] == pytest.approx(10)


def test_the_start_of_workers_is_not_taken_for_work():
    told = Told(2, 2)
    told.at(0.1, 0)
    told.at(30, 0, (0.01, 0.01))
    assert told.at(40, 0, (0.26, 0.26))[2] == pytest.approx(74 / 0.26 * 10 / 100, rel=0.01)


def test_of_an_executor_elsewhere_only_what_is_finished_is_known():
    told = Told(3, 1)
    assert told.at(10, 1, (0.0,))[2] == pytest.approx(20)
    assert told.at(20, 2, (0.0,))[2] == pytest.approx(10)


def test_what_is_said_to_be_done_never_counts_a_run_that_is_not():
    told = Told(8, 4)
    assert told.at(10, 2, (0.5, 0.9, 0.9, 0.9))[0] == pytest.approx(2.99)
    assert told.at(11, 2, (0.25,))[0] == pytest.approx(2.25)
