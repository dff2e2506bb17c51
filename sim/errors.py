"""What is said to a person whose file or request is wrong: one message, never a traceback."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

SHOWN = 12  # how many allowed names a message lists before it says "and n more"


class InputError(ValueError):
    """A file or a request is wrong. `str()` is one line: where, what, what is allowed, the nearest name."""

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        key: str | None = None,
        allowed: Iterable[str] | None = None,
        nearest: str | None = None,
    ) -> None:
        self.message, self.file, self.line, self.key = message, file, line, key
        self.allowed = tuple(allowed) if allowed is not None else None
        self.nearest = nearest
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f"{', ' if place else ''}line {self.line}"
        parts = [part for part in (place, self.key) if part]
        text = ": ".join([*parts, self.message])
        if self.nearest:
            text += f"; did you mean {self.nearest!r}?"
        if self.allowed:
            listed = ", ".join(self.allowed[:SHOWN])
            more = len(self.allowed) - SHOWN
            text += f" (allowed: {listed}{f', and {more} more' if more > 0 else ''})"
        return text

    def __reduce__(self) -> tuple[object, ...]:
        """Keep every field when the error travels from a worker process."""
        return _rebuild, (self.message, self.file, self.line, self.key, self.allowed, self.nearest)


def _rebuild(
    message: str,
    file: str | None,
    line: int | None,
    key: str | None,
    allowed: tuple[str, ...] | None,
    nearest: str | None,
) -> InputError:
    return InputError(message, file=file, line=line, key=key, allowed=allowed, nearest=nearest)


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The valid name most like `word`, or None if none is near."""
    candidates = sorted(set(names))
    found = get_close_matches(word, candidates, n=1, cutoff=0.6)
    if not found:  # "backlog.days" for "affirmative.backlog.days"
        found = [name for name in candidates if word and name.endswith("." + word)]
    return found[0] if found else None
