"""The levers of the What if page: which numbers of a scenario each one moves, and how.

A lever that nobody moved changes nothing, so that a scenario without moved levers is the shipped one itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sim

USUAL_DAY = dt.date(
    2027, 10, 1
)  # on which a lever takes hold, unless said otherwise; sliders begin at its numbers
MOST_MONTHS = 60
AS_IS, OPEN, CLOSED = "as_is", "open", "closed"
HOLDS = (AS_IS, OPEN, CLOSED)


@dataclass(frozen=True)
class Lever:
    """`number` sets its path to the value; `percent` sets each path to a share of what it is on the usual day;
    `share` is a number between 0 and 1 shown in per cent; `hold` opens or closes its paths. What a scenario plans for
    later follows a number or a percentage in proportion: more judges are more than planned on every day. A `yearly`
    number is set for whole fiscal years, whatever was planned: on its way to a new value it moves on each 1 October."""

    name: str
    group: str
    kind: str
    paths: tuple[str, ...]
    high: int = 300
    step: int = 10
    yearly: bool = False


_LAWYER_STAGES = ("detained_wait", "detained_prepare", "first_master", "adjourned", "master", "merits")
_PROGRAMME = (
    "prescreening",
    "vetting",
    "interview",
    "on_hold",
    "review",
    "assurance",
    "clearances",
    "travel",
)

LEVERS = (
    Lever("filings", "people", "percent", ("sources.affirmative_filings.rate",), 600),
    Lever("notices", "people", "percent", ("sources.notices_to_appear.rate",)),
    Lever("border", "people", "percent", ("sources.credible_fear_claims.rate",), 1000, 50),
    Lever("judges", "courts", "number", ("offices.immigration_judges.staff",), 2000),
    Lever(
        "lawyers", "courts", "percent",
        tuple(f"defensive.{stage}.lawyer_found.rate.no" for stage in _LAWYER_STAGES), 500,
    ),
    Lever("asylum_officers", "asylum", "number", ("offices.asylum_officers.staff",), 2000),
    Lever("order", "asylum", "share", ("affirmative.backlog.oldest_first",), 100, 5),
    Lever("decisions_hold", "asylum", "hold", ("affirmative.review.hold",)),
    Lever("ceiling", "refugees", "number", ("quotas.refugee_ceiling.ceiling",), 150_000, 500, yearly=True),
    Lever("refugee_officers", "refugees", "number", ("offices.refugee_officers.staff",), 600),
    Lever("programme_hold", "refugees", "hold", tuple(f"refugee.{stage}.hold" for stage in _PROGRAMME)),
    Lever(
        "petitions", "families", "percent",
        ("offices.petition_officers.staff", "offices.petition_officers_abroad.staff", "offices.overseas_posts.staff"),
        1000, 25,
    ),
    Lever(
        "families_hold", "families", "hold",
        ("family.service_centre.hold", "family.overseas_office.hold", "family.post.hold", "family.v93_travel.hold"),
    ),
)  # fmt: skip
BY_NAME = {lever.name: lever for lever in LEVERS}
GROUPS = tuple(dict.fromkeys(lever.group for lever in LEVERS))


@dataclass(frozen=True)
class Setting:
    """Where one lever was moved to, from which day, and over how many months it gets there."""

    value: int | str
    since: dt.date = USUAL_DAY
    months: int = 0


def usual(lever: Lever, base: sim.Scenario) -> int | str:
    """Where a lever stands when nobody has moved it."""
    if lever.kind == "percent":
        return 100
    if lever.kind == "hold":
        return AS_IS
    if not offered(lever, base):
        return 0
    here = at(base, lever.paths[0])
    return round(100 * here) if lever.kind == "share" else round(here)


def offered(lever: Lever, base: sim.Scenario) -> bool:
    """Whether a lever's numbers are plain ones in a scenario: a class may have split them by office."""
    return lever.kind == "hold" or all(isinstance(at(base, path), (int, float)) for path in lever.paths)


def applied(base: sim.Scenario, settings: Mapping[str, Setting], title: str) -> sim.Scenario:
    """The scenario with the moved levers; `base` itself when none was moved."""
    found = base
    for lever in LEVERS:
        setting = settings.get(lever.name)
        if setting is None or not offered(lever, base) or setting.value == usual(lever, base):
            continue
        for path in lever.paths:
            found = _moved(found, base, lever, path, setting)
    return found if found is base else _named(found, title)


