"""What a change does to a number: the part it addresses, on the days on which it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sim.changes import Change
from sim.dates import date_of, day_of, month_starts
from sim.distributions import scaled
from sim.errors import nearest
from sim.number import Number
from sim.trees import ALWAYS, breakpoints, in_force, is_distribution, is_leaf, leaves, sum_to_one

DAILY_RAMP = 92  # a ramp of up to this many days moves every day, a longer one on the first of every month

Trees = tuple[Any, ...]  # value, and low and high where given: trees of one shape, changed together
Act = Callable[[Trees], Trees]


def changed(number: Number, address: tuple[str, ...], change: Change, start: dt.date, whole: str) -> Number:
    """The number after a change of the part at `address`; `start` is the scenario's first day."""
    if address[:1] == ("factors",) or address[:1] == ("odds",):
        return _changed_part(number, address, change, start, whole)
    since = change.since
    _dates_make_sense(change, start)
    kept = [name for name in ("value", "low", "high") if name == "value" or getattr(number, name) is not None]
    trees = tuple(getattr(number, name) for name in kept)
    if change.op == "set" and not address and since is None and change.until is None:
        _Target(change, whole, address).set(trees, change.value)  # refuses what it cannot mean
        return number.model_copy(update={"value": change.value, "low": None, "high": None})
    ramp = change.op == "ramp"
    begin = since or start
    first = begin if ramp else since or ALWAYS
    last = change.until if change.until is not None and not ramp else dt.date.max
    series = _series(trees, change, first, last)
    target, base = _Target(change, whole, address), series[first]
    for day in series:
        if first <= day <= last:
            series[day] = target.edited(base if ramp else series[day], day, begin)
    names = dict(zip(kept, _joined(series, trees[0], start), strict=True))
    return number.model_copy(update=names)


def _changed_part(
    number: Number, address: tuple[str, ...], change: Change, start: dt.date, whole: str
) -> Number:
    depth = 2 if address[0] == "factors" else 3
    name, found = ".".join(address[:depth]), dict(number.parts())
    if name not in found:
        near = nearest(name, found)
        raise change.error(f"{whole} has no {name}", list(found) or None, near)
    part = changed(found[name], address[depth:], change, start, f"{whole}.{name}")
    if depth == 2:
        return number.model_copy(update={"factors": {**number.factors, address[1]: part}})
    ratios = {**number.odds[address[1]], address[2]: part}
    return number.model_copy(update={"odds": {**number.odds, address[1]: ratios}})


def _dates_make_sense(change: Change, start: dt.date) -> None:
    begin = change.since or start
    if change.until is not None and change.until < start:
        raise change.error(f"ends on {change.until}, before the scenario starts on {start}")
    if change.op == "ramp" and change.until is not None and change.until <= begin:
        raise change.error(f"a ramp arrives after it begins: until {change.until}, since {begin}")
    if change.op == "set" and (named := breakpoints(change.value)) and min(named) > begin:
        first = min(named)
        message = f"the first value is dated {first} and would hold from {begin} on"
        raise change.error(f"{message}; add 'since: {first}', or a value for {begin}")


def _series(trees: Trees, change: Change, first: dt.date, last: dt.date) -> dict[dt.date, Trees]:
    """The number by date, with a break wherever the change begins, moves or ends."""
    days = {ALWAYS, first, *sorted(breakpoints(trees[0]))[1:]}
    if change.op == "ramp" and change.until is not None:
        days |= set(_ramp_days(first, change.until))
    elif last < dt.date.max:
        days.add(last + dt.timedelta(days=1))
    if change.op == "set":
        days |= {day for day in sorted(breakpoints(change.value))[1:] if first < day <= last}
    return {day: tuple(in_force(tree, day) for tree in trees) for day in sorted(days)}


def _ramp_days(since: dt.date, until: dt.date) -> list[dt.date]:
    first, last = day_of(since), day_of(until)
    days = range(first, last) if last - first <= DAILY_RAMP else month_starts(first, last - 1)
    return [date_of(day) for day in days if day > first] + [until]


def _joined(series: dict[dt.date, Trees], original: Any, start: dt.date) -> Trees:
    """The trees by date as values again; equal neighbours become one."""
    merged: dict[dt.date, Trees] = {}
    for day in sorted(series):
        if not merged or series[day] != next(reversed(merged.values())):
            merged[day] = series[day]
    if len(merged) == 1:
        return merged[ALWAYS]
    days = list(merged)
    # The first value holds from the beginning of time; it is written under the first date it was known for.
    named = [day for day in (*breakpoints(original), start) if day < days[1]]
    days[0] = min(named) if named else days[1] - dt.timedelta(days=1)
    return tuple(dict(zip(days, column, strict=True)) for column in zip(*merged.values(), strict=True))


