"""A builder for tiny systems: pathways and scenarios made in Python, and their runs with every history kept.

Day 1 of a run is the scenario's start, a Wednesday unless told otherwise; day 0 is the day before.
"""

from __future__ import annotations

import datetime as dt
import re
import signal
from itertools import chain

import numpy as np
import pandas as pd

from sim.engine import Engine
from sim.model import build
from sim.number import Number
from sim.pathway import (
    Attribute,
    Pathway,
    branch,
    checks,
    deadline,
    desk,
    gate,
    hazard,
    milestone,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)
from sim.pathway_families import phase, reach, relatives
from sim.runs import run
from sim.scenario import Scenario
from sim.scenario_file import Words
from sim.system import System

# A runner in the background ignores Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

START, HORIZON = "2026-04-01", "2026-07-31"
COLOUR = Attribute("colour", ("red", "blue"))
PERSONS = Attribute("persons", ("1", "2", "3"))
RELATIVES = Attribute("relatives", ("0", "1", "2"))
SIZE = Attribute("size", ("small", "large"))
ATTRIBUTES = (COLOUR, PERSONS, RELATIVES, SIZE)
EVERYONE = 1.0


def date(day, start=START):
    """The date of a day of the run."""
    return dt.date.fromisoformat(start) + dt.timedelta(days=day - 1)


def _dated(value):
    if not isinstance(value, dict):
        return value
    iso = re.compile(r"\d{4}-\d{2}-\d{2}")
    return {
        dt.date.fromisoformat(k) if isinstance(k, str) and iso.fullmatch(k) else k: _dated(v)
        for k, v in value.items()
    }


def number(value, by=(), unit="x", factors=None, odds=None):
    """A number without the burden of proof."""
    by = (by,) if isinstance(by, str) else tuple(by)
    return Number(
        value=_dated(value),
        unit=unit,
        source="user",
        confidence="judgement",
        by=by,
        factors=factors or {},
        odds=odds or {},
    )


def by(attribute, value, **more):
    """A number by the levels of an attribute."""
    return number(value, attribute, **more)


def tiny(numbers, start=START, horizon=HORIZON):
    """A scenario from {path: value}: bare values become numbers, lists of names the order of desks."""
    found, words = {}, {}
    for path, value in numbers.items():
        if isinstance(value, (list, tuple)):
            words[path] = Words(tuple(value), "tiny.yaml", None)
            continue
        one = value if isinstance(value, Number) else number(value)
        if path.startswith("sources.") and path.endswith(".rate") and one.unit == "x":
            one = one.model_copy(update={"unit": "cases a day"})
        found[path] = one
    dates = dt.date.fromisoformat(str(start)), dt.date.fromisoformat(str(horizon))
    return Scenario("tiny", "Tiny", *dates, found, words, chain=("tiny",))


def system(*pathways, attributes=ATTRIBUTES, persons=""):
    return System(tuple(pathways), tuple(attributes), persons)


def pathway(*stages, name="p", sources=(), openings=(), report=(), milestones=(), **families):
    return Pathway(
        name,
        name,
        tuple(stages),
        tuple(sources),
        tuple(openings),
        tuple(report),
        tuple(milestones),
        **families,
    )


def play(whole, numbers, start=START, horizon=HORIZON, **given):
    """The result of a run with every history kept, on a system or a single pathway."""
    if isinstance(whole, Pathway):
        whole = system(whole)
    scenario = numbers if isinstance(numbers, Scenario) else tiny(numbers, start, horizon)
    return run(scenario, system=whole, **{"history": EVERYONE, **given})


def engine(whole, numbers, seed=1, scale=1.0, start=START, horizon=HORIZON):
    """A model and its engine, not yet run."""
    if isinstance(whole, Pathway):
        whole = system(whole)
    model = build(tiny(numbers, start, horizon), whole, scale)
    return Engine(model, seed, model.days, EVERYONE)


def moves(result, stage=None, **attributes):
    """Histories with whole days (`left` is -1 while there), of one stage and of cases with these attributes."""
    frame = result.histories.copy()
    zero = pd.Timestamp(result.info["start"]) - pd.Timedelta(days=1)
    frame["entered"] = (frame["entered"] - zero).dt.days
    left = (frame["left"] - zero).dt.days
    frame["left"] = left.where(left.notna(), -1).astype(np.int64)
    if stage is not None:
        frame = frame[frame["stage"] == stage]
    for name, level in attributes.items():
        found = ";" + frame["attributes"] + ";"
        first = {attribute.name: attribute for attribute in ATTRIBUTES}[name]
        plain = not first.numeric and level == first.levels[0]  # a first level is left out of the text
        frame = frame[~found.str.contains(f";{name}=") if plain else found.str.contains(f";{name}={level};")]
    return frame.reset_index(drop=True)


def left(result, stage, transition=None, **attributes):
    """Sorted days on which cases left a stage (those still there are not counted)."""
    frame = moves(result, stage, **attributes)
    frame = frame[frame["left"] >= 0]
    if transition is not None:
        frame = frame[frame["transition"] == transition]
    return sorted(frame["left"].tolist())


def total(frame, **where):
    """Sum of `cases` of the rows of group `*` where columns have these values."""
    frame = frame[frame["group"] == where.pop("group", "*")]
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame["cases"].sum()


def flat(lists):
    return list(chain.from_iterable(lists))


# -- one system with everything in it ----------------------------------------------------------------------------------


