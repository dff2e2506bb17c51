"""What limits a system: office minutes by day, and places under a quota by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import dates
from sim.tables import DAYS_A_YEAR, MILLI, Grid, Tables

MONTH_NAMES = (
    "october", "november", "december", "january", "february", "march",
    "april", "may", "june", "july", "august", "september",
)  # fmt: skip
RESERVE = "reserve"
ROUNDING = 1e-6
"""how far a product may be from the whole number that is meant"""


@dataclass(frozen=True)
class Staffing:
    """An office by day (day 0 is the day before the start): staff in heads, capacity in thousandths of a minute."""

    name: str
    staff: NDArray[np.float64]
    capacity: NDArray[np.int64]


def staffing(
    tables: Tables, office: str, levels: Sequence[str], scale: float, per: str = ""
) -> list[Staffing]:
    """One Staffing for each level of `per` ("" alone when the office is one).

    Capacity is staff times productive minutes on working days, none on others. With `offices.<office>.training`, who
    was hired within the last `days` works at the share `productivity` of a full member.
    """
    path = f"offices.{office}"
    working = dates.working_days(tables.start, tables.last)
    staff_grid = tables.grid(f"{path}.staff")
    minutes_grid = tables.grid(f"{path}.minutes_per_day")
    _hold_levels(tables, f"{path}.staff", staff_grid, per)
    _hold_levels(tables, f"{path}.minutes_per_day", minutes_grid, per)
    if per and not staff_grid.by:
        raise tables.scenario.error(
            f"{path}.staff", f"must say how many for each level (use `by: [{per}]`)", levels
        )
    heads = tables._by_day(staff_grid).astype(float)
    minutes = tables._by_day(minutes_grid).astype(float)
    if np.any(heads < 0) or np.any(minutes < 0):
        raise tables.scenario.error(f"{path}.staff", "staff and minutes must not be negative")
    found = []
    for place, level in enumerate(levels):
        staff = heads[place if staff_grid.by else 0]
        effective = _trained(tables, path, staff)
        per_day = minutes[place if minutes_grid.by else 0]
        capacity = np.rint(effective * per_day * working * MILLI * scale).astype(np.int64)
        found.append(Staffing(f"{office}.{level}" if level else office, staff, capacity))
    return found


def _hold_levels(tables: Tables, path: str, grid: Grid, per: str) -> None:
    """Refuses a number by other attributes than the one it is asked for."""
    if grid.by and grid.by != (per,):
        if per:
            raise tables.scenario.error(path, f"must be by ['{per}'], not by {list(grid.by)}", [per])
        raise tables.scenario.error(path, f"is one number: it cannot depend on {', '.join(grid.by)}")


def _trained(tables: Tables, path: str, staff: NDArray[np.float64]) -> NDArray[np.float64]:
    if tables.scenario.get(f"{path}.training.days") is None:
        return staff
    length = round(tables.at_start(f"{path}.training.days"))
    share = tables.at_start(f"{path}.training.productivity")
    hired = np.maximum(np.diff(staff, prepend=staff[0]), 0.0)
    recent = np.convolve(hired, np.ones(max(1, length)))[: staff.size]
    return staff - (1.0 - share) * np.minimum(recent, staff)


def places(
    tables: Tables, quota: str, regions: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """[region (reserve next to last, total last), day]: persons who may have passed by that day, and the ceiling.

    The year's ceiling times the region's share times the part of the year's pace that has passed by the end of the
    day. What was not used of an earlier month stays usable until the year ends.
    """
    path = f"quotas.{quota}"
    ceiling = tables._by_day(tables.grid(f"{path}.ceiling")).astype(float)[0]
    days = np.arange(tables.start, tables.last + 1)
    passed = np.ones(days.size)
    if tables.scenario.get(f"{path}.pace") is not None:
        passed = _passed(tables, f"{path}.pace", days)
    if regions:
        number = tables.scenario.require(f"{path}.allocation")
        resolved = tables.resolved(f"{path}.allocation", number, (), (*regions, RESERVE))
        epochs = np.maximum(np.searchsorted(resolved.days, days, side="right") - 1, 0)
        shares = np.nan_to_num(resolved.cells.astype(float))[epochs].T
        if not np.allclose(shares.sum(axis=0), 1.0, atol=1e-6):
            raise tables.scenario.error(
                f"{path}.allocation", "the shares of regions and reserve must sum to one"
            )
    else:
        shares = np.ones((1, days.size))
    return _by_region(ceiling * passed, shares), _by_region(ceiling, shares)


def used_before(tables: Tables, quota: str, regions: Sequence[str]) -> NDArray[np.float64]:
    """[region (reserve next to last, total last)]: persons who passed in the fiscal year before the start."""
    path = f"quotas.{quota}.used_before_start"
    used = np.zeros(len(regions) + 2 if regions else 2)
    number = tables.scenario.get(path)
    if number is None:
        return used
    if not regions or not isinstance(number.value, dict):
        used[-2:] = tables.at_start(path)
        return used
    values = np.nan_to_num(tables._by_day(tables.grid(path, (*regions, RESERVE))).astype(float))
    used[:-1] = values.reshape(len(regions) + 1, -1)[:, 0]
    used[-1] = used[:-1].sum()
    return used


def _by_region(total: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole places; the reserve has what they leave over."""
    total = np.ceil(total - ROUNDING)
    rows = [np.floor(total * share + ROUNDING) for share in shares[:-1]]
    return np.array([*rows, total - sum(rows), total])


