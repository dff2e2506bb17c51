"""Where cases wait, as linked lists through their records: calendars by day, and queues by lane and place date.

A calendar says which steps end, and which patience ends, on a day. A queue keeps one list per lane and date of place,
so that the oldest and the newest are found without sorting, and anyone can leave without a search.
"""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import NONE


@lean
def note(calendar, cases, case, day):
    """Enters a case in a calendar under `day`."""
    head = calendar[day]
    cases[case].due = day
    cases[case].calendar_before = NONE
    cases[case].calendar_next = head
    if head != NONE:
        cases[head].calendar_before = case
    calendar[day] = case


@lean
def strike(calendar, cases, case):
    """Takes a case out of a calendar, if it stands there."""
    day = cases[case].due
    if day == NONE:
        return
    before, after = cases[case].calendar_before, cases[case].calendar_next
    if before == NONE:
        calendar[day] = after
    else:
        cases[before].calendar_next = after
    if after != NONE:
        cases[after].calendar_before = before
    cases[case].due = NONE


@lean
def bucket_of(width, back, lane, place):
    """The list of a lane for a date of place; very old places share the first."""
    return lane * width + max(0, place + back)


@lean
def join(bucket, low, high, waiting, width, back, cases, case, lane):
    """Puts a case into its lane at its date of place."""
    slot = max(0, cases[case].place + back)
    at = lane * width + slot
    head = bucket[at]
    cases[case].lane = lane
    cases[case].before = NONE
    cases[case].next = head
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
def quit(bucket, waiting, width, back, cases, case):
    """Takes a case out of its lane."""
    lane = cases[case].lane
    before, after = cases[case].before, cases[case].next
    if before == NONE:
        bucket[lane * width + max(0, cases[case].place + back)] = after
    else:
        cases[before].next = after
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
