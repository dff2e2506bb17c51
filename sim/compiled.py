"""Machine code for the few functions that are called for every case, kept on disk between runs.

Numba's own cache looks only at the file a function is written in, and would keep old code of a function
inlined from another file. So the folder of the cache is named by a hash of every file that uses `compiled`,
and of those they import. Nothing is changed in Numba's settings for other code in the same process.
"""

from __future__ import annotations

import hashlib
import platform
import re
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
import platformdirs

P = ParamSpec("P")
R = TypeVar("R")

Whole = int | np.integer[Any]
"""A whole number, Python's or NumPy's: compiled functions take either."""

SOURCES = Path(__file__).parent

_settings: Any = numba.config


def compiled_files(folder: Path = SOURCES) -> list[Path]:
    """Every file below a folder that compiles something, and every file of ours that one of them imports.

    The second because a compiled function keeps the value that an imported constant had.
    """
    found = {folder / "compiled.py"}
    found |= {path for path in folder.rglob("*.py") if "sim.compiled import" in path.read_text("utf-8")}
    todo = list(found)
    while todo:
        text = todo.pop().read_text("utf-8")
        modules = set(re.findall(r"^from sim\.([\w.]+) import", text, re.MULTILINE))
        for group in re.findall(r"^from sim import (\([^)]*\)|.*)", text, re.MULTILINE):
            modules |= set(re.findall(r"\w+", group))
        for module in modules:
            path = folder / (module.replace(".", "/") + ".py")
            if path not in found and path.exists():
                found.add(path)
                todo.append(path)
    return sorted(found)


def code_hash(folder: Path = SOURCES) -> str:
    """A short name for the compiled code: same sources, same Numba, NumPy and Python, same name."""
    digest = hashlib.blake2b(digest_size=12)
    for version in (numba.__version__, np.__version__, platform.python_version(), platform.machine()):
        digest.update(version.encode() + b"\0")
    for path in compiled_files(folder):
        text = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()


def writable_folder(folder: Path) -> Path | None:
    """The folder, made if need be, or None where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return None
    return folder


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Where this version's machine code is kept; None: compile in every process."""
    chosen = str(_settings.CACHE_DIR)  # the user's own NUMBA_CACHE_DIR, when set
    root = Path(chosen) if chosen else Path(platformdirs.user_cache_dir("refuge-sim"))
    return writable_folder(root / f"compiled-{code_hash()}")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a function with Numba (no Python objects inside), and keep the machine code on disk.

    With NUMBA_DISABLE_JIT=1 the function is returned as it is, and must give the same answer.
    """
    return _compiled(function)


def lean(function: Callable[P, R]) -> Callable[P, R]:
    """`compiled`, for a function that makes no array: without counting references, which costs half of a move."""
    return _compiled(function, _nrt=False)


def folded(function: Callable[P, R]) -> Callable[P, R]:
    """`lean`, and written out wherever it is called: a loop around it can then do several at once."""
    return _compiled(function, _nrt=False, inline="always")


def _compiled(function: Callable[P, R], **options: bool | str) -> Callable[P, R]:
    jit: Any = numba.njit
    folder = cache_folder()
    if folder is None:
        return cast(Callable[P, R], jit(**options)(function))
    before = _settings.CACHE_DIR
    # Numba reads this setting while it decorates, not when it compiles.
    _settings.CACHE_DIR = str(folder)
    try:
        return cast(Callable[P, R], jit(cache=True, **options)(function))
    finally:
        _settings.CACHE_DIR = before
