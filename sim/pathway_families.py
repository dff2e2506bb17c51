"""What a pathway says of relatives apart and of the time it takes to come somewhere: structure, no numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WAITING = "waiting"
"""the phase before a relative's case opens"""
PRINCIPAL = "The principal's case is open, from filing or referral on"


@dataclass(frozen=True)
class Phase:
    """A part of the time apart: the stages at which a relative's case is meanwhile."""

    name: str
    label: str
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Relatives:
    """Relatives of a principal, while they are attributes of the case: `counts` are numeric attributes.

    They count for cases whose attributes match `only`. At the outcomes `elsewhere` the same people go on in
    another case, which counts them.
    """

    counts: tuple[str, ...]
    only: tuple[tuple[str, str], ...] = ()
    elsewhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reach:
    """A stage to which the time is taken.

    From the filing of the case (`filed`): by the year in which the stage is reached. From its entry into the
    pathway (`entered`): by the year of entry, among all who entered.
    """

    stage: str
    since: str


def phase(name: str, label: str, *stages: str) -> Phase:
    """A phase of being apart, named in the tables as `years_apart_<name>`."""
    return Phase(name, label, stages)


def relatives(
    *counts: str, only: Mapping[str, str] | None = None, elsewhere: Iterable[str] = ()
) -> Relatives:
    """Relatives whom a principal's case carries, by the attributes that count them."""
    return Relatives(counts, tuple((only or {}).items()), tuple(elsewhere))


def reach(stage: str, since: str) -> Reach:
    """Takes the time to `stage`, counted from `filed` or `entered`."""
    return Reach(stage, since)
