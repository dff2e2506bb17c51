"""What a day is: steps, desks, hazards, deadlines, holds, dated numbers, marks, children. Expectations by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import BUSY, busy, date, left, moves, number, pathway, play, system, tiny, total

from sim.engine import MOMENTS, Engine
from sim.model import build
from sim.pathway import (
    branch,
    deadline,
    desk,
    hazard,
    milestone,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)

DONE, LATE, GONE = outcome("done", "Done"), outcome("late", "Late"), outcome("gone", "Gone")


def waiting(*stages, at="wait", **more):
    """A pathway whose opening stock `old` begins at one stage."""
    return pathway(*stages, openings=(opening("old", "Old", at=at, **more),))


def stock(cases=1, age=1, **more):
    """An opening stock of one age; with age 1 a case was filed on day 0."""
    return {"stock.old.cases": cases, "stock.old.age": age, **{f"stock.old.{k}": v for k, v in more.items()}}


def office(staff=1, minutes=100):
    return {"offices.office.staff": staff, "offices.office.minutes_per_day": minutes}


# -- steps ---------------------------------------------------------------------------------------------------------


def test_a_step_takes_its_days():
    r = play(waiting(step("wait", "W", to("done")), DONE), stock() | {"p.wait.days": 7})
    assert left(r, "wait") == [7]


def test_a_step_takes_at_least_one_day():
    line = waiting(step("wait", "W", to("next")), step("next", "N", to("done")), DONE)
    r = play(line, stock() | {"p.wait.days": 0, "p.next.days": 0.2})
    assert left(r, "wait") == [1] and left(r, "next") == [2]


def test_an_opening_stock_has_its_remaining_time():
    r = play(waiting(step("wait", "W", to("done")), DONE), stock(age=61) | {"p.wait.days": 100})
    assert left(r, "wait") == [40]
    r = play(waiting(step("wait", "W", to("done")), DONE), stock(age=61, in_stage=21) | {"p.wait.days": 100})
    assert left(r, "wait") == [80]


def test_an_opening_stock_outlives_what_has_passed():
    numbers = stock(400, age=31) | {"p.wait.days": number({"uniform": [0, 60]})}
    days = left(play(waiting(step("wait", "W", to("done")), DONE), numbers), "wait")
    assert len(days) == 400 and min(days) >= 1 and max(days) <= 31
    assert abs(sum(days) / 400 - 15.5) < 4 * 8.7 / 20


def test_a_step_counts_from_the_date_it_names():
    for since, day in (("entered", 30), ("filed", 14)):
        line = waiting(
            step("first", "F", to("wait")), step("wait", "W", to("done"), since=since), DONE, at="first"
        )
        # filed on day -6; the first step began on day 0 and ends on day 10
        r = play(line, stock(age=7, in_stage=1) | {"p.first.days": 10, "p.wait.days": 20})
        assert left(r, "first") == [10] and left(r, "wait") == [day]


def test_a_step_from_a_past_date_ends_tomorrow():
    line = waiting(
        step("first", "F", to("wait")), step("wait", "W", to("done"), since="filed"), DONE, at="first"
    )
    r = play(line, stock() | {"p.first.days": 10, "p.wait.days": 5})
    assert left(r, "wait") == [11]


def test_branches_take_no_time():
    line = waiting(step("wait", "W", to("a")), branch("a", "A", to("b")), branch("b", "B", to("done")), DONE)
    r = play(line, stock() | {"p.wait.days": 3})
    assert total(r.flow, from_stage="a") == total(r.flow, from_stage="b") == 1
    assert moves(r)["stage"].tolist() == ["wait"] and left(r, "wait") == [3]


# -- desks ---------------------------------------------------------------------------------------------------------


def test_arrivals_can_be_served_the_same_day():
    line = pathway(desk("desk", "D", "office", to("done")), DONE, sources=(source("new", "New", "desk"),))
    r = play(
        line,
        office(100) | {"sources.new.rate": number({"2026-04-01": 50, "2026-04-02": 0}), "p.desk.minutes": 1},
    )
    frame = moves(r, "desk")
    assert len(frame) > 20 and set(frame["entered"]) == set(frame["left"]) == {1}


def test_who_leaves_a_step_can_be_served_the_same_day():
    line = waiting(step("wait", "W", to("desk")), desk("desk", "D", "office", to("done")), DONE)
    r = play(line, stock() | office() | {"p.wait.days": 7, "p.desk.minutes": 1})
    assert left(r, "wait") == left(r, "desk") == [7]


def test_who_joins_during_service_waits_till_tomorrow():
    first, second = desk("first", "F", "office", to("second")), desk("second", "S", "office", to("done"))
    numbers = stock() | office() | {"p.first.minutes": 1, "p.second.minutes": 1}
    for order in (["p.first", "p.second"], ["p.second", "p.first"]):
        r = play(waiting(first, second, DONE, at="first"), numbers | {"offices.office.order": order})
        assert left(r, "first") == [1] and left(r, "second") == [2]


def test_who_rejoins_the_same_desk_waits_till_tomorrow():
    line = waiting(desk("desk", "D", "office", to("desk", name="again"), to("done")), DONE, at="desk")
    numbers = stock() | office() | {"p.desk.minutes": 1, "p.desk.split": {"again": 1, "done": 0}}
    assert left(play(line, numbers, horizon="2026-04-08"), "desk") == [1, 2, 3, 6, 7, 8]


def test_a_served_case_moves_by_the_split_and_costs_the_minutes_of_its_transition():
    line = waiting(desk("desk", "D", "office", to("done"), to("gone")), DONE, GONE, at="desk")
    numbers = {"p.desk.split": {"done": 0.4, "gone": 0.6}, "p.desk.minutes": {"done": 10, "gone": 1}}
    r = play(line, stock(2000) | office(minutes=1000) | numbers)
    done, gone = len(left(r, "desk", "done")), len(left(r, "desk", "gone"))
    assert done + gone == 2000 and abs(done - 800) < 4 * math.sqrt(2000 * 0.24)
    assert r.offices["used"].sum() == pytest.approx(10 * done + gone)


def test_an_office_per_level_serves_its_own_cases():
    line = waiting(desk("desk", "D", "office", to("done"), per="colour"), DONE, at="desk", draws=("colour",))
    numbers = stock(400) | {"stock.old.draws.colour": {"red": 0.5, "blue": 0.5}, "p.desk.minutes": 10}
    staff = {
        "offices.office.staff": number({"red": 2, "blue": 1}, "colour"),
        "offices.office.minutes_per_day": 100,
    }
    r = play(line, numbers | staff)
    assert [left(r, "desk", colour="red").count(day) for day in (1, 2)] == [20, 20]
    assert [left(r, "desk", colour="blue").count(day) for day in (1, 2)] == [10, 10]


# -- hazards -------------------------------------------------------------------------------------------------------


def hazardous(**more):
    return waiting(step("wait", "W", to("done"), leave=(hazard(to("gone"), **more),)), DONE, GONE)


def test_a_hazard_follows_its_rate():
    r = play(hazardous(), stock(4000) | {"p.wait.days": 900, "p.wait.gone.rate": 0.2})
    days = left(r, "wait", "gone")
    for day in (1, 30, 90):
        share = 1 - math.exp(-0.2 * 12 / 365.25 * day)
        assert abs(sum(d <= day for d in days) - 4000 * share) < 4 * math.sqrt(4000 * share * (1 - share)) + 1


def test_a_hazard_acts_never_before_tomorrow():
    line = pathway(
        step("wait", "W", to("done"), leave=(hazard(to("gone")),)),
        DONE,
        GONE,
        sources=(source("new", "N", "wait"),),
    )
    frame = moves(play(line, {"sources.new.rate": 20, "p.wait.days": 90, "p.wait.gone.rate": 2000}), "wait")
    gone = frame[frame["left"] >= 0]
    assert len(gone) > 1000 and set(gone["left"] - gone["entered"]) == {1}


def test_a_dated_closure_moves_nobodys_earlier_exit():
    calm = stock(1000) | {"p.wait.days": 900, "p.wait.gone.rate": 0.2}
    bulk = calm | {"p.wait.gone.rate": number({"2026-04-01": 0.2, "2026-06-01": 1000})}
    before = [day for day in left(play(hazardous(), calm), "wait") if day < 62]
    days = left(play(hazardous(), bulk), "wait")
    assert [day for day in days if day < 62] == before and len(before) > 100
    assert set(days[len(before) :]) == {62} and date(62).isoformat() == "2026-06-01" and len(days) == 1000


def test_a_hazard_by_group():
    rate = number({"red": {"2026-04-01": 0, "2026-04-10": 1000}, "blue": 0}, "colour")
    numbers = stock(100) | {"p.wait.days": 900, "p.wait.gone.rate": rate, "p.draws.colour": {"red": 0.5}}
    line = waiting(step("wait", "W", to("done"), leave=(hazard(to("gone")),)), DONE, GONE, draws=("colour",))
    r = play(line, numbers)
    assert set(left(r, "wait", colour="red")) == {10} and not left(r, "wait", colour="blue")


def test_a_hazard_since_filing_has_accumulated_before_the_stage():
    line = waiting(
        step("first", "F", to("wait")),
        step("wait", "W", to("done"), leave=(hazard(to("gone"), since="filed"),)),
        DONE, GONE, at="first",
    )  # fmt: skip
    r = play(
        line,
        stock(2000, age=41, in_stage=1) | {"p.first.days": 19, "p.wait.days": 900, "p.wait.gone.rate": 0.5},
    )
    share = 1 - math.exp(
        -0.5 * 12 / 365.25 * 60
    )  # filed on day -40, in the stage on day 19, first gone on day 20
    days = left(r, "wait", "gone")
    assert min(days) == 20
    assert abs(days.count(20) - 2000 * share) < 4 * math.sqrt(2000 * share * (1 - share))


# -- deadlines, and which way wins -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "day"), [("filed", 20), ("entered", 25)])
def test_a_deadline_counts_from_its_date(since, day):
    line = waiting(step("wait", "W", to("done"), leave=(deadline(to("late"), since=since),)), DONE, LATE)
    # filed on day -10, entered on day -5
    r = play(line, stock(age=11, in_stage=6) | {"p.wait.days": 900, "p.wait.late.days": 30})
    assert left(r, "wait", "late") == [day]


def test_a_deadline_counts_from_the_clock():
    line = waiting(
        step("a", "A", to("b", marks=("clock",))), step("b", "B", to("c")),
        step("c", "C", to("done"), leave=(deadline(to("late"), since="clock"),)), DONE, LATE, at="a",
    )  # fmt: skip
    r = play(line, stock() | {"p.a.days": 10, "p.b.days": 4, "p.c.days": 900, "p.c.late.days": 9})
    assert left(r, "c", "late") == [19]


def test_a_deadline_that_has_passed_ends_tomorrow():
    line = waiting(
        step("a", "A", to("b")),
        step("b", "B", to("done"), leave=(deadline(to("late"), since="filed"),)),
        DONE,
        LATE,
        at="a",
    )
    r = play(line, stock() | {"p.a.days": 10, "p.b.days": 900, "p.b.late.days": 5})
    assert left(r, "b", "late") == [11]
    r = play(
        waiting(step("wait", "W", to("done"), leave=(deadline(to("late")),)), DONE, LATE),
        stock(age=50) | {"p.wait.days": 900, "p.wait.late.days": 5},
    )
    assert left(r, "wait", "late") == [1]


def test_an_opening_stock_outlives_a_random_deadline():
    line = waiting(step("wait", "W", to("done"), leave=(deadline(to("late")),)), DONE, LATE)
    numbers = stock(400, age=31) | {"p.wait.days": 900, "p.wait.late.days": number({"uniform": [0, 60]})}
    days = left(play(line, numbers), "wait", "late")
    assert len(days) == 400 and days.count(1) < 50
    assert abs(sum(days) / 400 - 15.5) < 4 * 8.7 / 20


@pytest.mark.parametrize(("days", "first", "second", "taken"), [
    (5, 3, 4, "late"), (5, 4, 3, "gone"), (5, 3, 3, "late"), (3, 3, 3, "done"), (2, 3, 4, "done"),
])  # fmt: skip
def test_the_earliest_way_wins_and_ties_go_in_listed_order(days, first, second, taken):
    ways = (deadline(to("late")), deadline(to("gone")))
    line = waiting(step("wait", "W", to("done"), leave=ways), DONE, LATE, GONE)
    numbers = {"p.wait.days": days, "p.wait.late.days": first, "p.wait.gone.days": second}
    r = play(line, stock() | numbers)
    assert left(r, "wait", taken) == [min(days, first, second)]


def test_patience_that_ends_today_ends_before_service():
    line = waiting(
        desk("desk", "D", "office", to("done"), leave=(deadline(to("late")),)), DONE, LATE, at="desk"
    )
    numbers = stock() | {"p.desk.minutes": 1, "p.desk.late.days": 2, "offices.office.minutes_per_day": 100}
    r = play(line, numbers | {"offices.office.staff": number({"2026-04-01": 0, "2026-04-02": 1})})
    assert left(r, "desk", "late") == [2]
    r = play(line, numbers | {"offices.office.staff": 1})
    assert left(r, "desk", "done") == [1] and not left(r, "desk", "late")


def test_who_was_served_does_not_leave_later():
    line = waiting(
        desk("desk", "D", "office", to("next"), leave=(deadline(to("late")),)),
        step("next", "N", to("done")),
        DONE,
        LATE,
        at="desk",
    )
    numbers = stock(20) | office() | {"p.desk.minutes": 50, "p.desk.late.days": 8, "p.next.days": 30}
    r = play(line, numbers)  # days 1, 2, 3, 6, 7: two each; the ten others leave on day 8
    assert left(r, "desk", "next") == [1, 1, 2, 2, 3, 3, 6, 6, 7, 7] and left(r, "desk", "late") == [8] * 10
    assert total(r.outcomes, outcome="done") == total(r.outcomes, outcome="late") == 10


# -- holds ---------------------------------------------------------------------------------------------------------

HELD = number({"red": {"2026-04-01": 1, "2026-04-20": 0}, "blue": 0}, "colour")


def test_a_held_step_releases_when_it_opens():
    line = waiting(step("wait", "W", to("done")), DONE, draws=("colour",))
    r = play(line, stock(40) | {"p.draws.colour": {"red": 0.5}, "p.wait.days": 5, "p.wait.hold": HELD})
    assert set(left(r, "wait", colour="blue")) == {5} and set(left(r, "wait", colour="red")) == {20}


def test_a_hold_that_ends_before_the_step_changes_nothing():
    line = waiting(step("wait", "W", to("done")), DONE)
    assert left(
        play(line, stock() | {"p.wait.days": 30, "p.wait.hold": number({"2026-04-01": 1, "2026-04-20": 0})}),
        "wait",
    ) == [30]


def test_clocks_run_on_while_a_step_is_held():
    line = waiting(step("wait", "W", to("done"), leave=(deadline(to("late")),)), DONE, LATE)
    held = number({"2026-04-01": 1, "2026-04-20": 0})
    r = play(line, stock() | {"p.wait.days": 5, "p.wait.late.days": 12, "p.wait.hold": held})
    assert left(r, "wait", "late") == [12]


def test_a_hold_without_end_holds():
    r = play(waiting(step("wait", "W", to("done")), DONE), stock() | {"p.wait.days": 5, "p.wait.hold": 1})
    assert not left(r, "wait")


def test_a_held_class_keeps_its_dates_at_a_desk():
    line = waiting(desk("desk", "D", "office", to("done"), date="filed"), DONE, at="desk", draws=("colour",))
    numbers = (
        stock(600)
        | office(1, 10)
        | {"p.draws.colour": {"red": 0.5}, "p.desk.minutes": 1, "p.desk.hold": HELD}
    )
    numbers["stock.old.age"] = number({"uniform": [1, 300]})
    r = play(line, numbers)
    assert min(left(r, "desk", colour="red")) == 20
    reds = moves(r, "desk", colour="red").query("left >= 0").sort_values("left")
    opened = reds[reds["left"] == 20]
    assert len(opened) == 10  # the oldest of all, as they kept their dates: no blue is served that day
    assert opened["entered"].max() <= moves(r, "desk", colour="red").sort_values("entered")["entered"].iloc[9]


def test_patience_runs_on_while_a_desk_is_held():
    line = waiting(
        desk("desk", "D", "office", to("done"), leave=(deadline(to("late")),)), DONE, LATE, at="desk"
    )
    r = play(line, stock(3) | office() | {"p.desk.minutes": 1, "p.desk.late.days": 12, "p.desk.hold": 1})
    assert left(r, "desk", "late") == [12, 12, 12]


# -- dated numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "taken"), [(7, "done"), (8, "gone"), (9, "gone")])
def test_a_branch_reads_the_day_on_which_it_happens(days, taken):
    line = waiting(step("wait", "W", to("fork")), branch("fork", "F", to("done"), to("gone")), DONE, GONE)
    split = number({"2026-04-01": {"done": 1, "gone": 0}, "2026-04-08": {"done": 0, "gone": 1}})
    r = play(line, stock() | {"p.wait.days": days, "p.fork.split": split})
    assert total(r.outcomes, outcome=taken) == 1


@pytest.mark.parametrize(("days", "end"), [(7, 17), (8, 58), (9, 59)])
def test_a_duration_reads_the_day_on_which_it_starts(days, end):
    line = waiting(step("wait", "W", to("next")), step("next", "N", to("done")), DONE)
    length = number({"2026-04-01": 10, "2026-04-08": 50})
    assert left(play(line, stock() | {"p.wait.days": days, "p.next.days": length}), "next") == [end]


def test_minutes_and_splits_of_a_desk_read_the_day_of_service():
    line = waiting(desk("desk", "D", "office", to("done"), to("gone")), DONE, GONE, at="desk")
    numbers = {
        "p.desk.minutes": number({"2026-04-01": 100, "2026-04-02": 50}),
        "p.desk.split": number({"2026-04-01": {"done": 1, "gone": 0}, "2026-04-03": {"done": 0, "gone": 1}}),
    }
    r = play(line, stock(5) | office() | numbers)
    assert left(r, "desk", "done") == [1, 2, 2] and left(r, "desk", "gone") == [3, 3]


# -- marks, draws, other pathways --------------------------------------------------------------------------------------


def test_a_mark_sets_the_filing_date():
    for marks, day in ((("filed",), 24), ((), 15)):
        line = waiting(
            step("a", "A", to("b", marks=marks)), step("b", "B", to("c")),
            step("c", "C", to("done"), leave=(deadline(to("late"), since="filed"),)), DONE, LATE, at="a",
        )  # fmt: skip
        r = play(line, stock() | {"p.a.days": 10, "p.b.days": 4, "p.c.days": 900, "p.c.late.days": 14})
        assert left(r, "c", "late") == [day]


def test_sets_and_draws_on_the_way():
    line = waiting(
        step("a", "A", to("b", sets={"colour": "blue"}, draws=("size",))),
        step("b", "B", to("done")),
        DONE,
        at="a",
    )
    share = number({"red": {"small": 1}, "blue": {"small": 0.3}}, "colour")
    r = play(line, stock(2000) | {"p.a.days": 5, "p.b.days": 900, "p.draws.size": share})
    assert len(moves(r, "b", colour="blue")) == 2000
    assert abs(len(moves(r, "b", size="large")) - 1400) < 4 * math.sqrt(2000 * 0.21)


def test_draws_of_a_source_go_before_those_of_the_pathway():
    line = pathway(
        step("a", "A", to("done")), DONE, sources=(source("new", "N", "a", draws=("colour",)),),
        openings=(opening("old", "O", at="a", draws=("colour",)),),
    )  # fmt: skip
    numbers = stock(50) | {"p.a.days": 900, "sources.new.rate": 1, "p.draws.colour": {"red": 0, "blue": 1}}
    r = play(line, numbers | {"sources.new.draws.colour": {"red": 1, "blue": 0}})
    frame = moves(r, "a", colour="blue")
    assert len(frame) == 50 and set(frame["source"]) == {"old"} and len(moves(r)) > 100


def test_a_draw_on_each_turn_is_new_luck():
    line = waiting(
        step("a", "A", to("b")),
        branch("b", "B", to("a", draws=("size",), name="again"), to("done")),
        DONE,
        at="a",
    )
    numbers = stock(300) | {"p.a.days": 10, "p.b.split": {"again": 1}, "p.draws.size": {"small": 0.5}}
    frame = moves(play(line, numbers), "a").sort_values(["case", "entered"])
    frame["large"] = frame["attributes"].str.contains("size=large")
    second, third = (frame.groupby("case")["large"].nth(n).to_numpy() for n in (1, 2))
    assert abs((second == third).mean() - 0.5) < 4 * 0.5 / math.sqrt(300)


def crossing(**more):
    first = pathway(
        step("a", "A", to("sent", sets={"colour": "blue"}, marks=more.pop("marks", ()))),
        outcome("sent", "Sent", **more),
        openings=(opening("old", "Old", at="a", draws=("persons", "relatives")),),
    )
    ways = (deadline(to("by_filed"), since="filed"), deadline(to("by_clock"), since="clock"))
    second = pathway(
        step("b", "B", to("done"), leave=ways),
        DONE,
        outcome("by_filed", "F"),
        outcome("by_clock", "C"),
        name="q",
        report=("colour",),
    )
    return system(first, second, persons="persons")


CROSSING = stock(60, age=21, in_stage=1) | {
    "p.a.days": 10, "q.b.days": 900, "q.b.by_filed.days": 50, "q.b.by_clock.days": 55,
    "p.draws.persons": {"1": 0.3, "2": 0.3, "3": 0.4}, "p.draws.relatives": {"0": 0.3, "1": 0.3, "2": 0.4},
}  # fmt: skip


def test_a_case_that_continues_keeps_its_dates_and_attributes():
    r = play(crossing(continues="q.b"), CROSSING)
    # filed on day -20: the deadline from filing ends on day 30, that from the (unmarked) clock on day 35
    assert left(r, "b", "by_filed", colour="blue") == [30] * 60
    before, after = moves(r, "a").set_index("case"), moves(r, "b").set_index("case")
    assert set(before.index) == set(after.index)
    same = before["attributes"].str.extract(r"(persons=\d.*)")[0]
    assert (after["attributes"].str.extract(r"(persons=\d.*)")[0] == same.loc[after.index]).all()
    assert (after["parent"] == "").all()


def test_a_marked_clock_goes_along():
    r = play(crossing(continues="q.b", marks=("filed", "clock")), CROSSING)
    assert left(r, "b", "by_filed") == [60] * 60  # marked on day 10
    r = play(crossing(continues="q.b", marks=("filed", "clock")), CROSSING | {"q.b.by_clock.days": 12})
    assert left(r, "b", "by_clock") == [22] * 60


def test_children_open_once_per_count_with_the_parents_attributes():
    kids = (opens("kid", enters="q.b", count="relatives"), opens("self", enters="q.b", count="persons"))
    r = play(crossing(opens=kids), CROSSING)
    parents, children = moves(r, "a"), moves(r, "b")
    assert (children["entered"] == 10).all()
    for case, attributes in zip(parents["case"], parents["attributes"], strict=True):
        found = dict(part.split("=") for part in attributes.split(";"))
        names = {f"{case}/kid.{n}" for n in range(int(found["relatives"]))}
        names |= {f"{case}/self.{n}" for n in range(int(found["persons"]))}
        own = children[children["parent"] == case]
        assert set(own["case"]) == names and len(own) == len(names)
        assert own["attributes"].str.contains(f"relatives={found['relatives']}").all()
    assert children["attributes"].str.contains("persons=1").all()
    assert children["attributes"].str.contains("colour=blue").all()
    assert not children.duplicated("case").any()


def test_a_child_keeps_the_filing_date_and_its_clock_starts():
    r = play(crossing(opens=(opens("kid", enters="q.b", count="one", sets={"colour": "red"}),)), CROSSING)
    assert left(r, "b", "by_filed", colour="blue") == []
    assert left(r, "b", "by_filed") == [30] * 60  # filed on day -20, as the parent was
    r = play(crossing(opens=(opens("kid", enters="q.b"),)), CROSSING | {"q.b.by_clock.days": 15})
    assert left(r, "b", "by_clock") == [25] * 60  # opened on day 10


def test_children_draw_their_own_luck():
    r = play(
        crossing(opens=(opens("kid", enters="q.b", count="relatives", draws=("size",)),)),
        CROSSING | {"stock.old.cases": 2000, "q.draws.size": {"small": 0.5}},
    )
    frame = moves(r, "b")
    large = frame["attributes"].str.contains("size=large")
    assert abs(large.mean() - 0.5) < 4 * 0.5 / math.sqrt(len(frame))
    pairs = large.groupby(frame["parent"]).agg(["sum", "size"]).query("size == 2")["sum"]
    assert abs((pairs == 1).mean() - 0.5) < 4 * 0.5 / math.sqrt(len(pairs))


# -- milestones ------------------------------------------------------------------------------------------------------


def permit(days, stage_days, **more):
    line = pathway(
        step("wait", "W", to("next")), step("next", "N", to("done")), DONE,
        openings=(opening("old", "Old", at="wait", draws=("colour",)),),
        milestones=(milestone("permit", "Permit", since="filed", **more),),
    )  # fmt: skip
    numbers = stock(40) | {
        "p.permit.days": days,
        "p.wait.days": stage_days,
        "p.next.days": 30,
        "p.draws.colour": {"red": 0.5},
    }
    return play(line, numbers)


def test_a_milestone_is_counted_once():
    assert total(permit(20, 10).outcomes, outcome="permit") == 40  # case still open, later done
    assert total(permit(80, 900).outcomes, outcome="permit") == 40  # still waiting at the end
    assert total(permit(60, 10).outcomes, outcome="permit") == 0  # done on day 40


def test_a_milestone_counts_only_cases_of_its_kind():
    r = permit(20, 10, only={"colour": "blue"})
    assert total(r.outcomes, outcome="permit") == len(moves(r, "wait", colour="blue")) > 0


def test_a_milestone_reads_the_day_on_which_its_clock_starts():
    late = number({"2026-04-01": 20, "2026-05-01": 900})
    assert total(permit(late, 10).outcomes, outcome="permit") == 40


def test_three_generations_have_keys_of_their_own():
    def link(name, following):
        end = outcome(
            "end",
            "E",
            opens=(opens("kid", enters=f"{following}.wait", count="relatives"),) if following else (),
        )
        stocks = (opening("old", "Old", at="wait", draws=("relatives",)),) if name == "a" else ()
        return pathway(step("wait", "W", to("end")), end, name=name, openings=stocks)

    whole = system(link("a", "b"), link("b", "c"), link("c", "d"), link("d", ""))
    numbers = (
        stock(20)
        | {f"{name}.wait.days": 3 for name in "abcd"}
        | {"a.draws.relatives": {"0": 0, "1": 0.5, "2": 0.5}}
    )
    r = play(whole, numbers)
    frame = moves(r)
    two = moves(r, "wait", relatives="2").query("pathway == 'a'")["case"]
    for case in two:
        family = frame[frame["case"].str.startswith(f"{case}/")]["case"]
        assert family.nunique() == len(family) == 2 + 4 + 8
        assert f"{case}/kid.1/kid.0/kid.1" in set(family)
    assert left(r, "wait").count(12) == len(frame.query("pathway == 'd'"))


def test_an_opening_stock_counts_its_step_from_the_date_it_names():
    line = waiting(step("wait", "W", to("done"), since="filed"), DONE)
    assert left(play(line, stock(age=61, in_stage=21) | {"p.wait.days": 100}), "wait") == [40]


def test_an_opening_stock_past_its_time_ends_tomorrow():
    line = waiting(step("wait", "W", to("done")), DONE)
    assert left(play(line, stock(age=61) | {"p.wait.days": 30}), "wait") == [1]


def test_attributes_change_what_holds_for_a_case_after_a_transition():
    line = waiting(
        step("a", "A", to("desk", sets={"colour": "blue"})),
        desk("desk", "D", "office", to("done"), per="colour"),
        DONE,
        at="a",
        sets={"colour": "red"},
    )
    staff = {
        "offices.office.staff": number({"red": 0, "blue": 1}, "colour"),
        "offices.office.minutes_per_day": 100,
    }
    r = play(line, stock(3) | staff | {"p.a.days": 2, "p.desk.minutes": 100})
    assert left(r, "desk") == [2, 3, 6]


# -- the clock -----------------------------------------------------------------------------------------------------


def test_a_process_of_ones_own_finds_its_place_between_any_two_moments():
    model = build(tiny(BUSY), busy())
    states = Engine(model, 1, 40, 0.0)
    order = []
    for name in MOMENTS:
        moment = getattr(states, f"_{name}")

        def noted(day, name=name, moment=moment):
            order.append((day, name))
            moment(day)

        setattr(states, f"_{name}", noted)

    def watch(offset):
        yield states.env.timeout(7 + offset)
        while True:
            order.append((int(states.env.now), f"after {int(offset * 8)}"))
            yield states.env.timeout(11)

    for place in range(len(MOMENTS)):
        states.env.process(watch((place + 0.5) / 8))
    watched = states.run()
    for day in (7, 18, 29, 40):
        seen = [name for when, name in order if when == day]
        for place, name in enumerate(MOMENTS):
            later = [each for each in MOMENTS[place + 1 :] if each in seen]
            at = seen.index(f"after {place}")
            assert name not in seen[at:] and all(each in seen[at:] for each in later)
    alone = Engine(model, 1, 40, 0.0).run()
    assert watched.transitions == alone.transitions > 0
    assert np.array_equal(watched.stock, alone.stock)
