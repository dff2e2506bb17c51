"""Small systems, each made for a rule of the engines that random ones seldom meet."""

from __future__ import annotations

from conftest import START, by, number, pathway, system

from sim.pathway import (
    Attribute,
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


def visits():
    """A case comes to one stage more often than it can count."""
    whole = system(pathway(step("on", "O", to("on"), leave=(hazard(to("off")),)), outcome("off", "O"),
                           sources=(source("new", "N", "on"),)))  # fmt: skip
    return whole, {"sources.new.rate": {"2026-04-01": 1, "2026-04-03": 0}, "p.on.days": 1, "p.on.off.rate": 0}


def old_places():
    """A queue by date of filing whose oldest have waited for up to eighty years, from both ends."""
    ways = (hazard(to("end", "left")), deadline(to("end", "late"), since="filed"))
    whole = system(pathway(desk("desk", "D", "office", to("end"), date="filed", leave=ways), outcome("end", "E"),
                           openings=(opening("old", "O", "desk", draws=("size",)),)))  # fmt: skip
    return whole, {
        "stock.old.cases": 400, "stock.old.age": number({"uniform": [14000, 29500]}), "p.draws.size": {"small": 0.5},
        "p.desk.minutes": 60, "p.desk.left.rate": 0.02, "p.desk.oldest_first": 0.6,
        "p.desk.late.days": number({"uniform": [20000, 33000]}),
        "p.desk.priority": by("size", {"small": 0, "large": 1}),
        "offices.office.staff": 1, "offices.office.minutes_per_day": 240,
    }  # fmt: skip


def opening_checks():
    """Checks under way on the first day, held until one that comes or for ever; dates of filing marked anew."""
    whole = system(
        pathway(
            step("ask", "A", to("held")), checks("open", "O", to("held"), ("one", "two")),
            checks("held", "H", to("gate", marks=("filed",)), ("one",)),
            gate("gate", "G", "places", to("end"), lapse=to("held", "lapsed")), outcome("end", "E"),
            sources=(source("new", "N", "ask", draws=("size", "persons")),),
            openings=(opening("here", "H", "open", draws=("size", "persons")),
                      opening("there", "T", "held", draws=("size", "persons")),
                      opening("ready", "R", "gate", draws=("size", "persons"))),
            milestones=(milestone("fact", "F", since="filed"),),
        ),
        persons="persons",
    )  # fmt: skip
    ages = {f"stock.{name}.age": number({"uniform": [0, 300]}) for name in ("here", "there", "ready")}
    return whole, ages | {
        "sources.new.rate": 1, "stock.here.cases": 60, "stock.there.cases": 60, "stock.ready.cases": 60,
        "p.draws.size": {"small": 0.5}, "p.draws.persons": {"1": 0.5, "2": 0.3},
        "p.open.one.days": number({"exponential": {"mean": 200}}), "p.open.two.days": number({"uniform": [0, 400]}),
        "p.open.two.valid": number({"uniform": [1, 200]}),
        "p.held.one.days": number({START: {"uniform": [1, 20]}, "2026-05-05": {"uniform": [15, 40]}}),
        "p.held.one.valid": number({START: {"uniform": [10, 60]}, "2026-05-20": {"uniform": [5, 30]}}),
        "p.fact.days": by("size", {"small": {"uniform": [1, 60]}, "large": {"uniform": [20, 400]}}),
        "p.gate.priority": by("size", {"small": {START: 1, "2026-06-10": 0}, "large": {START: 0, "2026-06-10": 1}}),
        "p.held.hold": by("size", {"small": {START: 1, "2026-05-10": 0}, "large": {START: 0, "2026-05-01": 1}}),
        "p.ask.days": 3, "p.ask.hold": by("size", {"small": {START: 0, "2026-04-20": 1, "2026-05-02": 0}, "large": 0}),
        "quotas.places.ceiling": {START: 40, "2026-06-20": 400}, "quotas.places.used_before_start": 0,
    }  # fmt: skip


def cut_region():
    """Below scale 1 a region, and then all, are cut below what was used; families take the reserve; a year ends."""
    whole = system(
        pathway(gate("gate", "G", "places", to("end"), region="colour"), outcome("end", "E"), report=("colour",),
                openings=(opening("old", "O", "gate", draws=("colour", "persons")),)),
        persons="persons",
    )  # fmt: skip
    return whole, {
        "stock.old.cases": 3000, "stock.old.age": number({"uniform": [0, 300]}),
        "p.draws.colour": {"red": 0.6}, "p.draws.persons": {"1": 0.3, "2": 0.3},
        "quotas.places.ceiling": {START: 400, "2026-05-01": 600, "2026-07-01": 700, "2026-08-15": 300,
                                   "2026-10-01": 90},
        "quotas.places.used_before_start": number({"red": 0, "blue": 0, "reserve": 0}),
        "quotas.places.allocation": {
            START: {"red": 0.6, "blue": 0.3, "reserve": 0.1},
            "2026-05-01": {"red": 0.2, "blue": 0.4, "reserve": 0.4},
            "2026-07-01": {"red": 0.1, "blue": 0.2, "reserve": 0.7},
            "2026-10-01": {"red": 0.5, "blue": 0.3, "reserve": 0.2},
        },
    }  # fmt: skip


def clocks():
    """Days counted from filings long before the start, or a clock set anew; other days for who comes later."""
    whole = system(pathway(
        step("first", "F", to("second", marks=("clock",))),
        step("second", "S", to("third"), leave=(hazard(to("reunited", "left"), since="filed"),)),
        step("third", "T", to("reunited"), since="clock",
             leave=(hazard(to("reunited", "tired"), since="clock"), deadline(to("reunited", "late"), since="clock"))),
        outcome("reunited", "R"), sources=(source("new", "N", "first"),), openings=(opening("old", "O", "first"),),
        milestones=(milestone("fact", "F", since="clock"),), phases=(phase("apart", "A", "first", "second", "third"),),
    ))  # fmt: skip
    return whole, {
        "sources.new.rate": 2, "stock.old.cases": 400, "stock.old.age": number({"uniform": [0, 300]}),
        "p.first.days": number({START: {"uniform": [0, 400]}, "2026-05-01": 30, "2026-06-01": 60, "2026-07-01": 90}),
        "p.second.days": number({"uniform": [1, 40]}),
        "p.second.left.rate": 0.05, "p.third.days": number({"uniform": [0, 120]}), "p.third.tired.rate": 0.3,
        "p.third.late.days": number({"uniform": [0, 120]}), "p.fact.days": number({"uniform": [0, 120]}),
    }  # fmt: skip


def shares():
    """Two desks share an office in thirds of its day, two others have an order; cases held at other times."""
    whole = system(pathway(
        desk("one", "O", "office", to("two")), desk("two", "T", "office", to("next"), date="filed"),
        desk("next", "N", "other", to("last")), desk("last", "L", "other", to("end")), outcome("end", "E"),
        openings=(opening("here", "H", "one", draws=("size",)), opening("there", "T", "two", draws=("size",))),
    ))  # fmt: skip
    held = {"small": {START: 0, "2026-05-01": 1, "2026-05-20": 0}, "large": 0}
    return whole, {
        "stock.here.cases": 200, "stock.here.age": number({"uniform": [0, 300]}), "p.draws.size": {"small": 0.5},
        "stock.there.cases": 200, "stock.there.age": number({"uniform": [0, 300]}),
        "p.one.minutes": 100, "p.one.oldest_first": 0.5, "p.one.hold": by("size", held),
        "p.two.minutes": 100, "p.two.oldest_first": 0, "p.two.hold": by("size", held),
        "offices.office.shares": number({"p.one": 1, "p.two": 2}),
        "offices.office.staff": 1, "offices.office.minutes_per_day": 100,
        "p.next.minutes": 40, "p.last.minutes": 150, "offices.other.order": ["p.next", "p.last"],
        "offices.other.staff": 1, "offices.other.minutes_per_day": 100,
    }  # fmt: skip


def crowd():
    """As many children of one case as its key can tell apart, of many cases on one day."""
    kinds = [opens(f"kind{number}", enters="q.home", count="kids") for number in range(7)]
    whole = system(
        pathway(step("on", "O", to("off")), outcome("off", "O", opens=kinds),
                sources=(source("new", "N", "on", draws=("kids",)),)),
        pathway(step("home", "H", to("grown")), outcome("grown", "G"), name="q"),
        attributes=(Attribute("kids", ("15", "16")),),
    )  # fmt: skip
    return whole, {
        "sources.new.rate": {START: 20, "2026-04-06": 0}, "p.draws.kids": {"15": 0.5},
        "p.on.days": 30, "q.home.days": number({"uniform": [1, 30]}),
    }  # fmt: skip


def unchecked():
    """Some wait at a gate without checks, in the places of others whose checks would lapse."""
    whole = system(pathway(
        checks("checks", "C", to("gate"), ("one",)),
        gate("gate", "G", "places", to("end"), lapse=to("checks", "lapsed")), outcome("end", "E"),
        sources=(source("new", "N", "checks"), source("other", "O", "gate")),
    ))  # fmt: skip
    return whole, {
        "sources.new.rate": 2, "sources.other.rate": 2, "p.checks.one.days": 10, "p.checks.one.valid": 90,
        "quotas.places.ceiling": 400, "quotas.places.used_before_start": 0,
    }  # fmt: skip


def marks():
    """Relatives carried, and times taken, by cases whose filing is later than their entry, and their clock again."""
    whole = system(
        pathway(
            step("ask", "A", to("wait", marks=("filed",))), step("wait", "W", to("next", marks=("clock",))),
            step("next", "N", to("last")), step("last", "L", to("end")), outcome("end", "E"),
            sources=(source("new", "N", "ask", draws=("kids",)),), report=("kids",),
            relatives=relatives("kids"), reaches=(reach("last", "filed"), reach("next", "entered")),
        ),
        attributes=(Attribute("kids", ("0", "1", "2")),),
    )  # fmt: skip
    return whole, {
        "sources.new.rate": 2, "p.draws.kids": {"0": 0.4, "1": 0.3}, "p.ask.days": number({"uniform": [1, 300]}),
        "p.wait.days": number({"uniform": [1, 60]}), "p.next.days": number({"uniform": [1, 60]}), "p.last.days": 20,
    }  # fmt: skip


RARE = {
    one.__name__: one
    for one in (old_places, opening_checks, cut_region, clocks, shares, crowd, unchecked, marks)
}
