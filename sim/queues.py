"""Where cases wait, as linked lists: calendars by day, and queues by lane and place date.

A calendar says which steps end, and which patience ends, on a day. A queue keeps one list per lane and date of place,
so that the oldest and the newest are found without sorting, and anyone can leave without a search. Where the newest are
served first, lists stay empty for years: a count for each `STRETCH` of them lets the search pass over them. What comes
after a case stands in an array of its own, small enough to stay near the processor while a list is read.
"""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import NONE, STRETCH


@lean
def note(calendar, following, cases, case, day):
    """Enters a case in a calendar under `day`."""
    head = calendar[day]
    cases[case].due = day
    cases[case].calendar_before = NONE
    following[case] = head
    if head != NONE:
        cases[head].calendar_before = case
    calendar[day] = case


@lean
def strike(calendar, following, cases, case):
    """Takes a case out of a calendar, if it stands there."""
    day = cases[case].due
    if day == NONE:
        return
    before, after = cases[case].calendar_before, following[case]
    if before == NONE:
        calendar[day] = after
    else:
        following[before] = after
    if after != NONE:
        cases[after].calendar_before = before
    cases[case].due = NONE


@lean
def join(state, width, back, case, lane):
    """Puts a case into its lane at its date of place; very old places share the first list."""
    slot = max(0, state.cases[case].place + back)
    at = lane * width + slot
    head = state.bucket[at]
    state.cases[case].lane = lane
    state.cases[case].before = NONE
    state.next[case] = head
    if head != NONE:
        state.cases[head].before = case
    else:
        state.lists[at // STRETCH] += 1
    state.bucket[at] = case
    if state.lane_count[lane] == 0:
        state.lane_low[lane] = slot
        state.lane_high[lane] = slot
    elif slot < state.lane_low[lane]:
        state.lane_low[lane] = slot
    elif slot > state.lane_high[lane]:
        state.lane_high[lane] = slot
    state.lane_count[lane] += 1


@lean
def quit(state, width, back, case):
    """Takes a case out of its lane."""
    lane = state.cases[case].lane
    before, after = state.cases[case].before, state.next[case]
    if before == NONE:
        at = lane * width + max(0, state.cases[case].place + back)
        state.bucket[at] = after
        if after == NONE:
            state.lists[at // STRETCH] -= 1
    else:
        state.next[before] = after
    if after != NONE:
        state.cases[after].before = before
    state.lane_count[lane] -= 1
    state.cases[case].lane = NONE


@lean
def oldest(state, width, lane):
    """Place of the oldest list of a lane that is not empty (the lane must hold somebody)."""
    at = lane * width + state.lane_low[lane]
    while state.bucket[at] == NONE:
        at = at + 1 if state.lists[at // STRETCH] > 0 else (at // STRETCH + 1) * STRETCH
    state.lane_low[lane] = at - lane * width
    return state.lane_low[lane]


@lean
def newest(state, width, lane):
    """Place of the newest list of a lane that is not empty (the lane must hold somebody)."""
    at = lane * width + state.lane_high[lane]
    while state.bucket[at] == NONE:
        at = at - 1 if state.lists[at // STRETCH] > 0 else at // STRETCH * STRETCH - 1
    state.lane_high[lane] = at - lane * width
    return state.lane_high[lane]
