"""Counting, compiled: relatives whom cases carry, days that families are apart, and times to a stage."""

from __future__ import annotations

from sim.compiled import lean
from sim.lookup import slot_of


@lean
def relatives_of(relatives, count, pathway, attributes):
    """How many relatives a case of a pathway carries."""
    of = relatives[pathway]
    if of.counts == 0 or attributes & of.mask != of.value:
        return 0
    heads = 0
    for position in range(of.first, of.first + of.counts):
        heads += count[position].first + ((attributes >> count[position].shift) & count[position].mask)
    return heads


@lean
def count_apart(rules, apart, stage, since, attributes, heads, before, here):
    """Books relatives, days before their case and days at a stage, in the cohort of the day `since`."""
    cohort = 1 + rules.fiscal[since] if since > 0 else 0
    group = rules.report[rules.stage[stage].pathway]
    for position in range(group.count + 1):
        slot = slot_of(rules.grouping, group.first, position, attributes)
        apart[stage, cohort, slot, 0] += heads
        apart[stage, cohort, slot, 1] += before
        apart[stage, cohort, slot, 2] += here
