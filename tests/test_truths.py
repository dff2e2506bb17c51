"""Monotone facts: which change can never make something worse, over random scenarios with common random numbers.

Each docstring says under which conditions the fact is a theorem, and why. They are less obvious than they sound: the
last part shows feedbacks that break some of them, in small and in the national baseline.

The words: a queue is *plain* when one desk has an office of its own, nobody leaves it unserved, nothing is held and its
order is first in first out. Its work is what waits and what was overdrawn, in minutes; on each day
work = max(work + who comes - capacity, 0).
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from conftest import COLOUR, by, engine, left, moves, number, pathway, play, system
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.capacity import MONTH_NAMES
from sim.pathway import branch, checks, deadline, desk, gate, hazard, opening, outcome, source, step, to

DONE, GONE = outcome("done", "Done"), outcome("gone", "Gone")
START, DAYS = dt.date(2026, 4, 1), 150
HORIZON = (START + dt.timedelta(days=DAYS - 1)).isoformat()
few = settings(max_examples=25, deadline=None)
colours = st.sampled_from(("red", "blue"))
dates = st.integers(0, DAYS - 1).map(lambda days: (START + dt.timedelta(days=days)).isoformat())
costs = st.integers(1, 30).map(lambda tens: tens * 7)
seeds = st.integers(0, 10**6)
means = st.integers(1, 60)


@st.composite
def dated(draw, values):
    """A number that changes on up to two days."""
    return {START.isoformat(): draw(values)} | {
        draw(dates): draw(values) for _ in range(draw(st.integers(0, 2)))
    }


@st.composite
def laws(draw, of=means):
    """A law of durations, and the same law with every quantile shortened."""
    mean, share = draw(of), draw(st.floats(0.1, 1.0))
    shapes = (
        lambda m: {"fixed": m},
        lambda m: {"exponential": {"mean": m}},
        lambda m: {"uniform": [0, 2 * m]},
        lambda m: {"lognormal": {"median": m, "sigma": 0.8}},
    )
    shape = draw(st.sampled_from(shapes))
    return number(shape(mean)), number(shape(mean * share))


@st.composite
def queues(draw, minutes=costs):
    """Numbers of a queue `wait` that two colours join, from a step and from the start, with office and luck."""
    cost = draw(minutes)
    rates = st.integers(0, 30).map(lambda tenths: tenths / 10)
    numbers = {f"sources.{colour}.rate": number(draw(dated(rates))) for colour in COLOUR.levels}
    numbers |= {"stock.old.cases": draw(st.integers(1, 80)), "stock.old.age": number({"uniform": [0, 90]})}
    numbers |= {"p.draws.colour": {"red": 0.5}, "p.first.days": draw(laws())[0], "p.wait.minutes": cost}
    numbers |= {"offices.office.staff": number(draw(dated(st.integers(0, 6).map(lambda half: half / 2))))}
    return numbers | {"offices.office.minutes_per_day": draw(st.integers(1, 40)) * 11}, draw(seeds)


def line(*more, leave=(), before=(), **given):
    """first (a step) - wait (a desk with an office of its own) - done."""
    ways = given.pop("ways", (to("done"),))
    stages = (
        step("first", "F", to(given.pop("then", "wait")), leave=before),
        desk("wait", "W", "office", *ways, leave=leave, **given),
        *more, DONE, *([GONE] if leave or before else []),
    )  # fmt: skip
    sources = [source(colour, colour, "first", sets={"colour": colour}) for colour in COLOUR.levels]
    return pathway(*stages, sources=sources, openings=(opening("old", "O", at="wait", draws=("colour",)),))


def run(whole, numbers, seed, **given):
    """Histories of a run, in days."""
    return moves(play(whole, numbers, seed=seed, **({"horizon": HORIZON} | given)))


def there(frame, stage):
    """[day]: how many are at a stage at the end of each day of the run."""
    mine = frame[frame["stage"] == stage]
    inside = np.zeros(DAYS + 2, dtype=int)
    np.add.at(inside, mine["entered"].clip(lower=0).to_numpy(), 1)
    np.subtract.at(inside, mine["left"].where(mine["left"] >= 0, DAYS + 1).to_numpy(), 1)
    return np.cumsum(inside)[: DAYS + 1]


def gone(frame, stage, transition=None):
    """[day]: how many have left a stage by the end of each day."""
    mine = frame[(frame["stage"] == stage) & (frame["left"] >= 0)]
    if transition is not None:
        mine = mine[mine["transition"] == transition]
    return np.cumsum(np.bincount(mine["left"], minlength=DAYS + 1)[: DAYS + 1])


def exits(frame, stage):
    """{case: day} on which each case left a stage; who is still there has a day after the last."""
    mine = frame[frame["stage"] == stage]
    return mine.set_index("case")["left"].where(lambda days: days >= 0, DAYS + 1)


def never_later(one, other, stage):
    """Whether nobody who was at this stage in both left it later in `other`."""
    days, later = exits(one, stage), exits(other, stage)
    both = days.index.intersection(later.index)
    return (later[both] <= days[both]).all()


# -- offices ---------------------------------------------------------------------------------------------------------

more_staff = st.integers(1, 8).map(lambda halves: halves / 2)


def with_more(numbers, factor):
    return numbers | {
        "offices.office.minutes_per_day": numbers["offices.office.minutes_per_day"] * (1 + factor)
    }


@few
@given(queues(), more_staff, st.sampled_from((0, 1)))
def test_more_capacity_never_lengthens_its_queue(made, factor, order):
    """Feed-forward (nobody comes back, so who comes is the same), equal costs, nobody leaves, any single order: the
    work is monotone in capacity by its recursion, and the number waiting is the work / cost, rounded down.
    """
    numbers, seed = made
    numbers = numbers | {"p.wait.oldest_first": order}
    one, other = run(line(), numbers, seed), run(line(), with_more(numbers, factor), seed)
    assert (there(other, "wait") <= there(one, "wait")).all()
    assert (gone(other, "wait") >= gone(one, "wait")).all()


@few
@given(queues(), more_staff)
def test_more_capacity_makes_nobody_wait_longer_first_in_first_out(made, factor):
    """A plain queue, costs drawn with the case (not by date): a case is served on the first day on which the minutes
    offered exceed the work before it, and that work is monotone in capacity.
    """
    numbers, seed = made
    numbers = numbers | {"p.wait.minutes": {"short": 20, "long": 300}, "p.wait.split": {"short": 0.7}}
    ways = (to("done", name="short"), to("done", name="long"))
    one, other = run(line(ways=ways), numbers, seed), run(line(ways=ways), with_more(numbers, factor), seed)
    assert never_later(one, other, "wait")


@few
@given(queues(), st.lists(st.tuples(costs, st.integers(1, 30)), min_size=1, max_size=2), more_staff, means)
def test_more_capacity_upstream_never_lowers_what_a_line_has_finished(made, further, factor, pause):
    """Desks in a row, each with its own office and equal costs, between them steps that take everyone equally long:
    what a desk has served to date grows with what came to date, and with its capacity.
    """
    numbers, seed = made
    stages = []
    for place, (cost, minutes) in enumerate(further):
        target = f"s{place + 1}" if place + 1 < len(further) else "done"
        stages += [step(f"s{place}", "S", to(f"d{place}")), desk(f"d{place}", "D", f"o{place}", to(target))]
        numbers = numbers | {f"p.s{place}.days": pause, f"p.d{place}.minutes": cost}
        numbers |= {f"offices.o{place}.staff": 1, f"offices.o{place}.minutes_per_day": minutes * 15}
    one = line(*stages, ways=(to("s0"),))
    slow, fast = run(one, numbers, seed), run(one, with_more(numbers, factor), seed)
    for place in range(len(further)):
        assert (gone(fast, f"d{place}") >= gone(slow, f"d{place}")).all()


@few
@given(queues(), st.floats(1, 4), colours)
def test_more_arrivals_never_shorten_a_queue(made, factor, colour):
    """Feed-forward, equal costs, nobody leaves, one order: more arrivals are a superset (the count of a day is a
    quantile of one number), so the work is at least as much on every day.
    """
    numbers, seed = made
    path = f"sources.{colour}.rate"
    rate = numbers[path]
    more = rate.model_copy(update={"value": {day: each * factor for day, each in rate.value.items()}})
    one, other = run(line(), numbers, seed), run(line(), numbers | {path: more}, seed)
    assert (there(other, "wait") >= there(one, "wait")).all()
    assert (gone(other, "wait") >= gone(one, "wait")).all()
    assert never_later(other, one, "wait")  # first in first out, so case by case too


@few
@given(queues(), st.sampled_from((0, 1)))
def test_the_order_never_moves_the_length_of_a_queue(made, order):
    """One desk, equal costs, nobody leaves, nothing held: any order and any classes do the same work each day."""
    numbers, seed = made
    ranks = {"p.wait.priority": by("colour", {"red": 1, "blue": 0}), "p.wait.oldest_first": order}
    one, other = run(line(), numbers, seed), run(line(date="filed"), numbers | ranks, seed)
    assert (there(other, "wait") == there(one, "wait")).all()


@few
@given(queues(), st.lists(st.integers(0, 40), min_size=3, max_size=3), st.sampled_from((0, 0.3, 1)))
def test_served_never_exceeds_capacity_and_an_overdraw(made, each, order):
    """Always, for any costs: a case is started while credit is above zero, so that in any days the minutes used are
    under those offered and one case more for each track (two when the discipline is mixed).

    And while somebody waits at each day's end, no less than was offered and one such debt of the days before.
    """
    numbers, seed = made
    minutes = {f"w{place}": 1 + 23 * tens for place, tens in enumerate(each)}
    numbers = numbers | {"p.wait.minutes": minutes, "p.wait.split": {"w0": 0.3, "w1": 0.3}}
    numbers["p.wait.oldest_first"] = order
    one = line(ways=[to("done", name=name) for name in minutes])
    frame = run(one, numbers, seed)
    served = frame[(frame["stage"] == "wait") & (frame["left"] >= 0)]
    used = np.bincount(served["left"], weights=served["transition"].map(minutes), minlength=DAYS + 1)[1:]
    offered = engine(one, numbers, horizon=HORIZON).model.rules.capacity[0, 1:] / 1000
    debt = max(minutes.values()) * (2 if order == 0.3 else 1)
    over = np.append(0, np.cumsum(used - offered))
    assert (over - np.minimum.accumulate(over)).max() < debt
    waiting = there(frame, "wait")[1:] > 0
    for day in np.flatnonzero(waiting & (offered > 0)):
        assert over[day + 1] - over[day] > -debt


# -- who comes later, who leaves -------------------------------------------------------------------------------------


@few
@given(queues(), dates, st.integers(1, 5))
def test_who_joins_later_never_delays_who_was_first(made, since, rate):
    """First in first out by the day of joining, any costs: a case's service depends on the work before it alone."""
    numbers, seed = made
    day = (dt.date.fromisoformat(since) - START).days + 1
    crowd = line()
    crowd = pathway(
        *crowd.stages, sources=(*crowd.sources, source("crowd", "C", "wait")), openings=crowd.openings
    )
    one = run(crowd, numbers | {"sources.crowd.rate": 0}, seed)
    rates = number({"2026-01-01": 0, since: rate})
    other = run(crowd, numbers | {"sources.crowd.rate": rates}, seed)
    early = [exits(frame[frame["entered"] < day], "wait") for frame in (one, other)]
    assert early[0].equals(early[1])
    assert never_later(other, one, "wait")


