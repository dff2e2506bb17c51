"""One set of the uncertain numbers of a scenario, drawn between their low and high.

A number's value is its middle: half of the draws fall below, towards its low, half above, towards its high,
fewer the further away. So central numbers together are a set in the middle of the drawn sets; with the value as the
mode they were not, where the ranges of many numbers lean to one side. Each number has one draw of its own, named by
its path, so that the same seed gives the same set in every scenario, and all its parts (levels, dates, parameters of
a distribution) move together in rank. Seeds come in pairs, 1 and 2, 3 and 4: the second set mirrors the first (what
lies high lies as far low), so that few runs, too, lie on both sides of the middle (antithetic variates: Hammersley and
Morton, A new Monte Carlo technique, 1956). What a change sets has no low and high of its own left, so it stays as set;
what a change multiplies or shifts is drawn first, in effect, and then changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sim import chance
from sim.distributions import scaled
from sim.laws import mean
from sim.number import Number
from sim.scenario import Scenario, load
from sim.trees import is_distribution, is_leaf, is_series, sum_to_one
from sim.units import SHARES

STREAM = "number"
WHOLE = ("hold", "priority")
"""numbers that are yes or no, or a class: nothing lies between their values"""
TOLERANCE = 1e-6
"""how far the shares of a row may be from one and still be all of them"""

Row = dict[str, float]
Luck = Callable[[str], float]  # the draw of a column, or of the whole number ("")


def drawn(scenario: str | Scenario, seed: int) -> Scenario:
    """The scenario with one drawn set of its uncertain numbers: the set that a replication with this seed has."""
    chosen = load(scenario) if isinstance(scenario, str) else scenario
    numbers = {path: drawn_number(path, number, seed) for path, number in chosen.numbers.items()}
    return replace(chosen, numbers=numbers, _used=set())


def uncertain(scenario: Scenario) -> list[str]:
    """The numbers that `drawn` may change, factors and odds ratios by their own paths."""
    found = []
    for path, number in scenario.numbers.items():
        for inside, one in (("", number), *number.parts()):
            if any(bound is not None and bound != one.value for bound in (one.low, one.high)):
                found.append(f"{path}.{inside}" if inside else path)
    return found


def drawn_number(path: str, number: Number, seed: int) -> Number:
    """The number, its factors and its odds ratios, each with its own draw; nothing is uncertain any more."""
    update: dict[str, Any] = {}
    if number.factors:
        update["factors"] = {
            name: drawn_number(f"{path}.factors.{name}", one, seed) for name, one in number.factors.items()
        }
    if number.odds:
        update["odds"] = {
            column: {
                name: drawn_number(f"{path}.odds.{column}.{name}", one, seed) for name, one in ratios.items()
            }
            for column, ratios in number.odds.items()
        }
    if number.low is not None or number.high is not None:
        update |= {"value": _value(path, number, seed), "low": None, "high": None}
    return number.model_copy(update=update) if update else number


def _value(path: str, number: Number, seed: int) -> Any:
    value = number.value
    low, high = (value if bound is None else bound for bound in (number.low, number.high))

    def luck(column: str) -> float:
        return luck_of(f"{path}/{column}" if column else path, seed)

    if sum_to_one(path):
        return _shares(value, low, high, luck)
    found = _tree(value, low, high, luck(""))
    if path.rpartition(".")[2] in WHOLE:
        return _each(found, round)
    return _each(found, lambda leaf: min(leaf, 1.0)) if number.unit in SHARES else found


def luck_of(name: str, seed: int) -> float:
    """The draw of a number, between 0 and 1; seeds 2n - 1 and 2n mirror one another."""
    of_pair = chance.uniform((seed + 1) // 2, chance.stream_number(f"{STREAM} {name}"), 0)
    return of_pair if seed % 2 else 1 - of_pair


def _each(tree: Any, act: Callable[[Any], Any]) -> Any:
    """`act` on every number of a value; distributions stay."""
    if is_leaf(tree):
        return tree if is_distribution(tree) else act(tree)
    return {key: _each(child, act) for key, child in tree.items()}


# -- numbers and distributions ---------------------------------------------------------------------


def _tree(value: Any, low: Any, high: Any, luck: float) -> Any:
    if not is_leaf(value):
        return {key: _tree(child, low[key], high[key], luck) for key, child in value.items()}
    if value == low == high:
        return value
    if not is_distribution(value):
        return _mixed(value, low, high, place(luck))
    at = place(luck)
    bound = low if at < 0 else high
    if _shape(value) == _shape(bound):
        return _mixed(value, bound, bound, at)  # the other end may have another shape
    # No parameter answers to another: the value's own shape, stretched to the mean that lies between.
    middle = mean(value)
    target = middle + abs(at) * (mean(bound) - middle)
    return scaled(value, target / middle) if target > 0 and middle > 0 else value


def place(luck: float) -> float:
    """Where a number falls: -1 at its low, 0 at its value, 1 at its high; a symmetric triangle's quantile."""
    return math.sqrt(2 * luck) - 1 if luck < 0.5 else 1 - math.sqrt(2 * (1 - luck))


