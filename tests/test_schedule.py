"""Values by date, group and column."""

import datetime
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import dates, schedule
from sim.schedule import EARLY, ScheduleError, resolve, share_rows

OFFICES = ("miami", "houston", "newark")
LAWYER = ("no", "yes")
SPLIT = ("granted", "referred", "closed")
D = datetime.date


def on(date: str, value: schedule.Schedule) -> np.ndarray:
    return schedule.at(value, dates.day_of(date))


def test_a_plain_number() -> None:
    plain = resolve(3)
    assert plain.days == (EARLY,) and plain.cells.shape == (1,) and on("2026-04-01", plain) == 3.0
    assert resolve(3, [OFFICES], SPLIT).cells.tolist() == [[[3.0] * 3] * 3]


def test_levels_and_default() -> None:
    got = resolve({"miami": {"yes": 1, "no": 2}, "default": 5}, [OFFICES, LAWYER])
    assert got.cells[0].tolist() == [[2, 1], [5, 5], [5, 5]]


def test_a_level_that_yaml_reads_as_a_truth_value() -> None:
    assert resolve({False: 1, True: 2}, [LAWYER]).cells.tolist() == [[1, 2]]
    assert resolve({1: 0.6, 2: 0.4}, (), ("1", "2")).cells.tolist() == [[0.6, 0.4]]


def test_a_series_holds_from_each_date_and_before_the_first() -> None:
    got = resolve({D(2026, 6, 12): 0.3, "2026-04-01": 0.1, "FY2027": 0.5})
    assert got.days == (EARLY, dates.day_of("2026-06-12"), dates.day_of("2026-10-01"))
    for date, value in [
        ("1950-01-01", 0.1),
        ("2026-06-11", 0.1),
        ("2026-06-12", 0.3),
        ("2026-10-01", 0.5),
        ("2040-01-01", 0.5),
    ]:
        assert on(date, got) == value
    assert schedule.at(got, EARLY - 1000) == 0.1


def test_dates_inside_groups_and_columns_and_the_reverse() -> None:
    inside = resolve(
        {
            "miami": {"granted": {D(2026, 1, 1): 0.1, D(2027, 1, 1): 0.2}, "referred": 0.5},
            "default": {
                D(2028, 1, 1): {"closed": 1, "granted": 0, "referred": 0},
                D(2029, 1, 1): {"granted": 1},
            },
        },
        [OFFICES],
        SPLIT,
    )
    assert [dates.date_of(day).year for day in inside.days[1:]] == [2027, 2029]
    assert on("2028-06-01", inside)[0, :2].tolist() == [0.2, 0.5]
    assert on("2028-06-01", inside)[1].tolist() == [0, 0, 1]
    assert on("2029-06-01", inside)[2, 0] == 1 and np.isnan(on("2029-06-01", inside)[2, 1:]).all()
    outside = resolve({D(2026, 1, 1): {"granted": {"miami": 0.1, "default": 0.3}}}, [OFFICES], SPLIT)
    assert on("2026-01-01", outside)[:, 0].tolist() == [0.1, 0.3, 0.3]


def test_columns_and_their_default() -> None:
    assert resolve({"granted": 120, "default": 60}, (), SPLIT).cells.tolist() == [[120, 60, 60]]
    with pytest.raises(ScheduleError, match="nothing is said of 'closed'") as caught:
        resolve({"miami": {"granted": 1, "referred": 2}, "default": 5}, [OFFICES], SPLIT, may_omit=False)
    assert caught.value.path == ("miami",)


def test_distributions() -> None:
    got = resolve(
        {"miami": 30, "default": {D(2026, 1, 1): {"exponential": {"mean": 3}}, D(2027, 1, 1): {"fixed": 2}}},
        [OFFICES],
        kind="distribution",
    )
    assert got.cells.dtype == object
    assert got.cells[0].tolist() == [{"fixed": 30.0}, *[{"exponential": {"mean": 3.0}}] * 2]
    assert on("2027-01-01", got)[2] == {"fixed": 2.0}
    plain = resolve({"uniform": [1, 2]}, kind="distribution")
    assert on("2026-01-01", plain).item() == {"uniform": [1.0, 2.0]}
    columns = resolve({"granted": 5}, (), SPLIT, "distribution")
    assert columns.cells.tolist() == [[{"fixed": 5.0}, None, None]]
    with pytest.raises(ScheduleError, match="nothing is said"):
        resolve({"granted": 5}, (), SPLIT, "distribution", may_omit=False)


@pytest.mark.parametrize(
    ("value", "kind", "words", "path", "allowed"),
    [
        ({"miami": 1, "houston": 2}, "number", "nothing is said of newark", (), "newark"),
        ({"miamy": 1, "default": 2}, "number", "'miamy' is not known", ("miamy",), "miami"),
        ({"default": {"grantd": 1}}, "number", "'grantd' is not known", ("default", "grantd"), "granted"),
        ({"default": {"granted": math.nan}}, "number", "finite", ("default", "granted"), None),
        ({"default": math.inf}, "number", "finite", ("default",), None),
        ({"default": "many"}, "number", "expected a number", ("default",), None),
        ({"default": None}, "number", "expected a number", ("default",), None),
        ({"default": True}, "number", "expected a number", ("default",), None),
        ({"default": [1, 2]}, "number", "expected a number", ("default",), None),
        ({"default": {}}, "number", "missing", ("default",), "granted"),
        ({"default": {"granted": {"deep": 1}}}, "number", "found keys: deep", ("default", "granted"), None),
        ({"miami": 1, "granted": 2}, "number", "mixed", (), None),
        ({D(2026, 1, 1): 1, "miami": 2}, "number", "stands among dates", ("miami",), None),
        ({"2026-02-30": 1}, "number", "not a day of the calendar", ("2026-02-30",), None),
        ({"2026-01-01": 1, D(2026, 1, 1): 2}, "number", "the same day", ("2026-01-01",), None),
        ({"2026-10-01": 1, "FY2027": 2}, "number", "the same day", ("FY2027",), None),
        ({"1800-01-01": 1}, "number", "dates before", ("1800-01-01",), None),
        ({"default": {"lognorm": 1}}, "distribution", "not known", ("default", "lognorm"), "lognormal"),
        ({"default": {"fixed": -1}}, "distribution", "negative", ("default",), None),
    ],
)
def test_mistakes_say_where_and_what_is_allowed(value, kind, words, path, allowed) -> None:
    with pytest.raises(ScheduleError, match=words) as caught:
        resolve(value, [OFFICES], SPLIT, kind)
    assert caught.value.path == path
    assert isinstance(caught.value, ValueError)
    if allowed:
        assert allowed in caught.value.allowed


