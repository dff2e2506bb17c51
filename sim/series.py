"""Series by date: the keys that stand for days, and what is wrong with them, in words."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sim import dates

EARLY = dates.day_of("1900-01-01")
"""The day from which the earliest value of every series is in force."""


class ScheduleError(ValueError):
    """What is wrong with a value, the keys that lead to it, and what would be allowed there."""

    def __init__(self, message: str, path: tuple[str, ...] = (), allowed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.allowed = list(allowed)


def key_text(key: object) -> str:
    """A key as a level or column is written; YAML reads bare `yes` and `no` as truth values."""
    if isinstance(key, bool):
        return "yes" if key else "no"
    return key.isoformat() if isinstance(key, datetime.date) else str(key)


@lru_cache(maxsize=1 << 16, typed=True)
def series_day(key: object) -> int | None:
    """The day a key stands for (a date, its ISO text, FY2027), or None. ValueError: there is no such day."""
    if isinstance(key, datetime.datetime):
        key = key.date()
    if isinstance(key, datetime.date):
        return dates.day_of(key)
    if isinstance(key, str):
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", key):
            return dates.day_of(key)
        if fiscal := re.fullmatch(r"FY(\d{4})", key):
            return dates.fiscal_year_start(int(fiscal[1]))
    return None


def fiscal_series(values: Mapping[str, Any]) -> dict[datetime.date, Any]:
    """A series by fiscal year (or date) as a series by date: {"FY2027": x} is {2026-10-01: x}."""
    series: dict[datetime.date, Any] = {}
    for key, value in values.items():
        day = series_day(key)
        if day is None:
            text = key_text(key)
            raise ScheduleError(f"{text!r} is neither a date nor a fiscal year such as FY2027", (text,))
        series[dates.date_of(day)] = value
    return dict(sorted(series.items()))


def series_of(node: Mapping[Any, Any], path: tuple[str, ...]) -> list[tuple[int, str, Any]] | None:
    """The (day, key, value) of a series by date, in order of date, or None if the mapping is not one."""
    found: list[tuple[int, str, Any]] = []
    for key, value in node.items():
        try:
            day = series_day(key)
        except ValueError:
            raise ScheduleError(
                f"{key_text(key)!r} is not a day of the calendar", (*path, key_text(key))
            ) from None
        if day is not None:
            found.append((day, key_text(key), value))
    if not found:
        return None
    if len(found) < len(node):
        stray = next(key_text(key) for key in node if series_day(key) is None)
        raise ScheduleError(f"{stray!r} stands among dates and is not a date", (*path, stray))
    found.sort(key=lambda entry: entry[0])
    if found[0][0] < EARLY:
        raise ScheduleError(f"dates before {dates.date_of(EARLY)} are not used", (*path, found[0][1]))
    for before, after in pairwise(found):
        if before[0] == after[0]:
            raise ScheduleError(f"{before[1]!r} and {after[1]!r} are the same day", (*path, after[1]))
    return found


def change_days(node: object, path: tuple[str, ...] = ()) -> Iterator[int]:
    """Every day on which something in a value changes."""
    if not isinstance(node, Mapping):
        return
    series = series_of(node, path)
    if series is not None:
        yield from (day for day, _, _ in series[1:])
    for key, value in node.items():
        yield from change_days(value, (*path, key_text(key)))


def ramp(from_value: float, to_value: float, start_day: int, end_day: int) -> dict[datetime.date, float]:
    """A straight line as monthly steps: `from_value` on the first day, `to_value` from the last day on."""
    if end_day <= start_day:
        raise ScheduleError("a ramp must end after it starts")
    days = [start_day, *dates.month_starts(start_day + 1, end_day - 1), end_day]
    rise = (to_value - from_value) / (end_day - start_day)
    series = {dates.date_of(day): from_value + rise * (day - start_day) for day in days}
    series[dates.date_of(end_day)] = to_value
    return series
