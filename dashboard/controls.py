"""The side of the What if page: scenario, what it is compared with, levers, and the link that brings them back."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import lever_words
import levers
import runs
import share
import streamlit as st
import words
from levers import LEVERS, Lever, Setting

import sim

SAY, LEVER = words.page("what_if"), words.page("levers")
FILE = "file"  # the preset that is the visitor's own file


@dataclass
class Choice:
    """What a visitor asks for."""

    base: sim.Scenario
    base_name: str
    against: str
    settings: dict[str, Setting]
    chosen: sim.Scenario
    reference: sim.Scenario
    view: dict[str, str] = field(default_factory=dict)
    """what the page shows of the runs, as a link says it"""
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def pair(self) -> tuple[sim.Scenario, sim.Scenario]:
        return self.reference, self.chosen

    @property
    def names(self) -> tuple[str, str]:
        """What the two are called in charts and sentences."""
        first, second = (SAY("baseline") if one.name == "baseline" else one.title for one in self.pair)
        if self.settings:
            second = SAY("what_if")
        return first, second if second != first else SAY("shown")


@cache
def load(name: str) -> sim.Scenario:
    return sim.load(name)


def begin(page: words.Catalogue, *view: str) -> Choice:
    """The head of a page with levers: its title, the sidebar, and what a link or a file brought along."""
    st.title(page("title"))
    st.caption(page("lead"))
    choice = choose(*view)
    for note in choice.notes:
        st.info(note, icon=":material/link:")
    for line in choice.refused:
        st.error(line)
    return choice


def choose(*view: str) -> Choice:
    """Draws the sidebar and says what was chosen. `view`: what else a link to this page says (see share.VIEW)."""
    opened = _first_time()
    state, refused = st.session_state, []
    with st.sidebar:
        refused = _upload()
        titles = {name: _title(name) for name in sim.scenarios()}
        if "own-scenario" in state:
            titles[FILE] = str(state["own-scenario"].title)
        st.selectbox(
            SAY("preset"), list(titles), format_func=titles.__getitem__, key="scenario", help=SAY("preset_help"),
            on_change=_reset, persist_state="session",
        )  # fmt: skip
        st.selectbox(
            SAY("against"), sim.scenarios(), format_func=_title, key="against", persist_state="session"
        )
        base = _base()
        for group in levers.GROUPS:
            with st.expander(
                SAY(f"group.{group}"), expanded=group in ("courts", "people"), key=f"group-{group}"
            ):
                for lever in (each for each in LEVERS if each.group == group and levers.offered(each, base)):
                    _slider(lever, base)
        st.button(SAY("reset"), key="reset", on_click=_reset, icon=":material/undo:")
    settings = moved(base)
    try:
        chosen = _applied(base.fingerprint, tuple(settings.items()), base)
    except sim.InputError as problem:
        refused.append(words.page("common")("refused", error=problem))
        chosen, settings = base, {}
    notes: list[str] = []
    against, reference = state["against"], load(state["against"])
    if reference.start != base.start or runs.usual_scale(reference) != runs.usual_scale(base):
        notes.append(SAY("other_start", title=base.title))
        against, reference = state["scenario"], base
    elif reference.horizon != base.horizon:
        reference = reference.between(horizon=base.horizon)
    choice = Choice(
        base, state["scenario"], against, settings, chosen, reference, seen(*view), notes, refused
    )
    if "link" in state:
        opened += share.differences(state.pop("link"), chosen, load("baseline"))
    if opened:  # told as long as what the link opened stands
        state["link-notes"] = (chosen.fingerprint, opened)
    fingerprint, told = state.get("link-notes", ("", []))
    choice.notes += told if fingerprint == chosen.fingerprint else []
    write_link(choice)
    return choice


@st.cache_resource(max_entries=200, show_spinner=False)
def _applied(
    fingerprint: str, settings: tuple[tuple[str, Setting], ...], _base: sim.Scenario
) -> sim.Scenario:
    """The scenario with these levers, made once."""
    return levers.applied(_base, dict(settings), _what_if_title(_base, dict(settings)))


def _what_if_title(base: sim.Scenario, settings: dict[str, Setting]) -> str:
    labels = ", ".join(LEVER(f"{name}.label") for name in settings)
    return f"{base.title}; changed: {labels}" if len(settings) > 1 else f"What if: {labels}"


def _title(name: str) -> str:
    return SAY("baseline") if name == "baseline" else str(load(name).title)


def _base() -> sim.Scenario:
    name = st.session_state["scenario"]
    return st.session_state["own-scenario"] if name == FILE else load(name)


def _first_time() -> list[str]:
    """Sets every control, from the link if the page was opened by one."""
    state = st.session_state
    if "scenario" in state:
        return []
    link = share.read(st.query_params.to_dict())
    state["scenario"] = link.scenario
    state["against"] = link.against or _parent(link.scenario)
    _place(link.settings)
    state.update(link.view)
    if link.made:
        state["link"] = link
    return link.notes + _dates_moved(link.settings)


def _dates_moved(settings: dict[str, Setting]) -> list[str]:
    """What a reader must know of dates that a link asks for and the run does not reach."""
    say, base = words.page("common"), _base()
    return [
        say(
            "link.outside",
            lever=LEVER(f"{name}.label"),
            asked=words.date(one.since),
            taken=words.date(_reached(one.since, base)),
        )
        for name, one in settings.items()
        if _reached(one.since, base) != one.since
    ]


def _reached(day: dt.date, base: sim.Scenario) -> dt.date:
    """The day of the run that is nearest to a day."""
    return min(max(day, base.start), base.horizon)


def _parent(name: str) -> str:
    extends = load(name).extends
    return extends if extends in sim.scenarios() else "baseline"


def _reset() -> None:
    """Another scenario: its own numbers on every lever, and beside it what it extends."""
    name = st.session_state["scenario"]
    if name != FILE:
        st.session_state["against"] = _parent(name)
    _place({})


def _place(settings: dict[str, Setting]) -> None:
    base = _base()
    for lever in LEVERS:
        setting = settings.get(lever.name, Setting(levers.usual(lever, base)))
        st.session_state[f"lever-{lever.name}"] = setting.value
        st.session_state[f"from-{lever.name}"] = _reached(setting.since, base)
        st.session_state[f"over-{lever.name}"] = setting.months


def moved(base: sim.Scenario) -> dict[str, Setting]:
    """The levers that were moved, in order."""
    state, found = st.session_state, {}
    for lever in (each for each in LEVERS if levers.offered(each, base)):
        value = state[f"lever-{lever.name}"]
        if value != levers.usual(lever, base):
            months = state[f"over-{lever.name}"] if lever.kind != "hold" else 0
            found[lever.name] = Setting(value, state[f"from-{lever.name}"], months)
    return found


def _slider(lever: Lever, base: sim.Scenario) -> None:
    label, key = LEVER(f"{lever.name}.label"), f"lever-{lever.name}"
    about = lever_words.about(lever.name, base.fingerprint, base)
    usual = levers.usual(lever, base)
    if lever.kind == "hold":
        st.selectbox(
            label,
            levers.HOLDS,
            format_func=lambda name: SAY(f"hold.{name}"),
            key=key,
            help=about,
            persist_state="session",
        )
    else:
        unit = "%d %%" if lever.kind in ("percent", "share") else "%d"
        high = max(lever.high, int(usual))
        st.slider(label, 0, high, step=lever.step, format=unit, key=key, help=about, persist_state="session")
        if lever.kind == "percent":
            st.caption(SAY("hundred", **lever_words.amounts(lever, base)))
    if st.session_state[key] != usual:
        st.date_input(
            SAY("from"),
            min_value=base.start,
            max_value=base.horizon,
            key=f"from-{lever.name}",
            persist_state="session",
        )
        if lever.kind != "hold":
            st.number_input(
                SAY("over"), 0, levers.MOST_MONTHS, step=12 if lever.yearly else 6, key=f"over-{lever.name}",
                help=SAY("at_once_yearly" if lever.yearly else "at_once"),
                persist_state="session",
            )  # fmt: skip


def write_link(choice: Choice) -> None:
    """Keeps the address of the page such that it reopens what is shown."""
    wanted = link(choice)
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def link(choice: Choice) -> dict[str, str]:
    """The query parameters of what is on the page; an uploaded file cannot be in it."""
    if choice.base_name == FILE:
        return {}
    asked = share.query(choice.base_name, choice.against, choice.settings, choice.chosen, load("baseline"))
    return choice.view | asked


def seen(*view: str) -> dict[str, str]:
    """What controls of a page show, as a link says it."""
    shown = {name: st.session_state.get(share.VIEW[name]) for name in view}
    return {name: str(value) for name, value in shown.items() if value is not None}


# -- a file of one's own ---------------------------------------------------------------------------


def _upload() -> list[str]:
    """The visitor's own scenario; what is wrong with it, line by line."""
    with st.expander(SAY("upload"), icon=":material/upload_file:", key="upload"):
        file = st.file_uploader(
            SAY("upload"),
            ["yaml", "yml"],
            help=SAY("upload_help"),
            key="file",
            max_upload_size=5,
            label_visibility="collapsed",
        )
        st.caption(SAY("upload_help"))
    state = st.session_state
    if file is None or state.get("file-read") == file.file_id:
        return state.get("file-wrong", []) if file is not None else []
    state["file-read"] = file.file_id
    state["file-wrong"] = wrong = []
    scenario, problems = read_file(file.name, file.getvalue())
    if scenario is None:
        wrong.append(
            "\n\n".join([SAY("upload_wrong"), *(f"`{line}`" for line in problems), SAY("upload_how")])
        )
        return wrong
    state["own-scenario"], state["scenario"] = scenario, FILE
    state["against"] = scenario.extends if scenario.extends in sim.scenarios() else "baseline"
    _place({})
    return []


def read_file(name: str, content: bytes) -> tuple[sim.Scenario | None, list[str]]:
    """A scenario from a file that somebody gave, or everything that is wrong with it."""
    safe = re.sub(r"[^\w.-]", "_", Path(name).name)[-60:].lstrip(".") or "scenario.yaml"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / safe
        path.write_bytes(content)
        problems = [str(problem).replace(str(path), safe) for problem in sim.check(path)]
        return (None, problems) if problems else (sim.load(path), [])
