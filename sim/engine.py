"""The national engine: SimPy holds the calendar, a compiled call moves all the cases of a moment.

The six moments of a day lie at t, t + 1/8, ... t + 5/8, so that a user's own process can find its place among them.
`Engine.env` is the environment; day 1 is the scenario's start.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim import arrivals, casekey, kernel, layout
from sim.handover import Handed
from sim.layout import FREE, HISTORIES, MOVERS, NONE, PROBLEM, SEED, SHARE, State
from sim.ledger import BrokenRun, Ledger
from sim.model import Model

MOMENTS = ("changes", "arrivals", "releases", "departures", "service", "record")
STEP = 1 / 8
SMALLEST, GROWTH = 4096, 1.25
"""room for cases at the beginning: a few, and the opening stock times `GROWTH`"""

TOLD = 14
"""days between two words on how far a run is"""

Progress = Callable[[int, int, int], None]
"""called with (day, days, open cases) as the run goes on"""


class Engine:
    """One run of a model. `run()` takes it to its last day; the ledger holds what happened."""

    def __init__(
        self, model: Model, seed: int, last: int, share: float, progress: Progress | None = None
    ) -> None:
        self.model, self.seed, self.last = model, seed, last
        self.progress = progress
        self.env = simpy.Environment()
        coming = arrivals.arrivals(model, seed, last)
        self.coming = coming.sum(axis=1).tolist()
        self.state = _state(model, coming)
        self.state.chosen[SEED] = seed
        self.state.chosen[SHARE] = 2**63 - 1 if share >= 1 else int(share * 2**63)
        self.rules_kept, self.state_kept = Handed(model.rules), Handed(self.state)
        self.kept = self.rules_kept.address, self.state_kept.address
        self.ledger = Ledger(model)
        self.env.process(self._days())

    def run(self) -> Ledger:
        """Opens the stock on day 0 and runs to the end of the last day."""
        self._open()
        self.env.run(until=self.last + 1)
        self._close()
        return self.ledger

    def _days(self) -> Generator[simpy.Event, Any, None]:
        """Every day, moment by moment; the clock stops between two moments only where somebody else waits for it."""
        env, every = self.env, range(1, self.last + 1)
        days = {"changes": set(self.model.changes), "record": self._days_of_records()}
        steps = [
            (place * STEP, days.get(name, every), getattr(self, f"_{name}"))
            for place, name in enumerate(MOMENTS)
        ]
        for day in every:
            yield env.timeout(day - env.now)
            for offset, busy, moment in steps:
                if day in busy:
                    if env.peek() <= day + offset:
                        yield env.timeout(day + offset - env.now)
                    moment(day)

    def _days_of_records(self) -> set[int]:
        """The last day of each month and of the run; more often, if somebody asked how far it is."""
        often = TOLD if self.progress is not None else self.last
        return {
            day
            for day in range(1, self.last + 1)
            if day == self.last or self.ledger.ends_page(day) or day % often == 0
        }

    # -- the moments ------------------------------------------------------------------------------

    def _changes(self, day: int) -> None:
        for table, offset in self.model.changes.get(day, ()):
            self.state.now[table] = offset

    def _arrivals(self, day: int) -> None:
        self._make_room(self.coming[day])
        self._go_on(day, kernel.arrive(*self.kept, day))

    def _releases(self, day: int) -> None:
        self._go_on(day, kernel.release(*self.kept, day))

    def _departures(self, day: int) -> None:
        self._go_on(day, kernel.depart(*self.kept, day))

    def _service(self, day: int) -> None:
        self._go_on(day, kernel.service(*self.kept, day))

    def _record(self, day: int) -> None:
        self.ledger.record(self.state, day)
        if self.progress is not None:
            self.progress(day, self.last, self.open_cases)

    # -- moving -----------------------------------------------------------------------------------

    @property
    def open_cases(self) -> int:
        return int(self.state.cases.size - self.state.tally[FREE])

    def _go_on(self, day: int, mover: int) -> None:
        """Lets the movers move who found no room, from the first of them on."""
        while mover != NONE:
            if self.state.tally[PROBLEM]:
                problem = self.state.tally[PROBLEM]
                raise BrokenRun(f"problem {problem} on day {day}: a counter of the case overflowed")
            self._make_room(layout.ROOM)
            mover = kernel.go_on(*self.kept, day, mover)

    def _open(self) -> None:
        for stock in self.model.stocks:
            if stock.cases:
                self._make_room(stock.cases)
                keys, filed, entered = arrivals.opening(self.model, stock, self.seed)
                self._go_on(0, kernel.settle(*self.kept, keys, filed, entered, stock.edge))
        self.ledger.open(self.state)

    def _close(self) -> None:
        missing = (
            int(kernel.traced(self.state_kept.address))
            + int(self.state.tally[HISTORIES])
            - self.state.history.size
        )
        if missing > 0:
            longer = _longer(self.state.history, self.state.history.size + missing)
            self._replace(history=longer)
        kernel.close(*self.kept, self.last)
        self.ledger.close(self.state, self.last)

    def _replace(self, **arrays: NDArray[Any]) -> None:
        """Puts longer arrays into the place of old ones."""
        self.state = self.state._replace(**arrays)
        self.state_kept = Handed(self.state)
        self.kept = self.rules_kept.address, self.state_kept.address

    def _make_room(self, cases: int) -> None:
        """Room for so many more cases, their moves and their histories; arrays grow by half."""
        state, tally = self.state, self.state.tally
        need = cases + layout.ROOM
        if tally[FREE] < need:
            old = state.cases.size
            new = max(old + old // 2, old + need)
            fresh = np.arange(new - 1, old - 1, -1, dtype=np.int32)
            free = _longer(state.free, new)
            free[tally[FREE] : tally[FREE] + fresh.size] = fresh
            tally[FREE] += fresh.size
            records = _cases(new)
            records[:old] = state.cases
            self._replace(
                cases=records,
                visits=_longer(state.visits, new),
                expiry=_longer(state.expiry, new),
                next=_longer(state.next, new),
                calendar_next=_longer(state.calendar_next, new),
                free=free,
                hashes=_longer(state.hashes, new),
                found=_longer(state.found, new),
            )
        movers = max(self.state.cases.size, int(tally[MOVERS]) + need)
        if state.mover.size < movers:
            movers += movers // 4
            self._replace(mover=_longer(state.mover, movers), mover_edge=_longer(state.mover_edge, movers))
        if tally[HISTORIES] + layout.ROOM > state.history.size:
            self._replace(history=_longer(state.history, 2 * state.history.size + layout.ROOM))


def _longer(old: NDArray[Any], size: int) -> NDArray[Any]:
    new = np.empty((size, *old.shape[1:]), dtype=old.dtype)
    new[: old.shape[0]] = old
    return new


def _cases(size: int) -> NDArray[Any]:
    """Free records, each beginning on a cache line."""
    raw = np.zeros((size + 1) * layout.LINE, dtype=np.uint8)
    first = -raw.ctypes.data % layout.LINE
    cases = raw[first : first + size * layout.LINE].view(layout.CASE)
    cases["stage"] = NONE
    return cases


def _state(model: Model, coming: NDArray[np.int64]) -> State:
    rules, days, slots = model.rules, model.days + 1, max(len(labels) for labels in model.groups)
    years, waits = int(rules.fiscal[-1]) + 1, (model.wait_rows, model.bin_days.size)
    counted = np.zeros(4 * waits[0] * waits[1] + 1, dtype=np.int32)
    served, reached, unserved, waiting = counted[:-1].reshape(4, *waits)
    size = SMALLEST + round(GROWTH * sum(stock.cases for stock in model.stocks))
    draws = layout.TOGETHER * (1 + int(rules.stage["ways"].max())) + int(rules.edge["draws"].max())
    return State(
        cases=_cases(size),
        visits=np.zeros((size, model.visit_counters), dtype=np.uint8),
        expiry=np.zeros((size, max(1, model.check_items)), dtype=np.int32),
        free=np.arange(size - 1, -1, -1, dtype=np.int32),
        tally=np.array([size] + [0] * (layout.COUNTS - 1), dtype=np.int64),
        mover=np.zeros(size, dtype=np.int32),
        mover_edge=np.zeros(size, dtype=np.int32),
        next=np.zeros(size, dtype=np.int32),
        calendar_next=np.zeros(size, dtype=np.int32),
        release=np.full((days, rules.stage.size), NONE, dtype=np.int32),
        departure=np.full(days, NONE, dtype=np.int32),
        bucket=np.full(model.lanes * (model.bucket_days + days), NONE, dtype=np.int32),
        lists=np.zeros(model.lanes * (model.bucket_days + days) // layout.STRETCH + 1, dtype=np.int32),
        lane_low=np.zeros(model.lanes, dtype=np.int32),
        lane_high=np.zeros(model.lanes, dtype=np.int32),
        lane_count=np.zeros(model.lanes, dtype=np.int32),
        now=model.now.copy(),
        credit=np.zeros((rules.claim.size, 2), dtype=np.int64),
        used=model.used_before.copy(),
        owed=np.zeros_like(model.used_before),
        admitted=np.zeros((*model.used_before.shape, years), dtype=np.int64),
        minutes=np.zeros(rules.office.size, dtype=np.int64),
        flow=np.zeros((rules.edge.size, slots, 3), dtype=np.int64),
        counted=counted,
        served=served,
        reached=reached,
        unserved=unserved,
        waiting=waiting,
        noted=np.full(layout.LATER, counted.size - 1, dtype=np.int64),
        ended=np.zeros((rules.stage.size, years + 1, slots), dtype=np.int64),
        apart=np.zeros((rules.stage.size, years + 1, slots, 3), dtype=np.int64),
        milestones=np.zeros((rules.milestone.size, int(rules.month[-1]) + 1, slots, 2), dtype=np.int64),
        history=np.zeros(SMALLEST, dtype=layout.HISTORY),
        stream=np.zeros(draws, dtype=np.int64),
        key=np.zeros(draws, dtype=np.int64),
        visit=np.zeros(draws, dtype=np.int64),
        word=np.zeros(draws, dtype=np.int64),
        hashes=np.zeros(size, dtype=np.int64),
        found=np.zeros(size, dtype=np.int32),
        room=np.zeros(rules.claim.size, dtype=np.int64),
        blocked=np.zeros(model.used_before.shape[1] + 1, dtype=np.bool_),
        chosen=np.zeros(2, dtype=np.int64),
        entry=model.entries,
        first_key=np.array(
            [casekey.pack(n, model.start, 0) for n in range(model.entries.size)], dtype=np.int64
        ),
        coming=coming,
    )
