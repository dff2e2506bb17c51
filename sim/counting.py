"""What a move leaves in the books, compiled: moves, waits, milestones, histories.

Each is counted for everyone, and in the group of each attribute that the pathway reports by.
"""

from __future__ import annotations

from sim.chance import draw
from sim.compiled import lean
from sim.durations import look_up, whole_days
from sim.handover import prefetch
from sim.layout import HISTORIES, LATER, NOTED, REACHED, SEED, SERVED, TRANSITIONS, UNSERVED
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
def note_in(rules, state, kind, wait, pathway, attributes, day, days):
    """Counts one wait in a histogram of the run, though a little later: by then the processor has its place at hand."""
    group = rules.report[pathway]
    first = rules.wait[wait].first + rules.fiscal[day] * rules.wait[wait].slots
    rows, width = state.served.shape
    for position in range(group.count + 1):
        line = kind * rows + first + slot_of(rules.grouping, group.first, position, attributes)
        place = line * width + rules.bins[days]
        prefetch(state.counted, place)
        turn = state.tally[NOTED] & (LATER - 1)
        state.counted[state.noted[turn]] += 1
        state.noted[turn] = place
        state.tally[NOTED] += 1


@lean
def count_noted(state):
    """Counts what is still to be counted."""
    for turn in range(LATER):
        state.counted[state.noted[turn]] += 1
        state.noted[turn] = state.counted.size - 1


@lean
def count_wait(rules, state, wait, pathway, attributes, entered, today, served):
    """Books how long a wait was: by year of leaving if served, and by year of entry if that lies in the run."""
    if today == 0:
        return
    days = today - entered
    if served:
        note_in(rules, state, SERVED, wait, pathway, attributes, today, days)
    if entered > 0:
        note_in(rules, state, REACHED if served else UNSERVED, wait, pathway, attributes, entered, days)


@lean
def count_milestones(rules, state, case, pathway, today, cases):
    """Counts the dated facts that came by today while the case was open in this pathway, by its dates and attributes.

    `cases` is 1; or -1 when these have just changed, for the facts that would have come before they did.
    """
    who = state.cases[case]
    attributes = who.attributes
    facts = rules.report[pathway]
    for number in range(facts.first_fact, facts.first_fact + facts.facts):
        fact = rules.milestone[number]
        if attributes & fact.mask != fact.value:
            continue
        since = from_date(fact.since, who.opened, who.filed, who.clock)
        base = rules.milestone_row[number, max(since, 0)]
        table = rules.cells[base + row(rules, rules.zero, fact.days, attributes)]
        word = draw(state.chosen[SEED], fact.stream, who.key, 0)
        day = since + whole_days(look_up(rules.quantiles, table, word))
        if day <= max(who.opened, 0) or day > today:
            continue
        wait = rules.wait[fact.wait]
        line = wait.first + rules.fiscal[day] * wait.slots
        for position in range(facts.count + 1):
            slot = slot_of(rules.grouping, facts.first, position, attributes)
            state.served[line + slot, rules.bins[day - since]] += cases
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
