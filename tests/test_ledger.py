"""The tables: fixed columns, waits and their percentiles, offices, quotas, families, histories; and the alarm."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import BUSY, busy, by, engine, left, moves, number, pathway, play, system, total

from sim.ledger import BrokenRun
from sim.pathway import deadline, desk, gate, opening, opens, outcome, source, step, to

DONE, LATE = outcome("done", "Done"), outcome("late", "Late")
COLUMNS = {
    "stock": ["date", "pathway", "stage", "group", "waiting", "in_service", "cases", "persons", "case_days"],
    "flow": ["month", "pathway", "from_stage", "to_stage", "group", "cases", "persons"],
    "waits": [
        "fiscal_year",
        "basis",
        "pathway",
        "stage",
        "group",
        "cases",
        "still_waiting",
        "mean",
        "p10",
        "p25",
        "p50",
        "p75",
        "p90",
    ],
    "outcomes": ["fiscal_year", "pathway", "outcome", "group", "cases", "persons"],
    "offices": ["month", "office", "staff", "capacity", "used", "utilisation"],
    "quota": ["fiscal_year", "region", "ceiling", "used", "lapsed"],
    "families": ["fiscal_year", "pathway", "group", "measure", "value"],
    "histories": [
        "case",
        "parent",
        "pathway",
        "source",
        "attributes",
        "stage",
        "entered",
        "left",
        "transition",
    ],
}


@pytest.fixture(scope="module")
def result():
    return play(busy(), BUSY, horizon="2027-03-31")


def test_columns_are_fixed(result):
    for name, columns in COLUMNS.items():
        assert list(getattr(result, name).columns) == columns, name
        assert len(getattr(result, name)) > 0, name


def test_columns_are_the_same_when_nothing_happens():
    p = pathway(step("wait", "W", to("done")), DONE, sources=(source("new", "N", "wait"),))
    empty = play(p, {"sources.new.rate": 0, "p.wait.days": 3}, horizon="2026-04-30")
    for name, columns in COLUMNS.items():
        frame = getattr(empty, name)
        assert list(frame.columns) == columns, name
        assert frame.empty or name == "stock"


def test_stock_has_a_row_for_every_stage_that_holds_cases_at_every_month_end(result):
    dates = sorted(result.stock["date"].unique())
    expected = [pd.Timestamp("2026-03-31"), *pd.date_range("2026-04-30", "2027-03-31", freq="ME")]
    assert dates == expected
    star = result.stock[result.stock["group"] == "*"].groupby("date")["stage"].apply(set)
    stages = {s.name for _, s in busy().stages() if s.holds_cases}
    assert all(found == stages for found in star)


def test_who_waits_and_who_is_served(result):
    stock = result.stock.set_index("stage")
    for stage in ("fresh", "stale", "gate", "appeal"):
        assert (stock.loc[stage, "in_service"] == 0).all() and (
            stock.loc[stage, "waiting"] == stock.loc[stage, "cases"]
        ).all()
    for stage in ("intake", "again", "checks", "claim", "settle"):
        assert (stock.loc[stage, "waiting"] == 0).all() and (
            stock.loc[stage, "in_service"] == stock.loc[stage, "cases"]
        ).all()


def test_the_opening_stock_is_no_flow(result):
    assert not result.flow["from_stage"].str.startswith("stock:").any()
    day0 = result.stock[(result.stock["date"] == "2026-03-31") & (result.stock["group"] == "*")].set_index(
        "stage"
    )
    assert (
        day0.loc["stale", "cases"] == 150 and day0.loc["gate", "cases"] == 30 and day0["cases"].sum() == 180
    )
    assert (day0["case_days"] == 0).all()


def test_case_days_of_one_case():
    p = pathway(step("wait", "W", to("done")), DONE, openings=(opening("old", "O", at="wait"),))
    r = play(p, {"stock.old.cases": 3, "stock.old.age": 1, "p.wait.days": 40}, horizon="2026-06-15")
    assert r.stock["case_days"].tolist() == [
        0,
        90,
        27,
        0,
    ]  # thirty days of April, nine of May: gone on day 40


# -- waits -----------------------------------------------------------------------------------------------------------


def waits(result, stage, basis, year=2026, group="*"):
    frame = result.waits.query(
        "stage == @stage and basis == @basis and fiscal_year == @year and group == @group"
    )
    return frame.iloc[0] if len(frame) else None


def test_waits_of_those_served():
    p = pathway(desk("desk", "D", "office", to("done")), DONE, openings=(opening("old", "O", at="desk"),))
    numbers = {"stock.old.cases": 10, "stock.old.age": 101, "p.desk.minutes": 50, "offices.office.staff": 1}
    r = play(p, numbers | {"offices.office.minutes_per_day": 100})
    row = waits(r, "desk", "left")  # two each on days 1, 2, 3, 6, 7, from day -100 on
    assert row["cases"] == 10 and row["mean"] == pytest.approx(100 + np.mean([1, 2, 3, 6, 7]))
    assert row[["p10", "p25", "p50", "p75", "p90"]].tolist() == [101, 102, 103, 106, 107]
    assert waits(r, "desk", "entered") is None  # they came before the start
    assert waits(r, "*", "left")["p50"] == 103


def line():
    """A desk with one officer, thirty cases on day 5 by a step, patience of 15 days for the blue half."""
    return pathway(
        step("wait", "W", to("desk")),
        desk("desk", "D", "office", to("done"), leave=(deadline(to("late")),)),
        DONE,
        LATE,
        openings=(opening("old", "O", at="wait", draws=("colour",)),),
        report=("colour",),
    )


LINE = {
    "stock.old.cases": 1000,
    "stock.old.age": 1,
    "p.wait.days": 6,
    "p.desk.minutes": 20,
    "offices.office.staff": 1,
    "offices.office.minutes_per_day": 100,
    "p.draws.colour": {"red": 0.5},
    "p.desk.late.days": by("colour", {"red": 30_000, "blue": 15}),
}


def test_waits_of_those_who_entered_count_those_who_still_wait():
    r = play(line(), LINE)
    row = waits(r, "desk", "entered")
    frame = moves(r, "desk")
    served = frame[frame["transition"] == "done"]
    still = frame[frame["left"] == -1]
    assert row["cases"] == 1000 and row["still_waiting"] == len(still) > 0 and np.isnan(row["mean"])
    # Kaplan-Meier by hand: who left unserved or still waits counts as waiting until then
    days = np.sort(np.unique(served["left"] - 6))
    survival, found = 1.0, {}
    for day in days:
        events = ((served["left"] - 6) == day).sum()
        at_risk = len(frame) - ((frame["left"] >= 0) & (frame["left"] - 6 < day)).sum()
        survival *= 1 - events / at_risk
        for q in (10, 25, 50, 75, 90):
            if survival <= 1 - q / 100 + 1e-9:
                found.setdefault(f"p{q}", day)
    for name in ("p10", "p25", "p50", "p75", "p90"):
        assert row[name] == found[name] if name in found else np.isnan(row[name])
    assert waits(r, "desk", "left")["cases"] == len(served)


def test_waits_by_group_add_up():
    r = play(line(), LINE)
    for basis in ("left", "entered"):
        rows = [waits(r, "desk", basis, group=group) for group in ("*", "colour=red", "colour=blue")]
        assert rows[0]["cases"] == rows[1]["cases"] + rows[2]["cases"]
        assert rows[0]["still_waiting"] == rows[1]["still_waiting"] + rows[2]["still_waiting"]


def test_the_whole_pathway_ends_at_any_outcome():
    r = play(line(), LINE)
    whole = waits(r, "*", "left")
    assert whole["cases"] == len(left(r, "desk")) and waits(r, "*", "entered") is None
    late = moves(r, "desk")["transition"].eq("late").sum()
    assert late > 100 and whole["cases"] == waits(r, "desk", "left")["cases"] + late


def test_a_cohort_without_anyone_served_has_no_percentile():
    p = pathway(desk("desk", "D", "office", to("done")), DONE, sources=(source("new", "N", "desk"),))
    r = play(
        p,
        {
            "sources.new.rate": 1,
            "p.desk.minutes": 5,
            "offices.office.staff": 0,
            "offices.office.minutes_per_day": 100,
        },
    )
    row = waits(r, "desk", "entered")
    assert row["still_waiting"] == row["cases"] > 50 and row[["p10", "p50", "p90"]].isna().all()
    assert waits(r, "desk", "left") is None
    assert r.offices["utilisation"].isna().all()


# -- offices, quotas, families, histories -----------------------------------------------------------------------------


def test_offices_month_by_month(result):
    april = result.offices.query("month == '2026-04'").set_index("office")
    assert april.loc["office.red", "capacity"] == 22 * 150 and april.loc["board", "capacity"] == 22 * 100
    assert result.offices.query("month == '2026-06'").set_index("office").loc["office.red", "staff"] == 2
    assert (result.offices["used"] <= result.offices["capacity"] + 1e-9).all()
    assert len(result.offices) == 12 * 3


def test_minutes_used_are_those_of_the_cases_served(result):
    cost = {("fresh", "checks"): 120, ("fresh", "denied"): 90, ("fresh", "again"): 20}
    frame = moves(result)
    spent = sum(cost.get((s, t), 0) for s, t in zip(frame["stage"], frame["transition"], strict=True))
    spent += 60 * frame.query("stage == 'stale' and transition in ('checks', 'denied', 'again')").shape[0]
    used = result.offices[result.offices["office"].str.startswith("office")]["used"].sum()
    assert abs(used - spent) <= 4 * 120  # what is owed at the end, at four desks


def test_the_quota_table(result):
    rows = result.quota.query("fiscal_year == 2026").set_index("region")
    assert rows["ceiling"].to_dict() == {"red": 60, "blue": 60, "reserve": 30, "*": 150}
    assert rows.loc["*", "lapsed"] == rows.loc["*", "ceiling"] - rows.loc["*", "used"]
    open_year = result.quota.query("fiscal_year == 2027")
    assert (open_year["lapsed"] == 0).all()
    admitted = total(result.outcomes, fiscal_year=2026, outcome="admitted")
    persons = result.outcomes.query("outcome == 'admitted' and group == '*' and fiscal_year == 2026")[
        "persons"
    ].iloc[0]
    assert rows.loc["*", "used"] == persons + 10 and admitted <= persons


def test_families_add_up(result):
    frame = result.families
    assert set(frame["pathway"]) == {"q", "p"}
    frame = frame[frame["pathway"] == "q"]
    star = frame[frame["group"] == "*"].set_index(["fiscal_year", "measure"])["value"]
    for year in star.index.get_level_values(0).unique():
        of = star[year]
        assert of["relatives"] == of["still_apart"] + of.get("reunited", 0) + of.get("lost_age", 0)
    relatives = moves(result)["case"].str.contains(r"/kid\.\d+$")
    kids = moves(result)[relatives]["case"].nunique()
    came = result.flow.query("from_stage == 'source:p.admitted.kid' and group == '*'")["cases"].sum()
    assert kids == came


def test_families_count_relatives_only():
    """A principal's own case in the pathway is not a relative of anyone."""
    kin = pathway(step("claim", "C", to("reunited")), outcome("reunited", "R"), name="kin")
    one = pathway(
        step("wait", "W", to("end")), outcome("end", "E", opens=(opens("kid", enters="kin.claim", count="relatives"),)),
        openings=(opening("old", "O", at="wait", draws=("relatives",)),),
    )  # fmt: skip
    numbers = {
        "stock.old.cases": 60,
        "stock.old.age": 1,
        "p.wait.days": 5,
        "kin.claim.days": 30,
        "p.draws.relatives": {"0": 0.3, "1": 0.3},
    }
    r = play(system(one, kin), numbers)
    kids = sum(int(word) for word in moves(r, "wait")["attributes"].str.extract(r"relatives=(\d)")[0])
    values = r.families.set_index("measure")["value"]
    assert values["relatives"] == values["reunited"] == kids and values["still_apart"] == 0
    assert set(r.families["fiscal_year"]) == {2026}