def test_the_rest_goes_to_the_share_left_out() -> None:
    got = share_rows(
        resolve(
            {"miami": {"granted": 0.2, "closed": 0.1}, "default": {"referred": 0.25, "closed": 0.75}},
            [OFFICES],
            SPLIT,
        )
    )
    assert got.cells[0] == pytest.approx(np.array([[0.2, 0.7, 0.1], [0, 0.25, 0.75], [0, 0.25, 0.75]]))


@pytest.mark.parametrize(
    ("value", "words", "path"),
    [
        ({"default": {"granted": 0.5}}, "only one share may be left out, not referred, closed", ("miami",)),
        ({"default": {"granted": 0.5, "referred": 0.5, "closed": 0.1}}, "sum to 1.1", ("miami",)),
        ({"default": {"granted": 0.5, "referred": 0.6}}, "leaves nothing for closed", ("miami",)),
        ({"newark": {"granted": -0.5}, "default": {"granted": 0.5, "referred": 0.5}}, "below 0", ("newark",)),
        ({"newark": {"granted": 1.5}, "default": {"granted": 0.5, "referred": 0.5}}, "above 1", ("newark",)),
        (
            {D(2026, 1, 1): {"granted": 0, "closed": 0}, D(2027, 1, 1): {"granted": 0, "default": 0}},
            "sum to 0, not 1",
            ("2027-01-01", "miami"),
        ),
    ],
)
def test_shares_that_do_not_add_up(value, words, path) -> None:
    with pytest.raises(ScheduleError, match=words) as caught:
        share_rows(resolve(value, [OFFICES], SPLIT))
    assert caught.value.path == path


def test_no_rest_where_none_is_allowed() -> None:
    with pytest.raises(ScheduleError, match="no share may be left out: closed"):
        share_rows(resolve({"granted": 0.5, "referred": 0.5}, (), SPLIT), rest_allowed=False)
    with pytest.raises(ScheduleError, match="columns"):
        share_rows(resolve(1))


def test_a_ramp_is_a_straight_line_in_monthly_steps() -> None:
    steps = schedule.ramp(100, 160, dates.day_of("2026-04-15"), dates.day_of("2026-06-14"))
    assert list(steps) == [D(2026, 4, 15), D(2026, 5, 1), D(2026, 6, 1), D(2026, 6, 14)]
    assert list(steps.values()) == pytest.approx([100, 116, 147, 160])
    assert on("2030-01-01", resolve(steps)) == 160
    with pytest.raises(ScheduleError):
        schedule.ramp(1, 2, 10, 10)


def test_fiscal_series() -> None:
    assert schedule.fiscal_series({"FY2028": 2, "FY2027": 1}) == {D(2026, 10, 1): 1, D(2027, 10, 1): 2}
    with pytest.raises(ScheduleError, match="fiscal year"):
        schedule.fiscal_series({"2027": 1})


@st.composite
def nested(draw: st.DrawFn, axes: tuple[tuple[str, ...], ...] = (OFFICES, LAWYER), series: int = 2):
    """A random value over the axes, dates at any depth, and a function that reads it directly."""
    shape = draw(st.sampled_from(["leaf", "dates", "levels"]))
    if shape == "dates" and series:
        days = draw(st.lists(st.integers(20000, 21000), min_size=1, max_size=3, unique=True))
        parts = {day: draw(nested(axes, series - 1)) for day in days}

        def by_date(day: int, *group: str) -> float:
            at = max((d for d in days if d <= day), default=min(days))
            return parts[at][1](day, *group)

        return {dates.date_of(day): value for day, (value, _) in parts.items()}, by_date
    if shape == "levels" and axes:
        named = draw(st.lists(st.sampled_from(axes[0]), unique=True, max_size=len(axes[0]) - 1))
        parts = {level: draw(nested(axes[1:], series)) for level in [*named, "default"]}

        def by_level(day: int, *group: str) -> float:
            return parts.get(group[0], parts["default"])[1](day, *group[1:])

        return {level: value for level, (value, _) in parts.items()}, by_level
    number = draw(st.floats(-100, 100))
    return number, lambda *_: number


@given(nested(), st.lists(st.integers(19000, 22000), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_resolving_is_reading(value_and_reader, days: list[int]) -> None:
    value, read = value_and_reader
    got = resolve(value, [OFFICES, LAWYER])
    assert list(got.days) == sorted(set(got.days)) and got.cells.shape == (len(got.days), 3, 2)
    for day in days:
        expected = [[read(day, office, lawyer) for lawyer in LAWYER] for office in OFFICES]
        assert schedule.at(got, day).tolist() == expected
