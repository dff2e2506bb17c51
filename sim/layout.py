"""The shapes of the flat arrays that the bridge fills and both engines read: one record type a noun.

Days inside a run count from the day before the start (day 0), so that arrays by day need no date. All whole numbers
are 64-bit unless a case's size matters.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

NONE = -1
NEVER = np.int32(2**30)

STEP, DESK, GATE, CHECKS, BRANCH, OUTCOME = range(6)
FROM_ENTERED, FROM_FILED, FROM_CLOCK = range(3)
HAZARD, DEADLINE, LAPSE = range(3)
MARK_FILED, MARK_CLOCK = 1, 2

Ints = NDArray[np.int64]
Any_ = NDArray[Any]


def _record(*names: str) -> np.dtype[Any]:
    return np.dtype([(name, np.int64) for name in names])


STAGE = _record(
    "kind", "pathway", "first_edge", "edges", "split", "split_stream", "days", "days_stream", "since", "first_way",
    "ways", "hold", "visit", "loop", "wait", "queue", "per_shift", "per_mask", "by_filed", "lane", "minutes", "oldest",
    "first_item", "items", "first_expiry", "first_child", "children", "continues", "apart", "reach", "reach_since",
)  # fmt: skip
EDGE = _record(
    "origin", "target", "pathway", "keep", "value", "marks", "first_draw", "draws", "served", "enters",
)  # fmt: skip
WAY = _record("kind", "edge", "since", "table", "stream")
ITEM = _record("days", "days_stream", "valid", "valid_stream")
CHILD = _record("edge", "number", "shift", "mask", "first")
DRAW = _record("shift", "mask", "table", "columns", "stream")
MILESTONE = _record("pathway", "mask", "value", "since", "days", "stream", "wait")
RELATIVES = _record("mask", "value", "first", "counts")
COUNT = _record("shift", "mask", "first")
REPORT = _record("first", "count")
GROUPING = _record("shift", "mask", "slot")
QUEUE = _record("stage", "first_lane", "lanes", "first_kind")
CLAIM = _record("queue", "rank", "share", "column")
OFFICE = _record("first_claim", "claims")
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
        ("lane", np.int32),
        ("next", np.int32),
        ("before", np.int32),
        ("calendar_next", np.int32),
        ("calendar_before", np.int32),
        ("stage", np.int16),
        ("edge", np.int16),
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

    stage: Any_
    edge: Any_
    way: Any_
    item: Any_
    child: Any_
    draw: Any_
    milestone: Any_
    relatives: Any_
    """[pathway]: which attributes count the relatives whom a case carries"""
    counted: Any_
    report: Any_
    grouping: Any_
    queue: Any_
    claim: Any_
    office: Any_
    quota: Any_
    gate: Ints
    """stages of the gates, quota by quota"""
    fields: Ints
    """[table, 1 + field, (shift, mask, stride)]; the number of fields stands in [table, 0, 0]"""
    cells: Ints
    quantiles: NDArray[np.int32]
    thresholds: Ints
    hazard: Ints
    """[row, day]: hazard accumulated from day 0, in units of 2**-40"""
    hazard_before: Ints
    """[row]: hazard a day before day 0"""
    opening_day: NDArray[np.int32]
    """[row, day]: first day from `day` on that is not held"""
    lane_class: NDArray[np.int8]
    """[lane kind, day]: priority class, or NONE while held"""
    capacity: Ints
    """[office, day]: thousandths of a minute"""
    milestone_row: Ints
    """[milestone, day]: where the row of its days in force on that day begins"""
    zero: Ints
    """[table]: nothing"""
    allowed: Ints
    """[quota, region (reserve next to last, total last), day]: thousandths of a person usable so far this year"""
    persons: Ints
    """(shift, mask, first) of the attribute that counts persons"""
    month: NDArray[np.int32]
    fiscal: NDArray[np.int32]
    """fiscal year of each day, counted from that of day 0"""
    year_begins: NDArray[np.int8]
    bins: NDArray[np.int32]
    """bin of a wait of so many days"""


class State(NamedTuple):
    """Everything that a run writes. Python makes the arrays larger between two calls when room runs out."""

    cases: Any_
    visits: NDArray[np.uint8]
    expiry: NDArray[np.int32]
    free: NDArray[np.int32]
    tally: Ints
    mover: NDArray[np.int32]
    mover_edge: NDArray[np.int32]
    release: NDArray[np.int32]
    departure: NDArray[np.int32]
    bucket: NDArray[np.int32]
    lane_low: NDArray[np.int32]
    lane_high: NDArray[np.int32]
    lane_count: NDArray[np.int32]
    now: Ints
    """[table]: where the row in force today begins"""
    credit: Ints
    """[claim, (oldest first, newest first)]"""
    used: Ints
    """[quota, region (reserve next to last, total last)]: thousandths of a person used this year"""
    owed: Ints
    """the same: by how much the last family went over"""
    admitted: Ints
    """[quota, region (reserve next to last, total last), fiscal year]: persons"""
    minutes: Ints
    """[office]: thousandths of a minute used this month"""
    flow: Ints
    """[edge, slot, (cases, persons)] today"""
    served: NDArray[np.int32]
    """[wait, fiscal year of leaving, slot, bin]"""
    reached: NDArray[np.int32]
    """[wait, fiscal year of entry, slot, bin]"""
    unserved: NDArray[np.int32]
    """[wait, fiscal year of entry, slot, bin]: left unserved"""
    ended: Ints
    """[stage, 1 + fiscal year in which the case opened, slot]: cases at outcomes, by cohort (0: before the start)"""
    milestones: Ints
    """[milestone, month, slot, (cases, persons)]"""
    apart: Ints
    """[stage, cohort, slot, (relatives whom a case carried to its end, days since its filing, days at the stage)]"""
    history: Any_
    hashes: Ints
    """room to sort in: tie hashes, and the cases they belong to"""
    found: NDArray[np.int32]
    room: Ints
    """[claim]: share of the day"""
    blocked: NDArray[np.bool_]
    """[region]: a family did not fit today"""


FREE, MOVERS, HISTORIES, PROBLEM, TRANSITIONS, OPENED = range(6)
COUNTS = 6
VISITS_OVERFLOW, KEY_OVERFLOW = 1, 2
MOST_VISITS = 255
PERSONS_BITS = 4
"""a check is drawn for each person: the person's number stands below the visit's"""
LINE = 64
"""bytes that the processor fetches at once: a case fills one"""
ROOM = 64
"""Free slots that one case may need for its children; the kernel stops for more room below it."""
