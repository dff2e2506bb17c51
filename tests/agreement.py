"""Both engines on one model: their answers, and the first case and day on which they part."""

from __future__ import annotations

import heapq

import pandas as pd
import pytest
import simpy
from conftest import EVERYONE

from sim.columns import Columns
from sim.engine import Engine
from sim.frames import Frames
from sim.ledger import BrokenRun
from sim.reference import Reference
from sim.results import digest


class Shuffled(simpy.Environment):
    """A calendar that handles what happens at one time in any order."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def schedule(self, event, priority=1, delay=0):
        turn = (self.order.random(), next(self._eid))
        heapq.heappush(self._queue, (self._now + delay, priority, turn, event))


def frames(kind, model, seed, last=None, **more):
    tables = Frames(kind(model, seed, last or model.days, EVERYONE, **more).run()).all()
    return {name: table.frame() if isinstance(table, Columns) else table for name, table in tables.items()}


def both(model, seed, last=None, reference=Reference, **more):
    """The frames of the two engines, or None where both refuse to go on."""
    try:
        national = frames(Engine, model, seed, last)
    except BrokenRun:
        with pytest.raises(BrokenRun):
            frames(reference, model, seed, last, **more)
        return None
    return national, frames(reference, model, seed, last, **more)


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
    """Holds one engine's answer against the other's; returns it, or None where both refuse to go on."""
    answers = both(model, seed, last, **more)
    if answers is None:
        return None
    agree(*answers)
    return answers[0]
