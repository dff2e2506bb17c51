"""Durations as scenario files write them: `{lognormal: {median: 30, sigma: 0.8}}`, or a bare number.

A distribution is a mapping with one key, its name. Here it is checked in words, put into one canonical form
and scaled; `laws.py` turns it into functions, `durations.py` into tables.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from sim.errors import shown

Distribution = dict[str, Any]

NAMES = (
    "fixed",
    "uniform",
    "exponential",
    "lognormal",
    "gamma",
    "weibull",
    "triangular",
    "mixture",
    "pieces",
)
_FIELDS = {
    "exponential": ("mean",),
    "lognormal": ("median", "sigma"),
    "gamma": ("mean", "sd"),
    "weibull": ("mean", "shape"),
}
_ROWS = {"uniform": ("low", "high"), "triangular": ("low", "mode", "high")}
SHARE_TOLERANCE = 1e-6
"""How far the shares of a mixture or of pieces may be from one: room for shares printed with few digits."""


# -- checking ------------------------------------------------------------------


def _number_problems(what: str, value: object, above_zero: bool = False) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return [f"{what} must be a number, not {shown(value)}"]
    if not math.isfinite(value):
        return [f"{what} must be a finite number, not {value}"]
    if value < 0:
        return [f"{what} must not be negative: {value}"]
    if above_zero and value == 0:
        return [f"{what} must be above zero"]
    return []


def _row_problems(name: str, row: object, fields: tuple[str, ...]) -> list[str]:
    if not isinstance(row, list | tuple) or len(row) != len(fields):
        return [f"{name} takes a list [{', '.join(fields)}], not {shown(row)}"]
    problems = [
        p for field, x in zip(fields, row, strict=True) for p in _number_problems(f"{name} {field}", x)
    ]
    if not problems and list(row) != sorted(row):
        problems.append(f"{name} [{', '.join(fields)}] must rise, not {list(row)}")
    return problems


def _share_problems(name: str, shares: list[float]) -> list[str]:
    total = math.fsum(shares)
    return [] if abs(total - 1) <= SHARE_TOLERANCE else [f"the shares of {name} sum to {total:.6g}, not 1"]


def _piece_problems(rows: object) -> list[str]:
    if not isinstance(rows, list | tuple) or not rows:
        return ["pieces takes a list of [from, to, share]"]
    problems: list[str] = []
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != 3:
            return [f"a piece is [from, to, share], not {shown(row)}"]
        problems += _row_problems("piece", list(row[:2]), ("from", "to"))
        problems += _number_problems("the share of a piece", row[2])
    if problems:
        return problems
    for before, after in pairwise(rows):
        if after[0] < before[1]:
            problems.append(f"the piece from {after[0]} begins before the one to {before[1]} ends")
    return problems + _share_problems("pieces", [row[2] for row in rows])


def _mixture_problems(parts: object) -> list[str]:
    if not isinstance(parts, list | tuple) or not parts:
        return ["mixture takes a list of distributions, each with a share"]
    problems: list[str] = []
    for part in parts:
        if not isinstance(part, Mapping) or "share" not in part:
            return [f"a part of a mixture is a distribution with a share, not {shown(part)}"]
        problems += _number_problems("the share of a part", part["share"])
        problems += validate({key: value for key, value in part.items() if key != "share"})
    return problems or _share_problems("mixture", [part["share"] for part in parts])


def validate(dist: object) -> list[str]:
    """What is wrong with a distribution, in words; an empty list if nothing is."""
    if not isinstance(dist, Mapping):
        return _number_problems("a duration", dist)
    if len(dist) != 1:
        return [f"a distribution has one name, not {len(dist)}: {', '.join(map(str, dist)) or 'none'}"]
    name, given = next(iter(dist.items()))
    if name == "fixed":
        return _number_problems("fixed", given)
    if name in _ROWS:
        return _row_problems(name, given, _ROWS[name])
    if name == "pieces":
        return _piece_problems(given)
    if name == "mixture":
        return _mixture_problems(given)
    if name not in _FIELDS:
        return [f"unknown distribution {name!r}; known are {', '.join(NAMES)}"]
    fields = _FIELDS[name]
    if not isinstance(given, Mapping) or set(given) != set(fields):
        return [f"{name} takes {{{', '.join(fields)}}}, not {shown(given)}"]
    return [p for field in fields for p in _number_problems(f"{name} {field}", given[field], above_zero=True)]


# -- one form ------------------------------------------------------------------


def _scaled_rows(name: str, given: Any, factor: float) -> Any:
    if name == "mixture":
        parts = []
        for part in given:
            inner = scaled({key: value for key, value in part.items() if key != "share"}, factor)
            parts.append({"share": float(part["share"]), **inner})
        return parts
    return [[float(low) * factor, float(high) * factor, float(share)] for low, high, share in given]


def scaled(dist: object, factor: float) -> Distribution:
    """The distribution with every time multiplied by a factor above zero; its shape stays."""
    if not (math.isfinite(factor) and factor > 0):
        raise ValueError(f"a time scale must be above zero, not {factor}")
    problems = validate(dist)
    if problems:
        raise ValueError("; ".join(problems))
    if not isinstance(dist, Mapping):
        return {"fixed": float(dist) * factor}  # type: ignore[arg-type]
    name, given = next(iter(dist.items()))
    if name == "fixed":
        return {name: float(given) * factor}
    if name in _ROWS:
        return {name: [float(x) * factor for x in given]}
    if name in _FIELDS:
        times = ("mean", "median", "sd")
        return {
            name: {
                field: float(given[field]) * (factor if field in times else 1.0) for field in _FIELDS[name]
            }
        }
    return {name: _scaled_rows(name, given, factor)}


def canonical(dist: object) -> Distribution:
    """The distribution in one form: a bare number is `fixed`, numbers are floats. ValueError if wrong."""
    return scaled(dist, 1.0)


def text_of(dist: object) -> str:
    """The canonical form as text: equal distributions, equal text."""
    return json.dumps(canonical(dist), sort_keys=True)
