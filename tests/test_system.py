"""Pathways together: what fits, and every structure error with its message."""

from __future__ import annotations

import pytest
from conftest import ATTRIBUTES, COLOUR, pathway, system

from sim.pathway import (
    Attribute,
    Pathway,
    StructureError,
    branch,
    hazard,
    milestone,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)
from sim.pathways import NATIONAL
from sim.system import System

NEW = source("new", "New", "wait")
WAIT = step("wait", "Wait", to("done"))
DONE = outcome("done", "Done")
SECOND = pathway(WAIT, DONE, name="q")


def first(*stages, **more):
    return pathway(step("wait", "W", to("end")), *stages, **{"sources": (NEW,), **more})


def refused(message, *pathways, **more):
    with pytest.raises(StructureError, match=message):
        system(*pathways, **more)


def ending(**more):
    return first(outcome("end", "End", **more))


def test_pathways_that_hand_cases_on():
    whole = system(ending(continues="q.wait"), SECOND)
    assert set(whole.graph.edges) == {("p.wait", "p.end"), ("p.end", "q.wait"), ("q.wait", "q.done")}
    assert whole.loops == [] and whole.kinds == []
    assert [f"{p.name}.{s.name}" for p, s in whole.stages()] == ["p.wait", "p.end", "q.wait", "q.done"]


def test_only_stages_on_a_circle_count_visits():
    loop = pathway(
        step("wait", "W", to("b")),
        branch("b", "B", to("wait"), to("c")),
        step("c", "C", to("c", name="again"), to("done")),
        DONE,
        sources=(NEW,),
    )
    assert system(loop).loops == [["p.wait", "p.b"], ["p.c"]]
    back = pathway(WAIT, outcome("done", "D", continues="p.wait"), name="q")
    assert system(ending(continues="q.wait"), back).loops == [["p.wait", "p.end", "q.wait", "q.done"]]


def test_an_unknown_pathway():
    refused(r"p.end: no pathway named 'r' \(in 'r.wait'\)", ending(continues="r.wait"), SECOND)
    refused(r"no pathway named 'r'", ending(opens=(opens("kid", enters="r.wait"),)), SECOND)


def test_an_unknown_entry():
    refused("q: no stage named 'hall'", ending(continues="q.hall"), SECOND)


def test_an_outcome_continues_or_opens():
    refused(
        "cannot open cases too", ending(continues="q.wait", opens=(opens("kid", enters="q.wait"),)), SECOND
    )


def test_a_pathway_that_nothing_enters():
    refused("q.wait: nothing leads here", ending(), SECOND)


def test_an_unknown_attribute():
    for stages in (
        [step("wait", "W", to("end", sets={"shape": "round"})), outcome("end", "E")],
        [step("wait", "W", to("end", draws=("shape",))), outcome("end", "E")],
    ):
        refused("no attribute named 'shape'; attributes: colour", pathway(*stages, sources=(NEW,)))
    refused("no attribute named 'shape'", ending(), persons="shape")
    refused("no attribute named 'shape'", first(outcome("end", "E"), report=("shape",)))
    refused(
        "no attribute named 'shape'",
        first(outcome("end", "E"), sources=(source("new", "N", "wait", per="shape"),)),
    )
    refused(
        "no attribute named 'shape'", ending(opens=(opens("kid", enters="q.wait", count="shape"),)), SECOND
    )


def test_an_unknown_level():
    changed = pathway(
        step("wait", "W", to("end", sets={"colour": "green"})), outcome("end", "E"), sources=(NEW,)
    )
    refused("p.wait: 'green' is no level of 'colour'; levels: red, blue", changed)
    refused(
        "p: old: 'green' is no level",
        first(outcome("end", "E"), openings=(opening("old", "O", at="wait", sets={"colour": "green"}),)),
    )
    refused(
        "'green' is no level",
        ending(opens=(opens("kid", enters="q.wait", sets={"colour": "green"}),)),
        SECOND,
    )


def test_a_count_is_a_number():
    refused("'colour' must have consecutive whole numbers as levels", ending(), persons="colour")
    refused(
        "'colour' must have consecutive",
        ending(opens=(opens("kid", enters="q.wait", count="colour"),)),
        SECOND,
    )
    gap = Attribute("gap", ("1", "3"))
    refused("'gap' must have consecutive", ending(), persons="gap", attributes=(*ATTRIBUTES, gap))


