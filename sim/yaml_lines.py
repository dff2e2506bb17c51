"""Reads YAML from strangers: plain data with the line of every key, and nothing else.

Anchors, aliases, merge keys and tags are refused: a small file stays small, and nothing is built from a name
in it.
As in YAML 1.2, `yes` and `no` are words (levels of attributes); `true` and `false` are not.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from sim.errors import InputError, in_words

MAX_BYTES = 5_000_000
MAX_DEPTH = 24
MAX_NODES = 200_000
MAX_DIGITS = 40
FIRST_YEAR, LAST_YEAR = 1901, 2200

_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Key = str | dt.date


@dataclass(frozen=True)
class Node:
    """A value and the line on which it stands: a scalar, a tuple of nodes, or a mapping of keys to nodes."""

    value: Any
    line: int
    quoted: bool = False

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.value, tuple)

    def plain(self) -> Any:
        """The value without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value


_parsed: dict[str, Node] = {}


def read_file(path: Path, shown: str | None = None) -> Node:
    """The content of a YAML file. Every way in which a file can be wrong is one InputError."""
    name = shown or str(path)
    try:
        status = os.stat(path)
    except (OSError, ValueError) as problem:
        raise InputError(f"cannot be read ({_reason(problem)})", file=name) from None
    if stat.S_ISDIR(status.st_mode):
        raise InputError("is a folder; give a scenario file (.yaml)", file=name)
    if not stat.S_ISREG(status.st_mode):
        raise InputError("is not an ordinary file; give a scenario file (.yaml)", file=name)
    if status.st_size > MAX_BYTES:
        message = f"is {status.st_size / 1e6:.0f} MB; a scenario file has at most {MAX_BYTES / 1e6:.0f} MB"
        raise InputError(message, file=name)
    try:
        with open(path, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except OSError as problem:
        raise InputError(f"cannot be read ({_reason(problem)})", file=name) from None
    return read_bytes(raw, name)


def _reason(problem: Exception) -> str:
    if isinstance(problem, FileNotFoundError):
        return "there is no such file"
    return (
        in_words(OSError(problem.errno, problem.strerror)) if isinstance(problem, OSError) else str(problem)
    )


def read_bytes(raw: bytes, name: str) -> Node:
    """The content of YAML given as bytes; `name` is what messages call it."""
    if len(raw) > MAX_BYTES:
        raise InputError(f"is larger than {MAX_BYTES / 1e6:.0f} MB, the limit", file=name)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("is UTF-16 text; save it as UTF-8", file=name, line=1)
    zero = raw.find(b"\0")
    if zero >= 0:
        raise InputError(
            "is not text (it holds a zero byte); a scenario is a YAML file", file=name, line=_line(raw, zero)
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        message = "is not UTF-8 text; save it as UTF-8"
        raise InputError(message, file=name, line=_line(raw, problem.start)) from None
    digest = hashlib.sha256(raw).hexdigest()
    if digest not in _parsed:
        _parsed[digest] = _Reader(text, name).document()
        while len(_parsed) > 64:
            _parsed.pop(next(iter(_parsed)))
    return _parsed[digest]


def _line(raw: bytes, position: int) -> int:
    return raw.count(b"\n", 0, position) + 1


def read_text(text: str, name: str) -> Node:
    """The content of YAML given as text."""
    return read_bytes(text.encode("utf-8", "surrogatepass"), name)


def numbered(value: Any, line: int = 0, depth: int = 0) -> Node:
    """Plain Python data as nodes, all on one line: what a Python call passes is checked like a file."""
    if depth > MAX_DEPTH:
        raise InputError(f"a value is nested more than {MAX_DEPTH} deep")
    if hasattr(value, "tolist"):  # NumPy's and pandas' numbers, arrays and columns
        value = value.tolist()
    if isinstance(value, dict):
        return Node({_python_key(key): numbered(item, line, depth + 1) for key, item in value.items()}, line)
    if isinstance(value, (list, tuple)):
        return Node(tuple(numbered(item, line, depth + 1) for item in value), line)
    if isinstance(value, dt.datetime):
        value = "NaT" if str(value) == "NaT" else value.date()  # pandas' name for no date
    return Node(value, line)


def _python_key(key: Any) -> Key:
    if isinstance(key, dt.datetime):
        return key.date()
    if isinstance(key, dt.date):
        return key
    text = str(key)
    if _DATE.fullmatch(text):
        year, month, day = (int(part) for part in text.split("-"))
        try:
            return dt.date(year, month, day)
        except ValueError as problem:
            raise InputError(f"{text} is not a day of the calendar ({problem})") from None
    return text


class _Reader:
    """Builds nodes from the parser's events, with bounds on depth and size."""

    def __init__(self, text: str, name: str) -> None:
        self.name, self.nodes, self.line = name, 0, 1
        self.events: Iterator[Any] = iter(YAML(typ="safe", pure=True).parse(text))

    def error(self, message: str, line: int, key: str | None = None) -> InputError:
        return InputError(message, file=self.name, line=line, key=key)

    def next(self) -> Any:
        try:
            event = next(self.events)
        except StopIteration:
            raise self.error("ends too early", self.line) from None
        except MarkedYAMLError as problem:
            mark = problem.problem_mark or problem.context_mark
            line = mark.line + 1 if mark else self.line
            raise self.error(_explained(str(problem.problem or problem.context)), line) from None
        except (YAMLError, ValueError, RecursionError, OverflowError) as problem:
            message = " ".join(str(problem).split())[:200]
            if "unacceptable character" in message:
                message = "it holds a control character; keep to plain text"
            raise self.error(f"cannot be read as YAML ({message})", self.line) from None
        self.line = event.start_mark.line + 1
        return event

    def document(self) -> Node:
        event = self.next()
        while _kind(event) == "StreamStart":
            event = self.next()
        if _kind(event) == "StreamEnd":
            raise self.error("is empty; a scenario has at least a title", 1)
        node = self.node(self.next(), 0)
        self.next()  # the end of the document
        if _kind(self.next()) != "StreamEnd":
            raise self.error("a second document starts here (---); a scenario file holds one", self.line)
        return node

    def node(self, event: Any, depth: int) -> Node:
        kind, line = _kind(event), event.start_mark.line + 1
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self.error(f"holds more than {MAX_NODES:,} values", line)
        if kind == "Alias" or getattr(event, "anchor", None):
            raise self.error("anchors (&) and aliases (*) are not allowed; write the value out", line)
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) not in ("", "None", "!"):
            raise self.error(f"the tag {str(tag)[:80]} is not allowed; write plain values", line)
        if kind == "Scalar":
            return Node(self.scalar(event, line), line, event.style is not None)
        if depth >= MAX_DEPTH:
            raise self.error(f"is nested more than {MAX_DEPTH} deep", line)
        return self.mapping(line, depth) if kind == "MappingStart" else self.sequence(line, depth)

    def sequence(self, line: int, depth: int) -> Node:
        items: list[Node] = []
        while _kind(event := self.next()) != "SequenceEnd":
            items.append(self.node(event, depth + 1))
        return Node(tuple(items), line)

    def mapping(self, line: int, depth: int) -> Node:
        entries: dict[Key, Node] = {}
        lines: dict[Key, int] = {}
        while _kind(event := self.next()) != "MappingEnd":
            at = event.start_mark.line + 1
            node = self.node(event, depth + 1)
            if node.is_mapping or node.is_list:
                raise self.error("a key must be a word, a number or a date, not a list or a mapping", at)
            key = self.key(event, node, at)
            if key in entries:
                raise self.error(f"is given twice (first on line {lines[key]}); keep one", at, str(key))
            value = self.node(self.next(), depth + 1)
            # What a person looks for is the line of the key; long texts and lists start below it.
            entries[key] = Node(value.value, at, value.quoted)
            lines[key] = at
        return Node(entries, line)

    def key(self, event: Any, node: Node, line: int) -> Key:
        if isinstance(node.value, dt.date):
            return node.value
        text = str(event.value)
        if text == "<<" and not node.quoted:
            raise self.error("merge keys (<<) are not allowed; write the values out", line, "<<")
        if not text or node.value is None:
            raise self.error("a key is empty", line)
        if fiscal := re.fullmatch(
            r"FY([0-9]{4})", text
        ):  # a fiscal year starts on 1 October of the year before
            if not FIRST_YEAR <= int(fiscal[1]) <= LAST_YEAR:
                message = f"{text} is not a fiscal year that is used; write one such as FY2027"
                raise self.error(message, line)
            return dt.date(int(fiscal[1]) - 1, 10, 1)
        return text

    def scalar(self, event: Any, line: int) -> Any:
        text = event.value
        if event.style is not None:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text):
            if len(text) > MAX_DIGITS:
                raise self.error(f"a number of {len(text)} digits; at most {MAX_DIGITS}", line)
            return int(text) if _INTEGER.fullmatch(text) else float(text)
        if _SPECIAL.fullmatch(text):
            return math.nan if "n" in text.lower().replace("inf", "") else float(text.replace(".", ""))
        if _DATE.fullmatch(text):
            year, month, day = (int(part) for part in text.split("-"))
            try:
                return dt.date(year, month, day)
            except ValueError as problem:
                raise self.error(f"{text} is not a day of the calendar ({problem})", line) from None
        return text


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _explained(problem: str) -> str:
    if "\\t" in problem or "\t" in problem:
        return "a tab stands where spaces belong; indent with spaces"
    if "mapping values are not allowed" in problem:
        return "a colon where none belongs; put texts that hold a colon in quotes, and check the indentation"
    return f"is not valid YAML: {' '.join(problem.split())[:200]}"
