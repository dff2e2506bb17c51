"""The dashboard's files, which import one another by name: its folder must be on the path first."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "dashboard"
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))

import kept  # noqa: E402
import levers  # noqa: E402
import runs  # noqa: E402
import share  # noqa: E402
import words  # noqa: E402

__all__ = ["FOLDER", "kept", "levers", "runs", "share", "words"]
