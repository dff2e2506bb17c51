"""Measures: what a reader asks of a result, as pure functions of its frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from sim.results import Result


@dataclass
class Summary:
    """A run in plain sentences and small tables."""

    sentences: list[str] = field(default_factory=list)
    tables: list[tuple[str, pd.DataFrame]] = field(default_factory=list)

    def text(self) -> str:
        parts = ["\n".join(self.sentences)]
        parts += [f"{title}\n{frame.to_string(index=False)}" for title, frame in self.tables]
        return "\n\n".join(parts)


def headline(result: Result) -> dict[str, Any]:
    """The headline measures by fiscal year."""
    return {}


def summarise(result: Result) -> Summary:
    return Summary()
