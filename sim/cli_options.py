"""What the commands share: their options, and how an answer is printed."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from rich.console import Console
from typer import Argument, Option

import sim
from sim import display
from sim.errors import InputError, shown

if TYPE_CHECKING:
    from sim.summary import Summary

PIPE_WIDTH = 200  # columns of a table that goes to a file or another program

ScenarioName = Annotated[str, Argument(metavar="SCENARIO", help="A shipped name, or a file.")]
Changes = Annotated[
    list[str] | None, Option("--set", metavar="PATH=VALUE[@DATE]", help="Set a number (from a date on).")
]
Seed = Annotated[int, Option(help="The number from which all chance follows.", min=0)]
Scale = Annotated[float, Option(help="Share of cases and of office time that is simulated.", min=0, max=1)]
Until = Annotated[str | None, Option(metavar="DATE", help="Last day to run, such as 2031-09-30.")]
Years = Annotated[int | None, Option(metavar="N", help="Years to run, instead of --until.", min=1)]
Engine = Annotated[
    Literal["national", "reference"], Option(help="Fast, or plain and slow: the answer is the same.")
]
History = Annotated[float, Option(metavar="SHARE", help="Share of cases with kept history.", min=0, max=1)]
OutFolder = Annotated[Path | None, Option(metavar="DIR", help="Keep the tables in a new folder.")]
AsJson = Annotated[bool, Option("--json", help="Print one JSON object and nothing else.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="No progress and no summary.")]
Runs = Annotated[int, Option(metavar="N", help="Runs, with the seeds SEED, SEED + 1, ...", min=1)]
Workers = Annotated[
    int | None,
    Option(metavar="W", help="Processes that share the runs; without it, one for each core.", min=1),
]
Fixed = Annotated[bool, Option("--fixed", help="The same numbers in every run: bands of chance alone.")]


def asked(scenario: str | sim.Scenario, changes: list[str] | None) -> sim.Scenario:
    """The scenario that a command names, with what --set changes."""
    from sim.changes import parse_setting

    chosen = sim.load(scenario) if isinstance(scenario, str) else scenario
    return chosen.applied(*(parse_setting(text) for text in changes or []))


def date_text(text: str | None, asked_as: str) -> str | None:
    """A date as it was given; InputError if it is none."""
    if text is None:
        return None
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise InputError(f"{shown(text)} is not a date; write it as 2027-10-01", key=asked_as) from None


def console() -> Console:
    """Standard output; wide when it is not a terminal, so that a pipe gets whole lines."""
    screen = Console(highlight=False, markup=False, emoji=False)
    if not screen.is_terminal:
        screen.width = PIPE_WIDTH
    return screen


def print_summary(summary: Summary) -> None:
    """Sentences, then tables."""
    screen = console()
    for sentence in summary.sentences:
        screen.print(sentence)
        screen.print()
    for title, frame in summary.tables:
        screen.print()
        screen.print(display.frame_table(title, frame))
