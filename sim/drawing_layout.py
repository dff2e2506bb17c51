"""Where the boxes of a drawing stand: columns from left to right, and tracks between them for long lines.

A line to a column further on runs along a track of its target, one place in every column between, which all
lines to that target share. So no line crosses a box, however many lead to one outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from sim.drawing_parts import ENTRY, Line, Parts

WIDTH, GAP = 250, 96  # of a column, and between two
BETWEEN_BOXES, BESIDE_TRACK, BETWEEN_TRACKS = 26.0, 16.0, 9.0
SWEEPS = 24


@dataclass
class Place:
    """A box, or a track of `target` through a column; `y` is its top."""

    name: str
    column: int
    height: float
    target: str = ""
    y: float = 0.0
    near: list[str] = field(default_factory=list)
    """places in other columns that lines join it to"""


@dataclass
class Layout:
    """Places by name, and the names along each line from start to end (both included)."""

    places: dict[str, Place]
    routes: dict[tuple[str, str], list[str]]

    @property
    def columns(self) -> int:
        return 1 + max(place.column for place in self.places.values())

    @property
    def height(self) -> float:
        return max(place.y + place.height for place in self.places.values())


def arrange(parts: Parts, heights: dict[str, float]) -> Layout:
    """Places every box; `heights` gives how high each must be."""
    columns = _columns(parts)
    places = {box.id: Place(box.id, columns[box.id], heights[box.id]) for box in parts.boxes}
    routes: dict[tuple[str, str], list[str]] = {}
    for line in parts.lines:
        if line.start != line.end and (line.start, line.end) not in routes:
            routes[line.start, line.end] = _route(line, columns, places)
    for route in routes.values():
        for one, other in pairwise(route):
            places[one].near.append(other)
            places[other].near.append(one)
    listed: list[list[Place]] = [[] for _ in range(1 + max(columns.values()))]
    for place in places.values():
        listed[place.column].append(place)
    _settle(listed, places)
    return Layout(places, routes)


def _columns(parts: Parts) -> dict[str, int]:
    """Longest path along the lines that lead forward as listed; entries stand beside what they enter."""
    order = {box.id: number for number, box in enumerate(parts.boxes)}
    forward = [line for line in parts.lines if order[line.start] < order[line.end] or _leaves(line)]
    columns = dict.fromkeys(order, 0)
    for _ in order:
        moved = False
        for line in forward:
            if columns[line.end] <= columns[line.start]:
                columns[line.end] = columns[line.start] + 1
                moved = True
        if not moved:
            break
    for box in parts.boxes:
        if box.kind == ENTRY:
            ends = [columns[line.end] for line in parts.lines if line.start == box.id]
            columns[box.id] = max(0, min(ends, default=1) - 1)
    return columns


def _leaves(line: Line) -> bool:
    """Whether a line leads out of the pathway."""
    return line.end.startswith("to:")


def _route(line: Line, columns: dict[str, int], places: dict[str, Place]) -> list[str]:
    """The places along a line; makes the tracks that are not there yet."""
    first, last = columns[line.start], columns[line.end]
    side = 1 if last > first else -1
    route = [line.start]
    for column in range(first + side, last, side) if first != last else ():
        name = f"{'on' if side > 0 else 'back'}|{line.end}|{column}"
        places.setdefault(name, Place(name, column, 0.0, line.end))
        route.append(name)
    return [*route, line.end]


def _settle(columns: list[list[Place]], places: dict[str, Place]) -> None:
    """Orders each column by the middle of its neighbours, then moves places towards them without overlap."""
    for column in columns:
        _stack(column)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            wished = {place.name: _wished(place, places) for place in column}
            if sweep < SWEEPS // 2:
                column.sort(key=lambda place: wished[place.name] + place.height / 2)
            _spread(column, wished)
    top = min(place.y for place in places.values())
    for place in places.values():
        place.y -= top


def _wished(place: Place, places: dict[str, Place]) -> float:
    """The top at which a place would be level with the middle of its neighbours."""
    if not place.near:
        return place.y
    centres = [places[name].y + places[name].height / 2 for name in place.near]
    return sum(centres) / len(centres) - place.height / 2


def _gap(one: Place, other: Place) -> float:
    """The room between a place and the next one down."""
    if one.target and other.target:
        return BETWEEN_TRACKS
    return BESIDE_TRACK if one.target or other.target else BETWEEN_BOXES


def _stack(column: list[Place]) -> None:
    for before, place in pairwise(column):
        place.y = before.y + before.height + _gap(before, place)


def _spread(column: list[Place], wished: dict[str, float]) -> None:
    """The tops nearest to those wished that keep order and gaps: least squares by pooling violators."""
    offsets, offset = [], 0.0
    for number, place in enumerate(column):
        if number:
            before = column[number - 1]
            offset += before.height + _gap(before, place)
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []
    for place, below in zip(column, offsets, strict=True):
        mean, size = wished[place.name] - below, 1
        while blocks and blocks[-1][0] >= mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    tops = [mean for mean, size in blocks for _ in range(size)]
    for place, top, below in zip(column, tops, offsets, strict=True):
        place.y = top + below
