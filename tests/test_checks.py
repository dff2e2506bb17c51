"""The opening stocks beside the published ones, and the list of published figures itself."""

from __future__ import annotations

import csv
import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from sim import backtest, checks
from sim.evidence import resolve
from sim.evidence_published import FIELDS, figures
from sim.model import build
from sim.pathways import NATIONAL
from sim.pathways.comparisons import MEASURES, Held, Moved, NotSimulated, Places, Sampled
from sim.shipped import shipped_folder

STARTS = {"baseline": "2026-04-01", "check_start": "2025-10-01"}
SCALE = 0.03


def parts(measure):
    """The Held and Moved that a measure is made of."""
    if isinstance(measure, Sampled):
        yield measure.held
    elif isinstance(measure, Places):
        yield measure.taken_by
    elif isinstance(measure, Moved) and measure.also:
        yield from (measure, measure.also)
    else:
        yield measure


PARTS = [(name, part) for name, measure in MEASURES.items() for part in parts(measure)]
STAGES = {(pathway.name, stage.name): stage for pathway, stage in NATIONAL.stages()}


def opening_figures(start):
    return [f for f in figures() if f.is_stock and f.compared_first.isoformat() == start]


def entries(pathway):
    """(origin, stage) of every way into a pathway that is a source or another pathway."""
    for home, source, *_ in NATIONAL.sources():
        if home.name == pathway:
            yield f"source:{source.name}", source.enters
    for home, stage in NATIONAL.stages():
        for goal in (stage.continues, *(child.enters for child in stage.opens)):
            if goal.startswith(f"{pathway}."):
                yield f"source:{home.name}.{stage.name}", goal.partition(".")[2]


def moves(pathway):
    yield from entries(pathway)
    for (home, name), stage in STAGES.items():
        if home == pathway:
            yield from ((name, exit.target) for exit in stage.exits())


# -- the file and the registry -----------------------------------------------------------------------


def test_every_figure_has_a_measure_and_none_is_dead():
    assert {figure.measure for figure in figures()} == set(MEASURES)


def test_the_file_is_whole():
    with open(shipped_folder() / "evidence" / "published.csv", newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert tuple(rows[0]) == FIELDS
    for row in rows:
        assert row["kind"] in ("stock", "flow") and row["grade"] in ("A", "B", "C"), row
        assert row["given"] in ("given", "simulated") and row["label"] and row["review"], row
        assert resolve(row["source"]), row


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: f"{figure.measure}-{figure.compared_first}")
def test_a_figure_makes_sense(figure):
    assert figure.is_stock == (figure.last is None) == (figure.compared_last is None)
    assert (figure.low is None) == (figure.high is None)
    assert figure.value is not None or figure.low is not None
    if figure.low is not None:
        assert figure.low < figure.high
        if figure.same_time and figure.value is not None:
            assert figure.low <= figure.value <= figure.high
    assert figure.compared_first.day == 1, "the tables are monthly"
    if figure.compared_last:
        assert (figure.compared_last + dt.timedelta(days=1)).day == 1
    measure = MEASURES[figure.measure]
    unit = measure.held.unit if isinstance(measure, Sampled) else getattr(measure, "unit", None)
    in_court = getattr(measure, "pathway", "") == "defensive"
    if figure.unit == "cases" or (figure.unit == "persons" and in_court):
        assert unit == figure.unit


