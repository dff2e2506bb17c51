"""Stages at a date, moves in a period, and the roads of single cases: against the tables that a run counted."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import sim
from sim import measures_stages
from sim.pathways import NATIONAL
from sim.results import Result

NAMES = [pathway.name for pathway in NATIONAL.pathways]
SCALE = 0.002
# Branches behind which a case leaves no trace of which way it took.
TOLD_APART_BY_NOTHING = {
    "refugee": {"reason"},
    "affirmative": {"closing", "standing"},
    "defensive": {"decision"},
    "family": set(),
    "status": set(),
}
every_pathway = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def base():
    return sim.run("baseline", scale=SCALE, years=3, history=1)


@pytest.fixture(scope="module")
def oldest_first():
    changed = sim.load("baseline").change("affirmative.backlog.oldest_first", 1, since="2026-10-01")
    return sim.run(changed, scale=SCALE, years=3, history=1)


# -- stages and moves ------------------------------------------------------------------------------


@every_pathway
def test_stages_at_a_date_are_the_stock_of_that_date(base, name):
    day = dt.date(2027, 9, 30)
    found = base.stages(name, day).set_index("stage")
    stock = base.stock
    here = stock[(stock["pathway"] == name) & (stock["group"] == "*") & (stock["date"] == pd.Timestamp(day))]
    assert found["cases"].sum() == here["cases"].sum() > 0
    assert found["persons"].sum() == here["persons"].sum()
    held = [stage.name for stage in sim.pathway(name).stages if stage.holds_cases]
    assert set(found.index) <= set(held)


def test_the_wait_is_that_of_those_served_in_the_year_of_the_date(base):
    waits = base.waits
    row = waits[
        (waits["fiscal_year"] == 2027)
        & (waits["basis"] == "left")
        & (waits["pathway"] == "affirmative")
        & (waits["stage"] == "backlog")
        & (waits["group"] == "*")
    ].iloc[0]
    for day in ("2026-10-31", "2027-09-30"):
        found = base.stages("affirmative", day).set_index("stage").loc["backlog"]
        assert (found["p10"], found["p50"], found["p90"]) == (row["p10"], row["p50"], row["p90"])
        assert found["note"] == ""


def test_a_wait_that_a_small_scale_misleads_about_is_not_shown(base):
    for place in base.info["misleading_below_scale_1"]:
        pathway, _, stage = place.partition(".")
        found = base.stages(pathway, "2027-09-30").set_index("stage").loc[stage]
        assert pd.isna(found["p50"]) and found["hidden"] and found["note"] == measures_stages.BEFORE_SCALE_1


@every_pathway
def test_moves_of_all_months_are_the_flow(base, name):
    found = base.moves(name, "2026-01", "2099-12")
    flow = base.flow[(base.flow["pathway"] == name) & (base.flow["group"] == "*")]
    assert found["cases"].sum() == flow["cases"].sum()
    assert found["persons"].sum() == flow["persons"].sum()
    into = flow.groupby("to_stage")["cases"].sum()
    assert found.groupby("to_stage")["cases"].sum().to_dict() == into.to_dict()


def test_streams_of_one_source_come_together_and_other_pathways_stay_apart(base):
    origins = set(base.moves("affirmative", "2026-01", "2099-12")["from_stage"])
    assert "source:affirmative_filings" in origins
    assert not any(name.startswith("source:affirmative_filings.") for name in origins)
    assert "source:affirmative.referred" in set(base.moves("defensive", "2026-01", "2099-12")["from_stage"])


def test_months_are_cut_at_both_ends(base):
    one = base.moves("affirmative", "2027-03", "2027-03")
    flow = base.flow
    here = flow[(flow["pathway"] == "affirmative") & (flow["group"] == "*") & (flow["month"] == "2027-03")]
    assert one["cases"].sum() == here["cases"].sum() > 0


def test_what_the_run_does_not_have_is_said_with_what_it_has(base):
    assert base.month_ends()[0] == dt.date(2026, 3, 31)
    with pytest.raises(sim.InputError, match=r"not on 2027-09-12; the nearest is 2027-08-31"):
        base.stages("affirmative", "2027-09-12")
    with pytest.raises(sim.InputError, match="is not a date"):
        base.stages("affirmative", "soon")
    with pytest.raises(sim.InputError, match="affirmative"):
        base.stages("affirmativ", "2027-09-30")


# -- roads -----------------------------------------------------------------------------------------


@every_pathway
def test_ends_read_from_the_graph_are_those_that_the_run_counted(base, name):
    """Every history is kept, so that each outcome of the run is the end of a road; a branch stands for its outcomes."""
    graph = sim.pathway(name)
    roads = base.roads(name)
    last = roads.groupby("case", sort=False).tail(1)
    ends = last[~last["stage"].map(lambda stage: graph.stage(stage).holds_cases)]["stage"].value_counts()
    table = base.outcomes
    outcomes = {stage.name for stage in graph.stages if stage.kind == "outcome"}
    here = table[(table["pathway"] == name) & (table["group"] == "*") & table["outcome"].isin(outcomes)]
    counted = (here.groupby("outcome")["cases"].sum() * SCALE).round().astype(int)
    never_there = _ended_at_once(base, name)
    assert ends.sum() == counted.sum() - never_there
    for outcome in counted.index:
        assert ends.get(outcome, 0) <= counted[outcome], outcome
    for branch in set(ends.index) - outcomes:
        assert graph.stage(branch).kind == "branch"
    assert set(ends.index) - outcomes <= TOLD_APART_BY_NOTHING[name]


def _ended_at_once(result: Result, name: str) -> int:
    """Cases that were over on the day on which they came: they were never at a stage, and leave no line."""
    graph = sim.pathway(name)
    branches = {stage.name for stage in graph.stages if stage.kind == "branch"}
    moves = result.moves(name, "2026-01", "2099-12")
    entries = moves[moves["from_stage"].str.startswith("source:") & moves["to_stage"].isin(branches)]
    if entries.empty:
        return 0
    came = moves[moves["from_stage"].str.startswith("source:")]["cases"].sum()
    there = set(result.histories[result.histories["pathway"] == name]["case"])
    opening = result.stock
    opening = opening[
        (opening["pathway"] == name) & (opening["group"] == "*") & (opening["date"] == opening["date"].min())
    ]["cases"].sum()
    return round((came + opening) * SCALE) - len(there)


def test_a_referral_is_known_by_where_it_goes_on_and_a_grant_by_its_children(base):
    histories, roads = base.histories, base.roads("affirmative")
    ends = roads.groupby("case", sort=False).tail(1).set_index("case")["stage"]
    referred = set(ends.index[ends == "referred"])
    assert referred
    in_court = set(histories[histories["pathway"] == "defensive"]["case"])
    assert referred <= in_court
    granted = set(ends.index[ends == "granted"])
    assert granted and granted <= set(histories["parent"])


def test_a_road_keeps_the_history_and_adds_one_line(base):
    roads = base.roads("status")
    lines = base.histories[base.histories["pathway"] == "status"]
    over = lines.groupby("case").tail(1)["left"].notna().sum()
    assert len(roads) == len(lines) + over
    kept = roads[roads["left"].notna() | roads["stage"].isin(lines["stage"])]
    assert len(kept) == len(lines)
    assert (roads["transition"] == "").equals(roads["left"].isna())


def test_one_road_runs_through_every_pathway(base):
    referred = base.roads("affirmative").groupby("case").tail(1)
    case = referred[referred["stage"] == "referred"]["case"].iloc[0]
    road = base.road(case)
    assert list(road["pathway"].unique())[:2] == ["affirmative", "defensive"]
    assert road["entered"].is_monotonic_increasing
    for name, lines in road.groupby("pathway"):
        whole = base.roads(name)
        same = whole[whole["case"] == case].reset_index(drop=True)
        assert lines.drop(columns="pathway").reset_index(drop=True).equals(same)
    assert base.road("nobody:2020-01-01:0").empty


def test_the_same_luck_and_the_same_policy_give_the_same_roads(base):
    for name in NAMES:
        assert base.roads_apart(base, name).empty


def test_roads_part_only_after_the_policy(base, oldest_first):
    apart = base.roads_apart(oldest_first, "affirmative")
    assert len(apart) > 10
    assert (apart["same_until"] >= "2026-10-01").all()
    assert apart["days_apart"].abs().is_monotonic_decreasing
    roads = {name: result.roads("affirmative") for name, result in (("a", base), ("b", oldest_first))}
    for row in apart.head(20).itertuples():
        first, second = (
            lines[(lines["case"] == row.case) & (lines["entered"] < row.same_until)][["stage", "entered"]]
            for lines in roads.values()
        )
        assert first.reset_index(drop=True).equals(second.reset_index(drop=True)), row.case
        assert row.end == roads["a"][roads["a"]["case"] == row.case]["stage"].iloc[-1]


def test_oldest_first_serves_older_filings_sooner(base, oldest_first):
    apart = base.roads_apart(oldest_first, "affirmative")
    sooner = apart[apart["days_apart"] < 0]["began"].median()
    later = apart[apart["days_apart"] > 0]["began"].median()
    assert sooner < later
