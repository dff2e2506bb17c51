"""Values as trees: mappings by level, by column or by date, down to numbers and distributions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.distributions import NAMES as DISTRIBUTIONS

ALWAYS = dt.date.min  # the key of the first value of a series, which holds from the beginning of time


def is_distribution(tree: Any) -> bool:
    """Whether a node of a value is a distribution."""
    return isinstance(tree, dict) and len(tree) == 1 and next(iter(tree)) in DISTRIBUTIONS


def is_leaf(tree: Any) -> bool:
    """Whether a node of a value is a number or a distribution."""
    return not isinstance(tree, dict) or is_distribution(tree)


def is_series(tree: Any) -> bool:
    """Whether a node of a value is keyed by date."""
    return isinstance(tree, dict) and any(isinstance(key, dt.date) for key in tree)


def breakpoints(tree: Any) -> set[dt.date]:
    """Every date named in a value."""
    if is_leaf(tree):
        return set()
    named = {key for key in tree if isinstance(key, dt.date)}
    return named.union(*(breakpoints(child) for child in tree.values()))


def in_force(tree: Any, day: dt.date) -> Any:
    """The value in force on a day: the same tree without dates."""
    if is_leaf(tree):
        return tree
    if is_series(tree):
        past = [key for key in tree if key <= day]
        return in_force(tree[max(past) if past else min(tree)], day)
    return {key: in_force(child, day) for key, child in tree.items()}


def by_date(tree: Any) -> dict[dt.date, Any]:
    """A value as a series of trees without dates; the first, at `ALWAYS`, holds from the beginning."""
    days = sorted(breakpoints(tree))[1:]
    merged: dict[dt.date, Any] = {ALWAYS: in_force(tree, ALWAYS)}
    for day in days:
        value = in_force(tree, day)
        if value != next(reversed(merged.values())):
            merged[day] = value
    return merged


def leaves(tree: Any) -> Iterator[Any]:
    """Every number and distribution of a value."""
    if is_leaf(tree):
        yield tree
    else:
        for child in tree.values():
            yield from leaves(child)


def canonical(tree: Any) -> Any:
    """One form for equal values: floats, sorted keys, texts for keys. For fingerprints."""
    if isinstance(tree, dict):
        return {str(key): canonical(tree[key]) for key in sorted(tree, key=str)}
    if isinstance(tree, (list, tuple)):
        return [canonical(item) for item in tree]
    return float(tree) + 0.0 if isinstance(tree, (int, float)) else tree  # + 0.0 makes -0.0 the same as 0.0


class Difference(NamedTuple):
    """One number, or part of one, that differs between two scenarios; None where one of them has none."""

    path: str
    this: Any
    other: Any


def differences(path: str, here: Any, there: Any) -> Iterator[Difference]:
    """Where two values differ, as fine as both have the same kind of parts."""
    if here == there:
        return
    both = isinstance(here, dict) and isinstance(there, dict)
    if both and not any(map(is_leaf, (here, there))) and not any(map(is_series, (here, there))):
        for key in dict.fromkeys((*here, *there)):
            yield from differences(f"{path}.{key}", here.get(key), there.get(key))
    else:
        yield Difference(path, here, there)


def sum_to_one(path: str) -> bool:
    """Whether the columns of the number at a path are shares that sum to one."""
    words = path.split(".")
    return words[-1] in ("split", "allocation", "pace") or (len(words) > 1 and words[-2] == "draws")
