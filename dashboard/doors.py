"""Asylum or refugee?: the two doors in plain words, and how long each takes in the simulation."""

from __future__ import annotations

import charts_spans
import controls
import furniture
import pandas as pd
import runs
import share
import share_box
import streamlit as st
import words
from furniture import Facts

SAY = words.page("doors")
WORLDS = ("ordinary_years", "baseline")
DOORS = ("refugee", "asylum")


def show() -> None:
    """Draws the page."""
    st.title(SAY("title"))
    st.markdown(SAY("lead"))
    st.info(SAY("education"), icon=":material/school:")
    _in_words()
    st.subheader(SAY("times.heading"))
    link = share.read(st.query_params.to_dict())
    st.session_state.setdefault(
        "doors-world", link.scenario if link.scenario in WORLDS and link.made else WORLDS[0]
    )
    world = st.segmented_control(
        SAY("times.world"), WORLDS, required=True, format_func=lambda name: SAY(f"world.{name}"),
        key="doors-world", persist_state="session",
    )  # fmt: skip
    scenario = controls.load(world)
    if link.scenario == world:
        for note in share.differences(link, scenario, controls.load("baseline")):
            st.info(note, icon=":material/link:")
    done = furniture.await_runs("doors", lambda: [runs.ask(scenario, slot="doors")])
    facts = Facts(scenario.fingerprint, scenario.fingerprint, runs.usual_scale(scenario), (1,))
    if done is not None:
        _times(done[0].answer.doors(), facts)
    st.caption(SAY("rules"))
    if done is not None:
        share_box.show(controls.Choice(scenario, world, world, {}, scenario, scenario), facts)


def _in_words() -> None:
    """A table of the differences: a row for each question, a column for each door."""
    rows = [
        {SAY("column.question"): SAY(f"{row}.question")}
        | {SAY(f"column.{door}"): SAY(f"{row}.{door}") for door in DOORS}
        for row in SAY("rows").split()
    ]  # fmt: skip
    st.subheader(SAY("words.heading"))
    st.table(pd.DataFrame(rows), hide_index=True)


def _times(found: pd.DataFrame, facts: Facts) -> None:
    simulated = found[found["how"] != "law"]
    frame = simulated.assign(
        name=simulated["label"], series=simulated["door"].map(lambda door: SAY(f"column.{door}")),
        low=simulated["p10"], value=simulated["p50"], high=simulated["p90"],
    )  # fmt: skip
    furniture.chart(
        "doors",
        charts_spans.spans(frame, SAY("times.unit")),
        reading=_reading(found),
        alt=SAY("times.alt"),
        table=lambda: _table(found),
        facts=facts,
        note=SAY("times.note"),
    )


def _reading(found: pd.DataFrame) -> str:
    """The time to protection at each door, in words."""
    middle = found[found["right"] == "protection"].set_index("label")["p50"]
    said = [SAY("times.one", label=label, span=_months(months)) for label, months in middle.items()]
    return SAY("times.reading", all="; ".join(said))


def _months(months: float) -> str:
    return SAY("times.not_reached") if pd.isna(months) else SAY("times.months", months=f"{months:.0f}")


def _table(found: pd.DataFrame) -> pd.DataFrame:
    columns = ["label", "door", "since", "how", "fiscal_year", "cases", "reached", "p10", "p50", "p90"]
    table = found[columns].assign(
        door=found["door"].map(lambda door: SAY(f"column.{door}")), how=found["how"].map(lambda how: SAY(f"how.{how}"))
    )  # fmt: skip
    return table.rename(columns={name: SAY(f"table.{name}") for name in columns})
