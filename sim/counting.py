"""What a move leaves in the books, compiled: moves, waits, milestones, histories.

Each is counted for everyone, and in the group of each attribute that the pathway reports by.
"""

from __future__ import annotations

from sim.chance import draw
from sim.compiled import lean
from sim.durations import look_up, whole_days
from sim.layout import HISTORIES, SEED, TRANSITIONS
from sim.lookup import from_date, persons_of, row, slot_of


@lean
def count_move(rules, state, edge, pathway, attributes, today):
    """A transition was taken, by a case that has the attributes that it gave."""
    group = rules.report[pathway]
    persons = persons_of(rules.persons, attributes)
    for position in range(group.count + 1):
        slot = slot_of(rules.grouping, group.first, position, attributes)
        state.flow[edge, slot, 0] += 1
        state.flow[edge, slot, 1] += persons
        state.flow[edge, slot, 2] += today
    state.tally[TRANSITIONS] += 1


@lean
def count_in(rules, histogram, wait, pathway, attributes, day, days, cases):
    """Adds a wait of so many days to a histogram, in the fiscal year of a day."""
    group = rules.report[pathway]
    first = rules.wait[wait].first + rules.fiscal[day] * rules.wait[wait].slots
    for position in range(group.count + 1):
        histogram[first + slot_of(rules.grouping, group.first, position, attributes), rules.bins[days]] += (
            cases
        )


@lean
def count_wait(rules, state, wait, pathway, attributes, entered, today, served):
    """Books how long a wait was: by year of leaving if served, and by year of entry if that lies in the run."""
    if today == 0:
        return
    days = today - entered
    if served:
        count_in(rules, state.served, wait, pathway, attributes, today, days, 1)
        if entered > 0:
            count_in(rules, state.reached, wait, pathway, attributes, entered, days, 1)
    elif entered > 0:
        count_in(rules, state.unserved, wait, pathway, attributes, entered, days, 1)


@lean
def count_milestones(rules, state, case, pathway, today, cases):
    """Counts the dated facts that came by today while the case was open in this pathway, by its dates and attributes.

    `cases` is 1; or -1 when these have just changed, for the facts that would have come before they did.
    """
    who = state.cases[case]
    attributes = who.attributes
    for number in range(rules.milestone.size):
        fact = rules.milestone[number]
        if fact.pathway != pathway or attributes & fact.mask != fact.value:
            continue
        since = from_date(fact.since, who.opened, who.filed, who.clock)
        base = rules.milestone_row[number, max(since, 0)]
        table = rules.cells[base + row(rules.fields, rules.zero, fact.days, attributes)]
        word = draw(state.chosen[SEED], fact.stream, who.key, 0)
        day = since + whole_days(look_up(rules.quantiles, table, word))
        if day <= max(who.opened, 0) or day > today:
            continue
        count_in(rules, state.served, fact.wait, pathway, attributes, day, day - since, cases)
        group = rules.report[pathway]
        for position in range(group.count + 1):
            slot = slot_of(rules.grouping, group.first, position, attributes)
            state.milestones[number, rules.month[day], slot, 0] += cases
            state.milestones[number, rules.month[day], slot, 1] += cases * persons_of(
                rules.persons, attributes
            )


@lean
def count_outcome(rules, state, case, stage, pathway, today):
    """A case has reached an outcome of a pathway."""
    who = state.cases[case]
    group = rules.report[pathway]
    cohort = 1 + rules.fiscal[who.opened] if who.opened > 0 else 0
    for position in range(group.count + 1):
        state.ended[stage, cohort, slot_of(rules.grouping, group.first, position, who.attributes)] += 1
    count_wait(rules, state, pathway, pathway, who.attributes, who.opened, today, 1)
    count_milestones(rules, state, case, pathway, today, 1)


@lean
def remember(state, case, left, edge):
    """A line of history, of a case that leaves one."""
    who = state.cases[case]
    line = state.history[state.tally[HISTORIES]]
    line.key = who.key
    line.attributes = who.attributes
    line.stage = who.stage
    line.entered = who.entered
    line.left = left
    line.edge = edge
    state.tally[HISTORIES] += 1
