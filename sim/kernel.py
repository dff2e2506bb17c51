"""One day, compiled: the moments of a day in which cases move.

Each moment gathers its movers in one flat buffer and then lets them move: who is gathered has left the old stage's
lists, so the order of the buffer never matters. The engine calls these functions in the order of the day, with the
addresses of the model's arrays and of the run's. Each returns NONE, or the place of the first mover that has not moved
because room ran out: then the engine makes room and calls `go_on`.
"""

from __future__ import annotations

from sim.casekey import DAY_SHIFT, FAMILY_BITS
from sim.compiled import lean
from sim.counting import count_noted
from sim.counting_open import count_open
from sim.desks import serve
from sim.gates import travel
from sim.handover import handed, prefetch
from sim.layout import DESK, GATE, MOVERS, NONE, PROBLEM, Rules, State
from sim.moves import move, open_case
from sim.queues import quit
from sim.stays import enter

rules_at = handed(Rules)
state_at = handed(State)


@lean
def place(rules, state, today, first):
    """Lets the movers from `first` on move, and puts each into the lists of the stage where it stays."""
    end = move(rules, state, today, first)
    enter(rules, state, today, first, end)
    if end < state.tally[MOVERS] or state.tally[PROBLEM] != 0:
        return end
    state.tally[MOVERS] = 0
    return NONE


@lean
def go_on(model, run, today, first):
    """The movers that are left, now that there is room."""
    return place(rules_at(model), state_at(run), today, first)


@lean
def settle(model, run, keys, filed, entered, edge):
    """Day 0: the cases of one opening stock."""
    rules, state = rules_at(model), state_at(run)
    for number in range(keys.size):
        case = open_case(state, keys[number], 0, filed[number], filed[number], edge)
        state.cases[case].entered = entered[number]
    return place(rules, state, 0, 0)


@lean
def arrive(model, run, today):
    """Moment 2: the day's new cases of every source; keys count on from the source's first key of the day."""
    rules, state = rules_at(model), state_at(run)
    for source in range(state.entry.size):
        first = state.first_key[source] + (today << DAY_SHIFT)
        for ordinal in range(state.coming[today, source]):
            open_case(state, first + (ordinal << FAMILY_BITS), 0, today, today, state.entry[source])
    return place(rules, state, today, 0)


@lean
def release(model, run, today):
    """Moment 3: those whose step or checks end today."""
    rules, state = rules_at(model), state_at(run)
    for stage in range(rules.stage.size):
        case = state.release[today, stage]
        while case != NONE:
            state.mover[state.tally[MOVERS]] = case
            state.mover_edge[state.tally[MOVERS]] = NONE
            state.tally[MOVERS] += 1
            case = state.calendar_next[case]
        state.release[today, stage] = NONE
    return place(rules, state, today, 0)


@lean
def depart(model, run, today):
    """Moment 4: those whose patience, deadline or validity ends today."""
    rules, state = rules_at(model), state_at(run)
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    case = state.departure[today]
    while case != NONE:
        prefetch(state.visits, case)
        state.mover[state.tally[MOVERS]] = case
        state.mover_edge[state.tally[MOVERS]] = state.cases[case].edge
        state.tally[MOVERS] += 1
        state.cases[case].due = NONE
        kind = rules.stage[state.cases[case].stage].kind
        if kind == DESK or kind == GATE:
            quit(state, width, back, case)
        case = state.calendar_next[case]
    state.departure[today] = NONE
    return place(rules, state, today, 0)


@lean
def service(model, run, today):
    """Moment 5: offices serve their desks, then quotas their gates."""
    rules, state = rules_at(model), state_at(run)
    serve(rules, state, today)
    travel(rules, state, today)
    return place(rules, state, today, 0)


@lean
def close(model, run, last):
    """After the last day: counts who is still there, by cohort; histories are kept with no day of leaving."""
    rules, state = rules_at(model), state_at(run)
    for case in range(state.cases.size):
        if state.cases[case].stage != NONE:
            count_open(rules, state, case, last)
    count_noted(state)


@lean
def traced(run):
    """How many open cases leave a history."""
    state = state_at(run)
    count = 0
    for case in range(state.cases.size):
        if state.cases[case].stage != NONE and state.cases[case].traced:
            count += 1
    return count
