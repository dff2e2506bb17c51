"""Links, code and citations: how what is on the page gets out of it, and back in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from urllib.parse import urlencode

import levers
import words
from levers import Setting

import sim

PATHWAYS = ("affirmative", "defensive", "refugee", "family", "status")
VERSION = metadata.version("refuge-sim")
VIEW = {"pathway": "pathway", "date": "map-date"}
"""what a page shows of the same runs: the names in a link, and the keys of the controls"""


@dataclass
class Link:
    """What a link asks for, and what is to be said about it."""

    scenario: str = "baseline"
    against: str = ""
    settings: dict[str, Setting] = field(default_factory=dict)
    view: dict[str, str | dt.date] = field(default_factory=dict)
    """by the key of a control, what it shows"""
    notes: list[str] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)
    """model, baseline and run: what the link was made with"""


def query(
    scenario: str, against: str, settings: Mapping[str, Setting], chosen: sim.Scenario, baseline: sim.Scenario
) -> dict[str, str]:
    """The query parameters of the page's settings: levers, and what they were made with."""
    found = {"scenario": scenario, "against": against}
    for name, setting in settings.items():
        found[name] = str(setting.value)
        if setting.since != levers.USUAL_DAY:
            found[f"{name}_from"] = setting.since.isoformat()
        if setting.months:
            found[f"{name}_over"] = str(setting.months)
    return found | {"run": chosen.fingerprint, "baseline": baseline.fingerprint, "model": VERSION}


def address(base: str, query: Mapping[str, str]) -> str:
    return f"{base.partition('?')[0]}?{urlencode(query)}"


def read(query: Mapping[str, str]) -> Link:
    """A link's settings; what this version does not know, or refuses, becomes a note."""
    say, link = words.page("common"), Link()
    link.made = {key: query[key] for key in ("model", "baseline", "run") if key in query}
    for key, value in query.items():
        if key in link.made:
            continue
        name = key.removesuffix("_from").removesuffix("_over")
        if key in ("scenario", "against"):
            if value in sim.scenarios():
                setattr(link, key, value)
            else:
                link.notes.append(say("link.wrong", key=key, value=value[:60]))
        elif key in VIEW:
            if (seen := _seen(key, value)) is not None:
                link.view[VIEW[key]] = seen
            else:
                link.notes.append(say("link.wrong", key=key, value=value[:60]))
        elif name not in levers.BY_NAME:
            link.notes.append(say("link.unknown", key=key[:60]))
        elif key != name:
            if name not in query:
                link.notes.append(say("link.unknown", key=key[:60]))
        elif wrong := [
            each for each in (name, f"{name}_from", f"{name}_over") if not _possible(each, name, query)
        ]:
            link.notes += [say("link.wrong", key=each, value=query[each][:60]) for each in wrong]
        else:
            link.settings[name] = _setting(name, query)
    if link.made.get("model", VERSION) != VERSION:
        link.notes.append(say("link.older", model=link.made["model"][:20], here=VERSION))
    return link


def _seen(key: str, value: str) -> str | dt.date | None:
    if key == "pathway":
        return value if value in PATHWAYS else None
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None


def _possible(key: str, name: str, query: Mapping[str, str]) -> bool:
    """Whether a value of a lever's can be: where it stands (`name`), from which day, and over how many months."""
    lever, value = levers.BY_NAME[name], query.get(key)
    if value is None:
        return True
    try:
        if key.endswith("_from"):
            dt.date.fromisoformat(value)
            return True
        if key.endswith("_over"):
            return 0 <= int(value) <= levers.MOST_MONTHS
        return value in levers.HOLDS if lever.kind == "hold" else 0 <= int(value) <= lever.high
    except ValueError:
        return False


def _setting(name: str, query: Mapping[str, str]) -> Setting:
    """A lever's setting, of values that can be."""
    value = query[name] if levers.BY_NAME[name].kind == "hold" else int(query[name])
    since = dt.date.fromisoformat(query.get(f"{name}_from", levers.USUAL_DAY.isoformat()))
    return Setting(value, since, int(query.get(f"{name}_over", 0)))


