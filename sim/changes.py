"""Changes of a scenario: set, scale, add or ramp a number, or a part of one, between two dates."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from sim.errors import InputError, nearest, shown
from sim.evidence import resolve_change
from sim.number import Number, NumberReader
from sim.trees import breakpoints, is_distribution, leaves
from sim.yaml_lines import Node, read_text

Op = Literal["set", "scale", "add", "ramp"]
OPS = ("set", "scale", "add", "ramp")
FIELDS = (*OPS, "to", "by", "since", "until", "source")
SHAPE = (
    "{set: PATH, to: VALUE}, {scale: PATH, by: FACTOR}, {add: PATH, by: AMOUNT} "
    "or {ramp: PATH, to: VALUE, until: DATE}"
)
PATCH = "value"  # a value with this key is a whole number, not only its value


class Change(BaseModel):
    """One change. `value` is what follows `to` or `by`; `file` and `line` say where it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    op: Op
    path: str
    value: Any
    since: dt.date | None = None
    until: dt.date | None = None
    source: str = ""
    file: str = ""
    line: int | None = None

    def error(self, message: str, allowed: Any = None, near: str | None = None) -> InputError:
        """An error that points at this change."""
        key = f"{self.op} {self.path}"
        return InputError(message, file=self.file, line=self.line, key=key, allowed=allowed, nearest=near)

    @property
    def patch(self) -> dict[str, Any] | None:
        """The fields of a number, if the change gives more than its value."""
        return self.value if isinstance(self.value, dict) and PATCH in self.value else None

    def as_dict(self) -> dict[str, Any]:
        """The change as a scenario file writes it."""
        value = self.value
        if self.patch is not None:
            value = {key: plain_field(item) for key, item in self.patch.items()}
        found = {self.op: self.path, ("by" if self.op in ("scale", "add") else "to"): plain_field(value)}
        found |= {"since": self.since, "until": self.until, "source": self.source or None}
        return {key: item for key, item in found.items() if item is not None}


def plain_field(item: Any) -> Any:
    """A field of a number as plain data."""
    if isinstance(item, Number):
        fields = {name: getattr(item, name) for name in Number.model_fields if name not in ("file", "line")}
        return {name: plain_field(value) for name, value in fields.items() if value not in ("", None, (), {})}
    if isinstance(item, dict):
        return {key: plain_field(value) for key, value in item.items()}
    return [plain_field(value) for value in item] if isinstance(item, (tuple, list)) else item


# -- reading --------------------


def read_date(node: Node, reader: NumberReader, key: str) -> dt.date:
    """A date of a scenario file."""
    if isinstance(node.value, dt.date):
        return node.value
    try:
        return dt.date.fromisoformat(node.value)
    except (TypeError, ValueError):
        message = f"{shown(node.plain())} is not a date; write it as 2027-10-01"
        raise reader.error(message, node.line, key) from None


def read_change(node: Node, reader: NumberReader, place: str) -> Change:
    """One item of `changes:`."""
    if not node.is_mapping:
        raise reader.error(f"a change is a mapping: {SHAPE}", node.line, place)
    for key, child in node.value.items():
        if key not in FIELDS:
            raise reader.error(
                f"{shown(key)} is not part of a change", child.line, place, FIELDS, nearest(str(key), FIELDS)
            )
    ops = [key for key in node.value if key in OPS]
    if len(ops) != 1:
        given = " and ".join(ops) or "none of set, scale, add, ramp"
        raise reader.error(f"a change has exactly one of them, here {given}: {SHAPE}", node.line, place, OPS)
    op, given = ops[0], node.value
    path_node = given[op]
    if not isinstance(path_node.value, str):
        raise reader.error("needs the path of a number", path_node.line, f"{place}.{op}")
    path = path_node.value
    place = f"{op} {path}"
    wanted, other = ("by", "to") if op in ("scale", "add") else ("to", "by")
    if other in given:
        raise reader.error(f"{op} takes {wanted!r}, not {other!r}", given[other].line, place, near=wanted)
    if wanted not in given:
        raise reader.error(f"{op} needs {wanted!r}: {SHAPE}", path_node.line, place)
    dates = {key: read_date(given[key], reader, place) for key in ("since", "until") if key in given}
    if op == "ramp" and "until" not in dates:
        raise reader.error("a ramp needs 'until', the day on which it arrives", path_node.line, place)
    if len(dates) == 2 and dates["until"] < dates["since"]:
        message = f"ends on {dates['until']}, before it begins on {dates['since']}"
        raise reader.error(message, given["until"].line, place)
    source = ""
    if "source" in given:
        source = reader.text(given["source"], place)
        try:
            resolve_change(source)
        except InputError as problem:
            raise reader.error(problem.message, given["source"].line, place, near=problem.nearest) from None
    value = _read_value(op, given[wanted], reader, path, place)
    if isinstance(value, dict) and PATCH in value and dates:
        message = (
            "a whole number (value, unit, by, ...) is set from the start; with dates give only its value"
        )
        raise reader.error(message, given[wanted].line, place)
    line = path_node.line or None
    return Change(op=op, path=path, value=value, source=source, file=reader.file, line=line, **dates)


def _read_value(op: str, node: Node, reader: NumberReader, path: str, place: str) -> Any:
    if op == "set" and node.is_list:
        return reader.words(node, place)
    if op == "set" and node.is_mapping and PATCH in node.value:
        found = reader.fields(node, path)
        return found if len(found) > 1 else found[PATCH]
    value = reader.value(node, place, negative=op == "add")
    if op != "set" and breakpoints(value):
        raise reader.error(f"{op} takes no dates inside; use since and until", node.line, place)
    if op != "set" and any(is_distribution(leaf) for leaf in leaves(value)):
        hint = "; use set, or scale to stretch a distribution in time"
        raise reader.error(f"{op} takes numbers, not a distribution{hint}", node.line, place)
    return value


def parse_setting(text: str) -> Change:
    """A change from `PATH=VALUE[@DATE]`, the form of `--set`. VALUE is YAML: a number, or {a: 1}."""
    name = "--set"
    path, equals, rest = text.partition("=")
    path, rest = path.strip(), rest.strip()
    if not equals or not path or not rest:
        raise InputError(f"{shown(text)} is not PATH=VALUE or PATH=VALUE@DATE", file=name)
    value, at, date = rest.rpartition("@") if "@" in rest else (rest, "", "")
    reader = NumberReader(name)
    try:
        node = read_text(value.strip(), name)
        items = {"set": Node(path, 0), "to": _without_lines(node)}
        if at:
            items["since"] = Node(date.strip(), 0)
        return read_change(Node(items, 0), reader, path)
    except InputError as problem:
        key = problem.key or path
        raise InputError(
            problem.message, file=name, key=key, allowed=problem.allowed, nearest=problem.nearest
        ) from None


def _without_lines(node: Node) -> Node:
    if node.is_mapping:
        return Node({key: _without_lines(child) for key, child in node.value.items()}, 0)
    return Node(tuple(map(_without_lines, node.value)), 0) if node.is_list else Node(node.value, 0)