@few
@given(queues(), colours, st.floats(0.05, 2), dates)
def test_nobody_waits_longer_because_somebody_withdrew(made, colour, rate, since):
    """First in first out, costs that come with the case: whoever withdraws unserved takes work from those behind and
    none from those before. So those who joined before the first withdrawal's joining wait exactly as long.
    """
    numbers, seed = made
    numbers = numbers | {"p.wait.gone.rate": 0}
    one = run(line(leave=(hazard(to("gone")),)), numbers, seed)
    withdrawn = {"2026-01-01": 0, since: rate}
    quits = by("colour", {colour: withdrawn, "default": 0})
    other = run(line(leave=(hazard(to("gone")),)), numbers | {"p.wait.gone.rate": quits}, seed)
    assert never_later(one, other, "wait")
    left_early = other[(other["stage"] == "wait") & (other["transition"] == "gone")]
    first = left_early["entered"].min() if len(left_early) else DAYS + 1
    days = [exits(frame[frame["entered"] < first], "wait") for frame in (one, other)]
    assert days[0].equals(days[1])


@few
@given(queues(), st.floats(0, 1), st.floats(0, 3), st.floats(1, 20), st.sampled_from(("first", "wait")))
def test_a_higher_hazard_never_keeps_anyone_longer(made, low, more, deadline_share, where):
    """At a step always; at a plain queue too: who leaves sooner is gone, and the others have less work before them.
    A nearer deadline does the same.
    """
    numbers, seed = made
    ways = (hazard(to("gone")), deadline(to("gone", name="late")))
    one = line(leave=ways) if where == "wait" else line(before=ways)
    rates = {f"p.{where}.gone.rate": low, f"p.{where}.late.days": 60}
    higher = {f"p.{where}.gone.rate": low + more, f"p.{where}.late.days": 60 / deadline_share}
    assert never_later(run(one, numbers | rates, seed), run(one, numbers | higher, seed), where)


