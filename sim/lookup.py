"""Reading the model's tables for one case on one day: rows, columns, dates, days."""

from __future__ import annotations

from sim.compiled import lean
from sim.durations import threshold
from sim.layout import FROM_CLOCK, FROM_FILED, NEVER, NONE

WORD_TO_THRESHOLD = 8
"""a random word is in 2**-32, a threshold in 2**-40"""


@lean
def row(rules, now, table, attributes):
    """Where the row in force today for these attributes begins in the cells."""
    at = now[table]
    by = rules.table[table]
    for number in range(by.first, by.first + by.fields):
        field = rules.field[number]
        at += ((attributes >> field.shift) & field.mask) * field.stride
    return at


@lean
def pick(cells, at, columns, word):
    """The column that a random word falls into, from cumulative shares."""
    for column in range(columns - 1):
        if word < cells[at + column]:
            return column
    return columns - 1


@lean
def slot_of(grouping, first, position, attributes):
    """Where a case is counted in a table: place 0 counts all, place n the level of the n-th reported attribute."""
    if position == 0:
        return 0
    by = grouping[first + position - 1]
    return by.slot + ((attributes >> by.shift) & by.mask)


@lean
def persons_of(persons, attributes):
    """How many persons are decided together in a case."""
    return persons[2] + ((attributes >> persons[0]) & persons[1])


@lean
def visit_of(state, case, stage):
    """Which visit to its stage a case is on; 0 where nobody comes twice."""
    return int(state.visits[case, stage.visit]) if stage.visit != NONE else 0


@lean
def from_date(since, entered, filed, clock):
    """The date from which a duration, deadline or hazard counts."""
    if since == FROM_FILED:
        return filed
    if since == FROM_CLOCK:
        return clock
    return entered


@lean
def turn_at(turns, column, first, last, goal):
    """The last turn whose column is at most a goal, or the first turn."""
    while first < last:
        middle = (first + last + 1) >> 1
        if turns[middle, column] <= goal:
            first = middle
        else:
            last = middle - 1
    return first


@lean
def hazard_by(turns, first, last, day):
    """Hazard accumulated from day 0 to a day, from a row's turns."""
    at = turn_at(turns, 0, first, last, day)
    return turns[at, 1] + (day - turns[at, 0]) * turns[at, 2]


@lean
def hazard_day(rules, of, word, since, today, limit):
    """First day after today, if by `limit`, on which the hazard accumulated from `since` reaches a word's threshold.

    NEVER if it is later. As no threshold is below its word, most cases need no look at the table of thresholds.
    """
    turns = rules.turn
    first, last = rules.first_turn[of], rules.first_turn[of + 1] - 1
    before = hazard_by(turns, first, last, since) if since >= 0 else rules.hazard_before[of] * since
    most = hazard_by(turns, first, last, limit)
    if before + (word << WORD_TO_THRESHOLD) > most:
        return NEVER
    goal = before + threshold(rules.thresholds, word)
    if goal > most:
        return NEVER
    at = turn_at(turns, 1, first, last, goal - 1)
    a_day = max(turns[at, 2], 1)
    return max(today + 1, turns[at, 0] + (goal - turns[at, 1] + a_day - 1) // a_day)
