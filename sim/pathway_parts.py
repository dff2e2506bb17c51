"""What pathways and systems are put together from must be of the right kind: one sentence says what is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeVar

Part = TypeVar("Part")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class StructureError(ValueError):
    """A pathway that cannot be run: a dangling name, an unreachable stage, a stage without a way to an outcome."""


def several(where: str, kind: type[Part], given: Iterable[Part]) -> tuple[Part, ...]:
    """The parts as a tuple; StructureError unless they are several, and each of its kind."""
    if isinstance(given, str) or not isinstance(given, Iterable):
        hint = "one alone is written (it,)" if isinstance(given, kind) else f"it is {given!r}"
        raise StructureError(f"{where} is a tuple of {_word(kind)}; {hint}")
    parts = tuple(given)
    for part in parts:
        if not isinstance(part, kind):
            raise StructureError(f"{where} is a tuple of {_word(kind)}; {part!r} is none")
    return parts


def hold(where: str, kind: type[Any], given: Any) -> None:
    """Raises StructureError unless something is of its kind."""
    if not isinstance(given, kind):
        raise StructureError(f"{where} is a {kind.__name__}, not {given!r}")


def hold_name(what: str, name: Any) -> None:
    """Raises StructureError unless a name can stand in a path of a scenario."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise StructureError(
            f"{what} {name!r}: a name has letters, digits and _, and does not begin with a digit"
        )


def _word(kind: type[Any]) -> str:
    plural = {str: "texts"}.get(kind, kind.__name__)
    return plural if plural.endswith("s") else f"{plural}s"
