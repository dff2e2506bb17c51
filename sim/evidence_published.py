"""What was published: `scenarios/evidence/published.csv`, one figure a row, beside which a run is held.

A stock is counted at the start of a day, a flow in a period (both days included). `compared` is the day or
period of the simulation that it stands beside: its own, or the first simulated year, for which `low` and
`high` are the range that the evidence leads one to expect.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from sim.shipped import shipped_folder

FIELDS = (
    "kind", "measure", "label", "from", "to", "compared_from", "compared_to", "value", "low", "high", "unit",
    "grade", "source", "review", "given", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One published figure; a stock has no last day."""

    kind: str
    measure: str
    label: str
    first: dt.date
    last: dt.date | None
    compared_first: dt.date
    compared_last: dt.date | None
    value: float | None
    low: float | None
    high: float | None
    unit: str
    grade: str
    source: str
    review: str
    given: bool
    note: str

    @property
    def is_stock(self) -> bool:
        return self.kind == "stock"

    @property
    def same_time(self) -> bool:
        """Whether the figure is of the very day or period that it is compared with."""
        return (self.first, self.last) == (self.compared_first, self.compared_last)


def _figure(row: dict[str, str]) -> Figure:
    def day(name: str) -> dt.date | None:
        return dt.date.fromisoformat(row[name]) if row[name] else None

    def number(name: str) -> float | None:
        return float(row[name]) if row[name] else None

    first, compared_first = day("from"), day("compared_from")
    assert first is not None and compared_first is not None, f"{row['label']}: when?"
    return Figure(
        row["kind"], row["measure"], row["label"], first, day("to"), compared_first, day("compared_to"),
        number("value"), number("low"), number("high"), row["unit"], row["grade"], row["source"],
        row["review"], row["given"] == "given", row["note"],
    )  # fmt: skip


@lru_cache(maxsize=1)
def figures() -> tuple[Figure, ...]:
    """Every published figure, in the order of the file."""
    path = shipped_folder() / "evidence" / "published.csv"
    with open(path, newline="", encoding="utf-8") as handle:
        return tuple(_figure(row) for row in csv.DictReader(handle))
