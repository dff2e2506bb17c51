"""Reading the model's tables for one case on one day: rows, columns, dates, days."""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import FROM_CLOCK, FROM_FILED, NEVER


@lean
def row(fields, now, table, attributes):
    """Where the row in force today for these attributes begins in the cells."""
    at = now[table]
    for field in range(1, fields[table, 0, 0] + 1):
        at += ((attributes >> fields[table, field, 0]) & fields[table, field, 1]) * fields[table, field, 2]
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
def from_date(since, entered, filed, clock):
    """The date from which a duration, deadline or hazard counts."""
    if since == FROM_FILED:
        return filed
    if since == FROM_CLOCK:
        return clock
    return entered


@lean
def hazard_day(sums, before, of, reached, since, today, last):
    """First day after today on which the hazard accumulated from `since` reaches a threshold; NEVER in this run."""
    goal = reached + (sums[of, since] if since >= 0 else before[of] * since)
    if sums[of, last] < goal:
        return NEVER
    if sums[of, today] >= goal:
        return today + 1
    low, high = today, last
    turn = 0
    while high - low > 1:
        # The sums are nearly straight: guess by proportion, and halve now and then so that it always ends.
        middle = (low + high) >> 1
        if turn & 3 != 3:
            middle = low + (goal - sums[of, low]) * (high - low) // (sums[of, high] - sums[of, low])
            middle = min(max(middle, low + 1), high - 1)
        turn += 1
        if sums[of, middle] >= goal:
            high = middle
        else:
            low = middle
    return high