def _passed(tables: Tables, path: str, days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the fiscal year's places released by the end of each day, evenly within a month."""
    number = tables.scenario.require(path)
    resolved = tables.resolved(path, number, (), MONTH_NAMES)
    by_epoch = resolved.cells.astype(float)
    if np.isnan(by_epoch).any():
        missing = [
            name for name, gone in zip(MONTH_NAMES, np.isnan(by_epoch).any(axis=0), strict=True) if gone
        ]
        raise tables.scenario.error(path, f"nothing is said of {', '.join(missing)}", MONTH_NAMES)
    if np.any(abs(by_epoch.sum(axis=1) - 1.0) > 1e-6):
        raise tables.scenario.error(
            path, f"the twelve months sum to {by_epoch.sum(axis=1).max():.4f}, not to one"
        )
    epochs = np.maximum(np.searchsorted(resolved.days, days, side="right") - 1, 0)
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    firsts = months.astype("datetime64[D]").astype(np.int64)
    lengths = (months + 1).astype("datetime64[D]").astype(np.int64) - firsts
    month = (months.astype(np.int64) - 9) % 12
    before = np.array([[weights[:number].sum() for number in range(12)] for weights in by_epoch])
    passed = before[epochs, month] + by_epoch[epochs, month] * (days - firsts + 1) / lengths
    return np.minimum(passed, 1.0)


def daily_rate(tables: Tables, source: str, levels: Sequence[str], per: str = "") -> NDArray[np.float64]:
    """[level of `per`, day]: mean arrivals a day."""
    path = f"sources.{source}.rate"
    number = tables.scenario.require(path)
    per_year = {"cases a month": 12.0, "cases a year": 1.0, "cases a day": DAYS_A_YEAR}
    if number.unit not in per_year:
        raise tables.scenario.error(path, f"unit '{number.unit}' is not known for a rate", list(per_year))
    grid = tables.grid(path)
    _hold_levels(tables, path, grid, per)
    if per and not grid.by:
        raise tables.scenario.error(path, f"must say how many for each level (use `by: [{per}]`)", levels)
    rates = tables._by_day(grid).astype(float) * per_year[number.unit] / DAYS_A_YEAR
    if np.any(rates < 0):
        raise tables.scenario.error(path, "a rate must not be negative")
    return rates
