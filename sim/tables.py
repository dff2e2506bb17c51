"""Value tables: what a number says for each group and each period, as flat whole numbers both engines read.

A table's row is found from a case's attributes by shifts and strides; the row in force changes on the dates of the
number. Distributions become quantile tables, hazards running sums by day, holds the next open day.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import durations, schedule
from sim.layout import NEVER, NONE
from sim.number import Number
from sim.pathway import Attribute
from sim.scenario import Scenario

MONTHS_A_YEAR = 12
DAYS_A_YEAR = 365.25
SHARE_ONE = 2**32
HAZARD_UNIT = 2.0**40
MILLI = 1000
LAST_CLASS = 100
"""priority classes are kept in one byte"""
MOST_KEPT = 2048
"""of what equal numbers give: the national model asks for a third of it, and what is kept costs memory"""


@dataclass(frozen=True)
class Field:
    """Where an attribute stands in the packed word."""

    attribute: Attribute
    shift: int
    mask: int

    @property
    def first(self) -> int:
        """The number that level 0 stands for (numeric attributes)."""
        return int(self.attribute.levels[0]) if self.attribute.numeric else 0

    def level(self, name: str) -> int:
        return self.attribute.levels.index(name)


def pack_attributes(attributes: Sequence[Attribute]) -> dict[str, Field]:
    """Gives each attribute its bits; ValueError when they do not fit into one word."""
    fields: dict[str, Field] = {}
    shift = 0
    for attribute in attributes:
        bits = max(1, (len(attribute.levels) - 1).bit_length())
        fields[attribute.name] = Field(attribute, shift, 2**bits - 1)
        shift += bits
    if shift > 63:
        raise ValueError(f"the attributes need {shift} bits; a case carries 63")
    return fields


@dataclass(frozen=True)
class Grid:
    """A number resolved: values [epoch, group ..., column], the groups' attributes, the first day of each epoch."""

    days: tuple[int, ...]
    by: tuple[str, ...]
    cells: NDArray[Any]

    def __post_init__(self) -> None:
        self.cells.flags.writeable = False  # other models share it