def test_histories_name_things_as_the_tables_do(result):
    frame = result.histories
    assert set(frame["pathway"]) == {"p", "q"}
    assert set(frame["source"]) == {"new.red", "new.blue", "old", "ready"}
    here = frame[frame["left"].isna()]
    assert (here["transition"] == "").all() and len(here) > 0
    children = frame[frame["parent"] != ""]
    assert (children["parent"] + "/" + children["case"].str.split("/").str[-1] == children["case"]).all()
    assert frame["entered"].dtype == frame["left"].dtype and str(frame["entered"].dtype).startswith(
        "datetime64"
    )


def test_outcomes_are_the_flows_into_them(result):
    flow = result.flow[result.flow["group"] == "*"].copy()
    flow["fiscal_year"] = pd.PeriodIndex(flow["month"], freq="M").map(lambda m: m.year + (m.month >= 10))
    ends = {(p.name, s.name) for p, s in busy().stages() if s.kind == "outcome"}
    flow = flow[[pair in ends for pair in zip(flow["pathway"], flow["to_stage"], strict=True)]]
    expected = flow.groupby(["fiscal_year", "pathway", "to_stage"])["cases"].sum()
    found = result.outcomes[(result.outcomes["group"] == "*") & (result.outcomes["outcome"] != "permit")]
    found = found.set_index(["fiscal_year", "pathway", "outcome"])["cases"]
    assert found.sort_index().to_dict() == expected.sort_index().to_dict()


