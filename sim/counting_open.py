"""Counting, compiled: the cases that are still open on the last day."""

from __future__ import annotations

from sim.compiled import lean
from sim.counting import count_in, count_milestones, remember
from sim.counting_apart import count_carried, count_stay_apart
from sim.layout import NONE


@lean
def count_open(rules, state, waiting, case, last):
    """A case that is still open on the last day."""
    who = state.cases[case]
    stage = rules.stage[who.stage]
    if who.opened > 0:
        count_in(
            rules, waiting, stage.pathway, stage.pathway, who.attributes, who.opened, last - who.opened, 1
        )
    if stage.wait != NONE and who.entered > 0:
        count_in(
            rules, waiting, stage.wait, stage.pathway, who.attributes, who.entered, last - who.entered, 1
        )
    count_milestones(rules, state, case, stage.pathway, last, 1)
    count_stay_apart(rules, state, case, last + 1)
    count_carried(rules, state, case, who.stage, who.filed, last + 1)
    if who.traced:
        remember(state, case, NONE, NONE)
