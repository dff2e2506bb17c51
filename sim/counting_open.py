"""Counting, compiled: the cases that are still open on the last day."""

from __future__ import annotations

from sim.compiled import lean
from sim.counting import count_milestones, note_in, remember
from sim.counting_apart import count_carried, count_stay_apart
from sim.layout import NONE, WAITING


@lean
def count_open(rules, state, case, last):
    """A case that is still open on the last day."""
    who = state.cases[case]
    stage = rules.stage[who.stage]
    if who.opened > 0:
        days = last - who.opened
        note_in(rules, state, WAITING, stage.pathway, stage.pathway, who.attributes, who.opened, days)
    if stage.wait != NONE and who.entered > 0:
        days = last - who.entered
        note_in(rules, state, WAITING, stage.wait, stage.pathway, who.attributes, who.entered, days)
    count_milestones(rules, state, case, stage.pathway, last, 1)
    count_stay_apart(rules, state, case, last + 1)
    count_carried(rules, state, case, who.stage, who.filed, last + 1)
    if who.traced:
        remember(state, case, NONE, NONE)
