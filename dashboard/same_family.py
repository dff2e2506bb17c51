"""The same families through both doors, on the Families page: an experiment that a visitor may set up."""

from __future__ import annotations

import charts
import controls
import furniture
import pandas as pd
import runs
import streamlit as st
import words
from controls import Choice
from furniture import Facts
from worker import Family

SAY = words.page("families")
SCALE = 0.05
FAMILIES = 2000
"""a year: few against the country's flows, and a hundred cases at this scale"""
MOST_CHILDREN = 5
FATES = ("together", "reunited", "still_apart", "lost", "rest")


def show(choice: Choice) -> None:
    """Draws the section: who the family is, and, when asked for, what becomes of it at each door."""
    st.subheader(SAY("same.heading"))
    st.markdown(SAY("same.lead", families=f"{FAMILIES:,}"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        spouse = st.checkbox(SAY("same.spouse"), value=True, key="same-spouse")
        apart = st.checkbox(SAY("same.left_behind"), key="same-apart")
        children = st.number_input(
            SAY("same.children"), 0 if spouse else 1, MOST_CHILDREN, 2, key="same-children", width=160
        )
    family = Family(int(spouse), int(children), apart, FAMILIES)
    asked = (choice.chosen.fingerprint, family)
    if st.button(SAY("same.start"), key="same-start", icon=":material/play_arrow:"):
        st.session_state["same-asked"] = asked
    if st.session_state.get("same-asked") != asked:
        runs.keep("same")
        return
    done = furniture.await_runs(
        "same", lambda: [runs.ask(choice.chosen, scale=SCALE, family=family, later=True, slot="same")]
    )
    if done is not None:
        _chart(done[0].answer, choice, family)


def _chart(found: pd.DataFrame, choice: Choice, family: Family) -> None:
    found = found.assign(rest=found["relatives"] - found[list(FATES[:-1])].sum(axis=1)).set_index("door")
    rows = [
        {"series": SAY(f"same.at.{door}"), "name": SAY(f"same.{fate}"), "value": 100 * line[fate] / line["relatives"]}
        for door, line in found.iterrows()
        for fate in FATES
    ]  # fmt: skip
    said = [
        SAY(
            "same.door" if line["protected"] else "same.door_none",
            door=SAY(f"same.at.{door}"),
            percent=f"{100 * line['protected'] / line['families']:.0f}",
            months=f"{line['months_to_protection']:.0f}",
            apart=f"{line['months_apart']:.0f}",
        )
        for door, line in found.iterrows()
    ]
    fingerprint = choice.chosen.fingerprint
    furniture.chart(
        "same",
        charts.bars(pd.DataFrame(rows), SAY("same.unit"), height=360),
        reading=" ".join(said),
        alt=SAY("same.alt"),
        table=lambda: _table(found),
        facts=Facts(fingerprint, fingerprint, SCALE, (1,)),
        note=SAY("same.note", cases=f"{FAMILIES * SCALE:.0f}"),
    )
    load = f'sim.load("{choice.base_name}")'
    if choice.chosen is not choice.base or choice.base_name == controls.FILE:
        load = f'sim.load("{choice.chosen.name}.yaml")  # the scenario file of this page'
    st.code(
        f"import sim\n\nscenario = {load}\n"
        f'sim.same_family(scenario, spouse={family.spouse}, children={family.children}, '
        f"left_behind={family.left_behind}, families={family.families}, scale={SCALE:g}, seed=1)",
        wrap_lines=True,
    )  # fmt: skip


def _table(found: pd.DataFrame) -> pd.DataFrame:
    names = ("families", "protected", "months_to_protection", "relatives", *FATES, "months_apart")
    table = found.T.loc[list(names)].rename(columns={door: SAY(f"same.at.{door}") for door in found.index})
    return table.assign(what=[SAY(f"same.{name}") for name in names])[["what", *table.columns]].rename(
        columns={"what": SAY("column.what")}
    )