@dataclass
class Tables:
    """Collects the tables of one model; equal distributions share one quantile table."""

    scenario: Scenario
    fields: Mapping[str, Field]
    start: int
    last: int
    rows: list[list[tuple[int, int, int]]] = field(default_factory=list)
    base: list[int] = field(default_factory=list)
    cells: list[NDArray[np.int64]] = field(default_factory=list)
    size: int = 0
    changes: list[tuple[int, int, int]] = field(default_factory=list)
    quantiles: list[NDArray[np.int32]] = field(default_factory=list)
    _quantile_of: dict[str, int] = field(default_factory=dict)
    _table_of: dict[tuple[Any, ...], int] = field(default_factory=dict)
    hazards: list[NDArray[np.int64]] = field(default_factory=list)
    hazards_before: list[int] = field(default_factory=list)
    turns: list[NDArray[np.int64]] = field(default_factory=list)
    open_days: list[NDArray[np.int32]] = field(default_factory=list)
    lane_classes: list[NDArray[np.int8]] = field(default_factory=list)

    # -- resolving a number -----------------------------------------------------------------------

    @cached_property
    def _setting(self) -> str:
        """A short name for the attributes and the days."""
        facts = repr((self.start, self.last, list(self.fields.items())))
        return hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()

    def _kept(self, make: Callable[..., Any], paths: Sequence[str], *asked: Any) -> Any:
        """What `make` gives for the numbers at some paths, made once for all models in which they are equal.

        The next scenario shares all but a few of its numbers with the last.
        """
        numbers = [self.scenario.get(path) for path in paths]
        key = (make.__name__, self._setting, asked, *(number and number.essence for number in numbers))
        found = _made.pop(key, None)
        if found is None:
            found = make(*paths, *asked)
        _made[key] = found
        if len(_made) > MOST_KEPT:
            _made.popitem(last=False)
        return found

    def grid(self, path: str, columns: Sequence[str] | None = None, kind: schedule.Kind = "number") -> Grid:
        """The number at `path` for every period, group and column, its factors multiplied in."""
        found: Grid = self._kept(self._grid, [path], None if columns is None else tuple(columns), kind)
        return found

    def _grid(self, path: str, columns: Sequence[str] | None, kind: schedule.Kind) -> Grid:
        number = self.scenario.require(path)
        resolved = self.resolved(path, number, number.by, columns, kind)
        grid = Grid(resolved.days, tuple(number.by), resolved.cells)
        for attribute, factor in (number.factors or {}).items():
            grid = self._times(grid, path, attribute, factor, kind)
        return grid

    def resolved(
        self,
        path: str,
        number: Number,
        by: Sequence[str],
        columns: Sequence[str] | None,
        kind: schedule.Kind = "number",
    ) -> schedule.Schedule:
        """A number's value, without its factors, by period, the levels of `by` and columns."""
        for attribute in by:
            if attribute not in self.fields:
                raise self.scenario.error(path, f"'{attribute}' is no attribute of a case", list(self.fields))
        levels = tuple(self.fields[attribute].attribute.levels for attribute in by)
        try:
            return schedule.resolve(number.value, levels, columns, kind)
        except schedule.ScheduleError as problem:
            inside = ".".join(str(part) for part in problem.path)
            raise self.scenario.error(
                path, f"{problem} (at '{inside}')" if inside else str(problem), problem.allowed
            ) from None

    def _aligned(
        self, grid: Grid, path: str, attribute: str, factor: Number
    ) -> tuple[Grid, NDArray[np.float64]]:
        """The grid widened by the factor's periods and attribute, and the factor in a shape that fits it."""
        values = self.resolved(path, factor, [attribute], None)
        days = sorted(set(grid.days) | set(values.days))
        left = [int(np.searchsorted(grid.days, day, side="right")) - 1 for day in days]
        right = [int(np.searchsorted(values.days, day, side="right")) - 1 for day in days]
        cells, by = grid.cells[left], list(grid.by)
        if attribute not in by:
            cells = np.repeat(np.expand_dims(cells, 1 + len(by)), values.cells.shape[1], axis=1 + len(by))
            by.append(attribute)
        shape = [len(days)] + [1] * (cells.ndim - 1)
        shape[1 + by.index(attribute)] = values.cells.shape[1]
        return Grid(tuple(days), tuple(by), cells), values.cells[right].reshape(shape).astype(float)

    def _times(self, grid: Grid, path: str, attribute: str, factor: Number, kind: schedule.Kind) -> Grid:
        grid, ratio = self._aligned(grid, path, attribute, factor)
        if kind == "number":
            return Grid(grid.days, grid.by, grid.cells * ratio)
        ratio = np.broadcast_to(ratio, grid.cells.shape)
        scaled = np.empty(grid.cells.shape, dtype=object)
        for place in np.ndindex(grid.cells.shape):
            scaled[place] = durations.scaled(grid.cells[place], float(ratio[place]))
        return Grid(grid.days, grid.by, scaled)

    # -- tables -----------------------------------------------------------------------------------

    def add(self, grid: Grid, values: NDArray[np.int64]) -> int:
        """Stores whole numbers of the grid's shape (columns last, if any); returns the number of the table."""
        columns = values.ndim - 1 - len(grid.by)
        stride = int(np.prod(values.shape[values.ndim - columns :])) if columns else 1
        entries: list[tuple[int, int, int]] = []
        for position in range(len(grid.by), 0, -1):
            place = self.fields[grid.by[position - 1]]
            entries.insert(0, (place.shift, place.mask, stride))
            stride *= values.shape[position]
        table = len(self.rows)
        for epoch, day in enumerate(grid.days):
            offset = self.size + epoch * stride
            if epoch == 0 or day <= self.start + 1:
                begin = offset
            elif day <= self.last:
                self.changes.append((day, table, offset))
        self.rows.append(entries)
        self.base.append(begin)
        self.cells.append(np.ascontiguousarray(values, dtype=np.int64).ravel())
        self.size += values.size
        return table

    def _once(self, make: Callable[..., int], *asked: Any) -> int:
        """The table that was made when the same was asked for before."""
        name = (make.__name__, *asked)
        if name not in self._table_of:
            self._table_of[name] = make(*asked)
        return self._table_of[name]

    def split(self, path: str, columns: Sequence[str]) -> int:
        """Cumulative shares over the columns, 2**32 for one."""
        return self._once(self._split, path, tuple(columns))

    def _split(self, path: str, columns: tuple[str, ...]) -> int:
        grid = self._kept(self._shares, [path], columns)
        return self.add(grid, grid.cells)

    def _shares(self, path: str, columns: tuple[str, ...]) -> Grid:
        number = self.scenario.require(path)
        resolved = self.resolved(path, number, number.by, columns)
        try:
            shares = schedule.share_rows(resolved).cells.astype(float)
        except schedule.ScheduleError as problem:
            raise self.scenario.error(path, str(problem), problem.allowed) from None
        grid = Grid(resolved.days, tuple(number.by), shares)
        for column, factors in (number.odds or {}).items():
            if column not in columns:
                raise self.scenario.error(
                    path, f"odds for '{column}', which is no transition here", list(columns)
                )
            for attribute, factor in factors.items():
                grid, ratio = self._aligned(grid, path, attribute, factor)
                ratio = np.broadcast_to(ratio, grid.cells.shape[:-1] + (1,))[..., 0]
                grid = Grid(grid.days, grid.by, _with_odds(grid.cells, columns.index(column), ratio))
        whole = np.rint(np.cumsum(grid.cells, axis=-1) * SHARE_ONE)
        return Grid(grid.days, grid.by, whole.astype(np.int64))

    def whole(self, path: str, unit: float, columns: Sequence[str] | None = None) -> int:
        """A number in whole `1/unit`s; with columns, one for each (a plain value serves all of them)."""
        number = self.scenario.require(path)
        if columns is not None and not _has_columns(number.value, columns):
            grid = self.grid(path)
            cells = np.repeat(grid.cells[..., np.newaxis], len(columns), axis=-1)
            grid = Grid(grid.days, grid.by, cells)
        else:
            grid = self.grid(path, columns)
        values = grid.cells.astype(float)
        for place, column in enumerate(columns or ()):
            if np.isnan(values[..., place]).any():
                raise self.scenario.error(path, f"nothing is said of '{column}'", columns)
        if np.any(values < 0):
            raise self.scenario.error(path, "must not be negative")
        return self.add(grid, np.rint(values * unit).astype(np.int64))

    def days(self, path: str) -> int:
        """Durations: cells hold the place of a quantile table."""
        return self._once(self._days, path)

    def _days(self, path: str) -> int:
        grid, found = self._kept(self._quantiles, [path])
        for name, table in found:
            if name not in self._quantile_of:
                self._quantile_of[name] = sum(map(len, self.quantiles))
                self.quantiles.append(table)
        places = np.array([self._quantile_of[name] for name, _ in found], dtype=np.int64)
        return self.add(grid, places.reshape(grid.cells.shape))

    def _quantiles(self, path: str) -> tuple[Grid, list[tuple[str, NDArray[np.int32]]]]:
        """The distributions at `path` and, of each, its name and its quantiles."""
        grid = self.grid(path, kind="distribution")
        return grid, [(repr(each), durations.quantile_table(each)) for each in grid.cells.ravel()]

    def _by_day(self, grid: Grid) -> NDArray[Any]:
        """Values [group, day] for day 0 (the day before the start) to the last."""
        epochs = np.searchsorted(grid.days, np.arange(self.start, self.last + 1), side="right") - 1
        flat = grid.cells.reshape(len(grid.days), -1)
        return flat[np.maximum(epochs, 0)].T

    def _indexed(self, grid: Grid, numbers: Sequence[int]) -> int:
        """A table without dates that holds `numbers` for the grid's groups."""
        shape = (1, *grid.cells.shape[1:])
        return self.add(
            Grid(grid.days[:1], grid.by, grid.cells[:1]), np.array(numbers, dtype=np.int64).reshape(shape)
        )

    def hazard(self, path: str) -> int:
        """Running sums by day of a monthly rate; cells hold the row."""
        grid, rows = self._kept(self._hazards, [path])
        numbers = range(len(self.hazards), len(self.hazards) + len(rows))
        for before, sums, turns in rows:
            self.hazards.append(sums)
            self.hazards_before.append(before)
            self.turns.append(turns)
        return self._indexed(grid, numbers)

    def _hazards(self, path: str) -> tuple[Grid, list[tuple[int, NDArray[np.int64], NDArray[np.int64]]]]:
        """The rates at `path` and, for each group, the rate of day 0, the running sums, and the turns."""
        grid = self.grid(path)
        if np.any(grid.cells.astype(float) < 0):
            raise self.scenario.error(path, "a rate must not be negative")
        daily = self._by_day(grid).astype(float) * MONTHS_A_YEAR / DAYS_A_YEAR * HAZARD_UNIT
        every = np.rint(daily).astype(np.int64)
        summed = np.cumsum(every, axis=1) - every[:, :1]
        rows = []
        for steps, sums in zip(every, summed, strict=True):
            turning = np.concatenate(([0], 1 + np.flatnonzero(np.diff(steps[1:]))))
            rows.append((int(steps[0]), sums, np.stack([turning, sums[turning], steps[turning + 1]], axis=1)))
        return grid, rows

    def held(self, path: str) -> NDArray[np.bool_] | None:
        """Whether each group is held on each day, or None when nothing ever is."""
        if self.scenario.get(path) is None:
            return None
        values = self._by_day(self.grid(path)).astype(float)
        if not np.all(np.isin(values, (0.0, 1.0))):
            raise self.scenario.error(path, "a hold is 1 (held) or 0 (open)")
        return values == 1.0

    def hold(self, path: str) -> int:
        """First day from each day on that is not held; cells hold the row. NONE when nothing is ever held."""
        held = self.held(path)
        if held is None or not held.any():
            return NONE
        numbers = []
        for row in held:
            opening = np.where(row, NEVER, np.arange(row.size))
            numbers.append(len(self.open_days))
            self.open_days.append(np.minimum.accumulate(opening[::-1])[::-1].astype(np.int32))
        return self._indexed(self.grid(path), numbers)

    def lanes(
        self, hold_path: str, priority_path: str, region: str = ""
    ) -> tuple[int, list[NDArray[np.int8]]]:
        """Lanes of a queue: the distinct (held, priority) histories of its groups; cells hold the lane."""
        grid, classes = self._kept(self._lanes, [hold_path, priority_path], region)
        return self.add(grid, grid.cells), list(classes)

    def _lanes(self, hold_path: str, priority_path: str, region: str) -> tuple[Grid, list[NDArray[np.int8]]]:
        days = self.last + 1 - self.start
        parts: list[tuple[Grid, NDArray[Any]]] = []
        held = self.held(hold_path)
        if held is not None:
            parts.append((self.grid(hold_path), held))
        if self.scenario.get(priority_path) is not None:
            grid = self.grid(priority_path)
            classes_of = self._by_day(grid).astype(float)
            if np.any((classes_of < 0) | (classes_of > LAST_CLASS) | (classes_of % 1 != 0)):
                raise self.scenario.error(priority_path, f"a class is a whole number from 0 to {LAST_CLASS}")
            parts.append((grid, classes_of.astype(np.int8)))
        by = list(dict.fromkeys([region] * bool(region) + [name for grid, _ in parts for name in grid.by]))
        sizes = [len(self.fields[name].attribute.levels) for name in by]
        classes: list[NDArray[np.int8]] = []
        seen: dict[bytes, int] = {}
        numbers = []
        for group in np.ndindex(*sizes):
            history = np.zeros(days, dtype=np.int8)
            closed = np.zeros(days, dtype=bool)
            for grid, values in parts:
                place = [group[by.index(name)] for name in grid.by]
                shape = grid.cells.shape[1:]
                row = values[int(np.ravel_multi_index(place, shape)) if place else 0]
                if values.dtype == np.bool_:
                    closed |= row
                else:
                    history = row
            lane = np.where(closed, NONE, history).astype(np.int8)
            mark = lane.tobytes() + (bytes([group[0]]) if region else b"")
            if mark not in seen:
                seen[mark] = len(classes)
                classes.append(lane)
            numbers.append(seen[mark])
        return Grid((0,), tuple(by), np.array(numbers, dtype=np.int64).reshape(1, *sizes)), classes

    def read(self, table: int) -> list[tuple[int, int]]:
        """Where the attributes stand on which a table depends: shift and mask."""
        return [(shift, mask) for shift, mask, _ in self.rows[table]]

    def at_start(self, path: str) -> float:
        """A single number as it stands on the first day."""
        grid = self.grid(path)
        if grid.by:
            raise self.scenario.error(path, "is one number: it cannot depend on an attribute")
        return float(self._by_day(grid)[0, min(1, self.last - self.start)])

    # -- arrays -----------------------------------------------------------------------------------

    def fields_of(self) -> tuple[list[dict[str, int]], list[dict[str, int]]]:
        """The attributes on which each table depends: tables, and their fields one behind the other."""
        tables: list[dict[str, int]] = []
        fields: list[dict[str, int]] = []
        for row in self.rows:
            tables.append({"first": len(fields), "fields": len(row)})
            fields += [{"shift": shift, "mask": mask, "stride": stride} for shift, mask, stride in row]
        return tables, fields


_made: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
"""what is kept, the least recently used first"""


def _has_columns(value: Any, columns: Sequence[str]) -> bool:
    if not isinstance(value, Mapping):
        return False
    return any(key in columns or _has_columns(inner, columns) for key, inner in value.items())


def _with_odds(shares: NDArray[Any], column: int, ratio: NDArray[Any]) -> NDArray[Any]:
    """Multiplies the odds of one column by `ratio`; the others shrink or grow in proportion."""
    old = shares[..., column]
    new = old * ratio / (1.0 - old + old * ratio)
    rest = np.where(old < 1.0, (1.0 - new) / np.where(old < 1.0, 1.0 - old, 1.0), 0.0)
    changed = shares * rest[..., np.newaxis]
    changed[..., column] = np.where(old < 1.0, new, 1.0)
    return changed