def _moved(
    found: sim.Scenario, base: sim.Scenario, lever: Lever, path: str, setting: Setting
) -> sim.Scenario:
    value = _value(lever, base, path, setting)
    since, until = span(base, setting)
    last = min(until, base.horizon)
    if lever.kind in ("number", "percent") and not lever.yearly and plan(base, path, until):
        there = at(base, path, until) if lever.kind == "number" else at(base, path)
        if there > 0:
            return _in_proportion(found, path, value / there, since, max(until, since))
    if lever.kind == "hold" or last <= since:
        return found.change(path, value, since=since)
    before = at(base, path, since)
    if not lever.yearly:  # a run that ends on the way sees the first part of the way
        part = (last - since) / (until - since)
        return found.ramp(path, _short(before + part * (value - before)), since=since, until=last)
    for year in range(since.year, last.year + 1):
        if since < (day := dt.date(year, 10, 1)) < min(until, base.horizon):
            part = (day - since) / (until - since)
            found = found.change(path, round(before + part * (value - before)), since=day)
    return found.change(path, value, since=until) if until <= base.horizon else found


def _short(number: float) -> float:
    """As many digits as matter, and none after the point of a whole number."""
    found = float(f"{number:.6g}")
    return int(found) if found.is_integer() else found


def _in_proportion(
    found: sim.Scenario, path: str, factor: float, since: dt.date, until: dt.date
) -> sim.Scenario:
    """What is planned, times a factor; on the way there the factor grows on the same day of each month."""
    months = 12 * (until.year - since.year) + until.month - since.month
    for month in range(1, months):
        first, last = later(since, month), later(since, month + 1) - dt.timedelta(days=1)
        by = 1 + (factor - 1) * month / months
        found = found.scale(
            path, float(f"{by:.6g}"), since=first, until=min(last, until - dt.timedelta(days=1))
        )
    return found.scale(path, float(f"{factor:.6g}"), since=until)


def span(base: sim.Scenario, setting: Setting) -> tuple[dt.date, dt.date]:
    """The days on which a lever begins to move and has arrived, which may be after the run."""
    since = max(setting.since, base.start)
    return since, later(since, setting.months)


def plan(base: sim.Scenario, path: str, after: dt.date = USUAL_DAY) -> list[dt.date]:
    """The days after `after` on which a scenario changes a number, or the part of one that `path` names."""
    number, _ = number_of(base, path)
    days, trees = set(), [number.value]
    while trees:
        if isinstance(tree := trees.pop(), dict):
            days |= {key for key in tree if isinstance(key, dt.date) and after < key <= base.horizon}
            trees += tree.values()
    day_before = dt.timedelta(days=1)
    return [day for day in sorted(days) if at(base, path, day) != at(base, path, day - day_before)]


def _value(lever: Lever, base: sim.Scenario, path: str, setting: Setting) -> float:
    if lever.kind == "hold":
        return 1 if setting.value == CLOSED else 0
    number = float(setting.value)
    if lever.kind == "percent":
        return float(f"{at(base, path) * number / 100:.6g}")
    return number / 100 if lever.kind == "share" else int(number)


def _named(scenario: sim.Scenario, title: str) -> sim.Scenario:
    from dataclasses import replace

    return replace(scenario, name="what_if", title=title, question="", why="", finding="", look_at=())


def later(day: dt.date, months: int) -> dt.date:
    """The same day some months later."""
    month = day.month - 1 + months
    return dt.date(day.year + month // 12, month % 12 + 1, min(day.day, 28))


def number_of(scenario: sim.Scenario, path: str) -> tuple[Any, str]:
    """The number that a path is, or is a part of, and its own path."""
    while (number := scenario.get(path)) is None and "." in path:
        path = path.rpartition(".")[0]
    return number, path


def at(scenario: sim.Scenario, path: str, day: dt.date = USUAL_DAY, bound: str = "value") -> Any:
    """A number (or its low or high), or the part of one that `path` names, on a day."""
    number, whole = number_of(scenario, path)
    value = getattr(number, bound)
    for key in (*filter(None, path.removeprefix(whole).split(".")), None):
        while isinstance(value, dict) and value and all(isinstance(each, dt.date) for each in value):
            value = value[max((each for each in value if each <= day), default=min(value))]
        if key is not None and isinstance(value, dict):
            value = value.get(key, value.get("default"))
    return value


def cases(scenario: sim.Scenario) -> float:
    """About how many cases a scenario follows: those that wait at its start, and a year's arrivals for each year."""
    years = (scenario.horizon - scenario.start).days / 365.25
    found = 0.0
    for path, number in scenario.numbers.items():
        if path.startswith("stock.") and path.endswith(".cases"):
            found += at(scenario, path)
        elif path.startswith("sources.") and path.endswith(".rate"):
            here = at(scenario, path)
            amounts = here.values() if isinstance(here, dict) else [here]
            a_year = 12 if number.unit.endswith("month") else 1
            found += years * a_year * sum(each for each in amounts if isinstance(each, (int, float)))
    return found
