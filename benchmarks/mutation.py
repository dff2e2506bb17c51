"""Changes of one place of the code, read from a list, for mutations.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HEAD = re.compile(r"\[(\S+)\] (.+)")
MARKS = "-+?="


@dataclass(frozen=True)
class Mutation:
    """`old`, which stands exactly once in `sim/<file>`, becomes `new`.

    `seen`: the test that is expected to see it. `why`: the reason, if no answer changes.
    """

    file: str
    what: str
    old: str
    new: str
    seen: str
    why: str

    def applied(self, text: str) -> str:
        """The mutated text; ValueError unless `old` stands there once."""
        if (times := text.count(self.old)) != 1:
            raise ValueError(f"{self.file}: {self.what}: stands {times} times, not once: {self.old!r}")
        return text.replace(self.old, self.new)


def read(path: Path) -> list[Mutation]:
    """The mutations of a list: blocks of a `[file] description` and lines that begin with -, +, ? or =."""
    found = []
    for block in path.read_text("utf-8").split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        head = HEAD.fullmatch(lines[0])
        parts = {mark: [line[2:] for line in lines[1:] if line[:1] == mark] for mark in MARKS}
        if head is None or not parts["-"] or sum(map(len, parts.values())) != len(lines) - 1:
            raise ValueError(f"{path.name}: not a mutation:\n{block}")
        found.append(Mutation(*head.groups(), *("\n".join(parts[mark]) for mark in MARKS)))
    return found
