"""Scenarios: the baseline and what differs from it, read from YAML files, checked and resolved by path."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.changes import Change, parse_setting, plain_field, read_change, read_date
from sim.errors import InputError, nearest, shown
from sim.evidence import SourcedNumber, resolve_change
from sim.number import Number, NumberReader, json_object, json_of
from sim.revision import Revision
from sim.scenario_file import Content, Words, plain, read_content, written
from sim.shipped import shipped_folder, shipped_names
from sim.trees import Difference, differences, leaves
from sim.yaml_lines import numbered, read_file

__all__ = ["Change", "InputError", "Number", "Scenario", "load", "parse_setting", "problems"]

EARLIEST = dt.date(1990, 1, 1)
LATEST = dt.date(2100, 1, 1)
LONGEST_YEARS = 60
STOCKS_GIVEN = 0.5  # of the cases at the start; what a file leaves as it was is nearly the same on both days
DEEPEST = 16  # files that extend one another
SUFFIXES = (".yaml", ".yml")

Day = dt.date | str | None
Said = Callable[[str, str], InputError]  # (about what, message)


@dataclass(frozen=True, eq=False)
class Scenario:
    """A scenario, resolved. It never changes: `change`, `scale`, `add` and `ramp` return a new one."""

    name: str
    title: str
    start: dt.date
    horizon: dt.date
    numbers: dict[str, Number]
    words: dict[str, Words] = field(default_factory=dict)
    question: str = ""
    why: str = ""
    cited: tuple[str, ...] = ()
    look_at: tuple[str, ...] = ()
    finding: str = ""
    extends: str = ""
    changes: tuple[Change, ...] = ()
    chain: tuple[str, ...] = ()
    file: str = ""
    touched: dict[str, Change] = field(default_factory=dict, repr=False)
    _used: set[str] = field(default_factory=set, repr=False)

    # -- asking for numbers --------------------

    def get(self, path: str) -> Number | None:
        """The number at a path, or None."""
        self._used.add(path)
        return self.numbers.get(path)

    def require(self, path: str) -> Number:
        """The number at a path; InputError if the scenario has none."""
        if (number := self.get(path)) is None:
            near = nearest(path, set(self.numbers) - self._used)
            raise InputError("this number is needed and not given", file=self.file, key=path, nearest=near)
        return number

    def names_at(self, path: str) -> tuple[str, ...]:
        """The list of names at a path (the order of desks at an office); empty if there is none."""
        self._used.add(path)
        return self.words[path].value if path in self.words else ()

    def below(self, prefix: str) -> list[str]:
        """Every path that begins with `prefix.`."""
        return [path for path in (*self.numbers, *self.words) if path.startswith(prefix + ".")]

    def error(self, path: str, message: str, allowed: Iterable[str] | None = None) -> InputError:
        """An error about the number at a path, pointing at the line that gave it its value."""
        place: Any = self.touched.get(path) or self.numbers.get(path) or self.words.get(path)
        if place is None and (inside := self.below(path)):
            place = self.touched.get(inside[0]) or self.numbers.get(inside[0]) or self.words[inside[0]]
        file, line = (place.file, place.line) if place is not None else (self.file, None)
        return InputError(message, file=file, line=line, key=path, allowed=allowed)

    def unused(self) -> None:
        """Refuses a number that nobody has asked for since loading: its path means nothing to the model."""
        left = [path for path in (*self.numbers, *self.words) if path not in self._used]
        if not left:
            return
        left.sort(key=lambda path: path not in self.touched)  # what a scenario added is the likelier mistake
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        problem = self.error(left[0], f"the model knows no number of this name{more}")
        near = nearest(left[0], self._used)
        raise InputError(problem.message, file=problem.file, line=problem.line, key=problem.key, nearest=near)

    # -- changing --------------------

    def change(
        self, path: str, value: Any, since: Day = None, until: Day = None, source: str = ""
    ) -> Scenario:
        """Sets a number, or a part of one, from `since` to `until` (both included; without them, always)."""
        return self._python("set", path, to=value, since=since, until=until, source=source)

    def scale(self, path: str, by: Any, since: Day = None, until: Day = None, source: str = "") -> Scenario:
        """Multiplies a number; a distribution is stretched in time."""
        return self._python("scale", path, by=by, since=since, until=until, source=source)

    def add(self, path: str, by: Any, since: Day = None, until: Day = None, source: str = "") -> Scenario:
        """Adds to a number."""
        return self._python("add", path, by=by, since=since, until=until, source=source)

    def ramp(self, path: str, value: Any, until: Day, since: Day = None, source: str = "") -> Scenario:
        """Moves a number in a straight line, from what it is on `since` to `value` on `until` and after."""
        return self._python("ramp", path, to=value, since=since, until=until, source=source)

    def _python(self, op: str, path: str, **given: Any) -> Scenario:
        given = {key: value for key, value in given.items() if value is not None}
        if given.get("source") == "":
            given.pop("source")
        return self.applied(
            read_change(numbered({op: path, **given}), NumberReader("change"), f"{op} {path}")
        )

    def applied(self, *changes: Change) -> Scenario:
        """A new scenario with these changes as well."""
        extends = self.extends or self.chain[-1]
        own = replace(self, extends=extends, changes=(*self.changes, *changes))
        return own._revised(changes)

    def _revised(self, changes: Iterable[Change]) -> Scenario:
        before = Revision(self.numbers, self.words, self.touched)
        after = before.revised(changes, self.start, self.horizon)
        return replace(self, **vars(after), _used=set())

    def between(self, start: Day = None, horizon: Day = None) -> Scenario:
        """The same scenario over another span of time."""
        reader = NumberReader("dates")
        first = self.start if start is None else read_date(numbered(start), reader, "start")
        last = self.horizon if horizon is None else read_date(numbered(horizon), reader, "horizon")
        _hold_span(first, last, lambda key, text: InputError(text, key=key))
        return replace(self, start=first, horizon=last, _used=set())

    # -- reading it --------------------

    def sources(self) -> list[SourcedNumber]:
        """Every number, factors and odds ratios included, with its sources looked up."""
        found = []
        for path, number in self.numbers.items():
            for inside, one in (("", number), *number.parts()):
                whole = f"{path}.{inside}" if inside else path
                cited = resolve_change(one.source)
                own = (one.confidence, one.date, one.low, one.high, one.note, one.file, one.line)
                found.append(SourcedNumber(whole, one.value, one.unit, cited, *own))
        return found

    def diff(self, other: str | Scenario) -> list[Difference]:
        """What differs: (path, value here, value there), as fine as the parts of numbers that differ."""
        here, there = self._values(), load(other)._values()
        found = [differences(path, here.get(path), there.get(path)) for path in sorted({*here, *there})]
        return [one for several in found for one in several]

    def _values(self) -> dict[str, Any]:
        values: dict[str, Any] = {"start": self.start, "horizon": self.horizon}
        values |= {path: words.value for path, words in self.words.items()}
        for path, number in self.numbers.items():
            values[path] = number.value
            values |= {f"{path}.{name}": part.value for name, part in number.parts()}
        return values

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything that decides the result: dates and numbers, not titles, notes or sources."""
        numbers = json_object({path: number.essence for path, number in self.numbers.items()})
        words = json_of({path: item.value for path, item in self.words.items()})
        span = {"start": json_of(str(self.start)), "horizon": json_of(str(self.horizon))}
        text = json_object({**span, "numbers": numbers, "words": words})
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def fingerprint(self) -> str:
        """The first twelve digits of `digest`: the same numbers, the same fingerprint, on every machine."""
        return self.digest[:12]

    def as_dict(self) -> dict[str, Any]:
        """The resolved scenario as plain data for JSON."""
        return self._head() | {
            "extends": self.extends,
            "chain": list(self.chain),
            "start": self.start.isoformat(),
            "horizon": self.horizon.isoformat(),
            "changes": [plain(change.as_dict()) for change in self.changes],
            "numbers": dict(self._plain_numbers),
            "names": {path: list(words.value) for path, words in self.words.items()},
        }

    @cached_property
    def _plain_numbers(self) -> dict[str, Any]:
        return {path: plain(plain_field(number)) for path, number in self.numbers.items()}

    def to_yaml(self, resolved: bool = False) -> str:
        """A scenario file that loads as this: what differs from `extends`, or (`resolved`) every number."""
        head: dict[str, Any] = {key: text for key, text in self._head().items() if text and key != "name"}
        head |= {"start": self.start, "horizon": self.horizon}
        if self.extends and not resolved:
            return written(
                {**head, "extends": self.extends, "changes": [one.as_dict() for one in self.changes]}
            )
        items = {path: plain_field(number) for path, number in self.numbers.items()}
        return written(head, items | {path: list(words.value) for path, words in self.words.items()})

    def _head(self) -> dict[str, Any]:
        texts = {key: getattr(self, key) for key in ("name", "title", "question", "why", "finding")}
        return texts | {"look_at": list(self.look_at), "sources": list(self.cited)}


