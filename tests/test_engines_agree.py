"""The two engines give the same answer, to the last bit: on small systems, random ones and the country."""

from __future__ import annotations

import datetime as dt
import heapq
import random

import pandas as pd
import pytest
import simpy
from conftest import BUSY, EVERYONE, START, busy, tiny
from hypothesis import HealthCheck, Phase, given, settings
from random_systems import random_quotas, random_systems

import sim
from sim.engine import Engine
from sim.frames import Frames
from sim.ledger import BrokenRun
from sim.model import build
from sim.pathways import NATIONAL
from sim.reference import Reference
from sim.results import digest

SYSTEMS, QUOTAS = 150, 50
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""the parting says more than a smaller system would, and shrinking takes minutes"""


class Shuffled(simpy.Environment):
    """A calendar that handles what happens at one time in any order."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def schedule(self, event, priority=1, delay=0):
        turn = (self.order.random(), next(self._eid))
        heapq.heappush(self._queue, (self._now + delay, priority, turn, event))


def frames(kind, model, seed, last=None, **more):
    return Frames(kind(model, seed, last or model.days, EVERYONE, **more).run()).all()


def both(model, seed, last=None, **more):
    """The frames of the two engines, or None where both refuse to go on."""
    try:
        national = frames(Engine, model, seed, last)
    except BrokenRun:
        with pytest.raises(BrokenRun):
            frames(Reference, model, seed, last, **more)
        return None
    return national, frames(Reference, model, seed, last, **more)


def parting(national, reference):
    """The first case and day on which two runs part; else the first rows that differ."""
    left, right = national["histories"], reference["histories"]
    only = left.merge(right, how="outer", indicator=True).query("_merge != 'both'")
    if len(only):
        only = only.assign(day=only["left"].fillna(only["entered"])).sort_values(
            ["day", "case"], kind="stable"
        )
        first = only.iloc[0]
        rows = only[only["case"] == first["case"]].assign(
            engine=only["_merge"].map({"left_only": "national", "right_only": "reference"})
        )
        columns = ["engine", "stage", "attributes", "entered", "left", "transition"]
        return f"first parting: {first['case']} on {first['day']:%Y-%m-%d}\n{rows[columns].to_string()}"
    found = []
    for name, one in national.items():
        other = reference[name]
        if not one.equals(other):
            both_rows = one.merge(other, how="outer", indicator=True).query("_merge != 'both'")
            found.append(f"{name}:\n{both_rows.head(6).to_string()}")
    return "\n".join(found)


def agree(national, reference):
    if digest(national) != digest(reference):
        pytest.fail(parting(national, reference), pytrace=False)
    for name, frame in national.items():
        pd.testing.assert_frame_equal(frame, reference[name], check_exact=True, obj=name)


def check(model, seed, last=None, **more):
    answers = both(model, seed, last, **more)
    if answers:
        agree(*answers)


# -- small systems -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "scale"), [(1, 1.0), (2, 1.0), (3, 0.4)])
def test_a_system_with_everything_in_it(seed, scale):
    model = build(tiny(BUSY, START, "2026-12-31"), busy(), scale)
    answers = both(model, seed)
    assert answers and len(answers[0]["histories"]) > 300
    agree(*answers)


@settings(max_examples=SYSTEMS, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_systems())
def test_random_systems(one):
    model = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    check(model, one.seed, env=Shuffled(random.Random(one.seed)))


@settings(max_examples=QUOTAS, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_quotas())
def test_random_quotas(one):
    model = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    check(model, one.seed, env=Shuffled(random.Random(one.seed)))


@settings(max_examples=10, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_systems())
def test_a_longer_horizon_changes_nothing_earlier(one):
    short = (dt.date.fromisoformat(one.horizon).replace(day=1) - dt.timedelta(days=1)).isoformat()
    if short < one.start:
        return
    longer = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    shorter = build(tiny(one.numbers, one.start, short), one.system, one.scale)
    for kind in (Engine, Reference):
        try:
            whole, part = frames(kind, longer, one.seed), frames(kind, shorter, one.seed)
        except BrokenRun:
            return
        cut = frames(kind, longer, one.seed, shorter.days)
        agree(part, cut)
        end = pd.Timestamp(short)
        pd.testing.assert_frame_equal(
            whole["stock"].query("date <= @end").reset_index(drop=True), part["stock"]
        )
        for name in ("flow", "offices"):
            earlier = whole[name].query("month <= @short[:7]").reset_index(drop=True)
            pd.testing.assert_frame_equal(earlier, part[name], obj=name)
        lines = whole["histories"].query("entered <= @end").reset_index(drop=True)
        later = lines["left"] > end
        lines.loc[later, "left"] = pd.NaT
        lines.loc[later, ["transition"]] = ""
        pd.testing.assert_frame_equal(lines, part["histories"], obj="histories")


# -- the country ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "scale", "years"), [("baseline", 0.0005, 3), ("ordinary_years", 0.0005, 3)])
def test_the_country(name, scale, years):
    model = build(sim.load(name), NATIONAL, scale)
    answers = both(model, 1, round(365.25 * years))
    assert answers and len(answers[0]["histories"]) > 3000
    agree(*answers)


def test_the_order_of_handling_changes_nothing():
    model = build(tiny(BUSY), busy())
    plain = frames(Reference, model, 1)
    for order in range(3):
        agree(plain, frames(Reference, model, 1, env=Shuffled(random.Random(order))))


def test_a_run_names_its_engine():
    national, reference = (
        sim.run(tiny(BUSY), system=busy(), engine=engine, history=EVERYONE)
        for engine in ("national", "reference")
    )
    assert reference.info.pop("engine") == "reference" and national.info.pop("engine") == "national"
    for key in ("digest", "cases", "transitions"):
        assert national.info[key] == reference.info[key]
