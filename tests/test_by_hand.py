"""Rules in which both engines were once wrong together, so that no comparison showed it: worked out by hand.

Each case is small enough to follow on paper, and is run by both engines.
"""

from __future__ import annotations

import pytest
from conftest import START, by, left, moves, number, pathway, play, system, total

from sim.pathway import checks, gate, milestone, opening, outcome, step, to

END = outcome("end", "End")


@pytest.fixture(params=["national", "reference"])
def run(request):
    def act(whole, numbers, **given):
        return play(whole, numbers, engine=request.param, **given)

    return act


# -- held checks -----------------------------------------------------------------------------------------------------


def check_line():
    return pathway(
        step("wait", "W", to("checks")),
        checks("checks", "C", to("gate"), ("medical",)),
        gate("gate", "G", "places", to("end"), lapse=to("checks", name="lapsed")),
        END,
        openings=(opening("old", "Old", at="wait"),),
    )


CHECKED = {
    "stock.old.cases": 5, "stock.old.age": 1, "p.wait.days": 2,  # they come to the checks on day 2
    "quotas.places.ceiling": 0,
}  # fmt: skip


def test_held_checks_take_the_days_of_the_day_on_which_they_start(run):
    numbers = CHECKED | {
        "p.checks.hold": number({START: 1, "2026-05-10": 0}),  # until day 39; the checks start on day 40
        "p.checks.medical.days": number({START: 5, "2026-05-01": 20, "2026-05-11": 7}),
    }
    assert left(run(check_line(), numbers), "checks") == [60] * 5


def test_a_check_is_valid_as_long_as_it_says_on_the_day_on_which_it_is_done(run):
    numbers = CHECKED | {
        "p.checks.medical.days": 10,  # done on day 12, 12 April
        "p.checks.medical.valid": number(
            {START: 1000, "2026-04-11": 30, "2026-04-13": 500, "2026-05-20": 1000}
        ),
    }
    r = run(check_line(), numbers)
    assert left(r, "gate", "lapsed") == [42] * 5
    assert left(r, "checks") == [12] * 5 + [52] * 5  # done again on 22 May: valid beyond the horizon


# -- milestones ------------------------------------------------------------------------------------------------------


def marked(change, only=None):
    """Two steps of ten days; between them the case changes. The permit comes so many days after the clock."""
    return pathway(
        step("first", "F", to("second", **change)), step("second", "S", to("end")), END,
        openings=(opening("old", "Old", at="first", draws=("colour",)),),
        milestones=(milestone("permit", "P", since="clock", only=only),),
    )  # fmt: skip


def permits(run, whole, days, until=None, **more):
    numbers = {
        "stock.old.cases": 8, "stock.old.age": 1, "p.draws.colour": {"red": 0.5, "blue": 0.5},
        "p.first.days": 11, "p.second.days": 40,  # the second begins on day 11 and ends on day 51
        "p.permit.days": days,
    }  # fmt: skip
    r = run(whole, numbers | more, until=until)
    return r, total(r.outcomes, outcome="permit")


def test_a_fact_that_came_before_its_clock_was_marked_anew_is_kept(run):
    whole = marked({"marks": ("clock",)})
    assert permits(run, whole, 5)[1] == 16  # on day 5, and on day 16 by the clock that began on day 11
    assert permits(run, whole, 20)[1] == 8  # not on day 20, when the first clock no longer counts; on day 31
    assert (
        permits(run, whole, 5, until="2026-04-13")[1] == 8
    )  # a longer run adds to this, and takes nothing away


def test_a_fact_reads_the_attributes_of_the_day_on_which_it_comes(run):
    whole = marked({"sets": {"colour": "blue"}}, only={"colour": "red"})
    r, found = permits(run, whole, 5)
    red = len(moves(r, "first", colour="red"))
    assert 0 < red < 8 and found == red  # they were red on day 5
    assert permits(run, whole, 20)[1] == 0  # on day 20 nobody is
    other = marked({"sets": {"colour": "blue"}}, only={"colour": "blue"})
    assert permits(run, other, 5)[1] == 8 - red  # those who became blue on day 11 were red on day 5
    assert permits(run, other, 20)[1] == 8


def test_days_by_attribute_are_those_of_the_group_on_the_day(run):
    whole = marked({"sets": {"colour": "blue"}})
    days = by("colour", {"red": 5, "blue": 20})
    r, found = permits(run, whole, days)
    red = len(moves(r, "first", colour="red"))
    # the red have theirs on day 5, and as blue another on day 20, when they are in a group that gets it then
    assert found == 8 + red


# -- gates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", ["", "colour"])
def test_a_gate_orders_by_priority_class_first(run, region):
    whole = pathway(
        gate("gate", "G", "places", to("end"), region=region), END,
        openings=(opening("old", "Old", at="gate", sets={"size": "small"}),
                  opening("young", "Young", at="gate", sets={"size": "large"})),
    )  # fmt: skip
    numbers = {
        "stock.old.cases": 5, "stock.old.age": 100, "stock.young.cases": 5, "stock.young.age": 10,
        "p.gate.priority": by("size", {"small": 1, "large": 0}), "quotas.places.ceiling": {START: 7, "2026-05-01": 8},
    }  # fmt: skip
    if region:
        numbers["quotas.places.allocation"] = {"red": 1, "blue": 0, "reserve": 0}
    r = run(system(whole, persons=""), numbers)
    assert left(r, "gate", size="large") == [1] * 5
    assert left(r, "gate", size="small") == [1, 1, 31]


def test_two_gates_of_one_quota_share_their_classes(run):
    whole = pathway(
        gate("low", "L", "places", to("end")), gate("high", "H", "places", to("end")), END,
        openings=(opening("old", "Old", at="low"), opening("young", "Young", at="high")),
    )  # fmt: skip
    numbers = {
        "stock.old.cases": 5, "stock.old.age": 100, "stock.young.cases": 5, "stock.young.age": 10,
        "p.low.priority": number({START: 1, "2026-04-10": 0}), "p.high.priority": number({START: 0, "2026-04-10": 1}),
        "quotas.places.ceiling": {START: 3, "2026-04-10": 6},
    }  # fmt: skip
    r = run(whole, numbers)
    assert left(r, "high") == [1] * 3 and left(r, "low") == [10] * 3


def test_the_reserve_counts_parts_of_a_place(run):
    whole = pathway(gate("gate", "G", "places", to("end"), region="colour"), END,
                    openings=(opening("old", "Old", at="gate", sets={"colour": "red"}),))  # fmt: skip
    numbers = {
        "stock.old.cases": 8, "stock.old.age": 10, "quotas.places.ceiling": 20,
        "quotas.places.allocation": {"red": 0.25, "blue": 0.25, "reserve": 0.5},
    }  # fmt: skip
    used = run(whole, numbers, scale=0.5).quota.query("fiscal_year == 2026").set_index("region")["used"]
    # four families, and two places and a half for red: the third family takes that half and half a place of the
    # reserve, the fourth a whole one; each counts twice in real cases
    assert used.to_dict() == {"red": 8, "blue": 0, "reserve": 3, "*": 8}
