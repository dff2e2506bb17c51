"""The sources behind the numbers: title, publisher, date and address of every source id."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from sim.errors import InputError, nearest
from sim.shipped import shipped_folder

_REVIEW = re.compile(r"review:\s*\S.*")
_RULE = re.compile(r"rule:\s*\S.*")
SHAPES = "an id of sources.csv such as C01, ids joined by ';', review:SECTION, rule:LAW, or user"


@dataclass(frozen=True)
class Source:
    """Where a number comes from."""

    id: str
    title: str
    publisher: str = ""
    date: str = ""
    url: str = ""

    def as_dict(self) -> dict[str, str]:
        """The source as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class SourcedNumber:
    """A number with its sources looked up: what a reader needs to trust it."""

    path: str
    value: Any
    unit: str
    sources: tuple[Source, ...]
    confidence: str
    date: str
    low: Any
    high: Any
    note: str
    file: str
    line: int | None


@lru_cache(maxsize=1)
def all_sources() -> Mapping[str, Source]:
    """Every source of `scenarios/evidence/sources.csv` by its id."""
    path = shipped_folder() / "evidence" / "sources.csv"
    with open(path, newline="", encoding="utf-8") as handle:
        rows = [
            Source(row["source_id"], row["title"], row["publisher"], row["date"], row["url"])
            for row in csv.DictReader(handle)
        ]
    return MappingProxyType({row.id: row for row in rows})


def resolve(text: str) -> tuple[Source, ...]:
    """The sources that a number names. An unknown id is an InputError with the nearest known one."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    if not parts:
        raise InputError(f"names no source; give {SHAPES}")
    return tuple(_one(part) for part in parts)


def _one(part: str) -> Source:
    if found := all_sources().get(part):
        return found
    if _REVIEW.fullmatch(part):
        section = part.partition(":")[2].strip()
        return Source(part, f"Review of the evidence, section {section}", "Refuge", "2026-11-21")
    if _RULE.fullmatch(part):
        return Source(part, part.partition(":")[2].strip(), "Law or regulation")
    if part == "user":
        return Source(part, "Set by the user")
    near = nearest(part, all_sources())
    raise InputError(f"there is no source {part!r}; give {SHAPES}", nearest=near)


def resolve_change(text: str) -> tuple[Source, ...]:
    """As `resolve`, for a change of a scenario: an address or a sentence of one's own will do as well."""
    found: list[Source] = []
    for part in (part.strip() for part in text.split(";")):
        if part.startswith(("https://", "http://")):
            found.append(Source(part, part, url=part))
        elif " " in part and not part.startswith(("review:", "rule:")):
            found.append(Source(part, part))
        elif part:
            found.append(_one(part))
    return tuple(found) if found else resolve(text)
