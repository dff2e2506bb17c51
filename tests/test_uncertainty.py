"""One set of uncertain numbers: between low and high, named by path and seed, still a valid scenario."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pytest
import scipy.stats
from conftest import number, tiny

import sim
from sim import chance
from sim.distributions import validate
from sim.laws import mean
from sim.model import build
from sim.pathways import NATIONAL
from sim.trees import canonical, leaves
from sim.uncertainty import drawn, luck_of, place, uncertain

SEEDS = range(1, 41)
FIRST, LATER = dt.date(2026, 4, 1), dt.date(2026, 6, 1)


def between(value, low, high, **more):
    return number(value, **more).model_copy(update={"low": low, "high": high})


def values(path, one, seeds=SEEDS):
    scenario = tiny({path: one})
    return [drawn(scenario, seed).numbers[path].value for seed in seeds]


# -- numbers ---------------------------------------------------------------------------------------


TRIANGLE = scipy.stats.triang(c=0.5, loc=-1, scale=2)


def test_a_number_falls_as_a_triangle_on_either_side_of_its_value():
    for luck in np.linspace(0.001, 0.999, 97):
        assert place(luck) == pytest.approx(TRIANGLE.ppf(luck), abs=1e-9)


def test_the_draw_is_that_of_path_and_seed():
    found = values("p.step.minutes", between(10, 4, 12))
    lucks = [luck_of("p.step.minutes", seed) for seed in SEEDS]
    assert found == pytest.approx([10 + at * (6 if at < 0 else 2) for at in TRIANGLE.ppf(lucks)])
    assert found != values("p.other.minutes", between(10, 4, 12))
    with_others = tiny({"a.b.minutes": between(1, 0, 2), "p.step.minutes": between(10, 4, 12)})
    assert drawn(with_others, 7).numbers["p.step.minutes"].value == found[6]


def test_two_seeds_mirror_one_another():
    """So that the mean of a pair is the value, where the range leans to neither side."""
    found = values("p.step.minutes", between(10, 8, 12))
    assert [one + other for one, other in zip(found[::2], found[1::2], strict=True)] == pytest.approx(
        [20] * 20
    )
    assert len(set(found)) == len(found)


def test_what_has_no_bounds_stays():
    scenario = tiny({"p.a.minutes": 7, "p.b.minutes": between(3, 3, 3), "p.c.minutes": between(3, None, 5)})
    assert uncertain(scenario) == ["p.c.minutes"]
    for seed in SEEDS:
        found = drawn(scenario, seed).numbers
        assert (found["p.a.minutes"].value, found["p.b.minutes"].value) == (7, 3)
        assert 3 <= found["p.c.minutes"].value <= 5
        assert found["p.c.minutes"].low is found["p.c.minutes"].high is None


def test_the_value_is_the_middle_of_the_draws_however_the_range_leans():
    seeds = range(1, 2001)
    for low, high in ((9, 30), (1, 11), (10, 30), (1, 10)):
        found = np.array(values("p.step.minutes", between(10, low, high), seeds))
        assert abs((found < 10).mean() - (0.5 if low < 10 else 0)) < 0.04
        assert abs((found > 10).mean() - (0.5 if high > 10 else 0)) < 0.04


@pytest.mark.parametrize("name", ["baseline", "ordinary_years"])
def test_the_middle_of_every_number_is_the_central_set(name, monkeypatch):
    monkeypatch.setattr(chance, "uniform", lambda *_: 0.5)
    scenario = sim.load(name)
    middle = drawn(scenario, 1).numbers
    for path in scenario.numbers:
        assert canonical(middle[path].value) == canonical(scenario.numbers[path].value), path


def test_levels_and_dates_move_together_in_rank():
    value = {"red": {FIRST: 10, LATER: 20}, "blue": 5}
    low, high = {"red": {FIRST: 8, LATER: 10}, "blue": 5}, {"red": {FIRST: 12, LATER: 30}, "blue": 5}
    found = values("p.step.minutes", between(value, low, high, by=("colour",)))
    assert all(one["blue"] == 5 and list(one["red"]) == [FIRST, LATER] for one in found)
    first, later = zip(*(one["red"].values() for one in found), strict=True)
    assert np.array_equal(np.argsort(first), np.argsort(later))
    assert [5 * (one - 10) for one in first] == pytest.approx([one - 20 for one in later])


def test_shares_and_classes_stay_possible():
    share = between(0.9, 0.5, 0.9, unit="share").model_copy(update={"high": 1.4})
    assert max(values("p.step.oldest_first", share)) == 1.0
    assert set(values("p.step.hold", between(1, 0, 1))) == {0, 1}
    assert set(values("p.step.priority", between(2, 0, 3))) <= {0, 1, 2, 3}


def test_factors_and_odds_have_draws_of_their_own():
    factor = between({"red": 2, "default": 1}, {"red": 1, "default": 1}, {"red": 4, "default": 1})
    one = between(10, 5, 15, factors={"colour": factor}, odds={"won": {"colour": factor}})
    scenario = tiny({"p.step.minutes": one})
    paths = ["p.step.minutes", "p.step.minutes.factors.colour", "p.step.minutes.odds.won.colour"]
    assert uncertain(scenario) == paths
    found = [dict(drawn(scenario, seed).numbers["p.step.minutes"].parts()) for seed in SEEDS]
    ratios = [(each["factors.colour"].value["red"], each["odds.won.colour"].value["red"]) for each in found]
    assert all(1 <= ratio <= 4 for pair in ratios for ratio in pair)
    assert abs(np.corrcoef(np.array(ratios).T)[0, 1]) < 0.5


# -- distributions ---------------------------------------------------------------------------------

GAMMA = [{"gamma": {"mean": m, "sd": s}} for m, s in ((30, 20), (90, 60), (365, 240))]
PIECES = [{"pieces": [[0, a, 0.5], [a, b, 0.5]]} for a, b in ((10, 20), (20, 60), (30, 300))]
MIXED = [
    {"mixture": [{"share": a, "fixed": 182}, {"share": 1 - a, "gamma": {"mean": b, "sd": b}}]}
    for a, b in ((0.9, 20), (0.8, 30), (0.5, 90))
]
CROSSING = [{"uniform": [1, 100]}, {"uniform": [40, 50]}, {"uniform": [45, 55]}]


@pytest.mark.parametrize(
    "three", [GAMMA, PIECES, MIXED, CROSSING], ids=["gamma", "pieces", "mixture", "cross"]
)
def test_a_distribution_moves_parameter_by_parameter(three):
    low, value, high = three
    found = values("p.step.days", between(value, low, high))
    means = sorted(map(mean, three))
    for one in found:
        assert list(one) == list(value) and not validate(one)
        assert means[0] - 1e-6 <= mean(one) <= means[-1] + 1e-6
    assert len({str(one) for one in found}) == len(found)


def test_where_the_parts_do_not_answer_the_value_is_stretched():
    value = {"mixture": [{"share": 1.0, "fixed": 10}]}
    high = {"mixture": [{"share": 0.5, "fixed": 10}, {"share": 0.5, "fixed": 30}]}
    found = values("p.step.days", between(value, value, high))
    assert all(len(one["mixture"]) == 1 and 10 <= mean(one) <= 20 for one in found)
    assert max(map(mean, found)) > 14
    low = {"mixture": [{"share": 1.0, "fixed": 4}]}  # its parts answer, those of the high do not
    found = values("p.step.days", between(value, low, high))
    assert min(map(mean, found)) < 8 and max(map(mean, found)) > 14


# -- shares ----------------------------------------------------------------------------------------


def total(row):
    return sum(row.values())


def test_a_column_left_out_takes_the_rest():
    found = values(
        "p.step.split",
        between({"won": 0.6, "lost": 0.3}, {"won": 0.5, "lost": 0.2}, {"won": 0.8, "lost": 0.5}),
    )
    assert all(
        0.5 <= one["won"] <= 0.8 and 0.2 <= one["lost"] <= 0.5 and total(one) <= 1 + 1e-12 for one in found
    )
    assert any(total(one) > 0.999999 for one in found)  # some would not have fitted
    assert abs(np.corrcoef([list(one.values()) for one in found], rowvar=False)[0, 1]) < 0.7


def test_two_columns_mirror_one_another():
    found = values("p.draws.door", between({"a": 0.4, "b": 0.6}, {"a": 0.3, "b": 0.5}, {"a": 0.5, "b": 0.7}))
    assert [total(one) for one in found] == pytest.approx([1.0] * len(found))
    assert np.std([one["a"] for one in found]) == pytest.approx(0.1 / 6**0.5, rel=0.35)


def test_a_whole_row_stays_within_its_bounds():
    value = {"a": 0.7, "b": 0.25, "c": 0.05, "d": 0}
    low, high = {"a": 0.65, "b": 0.1, "c": 0.02, "d": 0}, {"a": 0.75, "b": 0.35, "c": 0.15, "d": 0}
    for one in values("p.step.split", between(value, low, high)):
        assert total(one) == pytest.approx(1, abs=1e-12)
        assert all(low[name] - 1e-12 <= one[name] <= high[name] + 1e-12 for name in value)


def test_whole_rows_move_from_one_to_the_other():
    value, low, high = {"0": 0.85, "1": 0.15}, {"0": 0.92, "1": 0.08}, {"0": 0.745, "1": 0.255}
    found = values("p.draws.apart", between(value, low, high))
    assert [total(one) for one in found] == pytest.approx([1.0] * len(found))
    luck = [luck_of("p.draws.apart", seed) for seed in SEEDS]
    assert np.array_equal(np.argsort([one["1"] for one in found]), np.argsort(luck))


def test_rows_by_level_and_date_are_drawn_alike():
    value = {"red": {FIRST: {"won": 0.5}, LATER: {"won": 0.1}}, "blue": {"won": 0}}
    low = {"red": {FIRST: {"won": 0.4}, LATER: {"won": 0}}, "blue": {"won": 0}}
    high = {"red": {FIRST: {"won": 0.6}, LATER: {"won": 0.2}}, "blue": {"won": 0}}
    for one in values("p.step.split", between(value, low, high, by=("colour",))):
        assert one["blue"] == {"won": 0}
        assert one["red"][FIRST]["won"] - 0.5 == pytest.approx(one["red"][LATER]["won"] - 0.1)


# -- what a scenario changes -----------------------------------------------------------------------


def test_what_is_set_stays_and_the_days_before_are_drawn_alike():
    base = tiny({"offices.o.staff": between(10, 5, 20)})
    more = base.change("offices.o.staff", 100, since=LATER)
    for seed in SEEDS:
        one, other = (drawn(each, seed).numbers["offices.o.staff"].value for each in (base, more))
        assert other == {FIRST: one, LATER: 100}
    assert drawn(base.change("offices.o.staff", 100), 1).numbers["offices.o.staff"].value == 100


def test_what_is_scaled_added_or_ramped_starts_from_the_draw():
    base = tiny({"p.step.minutes": between(10, 5, 20)})
    doubled, more = base.scale("p.step.minutes", 2), base.add("p.step.minutes", 3)
    arrived = base.ramp("p.step.minutes", 50, until="2026-07-01", since=LATER)
    for seed in SEEDS:
        one = drawn(base, seed).numbers["p.step.minutes"].value
        assert drawn(doubled, seed).numbers["p.step.minutes"].value == pytest.approx(2 * one)
        assert drawn(more, seed).numbers["p.step.minutes"].value == pytest.approx(one + 3)
        series = drawn(arrived, seed).numbers["p.step.minutes"].value
        assert series[FIRST] == pytest.approx(one) and series[dt.date(2026, 7, 1)] == 50


def test_a_share_that_is_set_stays():
    base = tiny({"p.draws.door": between({"a": 0.4, "b": 0.35, "c": 0.25}, {"a": 0.3, "b": 0.3, "c": 0.2},
                                         {"a": 0.5, "b": 0.4, "c": 0.3})})  # fmt: skip
    for seed in SEEDS:
        one = drawn(base.change("p.draws.door.a", 0.7), seed).numbers["p.draws.door"].value
        assert one["a"] == 0.7 and total(one) == pytest.approx(1)


# -- as shipped ------------------------------------------------------------------------------------


def test_every_number_has_a_stream_of_its_own():
    paths = uncertain(sim.load("baseline"))
    assert len(paths) > 250
    assert len({chance.stream_number(f"number {path}") for path in paths}) == len(paths)


@pytest.mark.parametrize(("name", "seed"), list(itertools.product(sim.scenarios(), (1, 2))))
def test_drawn_scenarios_are_valid(name, seed):
    scenario = sim.load(name)
    found = drawn(name, seed)
    build(found, NATIONAL, 0.001)
    assert found.fingerprint == drawn(scenario, seed).fingerprint != scenario.fingerprint
    assert not uncertain(found) and drawn(found, 3).fingerprint == found.fingerprint
    moved = [
        path
        for path in uncertain(scenario)
        if path in found.numbers
        and list(leaves(found.numbers[path].value)) != list(leaves(scenario.numbers[path].value))
    ]
    assert len(moved) > (150 if name.startswith("classroom") else 250)


def test_an_error_still_names_the_line():
    scenario = drawn("baseline", 1)
    problem = scenario.error("offices.board_members.staff", "is wrong")
    assert problem.file == "baseline.yaml" and problem.line
