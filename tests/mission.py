"""What the tests of the mission's facts share: small runs of the whole system, and ways to take one rule out of it.

A world is the national system with a scenario. To be quick, some worlds leave out arrivals and stocks that a fact does
not need; stages, rules and numbers are always those of the country. `lived` is a run of a world as it is, kept for all
tests; a `Mutation` takes one rule away and says how the check of its fact then fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property

import pandas as pd
import pytest

import sim
from sim.pathway import Pathway, gate, outcome, to
from sim.pathways import NATIONAL
from sim.runs import run
from sim.scenario import Scenario
from sim.system import System

FIVE_GROUNDS = {"race", "religion", "nationality", "political_opinion", "social_group"}


@dataclass(frozen=True)
class Draft:
    """Pathways while a rule is being changed: checked only when the system is whole again."""

    pathways: tuple[Pathway, ...]


Rule = Callable[[Draft, Scenario], tuple[Draft, Scenario]]


# -- runs --------------------------------------------------------------------------------------------------------------


class Run:
    """A result with every history kept, and what the checks ask of it."""

    def __init__(self, result):
        self.result = result
        self.last = pd.Timestamp(result.info["until"])

    @cached_property
    def rows(self):
        """Histories, with the level of an attribute by `level`."""
        return self.result.histories

    @cached_property
    def principals(self):
        """Histories of cases that arrived by themselves."""
        return self.rows[self.rows["parent"] == ""]

    @cached_property
    def ends(self):
        """The last line of each principal's history."""
        return self.principals.drop_duplicates("case", keep="last")

    @cached_property
    def granted(self):
        """First day of status of each case that opened one, by case."""
        first = self.rows[(self.rows["pathway"] == "status") & (self.rows["parent"] != "")]
        return first.groupby("parent")["entered"].min()

    def cases_at(self, pathway, stage, transition=None):
        """Lines of one stage, left by one transition if given."""
        rows = self.rows[(self.rows["pathway"] == pathway) & (self.rows["stage"] == stage)]
        return rows if transition is None else rows[rows["transition"] == transition]

    def moved(self, pathway, origin=None, target=None, group="*", what="cases"):
        """Moves from a stage to a stage; None is any."""
        flow = self.result.flow
        flow = flow[(flow["pathway"] == pathway) & (flow["group"] == group)]
        if origin is not None:
            flow = flow[flow["from_stage"] == origin]
        if target is not None:
            flow = flow[flow["to_stage"] == target]
        return flow[what].sum()

    def ended(self, pathway, name, group="*", year=None, what="cases"):
        """Outcomes or milestones of that name."""
        found = self.result.outcomes
        found = found[(found["pathway"] == pathway) & (found["outcome"] == name) & (found["group"] == group)]
        return (found if year is None else found[found["fiscal_year"] == year])[what].sum()


def level(rows, name):
    """Level of an attribute in each line of histories; the first level is left out there."""
    first = NATIONAL.attribute(name).levels[0]
    return rows["attributes"].str.extract(rf"(?:^|;){name}=([^;]*)", expand=False).fillna(first)


def next_stage(run):
    """Stage that follows in the same case, by line of the principals ("" at the end)."""
    rows = run.principals
    return rows.groupby("case")["stage"].shift(-1).fillna("")


def days(later, earlier):
    return (later - earlier).dt.days


def heard(run):
    """Merits hearings held: one line for each, with `granted` and `protected` (withholding or another relief)."""
    rows = run.cases_at("defensive", "merits", "heard")
    rows = pd.concat([rows, run.cases_at("defensive", "detained_merits", "heard")])
    then = next_stage(run)[rows.index]
    granted = (then == "") & rows["case"].isin(run.granted.index)
    return rows.assign(granted=granted, protected=(then == "") & ~granted)


def admissions(run):
    """The last line of every case admitted, and its lines."""
    last = run.cases_at("refugee", "travel", "admitted")
    return last, run.principals[run.principals["case"].isin(last["case"])]


# -- worlds ------------------------------------------------------------------------------------------------------------

REFUGEE, AFFIRMATIVE, DEFENSIVE, FAMILY, STATUS = (p.name for p in NATIONAL.pathways)


