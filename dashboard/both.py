"""Runs of both scenarios of a page: asked for in pairs, and compared when they are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pairs
import runs
import streamlit as st
from controls import Choice

import sim

Both = tuple[runs.Ticket, ...]


def ask(choice: Choice, slot: str, **how: Any) -> Both:
    return tuple(runs.ask(each, measures=True, slot=slot, **how) for each in choice.pair)


def done(tickets: list[Both]) -> list[Both]:
    return [both for both in tickets if all(ticket.state == "done" for ticket in both)]


def compared(choice: Choice, done: Sequence[Both], fixed: bool) -> sim.Comparison:
    """The runs of both scenarios as a comparison, made once."""
    key = ("compared", choice.names, fixed, tuple(ticket.key for both in done for ticket in both))
    if (made := st.session_state.get("compared", {})).get(fixed, (None,))[0] != key:
        answers = [(first.answer, second.answer) for first, second in done]
        made[fixed] = (key, pairs.compared(choice.names, answers, choice.chosen.look_at, fixed))
        st.session_state["compared"] = made
    return made[fixed][1]
