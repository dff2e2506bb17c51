"""Random small systems, made by hypothesis: every kind of stage, number and rule, freely combined."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from conftest import ATTRIBUTES, COLOUR, PERSONS, SIZE, number
from hypothesis import strategies as st

from sim.capacity import MONTH_NAMES
from sim.pathway import (
    Pathway,
    branch,
    checks,
    deadline,
    desk,
    gate,
    hazard,
    milestone,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)
from sim.pathway_families import phase, reach, relatives
from sim.system import System

LEVELS = {attribute.name: attribute.levels for attribute in ATTRIBUTES}
STARTS = ("2026-04-01", "2026-08-20", "2025-09-25", "2026-10-01")


@dataclass
class Random:
    """One random system with its numbers."""

    system: Any
    numbers: dict[str, Any]
    start: str
    horizon: str
    scale: float
    seed: int


@dataclass
class Maker:
    """Draws what a system is made of."""

    draw: Any
    start: str
    days: int
    numbers: dict[str, Any] = field(default_factory=dict)
    offices: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    quotas: dict[str, str] = field(default_factory=dict)

    def whole(self, low, high):
        return self.draw(st.integers(low, high))

    def maybe(self, percent):
        return self.whole(0, 99) >= 100 - percent

    def pick(self, things):
        return self.draw(st.sampled_from(list(things)))

    def some(self, things, most):
        found = list(things)
        return [found.pop(self.whole(0, len(found) - 1)) for _ in range(min(self.whole(0, most), len(found)))]

    def date(self):
        day = self.whole(2, self.days + 20)
        return (dt.date.fromisoformat(self.start) + dt.timedelta(days=day - 1)).isoformat()

    # -- numbers ----------------------------------------------------------------------------------

    def dated(self, leaf):
        if not self.maybe(30):
            return leaf()
        return {self.start: leaf()} | {self.date(): leaf() for _ in range(self.whole(1, 2))}

    def number(self, leaf, by=(COLOUR, SIZE, PERSONS), **more):
        """A number that may depend on an attribute and on the date."""
        if not by or self.maybe(50):
            return number(self.dated(leaf), **more)
        attribute = self.pick(by)
        if self.maybe(70):
            return number({level: self.dated(leaf) for level in attribute.levels}, attribute.name, **more)
        return number(
            self.dated(lambda: {attribute.levels[0]: leaf(), "default": leaf()}), attribute.name, **more
        )

    def law(self, longest=60):
        mean = self.whole(1, longest)
        kind = self.whole(0, 6)
        if kind <= 2:
            return mean
        return {
            3: {"uniform": [0, 2 * mean]},
            4: {"exponential": {"mean": mean}},
            5: {"lognormal": {"median": mean, "sigma": 0.7}},
            6: {"pieces": [[0, mean, 0.5], [mean, 4 * mean, 0.5]]},
        }[kind]

    def shares(self, columns):
        weights = [self.whole(0, 5) for _ in columns]
        total = sum(weights) or 1
        found = {name: weight / total for name, weight in zip(columns, weights, strict=True)}
        del found[columns[-1]]
        return found or {columns[0]: 1}

    def split(self, path, columns):
        if path not in self.numbers:
            odds = {}
            if self.maybe(20):
                odds = {
                    self.pick(columns): {
                        "size": number({"large": self.whole(1, 8) / 2, "default": 1}, "size")
                    }
                }
            self.numbers[path] = self.number(lambda: self.shares(columns), odds=odds)

    def hold(self, path):
        if self.maybe(25):
            self.numbers[f"{path}.hold"] = self.number(lambda: self.whole(0, 1), (COLOUR, SIZE))

    # -- pathways ---------------------------------------------------------------------------------

    def pathway(self, name, beyond, persons):
        """A pathway whose cases may go on to the stages `beyond`, or open children there."""
        report = self.some(LEVELS, 2)
        free = [attribute for attribute in LEVELS if attribute not in report and attribute != "persons"]
        middle, ends = self.whole(1, 6), self.whole(1, 3)
        kinds = [self.pick(("step", "desk", "desk", "gate", "checks", "branch")) for _ in range(middle)]
        for place in range(middle - 1):
            if kinds[place] == "checks" and self.maybe(70):
                kinds[place + 1] = "gate"
        kinds += ["outcome"] * ends
        fates = ("reunited", "lost_age", "lost_death") if name != "p" else ("e0", "e1", "e2")
        names = [f"s{place}" for place in range(middle)] + list(fates[:ends])
        arrows: list[list[int]] = [[self.whole(place + 1, len(kinds) - 1)] for place in range(middle)]
        for place in range(1, len(kinds)):
            if not any(place in arrows[other] for other in range(min(place, middle))):
                arrows[self.whole(0, min(place, middle) - 1)].append(place)
        for place in range(middle):
            for _ in range(self.whole(0, 2)):
                other = self.whole(0, len(kinds) - 1)
                if other > place or kinds[other] not in ("branch", "outcome"):
                    arrows[place].append(other)
        stages = [
            self.stage(name, names, kinds, place, arrows[place], free) if place < middle else
            self.outcome(names[place], beyond, name, names, kinds)
            for place in range(len(kinds))
        ]  # fmt: skip
        self.entries = [f"{name}.{names[place]}" for place in range(middle)]
        drawn = [*persons, *self.some([a for a in LEVELS if a != "persons"], 3)]
        sources, openings, milestones = [], [], []
        for n in range(self.whole(1, 2)):
            per = self.pick(("", "colour", "size"))
            draws = [a for a in drawn if a != per]
            for attribute in draws:
                place = f"sources.{name}{n}" if self.maybe(20) else name
                self.split(f"{place}.draws.{attribute}", LEVELS[attribute])
            at = names[0] if n == 0 else self.pick(names[:middle])
            sources.append(source(f"{name}{n}", "S", at, per=per, draws=draws))
            attribute = {"": (), "colour": (COLOUR,), "size": (SIZE,)}[per]
            rate = self.number(lambda: self.whole(0, 12) / 8, ())
            if attribute:
                levels = attribute[0].levels
                rate = number({level: self.dated(lambda: self.whole(0, 12) / 8) for level in levels}, per)
            self.numbers[f"sources.{name}{n}.rate"] = rate
        holding = [names[place] for place in range(middle) if kinds[place] != "branch"]
        for n in range(self.whole(0, 3) if holding else 0):
            stock = f"old{name}{n}"
            openings.append(opening(stock, "O", self.pick(holding), draws=drawn))
            for attribute in drawn:
                self.split(f"{name}.draws.{attribute}", LEVELS[attribute])
            self.numbers[f"stock.{stock}.cases"] = self.whole(1, 60)
            self.numbers[f"stock.{stock}.age"] = number(self.law(400))
            if self.maybe(50):
                self.numbers[f"stock.{stock}.in_stage"] = number(self.law(60))
        for n in range(self.whole(0, 1)):
            only = {self.pick(("colour",)): "blue"} if self.maybe(50) else None
            milestones.append(milestone(f"m{n}", "M", self.pick(("entered", "filed", "clock")), only))
            self.numbers[f"{name}.m{n}.days"] = self.number(self.law)
        phases = ()
        if holding and self.maybe(50):
            cut = self.whole(0, len(holding) - 1)
            phases = tuple(
                phase(f"f{n}", "F", *part) for n, part in enumerate((holding[:cut], holding[cut:]))
            )
        carried = None
        if not phases and self.maybe(60):
            only = {"colour": self.pick(COLOUR.levels)} if self.maybe(30) else None
            counts = self.pick((("relatives",), ("relatives", "persons")))
            carried = relatives(*counts, only=only, elsewhere=self.some(fates[:ends], 1))
        goals = [reach(goal, self.pick(("filed", "entered"))) for goal in self.some(names, 2)]
        return Pathway(
            name, name, tuple(stages), tuple(sources), tuple(openings), tuple(report), tuple(milestones),
            phases, carried, tuple(goals),
        )  # fmt: skip

    def transition(self, pathway, target, name, free):
        sets = {a: self.pick(LEVELS[a]) for a in self.some(free, 1)} if self.maybe(20) else {}
        draws = self.some(free, 2) if self.maybe(20) else []
        for attribute in draws:
            self.split(f"{pathway}.draws.{attribute}", LEVELS[attribute])
        return to(target, name, sets, draws, self.some(("filed", "clock"), 1) if self.maybe(20) else ())

    def stage(self, pathway, names, kinds, place, targets, free):
        kind, name = kinds[place], names[place]
        path = f"{pathway}.{name}"
        single = kind in ("gate", "checks")
        plain, early = ([], []) if kind != "branch" else (targets, [])
        for n, target in enumerate(targets if kind != "branch" else ()):
            (early if n and (single or self.maybe(40)) else plain).append(target)
        moves = [self.transition(pathway, names[t], f"to{n}", free) for n, t in enumerate(plain)]
        ways = []
        for n, target in enumerate(early):
            since = self.pick(("entered", "filed", "clock"))
            move = self.transition(pathway, names[target], f"way{n}", free)
            if self.maybe(50):
                ways.append(hazard(move, since))
                self.numbers[f"{path}.way{n}.rate"] = self.number(lambda: self.pick((0, 0.05, 0.3, 50)))
            else:
                ways.append(deadline(move, since))
                self.numbers[f"{path}.way{n}.days"] = self.number(lambda: self.law(150))
        if len(moves) > 1:
            self.split(f"{path}.split", [move.name for move in moves])
        if kind == "branch":
            return branch(name, "B", *moves)
        if kind == "step":
            self.numbers[f"{path}.days"] = self.number(self.law)
            self.hold(path)
            return step(
                name, "S", *moves, leave=ways, since=self.pick(("entered", "entered", "filed", "clock"))
            )
        if kind == "checks":
            items = [f"i{n}" for n in range(self.whole(1, 3))]
            for item in items:
                self.numbers[f"{path}.{item}.days"] = self.number(lambda: self.law(30))
                if self.maybe(60):
                    self.numbers[f"{path}.{item}.valid"] = self.number(lambda: self.law(90))
            self.hold(path)
            return checks(name, "C", moves[0], items, leave=ways)
        if kind == "gate":
            before = [n for n in range(len(kinds)) if kinds[n] == "checks"]
            lapse = (
                self.transition(pathway, names[self.pick(before)], "lapsed", free)
                if before and self.maybe(80)
                else None
            )
            quota = self.pick(("c1", "c2"))
            region = self.quotas.setdefault(quota, self.pick(("", "colour", "persons")))
            self.hold(path)
            if self.maybe(30):
                self.numbers[f"{path}.priority"] = self.number(lambda: self.whole(0, 2))
            return gate(name, "G", quota, moves[0], lapse, region, leave=ways)
        office = self.pick(("o1", "o2", "o3"))
        per, desks = self.offices.setdefault(office, (self.pick(("", "", "colour", "size")), []))
        desks.append(path)
        columns = [move.name for move in moves]
        minutes = self.pick((0, 10, 50, 100))
        if self.maybe(30):
            self.numbers[f"{path}.minutes"] = self.number(lambda: {c: self.whole(0, 8) * 15 for c in columns})
        else:
            self.numbers[f"{path}.minutes"] = self.number(lambda: minutes + self.whole(0, 8) * 10)
        if self.maybe(40):
            self.numbers[f"{path}.oldest_first"] = self.number(lambda: self.whole(0, 5) / 5, ())
        if self.maybe(30):
            self.numbers[f"{path}.priority"] = self.number(lambda: self.whole(0, 2))
        self.hold(path)
        return desk(name, "D", office, *moves, per=per, date=self.pick(("filed", "joined")), leave=ways)

    def outcome(self, name, beyond, pathway, names, kinds):
        if beyond and self.maybe(30):
            return outcome(name, "E", continues=self.pick(beyond))
        children = []
        for kind in ("kid", "self", "twin") if beyond and self.maybe(60) else ():
            if self.maybe(50):
                enters = self.pick(beyond)
                draws = self.some(("colour", "size"), 1)
                for attribute in draws:
                    self.split(f"{enters.partition('.')[0]}.draws.{attribute}", LEVELS[attribute])
                count = self.pick(("one", "relatives", "persons"))
                children.append(
                    opens(kind, enters, count, {"relatives": "0"} if self.maybe(30) else None, draws)
                )
        return outcome(name, "E", opens=children)

    # -- offices and quotas -----------------------------------------------------------------------

    def serve(self):
        for office, (per, desks) in self.offices.items():
            path = f"offices.{office}"
            by = {"": None, "colour": COLOUR, "size": SIZE}[per]
            staff = lambda: self.whole(0, 6) / 2  # noqa: E731
            value = self.dated(staff) if by is None else {level: self.dated(staff) for level in by.levels}
            self.numbers[f"{path}.staff"] = number(value, per or ())
            self.numbers[f"{path}.minutes_per_day"] = number(self.dated(lambda: self.whole(5, 40) * 10))
            if self.maybe(20):
                self.numbers |= {f"{path}.training.days": 20, f"{path}.training.productivity": 0.3}
            if len(desks) > 1:
                desks.sort()  # pathways are made last first
                if self.maybe(50):
                    self.numbers[f"{path}.order"] = [*reversed(desks)] if self.maybe(50) else [*desks]
                else:
                    share = lambda desks=desks: {desk: self.whole(0, 3) for desk in desks}  # noqa: E731
                    self.numbers[f"{path}.shares"] = number(self.dated(share))
        for quota, region in self.quotas.items():
            self.limit(quota, region, lambda: self.pick((0, 7, 40, 150)))

    def limit(self, quota, region, ceiling):
        path = f"quotas.{quota}"
        self.numbers[f"{path}.ceiling"] = number(self.dated(ceiling))
        if self.maybe(30):
            pace = dict.fromkeys(MONTH_NAMES, 0.05) | {"april": 0.15, "september": 0.3, "october": 0.1}
            self.numbers[f"{path}.pace"] = number(pace)
        if region:
            columns = (*LEVELS[region], "reserve")

            def parts(columns=columns):
                weights = [self.whole(0, 4) for _ in columns]
                weights[-1] += not sum(weights)
                return {c: w / sum(weights) for c, w in zip(columns, weights, strict=True)}

            self.numbers[f"{path}.allocation"] = number(self.dated(parts))
            if self.maybe(30):
                self.numbers[f"{path}.regions_bind"] = self.whole(0, 1)
            if self.maybe(30):
                self.numbers[f"{path}.used_before_start"] = number({c: self.whole(0, 9) for c in columns})
        elif self.maybe(30):
            self.numbers[f"{path}.used_before_start"] = self.whole(0, 30)


@st.composite
def random_systems(draw) -> Random:
    """A system of up to three pathways, cases going on from the first to the last."""
    start = draw(st.sampled_from(STARTS))
    days = draw(st.integers(40, 150))
    maker = Maker(draw, start, days)
    counted = maker.maybe(70)
    persons = ["persons"] if counted else []
    pathways: list[Pathway] = []
    beyond: list[str] = []
    for name in ("p", "q", "r")[: maker.whole(1, 3)][::-1]:
        pathways.insert(0, maker.pathway(name, beyond, persons))
        beyond = beyond + maker.entries
    maker.serve()
    whole = System(tuple(pathways), ATTRIBUTES, "persons" if counted else "")
    horizon = dt.date.fromisoformat(start) + dt.timedelta(days=days)
    scale = maker.pick((1.0, 1.0, 0.5, 0.3))
    return Random(whole, maker.numbers, start, horizon.isoformat(), scale, maker.whole(0, 10**6))


@st.composite
def random_quotas(draw) -> Random:
    """Families of several regions before the gates of a quota, over a year's end: ceilings cut and raised."""
    start = draw(st.sampled_from(("2026-08-20", "2026-09-20")))
    days = draw(st.integers(60, 450))
    maker = Maker(draw, start, days)
    region = maker.pick(("", "colour", "size"))
    places = [gate(f"g{n}", "G", "c1", to("done"), region=region) for n in range(maker.whole(1, 2))]
    clear = checks("check", "C", to("g0"), ("i0", "i1"))
    places[0] = gate("g0", "G", "c1", to("done"), lapse=to("check", name="lapsed"), region=region)
    drawn = ("colour", "size", "persons", "relatives")
    sources = [source("new", "N", "check", draws=drawn)]
    openings = [opening(f"old{n}", "O", one.name, draws=drawn) for n, one in enumerate(places)]
    for attribute in drawn:
        maker.split(f"p.draws.{attribute}", LEVELS[attribute])
    for n in range(len(places)):
        maker.numbers |= {
            f"stock.old{n}.cases": maker.whole(20, 200),
            f"stock.old{n}.age": number(maker.law(300)),
        }
        maker.hold(f"p.g{n}")
        if maker.maybe(30):
            maker.numbers[f"p.g{n}.priority"] = maker.number(lambda: maker.whole(0, 2))
    maker.numbers["sources.new.rate"] = number(maker.dated(lambda: maker.whole(0, 12) / 4))
    for item in ("i0", "i1"):
        maker.numbers[f"p.check.{item}.days"] = maker.number(lambda: maker.law(30))
        maker.numbers[f"p.check.{item}.valid"] = maker.number(lambda: maker.law(200))
    maker.numbers["quotas.c1.ceiling"] = 0
    maker.limit("c1", region, lambda: maker.whole(0, 12) * 15)
    late = sorted(maker.date() for _ in range(maker.whole(0, 3)))
    ceilings = {start: maker.whole(2, 12) * 20} | {date: maker.whole(0, 12) * 10 for date in late}
    maker.numbers["quotas.c1.ceiling"] = number(ceilings)
    stages = (clear, *places, outcome("done", "D"))
    one = Pathway("p", "p", stages, tuple(sources), tuple(openings), (region,) if region else ())
    whole = System((one,), ATTRIBUTES, "persons")
    horizon = dt.date.fromisoformat(start) + dt.timedelta(days=days)
    scale = maker.pick((1.0, 0.5, 0.21, 0.1))
    return Random(whole, maker.numbers, start, horizon.isoformat(), scale, maker.whole(0, 10**6))


__all__ = ["Random", "random_quotas", "random_systems"]
