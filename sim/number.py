"""A number of a scenario: its value with unit, source and confidence, and the checks that every value passes.

A value is a number, a distribution, or a tree of them: mappings keyed by level, by column, or by date (in
force from that day on; the earliest holds before it too).
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.distributions import NAMES as DISTRIBUTIONS
from sim.distributions import validate
from sim.errors import InputError, nearest, shown
from sim.evidence import resolve
from sim.trees import by_date, canonical, is_distribution, is_leaf, is_series, leaves, sum_to_one
from sim.units import SHARES, YES_NO, fits, units
from sim.yaml_lines import Node

LARGEST = 1e12
HOW = "write {value: 30, unit: days, source: C01, confidence: official}"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(?:FY ?'?)?(20[0-9]{2})|FY ?'?([0-9]{1,2})", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")

Confidence = Literal["official", "derived", "judgement", "fitted"]


class Number(BaseModel):
    """A number with everything that is known about it.

    `low` and `high` have the shape of `value`. `factors` multiply by attribute; `odds` are odds ratios on one
    transition of a split, by attribute. `file` and `line` say where it is written.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    value: Any
    unit: str
    source: str
    confidence: Confidence
    date: str = ""
    low: Any = None
    high: Any = None
    by: tuple[str, ...] = ()
    note: str = ""
    factors: dict[str, Number] = Field(default_factory=dict)
    odds: dict[str, dict[str, Number]] = Field(default_factory=dict)
    file: str = ""
    line: int | None = None

    def parts(self) -> Iterator[tuple[str, Number]]:
        """The factors and odds ratios inside this number, with their paths from here."""
        for attribute, factor in self.factors.items():
            yield f"factors.{attribute}", factor
        for column, ratios in self.odds.items():
            for attribute, ratio in ratios.items():
                yield f"odds.{column}.{attribute}", ratio

    @cached_property
    def essence(self) -> str:
        """What decides results, as JSON in one form for equal numbers: no sources, notes or places."""
        given = [name for name in ("value", "low", "high") if getattr(self, name) is not None]
        facts = {name: json_of(canonical(by_date(getattr(self, name)))) for name in given}
        parts = json_object({name: part.essence for name, part in self.parts()})
        return json_object({**facts, "unit": json_of(self.unit), "by": json_of(self.by), "parts": parts})

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields, and so with an essence of its own."""
        copy = super().model_copy(update=update, deep=deep)
        copy.__dict__.pop("essence", None)
        return copy


def json_of(value: Any) -> str:
    """A value as JSON, in one form for equal values."""
    return json.dumps(value, sort_keys=True, allow_nan=False)


def json_object(texts: Mapping[str, str]) -> str:
    """An object of parts that are JSON already, as `json_of` would write it."""
    return "{" + ", ".join(f"{json_of(name)}: {texts[name]}" for name in sorted(texts)) + "}"


FIELDS = tuple(name for name in Number.model_fields if name not in ("file", "line"))
NEEDED = ("value", "unit", "source", "confidence")


# -- reading --------------------


class NumberReader:
    """Turns nodes of one file into numbers, and every mistake into one InputError with its line."""

    def __init__(self, file: str) -> None:
        self.file = file

    def error(
        self, message: str, line: int | None, key: str, allowed: Any = None, near: str | None = None
    ) -> InputError:
        return InputError(message, file=self.file, line=line or None, key=key, allowed=allowed, nearest=near)

    def number(self, node: Node, path: str, default_unit: str = "") -> Number:
        """A whole number; `default_unit` lets factors go without one."""
        if not node.is_mapping:
            given = f"{shown(node.value)} stands bare" if not node.is_list else "a list stands here"
            raise self.error(f"{given}; every number needs a unit and a source: {HOW}", node.line, path)
        found = self.fields(node, path)
        if default_unit and "unit" not in found:
            found["unit"] = default_unit
        for name in NEEDED:
            if name not in found:
                raise self.error(f"has no {name}; {HOW}", node.line, path)
        return self.build(found, node, path)

    def fields(self, node: Node, path: str) -> dict[str, Any]:
        """The fields of a number that are given, checked one by one."""
        found: dict[str, Any] = {}
        for key, child in node.value.items():
            if key not in FIELDS:
                message = f"{shown(key)} is not a field of a number"
                raise self.error(message, child.line, path, FIELDS, nearest(str(key), FIELDS))
            inside = f"{path}.{key}"
            if key in ("value", "low", "high"):
                found[key] = self.value(child, path if key == "value" else inside)
            elif key == "factors":
                found[key] = self.ratios(child, inside, "ratio")
            elif key == "odds":
                if not child.is_mapping:
                    raise self.error(
                        "needs transitions: {granted: {lawyer: {value: ...}}}", child.line, inside
                    )
                ratios = {
                    str(k): self.ratios(v, f"{inside}.{k}", "odds ratio") for k, v in child.value.items()
                }
                found[key] = ratios
            elif key == "by":
                found[key] = self.words(child, inside)
            else:
                found[key] = self.text(child, inside)
        return found

    def ratios(self, node: Node, path: str, unit: str) -> dict[str, Number]:
        if not node.is_mapping:
            raise self.error(
                "needs attributes: {lawyer: {value: {yes: 2, default: 1}, ...}}", node.line, path
            )
        return {str(key): self.number(child, f"{path}.{key}", unit) for key, child in node.value.items()}

    def build(self, found: dict[str, Any], node: Node, path: str) -> Number:
        """The Number from its fields: sources known, bounds of the shape of the value, shares within one."""

        def line(name: str) -> int:
            return node.value[name].line if node.is_mapping and name in node.value else node.line

        try:
            resolve(found["source"])
        except InputError as problem:
            raise self.error(
                problem.message, line("source"), f"{path}.source", near=problem.nearest
            ) from None
        for bound in ("low", "high"):
            if found.get(bound) is not None:
                found[bound] = self.filled(found[bound], found["value"], f"{path}.{bound}", line(bound))
        if not sum_to_one(path):  # shares have no order: where one is lower, another is higher
            self.ordered(found, path, line)
        self.unit(found["unit"], path, line("unit"))
        for name in ("value", "low", "high"):
            self.possible(found.get(name), found["unit"], path, line(name))
        try:
            return Number(**found, file=self.file, line=node.line or None)
        except ValidationError as problem:
            first = problem.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "value"
            allowed = Confidence.__args__ if name == "confidence" else None  # type: ignore[attr-defined]
            near = nearest(str(found.get(name)), allowed) if allowed else None
            message = (
                f"{found.get(name)!r} does not do: {first['msg']}" if not allowed else f"{found[name]!r}"
            )
            raise self.error(message, line(name), f"{path}.{name}", allowed, near) from None

    def text(self, node: Node, path: str) -> str:
        if isinstance(node.value, dt.date):
            return node.value.isoformat()
        if isinstance(node.value, (str, int, float)) and not isinstance(node.value, bool):
            return str(node.value)
        raise self.error("must be a text", node.line, path)

    def words(self, node: Node, path: str) -> tuple[str, ...]:
        items = node.value if node.is_list else (node,)
        for item in items:
            if not isinstance(item.value, str) or not _NAME.fullmatch(item.value):
                message = f"{shown(item.plain())} is not a name; a list is one of names such as [nationality]"
                raise self.error(message, item.line, path)
        found = tuple(item.value for item in items)
        if len(set(found)) < len(found):
            raise self.error("names something twice", node.line, path)
        return found

    def value(self, node: Node, path: str, negative: bool = False) -> Any:
        """A value: a number, a distribution or a tree. `negative` allows numbers below zero."""
        if node.is_list:
            message = (
                "a list is no value; give a number, a mapping, or a distribution such as {uniform: [1, 30]}"
            )
            raise self.error(message, node.line, path)
        if not node.is_mapping:
            return self.leaf(node, path, negative)
        if not node.value:
            raise self.error("is empty; give a number", node.line, path)
        keys = [self.value_key(key, child.line, path) for key, child in node.value.items()]
        dated = [isinstance(key, dt.date) for key in keys]
        if any(dated) and not all(dated):
            raise self.error(
                "mixes dates with names; give dates inside names or names inside dates", node.line, path
            )
        if len(keys) == 1 and keys[0] in DISTRIBUTIONS:
            return self.distribution(node, path)
        if len(keys) == 1 and isinstance(inner := next(iter(node.value.values())), Node) and inner.is_mapping:
            known = set(map(str, inner.value)) & {"median", "sigma", "mean", "sd", "shape"}
            if known and not all(child.is_mapping for child in inner.value.values()):
                message = f"there is no distribution {keys[0]!r}"
                raise self.error(
                    message, node.line, path, DISTRIBUTIONS, nearest(str(keys[0]), DISTRIBUTIONS)
                )
        tree = {}
        for key, child in zip(keys, node.value.values(), strict=True):
            if key in tree:
                raise self.error(f"{key} is given twice", child.line, path)
            tree[key] = self.value(child, f"{path}.{key}", negative)
        return {key: tree[key] for key in sorted(tree)} if any(dated) else tree

    def value_key(self, key: Any, line: int, path: str) -> str | dt.date:
        if isinstance(key, str) and _DATE.fullmatch(key):
            try:
                return dt.date.fromisoformat(key)
            except ValueError:
                raise self.error(f"{key} is not a day of the calendar", line, path) from None
        if isinstance(key, str) and (year := _YEAR.fullmatch(key)):
            near = f"FY20{(year[1] or year[2])[-2:]:0>2}"
            message = (
                f"{shown(key)} is not a date; write FY2027 for a fiscal year, or a day such as 2027-10-01"
            )
            raise self.error(message, line, path, near=near)
        if isinstance(key, str) and not _NAME.fullmatch(key):
            raise self.error(f"{shown(key)} is not a name (letters, digits and _) nor a date", line, path)
        return key

    def leaf(self, node: Node, path: str, negative: bool) -> float:
        value = node.value
        if value is None:
            raise self.error("has no value; give a number", node.line, path)
        if isinstance(value, bool):
            raise self.error("true and false are not numbers; write 1 or 0", node.line, path)
        if not isinstance(value, (int, float)):
            hint = ""
            if isinstance(value, str) and re.fullmatch(r"[0-9.]+ *%", value):
                hint = f"; write {float(value.rstrip(' %')) / 100:g}" if value.count(".") < 2 else ""
            elif isinstance(value, str) and re.fullmatch(r"[0-9][0-9,_ ]*(\.[0-9]+)?", value):
                hint = f"; write {re.sub('[,_ ]', '', value)}"
            raise self.error(f"{shown(value)} is not a number{hint}", node.line, path)
        if not math.isfinite(value) or abs(value) >= LARGEST:
            raise self.error(
                f"{value} is not allowed; a number is finite and below {LARGEST:g}", node.line, path
            )
        if value < 0 and not negative:
            raise self.error(f"{value} is below zero; a number is 0 or more", node.line, path)
        return value

    def distribution(self, node: Node, path: str) -> Any:
        plain = node.plain()
        if problems := validate(plain):
            raise self.error("; ".join(problems), node.line, path)
        return plain

    # -- bounds and shares --------------------

    def filled(self, bound: Any, value: Any, path: str, line: int) -> Any:
        """A bound in the whole shape of the value; what it leaves out is certain."""
        if is_leaf(value):
            kinds = [next(iter(tree)) if is_distribution(tree) else "number" for tree in (bound, value)]
            if not is_leaf(bound) or kinds[0] != kinds[1]:
                raise self.error(f"must have the shape of the value ({kinds[1]})", line, path)
            return bound
        if is_series(value) and not is_series(bound):
            return {key: self.filled(bound, child, path, line) for key, child in value.items()}
        if is_leaf(bound):
            shape = "{" + ", ".join(f"{key}: ..." for key in list(value)[:3]) + "}"
            raise self.error(f"must have the shape of the value: {shape}", line, path)
        for key in bound:
            if key not in value:
                near = nearest(str(key), map(str, value))
                raise self.error(
                    f"{key} is not in the value", line, path, [str(name) for name in value], near
                )
        return {
            key: self.filled(bound[key], child, f"{path}.{key}", line) if key in bound else child
            for key, child in value.items()
        }

    def ordered(self, found: dict[str, Any], path: str, line: Callable[[str], int]) -> None:
        """Holds low <= value <= high, leaf by leaf."""
        for bound, sign in (("low", 1), ("high", -1)):
            if found.get(bound) is None:
                continue
            for edge, middle in zip(leaves(found[bound]), leaves(found["value"]), strict=True):
                if isinstance(edge, dict) or sign * (edge - middle) <= 0:
                    continue
                side = "above" if sign > 0 else "below"
                raise self.error(f"{edge} is {side} the value {middle}", line(bound), f"{path}.{bound}")

    def unit(self, unit: str, path: str, line: int | None) -> None:
        """Holds the unit to what the number at this path is counted in; a share may say of what."""
        if not fits(unit, path):
            allowed = units(path)
            message = f"{shown(unit)} is not a unit of this number"
            raise self.error(message, line, f"{path}.unit", allowed, nearest(unit, allowed))

    def possible(self, value: Any, unit: str, path: str, line: int | None) -> None:
        """Holds shares and probabilities within 0 and 1, and what is yes or no to 1 or 0."""
        if value is not None and unit in YES_NO:
            for leaf in leaves(value):
                if isinstance(leaf, dict) or leaf not in (0, 1):
                    raise self.error(f"{shown(leaf)} is neither; give 1 or 0 ({unit})", line, path)
        if value is not None and unit in SHARES:
            for leaf in leaves(value):
                if not isinstance(leaf, dict) and leaf > 1 + 1e-9:
                    raise self.error(f"{leaf} is above one; a {unit} is between 0 and 1", line, path)
