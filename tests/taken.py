"""What the agreement test went through: stage kinds, ways to leave, edges of the five graphs, numbers read.

python tests/taken.py        runs both engines on every shipped scenario and on two in which everything is frequent,
                             and prints how often each was taken
"""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from inspect import CO_NEWLOCALS, CO_OPTIMIZED
from linecache import getline
from pathlib import Path
from types import CodeType
from unittest import mock

from agreement import check
from conftest import number

import sim
from sim import model as bridge
from sim.layout import CHECKS, NONE
from sim.pathways import NATIONAL
from sim.reference import Reference
from sim.shipped import shipped_names
from sim.structure import KINDS, WAYS
from sim.tables import Tables

REDONE = "redone"
SMALL = {name: (0.0005, 3) for name in ("baseline", "ordinary_years")}
SMALL |= {name: (1.0, 2) for name in ("classroom", "classroom_two_officers")}
"""scale and years of the larger runs; every other scenario runs at `ELSE`"""
ELSE = (0.0003, 3)
SOURCES = Path(sim.__file__).parent
FILES = tuple(sorted(path.name for path in SOURCES.glob("reference*.py")))
FREQUENT = ("frequent", "frequent_unbound")


SCARCE = ("relatives", "travel", "resident_", "board_", "court_merits")
"""opening stocks without which few would come to the ends of the graphs"""


# -- scenarios ---------------------------------------------------------------------------------------------------------


def frequent(bind):
    """The baseline's structure with numbers under which nothing is rare: even branches, short steps, few places."""
    base = sim.load("baseline").between("2026-08-01", "2028-06-30")
    numbers = dict(base.numbers)
    for pathway, stage in NATIONAL.stages():
        path = f"{pathway.name}.{stage.name}"
        columns = [move.name for move in stage.transitions if move.name != REDONE]
        if f"{path}.split" in numbers:
            numbers[f"{path}.split"] = number({name: 1 / len(columns) for name in columns})
        if stage.kind == "step":
            numbers[f"{path}.days"] = number({"uniform": [0, 200 if stage.leave else 60]})
        for item in stage.items:
            numbers[f"{path}.{item}.days"] = number({"uniform": [0, 60]})
            numbers[f"{path}.{item}.valid"] = number({"uniform": [20, 120]})
        for way in stage.leave:
            if way.kind == "hazard":
                numbers[f"{path}.{way.transition.name}.rate"] = number(0.12)
            elif way.kind == "deadline":
                numbers[f"{path}.{way.transition.name}.days"] = number({"uniform": [0, 200]})
        if f"{path}.hold" in numbers:
            numbers[f"{path}.hold"] = number(
                {"2026-08-01": 1, "2026-10-20": 0, "2027-08-01": 1, "2027-09-10": 0}
            )
    for _, source, _ in NATIONAL.sources():
        rate = {"default": 0.02} if source.per else 0.3
        numbers[f"sources.{source.name}.rate"] = number(rate, source.per or (), unit="cases a day")
    for path in numbers:
        kind, _, rest = path.partition(".")
        if kind == "stock" and rest.endswith(".cases"):
            numbers[path] = number(200 if any(name in path for name in SCARCE) else 40)
        elif kind == "offices" and rest.endswith(".staff"):
            rest = rest.removesuffix(".staff")
            per = next(stage.per for _, stage in NATIONAL.stages() if stage.office == rest)
            few = 0.6 if rest == "immigration_judges" else 2
            numbers[path] = number({"default": 0.5} if per else few, per or ())
    quota = "quotas.refugee_ceiling"
    numbers[f"{quota}.ceiling"] = number({"2026-08-01": 400, "2026-10-01": 150, "2027-10-01": 900})
    numbers[f"{quota}.used_before_start"] = number(0)
    numbers[f"{quota}.regions_bind"] = number(int(bind))
    for path in numbers:
        if path.endswith(".draws.spouse_apart"):
            numbers[path] = number({"0": 0.5})
        elif path.endswith(".draws.children_apart"):
            numbers[path] = number({"0": 0.5, "1": 0.3, "2": 0.2, "3": 0, "4": 0})
    name = FREQUENT[0] if bind else FREQUENT[1]
    return dataclasses.replace(base, name=name, numbers=numbers, touched={})


def scenario(name):
    return frequent(name == FREQUENT[0]) if name in FREQUENT else sim.load(name)


# -- noting ------------------------------------------------------------------------------------------------------------


class Named(Tables):
    """Tables that remember of which number each was made."""

    def named(self, path, table):
        if table != NONE and not path.startswith("stock."):  # ages are read before the run
            self.__dict__.setdefault("names", {})[table] = path
        return table

    def split(self, path, columns):
        return self.named(path, super().split(path, columns))

    def whole(self, path, unit, columns=None):
        return self.named(path, super().whole(path, unit, columns))

    def days(self, path):
        return self.named(path, super().days(path))

    def hazard(self, path):
        return self.named(path, super().hazard(path))

    def hold(self, path):
        return self.named(path, super().hold(path))

    def lanes(self, hold_path, priority_path, region=""):
        table, classes = super().lanes(hold_path, priority_path, region)
        given = [path for path in (hold_path, priority_path) if path and self.scenario.get(path) is not None]
        return self.named(" and ".join(given), table) if given else table, classes