def _mixed(value: Any, low: Any, high: Any, at: float) -> Any:
    """The point `at` between low (-1), value (0) and high (1), parameter by parameter.

    Rules such as "rising" or "sum to one" that low, value and high keep, a point between them keeps too.
    """
    if isinstance(value, dict):
        return {key: _mixed(child, low[key], high[key], at) for key, child in value.items()}
    if isinstance(value, (list, tuple)):
        return [_mixed(*three, at) for three in zip(value, low, high, strict=True)]
    bound = low if at < 0 else high
    return value if bound == value else value + abs(at) * (bound - value)


def _shape(tree: Any) -> Any:
    """What must agree for two distributions to be mixed: names, and how many of each."""
    if isinstance(tree, dict):
        return tuple(sorted((key, _shape(child)) for key, child in tree.items()))
    return tuple(map(_shape, tree)) if isinstance(tree, (list, tuple)) else ""


# -- shares that sum to one ------------------------------------------------------------------------


def _shares(value: Any, low: Any, high: Any, luck: Luck) -> Any:
    """Every row of shares: those of one level on one date."""
    if is_leaf(value):
        return value
    if is_series(value) or not all(is_leaf(child) for child in value.values()):
        return {key: _shares(child, low[key], high[key], luck) for key, child in value.items()}
    return _row(value, low, high, luck)


def _row(value: Row, low: Row, high: Row, luck: Luck) -> Row:
    """A row between low and high.

    Where low and high are whole rows themselves, the row moves between them. Otherwise each column moves by
    itself within its own low and high; the largest of them (or the column that the row leaves out) takes the
    rest, and where that would be too little or too much, the others give way towards their low or high.
    """
    if value == low == high or "default" in value or any(map(is_distribution, value.values())):
        return value
    total = math.fsum(value.values())
    complete = abs(total - 1) <= TOLERANCE
    if total > 1 + TOLERANCE:  # these are not the columns
        return value
    if complete and all(abs(math.fsum(row.values()) - 1) <= TOLERANCE for row in (low, high)):
        return {name: float(share) for name, share in _mixed(value, low, high, place(luck(""))).items()}
    least = {name: min(low[name], value[name], high[name]) for name in value}
    most = {name: min(1.0, max(low[name], value[name], high[name])) for name in value}
    free = [name for name in value if most[name] > least[name]]
    rest = max(free, key=lambda name: value[name]) if complete else ""
    moving = [name for name in free if name != rest]
    found = dict(value)
    for name in moving:
        found[name] = _mixed(value[name], least[name], most[name], place(luck(name)))
    left = 1 - math.fsum(share for name, share in value.items() if name not in free)
    lowest, highest = (left - most[rest], left - least[rest]) if rest else (0.0, left)
    _fit(found, moving, lowest, highest, (least, most))
    if rest:
        found[rest] = min(max(left - math.fsum(found[name] for name in moving), 0.0), 1.0)
    return found


def _fit(row: Row, names: list[str], lowest: float, highest: float, bounds: tuple[Row, Row]) -> None:
    """Moves some columns towards their least or most, all by one share of the way, until their sum fits."""
    total = math.fsum(row[name] for name in names)
    for wrong, target, bound in ((total > highest, highest, bounds[0]), (total < lowest, lowest, bounds[1])):
        way = math.fsum(bound[name] for name in names) - total
        if wrong and way:
            share = min(1.0, (target - total) / way)
            row.update({name: row[name] + share * (bound[name] - row[name]) for name in names})