@few
@given(queues(), queues(), st.integers(1, 9), st.integers(5, 90))
def test_a_desk_that_comes_first_never_feels_the_second(made, later, cost, share):
    """Strict order of desks on one office: each pays its own debt, so whatever comes to the second, with any costs, the
    first is served exactly as before.
    """
    numbers, seed = made
    second = desk("second", "S", "office", to("done"))
    one = line(second)
    one = pathway(*one.stages, sources=(*one.sources, source("more", "M", "second")), openings=one.openings)
    numbers = numbers | {"offices.office.order": ["p.wait", "p.second"], "p.second.minutes": cost * 50}
    quiet, loud = (run(one, numbers | {"sources.more.rate": rate}, seed) for rate in (0, share / 20))
    assert exits(quiet, "wait").equals(exits(loud, "wait"))


@few
@given(queues(st.just(50)), st.integers(1, 12), st.floats(1, 5))
def test_more_of_a_later_class_never_delays_an_earlier_one(made, cases, factor):
    """Strict priority classes in one queue, equal costs that divide each day's minutes: then nothing is ever overdrawn,
    and the first class sees the office as if it were alone. (With an overdraw it may wait one case longer: below.)
    """
    numbers, seed = made
    numbers = numbers | {"p.wait.priority": by("colour", {"red": 0, "blue": 1})}
    numbers["offices.office.minutes_per_day"] = 100 * cases
    rate = numbers["sources.blue.rate"]
    more = rate.model_copy(update={"value": {day: each * factor + 1 for day, each in rate.value.items()}})
    one, other = (run(line(), n, seed) for n in (numbers, numbers | {"sources.blue.rate": more}))
    red = [frame[(frame["stage"] == "wait")] for frame in (one, other)]
    first = [exits(frame[~frame["attributes"].str.contains("colour=blue")], "wait") for frame in red]
    assert first[0].equals(first[1])


