"""What queueing theory knows for certain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import BUSY, busy, moves, number, pathway, play, total

from sim.pathway import checks, desk, hazard, opening, outcome, source, step, to

DONE = outcome("done", "Done")
NEW = source("new", "N", "wait")


@pytest.mark.parametrize(
    "length", [{"exponential": {"mean": 40}}, {"fixed": 40}, {"lognormal": {"median": 30, "sigma": 0.8}}]
)
def test_a_step_is_an_infinite_server(length):
    """M/G/infinity: the stock is Poisson with mean rate x mean time, whatever the distribution."""
    p = pathway(step("wait", "W", to("done")), DONE, sources=(NEW,))
    result = play(
        p, {"sources.new.rate": 50, "p.wait.days": number(length)}, start="2026-01-01", horizon="2031-12-31"
    )
    frame = moves(result, "wait")
    days = (frame["left"] - frame["entered"])[frame["entered"] < 1500]
    mean = 50 * days.mean()
    stock = result.stock.query("stage == 'wait' and date >= '2028-01-01'")["cases"]
    assert abs(stock.mean() - mean) < 4 * math.sqrt(mean / len(stock)) + 0.02 * mean
    published = {"exponential": 40, "fixed": 40, "lognormal": 30 * math.exp(0.32)}[next(iter(length))]
    assert days.mean() == pytest.approx(published, rel=0.03)  # whole days, at least one
    assert 0.5 < stock.var() / stock.mean() < 1.8  # 48 months, correlated


def test_littles_law_holds_at_every_stage():
    """Mean stock = rate of arrival x mean time, exactly, when every case that came has gone again."""
    stop = BUSY | {
        "sources.new.rate": number(
            {"red": {"2026-04-01": 2, "2027-01-01": 0}, "blue": {"2026-04-01": 1, "2027-01-01": 0}}, "colour"
        ),
        "quotas.places.ceiling": 100_000,
        "offices.board.staff": 5,
    }
    result = play(busy(), stop, horizon="2029-12-31")
    frame = moves(result)
    assert (frame["left"] >= 0).all()
    time = (frame["left"] - frame["entered"].clip(lower=1)).groupby([frame["pathway"], frame["stage"]]).sum()
    days = result.stock.query("group == '*'").groupby(["pathway", "stage"])["case_days"].sum()
    assert set(time.index) == set(days.index) and (days.loc[time.index] == time).all()


def queue(order, rate=9, staff=1, **more):
    p = pathway(desk("wait", "D", "office", to("done")), DONE, sources=(NEW,))
    numbers = {
        "sources.new.rate": rate,
        "p.wait.minutes": 10,
        "p.wait.oldest_first": order,
        "offices.office.staff": staff,
    }
    return play(
        p, numbers | {"offices.office.minutes_per_day": 140}, start="2026-01-01", horizon="2035-12-31", **more
    )


def test_the_order_of_service_moves_the_spread_of_waits_and_not_their_mean():
    waits = {}
    for order in (1, 0.5, 0):
        frame = moves(queue(order), "wait")
        served = frame[(frame["left"] >= 0) & (frame["entered"] <= 3500)]
        waits[order] = (served["left"] - served["entered"]).to_numpy()
        assert len(served) > 30_000
    means = {order: days.mean() for order, days in waits.items()}
    assert means[0] == pytest.approx(means[1], rel=0.03) and means[0.5] == pytest.approx(means[1], rel=0.03)
    assert waits[0].var() > 1.5 * waits[1].var()
    assert waits[1].var() < waits[0.5].var() < waits[0].var()


def test_the_order_of_service_does_not_move_the_work_done():
    served = [total(queue(order, rate=20, history=0).flow, to_stage="done") for order in (1, 0.3, 0)]
    assert max(served) - min(served) <= 1


def test_an_overloaded_desk_is_a_fluid():
    """Arrivals above capacity: the backlog grows by the difference, and first in first out waits backlog / capacity."""
    rate, minutes = 40.0, 10
    result = queue(1, rate=rate, staff=2, history=0)
    stock = result.stock.query("stage == 'wait'").set_index("date")["cases"]
    capacity = result.offices["capacity"].sum() / minutes / (365.25 * 10)  # cases a day, all days counted
    growth = (stock.iloc[-1] - stock.iloc[0]) / (365.25 * 10)
    assert growth == pytest.approx(rate - capacity, rel=0.02)
    assert result.offices["utilisation"].min() > 0.999
    mean = result.waits.query("basis == 'left' and stage == 'wait' and fiscal_year == 2035")["mean"].iloc[0]
    years = (
        9 + 0.25
    )  # who is served in the middle of fiscal year 2035 waits in proportion to the time since the start
    assert mean == pytest.approx((1 - capacity / rate) * years * 365.25, rel=0.02)


def test_hazards_compete_in_proportion():
    ways = (hazard(to("a")), hazard(to("b")))
    p = pathway(
        step("wait", "W", to("done"), leave=ways),
        DONE,
        outcome("a", "A"),
        outcome("b", "B"),
        openings=(opening("old", "O", at="wait"),),
    )
    numbers = {
        "stock.old.cases": 20_000,
        "stock.old.age": number({"uniform": [1, 300]}),
        "p.wait.days": 36_000,
    }
    result = play(p, numbers | {"p.wait.a.rate": 0.3, "p.wait.b.rate": 0.1}, horizon="2031-03-31", history=0)
    a, b = (total(result.outcomes, outcome=name) for name in ("a", "b"))
    assert a + b == 20_000 and abs(a - 15_000) < 4 * math.sqrt(20_000 * 3 / 16) + 20


def test_parallel_checks_take_the_time_of_the_slowest():
    p = pathway(
        step("wait", "W", to("checks")),
        checks("checks", "C", to("done"), items=("a", "b")),
        DONE,
        sources=(NEW,),
    )
    numbers = {
        "sources.new.rate": 20,
        "p.wait.days": 1,
        "p.checks.a.days": number({"exponential": {"mean": 60}}),
    }
    result = play(
        p, numbers | {"p.checks.b.days": number({"exponential": {"mean": 30}})}, horizon="2028-12-31"
    )
    frame = moves(result, "checks").query("entered <= 400")
    days = (frame["left"] - frame["entered"]).to_numpy()
    assert abs(days.mean() - 70.2) < 4 * days.std() / np.sqrt(
        len(days)
    )  # 60 + 30 - 1 / (1/60 + 1/30), and half days
