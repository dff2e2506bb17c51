"""The foot of a page: link, code, citation, and the scenario as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import controls
import share
import streamlit as st
import words
from controls import Choice
from furniture import Facts
from streamlit.delta_generator import DeltaGenerator

SAY = words.page("common")


def show(choice: Choice, facts: Facts) -> Callable[[], None]:
    """Draws it. What is returned writes the link anew, when a part of the page that is drawn alone has changed it."""
    st.subheader(SAY("link.heading"))
    base = choice.base_name if choice.base_name != controls.FILE else f"{choice.base.name}.yaml"
    link, python, command, cite = st.tabs(
        [SAY("link.heading").partition(",")[0], SAY("link.python"), SAY("link.command"), SAY("link.cite")]
    )
    with link:
        if choice.base_name == controls.FILE:
            st.info(SAY("link.no_file"))
        else:
            st.caption(SAY("link.copy"))
            place = st.empty()
            _link(choice, place)
        st.download_button(
            SAY("link.scenario_file"), choice.chosen.to_yaml, f"{choice.chosen.name}.yaml", "application/yaml",
            key="scenario-file", on_click="ignore", icon=":material/download:",
        )  # fmt: skip
    own = choice.against == controls.FILE  # compared with itself
    against, until = base if own else choice.against, ""
    if not own and choice.reference.horizon != controls.load(against).horizon:
        until = choice.reference.horizon.isoformat()
    added = choice.chosen.changes[len(choice.base.changes) :]
    with python:
        st.code(share.python(base, added, against, facts.scale, facts.seeds, until), wrap_lines=True)
    with command:
        code = share.command(base, choice.chosen.name, added, against, facts.scale, facts.seeds, until)
        st.code(code, language="bash", wrap_lines=True)
    with cite:
        texts = share.citations(choice.chosen, facts.scale, facts.seed_words(), dt.date.today())
        for name, text in texts.items():
            st.caption(SAY(f"link.{name}"))
            st.code(text, language=None, wrap_lines=True)
    return partial(_link, choice, place) if choice.base_name != controls.FILE else lambda: None


def _link(choice: Choice, place: DeltaGenerator) -> None:
    address = share.address(st.context.url or "", controls.link(choice))
    place.code(address, language=None, wrap_lines=True)
