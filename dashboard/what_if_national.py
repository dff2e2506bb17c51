"""The What if page at national scale: every case, in as many pairs of runs as a visitor asks for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import both
import furniture
import runs
import streamlit as st
import words
from both import Both
from controls import Choice
from pairs import Pair

SAY = words.page("what_if")
MOST = 20  # pairs of runs


def _tickets(choice: Choice, count: int) -> list[Both]:
    return [
        both.ask(choice, seed=seed, drawn=True, scale=1.0, later=True, slot="national")
        for seed in range(1, count + 1)
    ]


def done(choice: Choice) -> Pair | None:
    """The country's answer to what is on the page, once all of its runs are done."""
    wanted = st.session_state.get("national")
    if wanted is None or wanted["key"] != (choice.chosen.fingerprint, choice.reference.fingerprint):
        return None
    found = both.done(_tickets(choice, wanted["runs"]))
    if len(found) < wanted["runs"]:
        return None
    return Pair(choice.names, both.compared(choice, found, fixed=False))


def show(choice: Choice) -> None:
    """Draws the section: what it does, its start, and how far it is."""
    st.subheader(SAY("national.heading"))
    key = (choice.chosen.fingerprint, choice.reference.fingerprint)
    wanted = st.session_state.get("national")
    if wanted is not None and wanted["key"] == key:
        tickets = _tickets(choice, wanted["runs"])
        every = [ticket for pairs in tickets for ticket in pairs]
        runs.keep("national", every)
        if len(both.done(tickets)) == len(tickets):
            st.success(SAY("national.shown"))
        elif not furniture.failed("national", every):
            _progress(every, wanted)
            return
    else:
        runs.keep("national")
        if st.session_state.pop("national-cancelled", False):
            st.info(SAY("national.cancelled"))
        st.markdown(SAY("national.lead", one_in=f"{1 / runs.SCALE:.0f}"))
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    count = left.number_input(SAY("national.runs"), 1, MOST, 5, key="national-runs")
    if right.button(SAY("national.start"), key="national-start", icon=":material/public:"):
        st.session_state["national"] = {"key": key, "runs": int(count), "begun": time.monotonic()}
        st.rerun()


def _progress(every: list[runs.Ticket], wanted: Mapping[str, Any]) -> None:
    @st.fragment(run_every=1.0)
    def bar() -> None:
        states = [ticket.state for ticket in every]
        if all(state == "done" for state in states) or "failed" in states:
            furniture.redraw(f"national: {wanted}, {states}")
        done = sum(ticket.share for ticket in every)
        left = words.remaining(time.monotonic() - wanted["begun"], done, len(every) - done)
        text = SAY(
            "national.progress",
            done=states.count("done"),
            runs=len(every),
            left=SAY("national.left", minutes=left) if left else "",
        )
        bar_place, button_place = st.columns([5, 1], vertical_alignment="center")
        bar_place.progress(min(done / len(every), 1.0), text=text)
        if button_place.button(furniture.SAY("cancel"), key="cancel-national"):
            runs.keep("national")
            del st.session_state["national"]
            st.session_state["national-cancelled"] = True
            st.rerun()

    bar()