def differences(link: Link, chosen: sim.Scenario, baseline: sim.Scenario) -> list[str]:
    """What has changed since a link was made."""
    say, notes = words.page("common"), []
    if link.made.get("baseline", baseline.fingerprint) != baseline.fingerprint:
        notes.append(say("link.baseline_moved", then=link.made["baseline"][:12], now=baseline.fingerprint))
    if link.made.get("run", chosen.fingerprint) != chosen.fingerprint:
        notes.append(say("link.other_numbers", then=link.made["run"][:12], now=chosen.fingerprint))
    return notes


# -- code ------------------------------------------------------------------------------------------


def python(
    base: str,
    added: Sequence[sim.Change],
    against: str,
    scale: float,
    seeds: Sequence[int] = (1,),
    until: str = "",
) -> str:
    """A script that gives the numbers on the page: `added` changes beyond `base`, and what it is compared with, cut on
    the day `until`, if that is given."""
    if base == against and not added and len(seeds) == 1:
        run = f'result = sim.run("{base}", seed={seeds[0]}, scale={scale:g})'
        return "\n".join(["import sim", "", run, "print(result.summary().text())"]) + "\n"
    cut = f'.between(horizon="{until}")' if until else ""
    lines = ["import sim", "", f"reference = sim.load({against!r}){cut}", f"scenario = sim.load({base!r})"]
    lines += [f"scenario = scenario.{_call(change.as_dict())}" for change in added]
    if len(seeds) > 1:
        asked = f"runs={len(seeds)}, seed={seeds[0]}, scale={scale:g}"
        lines += ["", f"gap = sim.compare(reference, scenario, {asked})", "print(gap.summary().text())"]
        return "\n".join(lines) + "\n"
    lines += ["", "for each in (reference, scenario):"]
    lines += [
        f"    result = sim.run(each, seed={seeds[0]}, scale={scale:g})",
        "    print(result.summary().text())",
    ]
    return "\n".join(lines) + "\n"


def _call(change: Mapping[str, object]) -> str:
    op, path = next(iter(change.items()))
    value = change["by" if op in ("scale", "add") else "to"]
    dates = "".join(f', {key}="{change[key]}"' for key in ("since", "until") if key in change)
    return f'{"change" if op == "set" else op}("{path}", {value!r}{dates})'


def command(
    base: str,
    name: str,
    added: Sequence[sim.Change],
    against: str,
    scale: float,
    seeds: Sequence[int] = (1,),
    until: str = "",
) -> str:
    """The same for the command line, with the scenario as a file where `--set` is not enough."""
    changes, rest = [change.as_dict() for change in added], f"--seed {seeds[0]} --scale {scale:g}"
    file = f"# {name}.yaml: the scenario file of this page\n" if changes else ""
    asked = f"{name}.yaml" if changes else base
    if len(seeds) > 1:
        return f"{file}refuge compare {against} {asked} --runs {len(seeds)} {rest}\n"
    first = f"refuge run {against} {rest}{f' --until {until}' if until else ''}\n"
    if base == against and not changes:
        return first
    if changes and all("set" in change for change in changes):
        sets = "".join(f" \\\n  --set {one['set']}={json.dumps(one['to'])}@{one['since']}" for one in changes)
        return f"{first}refuge run {base}{sets} {rest}\n"
    return f"{first}{file}refuge run {asked} {rest}\n"


# -- citation --------------------------------------------------------------------------------------


def citations(chosen: sim.Scenario, scale: float, seeds: str, today: dt.date) -> dict[str, str]:
    """APA, BibTeX and a plain sentence."""
    run = f"scenario “{chosen.title}”, fingerprint {chosen.fingerprint}, scale {scale:g}, {seeds}"
    name = "Refuge: an event-driven simulator of the life of a U.S. refugee or asylum case"
    apa = f"The Refuge authors. ({today.year}). {name} (Version {VERSION}) [Computer software]. Run of {run}."
    plain = (
        f"Simulated with Refuge {VERSION} (public figures to 21 November 2026): {run}; "
        f"computed on {words.date(today)}."
    )
    bibtex = "\n".join(
        [
            "@software{refuge,",
            "  author  = {{The Refuge authors}},",
            f"  title   = {{{name}}},",
            f"  version = {{{VERSION}}},",
            f"  year    = {{{today.year}}},",
            f"  note    = {{Run of {run}; computed on {today.isoformat()}}}",
            "}",
        ]
    )
    return {"apa": apa, "bibtex": bibtex, "plain": plain}
