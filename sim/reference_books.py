"""What the reference engine books: the counts that the ledger reads, one case at a time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim import layout
from sim.casekey import FAMILY_BITS
from sim.chance import tie_hash
from sim.layout import FREE, HISTORIES, NONE, OPENED, TRANSITIONS, Any_, Ints
from sim.model import Model
from sim.reference_case import Case
from sim.reference_tables import Row, Tables, records


class Counts(NamedTuple):
    """The arrays of sim.layout.State that the ledger reads, with the same meaning."""

    cases: Any_
    """empty: `tally` counts the open cases below zero"""
    tally: Ints
    minutes: Ints
    admitted: Ints
    flow: Ints
    served: NDArray[np.int32]
    reached: NDArray[np.int32]
    unserved: NDArray[np.int32]
    waiting: NDArray[np.int32]
    ended: Ints
    milestones: Ints
    apart: Ints
    history: Any_


class Books:
    """Counts what cases do: each with all others, and with its group of every attribute reported by."""

    def __init__(self, model: Model, tables: Tables, share: float) -> None:
        rules = model.rules
        self.tables, self.rules = tables, rules
        self.reports, self.groupings = records(rules.report), records(rules.grouping)
        self.facts = records(rules.milestone)
        self.carries, self.relative_counts = records(rules.relatives), records(rules.counted)
        self.share = 2**63 - 1 if share >= 1 else int(share * 2**63)
        self.lines: list[tuple[int, ...]] = []
        slots, years = max(len(labels) for labels in model.groups), int(rules.fiscal[-1]) + 1
        waits = (model.wait_rows, model.bin_days.size)
        months = int(rules.month[-1]) + 1
        self.counts: Any = Counts(
            cases=np.zeros(0, dtype=layout.CASE),
            tally=np.zeros(layout.COUNTS, dtype=np.int64),
            minutes=np.zeros(rules.office.size, dtype=np.int64),
            admitted=np.zeros((*model.used_before.shape, years), dtype=np.int64),
            flow=np.zeros((rules.edge.size, slots, 3), dtype=np.int64),
            served=np.zeros(waits, dtype=np.int32),
            reached=np.zeros(waits, dtype=np.int32),
            unserved=np.zeros(waits, dtype=np.int32),
            waiting=np.zeros(waits, dtype=np.int32),
            ended=np.zeros((rules.stage.size, years + 1, slots), dtype=np.int64),
            milestones=np.zeros((rules.milestone.size, months, slots, 2), dtype=np.int64),
            apart=np.zeros((rules.stage.size, years + 1, slots, 3), dtype=np.int64),
            history=np.zeros(0, dtype=layout.HISTORY),
        )

    def slots(self, pathway: int, case: Case) -> list[int]:
        """Where a case is counted: slot 0 is everyone's, then one for each attribute reported by."""
        report = self.reports[pathway]
        groupings = self.groupings[report.first : report.first + report.count]
        return [0] + [by.slot + (case.attributes >> by.shift & by.mask) for by in groupings]

    # -- cases ------------------------------------------------------------------------------------

    def came(self) -> None:
        self.counts.tally[OPENED] += 1
        self.counts.tally[FREE] -= 1

    def went(self) -> None:
        self.counts.tally[FREE] += 1

    def moved(self, case: Case, edge: Row, today: int) -> None:
        """A transition was taken; the case has the attributes that it gave."""
        self.counts.tally[TRANSITIONS] += 1
        for slot in self.slots(edge.pathway, case):
            self.counts.flow[edge.index, slot] += (1, self.tables.persons(case), today)

    def left(self, case: Case, stage: Row, edge: Row, today: int) -> None:
        """A case leaves the stage where it was; its attributes are still those that it had there."""
        if stage.wait != NONE:
            self.waited(stage.wait, stage.pathway, case, case.entered, today, bool(edge.served))
        self.stayed_apart(case, stage, today)
        self.remember(case, today, edge.index)

    def waited(self, wait: int, pathway: int, case: Case, since: int, today: int, served: bool) -> None:
        """A wait ended: by year of leaving if served, and by year of entry if in the run."""
        length, year = self.rules.bins[today - since], self.rules.fiscal
        for slot in self.slots(pathway, case) if today > 0 else ():
            if served:
                self.counts.served[self.row(wait, year[today], slot), length] += 1
            if since > 0:
                counts = self.counts.reached if served else self.counts.unserved
                counts[self.row(wait, year[since], slot), length] += 1

    def row(self, wait: int, year: int, slot: int) -> int:
        """Where the histogram of a wait stands, for a fiscal year and a group."""
        place = self.rules.wait[wait]
        return int(place["first"] + year * place["slots"] + slot)

    def ended(self, case: Case, stage: Row, today: int) -> None:
        """A case has reached an outcome of a pathway."""
        cohort = 1 + self.rules.fiscal[case.opened] if case.opened > 0 else 0
        for slot in self.slots(stage.pathway, case):
            self.counts.ended[stage.index, cohort, slot] += 1
        self.waited(stage.pathway, stage.pathway, case, case.opened, today, True)
        self.milestones(case, stage.pathway, today)
        if stage.continues == NONE:
            self.carried(case, stage, today, today)

    def reached(self, case: Case, stage: Row, today: int) -> None:
        """A case has come to a stage to which the time is taken."""
        if stage.reach != NONE:
            since = case.opened if stage.reach_since == layout.FROM_ENTERED else case.filed
            self.waited(stage.reach, stage.pathway, case, since, today, True)

    # -- families apart ---------------------------------------------------------------------------

    def apart(self, case: Case, stage: Row, since: int, *amounts: int) -> None:
        """Books relatives, days since the principal's filing and days at the stage, in the cohort of `since`."""
        cohort = 1 + self.rules.fiscal[since] if since > 0 else 0
        for slot in self.slots(stage.pathway, case):
            self.counts.apart[stage.index, cohort, slot] += amounts

    def opened_apart(self, case: Case, stage: Row, today: int) -> None:
        """A relative's case opens: until now the principal's was open."""
        if stage.apart:
            self.apart(case, stage, today, 0, today - case.filed, 0)

    def stayed_apart(self, case: Case, stage: Row, until: int) -> None:
        """A relative's case was at a stage, in the run from day 1 on, until the day before `until`."""
        if stage.apart:
            self.apart(case, stage, case.opened, 0, 0, until - max(case.entered, 1))

    def carried(self, case: Case, stage: Row, since: int, until: int) -> None:
        """The relatives of a principal have waited since the filing."""
        of = self.carries[stage.pathway]
        if case.attributes & of.mask == of.value:
            counts = self.relative_counts[of.first : of.first + of.counts]
            heads = sum(by.first + (case.attributes >> by.shift & by.mask) for by in counts)
            self.apart(case, stage, since, heads, heads * (until - case.filed), 0)

    # -- dated facts ------------------------------------------------------------------------------

    def milestones(self, case: Case, pathway: int, today: int, cases: int = 1) -> None:
        """Counts the dated facts that came by today while the case was open in this pathway, by what it is now."""
        for fact in self.facts:
            if fact.pathway != pathway or case.attributes & fact.mask != fact.value:
                continue
            since = case.opened if fact.since == layout.FROM_ENTERED else self.tables.since(case, fact.since)
            first = self.rules.milestone_row[fact.index, max(since, 0)]
            day = since + self.tables.days_on(first, fact.days, case, self.tables.luck(fact.stream, case))
            if max(case.opened, 0) < day <= today:
                for slot in self.slots(pathway, case):
                    persons = self.tables.persons(case)
                    histogram = self.counts.served[self.row(fact.wait, self.rules.fiscal[day], slot)]
                    histogram[self.rules.bins[day - since]] += cases
                    self.counts.milestones[fact.index, self.rules.month[day], slot] += (
                        cases,
                        cases * persons,
                    )

    # -- histories --------------------------------------------------------------------------------

    def remember(self, case: Case, left: int, edge: int) -> None:
        """Keeps a line of history, if the family belongs to the sample."""
        if tie_hash(case.key >> FAMILY_BITS << FAMILY_BITS) < self.share:
            self.lines.append((case.key, case.attributes, case.stage, case.entered, left, edge))

    def close(self, cases: set[Case], last: int) -> Any:
        """Counts who is still there on the last day; returns the counts for the ledger."""
        fiscal, bins = self.rules.fiscal, self.rules.bins
        for case in cases:
            stage = self.tables.stages[case.stage]
            for wait, since in ((stage.pathway, case.opened), (stage.wait, case.entered)):
                for slot in self.slots(stage.pathway, case) if wait != NONE and since > 0 else ():
                    self.counts.waiting[self.row(wait, fiscal[since], slot), bins[last - since]] += 1
            self.milestones(case, stage.pathway, last)
            self.stayed_apart(case, stage, last + 1)
            self.carried(case, stage, case.filed, last + 1)
            self.remember(case, NONE, NONE)
        self.counts.tally[HISTORIES] = len(self.lines)
        return self.counts._replace(history=np.array(self.lines, dtype=layout.HISTORY))
