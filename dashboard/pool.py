"""The workers and the runs that are known: who waits for what, what is done next, and what is remembered."""

from __future__ import annotations

import atexit
import itertools
import threading
import time
from collections import OrderedDict

import kept
import pandas as pd
from process import Process
from ticket import Answer, Run, Ticket
from worker import Ask

import sim

MOST_WAITING = 120  # runs that one visitor may wait for
IN_MEMORY = 400_000_000  # bytes of answers
MOST_FAILED = 200  # remembered, so that a page that is drawn again does not try again by itself
MOST_SECONDS = 1800.0  # of one run
FORGOTTEN = 30.0  # seconds without a question after which a run is given up

NOW, LATER = 0, 1


class Refused(ValueError):
    """More than one visitor may ask for."""


class Pool:
    """The workers and the runs that are known."""

    def __init__(self, workers: int) -> None:
        self.closed = False
        self.changed = threading.Condition()
        self.numbers = itertools.count(1)
        self.runs: dict[str, Run] = {}
        self.memory: OrderedDict[str, tuple[Run, int]] = OrderedDict()
        self.failed: OrderedDict[str, Run] = OrderedDict()
        # The first worker is kept free for answers that somebody is looking at.
        self.processes = [Process(self, urgent=place == 0 and workers > 1) for place in range(workers)]
        threading.Thread(target=self.watch, daemon=True, name="refuge-watch").start()
        atexit.register(self.close)

    def ask(self, ask: Ask, key: str, urgency: int, owner: tuple[str, str]) -> Ticket:
        with self.changed:
            if key in self.failed:
                return Ticket(self.failed[key])
            if key in self.memory:
                self.memory.move_to_end(key)
                return Ticket(self.memory[key][0])
            if (run := self.runs.get(key)) is None:
                if (answer := kept.get(key)) is not None:
                    run = Run(next(self.numbers), key, ask, urgency, "done", 1.0, answer)
                    run.over.set()
                    self._remember(run)
                    return Ticket(run)
                visitor = owner[0]
                if (
                    sum(any(who == visitor for who, _ in each.wanted) for each in self.runs.values())
                    >= MOST_WAITING
                ):
                    raise Refused(f"You wait for {MOST_WAITING} runs already.")
                run = self.runs[key] = Run(next(self.numbers), key, ask, urgency)
                self.changed.notify_all()
            run.urgency = min(run.urgency, urgency)
            run.wanted.add(owner)
            run.asked = time.monotonic()
            return Ticket(run)

    def keep(self, owner: tuple[str, str], keys: set[str]) -> None:
        """Lets go of every run that `owner` asked for, but these."""
        with self.changed:
            for run in list(self.runs.values()):
                if owner in run.wanted and run.key not in keys:
                    run.wanted.discard(owner)
                    if not run.wanted:
                        self._drop(run)

    def again(self, keys: set[str]) -> None:
        """Forgets that these failed, so that the next question starts them anew."""
        with self.changed:
            for key in keys:
                self.failed.pop(key, None)

    def _drop(self, run: Run) -> None:
        self.runs.pop(run.key, None)
        run.state = "stopped"
        run.over.set()
        for process in self.processes:
            if process.run is run:
                process.stop(run)

    def next(self, process: Process) -> Run | None:
        """The run that a worker should do now: what somebody looks at first, then in the order asked."""
        with self.changed:
            process.run = None
            while not self.closed:
                waiting = [run for run in self.runs.values() if run.state == "waiting"]
                waiting = [run for run in waiting if not process.urgent or run.urgency == NOW]
                if waiting:
                    run = min(waiting, key=lambda each: (each.urgency, each.number))
                    run.state, run.begun, process.run = "running", time.monotonic(), run
                    return run
                self.changed.wait(1.0)
        return None

    def watch(self) -> None:
        """Looks after forgotten runs while every worker is busy."""
        while not self.closed:
            time.sleep(1.0)
            with self.changed:
                self._forget()

    def _forget(self) -> None:
        """Gives up work in the background that no page has looked at for a while, and runs that take too long."""
        now = time.monotonic()
        for run in list(self.runs.values()):
            late = run.state == "running" and now - run.begun > MOST_SECONDS
            if late or (run.urgency == LATER and now - run.asked > FORGOTTEN):
                self._drop(run)

    def finish(
        self, process: Process, run: Run, error: str = "", ours: bool = False, answer: Answer | None = None
    ) -> None:
        with self.changed:
            process.run = None
            if self.runs.get(run.key) is run:
                del self.runs[run.key]
            run.seconds = time.monotonic() - run.begun
            if answer is not None:
                run.answer, run.state = answer, "done"
                self._remember(run)
            elif run.state != "stopped":
                run.state, run.error, run.ours = "failed", error, ours
                self.failed[run.key] = run
                if len(self.failed) > MOST_FAILED:
                    self.failed.popitem(last=False)
            run.over.set()

    def _remember(self, run: Run) -> None:
        self.memory[run.key] = (run, _bytes(run.answer))
        while sum(size for _, size in self.memory.values()) > IN_MEMORY and len(self.memory) > 1:
            self.memory.popitem(last=False)

    def close(self) -> None:
        self.closed = True
        for process in self.processes:
            process.kill()


def _bytes(answer: Answer | None) -> int:
    if isinstance(answer, sim.Result):
        names = ("stock", "flow", "waits", "outcomes", "offices", "quota", "families", "histories")
        return sum(int(getattr(answer, name).memory_usage().sum()) for name in names)
    table = answer if isinstance(answer, pd.DataFrame) or answer is None else answer.values
    return int(table.memory_usage().sum()) if table is not None else 0
