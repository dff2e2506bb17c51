"""The ledger: what happened, counted by month, stage and group, and turned into frames at the end.

Every engine books into the same arrays, in whole cases and persons of the run; the frames speak in real cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import casekey, dates, kernel
from sim.layout import FREE, HISTORIES, NONE, OPENED, TRANSITIONS, State
from sim.model import Model
from sim.tables import MILLI

if TYPE_CHECKING:
    from collections.abc import Iterator

QUANTILES = (0.10, 0.25, 0.50, 0.75, 0.90)
PERCENTILES = tuple(f"p{round(100 * q)}" for q in QUANTILES)


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

    # -- booking ---------------------------------------------------------------------------------------------------

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
        found = int(state.cases.size - state.count[FREE])
        ended = int(state.ended[:, :, 0].sum() - self._went_on(state))
        if booked != found or int(state.count[OPENED]) != found + ended:
            raise BrokenRun(
                f"day {day}: the books hold {booked} cases, the stages {found}; {state.count[OPENED]} came and {ended} ended"
            )
        number = int(self.model.rules.month[day]) if day else -1
        self.months.append(
            Month(number, day, self.flow.copy(), self.stock.copy(), self.case_days.copy(), state.minutes.copy())
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
        self.transitions = int(state.count[TRANSITIONS])
        self.cases = int(state.count[OPENED])

    # -- frames ----------------------------------------------------------------------------------------------------

    @property
    def weight(self) -> float:
        """Real cases for one case of the run."""
        weight = 1.0 / self.model.scale
        return round(weight) if abs(weight - round(weight)) < 1e-9 else weight

    def frames(self) -> dict[str, pd.DataFrame]:
        """The tables of the result by name, with their fixed columns."""
        return {
            "stock": self.stock_frame(),
            "flow": self.flow_frame(),
            "waits": self.waits_frame(),
            "outcomes": self.outcomes_frame(),
            "offices": self.offices_frame(),
            "quota": self.quota_frame(),
            "families": self.families_frame(),
            "histories": self.histories_frame(),
        }

    def _groups(self, pathway: str) -> list[str]:
        return self.model.groups[[p.name for p in self.model.system.pathways].index(pathway)]

    def _date(self, day: int) -> pd.Timestamp:
        return pd.Timestamp(dates.date_of(self.model.start + day))

    def _year(self, day: int) -> int:
        return dates.fiscal_year(self.model.start + day)

    def stock_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        for month in self.months:
            date = self._date(month.day)
            for number, (pathway, stage) in enumerate(self.model.stages):
                if not stage.holds_cases:
                    continue
                serving = stage.kind in ("step", "checks")
                for slot, group in enumerate(self._groups(pathway.name)):
                    cases, persons = month.stock[number, slot] * self.weight
                    days = month.case_days[number, slot] * self.weight
                    if cases == 0 and days == 0 and slot:
                        continue
                    waiting = 0 if serving else cases
                    rows.append(
                        (date, pathway.name, stage.name, group, waiting, cases - waiting, cases, persons, days)
                    )
        columns = ["date", "pathway", "stage", "group", "waiting", "in_service", "cases", "persons", "case_days"]
        return pd.DataFrame(rows, columns=columns)

    def _moves(self) -> Iterator[tuple[Month, int, Any]]:
        """Months, edge numbers and edge names, the opening stock left out."""
        for month in self.months[1:]:
            for edge in np.flatnonzero(month.flow[:, 0, 0]):
                name = self.model.edges[edge]
                if not name.origin.startswith("stock:"):
                    yield month, int(edge), name

    def flow_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        for month, edge, name in self._moves():
            label = self._date(month.day).strftime("%Y-%m")
            for slot, group in enumerate(self._groups(name.pathway)):
                cases, persons = month.flow[edge, slot] * self.weight
                if cases:
                    rows.append((label, name.pathway, name.origin, name.target, group, cases, persons))
        columns = ["month", "pathway", "from_stage", "to_stage", "group", "cases", "persons"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.groupby(columns[:5], as_index=False, sort=False)[["cases", "persons"]].sum()

    def outcomes_frame(self) -> pd.DataFrame:
        """By fiscal year; a milestone stands beside the outcomes, though the case goes on."""
        rows: list[tuple[Any, ...]] = []
        ends = {(p.name, s.name) for p, s in self.model.stages if s.kind == "outcome"}
        for month, edge, name in self._moves():
            if (name.pathway, name.target) in ends:
                for slot, group in enumerate(self._groups(name.pathway)):
                    cases, persons = month.flow[edge, slot] * self.weight
                    if cases:
                        rows.append((self._year(month.day), name.pathway, name.target, group, cases, persons))
        first = {int(number): day for day, number in reversed(list(enumerate(self.model.rules.month)))}
        for number, (pathway, milestone) in enumerate(self.model.milestones):
            for month_number, slot in zip(*np.nonzero(self.state.milestones[number, :, :, 0]), strict=True):
                cases, persons = self.state.milestones[number, month_number, slot] * self.weight
                year = self._year(max(1, first[int(month_number)]))
                rows.append((year, pathway, milestone, self._groups(pathway)[slot], cases, persons))
        columns = ["fiscal_year", "pathway", "outcome", "group", "cases", "persons"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.groupby(columns[:4], as_index=False)[["cases", "persons"]].sum()

    def waits_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        first = self._year(0)
        days = self.model.bin_days
        for number, (pathway, stage) in enumerate(self.model.waits):
            for year in range(self.state.served.shape[1]):
                for slot, group in enumerate(self._groups(pathway)):
                    left = self.state.served[number, year, slot]
                    if left.any():
                        rows.append(
                            (first + year, "left", pathway, stage, group, int(left.sum()) * self.weight, 0)
                            + _of_served(left, days)
                        )
                    events = self.state.reached[number, year, slot]
                    censored = self.state.unserved[number, year, slot]
                    waiting = self.waiting[number, year, slot]
                    total = int(events.sum()) + int(censored.sum()) + int(waiting.sum())
                    if total:
                        still = int(waiting.sum()) * self.weight
                        rows.append(
                            (first + year, "entered", pathway, stage, group, total * self.weight, still)
                            + _kaplan_meier(events, censored + waiting, days)
                        )
        columns = ["fiscal_year", "basis", "pathway", "stage", "group", "cases", "still_waiting", "mean", *PERCENTILES]
        return pd.DataFrame(rows, columns=columns)

    def offices_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        before = 0
        for month in self.months[1:]:
            for number, office in enumerate(self.model.offices):
                span = slice(before + 1, month.day + 1)
                capacity = office.capacity[span].sum() / MILLI / self.model.scale
                used = month.minutes[number] / MILLI / self.model.scale
                label = self._date(month.day).strftime("%Y-%m")
                share = used / capacity if capacity else np.nan
                rows.append((label, office.name, office.staff[span].mean(), capacity, used, share))
            before = month.day
        return pd.DataFrame(rows, columns=["month", "office", "staff", "capacity", "used", "utilisation"])

    def quota_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        fiscal = self.model.rules.fiscal
        real = 1.0 / (MILLI * self.model.scale)
        for number, quota_regions in enumerate(self.model.regions):
            names = [*quota_regions, "reserve", "*"] if quota_regions else ["reserve", "*"]
            for year in range(int(fiscal[self.last]) + 1):
                end = min(int(np.flatnonzero(fiscal == year)[-1]), self.last)
                if end == 0:
                    continue  # the day before the start closes a year that is not run
                whole = dates.fiscal_year(self.model.start + end + 1) != self._year(end)
                for place, region in enumerate(names):
                    ceiling = float(self.model.rules.allowed[number, place, end]) * real
                    used = float(self.state.admitted[number, place, year]) * self.weight
                    if year == 0:
                        used += float(self.model.used_before[number, place]) * real
                    lapsed = max(0.0, ceiling - used) if whole else 0.0
                    rows.append((self._year(end), region, ceiling, used, lapsed))
        return pd.DataFrame(rows, columns=["fiscal_year", "region", "ceiling", "used", "lapsed"])

    def families_frame(self) -> pd.DataFrame:
        """Relatives by the fiscal year of the principal's final outcome (0: before the start) and what became of them."""
        rows: list[tuple[Any, ...]] = []
        first = self._year(0)
        columns = ["fiscal_year", "pathway", "group", "measure", "value"]
        for pathway in self.model.system.pathways:
            fates = [stage.name for stage in pathway.stages if stage.name.startswith(("reunited", "lost_"))]
            if not fates:
                continue
            came = self._relatives(pathway.name)
            numbers = {s.name: n for n, (p, s) in enumerate(self.model.stages) if p is pathway}
            for cohort in range(came.shape[0]):
                for slot, group in enumerate(self._groups(pathway.name)):
                    key = (first + cohort - 1 if cohort else 0, pathway.name, group)
                    if not came[cohort, slot]:
                        continue
                    rows.append((*key, "relatives", came[cohort, slot] * self.weight))
                    gone = 0
                    for fate in fates:
                        count = int(self.state.ended[numbers[fate], cohort, slot])
                        gone += count
                        measure = "reunited" if fate.startswith("reunited") else fate
                        rows.append((*key, measure, count * self.weight))
                    rows.append((*key, "still_apart", (came[cohort, slot] - gone) * self.weight))
        frame = pd.DataFrame(rows, columns=columns)
        return frame.groupby(columns[:4], as_index=False, sort=False)["value"].sum()

    def _relatives(self, pathway: str) -> NDArray[np.int64]:
        """[1 + fiscal year, slot]: cases that entered a pathway; cohort 0 is the opening stock."""
        years = self.state.ended.shape[1]
        came = np.zeros((years, self.stock.shape[1]), dtype=np.int64)
        inside = np.array([p.name == pathway for p, _ in self.model.stages]) & self.holding
        came[0] = self.months[0].stock[inside, :, 0].sum(axis=0)
        for month, edge, name in self._moves():
            if name.pathway == pathway and name.origin.startswith("source:"):
                came[1 + int(self.model.rules.fiscal[month.day])] += month.flow[edge, :, 0]
        return came

    def histories_frame(self) -> pd.DataFrame:
        lines = self.state.history[: int(self.state.count[HISTORIES])]
        lines = lines[np.lexsort((lines["left"] & 0x7FFFFFFF, lines["entered"], lines["key"]))]
        names = [text for text in self.model.sources]
        case = [casekey.text(int(key), names, self.model.system.kinds) for key in lines["key"]]
        start = np.datetime64(dates.date_of(self.model.start), "D")
        left = (start + lines["left"].astype("timedelta64[D]")).astype("datetime64[s]")
        left[lines["left"] == NONE] = np.datetime64("NaT")
        stages = np.array([stage.name for _, stage in self.model.stages])
        pathways = np.array([pathway.name for pathway, _ in self.model.stages])
        moves = np.array([edge.name for edge in self.model.edges] + [""])
        return pd.DataFrame(
            {
                "case": case,
                "parent": [casekey.parent(text) if "/" in text else "" for text in case],
                "pathway": pathways[lines["stage"]],
                "source": [text.split(":")[0] for text in case],
                "attributes": [self._attributes(int(word)) for word in lines["attributes"]],
                "stage": stages[lines["stage"]],
                "entered": (start + lines["entered"].astype("timedelta64[D]")).astype("datetime64[s]"),
                "left": left,
                "transition": moves[lines["edge"]],
            }
        )

    def _attributes(self, word: int) -> str:
        parts = []
        for name, place in self.model.fields.items():
            level = word >> place.shift & place.mask
            if level or place.attribute.numeric:
                parts.append(f"{name}={place.attribute.levels[level]}")
        return ";".join(parts)


def _of_served(counts: NDArray[np.int32], days: NDArray[np.int64]) -> tuple[float, ...]:
    """Mean and percentiles of those served."""
    total = int(counts.sum())
    mean = float((counts * _middle(days)).sum() / total)
    sums = np.cumsum(counts)
    return (mean, *(float(days[np.searchsorted(sums, q * total)]) for q in QUANTILES))


def _kaplan_meier(events: NDArray[np.int32], censored: NDArray[np.int32], days: NDArray[np.int64]) -> tuple[float, ...]:
    """Percentiles with those not yet served counted as still waiting; empty where not reached. The mean is unknown."""
    gone = np.cumsum(events + censored)
    at_risk = gone[-1] - np.concatenate(([0], gone[:-1]))
    survival = np.cumprod(1.0 - events / np.maximum(at_risk, 1))
    found = []
    for q in QUANTILES:
        reached = np.flatnonzero(survival <= 1.0 - q + 1e-12)
        found.append(float(days[reached[0]]) if reached.size else np.nan)
    return (np.nan, *found)


def _middle(days: NDArray[np.int64]) -> NDArray[np.float64]:
    """Middle of each bin; the last is open."""
    upper = np.append(days[1:] - 1, days[-1])
    return (days + upper) / 2.0


