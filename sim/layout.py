"""The shapes of the flat arrays that the bridge fills and both engines read: one record type a noun.

Days inside a run count from the day before the start (day 0), so that arrays by day need no date. All whole numbers
are 64-bit unless a case's size matters.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.casekey import INDEX_BITS, KINDS

NONE = -1
NO_CLASS = 127
"""above every priority class"""
NEVER = np.int32(2**30)

STEP, DESK, GATE, CHECKS, BRANCH, OUTCOME = range(6)
FROM_ENTERED, FROM_FILED, FROM_CLOCK = range(3)
HAZARD, DEADLINE, LAPSE = range(3)
MARK_FILED, MARK_CLOCK = 1, 2

Ints = NDArray[np.int64]
Any_ = NDArray[Any]
# An array with its element type and number of axes, which compiled code must know beforehand.
Ints1 = Annotated[Ints, np.int64, 1]
Ints2 = Annotated[Ints, np.int64, 2]
Ints3 = Annotated[Ints, np.int64, 3]
Ints4 = Annotated[Ints, np.int64, 4]
Halves1 = Annotated[NDArray[np.int32], np.int32, 1]
Halves2 = Annotated[NDArray[np.int32], np.int32, 2]
Bytes1 = Annotated[NDArray[np.int8], np.int8, 1]
Bytes2 = Annotated[NDArray[np.int8], np.int8, 2]

WIDE = {"keep", "value", "mask", "shift"}
"""what may need 64 bits"""


def _record(*names: str) -> np.dtype[Any]:
    """A record of whole numbers, as small as they allow: all records together stay near the processor."""
    streams = {name: np.uint32 for name in names if name.endswith("stream")}
    return np.dtype([(name, np.int64 if name in WIDE else streams.get(name, np.int32)) for name in names])


STAGE = _record(
    "kind", "pathway", "first_edge", "edges", "split", "split_stream", "days", "days_stream", "since", "first_way",
    "ways", "hold", "visit", "loop", "wait", "queue", "per_shift", "per_mask", "by_filed", "lane", "minutes", "oldest",
    "first_item", "items", "first_expiry", "first_child", "children", "continues", "apart", "reach", "reach_since",
)  # fmt: skip
EDGE = _record(
    "origin", "target", "pathway", "keep", "value", "marks", "first_draw", "draws", "served", "enters", "dates",
)  # fmt: skip
WAY = _record("kind", "edge", "since", "table", "stream")
ITEM = _record("days", "days_stream", "valid", "valid_stream")
CHILD = _record("edge", "number", "shift", "mask", "first")
TABLE = _record("first", "fields")
FIELD = _record("shift", "mask", "stride")
DRAW = _record("shift", "mask", "table", "columns", "stream")
MILESTONE = _record("pathway", "mask", "value", "since", "days", "stream", "wait")
RELATIVES = _record("mask", "value", "first", "counts")
COUNT = _record("shift", "mask", "first")
REPORT = _record("first", "count", "first_fact", "facts")
GROUPING = _record("shift", "mask", "slot")
QUEUE = _record("stage", "first_lane", "lanes", "first_kind")
CLAIM = _record("queue", "rank", "share", "column")
OFFICE = _record("first_claim", "claims")
WAIT = _record("first", "slots")
QUOTA = _record("first_gate", "gates", "regions", "shift", "mask", "exact", "bind")

# A case fills one cache line, so that a move fetches it once.
CASE = np.dtype(
    [
        ("key", np.int64),
        ("attributes", np.int64),
        ("filed", np.int32),
        ("clock", np.int32),
        ("opened", np.int32),
        ("entered", np.int32),
        ("place", np.int32),
        ("due", np.int32),
        ("before", np.int32),
        ("calendar_before", np.int32),
        ("stage", np.int32),
        ("edge", np.int32),
        ("lane", np.int32),
        ("traced", np.int32),
    ]
)

HISTORY = np.dtype(
    [
        ("key", np.int64),
        ("attributes", np.int64),
        ("stage", np.int32),
        ("entered", np.int32),
        ("left", np.int32),
        ("edge", np.int32),
    ]
)


class Rules(NamedTuple):
    """Everything that a run reads and never writes."""

    stage: Annotated[Any_, STAGE, 1]
    edge: Annotated[Any_, EDGE, 1]
    way: Annotated[Any_, WAY, 1]
    item: Annotated[Any_, ITEM, 1]
    child: Annotated[Any_, CHILD, 1]
    draw: Annotated[Any_, DRAW, 1]
    milestone: Annotated[Any_, MILESTONE, 1]
    relatives: Annotated[Any_, RELATIVES, 1]
    """[pathway]: which attributes count the relatives whom a case carries"""
    counted: Annotated[Any_, COUNT, 1]
    report: Annotated[Any_, REPORT, 1]
    grouping: Annotated[Any_, GROUPING, 1]
    queue: Annotated[Any_, QUEUE, 1]
    claim: Annotated[Any_, CLAIM, 1]
    office: Annotated[Any_, OFFICE, 1]
    quota: Annotated[Any_, QUOTA, 1]
    wait: Annotated[Any_, WAIT, 1]
    """histogram rows of each wait: `first` + fiscal year * `slots` + slot"""
    gate: Ints1
    """stages of the gates, quota by quota"""
    table: Annotated[Any_, TABLE, 1]
    field: Annotated[Any_, FIELD, 1]
    """attributes on which tables depend"""
    cells: Ints1
    quantiles: Halves1
    thresholds: Ints1
    hazard: Ints2
    """[row, day]: hazard accumulated from day 0, in units of 2**-40"""
    turn: Ints2
    """[turn, (day, hazard accumulated by then, hazard a day from then on)]: the same sums as straight lines"""
    first_turn: Ints1
    """[row]: its first turn, the last one being that before the next row's first"""
    hazard_before: Ints1
    """[row]: hazard a day before day 0"""
    opening_day: Halves2
    """[row, day]: first day from `day` on that is not held"""
    lane_class: Bytes2
    """[lane kind, day]: priority class, or NONE while held"""
    capacity: Ints2
    """[office, day]: thousandths of a minute"""
    milestone_row: Ints2
    """[milestone, day]: where the row of its days in force on that day begins"""
    item_days: Ints2
    """[item, day]: the same of the days that a check takes, if it starts on that day"""
    item_valid: Ints2
    """[item, day]: the same of the days for which it is valid, if it ends on that day"""
    zero: Ints1
    """[table]: nothing"""
    allowed: Ints3
    """[quota, region (reserve next to last, total last), day]: thousandths of a person usable so far this year"""
    persons: Ints1
    """(shift, mask, first) of the attribute that counts persons"""
    month: Halves1
    fiscal: Halves1
    """fiscal year of each day, counted from that of day 0"""
    year_begins: Bytes1
    bins: Halves1
    """bin of a wait of so many days"""