# -- loading --------------------


def load(name: str | Path | Scenario = "baseline") -> Scenario:
    """A scenario: the name of a shipped one, or a file (a path that ends in .yaml); one that is loaded stays."""
    if isinstance(name, Scenario):
        return name
    path, called = _asked_for(name)
    return _loaded(path, called, ())


def problems(name: str | Path) -> list[InputError]:
    """Everything wrong with the numbers of a file, not only the first mistake; empty if it loads."""
    path, called = _asked_for(name)
    found: list[InputError] = []
    try:
        read_content(read_file(path, called), called, found)
        if not found:
            load(name)
    except InputError as problem:
        found.append(problem)
    return found


def _asked_for(name: str | Path) -> tuple[Path, str]:
    if not isinstance(name, (str, Path)):
        raise InputError(f"{shown(name)} is not a scenario; give a name, a file or what `sim.load` returns")
    if not str(name).strip():
        raise InputError("a scenario is missing; give a shipped name or a file", allowed=shipped_names())
    path = Path(name)
    is_file = isinstance(name, Path) or path.suffix.lower() in SUFFIXES or path.name != name
    if is_file and not os.path.lexists(path):
        raise InputError("cannot be read (there is no such file)", file=str(name), nearest=_beside(path))
    if is_file or (name not in shipped_names() and path.exists()):
        return path, str(name)
    return _shipped(path.name, lambda text, near: InputError(text, key="scenario", nearest=near))