@dataclass
class Taken:
    """How often each was taken, and what there is to take."""

    kinds: Counter = field(default_factory=lambda: Counter(dict.fromkeys(KINDS, 0)))
    ways: Counter = field(default_factory=lambda: Counter(dict.fromkeys((*WAYS, REDONE), 0)))
    edges: Counter = field(default_factory=Counter)
    numbers: Counter = field(default_factory=Counter)

    def add(self, other):
        for own, more in zip(vars(self).values(), vars(other).values(), strict=True):
            own.update(more)

    def missing(self):
        return {
            kind: sorted(name for name, count in counts.items() if not count)
            for kind, counts in vars(self).items()
        }

    def report(self):
        lines = []
        for kind, counts in vars(self).items():
            gone = [name for name, count in counts.items() if not count]
            lines.append(f"{kind}: {len(counts) - len(gone)} of {len(counts)} taken")
            lines += [
                f"  {counts[name]:>8,}  {name}"
                for name in sorted(counts, key=lambda name: (counts[name], name))
            ]
        return "\n".join(lines)


def edge_name(edge):
    """An edge of the graphs; the streams of one source are one edge."""
    stream = edge.origin.startswith(f"source:{edge.name}.")
    origin = f"source:{edge.name}" if stream else edge.origin
    return f"{edge.pathway}: {origin} - {edge.target} ({edge.name})"


def noting(model, names, taken):
    """A reference engine that notes which edges it takes and which numbers it reads."""

    class Noting(Reference):
        def __init__(self, *given, **more):
            super().__init__(*given, **more)
            moved, place = self.books.moved, self.tables.place

            def note_move(case, edge, today):
                taken.edges[edge_name(model.edges[edge.index])] += 1
                taken.kinds[kinds[self.tables.stages[edge.target].kind]] += 1
                if edge.index in ways:
                    taken.ways[ways[edge.index]] += 1
                moved(case, edge, today)

            def note_place(table, attributes):
                if table in names:
                    taken.numbers[names[table]] += 1
                return place(table, attributes)

            self.books.moved, self.tables.place = note_move, note_place

    kinds = {number: name for name, number in KINDS.items()}
    by_number = {number: name for name, number in WAYS.items()}
    ways = {int(way["edge"]): by_number[int(way["kind"])] for way in model.rules.way}
    ways |= {int(stage["first_edge"]) + 1: REDONE for stage in model.rules.stage if stage["kind"] == CHECKS}
    return Noting


@cache
def taken_by(name):
    """Runs both engines on a scenario of the country; fails where they part. What the run went through."""
    made = []

    def remembered(*given):
        made.append(Named(*given))
        return made[0]

    scale, years = (1.0, 99) if name in FREQUENT else SMALL.get(name, ELSE)
    with mock.patch.object(bridge, "Tables", remembered):
        model = bridge.build(scenario(name), NATIONAL, scale)
    names = made[0].__dict__["names"]
    taken = Taken(
        edges=Counter(dict.fromkeys(map(edge_name, model.edges), 0)),
        numbers=Counter(dict.fromkeys(names.values(), 0)),
    )
    seed = 1 + (name == FREQUENT[1])
    answer = check(model, seed, min(model.days, round(365.25 * years)), reference=noting(model, names, taken))
    assert answer is not None and len(answer["histories"]) > 1000
    return taken


def taken_in_all():
    """What all runs of the country went through together."""
    whole = Taken()
    for name in (*shipped_names(), *FREQUENT):
        whole.add(taken_by(name))
    return whole


# -- lines -------------------------------------------------------------------------------------------------------------


def lines_run(act):
    """Lines of the reference engine's functions that ran during `act`, and those that did not, as file:line: text."""
    ran = set()

    def within(frame, event, _):
        if event == "line":
            ran.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    def called(frame, event, _):
        return within if Path(frame.f_code.co_filename).name in FILES else None

    sys.settrace(called)
    try:
        act()
    finally:
        sys.settrace(None)
    every = set()
    for name in FILES:
        path = SOURCES / name
        todo = [compile(path.read_text("utf-8"), str(path), "exec")]
        while todo:
            code = todo.pop()
            todo += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
            if code.co_flags & CO_NEWLOCALS and code.co_flags & CO_OPTIMIZED:  # a function
                every |= {
                    (str(path), line) for _, _, line in code.co_lines() if line and line > code.co_firstlineno
                }
    return ran & every, sorted(
        f"{Path(path).name}:{line}: {getline(path, line).strip()}" for path, line in every - ran
    )


if __name__ == "__main__":
    found = taken_in_all()
    print(found.report())
    sys.exit(any(found.missing().values()))
