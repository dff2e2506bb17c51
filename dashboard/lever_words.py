"""What is said of levers: what each does and rests on, what was moved, and what becomes of a scenario's own plan."""

from __future__ import annotations

from collections.abc import Mapping

import levers
import streamlit as st
import words
from levers import Lever, Setting

import sim

SAY, LEVER = words.page("what_if"), words.page("levers")


def amounts(lever: Lever, base: sim.Scenario) -> dict[str, str]:
    number, _ = levers.number_of(base, lever.paths[0])
    return {"value": words.amount(levers.at(base, lever.paths[0])), "unit": number.unit}


@st.cache_resource(max_entries=400, show_spinner=False)
def about(name: str, fingerprint: str, _base: sim.Scenario) -> str:
    """What a lever does, its unit, its range in the evidence and its sources."""
    lever, base = levers.BY_NAME[name], _base
    number, path = levers.number_of(base, lever.paths[0])
    parts = [LEVER(f"{lever.name}.what")]
    if lever.kind != "hold":
        parts.append(SAY("in_scenario", day=words.date(levers.USUAL_DAY), **amounts(lever, base)))
        if days := levers.plan(base, lever.paths[0]):
            value = words.amount(levers.at(base, lever.paths[0], days[-1]))
            word = "planned_instead" if lever.yearly else "planned"
            parts.append(SAY(word, value=value, day=words.date(days[-1])))
    low, high = (
        levers.at(base, lever.paths[0], bound=end) if getattr(number, end) is not None else None
        for end in ("low", "high")
    )
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        parts.append(
            SAY("evidence", low=words.amount(low), high=words.amount(high), confidence=number.confidence)
        )
    else:
        parts.append(SAY("evidence_one", confidence=number.confidence))
    if cited := _sources(base.fingerprint, base).get(path):
        parts.append(SAY("sources", sources=cited))
    return "\n\n".join(parts)


@st.cache_resource(max_entries=40, show_spinner=False)  # read, never changed: no copy is needed
def _sources(fingerprint: str, _base: sim.Scenario) -> dict[str, str]:
    """By the path of a number, the titles of what it cites, with links."""
    return {
        number.path: "; ".join(
            f"[{source.title[:90]}]({source.url})" if source.url else source.title[:90]
            for source in number.sources
        )
        for number in _base.sources()
    }


def chips(base: sim.Scenario, chosen: sim.Scenario, settings: Mapping[str, Setting]) -> list[str]:
    """What differs from the scenario that was begun with, in words."""
    found = []
    for name, setting in settings.items():
        lever = levers.BY_NAME[name]
        before = levers.usual(lever, base)
        if lever.kind == "number":
            before = round(levers.at(base, lever.paths[0], levers.span(base, setting)[0]))
        ramp = SAY("chip_ramp", months=setting.months) if setting.months else ""
        ramp += _planned(lever, base, chosen, setting)
        found.append(
            SAY(
                "chip", label=LEVER(f"{name}.label"), before=_said(lever, before), after=_said(lever, setting.value),
                since=words.date(setting.since), ramp=ramp,
            )
        )  # fmt: skip
    return found


def _planned(lever: Lever, base: sim.Scenario, chosen: sim.Scenario, setting: Setting) -> str:
    """What becomes of the scenario's own plan, on the way to where a lever was moved and afterwards."""
    path, (since, until) = lever.paths[0], levers.span(base, setting)
    if lever.kind == "hold":
        return ""
    if until > base.horizon:
        return SAY("chip_beyond", end=words.date(base.horizon))
    said = ""
    if (planned := levers.at(base, path, until)) != levers.at(base, path, since):
        said += SAY("chip_reached", planned=words.amount(planned))
    if days := levers.plan(base, path, until):
        before, after = (words.amount(levers.at(each, path, days[-1])) for each in (base, chosen))
        word = "chip_instead" if lever.yearly else "chip_plan"
        said += SAY(word, before=before, after=after, since=words.date(days[-1]))
    return said


def _said(lever: Lever, value: int | str) -> str:
    if isinstance(value, str):
        return SAY(f"hold.{value}")
    return f"{value:,} %" if lever.kind in ("percent", "share") else f"{value:,}"