def _shipped(name: str, error: Callable[[str, str | None], InputError]) -> tuple[Path, str]:
    known = shipped_names()
    if name not in known:
        shipped = f"shipped: {', '.join(known)}" if known else "none is shipped"
        message = f"there is no scenario {name!r} ({shipped}); the name of a file ends in .yaml"
        raise error(message, nearest(name, known))
    return shipped_folder() / f"{name}.yaml", f"{name}.yaml"


def _loaded(path: Path, called: str, seen: tuple[Path, ...]) -> Scenario:
    content = read_content(read_file(path, called), called)
    below = (*seen, path.resolve())
    parent = None
    if content.extends:
        where, name = _extended(content, path.parent)
        if where.resolve() in below:
            circle = " -> ".join([*(item.name for item in below), where.name])
            raise content.error(f"goes in a circle: {circle}", "extends")
        if len(below) > DEEPEST:
            raise content.error(f"more than {DEEPEST} files extend one another", "extends")
        parent = _loaded(where, name, below)
    shipped = path.parent == shipped_folder()
    return _resolved(content, parent, path.stem, path.stem if shipped else path.name)


def _extended(content: Content, folder: Path) -> tuple[Path, str]:
    """The file that a file extends: a shipped one, or one beside it. Files come from strangers: no paths."""
    name = content.extends
    if Path(name).name != name or "\\" in name or "\0" in name:
        message = f"{name[:60]!r} is a path; name a shipped scenario or a file beside this one"
        raise content.error(message, "extends")
    if Path(name).suffix.lower() not in SUFFIXES:
        return _shipped(name, lambda text, near: content.error(text, "extends", near))
    if not (folder / name).exists():
        message = f"there is no file {name!r} beside this one"
        raise content.error(message, "extends", _beside(folder / name))
    return folder / name, name


