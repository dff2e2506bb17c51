"""Bands on the What if page: ten pairs of runs with drawn numbers, in the background, once the levers rest."""

from __future__ import annotations

import time

import both
import furniture
import runs
import streamlit as st
import words
from both import Both
from controls import Choice
from pairs import Pair

SAY = words.page("what_if")
BANDS = 10  # pairs of runs behind the bands
REST = 2.0  # seconds without a move before bands begin
FEWEST = 4  # pairs from which bands are drawn: even, since two sets of drawn numbers mirror one another


def show(choice: Choice, pair: Pair) -> Pair:
    """The pair with as many runs of drawn numbers as are done; the others go on in the background."""
    key = (choice.chosen.fingerprint, choice.reference.fingerprint)
    if st.session_state.get("bands-cancelled") == key:
        runs.keep("bands")
        if st.button(SAY("bands_again"), key="bands-again"):
            del st.session_state["bands-cancelled"]
            st.rerun()
        return pair
    if st.session_state.get("bands-of") != key:
        runs.keep("bands")
        _rest(key)
        return pair
    tickets = [
        both.ask(choice, seed=seed, drawn=True, later=True, slot="bands") for seed in range(1, BANDS + 1)
    ]
    runs.keep("bands", [ticket for pairs in tickets for ticket in pairs])
    done = both.done(tickets)
    if len(done) < BANDS and not furniture.failed("bands", [ticket for pairs in tickets for ticket in pairs]):
        _progress(key, tickets, len(done))
    if len(done) < FEWEST:
        return pair
    return Pair(choice.names, both.compared(choice, done, fixed=False))


def _rest(key: tuple[str, str]) -> None:
    """Bands begin when the levers have rested a while, so that a slider that is being moved has the computer."""
    drawn = time.monotonic()

    @st.fragment(run_every=REST)
    def wait() -> None:
        st.caption(SAY("bands_soon"))
        if time.monotonic() - drawn > REST / 2:
            st.session_state["bands-of"] = key
            furniture.redraw(f"rested: {key}")

    wait()


def _progress(key: tuple[str, str], tickets: list[Both], drawn: int) -> None:
    begun = st.session_state.setdefault(f"begun-{key}", (time.monotonic(), drawn))

    @st.fragment(run_every=1.0)
    def bar() -> None:
        done = len(both.done(tickets))
        wrong = any(ticket.state == "failed" for pairs in tickets for ticket in pairs)
        if wrong or done == BANDS or done >= drawn + FEWEST:
            furniture.redraw(f"bands: {key}, {done}, {wrong}")
        left = words.remaining(time.monotonic() - begun[0], done - begun[1], BANDS - done)
        text = SAY(
            "bands_running", done=done, runs=BANDS, left=SAY("bands_left", seconds=left) if left else ""
        )
        bar_place, button_place = st.columns([5, 1], vertical_alignment="center")
        bar_place.progress(done / BANDS, text=text)
        if button_place.button(furniture.SAY("cancel"), key="cancel-bands"):
            st.session_state["bands-cancelled"] = key
            runs.keep("bands")
            st.rerun()

    bar()
