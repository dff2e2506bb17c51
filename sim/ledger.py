"""The ledger: what happened, counted by month, stage and group, and turned into frames at the end.

Every engine books into the same arrays, in whole cases and persons of the run; the frames speak in real cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim import kernel
from sim.layout import FREE, NONE, OPENED, TRANSITIONS, State
from sim.model import Model


class BrokenRun(RuntimeError):
    """The run lost count of people or of visits: a bug, never a user's mistake."""


@dataclass
class Month:
    """What the ledger keeps of one month; `day` is its last day run."""

    number: int
    day: int
    flow: NDArray[np.int64]
    stock: NDArray[np.int64]
    case_days: NDArray[np.int64]
    minutes: NDArray[np.int64]


class Ledger:
    """Books of one run. `frames()` gives the tables of the result."""

    def __init__(self, model: Model) -> None:
        self.model = model
        slots = max(len(labels) for labels in model.groups)
        edges, stages = model.rules.edge.size, model.rules.stage.size
        self.stock = np.zeros((stages, slots, 2), dtype=np.int64)
        self.case_days = np.zeros((stages, slots), dtype=np.int64)
        self.flow = np.zeros((edges, slots, 2), dtype=np.int64)
        years = int(model.rules.fiscal[-1]) + 1
        self.waiting = np.zeros((len(model.waits), years, slots, model.bin_days.size), dtype=np.int32)
        self.months: list[Month] = []
        self.transitions = 0
        self.cases = 0
        self.holding = np.array([stage.holds_cases for _, stage in model.stages])

    # -- booking ----------------------------------------------------------------------------------

    def open(self, state: State) -> None:
        """Books the opening stock: the state of the day before the start."""
        kernel.record(self.model.rules, state, self.stock, self.case_days, self.flow)
        self.case_days[:] = 0
        self.flow[:] = 0
        state.served[:] = 0
        state.reached[:] = 0
        self._turn_page(state, 0)

    def record(self, state: State, day: int) -> None:
        """Books a day; turns the page at the end of a month."""
        kernel.record(self.model.rules, state, self.stock, self.case_days, self.flow)
        months = self.model.rules.month
        if day + 1 >= months.size or months[day + 1] != months[day]:
            self._turn_page(state, day)

    def _turn_page(self, state: State, day: int) -> None:
        """Keeps the month; fails loudly if anyone was lost or counted twice."""
        booked = int(self.stock[self.holding, 0, 0].sum())
        found = int(state.cases.size - state.tally[FREE])
        ended = int(state.ended[:, :, 0].sum() - self._went_on(state))
        if booked != found or int(state.tally[OPENED]) != found + ended:
            raise BrokenRun(
                f"day {day}: the books hold {booked} cases and the stages {found}; "
                f"{state.tally[OPENED]} came and {ended} ended"
            )
        number = int(self.model.rules.month[day]) if day else -1
        self.months.append(
            Month(
                number, day, self.flow.copy(), self.stock.copy(), self.case_days.copy(), state.minutes.copy()
            )
        )
        self.flow[:] = 0
        self.case_days[:] = 0
        state.minutes[:] = 0

    def _went_on(self, state: State) -> int:
        """Outcomes after which the same case goes on in another pathway."""
        goes_on = self.model.rules.stage["continues"] != NONE
        return int(state.ended[goes_on, :, 0].sum())

    def close(self, state: State, last: int) -> None:
        """Keeps what the frames need of the state after the last day."""
        if self.months[-1].day != last:
            self._turn_page(state, last)
        self.state, self.last = state, last
        self.transitions = int(state.tally[TRANSITIONS])
        self.cases = int(state.tally[OPENED])

    @property
    def weight(self) -> float:
        """Real cases for one case of the run."""
        weight = 1.0 / self.model.scale
        return round(weight) if abs(weight - round(weight)) < 1e-9 else weight
