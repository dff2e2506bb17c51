"""Drawings of pathways: nothing of the structure is missing, and the picture can be read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from sim import drawing_tall
from sim.drawing import Written
from sim.drawing_layout import BETWEEN_TRACKS, arrange
from sim.drawing_parts import ABOVE, parts, words
from sim.drawing_svg import COLOURS, _captions, _height, svg
from sim.pathway import Pathway, desk, hazard, opening, outcome, source, step, to
from sim.pathways import NATIONAL

PATHWAYS = NATIONAL.pathways
FORMATS = ("text", "dot", "mermaid", "svg")
SVG = "{http://www.w3.org/2000/svg}"
every_pathway = pytest.mark.parametrize("pathway", PATHWAYS, ids=lambda each: each.name)

SMALL = Pathway(
    name="queue",
    label='A "small" <queue>',
    sources=(source("people", "People & pets", enters="wait"),),
    openings=(opening("first", "There from the start", at="wait"),),
    stages=(
        desk("wait", "Waiting", "clerks", to("again"), to("end", name="served"), leave=(hazard(to("gone")),)),
        step("again", "Sent back", to("wait")),
        outcome("end", "Served"),
        outcome("gone", "Left"),
    ),
)


def moves(pathway):
    """(start, name, end, dashed) of every transition."""
    for stage in pathway.stages:
        yield from ((stage.name, way.name, way.target, False) for way in stage.transitions)
        yield from ((stage.name, way.transition.name, way.transition.target, True) for way in stage.leave)


def svg_moves(picture):
    """(start, name in words, end, dashed) of every line and of every row that stays at its stage."""
    root = ET.fromstring(picture)
    for path in root.iter(f"{SVG}path"):
        if "line" in path.get("class", "").split():
            start, end, name = re.fullmatch(r"(\S+) to (\S+): (.*)", path.find(f"{SVG}title").text).groups()
            yield start, name, end, "dashed" in path.get("class")


# -- nothing is missing ------------------------------------------------------------------------------


@every_pathway
def test_text_lists_every_stage_and_transition_under_its_stage(pathway):
    blocks = re.split(r"\n  (?=\w+ \()", pathway.text())
    for stage in pathway.stages:
        block = next(b for b in blocks if b.startswith(f"{stage.name} ({stage.kind}): {stage.label}"))
        for way in stage.transitions:
            assert re.search(rf"--> {way.target}( |$)", block, re.M)
            assert way.name in block
        for leave in stage.leave:
            assert f"- -> {leave.transition.target} " in block
            assert leave.transition.name in block
        assert stage.continues in block
        assert all(child.enters in block for child in stage.opens)


@every_pathway
def test_dot_has_every_stage_and_transition(pathway):
    lines = pathway.dot().splitlines()
    for stage in pathway.stages:
        assert any(line.startswith(f'  "{stage.name}" [label="{stage.kind}\\n') for line in lines)
    for start, name, end, dashed in moves(pathway):
        found = [line for line in lines if line.startswith(f'  "{start}" -> "{end}" [label="{words(name)}"')]
        assert found and any(("style=dashed" in line) == dashed for line in found), (start, name, end)


@every_pathway
def test_mermaid_has_every_stage_and_transition(pathway):
    lines = pathway.mermaid().splitlines()
    for stage in pathway.stages:
        assert any(re.match(rf'  s_{stage.name}\W+"{stage.kind}<br>', line) for line in lines), stage.name
    for start, name, end, dashed in moves(pathway):
        arrow = "-.->" if dashed else "-->"
        assert f'  s_{start} {arrow}|"{words(name)}"| s_{end}' in lines


@every_pathway
def test_svg_has_every_stage_and_transition(pathway):
    picture = pathway.svg()
    root = ET.fromstring(picture)
    drawn = list(svg_moves(picture))
    groups = {group.get("id"): group for group in root.iter(f"{SVG}g")}
    for stage in pathway.stages:
        texts = ["".join(text.itertext()) for text in groups[stage.name].iter(f"{SVG}text")]
        assert stage.kind in texts
        assert stage.label.replace(" ", "") in "".join(texts).replace(" ", "")
    for start, name, end, dashed in moves(pathway):
        if start == end:
            rows = ["".join(text.itertext()) for text in groups[start].iter(f"{SVG}text")]
            assert any(row.endswith(f"{words(name)} ↺") for row in rows)
        else:
            assert (start, words(name), end, dashed) in drawn


@every_pathway
@pytest.mark.parametrize("form", FORMATS)
def test_entries_and_exits_are_shown(pathway, form):
    drawn = re.sub(r"<[^>]*>|\s|\\n", "", getattr(pathway, form)(PATHWAYS))
    for entry in (*pathway.sources, *pathway.openings):
        assert re.sub(r"\s", "", entry.label).replace("'", "&#x27;" if form == "svg" else "'") in drawn
    for other in PATHWAYS:
        for stage in other.stages:
            targets = [stage.continues, *(child.enters for child in stage.opens)]
            if any(target.startswith(f"{pathway.name}.") for target in targets):
                label = re.sub(r"\s", "", f"{other.label}: {stage.label}")
                assert label.replace("'", "&#x27;" if form == "svg" else "'") in drawn


def test_an_entry_from_an_unknown_pathway_is_shown():
    family = NATIONAL.pathways[3]
    assert "Another pathway (leads here) --> claim" in family.text()
    assert "Another pathway" not in family.text(PATHWAYS)


# -- formats are well formed -------------------------------------------------------------------------


def test_marks_of_the_languages_in_labels_are_escaped():
    assert '"A \\"small\\" <queue>"' in SMALL.dot()
    assert "People #amp; pets" in SMALL.mermaid()
    assert ET.fromstring(SMALL.svg()).find(f"{SVG}title").text == 'Pathway: A "small" <queue>'


@every_pathway
def test_svg_stands_alone_and_speaks(pathway):
    picture = pathway.svg(PATHWAYS)
    root = ET.fromstring(picture)
    assert root.get("role") == "img" and root.get("aria-labelledby") == "title about"
    assert pathway.label in root.find(f"{SVG}title").text
    assert f"{len(pathway.stages)} stages" in root.find(f"{SVG}desc").text
    assert "prefers-color-scheme: dark" in picture
    assert not re.search(r"href|<script|url\((?!#)", picture)
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_kinds_differ_by_shape_and_by_word():
    picture = ET.fromstring(NATIONAL.pathways[0].svg())
    groups = {group.get("id"): group for group in picture.iter(f"{SVG}g")}
    outlines = {}
    for stage in NATIONAL.pathways[0].stages:
        shapes = [e for e in groups[stage.name] if e.tag != f"{SVG}text" and e.get("class") != "outside"]
        outlines[stage.kind] = tuple((e.tag, e.get("rx"), len(e.get("points", "").split())) for e in shapes)
    assert len(outlines) == len(set(outlines.values())) == 6


# -- the picture can be read -------------------------------------------------------------------------


def layout_of(pathway):
    shown = parts(pathway, PATHWAYS)
    heights = {b.id: _height(b, [line for line in shown.lines if line.start == b.id]) for b in shown.boxes}
    return shown, arrange(shown, heights)


@every_pathway
def test_no_box_or_track_overlaps_another(pathway):
    _, layout = layout_of(pathway)
    columns: dict[int, list] = {}
    for place in layout.places.values():
        columns.setdefault(place.column, []).append(place)
    for column in columns.values():
        column.sort(key=lambda place: place.y)
        for above, below in pairwise(column):
            assert below.y - above.y - above.height >= BETWEEN_TRACKS - 1e-6, (above.name, below.name)


@every_pathway
def test_lines_only_run_between_neighbouring_columns(pathway):
    _, layout = layout_of(pathway)
    for route in layout.routes.values():
        columns = [layout.places[name].column for name in route]
        assert all(abs(a - b) <= 1 for a, b in pairwise(columns))
        assert all(layout.places[name].target for name in route[1:-1])


@every_pathway
def test_text_fits_into_its_box(pathway):
    shown, _ = layout_of(pathway)
    for box in shown.boxes:
        for kind, text in _captions(box):
            assert len(text) * (7.6 if kind == "label" else 6.0) <= 250 - 26, text
    for line in shown.lines:
        assert len(words(line.name)) * 7 <= 250 - 28


@every_pathway
def test_everything_lies_on_the_page(pathway):
    root = ET.fromstring(pathway.svg(PATHWAYS))
    wide, high = float(root.get("width")), float(root.get("height"))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= wide and 0 <= float(text.get("y")) <= high
    for path in root.iter(f"{SVG}path"):
        if "line" in path.get("class", "").split():
            numbers = [float(n) for n in re.findall(r"-?\d+\.\d+|-?\d+", path.get("d"))]
            assert all(-60 <= n <= max(wide, high) + 60 for n in numbers)


def test_drawing_twice_gives_the_same():
    assert svg(SMALL) == svg(SMALL)
    assert len(set(COLOURS)) == len(COLOURS)


# -- what a run found, written on the picture ------------------------------------------------------------


def written(pathway):
    held = [stage.name for stage in pathway.stages if stage.holds_cases]
    ways = [(stage.name, way.target) for stage in pathway.stages for way in stage.exits()]
    return Written(
        stages={name: (f"{1000 + n} cases", "half waited under 200 days") for n, name in enumerate(held)},
        stocks={name: float(n) for n, name in enumerate(held)},
        moves={way: f"{2000 + n}" for n, way in enumerate(ways)},
        flows={way: float(n) for n, way in enumerate(ways)},
        about="On 30 September 2027",
    )


@every_pathway
@pytest.mark.parametrize("tall", [False, True], ids=["wide", "tall"])
def test_what_a_run_found_is_written_on_every_stage_and_move(pathway, tall):
    root = ET.fromstring(pathway.svg(PATHWAYS, written(pathway), tall=tall))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    found = written(pathway)
    for lines in found.stages.values():
        assert lines[0] in texts
    for amount in found.moves.values():
        assert amount in texts
    assert "On 30 September 2027" in texts
    groups = {group.get("id") for group in root.iter(f"{SVG}g")}
    assert {stage.name for stage in pathway.stages} <= groups
    assert not any(name.startswith("stock:") for name in groups)


@every_pathway
def test_a_tall_picture_has_every_line_and_lies_on_its_page(pathway):
    root = ET.fromstring(pathway.svg(PATHWAYS, tall=True))
    wide, high = float(root.get("width")), float(root.get("height"))
    shown = parts(pathway, PATHWAYS)
    drawn = [path for path in root.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(drawn) == sum(line.start != line.end for line in shown.lines)
    for rect in root.iter(f"{SVG}rect"):
        assert float(rect.get("x", 0)) + float(rect.get("width")) <= wide + 6
        assert float(rect.get("y", 0)) + float(rect.get("height")) <= high


@every_pathway
def test_text_fits_into_its_tall_box(pathway):
    shown = parts(pathway, PATHWAYS, written(pathway))
    for box in shown.boxes:
        for kind, text in drawing_tall._captions(box):
            wide = {"label": 7.6, "found": 8.2, "small": 6.0, "also": 6.4}[kind]
            assert len(text) * wide <= drawing_tall.WIDTH - 14, text
    for line in shown.lines:
        for part in drawing_tall._named(line):
            room = drawing_tall.WIDTH - 12 - drawing_tall.SWATCH - 12 - 7.0 * len(line.written)
            assert len(part) * 6.4 <= room + 6, part


def test_two_ways_to_one_stage_show_their_sum_once():
    defensive = NATIONAL.pathways[2]
    move = ("first_master", "dismissed")
    ways = [way.name for way in defensive.stage(move[0]).exits() if way.target == move[1]]
    assert len(ways) > 1
    shown = parts(defensive, PATHWAYS, Written(moves={move: "16,100"}, flows={move: 16100.0}))
    amounts = [line.written for line in shown.lines if (line.start, line.end) == move]
    assert amounts == ["16,100"] + [ABOVE] * (len(ways) - 1)


def test_light_and_dark_can_be_fixed_and_rules_stay_inside_the_picture():
    for colours in ("light", "dark"):
        picture = SMALL.svg(colours=colours)
        assert "prefers-color-scheme" not in picture
    style = re.search(r"<style>(.*?)</style>", SMALL.svg(), re.S).group(1)
    for rule in re.findall(r"^\s*([.\w][^{@]*)\{", style, re.M):
        assert rule.startswith(".pathway"), rule
