"""Distributions in words, tables of quantiles, and the integer look-ups."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim import chance, durations, laws
from sim.durations import KNOTS, PER_DAY, look_up, quantile_table

LAST = 2**32 - 1
CASES = [
    30,
    {"fixed": 0},
    {"uniform": [0, 10]},
    {"uniform": [5, 5]},
    {"exponential": {"mean": 700}},
    {"lognormal": {"median": 30, "sigma": 0.8}},
    {"lognormal": {"median": 30, "sigma": 2}},
    {"gamma": {"mean": 100, "sd": 30}},
    {"gamma": {"mean": 100, "sd": 300}},
    {"weibull": {"mean": 100, "shape": 0.5}},
    {"weibull": {"mean": 100, "shape": 4}},
    {"triangular": [1, 5, 20]},
    {"triangular": [5, 5, 20]},
    {"triangular": [0, 20, 20]},
    {"triangular": [3, 3, 3]},
    {"pieces": [[0, 10, 0.5], [100, 200, 0.5]]},
    {"pieces": [[0, 10, 0.333], [10, 20, 0.333], [50, 50, 0.334]]},
    {"mixture": [{"share": 0.8, "fixed": 1}, {"share": 0.2, "fixed": 1000}]},
    {
        "mixture": [
            {"share": 0.7, "lognormal": {"median": 30, "sigma": 0.8}},
            {"share": 0.3, "mixture": [{"share": 0.5, "fixed": 90}, {"share": 0.5, "uniform": [200, 300]}]},
        ]
    },
    {"mixture": [{"share": 0.999, "fixed": 3}, {"share": 0.001, "exponential": {"mean": 3000}}]},
]

positive = st.floats(0.5, 3000)
leaves = st.one_of(
    positive.map(lambda x: {"fixed": x}),
    st.lists(positive, min_size=2, max_size=2).map(lambda x: {"uniform": sorted(x)}),
    st.lists(positive, min_size=3, max_size=3).map(lambda x: {"triangular": sorted(x)}),
    positive.map(lambda x: {"exponential": {"mean": x}}),
    st.builds(lambda m, s: {"lognormal": {"median": m, "sigma": s}}, positive, st.floats(0.05, 1.5)),
    st.builds(lambda m, s: {"gamma": {"mean": m, "sd": m * s}}, positive, st.floats(0.05, 2)),
    st.builds(lambda m, k: {"weibull": {"mean": m, "shape": k}}, positive, st.floats(0.5, 8)),
)
distributions = st.one_of(
    leaves,
    st.builds(
        lambda a, b, p: {"mixture": [{"share": p, **a}, {"share": 1 - p, **b}]},
        leaves,
        leaves,
        st.floats(0, 1),
    ),
)


def capped_mean(dist: object) -> float:
    """The mean of the shorter of a duration and the largest one."""
    law = laws.law(dist)
    top = np.array([float(durations.LARGEST_DAYS)])
    return float((law.partial(top) + top * (1 - law.below(top))).item())


def table_mean(table: np.ndarray) -> float:
    return float((table[:-1].astype(float) + table[1:]).sum()) / (2 * KNOTS * PER_DAY)


@pytest.mark.parametrize("dist", CASES, ids=str)
def test_tables_keep_the_mean_and_rise(dist: object) -> None:
    assert durations.validate(dist) == []
    table = quantile_table(dist)
    assert table.dtype == np.int32 and len(table) == KNOTS + 1 and not table.flags.writeable
    assert np.all(np.diff(table) >= 0) and table[0] >= 0 and table[-1] <= durations.LARGEST_DAYS * PER_DAY
    assert table_mean(table) == pytest.approx(capped_mean(dist), rel=1e-4, abs=1e-9)


@given(distributions)
@settings(max_examples=150, deadline=None)
def test_any_table_keeps_the_mean_and_rises(dist: dict) -> None:
    table = quantile_table(dist)
    assert np.all(np.diff(table) >= 0) and table[0] >= 0
    # half a unit of rounding at worst, as for a fixed duration
    assert table_mean(table) == pytest.approx(capped_mean(dist), rel=1e-3, abs=0.51 / PER_DAY)


@pytest.mark.parametrize(
    ("dist", "law"),
    [
        ({"exponential": {"mean": 700}}, stats.expon(scale=700)),
        ({"lognormal": {"median": 300, "sigma": 0.8}}, stats.lognorm(0.8, scale=300)),
        ({"gamma": {"mean": 400, "sd": 200}}, stats.gamma(4, scale=100)),
        ({"weibull": {"mean": 300 * math.gamma(1.5), "shape": 2}}, stats.weibull_min(2, scale=300)),
        ({"triangular": [10, 50, 200]}, stats.triang(40 / 190, loc=10, scale=190)),
        ({"uniform": [10, 50]}, stats.uniform(10, 40)),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_quantiles_are_those_of_scipy(dist: dict, law) -> None:
    assert durations.mean(dist) == pytest.approx(law.mean(), rel=1e-9)
    table = quantile_table(dist) / PER_DAY
    u = np.arange(KNOTS + 1) / KNOTS
    assert table[1:-2] == pytest.approx(law.ppf(u[1:-2]), rel=0.02)
    # the mean above a point, from the law's own integral
    x = np.array([law.ppf(0.3), law.ppf(0.9)])
    mine = laws.law(dist)
    assert mine.below(x) == pytest.approx([0.3, 0.9])
    assert mine.partial(x) == pytest.approx([law.expect(ub=b) for b in x], rel=1e-4)


def test_sampled_durations_follow_the_distribution() -> None:
    dist = {"lognormal": {"median": 90, "sigma": 0.6}}
    words = chance.draws(3, 4, np.arange(20_000), np.zeros(20_000, dtype=np.int64))
    table = quantile_table(dist)
    values = np.array([look_up(table, 0, int(w)) for w in words]) / PER_DAY
    assert stats.kstest(values, stats.lognorm(0.6, scale=90).cdf).pvalue > 1e-3
    days = np.array([durations.whole_days(int(v * PER_DAY)) for v in values])
    assert days.mean() == pytest.approx(values.mean(), rel=1e-3)


def test_durations_are_capped() -> None:
    table = quantile_table({"lognormal": {"median": 5000, "sigma": 3}})
    assert look_up(table, 0, LAST) == durations.LARGEST_DAYS * PER_DAY
    assert quantile_table(50_000)[0] == durations.LARGEST_DAYS * PER_DAY


def test_whole_days_round_half_up_and_are_at_least_one() -> None:
    assert [durations.whole_days(v) for v in (0, 127, 128, 383, 384, 640, 256 * 9 + 127)] == [
        1,
        1,
        1,
        1,
        2,
        3,
        9,
    ]


@given(distributions, st.data())
@settings(max_examples=150, deadline=None)
def test_rank_is_the_first_word_above_any_value(dist: dict, data: st.DataObject) -> None:
    table = quantile_table(dist)
    value = data.draw(st.integers(-10, int(table[-1]) + 1000) | st.sampled_from(table.tolist()))
    after = durations.rank(table, 0, value)
    assert after == 0 or look_up(table, 0, after - 1) <= value
    assert after == 2**32 or look_up(table, 0, after) > value


@given(distributions, st.integers(0, LAST), st.integers(0, LAST))
@settings(max_examples=150, deadline=None)
def test_look_up_and_rank_are_inverse(dist: dict, word: int, other: int) -> None:
    table = np.concatenate([np.zeros(5, np.int32), quantile_table(dist)])
    value = look_up(table, 5, word)
    assert (look_up(table, 5, other) - value) * (other - word) >= 0  # monotone
    after = durations.rank(table, 5, value)
    assert word < after <= 2**32
    assert look_up(table, 5, after - 1) == value
    if after < 2**32:
        assert look_up(table, 5, after) > value
        assert look_up(table, 5, durations.beyond(table, 5, value, other)) > value
    else:
        assert durations.beyond(table, 5, value, other) == LAST
    assert durations.rank(table, 5, -1) == 0 and durations.beyond(table, 5, -1, other) == other


def test_what_is_left_of_an_exponential_forgets_its_age() -> None:
    table = quantile_table({"exponential": {"mean": 100}})
    words = chance.draws(1, 2, np.arange(20_000), np.zeros(20_000, dtype=np.int64))
    age = 150 * PER_DAY
    left = np.array([look_up(table, 0, durations.beyond(table, 0, age, int(w))) - age for w in words])
    assert left.min() > 0
    assert left.mean() / PER_DAY == pytest.approx(100, rel=0.03)


def test_thresholds_are_unit_exponential_to_the_last_word() -> None:
    table = durations.threshold_table()
    rng = np.random.default_rng(1)
    exponents = rng.uniform(0, 32, 3000)
    low = np.unique((2**exponents).astype(np.int64).clip(0, LAST))
    words = np.concatenate(
        [[0, 1, 2**31 - 1, 2**31, LAST - 1, LAST], low, LAST - low, rng.integers(0, LAST, 3000)]
    )
    got = np.array([durations.threshold(table, int(w)) for w in words], dtype=float)
    u = (words + 0.5) / 2**32
    exact = np.where(u < 0.5, -np.log1p(-u), -np.log((2**32 - words - 0.5) / 2**32))
    assert np.abs(got - exact * durations.THRESHOLD_UNITS).max() < 3e-7 * durations.THRESHOLD_UNITS
    assert np.all(np.abs(got / durations.THRESHOLD_UNITS / exact - 1) < 3e-7 + 1 / got)
    order = np.argsort(words)
    assert np.all(np.diff(got[order]) >= 0)
    around = [durations.threshold(table, w) for w in range(2**31 - 2000, 2**31 + 2000)]
    assert around == sorted(around)


@pytest.mark.parametrize(
    ("dist", "words"),
    [
        ({"lognorm": {"median": 3}}, "unknown distribution 'lognorm'"),
        ({"exponential": {"mean": -3}}, "must not be negative"),
        ({"exponential": {"mean": 0}}, "above zero"),
        (float("nan"), "finite"),
        ({"gamma": {"mean": math.inf, "sd": 1}}, "finite"),
        ({"lognormal": {"median": 3}}, "takes {median, sigma}"),
        ({"lognormal": {"median": "x", "sigma": 1}}, "must be a number"),
        ({"uniform": [5, 3]}, "must rise"),
        ({"triangular": [1, 9, 5]}, "must rise"),
        ({"triangular": [1, 9]}, "takes a list [low, mode, high]"),
        ({"mixture": [{"share": 0.5, "fixed": 3}, {"share": 0.4, "fixed": 5}]}, "sum to 0.9, not 1"),
        ({"mixture": [{"fixed": 3}]}, "with a share"),
        ({"mixture": [{"share": 1, "fixd": 3}]}, "unknown distribution 'fixd'"),
        ({"pieces": [[0, 10, 0.5], [5, 20, 0.5]]}, "begins before"),
        ({"pieces": [[0, 10, 0.5]]}, "sum to 0.5, not 1"),
        ({"pieces": [[0, 10]]}, "[from, to, share]"),
        ({"pieces": []}, "takes a list"),
        ({"mixture": 3}, "takes a list"),
        ({"fixed": 1, "uniform": [0, 1]}, "one name, not 2"),
        ({}, "one name"),
        (True, "must be a number"),
        (None, "must be a number"),
        ("30", "must be a number"),
    ],
    ids=str,
)
def test_wrong_distributions_are_refused_in_words(dist: object, words: str) -> None:
    problems = durations.validate(dist)
    assert words in "; ".join(problems)
    with pytest.raises(ValueError):
        quantile_table(dist)


@pytest.mark.parametrize("dist", CASES, ids=str)
def test_scaling_multiplies_time(dist: object) -> None:
    longer = durations.scaled(dist, 2.5)
    assert durations.validate(longer) == []
    assert durations.mean(longer) == pytest.approx(2.5 * durations.mean(dist))
    assert durations.canonical(longer) == longer


def test_scaling_by_nothing_is_refused() -> None:
    for factor in (0, -1, math.nan):
        with pytest.raises(ValueError, match="time scale"):
            durations.scaled(3, factor)


def test_equal_distributions_share_a_table() -> None:
    assert quantile_table(30) is quantile_table({"fixed": 30.0})
    a = quantile_table({"gamma": {"mean": 3, "sd": 1}})
    assert quantile_table({"gamma": {"sd": 1.0, "mean": 3.0}}) is a