# -- holds and durations ---------------------------------------------------------------------------------------------

spans = st.lists(st.integers(1, DAYS - 1), min_size=4, max_size=4, unique=True).map(sorted)


def hold(first, last, colour):
    day = [(START + dt.timedelta(days=n)).isoformat() for n in (first, last)]
    return by("colour", {colour: {START.isoformat(): 0, day[0]: 1, day[1]: 0}, "default": 0})


@few
@given(queues(), spans, colours, st.sampled_from(("first", "wait")))
def test_a_longer_hold_never_lets_anyone_out_earlier(made, days, colour, where):
    """Of those who are held, at a step always; at a plain queue when one class is held: whoever is served meanwhile
    takes no minute that the held class would not have had before them. A hold within another is never the worse.
    """
    numbers, seed = made
    path = f"p.{where}.hold"
    short = run(line(), numbers | {path: hold(days[1], days[2], colour)}, seed)
    long = run(line(), numbers | {path: hold(days[0], days[3], colour)}, seed)
    held = [f[(f["attributes"].str.contains("colour=blue")) == (colour == "blue")] for f in (short, long)]
    assert never_later(held[1], held[0], where)


@few
@given(queues(), spans, colours, st.sampled_from((1, 2)))
def test_a_hold_that_begins_later_or_ends_sooner_lets_everyone_out_no_later(made, days, colour, which):
    """At a step, where nobody waits for anybody: each case leaves on the first open day from its own on. Case by case,
    held or not, and to the day for those who are not held.
    """
    numbers, seed = made
    inner = (days[1], days[3]) if which == 1 else (days[0], days[2])
    holds = [hold(*ends, colour) for ends in ((days[0], days[3]), inner)]
    frames = [run(line(), numbers | {"p.first.hold": one}, seed) for one in holds]
    assert never_later(*frames, "first")
    free = [
        exits(f[f["attributes"].str.contains("colour=blue") != (colour == "blue")], "first") for f in frames
    ]
    assert free[0].equals(free[1])


