"""A worker process: does one run at a time and says how far it is.

`runs.py` starts it as a program of its own (`python worker.py`), so that nothing of a page is imported here. It reads
("run", number, ask) and ("stop", number) from standard input and writes ("ready",), ("at", number, share),
("done", number, answer), ("stopped", number), ("failed", number, text, ours) and ("kept", number) to standard output.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import shutil
import signal
import sys
import threading
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd

import sim

TICK = 0.02  # the smallest step of progress that is told
REST = 1.0  # seconds without a run after which answers are kept: the page that draws one has the computer
MOST_UNKEPT = 6  # answers


@dataclass(frozen=True)
class Family:
    """A family that is sent through both doors, so many of it in a year (see sim.same_family)."""

    spouse: int
    children: int
    left_behind: bool
    families: int


@dataclass(frozen=True)
class Ask:
    """One run to do. `drawn`: with the set of uncertain numbers that belongs to its seed.

    `measures` leaves the measures that pages show (sim.Replications of one run) instead of a whole sim.Result; with a
    `family` there are two runs, and the answer is the table of what became of it at each door.
    """

    scenario: sim.Scenario
    seed: int
    scale: float
    drawn: bool
    history: float
    measures: bool
    folder: str
    """where to keep the answer; empty to keep none"""
    family: Family | None = None


class Stopped(Exception):
    """Nobody wants this run any more."""


class Worker:
    def __init__(self, inbox: BinaryIO, outbox: BinaryIO) -> None:
        self.inbox, self.outbox = inbox, outbox
        self.asked: queue.Queue[tuple[int, Ask]] = queue.Queue()
        self.stopped: set[int] = set()
        self.unkept: deque[tuple[int, Path, sim.Result | sim.Replications]] = deque()

    def serve(self) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        warm()
        self._tell("ready")
        while True:
            try:
                self._do(*self.asked.get(timeout=REST if self.unkept else None))
            except queue.Empty:
                self._keep()

    def _keep(self) -> None:
        number, folder, answer = self.unkept.popleft()
        keep(answer, folder)
        self._tell("kept", number)

    def _listen(self) -> None:
        try:
            while True:
                word, number, *rest = pickle.load(self.inbox)
                if word == "run":
                    self.asked.put((number, rest[0]))
                else:
                    self.stopped.add(number)
        except (EOFError, OSError):
            os._exit(0)  # the dashboard is gone

    def _tell(self, *message: Any) -> None:
        pickle.dump(message, self.outbox, protocol=pickle.HIGHEST_PROTOCOL)
        self.outbox.flush()

    def _do(self, number: int, ask: Ask) -> None:
        told = 0.0

        def tell(share: float) -> None:
            nonlocal told
            if number in self.stopped:
                raise Stopped
            if share >= told + TICK:
                told = share
                self._tell("at", number, share)

        try:
            tell(0.0)
            answer = perform(ask, tell)
        except Stopped:
            self._tell("stopped", number)
            return
        except sim.InputError as problem:
            self._tell("failed", number, str(problem), False)
            return
        except Exception as problem:  # a bug: the page says so and goes on
            self._tell("failed", number, f"{type(problem).__name__}: {problem}", True)
            return
        self._tell("done", number, answer)
        if ask.folder:
            self.unkept.append((number, Path(ask.folder), answer))
        if len(self.unkept) > MOST_UNKEPT:
            self._keep()


def perform(ask: Ask, tell: Any) -> sim.Result | sim.Replications | pd.DataFrame:
    """The run itself, through the public functions of `sim`."""
    if ask.family is not None:
        return sim.same_family(
            ask.scenario,
            **asdict(ask.family),
            seed=ask.seed,
            scale=ask.scale,
            progress=lambda day, days, _: tell(day / max(days, 1)),
        )
    if ask.measures:
        return sim.replicate(
            ask.scenario,
            runs=1,
            workers=1,
            seed=ask.seed,
            scale=ask.scale,
            fixed=not ask.drawn,
            brief=True,
            progress=lambda done, runs, left: tell(done / runs),
        )
    scenario = sim.drawn(ask.scenario, ask.seed) if ask.drawn else ask.scenario
    return sim.run(
        scenario,
        seed=ask.seed,
        scale=ask.scale,
        history=ask.history,
        progress=lambda day, days, _: tell(day / max(days, 1)),
    )


def keep(answer: sim.Result | sim.Replications, folder: Path) -> None:
    """Keeps an answer on disk; a full or closed disk costs the next visitor a run, and nothing else."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        answer.save(folder)
    except (OSError, sim.InputError):
        shutil.rmtree(folder, ignore_errors=True)


def warm() -> None:
    """Loads (or, the very first time, compiles) everything that a run and its measures need."""
    perform(Ask(sim.load("baseline"), 1, 1e-4, False, 0.0, True, ""), lambda share: None)
    gc.freeze()  # what is loaded stays: it need not be looked through for waste during every run


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the dashboard, which then closes the pipe
    if hasattr(os, "nice"):
        os.nice(int(os.environ.get("REFUGE_NICE") or 0))  # work in the background gives way
    # Messages name the classes of this file as the dashboard knows them.
    sys.modules["worker"] = sys.modules["__main__"]
    Worker(sys.stdin.buffer, answers).serve()
