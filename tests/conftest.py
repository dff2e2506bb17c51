"""A builder for tiny systems: pathways and scenarios made in Python, and their runs with every history kept.

Day 1 of a run is the scenario's start, a Wednesday unless told otherwise; day 0 is the day before.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import chain

import numpy as np
import pandas as pd

from sim.engine import Engine
from sim.model import build
from sim.number import Number
from sim.pathway import Attribute, Pathway
from sim.runs import run
from sim.scenario import Scenario
from sim.scenario_file import Words
from sim.system import System

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
        value=_dated(value), unit=unit, source="user", confidence="judgement", by=by, factors=factors or {}, odds=odds or {}
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


def pathway(*stages, name="p", sources=(), openings=(), report=(), milestones=()):
    return Pathway(name, name, tuple(stages), tuple(sources), tuple(openings), tuple(report), tuple(milestones))


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