def put(path, value, by=None, odds=None, factors=None):
    """Sets a number outright, whatever it depended on; `factors="same"` keeps what multiplies it."""

    def rule(system, scenario):
        given = {"value": value, "by": by or (), "odds": odds or {}}
        if factors != "same":
            given["factors"] = {}
        number = scenario.numbers[path].model_copy(update=given)
        return system, replace(scenario, numbers={**scenario.numbers, path: number}, _used=set())

    return rule


def change(path, value, since=None):
    """Changes a part of a number, or the number from a day on."""
    return lambda system, scenario: (system, scenario.change(path, value, since=since))


def scale(path, by):
    return lambda system, scenario: (system, scenario.scale(path, by=by))


def only(*pathways, keep=()):
    """Nobody arrives or waits in the other pathways, but for the stocks and sources of `keep`."""

    def rule(system, scenario):
        kept = {
            each.name for p in system.pathways if p.name in pathways for each in (*p.sources, *p.openings)
        }
        empty = {}
        for path, number in scenario.numbers.items():
            first, name, last = (*path.split("."), "", "")[:3]
            if (first, last) in (("stock", "cases"), ("sources", "rate")) and name not in {*kept, *keep}:
                empty[path] = number.model_copy(update={"value": 0, "by": ()})
        return system, replace(scenario, numbers={**scenario.numbers, **empty}, _used=set())

    return rule


def span(start=None, horizon=None):
    return lambda system, scenario: (system, scenario.between(start, horizon))


def both(*rules):
    """One rule after the other."""

    def rule(system, scenario):
        for each in rules:
            system, scenario = each(system, scenario)
        return system, scenario

    return rule


@dataclass(frozen=True)
class World:
    scenario: str
    scale: float
    rule: Rule
    years: float | None = None

    def run(self, rule=None):
        found = self.rule(Draft(NATIONAL.pathways), sim.load(self.scenario))
        draft, scenario = rule(*found) if rule else found
        system = System(draft.pathways, NATIONAL.attributes, NATIONAL.persons)
        return Run(run(scenario, system=system, scale=self.scale, years=self.years, history=1.0))


_OFFICERS = only(AFFIRMATIVE, FAMILY)
_COURT = only(DEFENSIVE)
_INTERVIEWS = only(AFFIRMATIVE)
_MOST_FOR_AMERICA = {
    "africa": 0.15, "east_asia": 0.1, "europe_central_asia": 0.05, "latin_america_caribbean": 0.5,
    "near_east_south_asia": 0.15, "reserve": 0.05,
}  # fmt: skip
_FIRST = "offices.asylum_officers.staff"
WORLDS = {
    "country": World("baseline", 0.005, both(), years=2),
    "officers": World("baseline", 0.005, _OFFICERS, years=4),
    "twice the officers": World("baseline", 0.005, both(_OFFICERS, scale(_FIRST, 2)), years=4),
    "court": World("baseline", 0.004, _COURT, years=3),
    "twice the judges": World(
        "baseline", 0.004, both(_COURT, scale("offices.immigration_judges.staff", 2)), years=3
    ),
    "interviews, first in first out": World(
        "baseline", 0.01, both(_INTERVIEWS, put("affirmative.backlog.oldest_first", 1)), years=1.5
    ),
    "interviews, last in first out": World(
        "baseline", 0.01, both(_INTERVIEWS, put("affirmative.backlog.oldest_first", 0)), years=1.5
    ),
    "interviews, two tracks": World(
        "baseline", 0.01, both(_INTERVIEWS, put("affirmative.backlog.oldest_first", 0.5)), years=1.5
    ),
    # Nobody in the country has asked yet; whoever is in court has no application on file.
    "newcomers": World(
        "baseline",
        0.005,
        both(
            span("2026-05-04", "2027-09-30"),
            only(keep=("affirmative_filings", "court_master")),
            put("stock.court_master.draws.application", {"none": 1, "asylum": 0}),
        ),
    ),
    "refugees": World("baseline", 0.1, both(only(REFUGEE), span(horizon="2028-09-30"))),
    "refugees, 2022 to 2025": World("baseline", 0.02, both(only(REFUGEE), span("2022-10-01", "2025-12-31"))),
    "refugees, ordinary years": World("ordinary_years", 0.02, only(REFUGEE)),
    # 18,000 places a year, most of them for one region, and a year without travel
    "refugees, low ceiling": World(
        "ordinary_years",
        0.04,
        both(
            only(REFUGEE),
            change("quotas.refugee_ceiling.ceiling", 18000, "2027-10-01"),
            change("quotas.refugee_ceiling.allocation", _MOST_FOR_AMERICA, "2027-10-01"),
            put("quotas.refugee_ceiling.regions_bind", 1),
            lambda system, scenario: (
                system,
                scenario.change("refugee.travel.hold", 1, since="2028-10-01", until="2029-09-30"),
            ),
            span(horizon="2031-09-30"),
        ),
    ),
    "holders of status": World("baseline", 0.005, only(STATUS), years=5),
}