@few
@given(queues(), laws(), laws(), laws())
def test_shorter_durations_never_end_later(made, first, second, third):
    """Steps and parallel checks in a row that look at no date: the same luck and smaller quantiles give each case a
    shorter time at each (stochastic order, coupled), and sums and maxima of shorter times are shorter.
    """
    numbers, seed = made
    one = line(
        checks("check", "C", to("last"), items=("a", "b")), step("last", "L", to("wait")), then="check"
    )
    found = []
    for shorter in (0, 1):
        days = {
            "p.first.days": first[shorter],
            "p.check.a.days": second[shorter],
            "p.check.b.days": third[shorter],
        }
        found.append(run(one, numbers | days | {"p.last.days": second[shorter]}, seed))
    for stage in ("first", "check", "last"):
        assert never_later(*found, stage)


# -- quotas ----------------------------------------------------------------------------------------------------------

places = st.integers(0, 120)
families = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 30), st.integers(1, 60)), min_size=1, max_size=5
)


@few
@given(queues(), dated(places), st.integers(0, 60), st.booleans())
def test_a_higher_ceiling_never_lowers_admissions_to_date(made, ceiling, more, paced):
    """Single persons, no regions, nobody leaves, clearances do not lapse: admissions to date are the smaller of who
    came and the places, year upon year, and both sides grow with the ceiling. Also when it changes within the year.
    """
    numbers, seed = made
    one = line(gate("gate", "G", "places", to("done")), ways=(to("gate"),))
    if paced:
        months = dict.fromkeys(MONTH_NAMES, 0.08) | {"september": 0.12}
        numbers = numbers | {"quotas.places.pace": number(months)}
    higher = {day: each + more for day, each in ceiling.items()}
    given = {"start": "2026-08-01", "horizon": "2026-11-30"}
    ceilings = (number(shifted(each)) for each in (ceiling, higher))
    low, high = (run(one, numbers | {"quotas.places.ceiling": each}, seed, **given) for each in ceilings)
    assert (gone(high, "gate") >= gone(low, "gate")).all()


