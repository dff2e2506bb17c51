"""What is said to a person whose file or request is wrong: one message, never a traceback."""

from __future__ import annotations

import datetime as dt
import errno
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

SHOWN_LENGTH = 60  # characters of a wrong value that a message repeats
LONGEST_KEY = 200  # characters of a key or a path: no path of the baseline has as many
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
        parts = [part for part in (place, _cut(self.key or "", LONGEST_KEY)) if part]
        text = ": ".join([*parts, self.message])
        if self.nearest:
            text += f"; did you mean {self.nearest!r}?"
        if self.allowed:
            listed = ", ".join(self.allowed[:SHOWN])
            more = len(self.allowed) - SHOWN
            text += f" (allowed: {listed}{f', and {more} more' if more > 0 else ''})"
        return visible(text)

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


def visible(text: str) -> str:
    """A text on one line in which control characters, and others that cannot be seen, are written out."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def shown(value: Any) -> str:
    """A wrong value as a message repeats it: texts quoted, dates as they are written, long ones cut."""
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, dict):
        text = "{" + ", ".join(f"{_bare(key)}: {shown(item)}" for key, item in _first(value.items())) + "}"
    elif isinstance(value, (list, tuple)):
        text = "[" + ", ".join(shown(item) for item in _first(value)) + "]"
    elif isinstance(value, str):
        return f"'{_cut(visible(value))}'"
    elif value is None or isinstance(value, bool):
        text = "nothing" if value is None else str(value).lower()
    else:
        text = str(value)
    return _cut(text)


def _first(items: Iterable[Any]) -> list[Any]:
    return list(items)[:SHOWN]


def _bare(key: Any) -> str:
    return key.isoformat() if isinstance(key, dt.date) else visible(str(key))


def _cut(text: str, length: int = SHOWN_LENGTH) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "there is no space left for this user",
    errno.EACCES: "it may not be read or written by this user",
    errno.EPERM: "it may not be read or written by this user",
    errno.EROFS: "the disk can only be read",
    errno.ENOENT: "there is no such file or folder, and none can be made there",
    errno.EEXIST: "a file of this name is in the way",
    errno.EFBIG: "the file is larger than this user or disk allows",
    errno.ENOTDIR: "a part of this path is a file, not a folder",
    errno.EISDIR: "it is a folder, not a file",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open",
}


def in_words(problem: OSError) -> str:
    """What an error of the operating system means, in plain English."""
    if problem.errno is None:
        return str(problem)
    reason = REASONS.get(problem.errno, (problem.strerror or str(problem)).lower())
    name = problem.filename2 or problem.filename
    return f"{name}: {reason}" if name is not None else reason


def nearest(word: object, names: Iterable[str]) -> str | None:
    """The valid name most like `word`, or None if none is near."""
    candidates = sorted(set(names))
    word = _cut(str(word), LONGEST_KEY)
    found = get_close_matches(word, candidates, n=1, cutoff=0.6)
    if not found:  # "backlog.days" for "affirmative.backlog.days"
        found = [name for name in candidates if word and name.endswith("." + word)]
    return found[0] if found else None
