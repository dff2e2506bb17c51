"""What the model says to the reference engine: its flat arrays, read one case and one day at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from types import SimpleNamespace
from typing import Any

from sim.casekey import PERSONS_BITS
from sim.chance import draw
from sim.durations import PER_DAY, beyond, look_up, threshold, whole_days
from sim.layout import FROM_CLOCK, FROM_ENTERED, FROM_FILED, NEVER, NONE, Any_
from sim.model import Model
from sim.reference_case import Case

Row = Any
"""A record of the model: an object whose fields are those that sim/layout.py names."""


def records(array: Any_) -> list[Row]:
    """The records of an array as objects that know their own place."""
    names = array.dtype.names or ()
    return [
        SimpleNamespace(index=index, **dict(zip(names, record, strict=True)))
        for index, record in enumerate(array.tolist())
    ]


class Tables:
    """The numbers in force: `now` says, table by table, where those of today begin."""

    def __init__(self, model: Model, seed: int) -> None:
        rules = model.rules
        self.rules, self.seed, self.last_day = rules, seed, model.days
        self.stages, self.edges, self.ways = records(rules.stage), records(rules.edge), records(rules.way)
        self.items, self.children, self.draws = records(rules.item), records(rules.child), records(rules.draw)
        self.hazard: list[list[int]] = rules.hazard.tolist()
        self.hazard_before: list[int] = rules.hazard_before.tolist()
        self.counted: list[int] = rules.persons.tolist()
        self.now: list[int] = model.now.tolist()
        self.cells: list[int] = rules.cells.tolist()
        fields = rules.field.tolist()
        self.fields = [fields[first : first + count] for first, count in rules.table.tolist()]

    # -- values -----------------------------------------------------------------------------------

    def place(self, table: int, attributes: int) -> int:
        """How far behind the beginning of a table the row of a case with these attributes stands."""
        steps = 0
        for shift, mask, stride in self.fields[table]:
            steps += (attributes >> shift & mask) * stride
        return steps

    def value(self, table: int, attributes: int = 0, column: int = 0) -> int:
        """The number in force today for these attributes."""
        return self.cells[self.now[table] + self.place(table, attributes) + column]

    def persons(self, case: Case) -> int:
        """How many persons are decided together in a case."""
        shift, mask, first = self.counted
        return first + (case.attributes >> shift & mask)

    def opening_day(self, table: int, case: Case, day: int) -> int:
        """The first day from `day` on that is not held for this case; NEVER if beyond the horizon."""
        if table == NONE or day > self.last_day:
            return day
        return int(self.rules.opening_day[self.value(table, case.attributes), day])

    @staticmethod
    def since(case: Case, date: int) -> int:
        """The day from which a duration, a deadline or a hazard counts."""
        return {FROM_ENTERED: case.entered, FROM_FILED: case.filed, FROM_CLOCK: case.clock}[date]

    # -- chance -----------------------------------------------------------------------------------

    def luck(self, stream: int, case: Case, visit: int = 0) -> int:
        """The random word, 0 to 2**32 - 1, of one decision on one case."""
        return draw(self.seed, stream, case.key, visit)

    def choice(self, table: int, columns: int, case: Case, word: int) -> int:
        """The column that a word falls into; a table of shares holds their running sums, 2**32 for one."""
        first = self.now[table] + self.place(table, case.attributes)
        return bisect_right(self.cells[first : first + columns - 1], word)

    def split(self, case: Case, stage: Row) -> int:
        """Which of a stage's transitions the case takes, counted from the first."""
        if stage.split == NONE:
            return 0
        word = self.luck(stage.split_stream, case, case.visit(stage.index))
        return self.choice(stage.split, stage.edges, case, word)

    def days(self, table: int, case: Case, word: int, age: int | None = None) -> int:
        """A duration in whole days, at least one. With `age`: of the durations that are longer than that."""
        quantiles = self.rules.quantiles
        begin = self.value(table, case.attributes)
        if age is not None:
            word = beyond(quantiles, begin, age * PER_DAY, word)
        return whole_days(look_up(quantiles, begin, word))

    def days_on(self, first: int, table: int, case: Case, word: int) -> int:
        """A duration by the numbers of another day, on which the rows of its table begin at `first`."""
        begin = self.cells[int(first) + self.place(table, case.attributes)]
        return whole_days(look_up(self.rules.quantiles, begin, word))

    def check_word(self, stream: int, case: Case, stage: Row, person: int) -> int:
        """Checks are drawn for each person of a case."""
        return self.luck(stream, case, case.visit(stage.index) << PERSONS_BITS | person)

    def hazard_day(self, way: Row, case: Case, stage: Row, since: int, today: int) -> int:
        """The first day after today on which the hazard since a day reaches the case's threshold."""
        row = self.value(way.table, case.attributes)
        sums = self.hazard[row]
        before = sums[since] if since >= 0 else since * self.hazard_before[row]
        word = self.luck(way.stream, case, case.visit(stage.index))
        day = bisect_left(sums, before + threshold(self.rules.thresholds, word))
        return max(today + 1, day) if day <= self.last_day else int(NEVER)