@pytest.mark.parametrize(
    ("levels", "said"), [(("0", "1"), "from 1"), (tuple(map(str, range(1, 18))), "at most 16")]
)
def test_persons_whom_a_quota_or_a_check_could_not_count(levels, said):
    """Nobody needs no place; beyond sixteen two people would have the same luck in a check."""
    refused(f"'n' counts persons: from 1 to at most 16|{said}", ending(), persons="n",
            attributes=(*ATTRIBUTES, Attribute("n", levels)))  # fmt: skip


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: System(pathways=SECOND, attributes=()), "pathways of a system is a tuple of Pathways; one alone is"),
        (lambda: System(pathways=(), attributes=()), "a system needs one pathway or more"),
        (lambda: Pathway("p", "P", stages=WAIT), "p: stages is a tuple of Stages; one alone is written"),
        (lambda: Pathway("p", "P", (WAIT, DONE), sources=NEW), "p: sources is a tuple of Sources; one alone"),
        (lambda: Pathway("p", "P", (WAIT, DONE), (NEW,), report="colour"), "p: report is a tuple of texts; one alone"),
        (lambda: outcome("end", "E", opens=opens("kid", enters="q.wait")), "end: opens is a tuple of Opens; one"),
        (lambda: step("a", "A", "b"), "a: transitions is a tuple of Transitions; 'b' is none"),
        (lambda: step("a", "A", to("b"), leave=hazard(to("c"))), "a: leave is a tuple of Leaves; one alone"),
        (lambda: hazard("b"), "leave by a hazard is a Transition, not 'b'"),
        (lambda: step("a.b", "A", to("b")), "step 'a.b': a name has letters, digits and _"),
        (lambda: Attribute("x", ()), "attribute 'x' needs one level or more"),
        (lambda: Attribute("x", ("a", "a")), "attribute 'x' needs one level or more, each once"),
        (lambda: Attribute("x", (1, 2)), "attribute 'x': levels is a tuple of texts; 1 is none"),
        (lambda: system(ending(opens=(opens("kid", enters="wait"),)), SECOND), "'wait' is no 'pathway.stage'"),
    ],
)  # fmt: skip
def test_what_is_not_of_its_kind(make, said):
    with pytest.raises(StructureError, match=said):
        make()


def test_lists_and_generators_are_as_good_as_tuples():
    """A system is compared and remembered, so it keeps tuples whatever it was given."""
    parts = pathway(WAIT, DONE, sources=(NEW,))
    mine = Pathway("p", "p", stages=[WAIT, DONE], sources=(each for each in [NEW]))
    assert mine == parts and hash(mine) == hash(parts)
    assert Attribute("x", ["a", "b"]) == Attribute("x", ("a", "b"))
    assert hash(System(pathways=[mine], attributes=list(ATTRIBUTES))) == hash(system(parts))


def test_more_children_than_a_key_can_tell_apart():
    many = Attribute("many", tuple(str(n) for n in range(18)))
    refused("'many' counts up to 17 children", ending(opens=(opens("kid", enters="q.wait", count="many"),)), SECOND,
            attributes=(*ATTRIBUTES, many))  # fmt: skip
    kinds = [opens(f"kind{n}", enters="q.wait") for n in range(8)]
    refused("8 kinds of children; a case key can tell 7 apart", ending(opens=kinds), SECOND)


def test_one_outcome_opens_each_kind_once():
    twice = (opens("kid", enters="q.wait"), opens("kid", enters="q.wait"))
    refused("p.end: opens 'kid' twice", ending(opens=twice), SECOND)


def test_children_without_end():
    refused("children open children without end", pathway(step("wait", "W", to("end")),
            outcome("end", "E", opens=(opens("kid", enters="p.wait"),)), sources=(NEW,)))  # fmt: skip


def test_more_generations_than_a_key_can_hold():
    def chain(length):
        links = [
            pathway(
                step("wait", "W", to("end")),
                outcome("end", "E", opens=(opens("kid", enters=f"p{n + 1}.wait"),)),
                name=f"p{n}",
                sources=(NEW,) if n == 0 else (),
            )
            for n in range(length)
        ]
        return (*links, pathway(WAIT, DONE, name=f"p{length}"))

    system(*chain(3))
    refused("a chain of more than 3 generations", *chain(4))


def test_pathways_that_go_in_a_circle_without_time():
    one = pathway(
        branch("a", "A", to("end"), to("done")),
        outcome("end", "E", continues="q.b"),
        DONE,
        sources=(source("new", "N", "a"),),
    )
    two = pathway(branch("b", "B", to("back")), outcome("back", "B", continues="p.a"), name="q")
    refused("a circle that takes no time", one, two)


def test_names_are_given_once():
    refused("two pathways are named 'p'", ending(), ending())
    refused("two attributes are named 'colour'", ending(), attributes=(COLOUR, COLOUR))
    refused(
        "two sources or openings are named 'new'", ending(), pathway(WAIT, DONE, name="q", sources=(NEW,))
    )
    refused(
        "two sources or openings are named 'new'",
        first(outcome("end", "E"), openings=(opening("new", "O", at="wait"),)),
    )


def test_a_milestone_of_unknown_kind():
    for only, message in (
        ({"shape": "round"}, "no attribute named 'shape'"),
        ({"colour": "green"}, "'green' is no level"),
    ):
        refused(
            message,
            first(outcome("end", "E"), milestones=(milestone("permit", "P", since="clock", only=only),)),
        )


def test_the_persons_of_a_case_change_only_between_pathways():
    change = pathway(
        step("wait", "W", to("next", sets={"persons": "2"})),
        step("next", "N", to("end")),
        outcome("end", "E"),
        sources=(NEW,),
    )
    refused("'next' changes 'persons'", change, persons="persons")


def test_the_national_system_is_sound():
    assert len(NATIONAL.pathways) == 5 and len(NATIONAL.kinds) <= 7
    assert all(NATIONAL.attribute(name).name == name for name in ("nationality", "persons"))
