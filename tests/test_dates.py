"""The calendar: day numbers, fiscal years, working days."""

import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import dates

anyday = st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31))


@given(anyday)
def test_a_day_and_its_date_are_one_to_one(date: datetime.date) -> None:
    day = dates.day_of(date)
    assert dates.date_of(day) == date
    assert day == dates.day_of(date.isoformat()) == np.datetime64(date, "D").astype(int)


@given(anyday)
def test_fiscal_year(date: datetime.date) -> None:
    day = dates.day_of(date)
    year = dates.fiscal_year(day)
    assert dates.fiscal_year_start(year) <= day < dates.fiscal_year_start(year + 1)
    assert dates.fiscal_years([day, day]).tolist() == [year, year]


def test_fiscal_year_begins_in_october() -> None:
    assert dates.fiscal_year(dates.day_of("2026-09-30")) == 2026
    assert dates.fiscal_year(dates.day_of("2026-10-01")) == 2027
    assert dates.fiscal_year_start(2027) == dates.day_of("2026-10-01")


def test_months() -> None:
    assert dates.month_of(dates.day_of("2026-04-30")) == "2026-04"
    first, last = dates.day_of("2026-01-31"), dates.day_of("2026-04-01")
    assert [dates.date_of(d).isoformat() for d in dates.month_starts(first, last)] == [
        "2026-02-01",
        "2026-03-01",
        "2026-04-01",
    ]
    assert dates.month_starts(last, last) == [last]
    assert dates.month_starts(last + 1, last) == []
    assert dates.month_numbers([0, 31, -1]).tolist() == [0, 1, -1]


@pytest.mark.parametrize(
    ("date", "working"),
    [
        ("2026-07-02", True),
        ("2026-07-03", False),  # Independence Day is a Saturday
        ("2026-07-04", False),
        ("2021-12-31", False),  # New Year's Day 2022, a Saturday, is observed in the year before
        ("2027-12-31", False),
        ("2022-06-20", False),  # Juneteenth was a Sunday
        ("2026-10-12", False),  # Columbus Day
        ("2026-11-11", False),  # Veterans Day
        ("2026-11-26", False),  # Thanksgiving
        ("2026-11-27", True),
        ("2025-01-20", False),
        ("2026-04-03", True),  # Good Friday is no federal holiday
        ("2026-11-22", False),  # a Sunday
    ],
)
def test_working_days(date: str, working: bool) -> None:
    day = dates.day_of(date)
    assert dates.working_days(day, day).tolist() == [working]


def test_a_year_has_eleven_holidays() -> None:
    first, last = dates.day_of("2025-01-01"), dates.day_of("2025-12-31")
    weekdays = np.is_busday(np.arange(first, last + 1).astype("datetime64[D]")).sum()
    assert dates.working_days(first, last).sum() == weekdays - 11
    assert dates.working_days(last, first).size == 0


@given(st.integers(15000, 26000), st.integers(0, 900), st.integers(0, 900))
def test_working_days_do_not_depend_on_the_range(first: int, length: int, more: int) -> None:
    part = dates.working_days(first, first + length)
    assert part.tolist() == dates.working_days(first, first + length + more)[: length + 1].tolist()
