"""What queueing theory knows for certain: closed forms beside the simulation.

Every test names its formula, the textbook and why its interval is as wide as it is. Seeds are fixed. "Kleinrock" is
Queueing Systems, volume 1 (1975) and 2 (1976); "Takagi" is Queueing Analysis, volume 3: Discrete-Time Systems (1993).

An office is a rate: each day it has so many minutes, starts a case while its credit is above zero and pays tomorrow
what it overdrew. With service times of whole days this is the single server of the textbooks watched once a day: a
case that needs S days is started when the server is free, leaves the queue then, and keeps the server for S days. So
`left - entered` at a desk is the wait in the queue, without the service. For these tests the office has no weekends
(`every_day`), so that days of the calendar are days of service.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import BUSY, busy, by, moves, number, pathway, play, system, total
from scipy import stats

from sim import casekey, dates
from sim.capacity import MONTH_NAMES
from sim.chance import tie_hash
from sim.pathway import Attribute, checks, desk, gate, hazard, opening, outcome, source, step, to

DONE = outcome("done", "Done")
NEW = source("new", "N", "wait")
COPIES = 60
COPY = Attribute("copy", tuple(f"c{number}" for number in range(COPIES)))
COLOUR = Attribute("colour", ("red", "blue"))
DAY = 100  # minutes that an office has on a day
LAST, WARM = 5844, 1000


@pytest.fixture
def every_day(monkeypatch):
    """Offices without weekends and holidays."""
    monkeypatch.setattr(dates, "working_days", lambda first, last: np.ones(last - first + 1, dtype=bool))


def geometric(mean, most=60):
    """{days: share} of the geometric distribution, whose tail lies on its last day."""
    shares = {days: (1 - 1 / mean) ** (days - 1) / mean for days in range(1, most)}
    return shares | {most: 1 - sum(shares.values())}


LAWS = {"M/D/1": {10: 1.0}, "M/M/1": geometric(10, 90), "M/G/1": {2: 0.9, 50: 0.1}}


def moment(law, power):
    return sum(share * days**power for days, share in law.items())


def copies(law, rate, colours=("red",), leave=(), **more):
    """`left - entered` at sixty offices side by side, one server each: a frame of those who left after the start-up.

    `rate` is the arrivals a day of each colour at each office. Each office serves in whole days by `law`.
    """
    ways = [to("done", name=f"s{days}") for days in law]
    one = pathway(
        desk("wait", "D", "office", *ways, per="copy", leave=leave), DONE, *([outcome("gone", "G")] if leave else []),
        sources=[source(colour, colour, "wait", per="copy", sets={"colour": colour}) for colour in colours],
    )  # fmt: skip
    numbers = {f"sources.{colour}.rate": by("copy", {"default": each}) for colour, each in
               zip(colours, np.atleast_1d(rate).tolist(), strict=True)} | {
        "p.wait.minutes": {f"s{days}": days * DAY for days in law},
        "offices.office.staff": by("copy", {"default": 1}), "offices.office.minutes_per_day": DAY,
    }  # fmt: skip
    if len(law) > 1:
        numbers["p.wait.split"] = {f"s{days}": share for days, share in list(law.items())[:-1]}
    whole = system(one, attributes=(COPY, COLOUR))
    result = play(whole, numbers | more, start="2026-01-01", horizon="2041-12-31")
    frame = moves(result, "wait")
    frame["copy"] = frame["source"].str.partition(".")[2]
    frame["days"] = frame["left"] - frame["entered"]
    return frame[(frame["entered"] > WARM) & (frame["entered"] < LAST - 600) & (frame["left"] >= 0)]


def agrees(frame, expected, slack=0.0, power=1):
    """The mean over the copies is within four standard errors of what is expected, and the error is no excuse."""
    each = (frame["days"] ** power).groupby(frame["copy"]).mean()
    assert len(each) == COPIES
    error = each.std() / math.sqrt(COPIES)
    assert abs(each.mean() - expected) < 4 * error + slack, (each.mean(), expected, error)
    assert 4 * error < 0.3 * expected


# -- one server ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("load", [0.5, 0.75])
def test_one_server_waits_as_pollaczek_and_khinchine_say(every_day, name, load):
    """M/G/1: mean wait = rate E[S^2] / (2 (1 - load)) (Pollaczek-Khinchine; Kleinrock 1, 5.7).

    With S in whole days the formula is exact for the daily server too: the work found is rate E[S^2] / (2 (1 - load))
    - load / 2 (Takagi, the Geo^X/G/1 queue), and of those who come on one day a case finds load / 2 more before it.
    So the only interval is chance: four standard errors of sixty offices that share nothing.

    M/M/1: load / (1 - load) x s (Kleinrock 1, 3.2), in the fine-grained limit: the whole days nearest to an
    exponential are geometric, whose E[S^2] is 2 s^2 - s. That takes exactly half a day x load / (1 - load) off.
    M/D/1: half of M/M/1, load / (1 - load) x s / 2, exactly.
    """
    law, service = LAWS[name], moment(LAWS[name], 1)
    rate = load / service
    expected = rate * moment(law, 2) / (2 * (1 - load))
    agrees(copies(law, rate), expected)
    known = {"M/D/1": service / 2, "M/M/1": service - 0.5, "M/G/1": expected * (1 - load) / load}
    assert expected == pytest.approx(known[name] * load / (1 - load), rel=2e-3)


def test_last_in_first_out_multiplies_the_second_moment(every_day):
    """M/G/1: E[W^2] last in first out = E[W^2] first in first out / (1 - load) (Takacs 1963; Kleinrock 2, 3.4 and ex.).

    First in first out: E[W^2] = 2 E[W]^2 + rate E[S^3] / (3 (1 - load)). Service of ten days: a day's width adds at
    most a day to a wait, so 2 x E[W] of slack beside four standard errors.
    """
    law, load = LAWS["M/D/1"], 0.5
    rate = load / 10
    mean = rate * moment(law, 2) / (2 * (1 - load))
    square = 2 * mean**2 + rate * moment(law, 3) / (3 * (1 - load))
    agrees(copies(law, rate), square, slack=2 * mean, power=2)
    last = copies(law, rate, **{"p.wait.oldest_first": 0})
    agrees(last, mean, slack=0.5)
    agrees(last, square / (1 - load), slack=2 * mean / (1 - load), power=2)


@pytest.mark.parametrize("name", LAWS)
def test_strict_priority_waits_as_cobham_says(every_day, name):
    """M/G/1 with classes, nobody interrupted: W_k = W_0 / ((1 - s_{k-1}) (1 - s_k)), W_0 = rate E[S^2] / 2, s_k the
    load of classes up to k (Cobham 1954; Kleinrock 2, 3.3).

    Served daily, the first class overtakes those of the second who came on the same day: its wait is exactly
    (W_0 - load_2 / 2) / (1 - load_1), and the second's follows from the conservation law (Kleinrock 2, 3.4): the sum
    of load_k W_k does not depend on the order. Both are held to four standard errors; Cobham's own numbers differ by
    under half a day / (1 - s_1) / (1 - s_2).
    """
    law = LAWS[name]
    first, second = 0.3, 0.4
    service, load = moment(law, 1), first + second
    rates = (first / service, second / service)
    frame = copies(law, rates, ("red", "blue"), **{"p.wait.priority": by("colour", {"red": 0, "blue": 1})})
    rest = sum(rates) * moment(law, 2) / 2
    waits = {"red": (rest - second / 2) / (1 - first)}
    waits["blue"] = (load * rest / (1 - load) - first * waits["red"]) / second
    cobham = {"red": rest / (1 - first), "blue": rest / ((1 - first) * (1 - load))}
    for colour, wait in waits.items():
        agrees(frame[frame["source"].str.startswith(colour)], wait)
        assert abs(wait - cobham[colour]) < 0.5 / (1 - first) / (1 - load)


def impatient(rate, ends, patience):
    """Stationary (share who leave unserved, mean wait of all) of the daily server with impatient cases."""
    most = 60
    stay = math.exp(-patience)
    chain = np.zeros((2 * most, 2 * most))
    come = stats.poisson.pmf(np.arange(most), rate)
    for waiting in range(most):
        kept = stats.binom.pmf(np.arange(waiting + 1), waiting, stay)
        found = np.convolve(kept, come)
        found = np.append(found[: most - 1], found[most - 1 :].sum())
        for busy_now in (0, 1):
            for now, chance in enumerate(found):
                starts = int(not busy_now and now > 0)
                on = (1 - ends) if busy_now or starts else 0.0
                chain[2 * waiting + busy_now, 2 * (now - starts) + 1] += chance * on
                chain[2 * waiting + busy_now, 2 * (now - starts)] += chance * (1 - on)
    share = np.linalg.matrix_power(chain, 2**14)[0]
    waiting = (share.reshape(most, 2).sum(axis=1) * np.arange(most)).sum()
    return waiting * (1 - stay) / rate, waiting / rate


def erlang_a(rate, service, patience):
    """The same of M/M/1+M in continuous time: a birth and death chain."""
    ratio = np.cumprod([1.0] + [rate / (service + k * patience) for k in range(80)])
    share = ratio / ratio.sum()
    waiting = (share[1:] * np.arange(80)).sum()
    return waiting * patience / rate, waiting / rate


@pytest.mark.parametrize("patience", [0.01, 0.05])
def test_who_loses_patience(every_day, patience):
    """Erlang-A with one server, M/M/1+M: a birth and death chain, up by the rate, down by 1/s + (k - 1) x patience
    (Palm 1943; Garnett, Mandelbaum and Reiman 2002).

    The discrete analogue: geometric service in days; a case that waits leaves each morning, never before tomorrow,
    with chance 1 - exp(-patience); then the office starts one if it is free. Its chain of (waiting, free or not) is
    solved here to the last digit, so that chance alone is left: four standard errors. Erlang-A itself is met within
    a tenth, since ten days of service are not many.
    """
    rate, mean = 0.09, 10
    leave = (hazard(to("gone")),)
    monthly = patience * 365.25 / 12
    frame = copies(geometric(mean, 90), rate, leave=leave, **{"p.wait.gone.rate": monthly})
    gone, wait = impatient(rate, 1 / mean, patience)
    agrees(frame, wait)
    shares = (frame["transition"] == "gone").groupby(frame["copy"]).mean()
    assert abs(shares.mean() - gone) < 4 * shares.std() / math.sqrt(COPIES)
    assert (gone, wait) == pytest.approx(erlang_a(rate, 1 / mean, patience), rel=0.1)


def test_the_daily_recursion_is_exact():
    """Any minutes, the real calendar: work left = max(work + work of the day - minutes of the day, 0) (Lindley 1952).

    First in first out, a case with w minutes before it, debt included, is served on the first day on which the
    minutes offered since then exceed w. Every case, to the day: no interval.
    """
    minutes = {"short": 7, "middle": 30, "long": 260}
    one = pathway(desk("wait", "D", "office", *(to("done", name=n) for n in minutes)), DONE, sources=(NEW,))
    numbers = {
        "sources.new.rate": 2.2, "p.wait.minutes": minutes, "p.wait.split": {"short": 0.3, "middle": 0.5},
        "offices.office.staff": 1.5, "offices.office.minutes_per_day": 160,
    }  # fmt: skip
    frame = moves(play(one, numbers, start="2026-01-01", horizon="2029-12-31"), "wait")
    first, last = dates.day_of("2025-12-31"), dates.day_of("2029-12-31")
    offered = np.where(dates.working_days(first, last), 240, 0)
    offered[0] = 0
    until = np.cumsum(offered)  # minutes offered up to the end of a day
    days = zip(frame["case"], frame["entered"], strict=True)
    frame["hash"] = [tie_hash(int(casekey.pack(0, first + d, int(c.rpartition(":")[2])))) for c, d in days]
    frame = frame.sort_values(["entered", "hash"])
    need = frame["transition"].map(minutes).fillna(0).to_numpy()
    work, found = 0, []
    for day in range(1, len(offered)):
        for mine in need[frame["entered"] == day]:
            found.append(int(np.searchsorted(until, until[day - 1] + work, side="right")))
            work += mine
        work = max(work - offered[day], 0)
    left = frame["left"].to_numpy()
    assert (left >= 0).sum() > 3000
    assert (np.array(found)[left >= 0] == left[left >= 0]).all()


# -- offices and quotas that are shared ------------------------------------------------------------------------------


@pytest.mark.parametrize(("shares", "minutes"), [((0.6, 0.3, 0.1), (70, 25, 330)), ((1, 1, 2), (480, 5, 60))])
def test_deficit_round_robin_gives_each_its_share(shares, minutes):
    """While all desks have a queue, each has used its share of the minutes so far, and under one case more, on every
    day (deficit round-robin: Shreedhar and Varghese 1996, theorem 1: the error never grows with time). No interval.
    """
    names = ("a", "b", "c")
    one = pathway(
        *(desk(n, n, "office", to("done")) for n in names), DONE,
        openings=[opening(f"old_{n}", n, at=n) for n in names],
    )  # fmt: skip
    numbers = {f"p.{n}.minutes": m for n, m in zip(names, minutes, strict=True)}
    numbers |= {f"stock.old_{n}.cases": 30_000 // m * 10 for n, m in zip(names, minutes, strict=True)}
    numbers |= {f"stock.old_{n}.age": number({"uniform": [1, 400]}) for n in names}
    numbers |= {
        "offices.office.staff": 2, "offices.office.minutes_per_day": 235,
        "offices.office.shares": number({f"p.{n}": s for n, s in zip(names, shares, strict=True)}),
    }  # fmt: skip
    frame = moves(play(one, numbers, horizon="2027-03-31"))
    working = dates.working_days(dates.day_of("2026-04-01"), dates.day_of("2027-03-31"))
    until = 470 * np.cumsum(working)
    for name, cost, share in zip(names, minutes, shares, strict=True):
        left = frame["left"][(frame["stage"] == name) & (frame["left"] >= 0)].to_numpy() - 1
        used = cost * np.cumsum(np.bincount(left, minlength=len(until)))
        over = used - share / sum(shares) * until
        assert over.min() > -0.01 and over.max() < cost  # shares are kept to a millionth


def test_what_one_desk_leaves_the_first_in_the_list_takes():
    """A desk that needs less than its share gets what it needs; of the rest each keeps its share, and what is over
    goes to the desks in listed order (work conserving, as weighted fair queueing is; Bertsekas and Gallager, 6.5.2).

    The light desk needs 100 of its 200 minutes a day; the interval is four standard deviations of its Poisson arrivals.
    """
    one = pathway(
        *(desk(n, n, "office", to("done")) for n in ("a", "b", "c")), DONE,
        sources=(source("new", "N", "b"),), openings=[opening(f"old_{n}", n, at=n) for n in ("a", "c")],
    )  # fmt: skip
    numbers = {f"p.{n}.minutes": 20 for n in "abc"} | {f"stock.old_{n}.cases": 9000 for n in "ac"}
    numbers |= {f"stock.old_{n}.age": number({"uniform": [1, 400]}) for n in "ac"}
    numbers |= {
        "sources.new.rate": number(100 / 20 * 250 / 365.25, unit="cases a day"),
        "offices.office.staff": 1, "offices.office.minutes_per_day": 500,
        "offices.office.shares": number({"p.a": 0.4, "p.b": 0.4, "p.c": 0.2}),
    }  # fmt: skip
    frame = moves(play(one, numbers, horizon="2027-03-31"))
    days = dates.working_days(dates.day_of("2026-04-01"), dates.day_of("2027-03-31")).sum()
    used = {n: 20 * ((frame["stage"] == n) & (frame["left"] >= 0)).sum() for n in "abc"}
    came = 20 * (frame["stage"] == "b").sum()
    assert abs(came - 25_000) < 4 * 20 * math.sqrt(1250)
    assert abs(used["b"] - came) <= 20 * 15  # who came on the last days
    assert abs(used["c"] - 100 * days) <= 20
    assert abs(used["a"] - (400 * days - used["b"])) <= 3 * 20


@pytest.mark.parametrize("pace", [False, True])
def test_admissions_are_the_smaller_of_who_came_and_the_places(pace):
    """Within a fiscal year, admissions to date = min(backlog on 1 October + who came since, places to date), as unused
    places stay usable until 30 September and then lapse (the min-plus form of a regulated flow; Le Boudec and
    Thiran, Network Calculus, 1.2). Every day of three years, single persons: no interval.
    """
    one = pathway(gate("wait", "G", "places", to("done")), DONE, sources=(NEW,))
    numbers = {
        "sources.new.rate": number({"2026-10-01": 2, "2027-12-01": 0.5, "2028-10-01": 4}, unit="cases a day")
    }
    ceilings = {2027: 500, 2028: 620, 2029: 900}
    numbers["quotas.places.ceiling"] = number({f"{year - 1}-10-01": n for year, n in ceilings.items()})
    shares = dict.fromkeys(MONTH_NAMES, 0.07) | {"january": 0.0, "september": 0.3}
    if pace:
        numbers["quotas.places.pace"] = number(shares)
    result = play(one, numbers, start="2026-10-01", horizon="2029-09-30")
    frame = moves(result, "wait")
    size = 3 * 365 + 2
    came, left = (np.bincount(frame[c][frame[c] >= 0], minlength=size) for c in ("entered", "left"))
    backlog, day = 0, 1
    for year, ceiling in ceilings.items():
        passed, places = 0.0, []
        for month, share in enumerate(shares.values()):
            first = dates.day_of(f"{year - (month < 3)}-{(month + 9) % 12 + 1:02}-01")
            length = dates.day_of(f"{year - (month < 2)}-{(month + 10) % 12 + 1:02}-01") - first
            places += [math.ceil(ceiling * (passed + share * (d + 1) / length) - 1e-6) for d in range(length)]
            passed += share
        if not pace:
            places = [ceiling] * len(places)
        days = slice(day, day + len(places))
        wanted = np.minimum(backlog + np.cumsum(came[days]), places)
        assert (np.cumsum(left[days]) == wanted).all()
        quota = result.quota.query(f"fiscal_year == {year} and region == '*'").iloc[0]
        assert (quota["ceiling"], quota["used"], quota["lapsed"]) == (
            ceiling,
            wanted[-1],
            ceiling - wanted[-1],
        )
        backlog += came[days].sum() - wanted[-1]
        day += len(places)
    assert day == size and result.quota.query("region == '*'")["lapsed"].gt(0).any()


# -- many servers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length", [{"exponential": {"mean": 40}}, {"fixed": 40}, {"lognormal": {"median": 30, "sigma": 0.8}}]
)
def test_a_step_is_an_infinite_server(length):
    """M/G/infinity: the stock is Poisson with mean rate x mean time, whatever the distribution (Kleinrock 1, 3.11).

    The mean of 48 month ends is held to four standard errors of independent ones and 2 % for their correlation; the
    variance, of which little more than a few dozen are independent, to a factor of 1.8. Durations are in whole days,
    at least one, which moves a mean of forty by under 3 %.
    """
    p = pathway(step("wait", "W", to("done")), DONE, sources=(NEW,))
    result = play(
        p, {"sources.new.rate": 50, "p.wait.days": number(length)}, start="2026-01-01", horizon="2031-12-31"
    )
    frame = moves(result, "wait")
    days = (frame["left"] - frame["entered"])[frame["entered"] < 1500]
    mean = 50 * days.mean()
    stock = result.stock.query("stage == 'wait' and date >= '2028-01-01'")["cases"]
    assert abs(stock.mean() - mean) < 4 * math.sqrt(mean / len(stock)) + 0.02 * mean
    published = {"exponential": 40, "fixed": 40, "lognormal": 30 * math.exp(0.32)}[next(iter(length))]
    assert days.mean() == pytest.approx(published, rel=0.03)  # whole days, at least one
    assert 0.5 < stock.var() / stock.mean() < 1.8  # 48 months, correlated


def test_littles_law_holds_at_every_stage():
    """L = rate x W (Little 1961; Kleinrock 1, 2.1): mean stock = rate of arrival x mean time.

    Exactly, at every stage of a system with everything in it, when every case that came has gone again: then both
    sides, times the length of the run, are the case-days. The ledger counts one, the histories the other.
    """
    stop = BUSY | {
        "sources.new.rate": number(
            {"red": {"2026-04-01": 2, "2027-01-01": 0}, "blue": {"2026-04-01": 1, "2027-01-01": 0}}, "colour"
        ),
        "quotas.places.ceiling": 100_000,
        "offices.board.staff": 5,
    }
    result = play(busy(), stop, horizon="2029-12-31")
    frame = moves(result)
    assert (frame["left"] >= 0).all()
    time = (frame["left"] - frame["entered"].clip(lower=1)).groupby([frame["pathway"], frame["stage"]]).sum()
    days = result.stock.query("group == '*'").groupby(["pathway", "stage"])["case_days"].sum()
    assert set(time.index) == set(days.index) and (days.loc[time.index] == time).all()


def queue(order, rate=9, staff=1, **more):
    p = pathway(desk("wait", "D", "office", to("done")), DONE, sources=(NEW,))
    numbers = {
        "sources.new.rate": rate,
        "p.wait.minutes": 10,
        "p.wait.oldest_first": order,
        "offices.office.staff": staff,
    }
    return play(
        p, numbers | {"offices.office.minutes_per_day": 140}, start="2026-01-01", horizon="2035-12-31", **more
    )


def test_the_order_of_service_moves_the_spread_of_waits_and_not_their_mean():
    """Equal service, nobody leaves: the mean wait is the same in any order, the variance smallest first in first out
    and largest last in first out (Kingman 1962; Kleinrock 2, 3.4).

    Over ten years the means differ only by who is still there at the end: 3 %. Two tracks lie between.
    """
    waits = {}
    for order in (1, 0.5, 0):
        frame = moves(queue(order), "wait")
        served = frame[(frame["left"] >= 0) & (frame["entered"] <= 3500)]
        waits[order] = (served["left"] - served["entered"]).to_numpy()
        assert len(served) > 30_000
    means = {order: days.mean() for order, days in waits.items()}
    assert means[0] == pytest.approx(means[1], rel=0.03) and means[0.5] == pytest.approx(means[1], rel=0.03)
    assert waits[0].var() > 1.5 * waits[1].var()
    assert waits[1].var() < waits[0.5].var() < waits[0].var()


def test_the_order_of_service_does_not_move_the_work_done():
    """Work conservation (Kleinrock 2, 3.4): the same minutes do the same work. Two tracks may each overdraw: a case."""
    served = [total(queue(order, rate=20, history=0).flow, to_stage="done") for order in (1, 0.3, 0)]
    assert max(served) - min(served) <= 1


def test_an_overloaded_desk_is_a_fluid():
    """Arrivals above capacity: the backlog grows by the difference, and first in first out waits backlog / capacity
    (the fluid limit; Kleinrock 2, 2.7; Newell, Applications of Queueing Theory, 2).

    Ten years of Poisson arrivals, 146,000 of them, have a relative error of 0.3 %; of the difference, 1 %: twice that.
    """
    rate, minutes = 40.0, 10
    result = queue(1, rate=rate, staff=2, history=0)
    stock = result.stock.query("stage == 'wait'").set_index("date")["cases"]
    capacity = result.offices["capacity"].sum() / minutes / (365.25 * 10)  # cases a day, all days counted
    growth = (stock.iloc[-1] - stock.iloc[0]) / (365.25 * 10)
    assert growth == pytest.approx(rate - capacity, rel=0.02)
    assert result.offices["utilisation"].min() > 0.999
    mean = result.waits.query("basis == 'left' and stage == 'wait' and fiscal_year == 2035")["mean"].iloc[0]
    years = (
        9 + 0.25
    )  # who is served in the middle of fiscal year 2035 waits in proportion to the time since the start
    assert mean == pytest.approx((1 - capacity / rate) * years * 365.25, rel=0.02)


def test_hazards_compete_in_proportion():
    """Constant hazards a and b: the first ends a / (a + b) of the cases (competing risks; Cox 1959).

    Four standard errors of the binomial, and a thousandth for days on which both would have come: a goes first.
    """
    ways = (hazard(to("a")), hazard(to("b")))
    p = pathway(
        step("wait", "W", to("done"), leave=ways),
        DONE,
        outcome("a", "A"),
        outcome("b", "B"),
        openings=(opening("old", "O", at="wait"),),
    )
    numbers = {
        "stock.old.cases": 20_000,
        "stock.old.age": number({"uniform": [1, 300]}),
        "p.wait.days": 36_000,
    }
    result = play(p, numbers | {"p.wait.a.rate": 0.3, "p.wait.b.rate": 0.1}, horizon="2031-03-31", history=0)
    a, b = (total(result.outcomes, outcome=name) for name in ("a", "b"))
    assert a + b == 20_000 and abs(a - 15_000) < 4 * math.sqrt(20_000 * 3 / 16) + 20


def test_parallel_checks_take_the_time_of_the_slowest():
    """The mean of the larger of two exponentials is a + b - 1 / (1/a + 1/b) (Ross, Probability Models, 5.2).

    Whole days round to the nearest, at least one: 0.2 days more. Beyond that, four standard errors.
    """
    p = pathway(
        step("wait", "W", to("checks")),
        checks("checks", "C", to("done"), items=("a", "b")),
        DONE,
        sources=(NEW,),
    )
    numbers = {
        "sources.new.rate": 20,
        "p.wait.days": 1,
        "p.checks.a.days": number({"exponential": {"mean": 60}}),
    }
    result = play(
        p, numbers | {"p.checks.b.days": number({"exponential": {"mean": 30}})}, horizon="2028-12-31"
    )
    frame = moves(result, "checks").query("entered <= 400")
    days = (frame["left"] - frame["entered"]).to_numpy()
    assert abs(days.mean() - 70.2) < 4 * days.std() / np.sqrt(
        len(days)
    )  # 60 + 30 - 1 / (1/60 + 1/30), and half days
