"""Every text that a visitor reads, by language and page: texts/LANGUAGE/PAGE.toml.

    say = words.page("what_if")
    say("title"); say("reading", year=2036); say.has("judges.note")

A language is a folder; a key that it lacks is taken from English.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("texts")
FALLBACK = "en"


class Catalogue:
    """The texts of one page in one language; call it with a key and the values of its {places}."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def __call__(self, key: str, /, **values: Any) -> str:
        return self.texts[key].format(**values) if values else self.texts[key]

    def has(self, key: str) -> bool:
        return key in self.texts


@cache
def page(name: str, language: str = FALLBACK) -> Catalogue:
    """The texts of a page (`common`: those of every page)."""
    return Catalogue(read(FALLBACK, name) | read(language, name))


def read(language: str, name: str) -> dict[str, str]:
    """The texts of one file, `[judges] label = ...` under the key judges.label."""
    file = FOLDER / language / f"{name}.toml"
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8")), "")) if file.is_file() else {}


def _flat(items: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, item in items.items():
        found += _flat(item, f"{prefix}{key}.") if isinstance(item, dict) else [(prefix + key, item)]
    return found


def amount(value: float) -> str:
    """A number for a sentence, three figures: 3.32 million, 814,000, 940, 2.5."""
    if abs(value) >= 999_500:
        return f"{float(f'{value / 1e6:.3g}'):g} million"
    if abs(value) < 100 and value != round(value):
        return f"{float(f'{value:.2g}'):g}"
    return f"{round(float(f'{value:.3g}')):,}"


def span(days: float) -> str:
    """A wait for a sentence: in days, months or years."""
    if days < 90:
        return f"{days:,.0f} days"
    months = days / 30.44
    return f"{months:.0f} months" if months < 24 else f"{days / 365.25:.1f} years"


def date(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def remaining(spent: float, done: float, left: float) -> str:
    """Time left in words, from what was done in the time spent; empty while nothing is known."""
    if done <= 0 or spent < 2:
        return ""
    seconds = spent / done * left
    return f"{max(5 * round(seconds / 5), 5)} seconds" if seconds < 90 else f"{round(seconds / 60)} minutes"