# -- the alarm -------------------------------------------------------------------------------------------------------


def test_a_lost_case_stops_the_run():
    p = pathway(step("wait", "W", to("done")), DONE, openings=(opening("old", "O", at="wait"),))
    run = engine(p, {"stock.old.cases": 5, "stock.old.age": 1, "p.wait.days": 40})

    def theft():
        yield run.env.timeout(10.5)
        run.ledger.stock[0, 0, 0] -= 1

    run.env.process(theft())
    with pytest.raises(BrokenRun, match="the books hold 4 cases and the stages 5"):
        run.run()


def test_a_case_that_goes_round_too_often_stops_the_run():
    p = pathway(
        step("wait", "W", to("wait", name="again"), to("done")),
        DONE,
        openings=(opening("old", "O", at="wait"),),
    )
    numbers = {"stock.old.cases": 5, "stock.old.age": 1, "p.wait.days": 1, "p.wait.split": {"again": 1}}
    with pytest.raises(BrokenRun, match="overflow"):
        play(p, numbers, horizon="2027-03-31")


def test_a_gate_with_lapses_books_its_waits():
    from sim.pathway import checks

    p = pathway(
        step("wait", "W", to("checks")),
        checks("checks", "C", to("gate"), items=("a",)),
        gate("gate", "G", "places", to("done"), lapse=to("checks", name="lapsed")),
        DONE,
        openings=(opening("old", "O", at="wait"),),
    )
    numbers = {
        "stock.old.cases": 4,
        "stock.old.age": 1,
        "p.wait.days": 1,
        "p.checks.a.days": 10,
        "p.checks.a.valid": 20,
        "quotas.places.ceiling": number({"2026-04-01": 0, "2026-05-20": 9}),
    }
    r = play(p, numbers)
    # at the gate on days 11 to 31, and again from day 41 until the ceiling is signed on day 50
    assert waits(r, "gate", "left")["cases"] == 4 and waits(r, "gate", "left")["p50"] == 9
    assert waits(r, "gate", "entered")["cases"] == 8
