"""Answers kept on disk, shared by all visitors: the least recently used goes when they take too much room."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from functools import cache
from importlib import metadata
from pathlib import Path

import platformdirs

import sim

MOST_BYTES = 1_000_000_000
MARK = "used"  # a file whose age is the age of the last use


@cache
def model() -> str:
    """The version of the model, down to its code: an answer of another one is never shown."""
    found = hashlib.sha256()
    for path in sorted(Path(sim.__file__).parent.rglob("*.py")):
        found.update(path.read_bytes())
    return f"{metadata.version('refuge-sim')}-{found.hexdigest()[:10]}"


def place() -> Path:
    """The folder of answers; REFUGE_CACHE names another one."""
    return Path(os.environ.get("REFUGE_CACHE") or platformdirs.user_cache_path("refuge-sim") / "dashboard")


def folder(key: str) -> Path:
    return place() / model() / key


def get(key: str) -> sim.Result | sim.Replications | None:
    """The answer kept under a key; one that cannot be read is removed."""
    there = folder(key)
    if not (there / "run.json").is_file():
        return None
    try:
        answer = sim.open(there)
        (there / MARK).touch()
    except (sim.InputError, OSError):
        shutil.rmtree(there, ignore_errors=True)
        return None
    return answer


_tidying = threading.Lock()


def tidy(most: int = MOST_BYTES) -> None:
    """Removes what an older model left, then what was used least recently, until the rest is small enough."""
    with _tidying:
        try:
            for old in place().iterdir():
                if old.name != model():
                    shutil.rmtree(old, ignore_errors=True)
            answers = [(_used(each), _size(each), each) for each in (place() / model()).iterdir()]
        except OSError:
            return
        room = sum(size for _, size, _ in answers)
        for _, size, each in sorted(answers):
            if room <= most:
                break
            shutil.rmtree(each, ignore_errors=True)
            room -= size


def _used(answer: Path) -> float:
    mark = answer / MARK
    return (mark if mark.exists() else answer).stat().st_mtime


def _size(answer: Path) -> int:
    return sum(file.stat().st_size for file in answer.rglob("*") if file.is_file())
