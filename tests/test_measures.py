"""Headline measures: hand-made frames give hand-computed numbers; published counts cover what they say."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from sim import measures_counts as counts
from sim.measures import headline
from sim.pathways import NATIONAL, published
from sim.results import Result
from sim.runs import labels

START, UNTIL = "2026-04-01", "2028-03-31"
DATES = ("2026-03-31", "2026-04-30", "2026-09-30", "2027-09-30", "2028-03-31")

# pathway, stage, cases and persons on each of DATES
STOCK = [
    ("affirmative", "backlog", (100, 95, 90, 80, 70), 2),
    ("affirmative", "review", (10, 11, 12, 14, 16), 2),
    ("defensive", "merits", (200, 190, 180, 160, 140), 3),
    ("defensive", "adjourned", (20, 20, 20, 20, 20), 1),
    ("defensive", "credible_fear_screening", (7, 7, 7, 7, 7), 1),
    ("defensive", "appeal_window", (9, 9, 9, 9, 9), 1),
    ("defensive", "dismissed", (50, 50, 50, 50, 50), 1),
    ("defensive", "closed", (60, 60, 60, 60, 60), 1),
    ("defensive", "board", (30, 31, 33, 36, 40), 2),
    ("defensive", "other_appeal", (5, 5, 5, 5, 5), 1),
    ("family", "entitled", (8, 8, 9, 10, 11), 1),
    ("family", "post", (2, 2, 2, 2, 2), 1),
]
# month, pathway, from, to, cases, persons
FLOW = [
    ("2026-04", "refugee", "travel", "admitted", 10, 28),
    ("2026-09", "refugee", "travel", "admitted", 1, 3),
    ("2026-10", "refugee", "travel", "admitted", 100, 250),
    ("2026-10", "family", "v93_travel", "reunited_refugee", 4, 4),
    ("2026-10", "family", "approved", "reunited_refugee", 6, 6),  # already in the country: no admission
    ("2026-05", "affirmative", "merits", "granted", 10, 14),
    ("2026-05", "affirmative", "review", "vetting", 99, 150),
    ("2027-01", "defensive", "decision", "asylum_granted", 5, 8),
    ("2027-01", "defensive", "board", "asylum_granted", 1, 1),
    ("2027-02", "defensive", "parked", "protected_at_uscis", 3, 3),  # granted, and counted, at USCIS
    ("2026-06", "defensive", "decision", "appeal_window", 50, 80),  # an order that is appealed is no end
    ("2027-06", "defensive", "final_order", "ordered_removed", 40, 60),
    ("2027-06", "defensive", "motion", "ordered_removed", 2, 3),
    ("2027-06", "defensive", "absent", "in_absentia_order", 20, 30),
    ("2027-06", "defensive", "fear_review", "screened_out", 9, 9),
    ("2028-03", "defensive", "final_order", "ordered_removed", 1, 2),
]
WAITS = [(2026, 50, 10, 100.0, 700.0), (2027, 60, 20, 90.0, 650.4), (2028, 40, 38, 80.0, np.nan)]


def frames():
    stock = [
        (pd.Timestamp(date), pathway, stage, group, 0, n, n, n * persons, 0)
        for pathway, stage, cases, persons in STOCK
        for date, n in zip(DATES, cases, strict=True)
        for group in ("*", "nationality=cuba")  # groups repeat the same cases
    ]
    waits = []
    for year, cases, still, p10, p50 in WAITS:
        row = ("affirmative", "*", "*", cases, still, np.nan, p10, p10, p50, np.nan, np.nan)
        waits += [(year, "entered", *row), (year, "left", *row[:5], 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)]
        waits.append((year, "entered", "affirmative", "backlog", "*", cases, 0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    return {
        "stock": pd.DataFrame(
            stock,
            columns=[
                "date", "pathway", "stage", "group", "waiting", "in_service", "cases", "persons", "case_days",
            ],
        ),
        "flow": pd.DataFrame(
            [(*row[:4], group, *row[4:]) for row in FLOW for group in ("*", "nationality=cuba")],
            columns=["month", "pathway", "from_stage", "to_stage", "group", "cases", "persons"],
        ),
        "waits": pd.DataFrame(
            waits,
            columns=[
                "fiscal_year", "basis", "pathway", "stage", "group", "cases", "still_waiting", "mean",
                "p10", "p25", "p50", "p75", "p90",
            ],
        ),
        "outcomes": pd.DataFrame(
            [(2027, "defensive", "ordered_removed", "*", 42, 63)],
            columns=["fiscal_year", "pathway", "outcome", "group", "cases", "persons"],
        ),
        "quota": pd.DataFrame(
            [(2026, "*", 100, 60, 40), (2026, "africa", 9, 9, 0), (2027, "*", 300, 254, 46)],
            columns=["fiscal_year", "region", "ceiling", "used", "lapsed"],
        ),
    }  # fmt: skip


@pytest.fixture
def result():
    info = {
        "start": START, "until": UNTIL, "seed": 1, "scale": 1.0, "cases": 12345, "labels": labels(NATIONAL),
        "scenario": {"title": "By hand"},
    }  # fmt: skip
    return Result(info, frames())


# -- by hand -----------------------------------------------------------------------------------------


def test_pending_is_the_publishers_scope_and_unit_at_the_end_of_the_year(result):
    found = headline(result)
    # applications: backlog and review, in cases
    assert found["affirmative_pending"] == {"2026": 102, "2027": 94, "2028": 86}
    # persons before a first decision: merits x 3 and adjourned; no screening, appeal, dismissal or closure
    assert found["court_pending"] == {"2026": 560, "2027": 500, "2028": 440}
    assert found["board_pending"] == {"2026": 71, "2027": 77, "2028": 85}
    assert found["families_apart"] == {"2026": 11, "2027": 12, "2028": 13}
    assert found["at_start"] == {
        "date": "2026-03-31", "affirmative_pending": 110, "court_pending": 620, "board_pending": 65,
        "families_apart": 10,
    }  # fmt: skip


def test_yearly_counts_are_by_fiscal_year_in_persons(result):
    found = headline(result)
    assert found["refugees_admitted"] == {"2026": 31, "2027": 254, "2028": 0}
    assert found["asylum_granted"] == {"2026": 14, "2027": 9, "2028": 0}
    assert found["removals_ordered"] == {"2026": 0, "2027": 93, "2028": 2}


def test_a_median_that_is_not_reached_is_null(result):
    assert headline(result)["affirmative_wait_p50"] == {"2026": 700, "2027": 650, "2028": None}


def test_partial_fiscal_years_say_so(result):
    assert headline(result)["fiscal_years"] == {
        "2026": {"from": "2026-04-01", "to": "2026-09-30", "whole": False},
        "2027": {"from": "2026-10-01", "to": "2027-09-30", "whole": True},
        "2028": {"from": "2027-10-01", "to": "2028-03-31", "whole": False},
    }


def test_headline_is_json_without_nan(result):
    assert json.loads(json.dumps(headline(result), allow_nan=False)) == headline(result)


def test_a_way_in_counts_that_way_only(result):
    both = counts.arrivals(result, ("family.reunited_refugee",))
    assert both == {2027: 10}
    assert counts.arrivals(result, ("family.v93_travel > reunited_refugee",)) == {2027: 4}


def test_september_belongs_to_the_year_and_october_to_the_next(result):
    assert counts.arrivals(result, ("refugee.admitted",), "cases") == {2026: 11, 2027: 100}


# -- what is missing ---------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["stock", "flow", "waits", "outcomes", "quota"])
def test_a_table_that_was_not_kept_is_no_error(result, table):
    kept = frames()
    del kept[table]
    found = headline(Result(result.info, kept))
    assert set(found["fiscal_years"]) == {"2026", "2027", "2028"}
    if table != "stock":
        assert found["court_pending"]["2027"] == 500
    if table == "waits":
        assert found["affirmative_wait_p50"] == {"2026": None, "2027": None, "2028": None}


def test_nothing_at_all_is_no_error():
    assert headline(Result({}, {})) == {"fiscal_years": {}}


def test_without_dates_the_stock_tells_the_span(result):
    found = counts.fiscal_years(Result({}, frames()))
    assert (found[0].first, found[-1].last) == (dt.date(2026, 4, 1), dt.date(2028, 3, 31))


def test_a_system_without_the_published_stages_lacks_the_measures():
    stock = frames()["stock"].assign(pathway="library", stage="desk")
    named = {"pathways": {"library": "Library"}, "stages": {"library.desk": "Desk"}}
    info = {"start": START, "until": UNTIL, "labels": named}
    assert set(headline(Result(info, {"stock": stock}))) == {"fiscal_years", "at_start"}


# -- published.py ------------------------------------------------------------------------------------

HOLDING = {f"{p.name}.{s.name}" for p, s in NATIONAL.stages() if s.holds_cases}
STAGES = {f"{p.name}.{s.name}": s for p, s in NATIONAL.stages()}


def held(stages):
    """Stage names, with "pathway.*" spelled out."""
    names = set()
    for stage in stages:
        names |= {each for each in HOLDING if each.startswith(stage[:-1])} if stage.endswith("*") else {stage}
    return names


def test_every_stage_named_exists_and_holds_cases():
    named = [*published.PENDING, *published.ROWS]
    assert {stage for each in named for stage in held(each.stages)} <= HOLDING


def test_every_stage_stands_in_exactly_one_row():
    rows = [stage for row in published.ROWS if not row.total for stage in held(row.stages)]
    assert sorted(rows) == sorted(HOLDING)


def test_every_move_named_is_a_transition():
    moves = [move for yearly in published.YEARLY for move in yearly.moves]
    for table in (published.DECISIONS, published.RELATIVES):
        moves += [move for each in table.values() for move in each]
    for move in moves:
        pathway, _, path = move.partition(".")
        origin, _, target = path.rpartition(" > ")
        assert STAGES[f"{pathway}.{target}"].kind == "outcome", move
        if origin:
            assert target in [way.target for way in STAGES[f"{pathway}.{origin}"].exits()]


def test_follow_to_join_are_all_who_use_the_ceiling_outside_the_refugee_pathway():
    gates = {f"{n} > {stage.transitions[0].target}" for n, stage in STAGES.items() if stage.kind == "gate"}
    assert gates == {"refugee.travel > admitted", *published.FOLLOWING}


def test_the_court_count_leaves_out_who_has_a_decision_or_is_off_the_docket():
    assert not {f"defensive.{name}" for name in ("board", "dismissed", "closed", "motion", "circuit")} & set(
        published.COURT
    )
    assert not set(published.COURT) & set(published.BOARD)


def test_waits_are_of_groups_that_the_pathway_reports():
    for waiting in published.WAITS:
        pathway = next(p for p in NATIONAL.pathways if p.name == waiting.pathway)
        if waiting.group != "*":
            attribute, level = waiting.group.split("=")
            assert attribute in pathway.report
            assert level in NATIONAL.attribute(attribute).levels
