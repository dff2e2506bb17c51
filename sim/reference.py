"""The reference engine: plain SimPy, one process for every case, office, quota and source. It is to be right.

A case walks its state machine: it takes a transition, stays where that leads until its time is up, its
patience ends or an office calls it, and takes the next. The six moments of a day are the SimPy times t,
t + 1/8, ... t + 5/8; whole days count from the day before the start, day 0, on which the opening stock is put
in its place.

The national engine (sim/engine.py, sim/kernel.py) does the same with flat arrays, and must give the same
answer to the last bit; only the model, chance, arrivals and the ledger are shared. A case never reads another
case, and queues have a total order, so nothing depends on the order in which SimPy handles what happens at
one time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from sim import arrivals, casekey
from sim.chance import tie_hash
from sim.layout import (
    BRANCH,
    CHECKS,
    DEADLINE,
    DESK,
    GATE,
    HAZARD,
    LAPSE,
    MARK_CLOCK,
    MARK_FILED,
    MOST_VISITS,
    NEVER,
    NONE,
    OUTCOME,
    STEP,
)
from sim.ledger import BrokenRun, Ledger
from sim.model import Model
from sim.reference_books import Books
from sim.reference_case import Case, Line, Place, Queue, child_key
from sim.reference_service import Desk, Office, Quota
from sim.reference_tables import Row, Tables, records

CHANGES, ARRIVALS, RELEASES, DEPARTURES, SERVICE, RECORD = (moment / 8 for moment in range(6))
AFTER_SERVICE = 1 / 16
"""Who is called moves on when every office has served: whoever joins a queue then can be served tomorrow."""

Life = Generator[simpy.Event, Any, None]
Stay = Generator[simpy.Event, Any, int]


class Reference:
    """One run of a model. `run()` takes it to its last day; the ledger holds what happened."""

    def __init__(
        self,
        model: Model,
        seed: int,
        last: int,
        share: float,
        progress: Callable[[int, int, int], None] | None = None,
        env: simpy.Environment | None = None,
    ) -> None:
        self.model, self.seed, self.last, self.progress = model, seed, last, progress
        self.env = env or simpy.Environment()
        self.tables = Tables(model, seed)
        self.books = Books(model, self.tables, share)
        self.ledger = Ledger(model)
        self.cases: set[Case] = set()
        self.lapses = {way.edge for way in self.tables.ways if way.kind == LAPSE}
        self.lane_class = model.rules.lane_class.tolist()
        self._open_queues()
        self.env.process(self.daily(CHANGES, self.change))
        counts = arrivals.arrivals(model, seed, last).T.tolist()
        for number, edge in enumerate(model.entries.tolist()):
            self.env.process(self.source(number, edge, counts[number]))
        self._open_offices()
        self._open_quotas()
        self.env.process(self.daily(RECORD, self.record))

    @property
    def today(self) -> int:
        return int(self.env.now)

    @property
    def opening(self) -> bool:
        """Whether the opening stock is being put in its place: its cases came before today."""
        return self.today == 0

    @property
    def fiscal_year(self) -> int:
        return int(self.model.rules.fiscal[self.today])

    def run(self) -> Ledger:
        """Opens the stock on day 0 and runs to the end of the last day."""
        for stock in self.model.stocks:
            if stock.cases:
                dates = (column.tolist() for column in arrivals.opening(self.model, stock, self.seed))
                for key, filed, entered in zip(*dates, strict=True):
                    self.open(Case(key, 0, filed, clock=filed, opened=filed, entered=entered), stock.edge)
        self.env.run(until=RECORD)
        self.ledger.open(self.books.counts)
        self.env.run(until=self.last + 1)
        self.ledger.close(self.books.close(self.cases, self.last), self.last)
        return self.ledger

    # -- what happens every day -------------------------------------------------------------------

    def daily(self, moment: float, act: Callable[[], None]) -> Life:
        """A process that acts at one moment of every day from the first on."""
        yield self.env.timeout(1 + moment)
        while True:
            act()
            yield self.env.timeout(1)

    def change(self) -> None:
        """Dated changes take effect."""
        for table, begin in self.model.changes.get(self.today, ()):
            self.tables.now[table] = begin

    def record(self) -> None:
        """The ledger records the day."""
        self.ledger.record(self.books.counts, self.today)
        if self.progress is not None and (self.today % 7 == 0 or self.today == self.last):
            self.progress(self.today, self.last, len(self.cases))

    def source(self, number: int, edge: int, counts: list[int]) -> Life:
        """One stream of arrivals: on each day that brings any, they come in moment (2)."""
        for day, count in enumerate(counts):
            if count:
                yield self.until(day, ARRIVALS)
                for ordinal in range(count):
                    key = int(casekey.pack(number, self.model.start + day, ordinal))
                    self.open(Case(key, 0, day, clock=day, opened=day, entered=day), edge)

    def _open_queues(self) -> None:
        """A queue for each desk of each office, and one for all gates of a quota."""
        rules = self.model.rules
        self.queue_rows, self.quotas = records(rules.queue), records(rules.quota)
        self.queues = [Queue() for _ in self.queue_rows]
        self.quota_of: dict[int, Row] = {}
        for quota in self.quotas:
            gates = self.gates_of(quota)
            for gate in gates:
                self.quota_of[gate] = quota
                self.queues[self.tables.stages[gate].queue] = self.queues[self.tables.stages[gates[0]].queue]

    def gates_of(self, quota: Row) -> list[int]:
        gates: list[int] = self.model.rules.gate[quota.first_gate : quota.first_gate + quota.gates].tolist()
        return gates

    def _open_offices(self) -> None:
        claims = records(self.model.rules.claim)
        for office in records(self.model.rules.office):
            own = claims[office.first_claim : office.first_claim + office.claims]
            if own:
                desks = [Desk(self, claim, self.queue_rows) for claim in own]
                self.env.process(self.daily(SERVICE, Office(self, office.index, desks).serve))

    def _open_quotas(self) -> None:
        for quota in self.quotas:
            if quota.gates:
                used = self.model.used_before[quota.index].tolist()
                self.env.process(self.daily(SERVICE, Quota(self, quota, used).serve))

    def priority(self, line: Line) -> int | None:
        """The class of a line today, the lowest first; None while it is held."""
        lane, _ = line
        rank: int = self.lane_class[lane][self.today]
        return None if rank == NONE else rank

    # -- the life of a case -----------------------------------------------------------------------

    def open(self, case: Case, edge: int) -> None:
        self.env.process(self.life(case, edge))

    def life(self, case: Case, edge: int) -> Life:
        """One case, from its first transition to its last."""
        self.cases.add(case)
        self.books.came()
        while self.move(case, edge):
            stage = self.tables.stages[case.stage]
            edge = yield from self.stay(case, stage)
            self.books.left(case, stage, self.tables.edges[edge], self.today)
        self.books.went()
        self.cases.remove(case)

    def move(self, case: Case, number: int) -> bool:
        """Takes a transition, and more while it leads through branches; False when the case is over."""
        while number != NONE:
            edge = self.tables.edges[number]
            stage = self.tables.stages[edge.target]
            self.alter(case, edge)
            if edge.enters and not self.opening:
                case.opened = self.today
                self.books.opened_apart(case, stage, self.today)
            self.books.moved(case, edge, self.today)
            self.books.reached(case, stage, self.today)
            if stage.visit != NONE:  # a stage that a case can come back to
                case.visits[stage.index] = case.visit(stage.index) + 1
                if case.visits[stage.index] > MOST_VISITS:
                    raise BrokenRun(
                        f"day {self.today}: a case came to one stage more than {MOST_VISITS} times"
                    )
            if stage.kind == BRANCH:
                number = stage.first_edge + self.tables.split(case, stage)
            elif stage.kind == OUTCOME:
                number = self.end(case, stage)
            else:
                if stage.kind == CHECKS and not self.comes_back(edge, stage):
                    for item in self.items(stage):
                        case.expiry.pop(item.index, None)
                case.stage = stage.index
                if not self.opening:
                    case.entered = self.today
                return True
        return False

    def alter(self, case: Case, edge: Row) -> None:
        """Changes dates and attributes. Dated facts came by the old ones until today, and come by the new ones now."""
        alters = not edge.enters and (edge.marks or edge.draws or edge.keep != -1)
        if alters:
            self.books.milestones(case, edge.pathway, self.today)
        self.change_attributes(case, edge)
        if edge.marks & MARK_FILED:
            case.filed = self.today
        if edge.marks & MARK_CLOCK:
            case.clock = self.today
        if alters:
            self.books.milestones(case, edge.pathway, self.today, -1)

    def change_attributes(self, case: Case, edge: Row) -> None:
        """Sets what a transition sets, then draws what it draws, one after the other."""
        case.attributes = case.attributes & edge.keep | edge.value
        for trait in self.tables.draws[edge.first_draw : edge.first_draw + edge.draws]:
            word = self.tables.luck(trait.stream, case, case.visit(edge.origin))
            level = self.tables.choice(trait.table, trait.columns, case, word)
            case.attributes = case.attributes & ~(trait.mask << trait.shift) | level << trait.shift

    def comes_back(self, edge: Row, checks: Row) -> bool:
        """Whether a case returns to its checks for what has lapsed, from the gate or as the others ended."""
        return edge.index in self.lapses or edge.index == checks.first_edge + 1

    def end(self, case: Case, stage: Row) -> int:
        """An outcome: children open; returns the transition by which the case goes on elsewhere, or NONE."""
        self.books.ended(case, stage, self.today)
        for child in self.tables.children[stage.first_child : stage.first_child + stage.children]:
            for index in range(child.first + (case.attributes >> child.shift & child.mask)):
                key = child_key(case.key, child.number, index)
                if key is None:
                    raise BrokenRun(f"day {self.today}: a child does not fit into its parent's key")
                today = self.today
                self.open(
                    Case(key, case.attributes, case.filed, clock=today, opened=today, entered=today),
                    child.edge,
                )
        return int(stage.continues)

    # -- staying ----------------------------------------------------------------------------------

    def until(self, day: int, moment: float) -> simpy.Timeout:
        return self.env.timeout(day + moment - self.env.now)

    def stay(self, case: Case, stage: Row) -> Stay:
        """Stays at a stage; returns the transition by which the case leaves."""
        ready = self.ready_day(case, stage)
        impatient, leaving = self.patience(case, stage)
        if stage.kind in (DESK, GATE):
            place = Place(case, self.env.event())
            self.join(place, stage)
            yield place.called | self.until(impatient, DEPARTURES)
            if place.waiting:
                place.waiting = False
                return leaving
            yield self.env.timeout(AFTER_SERVICE)
            return place.edge
        if impatient < ready:
            yield self.until(impatient, DEPARTURES)
            return leaving
        yield self.until(ready, RELEASES)
        if stage.kind == CHECKS:
            lapsed = any(case.expiry[item.index] <= self.today for item in self.items(stage))
            return int(stage.first_edge + lapsed)  # the second transition redoes what has lapsed
        return int(stage.first_edge + self.tables.split(case, stage))

    def join(self, place: Place, stage: Row) -> None:
        """Joins the queue of a desk or of a quota's gates."""
        case = place.case
        number = stage.queue + (case.attributes >> stage.per_shift & stage.per_mask)
        lane = self.queue_rows[number].first_kind + self.tables.value(stage.lane, case.attributes)
        quota = self.quota_of.get(stage.index)
        region = case.attributes >> quota.shift & quota.mask if quota and quota.regions else 0
        date = case.filed if stage.by_filed else case.entered
        date = max(date, -self.model.bucket_days)  # whoever is older than that is served by hash alone
        self.queues[number].join((lane, region), date, tie_hash(case.key), place)

    def ready_day(self, case: Case, stage: Row) -> int:
        """The day on which a step or checks are done, never before tomorrow."""
        if stage.kind == CHECKS:
            return self.begin_checks(case, stage)
        if stage.kind != STEP:
            return int(NEVER)
        since = self.tables.since(case, stage.since)
        word = self.tables.luck(stage.days_stream, case, case.visit(stage.index))
        days = self.tables.days(stage.days, case, word, self.today - since if self.opening else None)
        return self.tables.opening_day(stage.hold, case, max(self.today + 1, since + days))

    def items(self, checks: Row) -> list[Row]:
        return self.tables.items[checks.first_item : checks.first_item + checks.items]

    def begin_checks(self, case: Case, stage: Row) -> int:
        """Begins the checks that are missing or have lapsed, for each person; returns the day of the last.

        While held it begins nothing. A check takes the days that hold when it starts, and is valid as long as it
        says when it ends.
        """
        start = self.tables.opening_day(stage.hold, case, self.today)
        if start >= NEVER:
            return start
        done = [start + 1]
        for item in self.items(stage):
            if case.expiry.get(item.index, 0) > start:
                continue
            lapses = [int(NEVER)]
            for person in range(self.tables.persons(case)):
                word = self.tables.check_word(item.days_stream, case, stage, person)
                if self.opening and start == self.today:  # under way since the case came
                    age = self.today - case.entered
                    end = max(start + 1, case.entered + self.tables.days(item.days, case, word, age))
                else:
                    first = self.tables.rules.item_days[item.index, start]
                    end = start + self.tables.days_on(first, item.days, case, word)
                done.append(end)
                if item.valid != NONE:
                    word = self.tables.check_word(item.valid_stream, case, stage, person)
                    first = self.tables.rules.item_valid[item.index, min(end, self.tables.last_day)]
                    lapses.append(end + self.tables.days_on(first, item.valid, case, word))
            case.expiry[item.index] = min(lapses)
        return max(done)

    # -- leaving early ----------------------------------------------------------------------------

    def patience(self, case: Case, stage: Row) -> tuple[int, int]:
        """When the case would leave before its time, and how: the earliest way, ties in listed order."""
        day, leaving = int(NEVER), NONE
        kinds = {HAZARD: self.hazard_day, DEADLINE: self.deadline_day, LAPSE: self.lapse_day}
        for way in self.tables.ways[stage.first_way : stage.first_way + stage.ways]:
            other = kinds[way.kind](case, stage, way)
            if other < day:
                day, leaving = other, way.edge
        return day, leaving

    def hazard_day(self, case: Case, stage: Row, way: Row) -> int:
        since = self.today if self.opening else self.tables.since(case, way.since)
        return self.tables.hazard_day(way, case, stage, since, self.today)

    def deadline_day(self, case: Case, stage: Row, way: Row) -> int:
        since = self.tables.since(case, way.since)
        word = self.tables.luck(way.stream, case, case.visit(stage.index))
        days = self.tables.days(way.table, case, word, self.today - since if self.opening else None)
        return max(self.today + 1, since + days)

    def lapse_day(self, case: Case, stage: Row, way: Row) -> int:
        """The day on which the first of a case's checks lapses at its gate."""
        checks = self.tables.stages[self.tables.edges[way.edge].target]
        if self.opening:  # its checks were done on the day on which it came
            for item in self.items(checks):
                case.expiry[item.index] = int(NEVER)
                if item.valid != NONE:
                    word = self.tables.luck(item.valid_stream, case)
                    case.expiry[item.index] = case.entered + self.tables.days(item.valid, case, word)
        lapses = [case.expiry.get(item.index, int(NEVER)) for item in self.items(checks)]
        return max(self.today + 1, min(lapses))