def busy():
    """Two pathways with every kind of stage, a loop, shared offices, children and a case that goes on."""
    first = pathway(
        step("intake", "I", to("fork"), leave=(hazard(to("gone")),)),
        branch("fork", "F", to("fresh"), to("stale")),
        desk("fresh", "F", "office", to("checks"), to("denied"), to("again"), per="colour", date="filed",
             leave=(deadline(to("stale", name="aged")), hazard(to("gone")))),
        desk("stale", "S", "office", to("checks"), to("denied"), to("again"), per="colour"),
        step("again", "A", to("fork", draws=("size",)), since="entered"),
        checks("checks", "C", to("gate"), items=("medical", "security"), leave=(hazard(to("gone")),)),
        gate("gate", "G", "places", to("admitted"), lapse=to("checks", name="lapsed"), region="colour",
             leave=(hazard(to("gone")),)),
        outcome("gone", "G"),
        outcome("denied", "D", continues="q.appeal"),
        outcome("admitted", "A", opens=(opens("kid", enters="q.claim", count="relatives", draws=("size",)),
                                        opens("self", enters="q.settle", count="persons"))),
        sources=(source("new", "N", "intake", per="colour", draws=("persons", "relatives", "size")),),
        openings=(opening("old", "O", at="stale", draws=("colour", "persons", "relatives")),
                  opening("ready", "R", at="gate", draws=("colour", "persons", "relatives"))),
        report=("colour",), milestones=(milestone("permit", "P", since="clock"),),
        relatives=relatives("relatives", only={"size": "large"}), reaches=(reach("admitted", since="filed"),),
    )  # fmt: skip
    second = pathway(
        desk("appeal", "A", "board", to("lost"), to("won", marks=("clock",))),
        step("claim", "C", to("reunited"), leave=(deadline(to("lost_age"), since="filed"),)),
        step("settle", "S", to("citizen"), since="clock"),
        outcome("lost", "L"), outcome("lost_age", "L"), outcome("won", "W"),
        outcome("reunited", "R"), outcome("citizen", "C"),
        name="q", report=("colour", "size"),
        phases=(phase("claiming", "C", "claim"), phase("other", "O", "appeal", "settle")),
        reaches=(reach("reunited", since="entered"),),
    )  # fmt: skip
    return system(first, second, persons="persons")


BUSY = {
    "sources.new.rate": by("colour", {"red": 2, "blue": {"2026-04-01": 1, "2026-06-01": 3}}),
    "stock.old.cases": 150, "stock.old.age": number({"pieces": [[0, 100, 0.5], [100, 900, 0.5]]}),
    "stock.ready.cases": 30, "stock.ready.age": 40, "stock.ready.in_stage": number({"uniform": [1, 30]}),
    "p.draws.colour": {"red": 0.6, "blue": 0.4}, "p.draws.size": {"small": 0.7},
    "q.draws.size": {"small": 0.2},
    "p.draws.persons": {"1": 0.5, "2": 0.3, "3": 0.2}, "p.draws.relatives": {"0": 0.5, "1": 0.3, "2": 0.2},
    "p.permit.days": number({"gamma": {"mean": 50, "sd": 20}}),
    "p.intake.days": number({"lognormal": {"median": 10, "sigma": 0.5}}), "p.intake.gone.rate": 0.05,
    "p.fork.split": by("size", {"small": {"fresh": 0.8},
                                "large": {"2026-04-01": {"fresh": 0.5}, "2026-06-15": {"fresh": 0.1}}}),
    "p.fresh.minutes": {"checks": 120, "denied": 90, "again": 20}, "p.stale.minutes": 60,
    "p.fresh.split": number({"checks": 0.5, "denied": 0.3},
                            odds={"checks": {"size": by("size", {"large": 2, "default": 1})}}),
    "p.stale.split": {"checks": 0.4, "denied": 0.4}, "p.fresh.aged.days": 40, "p.fresh.gone.rate": 0.05,
    "p.fresh.oldest_first": 0.3, "p.fresh.priority": by("size", {"small": 1, "large": 0}),
    "p.stale.hold": by("size", {"small": 0, "large": {"2026-04-01": 0, "2026-05-01": 1, "2026-06-01": 0}}),
    "offices.office.shares": number({"p.fresh": 0.6, "p.stale": 0.4}),
    "offices.office.staff": by("colour", {"red": {"2026-04-01": 1, "2026-06-01": 2}, "blue": 1}),
    "offices.office.minutes_per_day": 150, "offices.board.staff": 1, "offices.board.minutes_per_day": 100,
    "p.again.days": number({"uniform": [5, 20]}), "p.checks.gone.rate": 0.02, "p.gate.gone.rate": 0.02,
    "p.checks.medical.days": number({"exponential": {"mean": 10}}), "p.checks.medical.valid": 40,
    "p.checks.security.days": number({"exponential": {"mean": 20}}),
    "p.checks.security.valid": number({"uniform": [30, 90]}),
    "quotas.places.ceiling": number({"2026-04-01": 60, "2026-06-10": 150}),
    "quotas.places.used_before_start": 10,
    "quotas.places.allocation": number({"red": 0.4, "blue": 0.4, "reserve": 0.2}),
    "q.appeal.minutes": 100, "q.appeal.split": {"lost": 0.7},
    "q.claim.days": number({"exponential": {"mean": 60}}),
    "q.claim.lost_age.days": 150, "q.settle.days": 90,
}  # fmt: skip
