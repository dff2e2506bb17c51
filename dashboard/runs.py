"""Runs in the background: asked for by pages, done by worker processes, shared by all visitors.

    ticket = runs.ask(scenario, slot="what-if")          # a sim.Result at interactive scale, seed 1
    if ticket.wait(1.0): frame = ticket.answer.stock     # or look at ticket.share and come back
    tickets = [runs.ask(scenario, seed=n, drawn=True, measures=True, slot="bands") for n in ...]

Whoever asks for a run that is known gets it at once, and who asks for one that is under way joins it. A slot belongs to
one visitor: `runs.keep(slot, tickets)` lets go of what the slot asked for before, and a run that nobody wants stops.
"""

from __future__ import annotations

import atexit
import hashlib
import itertools
import os
import pickle
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kept
import levers
import pandas as pd
from worker import Ask, Family

import sim

SCALE = float(os.environ.get("REFUGE_SCALE") or 0.02)  # of the answer at once
SMALL = 20_000  # cases of which every one is followed
MOST_WAITING = 120  # runs that one visitor may wait for
MOST_YEARS = 21  # of one run
IN_MEMORY = 400_000_000  # bytes of answers
PATIENCE = 1.0  # seconds a worker has to stop by itself
MOST_FAILED = 200  # remembered, so that a page that is drawn again does not try again by itself
MOST_SECONDS = 1800.0  # of one run
FORGOTTEN = 30.0  # seconds without a question after which a run is given up

NOW, LATER = 0, 1

Answer = sim.Result | sim.Replications | pd.DataFrame


class Refused(ValueError):
    """More than one visitor may ask for."""


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


class Process:
    """One worker process, and the thread that talks to it."""

    def __init__(self, pool: Pool, urgent: bool) -> None:
        self.pool, self.urgent, self.ready, self.run = pool, urgent, False, None
        self._sending = threading.Lock()
        self.child: subprocess.Popen[bytes] | None = None
        threading.Thread(target=self._serve, daemon=True, name="refuge-worker").start()

    def _start(self) -> subprocess.Popen[bytes]:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        root = str(Path(sim.__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        return subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **threads, "PYTHONPATH": path, "REFUGE_NICE": "0" if self.urgent else "5"},
        )

    def _send(self, *message: Any) -> None:
        child = self.child
        if child is not None and child.stdin is not None:
            with self._sending:
                pickle.dump(message, child.stdin, protocol=pickle.HIGHEST_PROTOCOL)
                child.stdin.flush()

    def _serve(self) -> None:
        while not self.pool.closed:
            self.ready, self.child = False, self._start()
            try:
                self._read()  # ready
                self.ready = True
                while (run := self.pool.next(self)) is not None:
                    self._do(run)
            except (EOFError, OSError, pickle.UnpicklingError):
                self._died()
            self.kill()

    def _read(self) -> Any:
        assert self.child is not None and self.child.stdout is not None
        return pickle.load(self.child.stdout)

    def _do(self, run: Run) -> None:
        self._send("run", run.number, run.ask)
        while True:
            word, _, *rest = self._read()
            if word == "at" and self.run is run:
                run.share = rest[0]
            elif word == "kept":  # an earlier answer, while the worker rested
                kept.tidy()
            elif word == "done":
                self.pool.finish(self, run, answer=rest[0])
                return
            elif word in ("stopped", "failed"):
                self.pool.finish(self, run, *rest)
                return

    def _died(self) -> None:
        if self.run is not None:
            self.pool.finish(self, self.run, "The process that did this run ended unexpectedly.", True)
        else:
            time.sleep(1.0)  # it does not even start: try again, slowly

    def stop(self, run: Run) -> None:
        """Asks the worker to stop; one that does not listen is ended."""
        try:
            self._send("stop", run.number)
        except OSError:
            return
        threading.Timer(PATIENCE, lambda: self.kill() if self.run is run else None).start()

    def kill(self) -> None:
        if self.child is not None:
            self.child.kill()


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


_pool: Pool | None = None
_starting = threading.Lock()


def pool() -> Pool:
    """The workers of this computer, started when first needed; REFUGE_WORKERS says how many."""
    global _pool  # noqa: PLW0603
    with _starting:
        if _pool is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            _pool = Pool(int(os.environ.get("REFUGE_WORKERS") or max(2, min(cores, 8))))
        return _pool


def ready() -> bool:
    """Whether a worker has loaded the model; the first time on a computer it is compiled, half a minute."""
    return any(process.ready for process in pool().processes)


def ask(
    scenario: sim.Scenario,
    *,
    seed: int = 1,
    scale: float | None = None,
    drawn: bool = False,
    history: float = 0.0,
    measures: bool = False,
    family: Family | None = None,
    later: bool = False,
    slot: str = "page",
    visitor: str | None = None,
) -> Ticket:
    """Asks for a run, at the interactive scale unless said otherwise.

    `later`: it may wait for those that somebody looks at. Raises Refused when it is too much.
    """
    scale = usual_scale(scenario) if scale is None else scale
    years = (scenario.horizon - scenario.start).days / 365.25
    if years > MOST_YEARS:
        raise Refused(
            f"This scenario runs {years:.0f} years; a page runs at most {MOST_YEARS - 1}. "
            "The command `refuge run` takes it."
        )
    words = (
        scenario.digest,
        scenario.name,
        scenario.title,
        seed,
        f"{scale:g}",
        drawn,
        f"{history:g}",
        measures,
        family,
    )
    key = hashlib.sha256("\n".join(map(str, words)).encode()).hexdigest()[:32]
    folder = "" if family else str(kept.folder(key))  # a small table, quickly made again
    job = Ask(scenario, seed, scale, drawn, history, measures, folder, family)
    return pool().ask(job, key, LATER if later else NOW, (visitor or _visitor(), slot))


def usual_scale(scenario: sim.Scenario) -> float:
    """The scale of the answer at once: the interactive one, but every case of a small scenario, such as a class's."""
    return SCALE if levers.cases(scenario) > SMALL else 1.0


def keep(slot: str, tickets: Iterable[Ticket] = (), visitor: str | None = None) -> None:
    """Of all that this visitor's slot asked for, only these runs are still wanted; without any, all are cancelled."""
    pool().keep((visitor or _visitor(), slot), {ticket.key for ticket in tickets})


def again(tickets: Iterable[Ticket]) -> None:
    """Retry: runs that failed are done anew when they are next asked for."""
    pool().again({ticket.key for ticket in tickets})


def _visitor() -> str:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    return context.session_id if context is not None else "nobody"