def shifted(ceiling):
    """The same ceilings four months later, so that a fiscal year ends within the run."""
    return {
        (dt.date.fromisoformat(day) + dt.timedelta(days=122)).isoformat(): each
        for day, each in ceiling.items()
    }


@few
@given(families, places, places)
def test_a_higher_ceiling_never_lowers_the_persons_admitted_in_a_year(stocks, ceiling, more):
    """Families too, within one year, no regions: where one place more first lets a family pass that did not fit, it
    fills the ceiling to the last place, and nothing can overtake that. So persons to date never fall.
    """
    names = [f"f{place}" for place in range(len(stocks))]
    sizes = [str(size) for size, _, _ in stocks]
    openings = [opening(n, n, at="travel", sets={"persons": s}) for n, s in zip(names, sizes, strict=True)]
    one = pathway(
        step("travel", "T", to("gate")), gate("gate", "G", "places", to("done")), DONE, openings=openings
    )
    numbers = {"p.travel.days": number({"uniform": [0, 120]})}
    for name, (_, cases, age) in zip(names, stocks, strict=True):
        numbers |= {f"stock.{name}.cases": cases + 1, f"stock.{name}.age": age}
    whole = system(one, persons="persons")
    low, high = (
        persons(run(whole, numbers | {"quotas.places.ceiling": c}, 1)) for c in (ceiling, ceiling + more)
    )
    assert (high >= low).all() and low[-1] <= ceiling


def persons(frame):
    """[day]: persons who have passed the gate by the end of each day."""
    frame = frame[(frame["stage"] == "gate") & (frame["left"] >= 0)]
    size = frame["attributes"].str.extract(r"persons=(\d)")[0].fillna(1).astype(int)
    return np.cumsum(np.bincount(frame["left"], weights=size, minlength=DAYS + 1))


# -- an end ----------------------------------------------------------------------------------------------------------


@few
@given(queues(), laws(), st.floats(0, 0.8), st.integers(30, 100), st.sampled_from((0, 0.4, 1)))
def test_without_arrivals_every_queue_drains(made, days, again, ceiling, order):
    """Every stage leads on with a chance above zero, offices have minutes, quotas places in every year, checks outlast
    their redoing: after enough time nobody is left, whatever the order, the loops and the withdrawals.
    """
    numbers, seed = made
    stages = (
        branch("fork", "F", to("first", name="again"), to("check")),
        checks("check", "C", to("gate"), items=("a",)),
        gate(
            "gate", "G", "places", to("done"), lapse=to("check", name="lapsed"), leave=(hazard(to("gone")),)
        ),
        GONE,
    )
    numbers = numbers | {
        f"sources.{c}.rate": number({START.isoformat(): 1, "2026-06-01": 0}) for c in COLOUR.levels
    }
    numbers |= {
        "offices.office.staff": 3, "p.fork.split": {"again": again}, "p.check.a.days": days[1], "p.check.a.valid": 500,
        "quotas.places.ceiling": ceiling, "p.gate.gone.rate": 0.01, "p.wait.oldest_first": order,
    }  # fmt: skip
    frame = run(line(*stages, ways=(to("fork"),)), numbers, seed, horizon="2046-12-31")
    assert len(frame) and (frame["left"] >= 0).all()


# -- where it is not so ----------------------------------------------------------------------------------------------


def test_an_overdraw_lets_a_later_class_delay_an_earlier_one():
    """Nobody is interrupted: a long case of the second class, begun in the last minute of a day, is paid for by the
    first class on the next (as in Cobham's queue, where the first class waits for whoever is being served).
    """
    one = pathway(
        step("late", "L", to("wait")), desk("wait", "W", "office", to("done")), DONE,
        openings=[opening(c, c, at=at, sets={"colour": c}) for c, at in (("red", "late"), ("blue", "wait"))],
    )  # fmt: skip
    numbers = {
        "stock.red.cases": 1, "stock.red.age": 1, "stock.blue.age": 1, "p.late.days": 2, "offices.office.staff": 1,
        "offices.office.minutes_per_day": 100, "p.wait.minutes": by("colour", {"red": 10, "blue": 500}),
        "p.wait.priority": by("colour", {"red": 0, "blue": 1}),
    }  # fmt: skip
    alone, behind = (left(play(one, numbers | {"stock.blue.cases": n}), "wait", colour="red") for n in (0, 1))
    assert alone == [2] and behind == [8]  # 1 April is a Wednesday: -400 | -300 | -200 | -100 | 0 | 100