def _beside(path: Path) -> str | None:
    """What a file that does not exist was most likely meant to be: a shipped scenario, or a file beside it."""
    if path.stem in shipped_names():
        return path.stem
    try:
        beside = [item.name for item in path.parent.iterdir() if item.suffix.lower() in SUFFIXES]
    except (OSError, ValueError):
        return None
    return nearest(path.name, beside) or nearest(path.stem, shipped_names())


def _resolved(content: Content, parent: Scenario | None, name: str, reference: str) -> Scenario:
    start = content.dates.get("start", parent.start if parent else None)
    horizon = content.dates.get("horizon", parent.horizon if parent else None)
    if start is None or horizon is None:
        key = "start" if start is None else "horizon"
        raise content.error(f"is missing; write {key}: 2026-04-01, or extends: baseline", key)
    # The file that is read is to blame: by its own date, where the other comes from what it extends.
    blamed = {"start": "start", "horizon": "start" if "horizon" not in content.dates else "horizon"}
    _hold_span(start, horizon, lambda key, text: content.error(text, blamed[key]))
    if parent is not None and start != parent.start:
        _hold_stocks(start, parent, content)
    base = parent or Scenario(name, "", start, horizon, content.numbers, content.words)
    facts: dict[str, Any] = {
        key: content.texts.get(key, "") for key in ("title", "question", "why", "finding")
    }
    facts |= {"cited": content.lists.get("sources", ()), "look_at": content.lists.get("look_at", ())}
    facts |= {"name": name, "file": content.file, "extends": content.extends}
    facts |= {"start": start, "horizon": horizon}
    facts |= {"changes": content.changes, "chain": (*base.chain, reference)}
    return replace(base, **facts)._revised(content.changes)


def _hold_stocks(start: dt.date, parent: Scenario, content: Content) -> None:
    """Refuses another first day without the stocks of that day: those inherited were counted on another."""
    stocks = {
        path: _size(number.value)
        for path, number in parent.numbers.items()
        if path.startswith("stock.") and path.endswith(".cases")
    }
    set_anew = {change.path for change in content.changes if change.op == "set"}
    given = sum(size for path, size in stocks.items() if path in set_anew)
    if stocks and given < STOCKS_GIVEN * sum(stocks.values()):
        message = (
            f"{start} is not the day of the opening stocks, {parent.start}; leave start out, "
            "or set the stocks of that day (stock.NAME.cases), as check_start does"
        )
        raise content.error(message, "start")


def _size(value: Any) -> float:
    return float(sum(leaf for leaf in leaves(value) if isinstance(leaf, (int, float))))


def _hold_span(start: dt.date, horizon: dt.date, error: Said) -> None:
    if start < EARLIEST:
        raise error("start", f"{start} is too early; a scenario starts on {EARLIEST} or later")
    if start > LATEST:
        raise error("start", f"{start} is too late; a scenario starts on {LATEST} or earlier")
    if horizon <= start:
        raise error("horizon", f"the horizon {horizon} is not after the start, {start}")
    last = dt.date(start.year + LONGEST_YEARS, start.month, min(start.day, 28))
    if horizon > last:
        raise error(
            "horizon", f"the horizon {horizon} is more than {LONGEST_YEARS} years after the start, {start}"
        )