@cache
def lived(name):
    """A world as it is: one run for all tests."""
    return WORLDS[name].run()


# -- rules taken away --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutation:
    """A rule of one fact taken away: in which of the check's worlds, and how the check must then fail."""

    name: str
    check: Callable[..., None]
    worlds: tuple[str, ...]
    rule: Rule
    fails: str
    where: tuple[str, ...] = ()

    def refute(self):
        where = self.where or self.worlds
        runs = [WORLDS[name].run(self.rule) if name in where else lived(name) for name in self.worlds]
        with pytest.raises(AssertionError, match=self.fails):
            self.check(*runs)


def _with(system, pathway, **fields):
    changed = [replace(p, **fields) if p.name == pathway else p for p in system.pathways]
    return Draft(tuple(changed))


def _pathway(system, name):
    return next(p for p in system.pathways if p.name == name)


def stage(path, **fields):
    """Replaces fields of a stage."""
    pathway, name = path.split(".")

    def rule(system, scenario):
        stages = [replace(s, **fields) if s.name == name else s for s in _pathway(system, pathway).stages]
        return _with(system, pathway, stages=tuple(stages)), scenario

    return rule


def move(path, transition, **fields):
    """Replaces fields of a transition: where it leads, what it sets, draws or marks."""
    pathway, name = path.split(".")

    def rule(system, scenario):
        def changed(found):
            return replace(found, **fields) if found.name == transition else found

        def revised(one):
            ways = tuple(replace(way, transition=changed(way.transition)) for way in one.leave)
            return replace(one, transitions=tuple(map(changed, one.transitions)), leave=ways)

        stages = [revised(s) if s.name == name else s for s in _pathway(system, pathway).stages]
        return _with(system, pathway, stages=tuple(stages)), scenario

    return rule


def marks_nothing(pathway, transition):
    """A transition of that name marks no date, wherever it stands."""

    def rule(system, scenario):
        for one in _pathway(system, pathway).stages:
            system, scenario = move(f"{pathway}.{one.name}", transition, marks=())(system, scenario)
        return system, scenario

    return rule


def also(pathway, *stages):
    """Adds stages to a pathway."""
    return lambda system, scenario: (
        _with(system, pathway, stages=(*_pathway(system, pathway).stages, *stages)),
        scenario,
    )


def without(pathway, name):
    """Takes a stage or a milestone away, with its numbers."""

    def rule(system, scenario):
        found = _pathway(system, pathway)
        stages = tuple(s for s in found.stages if s.name != name)
        milestones = tuple(m for m in found.milestones if m.name != name)
        numbers = {p: n for p, n in scenario.numbers.items() if not p.startswith(f"{pathway}.{name}.")}
        system = _with(system, pathway, stages=stages, milestones=milestones)
        return system, replace(scenario, numbers=numbers, _used=set())

    return rule


def source_sets(pathway, name, **sets):
    """What a source sets, nothing else."""

    def rule(system, scenario):
        sources = [
            replace(s, sets=tuple(sets.items())) if s.name == name else s
            for s in _pathway(system, pathway).sources
        ]
        return _with(system, pathway, sources=tuple(sources)), scenario

    return rule


def opens_at(path, change_of):
    """Replaces the child cases that an outcome opens: `change_of` is called with each, None drops it."""
    pathway, name = path.split(".")

    def rule(system, scenario):
        found = _pathway(system, pathway).stage(name).opens
        kept = tuple(one for one in map(change_of, found) if one is not None)
        return stage(path, opens=kept)(system, scenario)

    return rule


def capped(pathway, origin, transition, granted):
    """Puts a place under the refugee ceiling before a grant."""
    cap = gate("cap", "Cap", "refugee_ceiling", to(granted), region="region")
    return both(also(pathway, cap), move(f"{pathway}.{origin}", transition, target="cap"))


def ends_as(pathway, name, label):
    return also(pathway, outcome(name, label))