def test_more_officers_at_one_office_lengthen_the_next_queue():
    """Feed-forward says nothing of those downstream: what the first office hands on sooner waits at the second."""
    one = pathway(
        desk("first", "F", "front", to("second")), desk("second", "S", "back", to("done")), DONE,
        openings=(opening("old", "O", at="first"),),
    )  # fmt: skip
    numbers = {
        "stock.old.cases": 500, "stock.old.age": number({"uniform": [1, 90]}),
        "p.first.minutes": 60, "p.second.minutes": 60,
        "offices.front.minutes_per_day": 120, "offices.back.minutes_per_day": 120, "offices.back.staff": 1,
    }  # fmt: skip
    slow, fast = (run(one, numbers | {"offices.front.staff": staff}, 1) for staff in (1, 2))
    assert there(slow, "second").max() <= 2 and there(fast, "second")[100] > 50
    assert (gone(fast, "second") >= gone(slow, "second")).all() and gone(slow, "second")[-1] > 100


def test_lapsing_checks_let_a_higher_ceiling_lower_admissions():
    """A place signed a day sooner takes the oldest case, whose check is about to lapse but soon renewed; the younger
    one, which would have had that place a day later, then lapses too, and is long in renewing.
    """
    one = pathway(
        checks("check", "C", to("gate"), items=("a",)),
        gate("gate", "G", "places", to("done"), lapse=to("check", name="lapsed")), DONE,
        openings=[opening(c, c, at="gate", sets={"colour": c}) for c in ("red", "blue")],
    )  # fmt: skip
    numbers = {
        "stock.red.cases": 1, "stock.red.age": 50, "stock.blue.cases": 1, "stock.blue.age": 40,
        "stock.red.in_stage": 1, "stock.blue.in_stage": 1,
        "p.check.a.days": by("colour", {"red": 2, "blue": 400}), "p.check.a.valid": by("colour", {"red": 2, "blue": 5}),
    }  # fmt: skip
    low = number({"2026-04-01": 0, "2026-04-02": 1, "2026-04-05": 2})
    high = number({"2026-04-01": 1, "2026-04-05": 2})
    fewer, more = (
        gone(run(one, numbers | {"quotas.places.ceiling": c}, 1), "gate", "done") for c in (low, high)
    )
    assert more[1] > fewer[1] and more[-1] < fewer[-1]


def test_more_asylum_officers_lengthen_the_courts_queue():
    """In the country as shipped: twice the asylum officers decide, and refer, twice as fast. The asylum offices' queue
    falls; the courts receive more and have more waiting at the end. Their judges are the same.
    """
    base = sim.load("baseline")
    more = base.scale("offices.asylum_officers.staff", 2)
    given = {"scale": 0.01, "until": "2030-03-31", "history": 0}
    one, other = (sim.run(scenario, **given) for scenario in (base, more))

    def at_end(result, pathway):
        stock = result.stock.query("group == '*' and pathway == @pathway")
        return stock[stock["date"] == stock["date"].max()]["cases"].sum()

    def referred(result):
        return result.flow.query("from_stage == 'source:affirmative.referred' and group == '*'")[
            "cases"
        ].sum()

    assert at_end(other, "affirmative") < 0.9 * at_end(one, "affirmative")
    assert referred(other) > 1.7 * referred(one)
    assert at_end(other, "defensive") > 1.03 * at_end(one, "defensive")
