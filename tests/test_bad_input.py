"""Wrong files: each is refused with one message that says where, what, and what would be right."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario import load

NUMBER = "{value: 30, unit: days, source: C01, confidence: official}"
HEAD = "title: T\nstart: 2026-04-01\nhorizon: 2030-09-30\n"
BASE = (
    HEAD
    + f"""pathway:
  stage:
    days: {NUMBER}
    split: {{value: {{granted: 0.4, referred: 0.6}}, unit: share, source: C01, confidence: official}}
    wait: {{value: {{lognormal: {{median: 9, sigma: 1}}}}, unit: days, source: C01, confidence: official}}
offices:
  judges:
    staff: {{value: {{miami: 3, other: 4}}, by: [court], unit: judges, source: C01, confidence: official}}
    order: [pathway.stage]
quotas:
  places:
    regions_bind: {{value: 1, unit: "1 yes, 0 no", source: C01, confidence: official}}
"""
)
STOCK = "{{value: {}, unit: cases, source: C01, confidence: official}}"
OTHERS = {
    "base.yaml": BASE,
    "stocked.yaml": HEAD
    + f"stock:\n  many:\n    cases: {STOCK.format(900)}\n  few:\n    cases: {STOCK.format(90)}\n",
    "far.yaml": BASE.replace("2026-04-01", "2040-01-01").replace("2030-09-30", "2090-01-01"),
}


def number(**fields: str) -> str:
    """A baseline whose one number, on line 5, has these fields."""
    given = {"value": "30", "unit": "days", "source": "C01", "confidence": "official", **fields}
    inside = ", ".join(f"{key}: {text}" for key, text in given.items() if text)
    return f"{HEAD}a:\n  days: {{{inside}}}\n"


def changes(text: str, more: str = "") -> str:
    """A scenario whose first change begins on line 4 (with `more`, below it)."""
    return f"title: T\nextends: base.yaml\n{more}changes:\n  - {text}\n"


# name: (text, line, words that the message must hold)
WRONG: dict[str, tuple[str | bytes, int | None, list[str]]] = {
    # files
    "empty": ("", 1, ["empty", "title"]),
    "only a comment": ("# nothing\n", 1, ["empty"]),
    "nothing but null": ("~\n", 1, ["mapping", "title"]),
    "a list": ("- 1\n", 1, ["mapping", "extends"]),
    "a word": ("hello\n", 1, ["mapping"]),
    "binary": (b"title: T\n\x00\x01", 2, ["not text", "YAML"]),
    "latin-1": ("title: café\n".encode("latin-1"), 1, ["UTF-8"]),
    "utf-16": ("title: T\n".encode("utf-16"), 1, ["UTF-8"]),
    "control character": ("title: a\x07b\n", 1, ["YAML"]),
    "tab": (HEAD + "a:\n\tb: 1\n", 5, ["tab", "spaces"]),
    "unclosed bracket": ("title: [1, 2\n", None, ["YAML"]),
    "unclosed quote": ('title: "abc\n', None, ["YAML"]),
    "colon in a text": ("title: a: b\n", 1, ["quotes"]),
    "bad indentation": ("title: T\n  start: 2026-04-01\n", 2, ["quotes", "indentation"]),
    "two documents": (HEAD + "---\ntitle: U\n", 4, ["second document"]),
    "duplicate key": ("title: T\nwhy: a\ntitle: U\n", 3, ["title", "twice", "line 1"]),
    "duplicate number": (HEAD + f"a:\n  b: {NUMBER}\n  b: {NUMBER}\n", 6, ["b", "twice", "line 5"]),
    "anchor": (HEAD + "a: &x {b: 1}\n", 4, ["anchors", "write the value out"]),
    "alias bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntitle: *c\n", 1, ["anchors"]),
    "merge key": (HEAD + "a:\n  <<: {b: 1}\n", 5, ["<<", "not allowed"]),
    "merge cycle": ("a: &a\n  <<: *a\n", 1, ["anchors"]),
    "python tag": ("title: !!python/object/apply:os.system ['true']\n", 1, ["tag", "not allowed"]),
    "own tag": ("title: !include /etc/passwd\n", 1, ["tag", "not allowed"]),
    "deep nesting": ("title: " + "[" * 50_000, 1, ["nested"]),
    "deep mapping": (HEAD + "a: " + "{b: " * 40 + "1" + "}" * 40, 4, ["nested"]),
    "list as a key": (HEAD + "? [a, b]\n: 1\n", 4, ["key"]),
    "empty key": (HEAD + "'': 1\n", 4, ["key", "empty"]),
    "impossible date": ("title: T\nstart: 2026-02-30\n", 2, ["2026-02-30", "calendar"]),
    "endless number": (HEAD + "a: " + "9" * 5000, 4, ["digits", "40"]),
    # headers
    "no title": ("start: 2026-04-01\n", 1, ["title"]),
    "title is a list of lists": ("title: [[a]]\n", 1, ["title", "text"]),
    "misspelt key": (
        changes("set: pathway.stage.days\n    to: 3", "questoin: why\n"), 3, ["questoin", "'question'"],
    ),
    "misspelt header of a baseline": (HEAD + "questoin: why\n", 4, ["questoin", "'question'"]),
    "no start": ("title: T\nhorizon: 2030-01-01\n", 1, ["start", "start: 2026-04-01"]),
    "no horizon": ("title: T\nstart: 2026-04-01\n", 1, ["horizon", "horizon: 2026-04-01"]),
    "start is no date": ("title: T\nstart: soon\n", 2, ["start", "'soon'", "2027-10-01"]),
    "horizon is a year": ("title: T\nstart: 2026-04-01\nhorizon: 2036\n", 3, ["horizon", "2027-10-01"]),
    "too long": ("title: T\nstart: 2026-04-01\nhorizon: 2096-09-30\n", 3, ["horizon", "60 years"]),
    "too early": ("title: T\nstart: 1899-04-01\nhorizon: 1920-09-30\n", 2, ["start", "1990"]),
    "backwards": ("title: T\nstart: 2030-04-01\nhorizon: 2026-09-30\n", 3, ["horizon", "after the start"]),
    # what a file extends
    "unknown parent": ("title: T\nextends: baselin\n", 2, ["extends", "'baselin'", "shipped"]),
    "missing parent": ("title: T\nextends: bas.yaml\n", 2, ["extends", "'base.yaml'"]),
    "parent elsewhere": ("title: T\nextends: ../base.yaml\n", 2, ["extends", "path", "beside"]),
    "absolute parent": ("title: T\nextends: /etc/passwd\n", 2, ["extends", "path"]),
    "windows path": ("title: T\nextends: '..\\base.yaml'\n", 2, ["extends", "path"]),
    "extends itself": ("title: T\nextends: wrong.yaml\n", 2, ["extends", "circle"]),
    "changes of nothing": ("title: T\nchanges: []\n", 2, ["changes", "extends: baseline"]),
    "numbers in a scenario": (
        f"title: T\nextends: base.yaml\npathway:\n  x: {NUMBER}\n", 3, ["pathway", "changes"],
    ),
    # numbers
    "bare number": (HEAD + "a:\n  days: 30\n", 5, ["a.days", "unit", "source: C01"]),
    "no value": (number(value=""), 5, ["a.days", "value"]),
    "no unit": (number(unit=""), 5, ["a.days", "unit"]),
    "no source": (number(source=""), 5, ["a.days", "source"]),
    "no confidence": (number(confidence=""), 5, ["a.days", "confidence"]),
    "misspelt field": (number(valeu="3"), 5, ["'valeu'", "'value'"]),
    "unknown source": (number(source="C0l"), 5, ["a.days.source", "'C0l'", "sources.csv"]),
    "unknown confidence": (number(confidence="offical"), 5, ["confidence", "'official'", "fitted"]),
    "null": (number(value="~"), 5, ["a.days", "no value"]),
    "text": (number(value="many"), 5, ["a.days", "'many'", "not a number"]),
    "percent": (number(value="40%"), 5, ["'40%'", "write 0.4"]),
    "thousands": (number(value="'1,000'"), 5, ["write 1000"]),
    "true": (number(value="true"), 5, ["write 1 or 0"]),
    "nan": (number(value=".nan"), 5, ["finite"]),
    "infinity": (number(value="-.inf"), 5, ["finite"]),
    "overflow": (number(value="1e999"), 5, ["finite"]),
    "huge": (number(value="1e12"), 5, ["1e+12"]),
    "negative": (number(value="-3"), 5, ["below zero"]),
    "list": (number(value="[1, 2]"), 5, ["list", "uniform"]),
    "empty value": (number(value="{}"), 5, ["empty"]),
    "dates and names": (number(value="{2026-04-01: 1, miami: 2}"), 5, ["mixes dates with names"]),
    "unknown distribution": (number(value="{lognormall: {median: 3, sigma: 1}}"), 5, ["'lognormal'"]),
    "half a distribution": (number(value="{lognormal: {median: 3}}"), 5, ["lognormal", "sigma"]),
    "backward range": (number(value="{uniform: [9, 3]}"), 5, ["uniform"]),
    "shares of a mixture": (number(value="{mixture: [{share: 0.5, fixed: 3}]}"), 5, ["share", "not 1"]),
    "share above one": (
        HEAD + "a:\n  split: {value: {x: 1.2, y: 0}, unit: share, source: C01, confidence: official}\n",
        5, ["a.split", "above one"],
    ),
    "low above value": (number(low="31"), 5, ["a.days.low", "above the value"]),
    "high below value": (number(high="3"), 5, ["a.days.high", "below the value"]),
    "low of another shape": (number(value="{x: 1, y: 2}", low="1"), 5, ["a.days.low", "shape"]),
    "low of another distribution": (number(value="{fixed: 3}", low="{uniform: [1, 2]}"), 5, ["shape"]),
    "low of no level": (number(value="{miami: 1}", low="{miamy: 1}"), 5, ["'miami'"]),
    "by is a number": (number(by="[3]"), 5, ["a.days.by", "name"]),
    "factor without source": (
        number(factors="{lawyer: {value: {yes: 2}}}"), 5, ["a.days.factors.lawyer", "source"],
    ),
    "empty group": (HEAD + "a:\n  b: {}\n", 5, ["a.b", "empty"]),
    # changes
    "changes are no list": ("title: T\nextends: base.yaml\nchanges: {set: a}\n", 3, ["changes", "'- '"]),
    "change is a word": (changes("set"), 4, ["set: PATH"]),
    "no kind": (changes("to: 3"), 4, ["exactly one", "scale"]),
    "two kinds": (
        changes("set: pathway.stage.days\n    scale: pathway.stage.days\n    to: 3"), 4, ["set and scale"],
    ),
    "misspelt part": (changes("set: pathway.stage.days\n    too: 3"), 5, ["'too'", "'to'"]),
    "set by": (changes("set: pathway.stage.days\n    by: 3"), 5, ["'to'"]),
    "scale to": (changes("scale: pathway.stage.days\n    to: 3"), 5, ["'by'"]),
    "nothing to set": (changes("set: pathway.stage.days"), 4, ["needs 'to'"]),
    "ramp without end": (changes("ramp: pathway.stage.days\n    to: 3"), 4, ["until"]),
    "unknown path": (changes("set: pathway.stage.day\n    to: 3"), 4, ["'pathway.stage.days'"]),
    "end of a path": (changes("set: stage.days\n    to: 3"), 4, ["'pathway.stage.days'"]),
    "a group": (changes("set: pathway.stage\n    to: 3"), 4, ["group", "pathway.stage.days"]),
    "unknown part": (changes("set: pathway.stage.split.grantd\n    to: 0.3"), 4, ["'granted'"]),
    "part of one number": (changes("set: pathway.stage.days.miami\n    to: 3"), 4, ["one number", "'miami'"]),
    "unknown since": (changes("set: pathway.stage.days\n    to: 3\n    since: FY27"), 6, ["2027-10-01"]),
    "after the horizon": (
        changes("set: pathway.stage.days\n    to: 3\n    since: 2031-01-01"), 4, ["horizon"],
    ),
    "ends before it begins": (
        changes("set: pathway.stage.days\n    to: 3\n    since: 2028-01-01\n    until: 2027-01-01"),
        7, ["before it begins"],
    ),
    "ends before the start": (
        changes("set: pathway.stage.days\n    to: 3\n    until: 2020-01-01"), 4, ["starts on"],
    ),
    "negative result": (changes("add: pathway.stage.days\n    by: -31"), 4, ["below zero"]),
    "scale to less than nothing": (changes("scale: pathway.stage.days\n    by: -1"), 5, ["below zero"]),
    "scale a distribution by 0": (changes("scale: pathway.stage.wait\n    by: 0"), 4, ["above zero"]),
    "add to a distribution": (changes("add: pathway.stage.wait\n    by: 3"), 4, ["distribution", "scale"]),
    "add a distribution": (changes("add: pathway.stage.days\n    by: {fixed: 3}"), 5, ["distribution"]),
    "share beyond one": (changes("scale: pathway.stage.split.granted\n    by: 3"), 4, ["between 0 and 1"]),
    "scale all shares": (changes("scale: pathway.stage.split\n    by: 0.5"), 4, ["sum to one", "granted"]),
    "one count for all": (changes("set: offices.judges.staff\n    to: 9"), 4, ["counts differ", "miami"]),
    "add to all counts": (changes("add: offices.judges.staff\n    by: 9"), 4, ["would add", "miami"]),
    "order by number": (changes("set: offices.judges.order\n    to: 9"), 4, ["list of names"]),
    "source of a change": (changes("set: pathway.stage.days\n    to: 3\n    source: C999x"), 6, ["'C999x'"]),
    "late series": (
        changes("set: pathway.stage.days\n    to: {2027-01-01: 3, 2028-01-01: 4}"), 4, ["since: 2027-01-01"],
    ),
    "twice": (
        changes("{set: pathway.stage.days, to: 3}\n  - {set: pathway.stage.days, to: 4}"),
        5, ["twice", "line 4"],
    ),
    "two shares": (
        changes("{set: pathway.stage.split.granted, to: 1}\n  - {set: pathway.stage.split.referred, to: 0}"),
        5, ["together", "pathway.stage.split"],
    ),
    "new number without a unit": (
        changes("set: pathway.stage.rate\n    to: {value: 1}"), 4, ["pathway.stage.rate"],
    ),
    # texts, measures and sources of the header
    "why is true": ("title: T\nwhy: true\n", 2, ["why", "text", "not true"]),
    "title is a number": ("title: 3\n", 1, ["title", "text", "not 3", "quotes"]),
    "title is a date": ("title: 2026-04-01\n", 1, ["title", "not 2026-04-01"]),
    "title is nothing": ("title:\nstart: 2026-04-01\n", 1, ["title", "not nothing"]),
    "finding is a mapping": ("title: T\nfinding: {a: 1}\n", 2, ["finding", "text"]),
    "extends is a list": ("title: T\nextends: [base.yaml]\n", 2, ["extends", "text"]),
    "extends is a number": ("title: T\nextends: 3\n", 2, ["extends", "not 3"]),
    "unknown measure": (
        "title: T\nextends: base.yaml\nlook_at: [court_pendin]\n", 3,
        ["look_at", "no measure", "'court_pending'", "families_apart"],
    ),
    "look_at is a sentence": ("title: T\nlook_at: the waits\n", 2, ["look_at", "[court_pending]"]),
    "look_at is nested": ("title: T\nlook_at: [[court_pending]]\n", 2, ["look_at", "text"]),
    "look_at is a mapping": ("title: T\nlook_at: {court_pending: 1}\n", 2, ["look_at", "text"]),
    "sources name nothing": (
        "title: T\nextends: base.yaml\nsources: [C01, AF2]\n", 3,
        ["sources", "'AF2'", "sources.csv", "did you mean 'AF"],
    ),
    "sources of numbers in a scenario": (
        "title: T\nextends: base.yaml\nsources: {a: 1}\n", 3, ["sources", "changes"],
    ),
    # the span
    "start after the inherited horizon": (
        "title: T\nextends: base.yaml\nstart: 2031-01-01\n", 3, ["start", "2031-01-01", "2030-09-30"],
    ),
    "start a lifetime before the inherited horizon": (
        "title: T\nextends: far.yaml\nstart: 1990-01-01\n", 3, ["start", "60 years"],
    ),
    "horizon before the inherited start": (
        "title: T\nextends: base.yaml\nhorizon: 2020-01-01\n", 3, ["horizon", "not after the start"],
    ),
    "another start with the old stocks": (
        "title: T\nextends: stocked.yaml\nstart: 2028-01-01\n", 3, ["start", "opening stocks", "2026-04-01"],
    ),
    "another start with one stock": (
        "title: T\nextends: stocked.yaml\nstart: 2028-01-01\nchanges:\n  - {set: stock.few.cases, to: 9}\n",
        3, ["start", "opening stocks"],
    ),
    "start is a list": ("title: T\nstart: [2026-04-01]\n", 2, ["[2026-04-01]", "not a date"]),
    "start has a time": ("title: T\nstart: 2026-04-01 12:00\n", 2, ["'2026-04-01 12:00'", "not a date"]),
    "start out of the calendar": ("title: T\nstart: 2026-13-01\n", 2, ["2026-13-01", "calendar"]),
    "start in the year zero": ("title: T\nstart: 0000-01-01\n", 2, ["0000-01-01", "calendar"]),
    "start in the year 9999": ("title: T\nstart: 9999-12-01\nhorizon: 9999-12-31\n", 2, ["start", "9999"]),
    # units
    "staff in days": (
        changes("set: offices.judges.staff\n    to: {value: {miami: 1, other: 1}, unit: days}"), 4,
        ["offices.judges.staff.unit", "'days'", "officers"],
    ),
    "days in months": (number(unit="months"), 5, ["a.days.unit", "'months'", "allowed: days"]),
    "misspelt unit": (number(unit="day"), 5, ["a.days.unit", "'days'"]),
    "unit is a number": (number(unit="3"), 5, ["a.days.unit", "'3'"]),
    "arrivals a week": (
        HEAD + "sources:\n  a:\n    rate: {value: 3, unit: cases a week, source: C01, confidence: official}\n",
        6, ["sources.a.rate.unit", "'cases a year'"],
    ),
    "a hazard a year": (
        HEAD + "a:\n  b:\n    rate: {value: 3, unit: per year, source: C01, confidence: official}\n",
        6, ["a.b.rate.unit", "per month"],
    ),
    "half a hold": (
        HEAD + "a:\n  hold: {value: 0.5, unit: '1 held, 0 open', source: C01, confidence: official}\n",
        5, ["a.hold", "0.5", "1 or 0"],
    ),
    "regions that half bind": (
        changes("set: quotas.places.regions_bind\n    to: 0.5"), 4, ["quotas.places.regions_bind", "1 or 0"],
    ),
    "a hold that grows": (
        changes("ramp: quotas.places.regions_bind\n    to: 0\n    until: 2027-01-01"), 4, ["1 or 0"],
    ),
    "odds in days": (
        number(odds="{x: {lawyer: {value: {yes: 2}, unit: days, source: C01, confidence: official}}}"),
        5, ["a.days.odds.x.lawyer.unit", "odds ratio"],
    ),
    # nesting
    "a list of a list of changes": (changes("- set: pathway.stage.days"), 4, ["a change is a mapping"]),
    "changes of a number": ("title: T\nextends: base.yaml\nchanges: 3\n", 3, ["changes", "'- '"]),
    "a date as a field": (number(**{"2026-04-01": "3"}), 5, ["2026-04-01 is not a field"]),
    "a date as a part of a change": (
        changes("set: pathway.stage.days\n    to: 3\n    2026-04-01: 4"), 6, ["2026-04-01 is not part of a change"],
    ),
    "a date as a group": (HEAD + "a:\n  2026-04-01: {b: 1}\n", 5, ["a date stands where a name belongs"]),
    "a date as a header": (HEAD + "2026-04-01: 3\n", 4, ["2026-04-01", "neither a key"]),
    "a bare date": (HEAD + "a:\n  days: 2026-04-01\n", 5, ["2026-04-01 stands bare"]),
    "a date as a value": (number(value="2026-04-01"), 5, ["2026-04-01 is not a number"]),
    "dates for names": (HEAD + "a:\n  order: [2026-04-01]\n", 5, ["2026-04-01 is not a name"]),
    "numbers for names": (HEAD + "a:\n  order: [1, 2]\n", 5, ["1 is not a name"]),
    "lists for names": (HEAD + "a:\n  order: [[x]]\n", 5, ["['x'] is not a name"]),
    "factors are a list": (number(factors="[2]"), 5, ["a.days.factors", "attributes"]),
    "odds are a number": (number(odds="2"), 5, ["a.days.odds", "transitions"]),
    "low is a list": (number(low="[1]"), 5, ["a.days.low", "list"]),
    "a note is a list": (number(note="[a]"), 5, ["a.days.note", "text"]),
    "a source is a mapping": (number(source="{a: 1}"), 5, ["a.days.source", "text"]),
    "a number of numbers": (HEAD + "a: 3\n", 4, ["a", "neither a key"]),
    # numbers
    "a huge integer": (number(value="1" + "0" * 38), 5, ["finite"]),
    "a negative exponent of ten": (number(value="-1e-9"), 5, ["below zero"]),
    "a hexadecimal": (number(value="0x1F"), 5, ["'0x1F' is not a number"]),
    "a fraction": (number(value="1/3"), 5, ["'1/3' is not a number"]),
    "figures of another script": (number(value="٣"), 5, ["is not a number"]),
    "a wide figure": (number(value="\uff13"), 5, ["is not a number"]),
    "a year of no calendar": (number(value="{2026-02-29: 1, 2027-01-01: 2}"), 5, ["2026-02-29", "calendar"]),
    "years without days": (number(value="{2027: 1, 2028: 2}"), 5, ["'2027' is not a date", "did you mean 'FY2027'"]),
    "short fiscal years": (number(value="{FY27: 1, FY28: 2}"), 5, ["'FY27' is not a date", "did you mean 'FY2027'"]),
    "a fiscal year in small letters": (number(value="{fy2027: 1}"), 5, ["did you mean 'FY2027'"]),
    "a list of numbers": (changes("set: pathway.stage.days\n    to: [1, 2]"), 5, ["1 is not a name"]),
    "fiscal year zero": (number(value="{FY0000: 1}"), 5, ["FY0000", "FY2027"]),
    # signs that cannot be seen
    "a hidden sign in a key": (HEAD + "a:\n  da\u200bys: 3\n", 5, ["da\\u200bys"]),
    "text that runs backwards": (changes("set: pathway.stage.\u202edays\n    to: 3"), 4, ["\\u202e"]),
    "an escape sequence": (changes('set: "pathway.\\e[31mstage"\n    to: 3'), 4, ["\\x1b[31m"]),
    "a line break in a path": (changes('set: "pathway.\\nstage"\n    to: 3'), 4, ["pathway.\\nstage"]),
    "a letter that looks like another": (
        changes("set: pathway.st\u0430ge.days\n    to: 3"), 4, ["no number of this name", "'pathway.stage.days'"],
    ),
    # changes
    "to and by": (changes("set: pathway.stage.days\n    to: 3\n    by: 4"), 6, ["set takes 'to', not 'by'"]),
    "by and to": (changes("scale: pathway.stage.days\n    to: 3\n    by: 4"), 5, ["'by'"]),
    "a ramp that ends as it begins": (
        changes("ramp: pathway.stage.days\n    to: 3\n    since: 2027-01-01\n    until: 2027-01-01"), 4,
        ["arrives after it begins", "2027-01-01"],
    ),
    "a ramp of dates": (
        changes("ramp: pathway.stage.days\n    to: {2027-01-01: 3}\n    until: 2028-01-01"), 5, ["no dates inside"],
    ),
    "a path that is a list": (changes("set: [a, b]\n    to: 3"), 4, ["path of a number"]),
    "a path that is empty": (changes("set: ''\n    to: 3"), 4, ["no number of this name"]),
    "a path of dots": (changes("set: ....\n    to: 3"), 4, ["no number of this name"]),
    "a path of a text": (changes("set: title\n    to: 3"), 4, ["no number of this name"]),
    "a part of a list of names": (changes("set: offices.judges.order.pathway\n    to: 3"), 4, ["list of names"]),
    "an order with an unknown date": (
        changes("set: offices.judges.order\n    to: [pathway.stage]\n    since: 2027-01-01"), 4, ["without dates"],
    ),
    "since is a number": (changes("set: pathway.stage.days\n    to: 3\n    since: 2027"), 6, ["2027 is not a date"]),
    "until is true": (changes("set: pathway.stage.days\n    to: 3\n    until: true"), 6, ["true is not a date"]),
    "a stock of later": (
        "title: T\nextends: stocked.yaml\nchanges:\n  - {set: stock.many.cases, to: 9, since: 2027-01-01}\n",
        4, ["stock.many.cases", "first day only", "2026-04-01"],
    ),
    "a stock for a while": (
        "title: T\nextends: stocked.yaml\nchanges:\n  - {set: stock.many.cases, to: 9, until: 2027-01-01}\n",
        4, ["first day only"],
    ),
}  # fmt: skip


def test_there_are_enough_of_them():
    assert len(WRONG) >= 180


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_in_one_message(tmp_path, name):
    text, line, words = WRONG[name]
    for other, content in OTHERS.items():
        (tmp_path / other).write_text(content)
    path = tmp_path / "wrong.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    began = time.process_time()
    with pytest.raises(InputError) as caught:
        load(path)
    assert time.process_time() - began < 20
    message = str(caught.value)
    assert "wrong.yaml" in message
    assert "\n" not in message
    assert len(message) < 800
    for word in words:
        assert word in message, message
    if line is not None:
        assert caught.value.line == line, message
        assert f"line {line}" in message
    assert caught.value.__cause__ is None


def test_the_base_of_these_files_is_right(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE)
    assert len(load(tmp_path / "base.yaml").numbers) == 5


def test_a_start_may_move_with_its_stocks(tmp_path):
    (tmp_path / "stocked.yaml").write_text(OTHERS["stocked.yaml"])
    text = (
        "title: T\nextends: stocked.yaml\nstart: 2028-01-01\nchanges:\n  - {set: stock.many.cases, to: 9}\n"
    )
    (tmp_path / "mine.yaml").write_text(text)
    assert load(tmp_path / "mine.yaml").start.isoformat() == "2028-01-01"
    assert load("check_start").start.isoformat() == "2025-10-01"


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    assert "links lead in a circle" in refused(tmp_path / "a.yaml")
    (tmp_path / "loop.yaml").write_text("title: T\nextends: again.yaml\n")
    (tmp_path / "again.yaml").symlink_to(tmp_path / "loop.yaml")
    assert "goes in a circle" in refused(tmp_path / "loop.yaml")


def test_a_link_out_of_the_folder(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "secret.yaml").write_text(BASE)
    (tmp_path / "inner" / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "inner" / "mine.yaml").write_text("title: T\nextends: link.yaml\n")
    assert load(tmp_path / "inner" / "mine.yaml").start.isoformat() == "2026-04-01"
    (tmp_path / "inner" / "folder.yaml").mkdir()
    (tmp_path / "inner" / "mine.yaml").write_text("title: T\nextends: folder.yaml\n")
    assert "is a folder" in refused(tmp_path / "inner" / "mine.yaml")


def refused(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        load(path)
    return str(caught.value)


def test_no_file_a_folder_and_a_pipe(tmp_path):
    assert "no such file" in refused(tmp_path / "missing.yaml")
    assert "folder" in refused(tmp_path)
    os.mkfifo(tmp_path / "pipe.yaml")
    assert "ordinary file" in refused(tmp_path / "pipe.yaml")
    assert "missing.yaml" in refused(str(tmp_path / "missing.yaml"))
    assert "cannot be read" in refused("a\0b.yaml")


def test_an_unknown_name_is_no_file():
    assert re.search(r"there is no scenario 'bassline'.*ends in \.yaml", refused("bassline"))


def test_a_huge_file_is_not_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with open(path, "wb") as handle:
        handle.truncate(200_000_000)
    began = time.process_time()
    assert re.search(r"huge\.yaml: is 200 MB; .* at most 5 MB", refused(path))
    assert time.process_time() - began < 1


def test_too_many_values(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.yaml_lines.MAX_NODES", 1000)
    path = tmp_path / "many.yaml"
    path.write_text("title: [" + "a, " * 2000 + "]\n")
    assert "more than 1,000 values" in refused(path)


def test_files_in_a_circle(tmp_path):
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        (tmp_path / f"{one}.yaml").write_text(f"title: T\nextends: {other}.yaml\n")
    assert re.search(
        r"c\.yaml, line 2: extends: goes in a circle: a\.yaml -> b\.yaml -> c\.yaml -> a\.yaml",
        refused(tmp_path / "a.yaml"),
    )


def test_a_long_chain_of_files(tmp_path):
    for n in range(40):
        (tmp_path / f"f{n}.yaml").write_text(f"title: T\nextends: f{n + 1}.yaml\n")
    assert "more than 16 files" in refused(tmp_path / "f0.yaml")


def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text(BASE)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "cannot be read" in refused(path)