@pytest.mark.parametrize(("name", "part"), PARTS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_measure_names_what_exists(name, part):
    if isinstance(part, Held):
        assert all((part.pathway, stage) in STAGES for stage in part.stages)
        assert all(STAGES[part.pathway, stage].holds_cases for stage in part.stages)
        reports = next(pathway.report for pathway in NATIONAL.pathways if pathway.name == part.pathway)
        assert all(group == "*" or group.partition("=")[0] in reports for group in (*part.groups, *part.less))
    if isinstance(part, Moved):
        known = list(moves(part.pathway))
        known = {(origin.partition(".")[0], goal) for origin, goal in known} | set(known)
        for origins, targets in part.pairs:
            assert set(origins) <= {origin for origin, _ in known}
            assert set(targets) <= {goal for _, goal in known}
            counted = [move for move in known if move[0] in origins or not origins]
            reached = {goal for _, goal in counted}
            assert reached and reached >= set(targets), f"nothing goes to {set(targets) - reached}"


def test_what_is_not_simulated_says_why():
    assert all(measure.why for measure in MEASURES.values() if isinstance(measure, NotSimulated))


# -- the first day -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("scenario", "start"), STARTS.items())
def test_official_stocks_are_equal_at_full_scale(scenario, start):
    """Counted from the model: nobody has to be simulated for it."""
    model = build(sim.load(scenario), NATIONAL, 1.0)
    rows = []
    for stock in model.stocks:
        edge = model.edges[stock.edge]
        rows.append((edge.pathway, edge.target, "*", stock.cases, stock.cases))
    stock = pd.DataFrame(rows, columns=["pathway", "stage", "group", "cases", "persons"])
    stock["date"] = pd.Timestamp(start) - pd.Timedelta(days=1)
    result = SimpleNamespace(stock=stock)
    official = [f for f in opening_figures(start) if f.grade == "A"]
    assert len(official) > 5
    for figure in official:
        measure = MEASURES[figure.measure]
        if isinstance(measure, Held):
            found = checks.simulated(result, measure, figure.compared_first)
            assert found == figure.value, figure.label


@pytest.mark.parametrize(("scenario", "start"), STARTS.items())
def test_the_opening_stocks_hold(scenario, start):
    result = backtest.run(scenario, SCALE, opening_only=True)
    assert (result.info["start"], result.info["until"]) == (start, start)
    table = checks.start(result)
    assert len(table) == len(opening_figures(start))
    off = table[~table["verdict"].isin((*backtest.HELD, "not simulated"))]
    # a stock of a few hundred cases is a handful at this scale
    assert off[off["published"] > 10_000].empty, off
    official = table[(table["grade"] == "A") & (table["verdict"] != "not simulated")]
    assert (official["verdict"] == "equal").all(), official


def test_places_used_before_the_start():
    result = backtest.run("baseline", 0.01, opening_only=True)
    day = dt.date(2026, 4, 1)
    names = ("refugee_ceiling", "refugee_ceiling_used", "refugee_ceiling_left")
    found = [checks.simulated(result, MEASURES[name], day) for name in names]
    assert found == [7500, 4499, 3001]


# -- verdicts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "value", "low", "high", "said"),
    [
        (100, 100, None, None, "near"),
        (80, 100, None, None, "near"),
        (79, 100, None, None, "below"),
        (125, 100, None, None, "near"),
        (126, 100, None, None, "above"),
        (140, 100, 50, 150, "in range"),
        (110, 100, 104, 106, "near"),
        (5, None, 10, 20, "below"),
        (25, None, 10, 20, "above"),
        (15, None, 10, 20, "in range"),
        (15, None, None, None, "no range"),
        (float("nan"), 100, 50, 150, "not simulated"),
        (3, 0, None, None, "above"),
    ],
)
def test_verdict(found, value, low, high, said):
    assert checks.verdict(found, value, low, high) == said


def test_official_stocks_may_differ_by_the_rounding_of_the_scale_only():
    figure = next(f for f in figures() if f.measure == "affirmative_pending" and f.grade == "A")
    assert checks.opening_verdict(figure, figure.value, 1.0) == "equal"
    assert checks.opening_verdict(figure, figure.value + 1, 1.0) == "not equal"
    assert checks.opening_verdict(figure, figure.value + 200, 0.01) == "equal"
    assert checks.opening_verdict(figure, figure.value + 400, 0.01) == "not equal"
