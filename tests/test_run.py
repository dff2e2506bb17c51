"""One run: its options, what it says of itself, and what it refuses."""

from __future__ import annotations

import datetime as dt

import pytest
from conftest import BUSY, busy, moves, play, tiny

from sim.errors import InputError
from sim.runs import run


@pytest.fixture(scope="module")
def result():
    return play(busy(), BUSY, seed=3)


def test_what_a_run_says_of_itself(result):
    info = result.info
    assert {
        "scenario",
        "fingerprint",
        "digest",
        "seed",
        "scale",
        "engine",
        "start",
        "until",
        "versions",
        "cases",
        "transitions",
        "summary",
        "tables",
    } <= set(info)
    assert (info["seed"], info["scale"], info["engine"]) == (3, 1.0, "national")
    assert (info["start"], info["until"]) == ("2026-04-01", "2026-07-31")
    assert info["fingerprint"] == tiny(BUSY).fingerprint
    assert {"numpy", "numba", "simpy", "python", "refuge-sim"} <= set(info["versions"])
    assert info["cases"] == result.histories["case"].nunique()


def test_every_column_has_a_unit_and_a_meaning(result):
    tables = result.info["tables"]
    for name in ("stock", "flow", "waits", "outcomes", "offices", "quota", "families", "histories"):
        assert list(tables[name]) == list(getattr(result, name).columns)
        assert all({"unit", "meaning"} <= set(column) for column in tables[name].values())


def test_until_is_inclusive():
    for until in ("2026-05-10", dt.date(2026, 5, 10)):
        cut = play(busy(), BUSY, until=until)
        assert cut.info["until"] == "2026-05-10" and str(cut.stock["date"].max().date()) == "2026-05-10"
        assert moves(cut)["left"].max() == 40


def test_years():
    long = tiny(BUSY, horizon="2029-03-31")
    assert play(busy(), long, years=1).info["until"] == "2027-03-31"
    assert play(busy(), long, years=0.5).info["until"] == "2026-09-30"
    assert play(busy(), long, years=3).info["until"] == "2029-03-31"
    with pytest.raises(InputError, match="ends on 2029-03-31"):
        play(busy(), long, years=50)


def test_one_day():
    one = play(busy(), BUSY, until="2026-04-01")
    assert len(one.stock["date"].unique()) == 2


def test_progress_tells_days_and_cases():
    seen = []
    play(busy(), BUSY, progress=lambda day, days, cases: seen.append((day, days, cases)))
    assert (
        seen[-1][0] == 122 and {days for _, days, _ in seen} == {122} and all(cases > 0 for *_, cases in seen)
    )
    assert [day for day, *_ in seen] == sorted({day for day, *_ in seen})


def test_a_run_leaves_the_scenario_as_it_was():
    scenario = tiny(BUSY)
    before = scenario.fingerprint
    first = run(scenario, system=busy())
    assert (
        scenario.fingerprint == before and run(scenario, system=busy()).info["digest"] == first.info["digest"]
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"seed": -1}, "seed -1: a seed is a whole number"),
        ({"seed": 1.5}, "seed 1.5"),
        ({"seed": True}, "seed true"),
        ({"seed": 2**63}, "seed"),
        ({"scale": 0}, "scale 0"),
        ({"scale": 1.01}, "at most 1"),
        ({"scale": float("nan")}, "scale nan"),
        ({"scale": -0.5}, "scale"),
        ({"history": 1.5}, "history 1.5"),
        ({"history": -0.1}, "history"),
        ({"history": float("nan")}, "history nan"),
        ({"engine": "nationale"}, "did you mean 'national'"),
        ({"until": "2026-03-31"}, "outside"),
        ({"until": "2027-01-01"}, "outside"),
        ({"until": "soon"}, "is not a date"),
        ({"until": "2026-05-01", "years": 1}, "not both"),
        ({"years": 0}, "years 0"),
        ({"years": -1}, "years -1"),
        ({"years": float("nan")}, "years nan"),
    ],
)
def test_what_a_run_refuses(given, message):
    with pytest.raises(InputError, match=message):
        play(busy(), BUSY, **given)


def test_a_tiny_scale_still_runs():
    few = play(busy(), BUSY, scale=0.001)
    assert few.info["scale"] == 0.001 and (few.stock["cases"] % 1000 == 0).all()
