"""Ctrl-C: one short sentence and status 130, at any moment."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

Handler = Callable[[int, FrameType | None], Any]

INTERRUPTED = 130
ERRORS = 2  # where messages go; nothing that buffers may be touched in a signal
NOTHING_KEPT = "refuge: interrupted; nothing was kept."


def at_once() -> None:
    """From now on Ctrl-C ends the process: nothing is lost yet, and a library cut short would fail in odd ways."""
    _replace(signal.default_int_handler, _end)


def in_order() -> None:
    """From now on Ctrl-C is a KeyboardInterrupt again, so that what has been begun is put in order."""
    _replace(_end, signal.default_int_handler)


def _replace(before: Handler, after: Handler) -> None:
    """Not when a program above has decided otherwise, as `nohup` does; and only the main thread may."""
    if signal.getsignal(signal.SIGINT) is before and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, after)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(ERRORS, f"{NOTHING_KEPT}\n".encode())
    os._exit(INTERRUPTED)
