"""A case of the reference engine, and its place in a queue."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

import simpy

from sim.casekey import CHILD_BITS, GENERATIONS, INDEX_BITS
from sim.layout import NONE

OLDEST, NEWEST = 0, 1


@dataclass(eq=False, slots=True)
class Case:
    """What is known of a case. Days count from the day before the start, which is day 0."""

    key: int
    attributes: int
    filed: int
    clock: int
    opened: int
    entered: int
    stage: int = NONE
    visits: dict[int, int] = field(default_factory=dict)
    """how often it has been at each stage that it can come back to"""
    expiry: dict[int, int] = field(default_factory=dict)
    """the day on which each of its checks lapses"""

    def visit(self, stage: int) -> int:
        return self.visits.get(stage, 0)


def child_key(parent: int, kind: int, index: int) -> int | None:
    """The parent's key with one generation more, the first generation highest; None when there is no room."""
    for generation in reversed(range(GENERATIONS)):
        place = CHILD_BITS * generation
        taken = parent & (1 << place + CHILD_BITS) - 1
        if not taken and index < 1 << INDEX_BITS:
            return parent | (kind << INDEX_BITS | index) << place
    return None


@dataclass(eq=False, slots=True)
class Place:
    """A case's place in a queue during one visit: never mistaken for that of the next visit."""

    case: Case
    called: simpy.Event
    waiting: bool = True
    edge: int = NONE

    def call(self, edge: int) -> None:
        """It is the case's turn: it takes this transition."""
        self.waiting, self.edge = False, edge
        self.called.succeed()


Line = tuple[int, int]
"""(lane, region): cases that are held, preferred and counted alike"""


class Queue:
    """Who waits: one line for each kind of case, kept in order from both ends by two heaps.

    The order is (date, hash of the key, key), for the newest from the latest date. Who left stays in the
    heaps until it comes to the front.
    """

    def __init__(self) -> None:
        self.lines: dict[Line, tuple[list[tuple[int, int, int, int, Place]], ...]] = {}
        self.turn = count()

    def join(self, line: Line, date: int, tie: int, place: Place) -> None:
        ends = self.lines.setdefault(line, ([], []))
        turn = next(self.turn)
        for heap, order in zip(ends, (date, -date), strict=True):
            heapq.heappush(heap, (order, tie, place.case.key, turn, place))

    def first(self, end: int, priority: Callable[[Line], int | None]) -> Place | None:
        """Whose turn it is: the oldest or newest of the first class. A line of class None is closed."""
        best = None
        for line, ends in self.lines.items():
            heap, rank = ends[end], priority(line)
            while heap and not heap[0][-1].waiting:
                heapq.heappop(heap)
            if heap and rank is not None and (best is None or (rank, heap[0]) < best):
                best = (rank, heap[0])
        return best[1][-1] if best else None
