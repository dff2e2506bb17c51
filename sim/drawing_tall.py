"""A pathway as one tall SVG picture, from top to bottom: it fits the width of a page where the wide one would not.

The same boxes and lines as in the wide picture. Lines leave a box at its foot, in the order of where they go; the list
in the box has a piece of each line beside its name.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from sim.drawing_layout import Layout, Place, arrange
from sim.drawing_parts import ENTRY, EXIT, Box, Line, Parts, Written, parts, words
from sim.drawing_svg import (
    BAR,
    COLOURS,
    LEGEND,
    LINE,
    MARGIN,
    bar,
    look,
    outline,
    page,
    writing,
)

if TYPE_CHECKING:
    from sim.pathway import Pathway

WIDTH, GAP, ROW, SWATCH = 212, 62, 15, 20
NARROW = {"small": 33, "label": 24, "found": 24, "also": 30}
WAY = 27  # letters that a row has for a way's name and its amount
HEAD = 78


def tall(
    pathway: Pathway,
    others: Iterable[Pathway] = (),
    written: Written | None = None,
    colours: str = "reader's",
) -> str:
    """The picture; `others` are pathways whose outcomes lead here, `written` is what a run found."""
    picture = Picture.of(parts(pathway, others, written))
    width, height = picture.size
    told = " ".join(LEGEND)
    about = f"{sum(box.kind not in (ENTRY, EXIT) for box in picture.shown.boxes)} stages from top to bottom. {told}"
    lines = textwrap.wrap(told, round(width / 6.2))
    if written and written.about:
        lines.insert(0, written.about)
    return page(pathway.label, about, lines, picture.drawn(), (width, height), colours)


@dataclass
class Picture:
    """The boxes in their layers; `layout` speaks of columns, which lie across here: its `y` is our x."""

    shown: Parts
    rows: dict[str, list[Line]]
    layout: Layout
    heights: dict[str, float]
    tops: list[float]
    hues: dict[str, str]

    @classmethod
    def of(cls, shown: Parts) -> Picture:
        rows = {box.id: [line for line in shown.lines if line.start == box.id] for box in shown.boxes}
        layout = arrange(shown, dict.fromkeys(rows, float(WIDTH)))
        heights = {box.id: _height(box, rows[box.id]) for box in shown.boxes}
        deepest = [0.0] * layout.columns
        for name, height in heights.items():
            column = layout.places[name].column
            deepest[column] = max(deepest[column], height)
        tops, top = [], MARGIN + HEAD + 0.0
        for height in deepest:
            tops.append(top)
            top += height + GAP
        ends = dict.fromkeys(line.end for line in shown.lines)
        hues = {end: COLOURS[number % len(COLOURS)] for number, end in enumerate(ends)}
        return cls(shown, rows, layout, heights, [*tops, top], hues)

    @property
    def size(self) -> tuple[float, float]:
        return max(self.layout.height + 2 * MARGIN, 640), self.tops[-1] - GAP + MARGIN

    def drawn(self) -> list[str]:
        return [self._line(line) for line in self.shown.lines] + [self._box(box) for box in self.shown.boxes]

    def _left(self, place: Place) -> float:
        return MARGIN + place.y

    def _bottom(self, place: Place) -> float:
        """The foot of a place's layer."""
        return self.tops[place.column + 1] - GAP

    def _box(self, box: Box) -> str:
        place = self.layout.places[box.id]
        x, y = self._left(place), self.tops[place.column]
        drawn = [f'<g id="{escape(box.id)}">', outline(box.kind, x, y, self.heights[box.id], WIDTH)]
        line_y = y + 4.0
        for kind, part in _captions(box):
            line_y += LINE[kind]
            drawn.append(writing(x + 14, line_y, part, kind))
        if box.share >= 0:
            drawn += [
                bar("room", x + 14, line_y + 6, WIDTH - 28),
                bar("bar", x + 14, line_y + 6, box.share * (WIDTH - 28)),
            ]
            line_y += BAR
        if self.rows[box.id] and box.kind != ENTRY:
            drawn.append(f'<path class="outside" d="M{x + 10:.1f} {line_y + 7:.1f}h{WIDTH - 20}"/>')
            line_y += 8
            for row in self.rows[box.id]:
                line_y = self._way(row, x, line_y, drawn)
        return "".join([*drawn, "</g>"])

    def _way(self, row: Line, x: float, y: float, drawn: list[str]) -> float:
        """Writes a way out, with a piece of its line; returns where the next one begins."""
        unused = " unused" if row.share == 0 else ""
        kind, style = look(row)
        tip = f"{words(row.name)}: to {row.end}" + (f", {row.note}" if row.note else "")
        piece = f"M{x + 12:.1f} {y + ROW - 4:.1f}h{SWATCH - 6}"
        drawn.append(f'<path class="line{kind}"{style} stroke="{self.hues[row.end]}" d="{piece}"/>')
        if row.written:
            drawn.append(writing(x + WIDTH - 12, y + ROW, row.written, "amount", "end"))
        for part in _named(row):
            y += ROW
            drawn.append(writing(x + 12 + SWATCH - 2, y, part, "way" + unused, "start", tip))
        return y

    def _line(self, line: Line) -> str:
        """A line from a foot (or, going back, a head) of a box to the box it leads to."""
        if line.start == line.end:
            return ""
        start, end = self.layout.places[line.start], self.layout.places[line.end]
        back, aside = end.column < start.column, end.column == start.column
        x = self._port(line, back)
        y = self.tops[start.column] + (0 if back else self.heights[line.start])
        path = [f"M{x:.1f} {y:.1f}"]
        if not back and not aside:
            y = self._bottom(start)
            path.append(f"V{y:.1f}")
        for name in self.layout.routes[line.start, line.end][1:]:
            place = self.layout.places[name]
            last = name == line.end
            next_x = self._left(place) + ((WIDTH - 16 if back or aside else WIDTH / 2) if last else 0)
            next_y = self._bottom(place) if back or aside else self.tops[place.column]
            bend = -GAP / 2 if back else GAP / 2
            into = next_y + (bend if aside else -bend)
            path.append(f"C{x:.1f} {y + bend:.1f} {next_x:.1f} {into:.1f} {next_x:.1f} {next_y:.1f}")
            x, y = next_x, next_y
            if not last:
                y = self.tops[place.column] if back else self._bottom(place)
                path.append(f"V{y:.1f}")
            elif back or aside:
                path.append(f"V{self.tops[place.column] + self.heights[name] + 1:.1f}")
        kind, style = look(line)
        tip = f"{line.start} to {line.end}: {words(line.name)}" + (
            f", {line.written}" if line.written else ""
        )
        hue = self.hues[line.end]
        return (
            f'<path class="line{kind}"{style} stroke="{hue}" d="{"".join(path)}" '
            f'marker-end="url(#arrow{COLOURS.index(hue)})"><title>{escape(tip)}</title></path>'
        )

    def _port(self, line: Line, back: bool) -> float:
        """Where a line leaves its box: those that go down in the order of where they go, those that go back right."""
        start = self.layout.places[line.start]
        if back:
            return self._left(start) + WIDTH - 16
        down = [row for row in self.rows[line.start] if row.start != row.end]
        down = [row for row in down if self.layout.places[row.end].column >= start.column]
        down.sort(key=lambda row: self.layout.places[self.layout.routes[row.start, row.end][1]].y)
        return self._left(start) + WIDTH * (down.index(line) + 1) / (len(down) + 1)


def _captions(box: Box) -> list[tuple[str, str]]:
    """Class and text of every line at the top of a box."""
    kind = [] if box.kind in (ENTRY, EXIT) else [("small", box.kind)]
    kind += [("label", part) for part in textwrap.wrap(box.label, NARROW["label"])]
    kind += [("small", part) for part in textwrap.wrap(box.note, NARROW["small"])]
    for place, part in enumerate(box.written):
        style = "found" if place == 0 else "also"
        kind += [(style, line) for line in textwrap.wrap(part, NARROW[style])]
    return kind


def _named(row: Line) -> list[str]:
    """The name of a way out, in as many lines as it takes beside its amount."""
    name = words(row.name) + (" ↺" if row.start == row.end else "")
    room = WAY - (len(row.written) + 1 if row.written else 0)
    return textwrap.wrap(name, room)


def _height(box: Box, rows: list[Line]) -> float:
    listed = 0 if box.kind == ENTRY else sum(len(_named(row)) for row in rows)
    captions = sum(LINE[kind] for kind, _ in _captions(box)) + (BAR if box.share >= 0 else 0)
    return captions + 12 + (ROW * listed + 8 if listed else 0)
