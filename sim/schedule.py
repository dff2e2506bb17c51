"""Values by date and group: a nested value of a scenario file as one array per period of time.

A value may be nested, in any order of: levels of attributes (in the order of `by`, `default` for levels not
named), dates (in force from that day on; the earliest also holds before it; `FY2027` is 1 October 2026) and
columns. Leaves are numbers or distributions.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim import dates, distributions
from sim.series import (
    EARLY,
    ScheduleError,
    change_days,
    fiscal_series,
    key_text,
    ramp,
    series_day,
    series_of,
)

__all__ = [
    "DEFAULT",
    "EARLY",
    "Kind",
    "Schedule",
    "ScheduleError",
    "at",
    "fiscal_series",
    "ramp",
    "resolve",
    "series_day",
    "share_rows",
]

Kind = Literal["number", "distribution"]

DEFAULT = "default"
SUM_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Schedule:
    """Values by epoch, group and column.

    `cells` has the axes (epoch, one per attribute of `by`, columns if there are any). A column that was
    left out is NaN (None for distributions).
    """

    days: tuple[int, ...]
    cells: NDArray[Any]
    by: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] | None


@dataclass(frozen=True)
class _Reader:
    """Writes the values in force on one day into an array of shape (groups..., columns)."""

    by: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] | None
    kind: Kind
    day: int
    cells: NDArray[Any]
    read: dict[int, tuple[list[int], list[tuple[int, str, Any]]] | None]
    """the series by date among the nodes, read once for all days"""

    def fill(self, node: object, index: tuple[Any, ...], depth: int, path: tuple[str, ...]) -> None:
        """Fill the part of the array at `index`; `depth` attributes have been decided."""
        if isinstance(node, Mapping):
            if id(node) not in self.read:
                found = series_of(node, path)
                self.read[id(node)] = None if found is None else ([day for day, _, _ in found], found)
            series = self.read[id(node)]
            if series is not None:
                at = max(bisect_right(series[0], self.day) - 1, 0)
                _, key, value = series[1][at]
                self.fill(value, index, depth, (*path, key))
                return
            if not (self.kind == "distribution" and any(key in distributions.NAMES for key in node)):
                self._branch({key_text(key): value for key, value in node.items()}, index, depth, path)
                return
        self.cells[index] = self._leaf(node, path)

    def _branch(
        self, node: dict[str, Any], index: tuple[Any, ...], depth: int, path: tuple[str, ...]
    ) -> None:
        levels = self.by[depth] if depth < len(self.by) else ()
        undecided = self.columns is not None and isinstance(index[-1], slice)
        columns = self.columns if self.columns is not None and undecided else ()
        if not node:
            raise self._unknown(node, (*levels, *columns), path)
        if levels and (not columns or set(node) <= {*levels, DEFAULT}):
            self._levels(node, levels, index, depth, path)
        elif columns and (not levels or set(node) <= {*columns, DEFAULT}):
            self._columns(node, columns, index, depth, path)
        else:
            raise self._unknown(node, (*levels, *columns), path)

    def _levels(
        self,
        node: dict[str, Any],
        levels: tuple[str, ...],
        index: tuple[Any, ...],
        depth: int,
        path: tuple[str, ...],
    ) -> None:
        if not set(node) <= {*levels, DEFAULT}:
            raise self._unknown(node, levels, path)
        rest = [i for i, level in enumerate(levels) if level not in node]
        if rest and DEFAULT not in node:
            missing = [levels[i] for i in rest]
            raise ScheduleError(
                f"nothing is said of {', '.join(missing)}, and there is no {DEFAULT!r}",
                path,
                [*missing, DEFAULT],
            )
        for i, level in enumerate(levels):
            if level in node:
                self.fill(node[level], _at(index, depth, i), depth + 1, (*path, level))
        if DEFAULT in node:
            first = _at(index, depth, rest[0] if rest else 0)
            if rest:
                self.fill(node[DEFAULT], first, depth + 1, (*path, DEFAULT))
                for i in rest[1:]:
                    self.cells[_at(index, depth, i)] = self.cells[first]

    def _columns(
        self,
        node: dict[str, Any],
        columns: tuple[str, ...],
        index: tuple[Any, ...],
        depth: int,
        path: tuple[str, ...],
    ) -> None:
        if not set(node) <= {*columns, DEFAULT}:
            raise self._unknown(node, columns, path)
        for i, column in enumerate(columns):
            key = column if column in node else DEFAULT
            if key in node:
                self.fill(node[key], _at(index, len(self.by), i), depth, (*path, key))

    def _unknown(self, node: dict[str, Any], known: Sequence[str], path: tuple[str, ...]) -> ScheduleError:
        names = distributions.NAMES if self.kind == "distribution" else ()
        allowed = [*dict.fromkeys((*known, *([DEFAULT] if known else []), *names))]
        stray = next((key for key in node if key not in allowed), "")
        if not node:
            return ScheduleError(f"a {self.kind} is missing", path, allowed)
        if not known and not names:
            return ScheduleError(f"expected a number, and found keys: {', '.join(node)}", path)
        if not stray:
            return ScheduleError(f"levels and columns are mixed: {', '.join(node)}", path, allowed)
        return ScheduleError(f"{stray!r} is not known here", (*path, stray), allowed)

    def _leaf(self, node: object, path: tuple[str, ...]) -> object:
        if self.kind == "distribution":
            problems = distributions.validate(node)
            if problems:
                raise ScheduleError("; ".join(problems), path, distributions.NAMES)
            return distributions.canonical(node)
        if isinstance(node, bool) or not isinstance(node, int | float | np.integer | np.floating):
            raise ScheduleError(f"expected a number, not {node!r}", path)
        if not math.isfinite(node):
            raise ScheduleError(f"expected a finite number, not {node}", path)
        return float(node)


def _at(index: tuple[Any, ...], axis: int, place: int) -> tuple[Any, ...]:
    return (*index[:axis], place, *index[axis + 1 :])


def resolve(
    value: object,
    by: Sequence[Sequence[str]] = (),
    columns: Sequence[str] | None = None,
    kind: Kind = "number",
    may_omit: bool = True,
) -> Schedule:
    """A nested value as a schedule. `by` gives the levels of each attribute, in order.

    A value that does not distinguish some attribute, or the columns, holds for all of its levels. With
    `may_omit` false every column needs a value.
    """
    groups = tuple(tuple(levels) for levels in by)
    names = None if columns is None else tuple(columns)
    shape = tuple(len(levels) for levels in groups) + (() if names is None else (len(names),))
    days = (EARLY, *sorted(set(change_days(value)) - {EARLY}))
    blank, dtype = (math.nan, np.float64) if kind == "number" else (None, np.object_)
    cells: NDArray[Any] = np.full((len(days), *shape), blank, dtype=dtype)
    read: dict[int, Any] = {}
    for epoch, day in enumerate(days):
        # `...` keeps a view even when there is neither group nor column
        part = cells[epoch, ...]
        _Reader(groups, names, kind, day, part, read).fill(value, (slice(None),) * len(shape), 0, ())
    schedule = Schedule(days, cells, groups, names)
    if names is not None and not may_omit:
        blanks = _blank(cells)
        if blanks.any():
            place = tuple(int(axis[0]) for axis in np.nonzero(blanks))
            raise ScheduleError(
                f"nothing is said of {names[place[-1]]!r}", _place(schedule, place[:-1]), names
            )
    return schedule


def _blank(cells: NDArray[Any]) -> NDArray[np.bool_]:
    if cells.dtype == np.object_:
        return np.array([cell is None for cell in cells.flat], dtype=np.bool_).reshape(cells.shape)
    return np.isnan(cells)


def _place(schedule: Schedule, place: tuple[int, ...]) -> tuple[str, ...]:
    """An epoch and group in words: its date (unless it is the first) and its levels."""
    epoch, *group = place
    date = () if epoch == 0 else (dates.date_of(schedule.days[epoch]).isoformat(),)
    return (*date, *(levels[i] for levels, i in zip(schedule.by, group, strict=True)))


def share_rows(schedule: Schedule, rest_allowed: bool = True) -> Schedule:
    """Shares over the columns, checked: each from 0 to 1, and 1 together in every epoch and group.

    With `rest_allowed`, the one column that a group leaves out takes the rest.
    """
    if schedule.columns is None or schedule.cells.dtype == np.object_:
        raise ScheduleError("shares need columns of numbers")
    cells = schedule.cells.astype(np.float64)
    blank = np.isnan(cells)
    known = np.where(blank, 0.0, cells)
    omitted = blank.sum(axis=-1)
    total = np.asarray(known.sum(axis=-1))

    def refuse(wrong: Any, problem: str, allowed: Sequence[str] = ()) -> None:
        if wrong.any():
            place = tuple(int(axis[0]) for axis in np.nonzero(wrong))
            left = [name for name, gone in zip(schedule.columns or (), blank[place], strict=True) if gone]
            words = problem.format(total=float(total[place]), left=", ".join(left))
            raise ScheduleError(words, _place(schedule, place), allowed)

    refuse((known < 0).any(axis=-1), "a share is below 0")
    refuse((known > 1 + SUM_TOLERANCE).any(axis=-1), "a share is above 1")
    if rest_allowed:
        refuse(omitted > 1, "only one share may be left out, not {left}", schedule.columns)
    else:
        refuse(omitted > 0, "no share may be left out: {left}", schedule.columns)
    refuse((omitted == 0) & (abs(total - 1) > SUM_TOLERANCE), "the shares sum to {total:.10g}, not 1")
    refuse(total > 1 + SUM_TOLERANCE, "the shares sum to {total:.10g}, which leaves nothing for {left}")
    rest = np.clip(1 - total, 0.0, 1.0)
    return replace(schedule, cells=np.clip(np.where(blank, rest[..., None], cells), 0.0, 1.0))


def at(schedule: Schedule, day: int) -> NDArray[Any]:
    """The cells in force on a day."""
    cells: NDArray[Any] = schedule.cells[max(bisect_right(schedule.days, day) - 1, 0), ...]
    return cells
