"""Days, months and fiscal years: the calendar every other module counts on.

A day is a whole number: days since 1970-01-01. A fiscal year is the U.S. federal one, 1 October to 30
September, named after the year in which it ends. A working day is a weekday that is not a federal holiday
(5 U.S.C. 6103), nor the weekday on which a holiday that falls on a weekend is observed. Single days off by
executive order are left out: they cannot be foreseen, and a run should not change when one is announced.
"""

from __future__ import annotations

import datetime
from functools import lru_cache

import holidays
import numpy as np
from numpy.typing import ArrayLike, NDArray

EPOCH = datetime.date(1970, 1, 1)
_EPOCH_ORDINAL = EPOCH.toordinal()
_EPOCH_WEEKDAY = EPOCH.weekday()


def day_of(date: datetime.date | str) -> int:
    """The day number of a date, or of its ISO text such as "2026-04-01"."""
    if isinstance(date, str):
        date = datetime.date.fromisoformat(date)
    return date.toordinal() - _EPOCH_ORDINAL


def date_of(day: int) -> datetime.date:
    """The date of a day number."""
    return datetime.date.fromordinal(int(day) + _EPOCH_ORDINAL)


def fiscal_year(day: int) -> int:
    """The fiscal year a day lies in: 2026-10-01 is the first day of 2027."""
    date = date_of(day)
    return date.year + (date.month >= 10)


def fiscal_years(days: ArrayLike) -> NDArray[np.int64]:
    """The fiscal year of each of many days."""
    # Three months later, the calendar year is the fiscal year.
    return (month_numbers(days) + 3) // 12 + 1970


def fiscal_year_start(year: int) -> int:
    """The first day of a fiscal year: 1 October of the calendar year before."""
    return day_of(datetime.date(year - 1, 10, 1))


def month_of(day: int) -> str:
    """The month of a day as text, "2026-04"."""
    return date_of(day).isoformat()[:7]


def month_numbers(days: ArrayLike) -> NDArray[np.int64]:
    """The month of each of many days, counted from January 1970 (which is 0)."""
    stamps = np.asarray(days, dtype=np.int64).astype("datetime64[D]")
    return stamps.astype("datetime64[M]").astype(np.int64)


def month_starts(first: int, last: int) -> list[int]:
    """The first day of every month that begins in first..last, both included."""
    if last < first:
        return []
    begin, end = month_numbers([first, last])
    months = np.arange(begin, end + 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]").astype(np.int64)
    return [int(day) for day in days if day >= first]


@lru_cache(maxsize=512)
def _holidays_of(year: int) -> tuple[int, ...]:
    """Days off in one calendar year, those observed for a holiday of the next year among them."""
    return tuple(sorted(day_of(date) for date in holidays.country_holidays("US", years=year, observed=True)))


def working_days(first: int, last: int) -> NDArray[np.bool_]:
    """Whether each day of first..last (both included) is a working day of the federal government."""
    days = np.arange(first, last + 1)
    working = (days + _EPOCH_WEEKDAY) % 7 < 5
    if len(days):
        for year in range(date_of(first).year, date_of(last).year + 1):
            off = np.array([day for day in _holidays_of(year) if first <= day <= last], dtype=np.int64)
            working[off - first] = False
    return working
