"""The order in which desks serve, how desks share an office, and the lists behind the queues."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from conftest import left, moves, number, pathway, play
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import casekey, dates, queues
from sim.chance import tie_hash
from sim.layout import CASE, NONE, STRETCH
from sim.pathway import desk, opening, outcome, source, step, to

DONE = outcome("done", "Done")


def line(*stages, **openings):
    """A pathway with opening stocks {name: (stage, colour)}."""
    stocks = [opening(n, n, at=at, sets={"colour": colour}) for n, (at, colour) in openings.items()]
    return pathway(*stages, DONE, openings=stocks)


def office(minutes, staff=1, **more):
    return {"offices.office.staff": staff, "offices.office.minutes_per_day": minutes} | {
        f"offices.office.{key}": value for key, value in more.items()
    }


def stock(name, cases, age):
    return {f"stock.{name}.cases": cases, f"stock.{name}.age": number(age) if isinstance(age, dict) else age}


def served(result, stage="desk"):
    """Filing days by day of service, in order, at a desk that the opening stock stood at from filing on."""
    frame = moves(result, stage)
    frame = frame[frame["left"] >= 0].sort_values(["left", "entered"])
    return [list(days) for _, days in frame.groupby("left")["entered"]]


FOUR = line(desk("desk", "D", "office", to("done")), old=("desk", "red"))
EVERY_TEN = {"pieces": [[0, 200, 1]]}  # twenty cases of ages 5, 15, ..., 195


# -- order -----------------------------------------------------------------------------------------------------------


def test_oldest_first_by_default():
    numbers = stock("old", 4, {"uniform": [1, 41]}) | office(100) | {"p.desk.minutes": 100}
    assert served(play(FOUR, numbers)) == [[-35], [-25], [-15], [-5]]


def test_newest_first():
    numbers = (
        stock("old", 4, {"uniform": [1, 41]})
        | office(100)
        | {"p.desk.minutes": 100, "p.desk.oldest_first": 0}
    )
    assert served(play(FOUR, numbers)) == [[-5], [-15], [-25], [-35]]


def test_two_tracks_share_the_time():
    numbers = stock("old", 20, EVERY_TEN) | office(100) | {"p.desk.minutes": 10, "p.desk.oldest_first": 0.2}
    first, second = served(play(FOUR, numbers))
    assert first == [1 - age for age in (195, 185, 75, 65, 55, 45, 35, 25, 15, 5)]
    assert second == [1 - age for age in (175, 165, 155, 145, 135, 125, 115, 105, 95, 85)]


def two_lines(date):
    stages = (step("wait", "W", to("desk")), desk("desk", "D", "office", to("done"), date=date))
    return line(*stages, early=("wait", "red"), late=("desk", "blue"))


@pytest.mark.parametrize(("date", "day"), [("filed", 7), ("joined", 15)])
def test_the_queue_orders_by_the_date_of_the_desk(date, day):
    # ten cases, filed on day -8, at the desk from the start, one a day; one filed on day -48 joins on day 7
    numbers = stock("late", 10, 9) | stock("early", 1, 49) | {"stock.early.in_stage": 1} | office(100)
    r = play(two_lines(date), numbers | {"p.wait.days": 7, "p.desk.minutes": 100})
    # working days: 1-3, 6-10, 13, 14, 15
    assert left(r, "wait") == [7] and left(r, "desk", colour="red") == [day]


def test_a_lower_class_goes_first_whatever_its_date():
    p = line(
        desk("desk", "D", "office", to("done"), date="filed"), old=("desk", "blue"), young=("desk", "red")
    )
    numbers = stock("old", 4, 100) | stock("young", 4, 10) | office(200) | {"p.desk.minutes": 100}
    assert left(play(p, numbers), "desk", colour="blue") == [1, 1, 2, 2]
    numbers["p.desk.priority"] = number({"red": 0, "blue": 1}, "colour")
    r = play(p, numbers)
    assert left(r, "desk", colour="red") == [1, 1, 2, 2] and left(r, "desk", colour="blue") == [3, 3, 6, 6]
    numbers["p.desk.oldest_first"] = 0.5  # classes come before tracks
    assert left(play(p, numbers), "desk", colour="red") == [1, 1, 2, 2]


def test_a_class_by_date():
    p = line(desk("desk", "D", "office", to("done")), red=("desk", "red"), blue=("desk", "blue"))
    numbers = stock("red", 4, 10) | stock("blue", 4, 10) | office(200) | {"p.desk.minutes": 100}
    first = {"2026-04-01": {"red": 0, "blue": 1}, "2026-04-02": {"red": 1, "blue": 0}}
    r = play(p, numbers | {"p.desk.priority": number(first, "colour")})
    assert left(r, "desk", colour="red") == [1, 1, 6, 6] and left(r, "desk", colour="blue") == [2, 2, 3, 3]


def test_ties_go_by_hash_and_favour_no_source():
    p = line(desk("desk", "D", "office", to("done")), red=("desk", "red"), blue=("desk", "blue"))
    r = play(p, stock("red", 200, 10) | stock("blue", 200, 10) | office(200) | {"p.desk.minutes": 1})
    frame = moves(r, "desk")
    assert 70 <= ((frame["left"] == 1) & (frame["source"] == "red")).sum() <= 130
    day = dates.day_of("2026-03-31") - 9
    number_of = {"red": 0, "blue": 1}
    keys = [
        int(casekey.pack(number_of[case.split(":")[0]], day, int(case.split(":")[2])))
        for case in frame["case"]
    ]
    frame["hash"] = [tie_hash(key) for key in keys]
    assert frame[frame["left"] == 1]["hash"].max() < frame[frame["left"] == 2]["hash"].min()


def test_very_old_cases_are_served_first():
    p = line(
        desk("desk", "D", "office", to("done"), date="filed"), old=("desk", "red"), young=("desk", "blue")
    )
    numbers = stock("old", 2, 30000) | stock("young", 2, 10000) | office(200) | {"p.desk.minutes": 100}
    r = play(p, numbers)
    assert left(r, "desk", colour="red") == [1, 1] and left(r, "desk", colour="blue") == [2, 2]


# -- time of an office ---------------------------------------------------------------------------------------------


def test_no_service_on_weekends_and_federal_holidays():
    numbers = stock("old", 200, 10) | office(100) | {"p.desk.minutes": 100}
    r = play(FOUR, numbers, horizon="2026-07-31")
    days = left(r, "desk")
    offset = dates.day_of("2026-03-31")
    working = np.flatnonzero(dates.working_days(offset, dates.day_of("2026-07-31")))
    assert days == [day for day in working.tolist() if day > 0]
    for holiday in ("2026-05-25", "2026-06-19", "2026-07-03", "2026-04-04", "2026-04-05"):
        assert dates.day_of(holiday) - offset not in days


def test_an_overdraw_pays_tomorrow():
    numbers = stock("old", 12, 10) | office(100) | {"p.desk.minutes": 60}
    # credit: 100, 40, -20 | 80, 20, -40 | 60, 0 | 100, 40, -20 | 80, 20, -40 | 60, 0
    assert left(play(FOUR, numbers), "desk") == [1, 1, 2, 2, 3, 6, 6, 7, 7, 8, 9, 9]


def test_unused_time_is_lost():
    p = line(
        step("wait", "W", to("desk")),
        desk("desk", "D", "office", to("done")),
        old=("desk", "red"),
        new=("wait", "blue"),
    )
    numbers = stock("old", 1, 1) | stock("new", 4, 1) | office(100) | {"p.desk.minutes": 60, "p.wait.days": 2}
    assert left(play(p, numbers), "desk") == [1, 2, 2, 3, 3]  # 80 left on the third day, had 40 been kept


def test_a_debt_stays_when_the_queue_is_empty():
    p = line(
        step("wait", "W", to("desk")),
        desk("desk", "D", "office", to("done")),
        old=("desk", "red"),
        new=("wait", "blue"),
    )
    numbers = (
        stock("old", 1, 1) | stock("new", 1, 1) | office(100) | {"p.desk.minutes": 500, "p.wait.days": 2}
    )
    r = play(p, numbers)  # -400 | -300 | -200 | (weekend) -100 | 0 | 100
    assert left(r, "desk") == [1, 8]
    assert r.offices["used"].sum() == pytest.approx(1000)


def two_desks(**numbers):
    stages = (desk("a", "A", "office", to("done")), desk("b", "B", "office", to("done")))
    return line(*stages, first=("a", "red"), second=("b", "blue"))


def test_strict_order_leaves_only_the_rest():
    numbers = stock("first", 25, 1) | stock("second", 20, 1) | {"p.a.minutes": 10, "p.b.minutes": 10}
    r = play(two_desks(), numbers | office(100, order=["p.a", "p.b"]))
    assert left(r, "a") == [1] * 10 + [2] * 10 + [3] * 5 and left(r, "b") == [3] * 5 + [6] * 10 + [7] * 5
    r = play(two_desks(), numbers | office(100, order=["p.b", "p.a"]))
    assert left(r, "b") == [1] * 10 + [2] * 10


def test_in_strict_order_each_desk_pays_its_own_debt():
    numbers = stock("first", 3, 1) | stock("second", 20, 1) | {"p.a.minutes": 60, "p.b.minutes": 10}
    r = play(two_desks(), numbers | office(100, order=["p.a", "p.b"]))
    # first: 100, 40, -20 | 80, 20: the rest of 20 goes on
    assert left(r, "a") == [1, 1, 2] and left(r, "b") == [2] * 2 + [3] * 10 + [6] * 8


def shares(a, b):
    return number({"p.a": a, "p.b": b})


def test_shares_divide_the_time():
    numbers = stock("first", 99, 1) | stock("second", 33, 1) | {"p.a.minutes": 10, "p.b.minutes": 10}
    r = play(two_desks(), numbers | office(400, shares=shares(0.75, 0.25)))
    assert [left(r, "a").count(day) for day in (1, 2, 3)] == [30, 30, 30]
    assert [left(r, "b").count(day) for day in (1, 2, 3)] == [10, 10, 10]


def test_what_a_desk_cannot_use_goes_to_the_others():
    numbers = stock("first", 5, 1) | stock("second", 100, 1) | {"p.a.minutes": 10, "p.b.minutes": 10}
    for weights in (shares(0.75, 0.25), shares(3, 1)):
        r = play(two_desks(), numbers | office(400, shares=weights))
        assert left(r, "a") == [1] * 5
        assert [left(r, "b").count(day) for day in (1, 2, 3)] == [35, 40, 25]
    r = play(two_desks(), stock("first", 100, 1) | stock("second", 5, 1) | office(400, shares=shares(0.25, 0.75)) | {
        "p.a.minutes": 10, "p.b.minutes": 10,
    })  # fmt: skip
    assert [left(r, "a").count(day) for day in (1, 2, 3)] == [35, 40, 25]


def test_a_debt_under_shares_stays_with_its_desk():
    numbers = stock("first", 20, 1) | stock("second", 20, 1) | {"p.a.minutes": 60, "p.b.minutes": 50}
    r = play(two_desks(), numbers | office(100, shares=shares(0.5, 0.5)), horizon="2026-04-09")
    # a: 50-60 | 40-60 | 30-60 | 20-60 | 10-60 | 0: none | 50-60
    assert left(r, "a") == [1, 2, 3, 6, 7, 9] and left(r, "b") == [1, 2, 3, 6, 7, 8, 9]


def test_a_desk_without_a_share_is_served_from_what_is_left_only():
    numbers = stock("first", 200, 1) | stock("second", 20, 1) | {"p.a.minutes": 10, "p.b.minutes": 10}
    r = play(two_desks(), numbers | office(100, shares=shares(1, 0)), horizon="2026-04-20")
    assert len(left(r, "a")) == 140 and not left(r, "b")


def test_capacity_is_a_rate():
    numbers = stock("old", 300, 10) | office(100, staff=0.5) | {"p.desk.minutes": 100}
    r = play(FOUR, numbers, horizon="2026-04-30")
    assert len(left(r, "desk")) == 11 and r.offices["staff"].iloc[0] == 0.5  # 22 working days


def test_a_scale_of_one_in_ten_has_a_tenth_of_the_minutes():
    numbers = stock("old", 3000, 10) | office(100, staff=10) | {"p.desk.minutes": 10}
    r = play(FOUR, numbers, horizon="2026-04-30", scale=0.1)
    assert len(left(r, "desk")) == 220 and r.offices["used"].sum() == pytest.approx(22000)
    assert r.stock.query("group == '*'")["cases"].tolist() == [3000, 800]


def test_more_filings_on_a_tie_day_keep_their_order():
    p = pathway(desk("desk", "D", "office", to("done")), DONE, sources=(source("new", "N", "desk"),))
    numbers = office(100) | {"p.desk.minutes": 10, "sources.new.rate": 12}
    frame = moves(play(p, numbers, horizon="2026-06-30"), "desk").query("left >= 0")
    assert frame.sort_values(["entered", "left"])["left"].is_monotonic_increasing  # first in first out by day


# -- the lists -------------------------------------------------------------------------------------------------------


class Lists(NamedTuple):
    """What of a run's state the lists of two lanes use."""

    cases: np.ndarray
    next: np.ndarray
    bucket: np.ndarray
    lists: np.ndarray
    lane_low: np.ndarray
    lane_high: np.ndarray
    lane_count: np.ndarray


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(("join", "quit", "oldest", "newest")), st.integers(0, 11), st.integers(-240, 120)
        ),
        max_size=60,
    )
)
def test_a_lane_knows_its_oldest_and_newest(steps):
    """However many lists between them are empty."""
    back, days = 200, 121
    width = back + days
    bucket = np.full(3 * width, NONE, dtype=np.int32)
    counts = (np.zeros(3, dtype=np.int32) for _ in range(3))
    lists = np.zeros(3 * width // STRETCH + 1, dtype=np.int32)
    state = Lists(np.zeros(12, dtype=CASE), np.zeros(12, dtype=np.int32), bucket, lists, *counts)
    inside: dict[int, int] = {}
    lane = 1
    for action, case, place in steps:
        if action == "join" and case not in inside:
            state.cases[case]["place"] = place
            queues.join(state, width, back, case, lane)
            inside[case] = max(0, place + back)
        elif action == "quit" and case in inside:
            queues.quit(state, width, back, case)
            del inside[case]
        elif action == "oldest" and inside:
            assert queues.oldest(state, width, lane) == min(inside.values())
        elif action == "newest" and inside:
            assert queues.newest(state, width, lane) == max(inside.values())
        assert state.lane_count.tolist() == [0, len(inside), 0]
    found = []
    for slot in range(width):
        case = bucket[lane * width + slot]
        while case != NONE:
            assert inside[case] == slot
            found.append(case)
            case = state.next[case]
    assert sorted(found) == sorted(inside) and (np.delete(bucket, np.s_[width : 2 * width]) == NONE).all()
    held = np.bincount(np.flatnonzero(bucket != NONE) // STRETCH, minlength=lists.size)
    assert lists.tolist() == held.tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 4)), max_size=60))
def test_a_calendar_strikes_whoever_stands_there(steps):
    cases = np.zeros(10, dtype=CASE)
    cases["due"] = NONE
    calendar = np.full(5, NONE, dtype=np.int32)
    following = np.zeros(10, dtype=np.int32)
    due: dict[int, int] = {}
    for enter, case, day in steps:
        if enter and case not in due:
            queues.note(calendar, following, cases, case, day)
            due[case] = day
        elif not enter:
            queues.strike(calendar, following, cases, case)
            due.pop(case, None)
    for day in range(5):
        found = []
        case = calendar[day]
        while case != NONE:
            found.append(case)
            case = following[case]
        assert sorted(found) == sorted(c for c, d in due.items() if d == day)
