"""Many runs of a scenario: one seed and, unless fixed, one set of uncertain numbers each, in worker processes.

Run by run the answer depends on the scenario and the seed alone, so that it is the same for any number of workers
and for any executor: the standard library's, or another with its interface.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import signal
import sys
import types
from collections.abc import Callable, Container, Iterator, MutableSequence, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sim import compiled, runs
from sim.comparison import Comparison
from sim.errors import InputError
from sim.experiment_bands import FILES, Measured, Replications, by_measure, gathered, measured
from sim.experiment_clock import Clock, Tell
from sim.folder import refuse_other
from sim.model import Model, build
from sim.pathways import NATIONAL
from sim.scenario import Scenario, load
from sim.system import System
from sim.uncertainty import drawn, uncertain

MOST_RUNS = 10_000
MODELS = 4  # that a worker keeps, for runs that differ in their seed alone
TICK = 0.1  # seconds between two looks at `cancel`
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

Cancel = Callable[[], bool]
"""asked again and again; true stops the work"""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during `replicate` or `compare`; `kept` holds the runs that were finished, if any were."""

    def __init__(self, kept: Replications | Comparison | None) -> None:
        super().__init__("interrupted")
        self.kept = kept


@dataclass(frozen=True)
class Job:
    """One run to do, complete in itself so that it can travel to a worker."""

    scenario: Scenario
    seed: int
    numbers: int | None
    """the seed whose set of uncertain numbers is taken; None takes the numbers as they stand"""
    scale: float
    until: str | dt.date | None
    years: float | None
    engine: str
    system: System
    brief: bool = False
    """with few tables and measures"""


def replicate(
    scenario: str | Scenario = "baseline",
    *,
    runs: int = 10,
    workers: int | None = None,
    seed: int = 1,
    scale: float = 1.0,
    until: str | dt.date | None = None,
    years: float | None = None,
    fixed: bool = False,
    engine: str = "national",
    progress: Tell | None = None,
    cancel: Cancel | None = None,
    out: str | Path | None = None,
    executor: Executor | None = None,
    system: System = NATIONAL,
    brief: bool = False,
) -> Replications:
    """Runs a scenario `runs` times, with the seeds seed, seed + 1, ..., and says how far the answers lie apart.

    Each run draws one set of the uncertain numbers between their low and high, the same in every scenario for the
    same seed; `fixed` keeps the numbers and leaves chance alone. `workers` processes share the runs (by default one
    for each core; one works in this process), or `executor` does. `cancel` stops the work: what is finished is
    returned. Ctrl-C raises Interrupted, a KeyboardInterrupt that holds what is finished. `out` is a folder to keep
    the answer in, written when the work ends or is stopped. `brief` keeps the headline, who is where, places, and the
    waits of whole pathways; the digests of brief runs are those of their few tables.
    """
    chosen = load(scenario)
    hold_whole("runs", runs, 1, MOST_RUNS)
    hold_whole("workers", 1 if workers is None else workers, 1, MOST_RUNS)
    hold_whole("seed", seed, 0, 2**63 - runs)
    if out is not None:
        refuse_other(Path(out), FILES)
    seeds = range(seed, seed + runs)
    jobs = [Job(chosen, n, None if fixed else n, scale, until, years, engine, system, brief) for n in seeds]
    done: dict[int, Measured] = {}

    def answer() -> Replications | None:
        if not done:
            return None
        info = {"scenario": chosen.as_dict(), "fingerprint": chosen.fingerprint, "seed": seed, "asked": runs}
        info |= {"fixed": fixed, "uncertain_numbers": 0 if fixed else len(uncertain(chosen))}
        found = gathered(info, [done[n] for n in sorted(done)])
        found.info["summary"] = by_measure(found.values)
        if out is not None:
            found.save(out)
        return found

    try:
        perform(jobs, done, workers=workers, executor=executor, progress=progress, cancel=cancel)
    except KeyboardInterrupt:
        raise Interrupted(answer()) from None
    if (found := answer()) is None:
        raise InputError("cancelled before the first run was finished")
    return found


def hold_whole(name: str, number: Any, least: int, most: int) -> None:
    """Raises InputError if `number` is not a whole number from least to most."""
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        raise InputError(f"{name} {number!r}: a whole number from {least} to {most}")


# -- doing the work --------------------------------------------------------------------------------


class _Stopped(Exception):
    """`cancel` said stop."""


def work(job: Job, tell: Callable[[int, int, int], None] | None = None) -> Measured:
    """One run and its measures: what a worker process does."""
    runs.check(job.seed, job.scale, 0.0, job.engine)
    if job.numbers is None:
        model = _model(_Unchanged(job.scenario, job.system, job.scale))
    else:
        model = build(drawn(job.scenario, job.numbers), job.system, job.scale)
    found = runs.simulate(model, job.seed, job.until, job.years, 0.0, job.engine, tell, job.brief)
    return measured(found)


