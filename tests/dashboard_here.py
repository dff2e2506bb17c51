"""The dashboard's files, which import one another by name: its folder must be on the path first."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "dashboard"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

import animation  # noqa: E402
import charts  # noqa: E402
import charts_pathways  # noqa: E402
import followed  # noqa: E402
import kept  # noqa: E402
import levers  # noqa: E402
import pool  # noqa: E402
import process  # noqa: E402
import runs  # noqa: E402
import share  # noqa: E402
import words  # noqa: E402

__all__ = [
    "FOLDER", "animation", "apart", "charts", "charts_pathways", "followed", "kept", "levers", "pool", "process",
    "runs", "share", "words",
]  # fmt: skip


@contextmanager
def apart(folder: Path, scale: float = runs.SCALE) -> Iterator[pytest.MonkeyPatch]:
    """Two workers, answers in `folder` and a scale of one test file's own, whatever other files or the user have."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REFUGE_CACHE", str(folder))
        patch.setenv("REFUGE_WORKERS", "2")
        patch.setattr(runs, "_pool", None)
        patch.setattr(runs, "SCALE", scale)
        yield patch
        runs.pool().close()
