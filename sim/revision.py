"""Changes applied to the numbers of a scenario: which number is meant, and what becomes of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sim.changes import Change
from sim.edits import changed
from sim.errors import InputError, nearest
from sim.number import Number, NumberReader
from sim.scenario_file import Words
from sim.trees import breakpoints
from sim.yaml_lines import Node, numbered

# What holds where an optional number is not given, so that a change can begin on a date.
UNLESS_GIVEN = {"hold": (0.0, "1 held, 0 open"), "oldest_first": (1.0, "share"), "priority": (0.0, "class")}


FIRST_DAY_ONLY = ("used_before_start", "regions_bind")


@dataclass(frozen=True)
class Revision:
    """The numbers and lists of a scenario, and the last change that touched each."""

    numbers: dict[str, Number]
    words: dict[str, Words]
    touched: dict[str, Change]

    def revised(self, changes: Iterable[Change], start: dt.date, horizon: dt.date) -> Revision:
        """After these changes, one after the other."""
        numbers, words, touched = dict(self.numbers), dict(self.words), dict(self.touched)
        for change in changes:
            if change.since is not None and change.since > horizon:
                raise change.error(f"begins on {change.since}, after the horizon {horizon}")
            whole, address = _located(change, numbers, words)
            touched[whole] = change
            if isinstance(change.value, tuple) or whole in words:
                words[whole] = _new_words(change, whole in words and not address)
            elif change.patch is not None:
                if address:
                    raise change.error(f"only a whole number takes these fields; the number is {whole}")
                numbers[whole] = _given_whole(change, change.patch, numbers.get(whole))
            else:
                number = numbers.get(whole) or _optional(change)
                result = changed(number, address, change, start, whole)
                numbers[whole] = _checked(result, number, change, address, start)
                _hold_first_day(whole, numbers[whole], number, change, start)
        return Revision(numbers, words, touched)


def _hold_first_day(whole: str, after: Number, before: Number, change: Change, start: dt.date) -> None:
    """Refuses dates after the start for what is read on the first day only: they would change nothing."""
    first_day_only = whole.startswith("stock.") or whole.rpartition(".")[2] in FIRST_DAY_ONLY
    late = breakpoints(after.value) - breakpoints(before.value)
    if first_day_only and any(day > start for day in late):
        raise change.error(f"counts on the first day only, {start}; leave out the dates after it")


def _located(
    change: Change, numbers: dict[str, Number], words: dict[str, Words]
) -> tuple[str, tuple[str, ...]]:
    """The number that a change addresses and the part of it."""
    segments = change.path.split(".")
    for length in range(len(segments), 0, -1):
        whole = ".".join(segments[:length])
        if whole in numbers or whole in words:
            return whole, tuple(segments[length:])
    inside = [path for path in (*numbers, *words) if path.startswith(change.path + ".")]
    if inside:
        raise change.error("is a group of numbers; name one of them", inside)
    optional = segments[-1] in UNLESS_GIVEN and len(segments) > 2
    if change.op == "set" and (change.patch is not None or optional):
        return change.path, ()
    raise change.error("there is no number of this name", near=nearest(change.path, (*numbers, *words)))


def _new_words(change: Change, known: bool) -> Words:
    if change.op != "set" or not isinstance(change.value, tuple) or not known or change.since or change.until:
        raise change.error("is a list of names, set without dates: {set: PATH, to: [first, second]}")
    return Words(change.value, change.file, change.line)


def _optional(change: Change) -> Number:
    """A number that the baseline leaves out, at what holds without it."""
    value, unit = UNLESS_GIVEN[change.path.rpartition(".")[2]]
    source = change.source or "user"
    number = Number(value=value, unit=unit, source=source, confidence="judgement")
    return number.model_copy(update={"file": change.file, "line": change.line})


def _given_whole(change: Change, patch: dict[str, Any], before: Number | None) -> Number:
    """A number given with its fields; what is not given stays as it was."""
    fields = before.model_dump(exclude={"low", "high", "note", "date", "factors", "odds"}) if before else {}
    fields |= {"factors": before.factors, "odds": before.odds} if before else {}
    fields |= {"source": change.source or "user", "confidence": "judgement", **patch}
    if not fields.get("unit"):
        raise change.error("a new number needs a unit")
    for name in ("file", "line"):
        fields.pop(name, None)
    return NumberReader(change.file).build(fields, Node({}, change.line or 0), change.path)


def _checked(
    result: Number, before: Number, change: Change, address: tuple[str, ...], start: dt.date
) -> Number:
    """The changed number, its values still possible, its source and confidence those of the change."""
    reader = NumberReader(change.file)
    for name in ("value", "low", "high"):
        if (tree := getattr(result, name)) is not None:
            try:
                reader.value(numbered(tree), change.path)
            except InputError as problem:
                raise change.error(f"gives an impossible value: {problem.message}") from None
    try:
        for tree in (result.value, result.low, result.high):
            reader.possible(tree, result.unit, change.path, None)
    except InputError as problem:
        raise change.error(problem.message) from None
    source = change.source or ("user" if change.op == "set" else "")
    whole = change.op == "set" and not address and change.until is None
    if not (whole and (change.since is None or change.since <= start)):
        kept = [part.strip() for part in before.source.split(";")]
        source = ";".join(
            dict.fromkeys([*kept, *(part.strip() for part in source.split(";") if part.strip())])
        )
    update = {"source": source, "confidence": "judgement" if whole else before.confidence}
    return result.model_copy(update=update)
