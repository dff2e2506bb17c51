"""Where cases wait, as linked lists: calendars by day, and queues by lane and place date.

A calendar says which steps end, and which patience ends, on a day. A queue keeps one list per lane and date of place,
so that the oldest and the newest are found without sorting, and anyone can leave without a search. What comes after a
case stands in an array of its own, small enough to stay near the processor while a list is read.
"""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import NONE


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
def join(bucket, following, low, high, waiting, width, back, cases, case, lane):
    """Puts a case into its lane at its date of place; very old places share the first list."""
    slot = max(0, cases[case].place + back)
    at = lane * width + slot
    head = bucket[at]
    cases[case].lane = lane
    cases[case].before = NONE
    following[case] = head
    if head != NONE:
        cases[head].before = case
    bucket[at] = case
    if waiting[lane] == 0:
        low[lane] = slot
        high[lane] = slot
    elif slot < low[lane]:
        low[lane] = slot
    elif slot > high[lane]:
        high[lane] = slot
    waiting[lane] += 1


@lean
def quit(bucket, following, waiting, width, back, cases, case):
    """Takes a case out of its lane."""
    lane = cases[case].lane
    before, after = cases[case].before, following[case]
    if before == NONE:
        bucket[lane * width + max(0, cases[case].place + back)] = after
    else:
        following[before] = after
    if after != NONE:
        cases[after].before = before
    waiting[lane] -= 1
    cases[case].lane = NONE


@lean
def oldest(bucket, low, width, lane):
    """Place of the oldest list of a lane that is not empty (the lane must hold somebody)."""
    while bucket[lane * width + low[lane]] == NONE:
        low[lane] += 1
    return low[lane]


@lean
def newest(bucket, high, width, lane):
    """Place of the newest list of a lane that is not empty (the lane must hold somebody)."""
    while bucket[lane * width + high[lane]] == NONE:
        high[lane] -= 1
    return high[lane]