class _Target:
    """The part of a number that a change addresses, and what the change does to it on a day."""

    def __init__(self, change: Change, whole: str, address: tuple[str, ...]) -> None:
        self.change, self.whole, self.address = change, whole, address
        words = whole.split(".")
        # Shares over columns that sum to one: when one column is changed, the others move in proportion.
        self.split = sum_to_one(whole)
        # Counts that differ by level: one number for every level would multiply them.
        self.counts = words[-1] in ("staff", "cases") or (words[0] == "sources" and words[-1] == "rate")

    def edited(self, trees: Trees, day: dt.date, begin: dt.date) -> Trees:
        change = self.change
        if change.op in ("scale", "add") and self.split and not self.address:
            raise change.error("shares sum to one: change one of them, or set all", self.names(trees[0]))
        if change.op == "set":
            value = in_force(change.value, day)
            return self.within(trees, self.address, lambda part: self.set(part, value))
        if change.op == "add":
            return self.within(trees, self.address, self.add)
        act: Callable[[Any, Any], Any] = self.times
        if change.op == "ramp" and change.until is not None:
            share = (day - begin).days / (change.until - begin).days
            act = lambda leaf, to: leaf + (to - leaf) * min(share, 1.0)  # noqa: E731
        return self.within(
            trees, self.address, lambda part: tuple(self.combined(tree, change.value, act) for tree in part)
        )

    def names(self, tree: Any) -> list[str]:
        return [] if is_leaf(tree) else [str(key) for key in tree]

    def set(self, part: Trees, value: Any) -> Trees:
        now = in_force(part[0], dt.date.min)
        if self.counts and is_leaf(value) and len(list(leaves(now))) > 1:
            message = f"counts differ by level; change one of them ({self.whole}.{self.names(now)[0]}), "
            raise self.change.error(message + "give a mapping, or use scale", self.names(now))
        return (value,) * len(part)

    def add(self, part: Trees) -> Trees:
        by = self.change.value
        now = in_force(part[0], dt.date.min)
        if self.counts and is_leaf(by) and (several := len(list(leaves(now)))) > 1:
            message = (
                f"would add {by} to each of {several} counts; add to one of them, or give 'by' a mapping"
            )
            raise self.change.error(message, self.names(now))
        return tuple(self.combined(tree, by, lambda a, b: a + b) for tree in part)

    def times(self, leaf: Any, factor: float) -> Any:
        if not is_distribution(leaf):
            return leaf * factor
        if factor <= 0:
            raise self.change.error("a distribution is scaled by a factor above zero")
        return scaled(leaf, factor)

    def combined(self, tree: Any, by: Any, act: Callable[[Any, Any], Any]) -> Any:
        """`act` on every leaf; `by` is one number for all, or a mapping that names the parts."""
        if is_leaf(tree):
            if not is_leaf(by):
                raise self.change.error("gives parts, but the number has none here")
            if is_distribution(tree) and self.change.op != "scale":
                raise self.change.error("is a distribution; use set, or scale to stretch it in time")
            return act(tree, by)
        if is_leaf(by):
            return {key: self.combined(child, by, act) for key, child in tree.items()}
        result = dict(tree)
        for key, amount in by.items():
            if key not in tree and "default" not in tree:
                raise self.change.error(
                    f"{key} is no part of it", self.names(tree), nearest(str(key), self.names(tree))
                )
            result[key] = self.combined(tree.get(key, tree.get("default")), amount, act)
        if "default" in by:
            result |= {k: self.combined(v, by["default"], act) for k, v in tree.items() if k not in by}
        return result

    def within(self, trees: Trees, address: tuple[str, ...], act: Act) -> Trees:
        """`act` on the part at `address`."""
        head = trees[0]
        if not address:
            return act(trees)
        if is_leaf(head):
            what = "a distribution" if is_distribution(head) else "one number"
            raise self.change.error(f"{self.whole} is {what} here; it has no part {address[0]!r}")
        for length in range(len(address), 0, -1):
            key, rest = ".".join(address[:length]), address[length:]
            if key in head:
                if self.split and not rest and all(is_leaf(child) for child in head.values()):
                    return self.column(trees, key, act)
                part = self.within(tuple(tree[key] for tree in trees), rest, act)
                return tuple({**tree, key: new} for tree, new in zip(trees, part, strict=True))
        if all(_reaches(child, address[0]) for child in head.values()):  # a column under every level
            parts = {key: self.within(tuple(tree[key] for tree in trees), address, act) for key in head}
            return tuple({key: part[i] for key, part in parts.items()} for i in range(len(trees)))
        if "default" in head:
            part = self.within(tuple(tree["default"] for tree in trees), address[1:], act)
            return tuple({**tree, address[0]: new} for tree, new in zip(trees, part, strict=True))
        if self.split and len(address) == 1 and all(is_leaf(child) for child in head.values()):
            rest_of = [max(0.0, 1 - sum(tree.values())) for tree in trees]  # the column that was left out
            if rest_of[0] > 1e-9:
                full = tuple({**tree, address[0]: rest} for tree, rest in zip(trees, rest_of, strict=True))
                return self.column(full, address[0], act)
        raise self.change.error(
            f"{self.whole} has no part {address[0]!r}",
            self.names(head),
            nearest(address[0], self.names(head)),
        )

    def column(self, trees: Trees, key: str, act: Act) -> Trees:
        """One share of several that sum to one: the others shrink or grow in proportion."""
        if "default" in trees[0]:
            raise self.change.error("set the shares of all transitions together", self.names(trees[0]))
        old = trees[0][key]
        new = act(tuple(tree[key] for tree in trees))
        if not is_leaf(new[0]) or is_distribution(new[0]) or not 0 <= new[0] <= 1 + 1e-12:
            raise self.change.error(f"the share becomes {new[0]:.6g}; a share is between 0 and 1")
        if old >= 1 - 1e-12 and new[0] < 1 - 1e-12:
            raise self.change.error(
                "the other shares are all 0, so none can grow in proportion; set all of them", list(trees[0])
            )
        factor = (1 - new[0]) / (1 - old) if old < 1 - 1e-12 else 1.0
        return tuple(
            {
                name: min(1.0, value if name == key else tree[name] * factor)
                for name, value in {**tree, key: part}.items()
            }
            for tree, part in zip(trees, new, strict=True)
        )


def _reaches(tree: Any, key: str) -> bool:
    return not is_leaf(tree) and (key in tree or all(_reaches(child, key) for child in tree.values()))
