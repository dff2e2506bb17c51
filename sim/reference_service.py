"""Who serves in the reference engine: offices that work off minutes, quotas that give out places."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from sim.layout import NONE
from sim.reference_case import NEWEST, OLDEST, Line
from sim.reference_tables import Row
from sim.tables import MILLI

if TYPE_CHECKING:
    from sim.reference import Reference


class Desk:
    """One desk at one office, with a credit for the oldest case and one for the newest, in 1/1000 minute."""

    def __init__(self, run: Reference, claim: Row, queues: list[Row]) -> None:
        self.run, self.tables = run, run.tables
        self.rank, self.share, self.column = claim.rank, claim.share, claim.column
        self.queue = run.queues[claim.queue]
        self.stage = self.tables.stages[queues[claim.queue].stage]
        self.credit = [0, 0]

    def weight(self) -> int:
        return 1 if self.share == NONE else self.tables.value(self.share, column=self.column)

    def work(self, minutes: int) -> int:
        """Works off its credit and these minutes; returns what it could not use. A debt stays."""
        oldest = minutes
        if self.stage.oldest != NONE:
            oldest = minutes * self.tables.value(self.stage.oldest) // MILLI
        unused = 0
        for end, part in ((OLDEST, oldest), (NEWEST, minutes - oldest)):
            self.credit[end] += part
            self.serve(end)
            if self.credit[end] > 0:
                unused += self.credit[end]
                self.credit[end] = 0
        return unused

    def serve(self, end: int) -> None:
        """Serves those who wait, from one end of the queue, while the credit is above zero."""
        while self.credit[end] > 0:
            place = self.queue.first(end, self.run.priority)
            if place is None:
                return
            column = self.tables.split(place.case, self.stage)
            self.credit[end] -= self.tables.value(self.stage.minutes, place.case.attributes, column)
            place.call(self.stage.first_edge + column)


class Office:
    """An office divides the minutes of a day among its desks."""

    def __init__(self, run: Reference, number: int, desks: list[Desk]) -> None:
        self.run, self.number = run, number
        self.ranks = [list(group) for _, group in groupby(desks, key=lambda desk: desk.rank)]
        self.capacity = run.tables.rules.capacity[number]

    def serve(self) -> None:
        """One day: rank after rank, the next has what the last leaves."""
        minutes = left = int(self.capacity[self.run.today])
        if minutes == 0:
            return
        for desks in self.ranks:
            left = self.share_out(desks, left)
        self.run.books.counts.minutes[self.number] += minutes - left

    def share_out(self, desks: list[Desk], minutes: int) -> int:
        """Desks of one rank: each has its share; what it cannot use goes to the others, in order."""
        weights = [desk.weight() for desk in desks]
        grants = [minutes * weight // max(1, sum(weights)) for weight in weights]
        if sum(weights) > 0:
            grants[-1] = minutes - sum(grants[:-1])
        left = minutes - sum(grants)
        for desk, grant in zip(desks, grants, strict=True):
            left += desk.work(grant)
        for desk in desks if len(desks) > 1 else ():
            if left > 0:
                left = desk.work(left)
        return left


class Quota:
    """A quota gives out places, counted in thousandths of a person, to one merged queue of all its gates.

    Part by part: the regions, the reserve, and the whole.
    """

    def __init__(self, run: Reference, quota: Row, used_before: list[int]) -> None:
        self.run, self.quota = run, quota
        self.queue = run.queues[run.tables.stages[run.gates_of(quota)[0]].queue]
        self.reserve, self.total = quota.regions, quota.regions + 1
        self.used = used_before
        self.owed = [0] * len(used_before)
        """how much of what was used a family took beyond what was open (only below scale 1)"""

    def allowed(self, part: int, day: int) -> int:
        return int(self.run.tables.rules.allowed[self.quota.index, part, day])

    def open_places(self, part: int) -> int:
        return self.allowed(part, self.run.today) - self.used[part]

    def serve(self) -> None:
        """One day: in order of the queue, whoever fits passes; who does not, makes the region wait."""
        today = self.run.today
        if self.run.tables.rules.year_begins[today]:
            for part in range(self.total + 1):
                beyond = self.used[part] - self.allowed(part, today - 1)
                self.used[part] = max(0, min(beyond, self.owed[part]))
        closed: set[int] = set()

        def priority(line: Line) -> int | None:
            _, region = line
            return None if region in closed else self.run.priority(line)

        while self.open_places(self.total) > 0:
            place = self.queue.first(OLDEST, priority)
            if place is None:
                return
            region = self.region(place.case.attributes)
            persons = self.run.tables.persons(place.case)
            if self.fits(region, persons * MILLI):
                self.take(region, persons)
                place.call(self.run.tables.stages[place.case.stage].first_edge)
            else:
                closed.add(region)

    def region(self, attributes: int) -> int:
        return int(attributes >> self.quota.shift & self.quota.mask) if self.quota.regions else 0

    def fits(self, region: int, places: int) -> bool:
        """A family fits into its region and the reserve; below scale 1, while anything is open there."""
        room = self.open_places(self.total)
        if self.quota.bind:
            both = max(0, self.open_places(region)) + max(0, self.open_places(self.reserve))
            room = min(room, both)
        return places <= room if self.quota.exact else room > 0

    def take(self, region: int, persons: int) -> None:
        """A family takes places of its region first, then of the reserve; the excess over both is owed."""
        own = places = persons * MILLI
        if self.quota.bind and (self.quota.exact or self.open_places(self.reserve) > 0):
            own = min(places, max(0, self.open_places(region)))
        if self.quota.bind:
            self.charge(self.reserve, places - own, places - own)
        if self.quota.regions:
            self.charge(region, own, places)
        self.charge(self.total, places, places)

    def charge(self, part: int, places: int, admitted: int) -> None:
        over = max(0, -self.open_places(part))  # from a family before, or from a ceiling that was cut
        self.used[part] += places
        if not self.quota.exact:
            self.owed[part] = min(self.owed[part], over) + max(0, -self.open_places(part)) - over
        self.run.books.counts.admitted[self.quota.index, part, self.run.fiscal_year] += admitted