@dataclass(frozen=True, eq=False)
class _Unchanged:
    """A scenario whose numbers stay, on a system at a scale: the same model for every seed."""

    scenario: Scenario
    system: System
    scale: float

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unchanged) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key[::2])

    @property
    def _key(self) -> tuple[str, System, float]:
        return self.scenario.digest, self.system, self.scale


@lru_cache(maxsize=MODELS)
def _model(asked: _Unchanged) -> Model:
    return build(asked.scenario, asked.system, asked.scale)


def perform(
    jobs: Sequence[Job],
    done: dict[int, Measured],
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: Tell | None = None,
    cancel: Cancel | None = None,
) -> None:
    """Does all jobs and puts their answers into `done` under their places, as they come.

    Returns early when `cancel` says so. The first failure ends all and is raised, and so is KeyboardInterrupt.
    """
    count = min(len(jobs), workers or _cores()) if executor is None else 1
    clock = Clock(len(jobs), count, progress)
    if executor is not None:
        _elsewhere(executor, jobs, done, clock, cancel)
    elif count == 1:
        _here(jobs, done, clock, cancel)
    else:
        _warm(jobs[0])
        context = multiprocessing.get_context("spawn")
        shares = context.RawArray("d", len(jobs))  # without a lock, which a worker that dies would keep
        pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(shares,))
        try:
            _elsewhere(pool, jobs, done, clock, cancel, shares)
        except BrokenProcessPool:
            message = "a worker process died, most likely for lack of memory; ask for fewer workers"
            raise InputError(f"{message} than {count}, or for a smaller scale") from None
        finally:
            if len(done) < len(jobs):
                for process in list((pool._processes or {}).values()):
                    process.terminate()
            pool.shutdown(wait=True, cancel_futures=True)


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _here(jobs: Sequence[Job], done: dict[int, Measured], clock: Clock, cancel: Cancel | None) -> None:
    def tell(day: int, days: int, _: int) -> None:
        if cancel is not None and cancel():
            raise _Stopped
        clock.tell(len(done), [day / days] if day else [])

    try:
        for place, job in enumerate(jobs):
            tell(0, 1, 0)
            done[place] = work(job, tell)
            clock.tell(len(done))
    except _Stopped:
        pass


def _elsewhere(
    executor: Executor,
    jobs: Sequence[Job],
    done: dict[int, Measured],
    clock: Clock,
    cancel: Cancel | None,
    shares: MutableSequence[float] | None = None,
) -> None:
    """`shares`: where workers write how far they are with each job. Of an executor that is not ours nothing is known
    but what it has finished: it counts as one that does a job after the other."""
    finished: SimpleQueue[Future[Measured]] = SimpleQueue()
    with _starting():
        places: dict[Future[Measured], int] = {
            executor.submit(work, job)
            if shares is None
            else executor.submit(_work_and_tell, job, place): place
            for place, job in enumerate(jobs)
        }
        for future in places:
            future.add_done_callback(finished.put)
    left = len(places)
    try:
        while left and not (cancel is not None and cancel()):
            try:
                future = finished.get(timeout=TICK)
            except Empty:
                if shares is not None:
                    clock.tell(len(done), _under_way(shares, done))
                continue
            with _deaf():
                done[places[future]] = future.result()
            left -= 1
            clock.tell(len(done), ([0.0] if left else []) if shares is None else _under_way(shares, done))
    finally:
        for future in places:
            future.cancel()


def _under_way(shares: Sequence[float], done: Container[int]) -> list[float]:
    """The shares of the runs that have begun and are not done."""
    return [share for place, share in enumerate(shares) if share and place not in done]


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C waits: one that came while a future's lock is held would leave it locked, and the pool would never end.

    For the same reason futures are not waited for with `concurrent.futures.wait`, which locks all of them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _starting() -> Iterator[None]:
    """While processes start: each gets one thread for linear algebra, no part in Ctrl-C, and not the main script.

    A new process would run the caller's script again, unless it hides behind `if __name__ == "__main__"`, to find
    what the script defines. A job needs nothing of it, and a script of five lines should work.
    """
    before = {name: os.environ.get(name) for name in THREADS}
    main = sys.modules["__main__"]
    with _deaf():
        os.environ.update(dict.fromkeys(THREADS, "1"))
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


_shares: MutableSequence[float] = []
"""in a worker: how far it is with each job, for the parent to read"""


def _begin(shares: MutableSequence[float]) -> None:
    """In a worker, first. The parent hears Ctrl-C, keeps what is finished and ends the workers."""
    global _shares  # noqa: PLW0603
    _shares = shares
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work_and_tell(job: Job, place: int) -> Measured:
    def tell(day: int, days: int, _: int) -> None:
        _shares[place] = day / max(days, 1)

    return work(job, tell)


def _warm(job: Job) -> None:
    """Compiles the kernel once, here, if it is not on disk yet: workers find it there."""
    folder = compiled.cache_folder()
    if folder is None or not any(folder.rglob("kernel.close-*.nbi")):
        scale = max(min(job.scale, 0.001), runs.SMALLEST_SCALE)
        runs.run(job.scenario, scale=scale, until=job.scenario.start, history=0.0, system=job.system)