class State(NamedTuple):
    """Everything that a run writes. Python makes the arrays larger between two calls when room runs out."""

    cases: Annotated[Any_, CASE, 1]
    visits: Annotated[NDArray[np.uint8], np.uint8, 2]
    expiry: Halves2
    free: Halves1
    tally: Ints1
    mover: Halves1
    mover_edge: Halves1
    next: Halves1
    """[case]: who comes after it in its queue"""
    calendar_next: Halves1
    """[case]: who comes after it in its calendar"""
    release: Halves2
    """[day, stage]: the first of those whose step or checks end then: alike, so that the processor foresees them"""
    departure: Halves1
    bucket: Halves1
    """[lane, date of place]: the first of those who wait there"""
    lists: Halves1
    """[stretch of buckets]: how many of them hold somebody"""
    lane_low: Halves1
    lane_high: Halves1
    lane_count: Halves1
    now: Ints1
    """[table]: where the row in force today begins"""
    credit: Ints2
    """[claim, (oldest first, newest first)]"""
    used: Ints2
    """[quota, region (reserve next to last, total last)]: thousandths of a person used this year"""
    owed: Ints2
    """the same: by how much the last family went over"""
    admitted: Ints3
    """[quota, region (reserve next to last, total last), fiscal year]: thousandths of a person"""
    minutes: Ints1
    """[office]: thousandths of a minute used this month"""
    flow: Ints3
    """[edge, slot, (cases, persons, sum of the days of the moves)] this month"""
    counted: Halves1
    """the four that follow, one behind the other, and a place for nothing"""
    served: Halves2
    """[row of its wait, fiscal year of leaving and slot; bin]"""
    reached: Halves2
    """[row of its wait, fiscal year of entry and slot; bin]"""
    unserved: Halves2
    """the same for those who left unserved"""
    waiting: Halves2
    """the same for those who are still there after the last day"""
    noted: Ints1
    """[turn]: places in `counted` that are still to be counted"""
    ended: Ints3
    """[stage, 1 + fiscal year in which the case opened, slot]: cases at outcomes, by cohort (0: before the start)"""
    milestones: Ints4
    """[milestone, month, slot, (cases, persons)]"""
    apart: Ints4
    """[stage, cohort, slot, (relatives whom a case carried to its end, days since its filing, days at the stage)]"""
    history: Annotated[Any_, HISTORY, 1]
    stream: Ints1
    """draws that are made together: stream, key and visit of each, and then its random word"""
    key: Ints1
    visit: Ints1
    word: Ints1
    hashes: Ints1
    """room to sort in: tie hashes, and the cases they belong to"""
    found: Halves1
    room: Ints1
    """[claim]: share of the day"""
    blocked: Annotated[NDArray[np.bool_], np.bool_, 1]
    """[region]: a family did not fit today"""
    chosen: Ints1
    """SEED, and SHARE: the tie hash below which a family leaves a history"""
    entry: Ints1
    """[source]: the transition by which its cases come in"""
    first_key: Ints1
    """[source]: key of its first case of day 0"""
    coming: Ints2
    """[day, source]: how many cases arrive"""


SERVED, REACHED, UNSERVED, WAITING = range(4)
SEED, SHARE = range(2)
FREE, MOVERS, HISTORIES, PROBLEM, TRANSITIONS, OPENED, NOTED = range(7)
COUNTS = 7
VISITS_OVERFLOW, KEY_OVERFLOW = 1, 2
MOST_VISITS = 255
AHEAD = 8
"""Movers: so long before its turn a case's records are asked for, and the processor does not wait for memory."""
LATER = 64
"""Waits that are counted later: their places are asked for first."""
TOGETHER = 64
"""Movers whose draws are made together: the processor does several at once."""
STRETCH = 64
"""buckets that are counted together"""
LINE = 64
"""bytes that the processor fetches at once: a case fills one"""
ROOM = KINDS << INDEX_BITS
"""Free slots that one case may need for its children: a key tells no more apart. Below it the kernel stops for more."""
