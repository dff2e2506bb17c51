"""A worker process, and the thread that talks to it."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import kept
from ticket import Run

import sim

if TYPE_CHECKING:
    from pool import Pool

PATIENCE = 0.6  # seconds a worker has to stop by itself
MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""for the C library: the next run takes the memory of the last one, which need not be cleared and handed out anew"""


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
            env={
                **MEMORY,
                **os.environ,
                **threads,
                "PYTHONPATH": path,
                "REFUGE_NICE": "0" if self.urgent else "5",
            },
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
