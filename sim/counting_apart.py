"""Counting, compiled: relatives whom cases carry, days that families are apart, and times to a stage."""

from __future__ import annotations

from sim.compiled import lean
from sim.counting import count_wait
from sim.layout import NONE
from sim.lookup import from_date, slot_of


@lean
def relatives_of(rules, pathway, attributes):
    """How many relatives a case of a pathway carries."""
    of = rules.relatives[pathway]
    if of.counts == 0 or attributes & of.mask != of.value:
        return 0
    heads = 0
    for position in range(of.first, of.first + of.counts):
        by = rules.counted[position]
        heads += by.first + ((attributes >> by.shift) & by.mask)
    return heads


@lean
def count_apart(rules, state, stage, since, attributes, heads, before, here):
    """Books relatives, days before their case and days at a stage, in the cohort of the day `since`."""
    cohort = 1 + rules.fiscal[since] if since > 0 else 0
    group = rules.report[rules.stage[stage].pathway]
    for position in range(group.count + 1):
        slot = slot_of(rules.grouping, group.first, position, attributes)
        state.apart[stage, cohort, slot, 0] += heads
        state.apart[stage, cohort, slot, 1] += before
        state.apart[stage, cohort, slot, 2] += here


@lean
def count_stay_apart(rules, state, case, until):
    """A relative's case was at its stage, in the run from day 1 on, until the day before `until`."""
    who = state.cases[case]
    if rules.stage[who.stage].apart:
        here = until - max(who.entered, 1)
        count_apart(rules, state, who.stage, who.opened, who.attributes, 0, 0, here)


@lean
def count_carried(rules, state, case, stage, since, until):
    """The relatives of a principal have waited since the filing."""
    who = state.cases[case]
    heads = relatives_of(rules, rules.stage[stage].pathway, who.attributes)
    if heads > 0:
        days = heads * (until - who.filed)
        count_apart(rules, state, stage, since, who.attributes, heads, days, 0)


@lean
def count_reached(rules, state, case, stage, today):
    """A case has come to a stage to which the time is taken."""
    who, at = state.cases[case], rules.stage[stage]
    if at.reach != NONE:
        since = from_date(at.reach_since, who.opened, who.filed, who.clock)
        count_wait(rules, state, at.reach, at.pathway, who.attributes, since, today, 1)
