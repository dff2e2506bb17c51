"""A pathway alone: its words, its graph, and every structure error with its message."""

from __future__ import annotations

import pytest
from conftest import pathway

from sim.pathway import (
    HAZARD,
    LAPSE,
    StructureError,
    branch,
    checks,
    deadline,
    desk,
    gate,
    hazard,
    milestone,
    opening,
    outcome,
    source,
    step,
    to,
)

DONE = outcome("done", "Done")
NEW = source("new", "New", "wait")
WAIT = step("wait", "Wait", to("done"))


def refused(message, *stages, sources=(NEW,), **more):
    with pytest.raises(StructureError, match=message):
        pathway(*stages, sources=sources, **more).check()


def test_a_sound_pathway_passes():
    pathway(WAIT, DONE, sources=(NEW,)).check()
    pathway(WAIT, DONE).check(["wait"])


def test_the_graph_has_every_transition():
    one = pathway(
        step(
            "wait",
            "W",
            to("done", name="ok"),
            leave=(hazard(to("done", name="gone")), deadline(to("done", name="late"))),
        ),
        DONE,
    )
    graph = one.graph
    assert set(graph.edges(keys=True)) == {("wait", "done", name) for name in ("ok", "gone", "late")}
    assert graph.nodes["wait"]["kind"] == "step" and graph.nodes["done"]["label"] == "Done"


def test_words_say_what_they_say():
    assert to("x").name == "x" and to("x", name="y").name == "y"
    assert [
        way.kind for way in gate("g", "G", "q", to("x"), lapse=to("c"), leave=(hazard(to("z")),)).leave
    ] == [LAPSE, HAZARD]
    assert [t.name for t in checks("c", "C", to("x"), items=("a",)).exits()] == ["x", "redone"]
    assert [stage.holds_cases for stage in (WAIT, branch("b", "B", to("x")), DONE)] == [True, False, False]


def test_two_stages_of_one_name():
    refused("p: two stages are named 'wait'", WAIT, WAIT, DONE)


def test_a_transition_to_nowhere():
    refused(
        "p.wait: transition 'finished' leads to unknown 'finished'", step("wait", "W", to("finished")), DONE
    )
    refused(
        "'gone' leads to unknown 'gone'", step("wait", "W", to("done"), leave=(hazard(to("gone")),)), DONE
    )


def test_two_transitions_of_one_name():
    ways = (hazard(to("gone", name="done")),)
    refused(
        "p.wait: two transitions are named 'done'",
        step("wait", "W", to("done"), leave=ways),
        DONE,
        outcome("gone", "G"),
    )


def test_a_date_that_cannot_be_marked():
    refused(
        "'entered' is not a date that can be marked", step("wait", "W", to("done", marks=("entered",))), DONE
    )


def test_a_transition_that_changes_what_the_tables_report_by():
    for change in ({"sets": {"colour": "red"}}, {"draws": ("colour",)}):
        refused(
            "'done' changes 'colour', which the tables report by",
            step("wait", "W", to("done", **change)),
            DONE,
            report=("colour",),
        )


def test_a_stage_without_transition():
    refused("p.wait: has no transition", step("wait", "W"), DONE)


def test_an_outcome_has_no_transition():
    import dataclasses

    refused("an outcome is final", WAIT, dataclasses.replace(DONE, transitions=(to("wait"),)))


def test_a_since_that_is_no_date():
    refused(
        "since='opened'; allowed: entered, filed, clock", step("wait", "W", to("done"), since="opened"), DONE
    )
    refused(
        "since='joined'",
        step("wait", "W", to("done"), leave=(deadline(to("done", name="late"), since="joined"),)),
        DONE,
    )


def test_a_stage_that_nothing_leads_to():
    refused("p.alone: nothing leads here", WAIT, step("alone", "A", to("done")), DONE)
    refused("nothing leads here", WAIT, DONE, sources=())


def test_a_stage_that_leads_to_no_outcome():
    refused("p.wait: leads to no outcome", step("wait", "W", to("loop")), step("loop", "L", to("wait")))
    refused(
        "p.trap: leads to no outcome",
        step("wait", "W", to("trap"), to("done")),
        step("trap", "T", to("trap", name="again")),
        DONE,
    )


def test_branches_in_a_circle():
    refused(
        "branches form a circle that takes no time", step("wait", "W", to("a")),
        branch("a", "A", to("b")), branch("b", "B", to("a"), to("done")), DONE,
    )  # fmt: skip


def test_a_source_into_nowhere():
    refused("p: no stage named 'hall'; stages: wait, done", WAIT, DONE, sources=(source("new", "N", "hall"),))
    refused("no stage named 'hall'", WAIT, DONE, openings=(opening("old", "O", at="hall"),))


def test_an_opening_stock_stands_where_cases_can_stand():
    refused("old.*'done'.*holds no cases", WAIT, DONE, openings=(opening("old", "O", at="done"),))


def test_a_lapse_leads_back_to_checks():
    g = gate("gate", "G", "q", to("done"), lapse=to("wait", name="lapsed"))
    refused("p.gate: a lapse leads back to checks, not to 'wait'", step("wait", "W", to("gate")), g, DONE)


def test_checks_have_items():
    refused("p.wait: checks without items", checks("wait", "W", to("done"), items=()), DONE)
    refused("p.wait: two items are named 'a'", checks("wait", "W", to("done"), items=("a", "a")), DONE)


def test_a_queue_orders_by_a_date_it_has():
    refused(
        "date='entered'; allowed: filed, joined",
        desk("wait", "W", "office", to("done"), date="entered"),
        DONE,
    )


def test_a_milestone_counts_from_a_date_it_has():
    refused("since='joined'; allowed", WAIT, DONE, milestones=(milestone("permit", "P", since="joined"),))


def test_a_milestone_does_not_bear_the_name_of_a_stage():
    refused(
        "'done' is a stage and a milestone", WAIT, DONE, milestones=(milestone("done", "P", since="clock"),)
    )
