"""How far many runs are, and when the last of them will be done."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence

Tell = Callable[[float, int, float | None], None]
"""called with the runs done (and a part of one for those under way), the runs asked for, and the seconds that are left,
as far as is known"""
MOST_SHARE = 0.99  # of a run that is not finished


class Clock:
    """Tells how many runs are done and when the others will be."""

    def __init__(
        self, runs: int, workers: int, progress: Tell | None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.runs, self.workers, self.progress, self.now = runs, workers, progress, now
        self.worked = 0.0  # seconds of all workers together
        self.looked, self.busy = now(), 1  # what begins is not known yet to be under way
        if progress is not None:
            progress(0, runs, None)

    def tell(self, done: int, under_way: Sequence[float] = ()) -> None:
        """`under_way`: the shares that are done of the runs that workers are at now."""
        now = self.now()
        self.worked += (now - self.looked) * self.busy
        self.looked, self.busy = now, len(under_way)
        if self.progress is not None:
            self.progress(done + min(sum(under_way), MOST_SHARE), self.runs, self.left(done, under_way))

    def left(self, done: int, under_way: Sequence[float]) -> float | None:
        """Seconds until the last run is done: each that waits is taken by the worker that is free first."""
        finished = done + sum(under_way)
        if not finished:
            return None
        free = [1 - share for share in under_way] + [0.0] * (self.workers - len(under_way))
        heapq.heapify(free)
        for _ in range(self.runs - done - len(under_way)):
            heapq.heapreplace(free, free[0] + 1)
        return max(free) * self.worked / finished
