"""A scenario file: reading its header, numbers and changes, and writing one."""

from __future__ import annotations

import datetime as dt
import io
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from sim.changes import Change, read_change, read_date
from sim.errors import InputError, nearest, shown
from sim.evidence import resolve_change
from sim.number import Number, NumberReader
from sim.pathways.published import HEADLINE
from sim.yaml_lines import Node

TEXTS = ("title", "question", "why", "sources", "look_at", "finding")
HEADER = (*TEXTS, "extends", "start", "horizon", "changes")
MARKS = {
    "unit",
    "source",
    "confidence",
}  # a mapping with one of these is a number, even when its value is missing


class Words(NamedTuple):
    """A list of names, such as the order of desks at an office, and where it is written."""

    value: tuple[str, ...]
    file: str
    line: int | None


@dataclass
class Content:
    """What one file says, before anything it extends."""

    file: str
    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    extends: str = ""
    dates: dict[str, dt.date] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    numbers: dict[str, Number] = field(default_factory=dict)
    words: dict[str, Words] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    first: int = 1

    def error(self, message: str, key: str, near: str | None = None) -> InputError:
        """An error about a key of the header."""
        line = self.lines.get(key, self.first)
        return InputError(message, file=self.file, line=line, key=key, nearest=near)


def read_content(node: Node, file: str, found: list[InputError] | None = None) -> Content:
    """One file. With `found`, mistakes in numbers are collected there and reading goes on."""
    reader, content = NumberReader(file), Content(file)
    if not node.is_mapping:
        raise reader.error(
            "a scenario file is a mapping: title: ..., extends: baseline, changes: [...]", node.line, ""
        )
    content.lines = {str(key): child.line for key, child in node.value.items()}
    content.first = node.line
    groups: dict[str, Node] = {}
    for key, child in node.value.items():
        if key == "look_at" or (key == "sources" and not child.is_mapping):
            items = child.value if child.is_list else (child,)
            known = _measure if key == "look_at" else _source
            content.lists[key] = tuple(known(item, reader, key) for item in items)
        elif key in ("extends", "title", "question", "why", "finding"):
            content.texts[key] = _text(child, reader, key)
        elif key in ("start", "horizon"):
            content.dates[key] = read_date(child, reader, key)
        elif key != "changes":
            groups[str(key)] = child
    content.extends = content.texts.pop("extends", "")
    if not content.texts.get("title"):
        raise reader.error("a scenario has a title: write title: What happens if ...", node.line, "title")
    for key, child in groups.items():
        if content.extends:
            message = f"{shown(key)} is not a key of a scenario file; numbers go under 'changes'"
            raise reader.error(message, child.line, key, HEADER, nearest(key, HEADER))
        if not child.is_mapping:
            near = nearest(key, HEADER)
            raise reader.error(
                "is neither a key of a scenario file nor a group of numbers", child.line, key, HEADER, near
            )
        _read_numbers(child, key, reader, content, found)
    if "changes" in node.value:
        if not content.extends:
            message = "changes need something to change; write extends: baseline"
            raise reader.error(message, content.lines["changes"], "changes")
        content.changes = _read_changes(node.value["changes"], reader)
    return content


def _text(node: Node, reader: NumberReader, key: str) -> str:
    if not isinstance(node.value, str):
        given = "" if node.is_list or node.is_mapping else f", not {shown(node.value)}"
        message = (
            f"must be a text{given}; put a text that holds a colon, or is only a number or a date, in quotes"
        )
        raise reader.error(message, node.line, key)
    return node.value.strip()


def _measure(node: Node, reader: NumberReader, key: str) -> str:
    name = _text(node, reader, key)
    if name not in HEADLINE:
        message = f"there is no measure {shown(name)}; give a list such as [court_pending]"
        raise reader.error(message, node.line, key, HEADLINE, nearest(name, HEADLINE))
    return name


def _source(node: Node, reader: NumberReader, key: str) -> str:
    text = _text(node, reader, key)
    try:
        resolve_change(text)
    except InputError as problem:
        raise reader.error(problem.message, node.line, key, near=problem.nearest) from None
    return text


def _read_numbers(
    node: Node, path: str, reader: NumberReader, content: Content, found: list[InputError] | None
) -> None:
    """Every number at or below a node."""
    try:
        if node.is_mapping and ("value" in node.value or _marked(node)):
            content.numbers[path] = reader.number(node, path)
        elif node.is_list and node.value:
            content.words[path] = Words(reader.words(node, path), reader.file, node.line)
        elif not node.is_mapping:
            content.numbers[path] = reader.number(node, path)
        elif not node.value:
            raise reader.error("is empty; give its numbers or leave it out", node.line, path)
        else:
            for key, child in node.value.items():
                if not isinstance(key, str):
                    message = "a date stands where a name belongs; series by date go under 'value'"
                    raise reader.error(message, child.line, f"{path}.{key}")
                _read_numbers(child, f"{path}.{key}", reader, content, found)
    except InputError as problem:
        if found is None:
            raise
        found.append(problem)


def _marked(node: Node) -> bool:
    return any(name in node.value and not node.value[name].is_mapping for name in MARKS)


def _read_changes(node: Node, reader: NumberReader) -> tuple[Change, ...]:
    if node.value is None:
        return ()
    if not node.is_list:
        raise reader.error("is a list; begin every change with '- '", node.line, "changes")
    changes = tuple(read_change(item, reader, f"changes[{n}]") for n, item in enumerate(node.value, 1))
    seen: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        if change.op not in ("set", "ramp"):
            continue
        key = (change.path, change.since, change.until if change.op == "set" else None)
        if key in seen:
            raise change.error(
                f"is given twice with the same dates (first on line {seen[key].line}); keep one"
            )
        seen[key] = change
    _refuse_sibling_shares(changes)
    return changes


def _refuse_sibling_shares(changes: tuple[Change, ...]) -> None:
    """Two columns of one split on the same days: the second would move the first, so both belong together."""
    seen: dict[tuple[Any, ...], Change] = {}
    for change in changes:
        parent, _, _column = change.path.rpartition(".")
        if change.op != "set" or not isinstance(change.value, (int, float)) or ".split" not in f"{parent}.":
            continue
        key = (parent, change.since, change.until)
        if key in seen:
            message = (
                f"two shares of one split on the same days (see line {seen[key].line}); set them together"
            )
            raise change.error(f"{message}: {{set: {parent}, to: {{...: ..., ...: ...}}}}")
        seen[key] = change


# -- writing --------------------


def plain(value: Any) -> Any:
    """Data with dates as texts, for JSON."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value


def written(head: dict[str, Any], items: dict[str, Any] | None = None) -> str:
    """The text of a scenario file: its header, and what stands under each path."""
    whole = dict(head)
    if any(path.startswith("sources.") for path in items or {}):
        whole.pop("sources", None)  # in a file that has numbers of sources, the word means these
    for path, item in (items or {}).items():
        group = whole
        *folders, name = path.split(".")
        for folder in folders:
            group = group.setdefault(folder, {})
        group[name] = item
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 110
    writer.representer.ignore_aliases = lambda _: True
    out = io.StringIO()
    writer.dump(whole, out)
    return out.getvalue()
