"""A pathway as one SVG picture that needs no other file or program.

Every stage is a box that lists its ways out; a line leads from each to where it goes. Kinds of stages differ
by shape and are named in words; lines take a colour from their target, to help the eye and for nothing more.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from sim.drawing_layout import GAP, WIDTH, Layout, Place, arrange
from sim.drawing_parts import ENTRY, EXIT, Box, Line, Parts, Written, parts, words

if TYPE_CHECKING:
    from sim.pathway import Pathway

MARGIN, TITLE = 24, 96
SMALL, TEXT, ROW = 14, 16, 17  # line heights: kind and note, label, way out
LINE = {"small": SMALL, "label": TEXT, "found": 17, "also": 15}
BAR, THICK = 14, 9.0  # room of a stock's bar; how much thicker the busiest line is
ARRIVE = 15  # where lines end, below the top of a box
COLOURS = ("#0072b2", "#b35900", "#00795a", "#a8568a", "#8a7000", "#6b7280")
# Every rule is bound to the picture, since it may stand inside a page that has texts of its own.
STYLE = """
.pathway text { font-family: "DejaVu Sans", Verdana, Arial, sans-serif; fill: #1c2128; }
.pathway .page { fill: #ffffff; } .pathway .box { fill: #f4f5f7; stroke: #4b5563; stroke-width: 1.3; }
.pathway .outside { fill: none; stroke: #6b7280; stroke-width: 1.1; } .pathway .outcome { stroke-width: 2.6; }
.pathway .title { font-size: 20px; font-weight: bold; } .pathway .label { font-size: 12px; font-weight: bold; }
.pathway .small { font-size: 10px; fill: #4b5563; } .pathway .way { font-size: 11px; }
.pathway .line { fill: none; stroke-width: 1.4; } .pathway .dashed { stroke-dasharray: 5 3; }
.pathway .line:hover { stroke-width: 4; } .pathway .unused { opacity: 0.35; }
.pathway .found { font-size: 13px; font-weight: bold; } .pathway .also { font-size: 11px; }
.pathway .amount { font-size: 11px; font-weight: bold; }
.pathway .room { fill: #d9dde3; } .pathway .bar { fill: #0072b2; }
"""
DARK = """
.pathway text { fill: #e6e8eb; } .pathway .page { fill: #16181d; }
.pathway .box { fill: #23272e; stroke: #9aa3af; } .pathway .small { fill: #aab2bd; }
.pathway .outside { stroke: #9aa3af; } .pathway .line { filter: brightness(1.5); }
.pathway .room { fill: #3a404a; } .pathway .bar { fill: #56b4e9; }
"""
STYLES = {
    "reader's": f"{STYLE}@media (prefers-color-scheme: dark) {{{DARK}}}",
    "light": STYLE,
    "dark": STYLE + DARK,
}
LEGEND = (
    "Rounded box: step, takes days. Box with a bar: desk, waits for an office. Cut corners: gate, a quota.",
    "Double box: checks, several steps at once. Pointed box: branch, no time. Thick, round box: outcome.",
    "Flags: where cases come from and go on. Dashed line: leaving while waiting, or a child case that opens.",
)


def svg(
    pathway: Pathway,
    others: Iterable[Pathway] = (),
    written: Written | None = None,
    colours: str = "reader's",
) -> str:
    """The picture; `others` are pathways whose outcomes lead here, `written` is what a run found."""
    shown = parts(pathway, others, written)
    rows = {box.id: [line for line in shown.lines if line.start == box.id] for box in shown.boxes}
    heights = {box.id: _height(box, rows[box.id]) for box in shown.boxes}
    layout = arrange(shown, heights)
    width = max(2 * MARGIN + layout.columns * (WIDTH + GAP) - GAP, 760)
    height = TITLE + layout.height + 2 * MARGIN
    ends = dict.fromkeys(line.end for line in shown.lines)
    hues = {end: COLOURS[number % len(COLOURS)] for number, end in enumerate(ends)}
    body = [_line_svg(line, shown, layout, rows, hues[line.end]) for line in shown.lines]
    body += [_box_svg(box, layout.places[box.id], rows[box.id], layout) for box in shown.boxes]
    stages = sum(box.kind not in (ENTRY, EXIT) for box in shown.boxes)
    about = f"{stages} stages from left to right. " + " ".join(LEGEND)
    told = (written.about, *LEGEND) if written and written.about else LEGEND
    return page(pathway.label, about, told, body, (width, height), colours)


def page(
    title: str, about: str, told: Iterable[str], body: list[str], size: tuple[float, float], colours: str
) -> str:
    """The whole file: title and description, how the picture is to be read, and its parts."""
    arrows = "".join(
        f'<marker id="arrow{number}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>'
        for number, colour in enumerate(COLOURS)
    )
    legend = "".join(writing(MARGIN, MARGIN + 30 + SMALL * n, line, "small") for n, line in enumerate(told))
    wide, high = (f"{each:.0f}" for each in size)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="pathway" role="img" aria-labelledby="title about" '
            f'width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">',
            f'<title id="title">Pathway: {escape(title)}</title>',
            f'<desc id="about">{escape(about)}</desc>',
            f"<style>{STYLES[colours]}</style><defs>{arrows}</defs>",
            f'<rect class="page" width="{wide}" height="{high}"/>',
            writing(MARGIN, MARGIN + 12, title, "title"),
            legend,
            *body,
            "</svg>",
        ]
    )


# -- boxes ---------------------------------------------------------------------------------------


def _captions(box: Box) -> list[tuple[str, str]]:
    """Class and text of every line at the top of a box."""
    kind = "" if box.kind in (ENTRY, EXIT) else box.kind
    lines = [("small", kind)] if kind else []
    lines += [("label", part) for part in textwrap.wrap(box.label, 29)]
    lines += [("small", part) for part in textwrap.wrap(box.note, 37)]
    return lines + [("found" if place == 0 else "also", part) for place, part in enumerate(box.written)]


def _height(box: Box, rows: list[Line]) -> float:
    listed = 0 if box.kind == ENTRY else len(rows)
    captions = sum(LINE[kind] for kind, _ in _captions(box)) + (BAR if box.share >= 0 else 0)
    return captions + 12 + (ROW * listed + 8 if listed else 0)


def _box_svg(box: Box, place: Place, rows: list[Line], layout: Layout) -> str:
    x, y = _left(place), _top(place)
    drawn = [f'<g id="{escape(box.id)}">', outline(box.kind, x, y, place.height)]
    line_y = y + 4.0
    for kind, part in _captions(box):
        line_y += LINE[kind]
        drawn.append(writing(x + 16, line_y, part, kind))
    if box.share >= 0:
        drawn.append(bar("room", x + 16, line_y + 6, WIDTH - 32))
        drawn.append(bar("bar", x + 16, line_y + 6, box.share * (WIDTH - 32)))
        line_y += BAR
    if rows and box.kind != ENTRY:
        drawn.append(f'<path class="outside" d="M{x + 10} {line_y + 7:.1f}h{WIDTH - 20}"/>')
        for number, row in enumerate(rows):
            row_y = _row(place, number, rows) + 4
            tip = f"{words(row.name)}: to {row.end}" + (f", {row.note}" if row.note else "")
            back = _goes_back(row, layout)
            side = "start" if back else "end"
            name = words(row.name) + (" ↺" if row.start == row.end else "")
            unused = " unused" if row.share == 0 else ""
            drawn.append(writing(x + (14 if back else WIDTH - 14), row_y, name, "way" + unused, side, tip))
            if row.written:
                other = "end" if back else "start"
                drawn.append(writing(x + (WIDTH - 14 if back else 16), row_y, row.written, "amount", other))
    return "".join([*drawn, "</g>"])


def bar(kind: str, x: float, y: float, width: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="6" rx="2"/>'


def outline(kind: str, x: float, y: float, height: float, width: float = WIDTH) -> str:
    """The shape that says the kind of a stage."""
    right, bottom, cut = x + width, y + height, 9
    if kind == "step":
        return _rect(x, y, width, height, 9)
    if kind == "desk":
        return _rect(x, y, width, height, 0) + f'<path class="box" d="M{x + 6:.1f} {y:.1f}v{height:.1f}"/>'
    if kind == "checks":
        return _rect(x + 5, y + 5, width, height, 0) + _rect(x, y, width, height, 0)
    if kind == "outcome":
        return _rect(x, y, width, height, 18, "box outcome")
    if kind == "gate":
        points = (
            (x + cut, y),
            (right - cut, y),
            (right, y + cut),
            (right, bottom - cut),
            (right - cut, bottom),
        )
        return _polygon((*points, (x + cut, bottom), (x, bottom - cut), (x, y + cut)))
    middle = y + height / 2
    if kind == "branch":
        points = (x + cut, y), (right - cut, y), (right, middle), (right - cut, bottom), (x + cut, bottom)
        return _polygon((*points, (x, middle)))
    flag = (x, y), (right - cut, y), (right, middle), (right - cut, bottom), (x, bottom)
    return _polygon((*flag, (x + cut, middle)) if kind == EXIT else flag, "outside")


def _rect(x: float, y: float, width: float, height: float, round_by: int, kind: str = "box") -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round_by}"/>'


def _polygon(points: Iterable[tuple[float, float]], kind: str = "box") -> str:
    listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon class="{kind}" points="{listed}"/>'


def writing(x: float, y: float, value: str, kind: str, anchor: str = "start", tip: str = "") -> str:
    title = f"<title>{escape(tip)}</title>" if tip else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{side}>{title}{escape(value)}</text>'


# -- lines ---------------------------------------------------------------------------------------


def _left(place: Place) -> float:
    return MARGIN + place.column * (WIDTH + GAP)


def _top(place: Place) -> float:
    return TITLE + MARGIN + place.y


def _row(place: Place, number: int, rows: list[Line]) -> float:
    """The height of the line of a way out."""
    return _top(place) + place.height - ROW * (len(rows) - number) + ROW / 2 - 5


def _goes_back(line: Line, layout: Layout) -> bool:
    return layout.places[line.end].column < layout.places[line.start].column


def _line_svg(line: Line, shown: Parts, layout: Layout, rows: dict[str, list[Line]], colour: str) -> str:
    """A line from a way out of a box to the box it leads to; a move to the same stage needs none."""
    if line.start == line.end:
        return ""
    start, end = layout.places[line.start], layout.places[line.end]
    back = _goes_back(line, layout)
    if shown.box(line.start).kind == ENTRY:
        y = _top(start) + start.height / 2
    else:
        y = _row(start, rows[line.start].index(line), rows[line.start])
    x = _left(start) + (0 if back else WIDTH)
    path = [f"M{x} {y:.1f}"]
    aside = start.column == end.column
    for name in layout.routes[line.start, line.end][1:]:
        place = layout.places[name]
        last = name == line.end
        next_y = _top(place) + (min(ARRIVE, place.height / 2) if last else 0)
        next_x = _left(place) + (WIDTH if back or aside else 0)
        bend = GAP / 2 if not back else -GAP / 2
        path.append(
            f"C{x + bend} {y:.1f} {next_x + bend * (1 if aside else -1)} {next_y:.1f} {next_x} {next_y:.1f}"
        )
        x, y = next_x, next_y
        if not last:
            x += -WIDTH if back else WIDTH
            path.append(f"H{x}")
    kind, style = look(line)
    tip = f"{line.start} to {line.end}: {words(line.name)}" + (f", {line.written}" if line.written else "")
    return (
        f'<path class="line{kind}"{style} stroke="{colour}" d="{"".join(path)}" '
        f'marker-end="url(#arrow{COLOURS.index(colour)})"><title>{escape(tip)}</title></path>'
    )


def look(line: Line) -> tuple[str, str]:
    """Classes and style of a line: dashed, unused, or as thick as what went along it."""
    kind = (" dashed" if line.dashed else "") + (" unused" if line.share == 0 else "")
    return kind, f' style="stroke-width: {1.4 + THICK * line.share:.1f}"' if line.share > 0 else ""
