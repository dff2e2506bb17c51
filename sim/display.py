"""Frames and values as text for a terminal: right-aligned numbers, thousands separators, short forms."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isnan
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Literal

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

MISSING = "–"
DAYS_A_YEAR = 365.25
SHORT = 64  # characters of a value in a list of numbers


Tell = Callable[[int, int, int], None]
"""Called as a run goes on, with the days run, the days to run and the number of open cases."""


@contextmanager
def progress(console: Console, start: datetime.date, lines: bool = True) -> Iterator[Tell | None]:
    """What a run calls to move a bar (date, cases, time left).

    Where `console` is not a terminal: with `lines`, a line after each simulated year; else nothing.
    """
    if console.quiet or not (console.is_terminal or lines):
        yield None
        return
    if not console.is_terminal:
        yield _yearly(console, start)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[cases]:,} open cases"))
    with Progress(*columns, TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("building the model", total=None, cases=0)

        def tell(day: int, days: int, cases: int) -> None:
            today = start + datetime.timedelta(days=day)
            bar.update(task, description=today.isoformat(), total=days, completed=day, cases=cases)

        yield tell


def _yearly(console: Console, start: datetime.date) -> Tell:
    """Writes a line whenever another year has been simulated."""
    told = 0

    def tell(day: int, days: int, cases: int) -> None:
        nonlocal told
        if (years := int(day / DAYS_A_YEAR)) > told:
            told = years
            today = start + datetime.timedelta(days=day)
            line = f"{today}: {cases:,} open cases, {day / max(days, 1):.0%} of the time simulated"
            console.print(line, soft_wrap=True, highlight=False)

    return tell


def frame_table(title: str, frame: pd.DataFrame) -> Table:
    """A table of a frame's columns (and of its index, if it has a name)."""
    if frame.index.name is not None or frame.index.nlevels > 1:
        frame = frame.reset_index()
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False
    )
    columns = [column_texts(str(name), list(frame[name])) for name in frame.columns]
    for name, (numeric, texts) in zip(frame.columns, columns, strict=True):
        # Numbers are never cut: their column is as wide as the widest, and its heading wraps.
        narrowest = max(map(len, texts), default=0) if numeric else None
        justify: Literal["right", "left"] = "right" if numeric else "left"
        table.add_column(str(name).replace("_", " "), justify=justify, min_width=narrowest)
    for row in zip(*(texts for _, texts in columns), strict=True):
        table.add_row(*row)
    return table


def text_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    """A table of texts; the first column is never broken."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for position, name in enumerate(header):
        table.add_column(name, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def column_texts(name: str, values: Sequence[Any]) -> tuple[bool, list[str]]:
    """Whether a column holds numbers, and its cells as text with one number of decimals for all."""
    known = [value for value in values if not _missing(value)]
    if not known or not all(isinstance(value, Real) and not isinstance(value, bool) for value in known):
        return False, [MISSING if _missing(value) else _text(value) for value in values]
    if name.endswith("year"):
        return True, [MISSING if _missing(value) else str(int(value)) for value in values]
    decimals = _decimals(known)
    return True, [MISSING if _missing(value) else f"{value:,.{decimals}f}" for value in values]


def _missing(value: Any) -> bool:
    absent = isinstance(value, Real) and isnan(value)
    return value is None or absent or (isinstance(value, datetime.datetime) and str(value) == "NaT")


def _decimals(values: Sequence[Any]) -> int:
    """Decimals that tell the values apart without false precision: none from 100 up, two below 10."""
    if all(isinstance(value, Integral) or float(value).is_integer() for value in values):
        return 0
    largest = max(abs(value) for value in values)
    return 0 if largest >= 100 else 1 if largest >= 10 else 2


def _text(value: Any) -> str:
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return str(value)


def short(value: Any, limit: int = SHORT) -> str:
    """A number's value on one line, as in `lognormal(median 30, sigma 0.5)`."""
    text = _inner(value)
    return text if len(text) <= limit else text[: limit - 1].rstrip(" ,(") + "…"


def only_differing(one: Any, other: Any) -> tuple[Any, Any]:
    """Two values without the entries (dates, levels) that they share."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping) and one.keys() & other.keys()):
        return one, other
    shared = {key for key in one if key in other and one[key] == other[key]}
    left, right = ({key: each[key] for key in each if key not in shared} for each in (one, other))
    return left, right


def _inner(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{_key(key)}{_joined(inner)}" for key, inner in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_inner(each) for each in value)
    if isinstance(value, float):
        return f"{value:,.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, datetime.date) else str(key)


def _joined(inner: Any) -> str:
    return f"({_inner(inner)})" if isinstance(inner, (Mapping, list, tuple)) else f" {_inner(inner)}"
