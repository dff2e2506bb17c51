"""The ledger: what happened, counted by month, stage and group, and turned into frames at the end.

Every engine books into the same arrays, in whole cases and persons of the run; the frames speak in real cases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.counting_month import book
from sim.handover import readable
from sim.layout import FREE, NONE, OPENED, TRANSITIONS, State
from sim.model import Model


class BrokenRun(RuntimeError):
    """The run lost count of people or of visits: a bug, never a user's mistake."""


@dataclass
class Month:
    """What the ledger keeps of one month; `day` is its last day run."""

    number: int
    day: int
    moved: NDArray[np.int64]
    """places in [edge, slot], laid flat, of the moves that were made"""
    flow: NDArray[np.int64]
    """[move, (cases, persons)]"""
    stock: NDArray[np.int64]
    case_days: NDArray[np.int64]
    minutes: NDArray[np.int64]


class Ledger:
    """Books of one run. `frames()` gives the tables of the result."""

    def __init__(self, model: Model) -> None:
        self.model = model
        slots = max(len(labels) for labels in model.groups)
        self.stock = np.zeros((model.rules.stage.size, slots, 2), dtype=np.int64)
        moves = model.rules.edge.size * slots
        self.moved, self.amounts = np.empty(moves, dtype=np.int64), np.empty((moves, 2), dtype=np.int64)
        self.months: list[Month] = []
        self.transitions = 0
        self.cases = 0
        self.holding = np.array([stage.holds_cases for _, stage in model.stages])

    # -- booking ----------------------------------------------------------------------------------

    def open(self, state: State) -> None:
        """Books the opening stock: the state of the day before the start."""
        self._turn_page(state, 0)
        self.months[0].case_days[:] = 0

    def ends_page(self, day: int) -> bool:
        """Whether a day is the last of its month, or of the model."""
        months = self.model.rules.month
        return bool(day + 1 >= months.size or months[day + 1] != months[day])

    def record(self, state: State, day: int) -> None:
        """Books a day: turns the page at the end of a month."""
        if self.ends_page(day):
            self._turn_page(state, day)

    def _turn_page(self, state: State, day: int) -> None:
        """Keeps the month; fails loudly if anyone was lost or counted twice."""
        moved, flow, case_days = self._book(state, day)
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
            Month(number, day, moved, flow, self.stock.copy(), case_days, state.minutes.copy())
        )
        state.minutes[:] = 0

    def _book(self, state: State, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Takes the month's moves into the stock; returns them, and the case-days of each stage and group."""
        since = self.months[-1].day if self.months else 0
        case_days = self.stock[..., 0] * (day - since)
        edges = readable(self.model.rules).edge
        count = book(edges, state.flow, day, self.stock, case_days, self.moved, self.amounts)
        case_days[~self.holding] = 0
        return self.moved[:count].copy(), self.amounts[:count].copy(), case_days

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
