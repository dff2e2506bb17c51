"""The What if page: levers, the answer of the real engine at once, bands as they come, and the country on request."""

from __future__ import annotations

import both
import controls
import furniture
import lever_words
import runs
import share_box
import streamlit as st
import what_if_answer
import what_if_bands
import what_if_national
import words
from controls import Choice
from furniture import Facts
from pairs import Pair

SAY = words.page("what_if")


def show() -> None:
    """Draws the page."""
    choice = controls.begin(SAY)
    _settings_line(choice)
    answers = furniture.await_runs("now", lambda: both.ask(choice, slot="now"))
    if answers is None:
        earlier = st.session_state.get("what-if-shown")
        if earlier is not None:
            what_if_answer.show(*earlier, stale=True)
        return
    pair = Pair(choice.names, both.compared(choice, [tuple(answers)], fixed=True))
    if choice.chosen.fingerprint == choice.reference.fingerprint:
        st.info(SAY("same"))
    else:
        pair = what_if_bands.show(choice, pair)
    national = what_if_national.done(choice)
    facts = _facts(choice, pair)
    if national is not None:
        pair, facts = national, _facts(choice, national)
    st.session_state["what-if-shown"] = (pair, facts)
    what_if_answer.show(pair, facts)
    if choice.chosen.fingerprint != choice.reference.fingerprint and runs.usual_scale(choice.chosen) < 1:
        what_if_national.show(choice)
    share_box.show(choice, facts)


def _facts(choice: Choice, pair: Pair) -> Facts:
    scale = float(pair.comparison.info["scale"])
    return Facts(choice.chosen.fingerprint, choice.reference.fingerprint, scale, pair.seeds)


def _settings_line(choice: Choice) -> None:
    chips = lever_words.chips(choice.base, choice.chosen, choice.settings)
    text = SAY("moved", title=choice.base.title) + "; ".join(chips) if chips else ""
    own = choice.base_name == controls.FILE
    st.markdown(text or SAY("nothing_moved_own" if own else "nothing_moved", title=choice.base.title))
