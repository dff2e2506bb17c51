"""A run that somebody asked for, and the tickets of those who wait for it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from worker import Ask

import sim

Answer = sim.Result | sim.Replications | pd.DataFrame


@dataclass(eq=False)
class Run:
    """A run that somebody asked for, whoever waits for it."""

    number: int
    key: str
    ask: Ask
    urgency: int
    state: str = "waiting"
    share: float = 0.0
    answer: Answer | None = None
    error: str = ""
    ours: bool = False
    """the error is a bug or a crash, not the request's"""
    begun: float = 0.0
    seconds: float = 0.0
    asked: float = field(default_factory=time.monotonic)
    wanted: set[tuple[str, str]] = field(default_factory=set)
    over: threading.Event = field(default_factory=threading.Event)


class Ticket:
    """A visitor's view of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @property
    def state(self) -> str:
        """waiting, running, done, failed or stopped"""
        self._run.asked = time.monotonic()
        return self._run.state

    @property
    def share(self) -> float:
        return 1.0 if self._run.state == "done" else self._run.share

    @property
    def answer(self) -> Any:
        """The sim.Result, the sim.Replications of one run, or the table of a family at both doors; only when done."""
        if self._run.answer is None:
            raise RuntimeError("this run is not done")
        return self._run.answer

    @property
    def error(self) -> str:
        return self._run.error

    @property
    def ours(self) -> bool:
        return self._run.ours

    @property
    def seconds(self) -> float:
        """How long the run took; 0 when it came from disk."""
        return self._run.seconds

    @property
    def key(self) -> str:
        return self._run.key

    def wait(self, seconds: float) -> bool:
        """Waits a little; whether the run is done."""
        self._run.asked = time.monotonic()
        self._run.over.wait(seconds)
        return self._run.state == "done"
