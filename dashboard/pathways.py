"""The Pathways page: each state machine with a run's figures on it, its flows in a year, and single cases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import charts_pathways
import controls
import furniture
import pandas as pd
import pathways_cases
import runs
import share
import share_box
import streamlit as st
import words
from charts_pathways import BACK, FROM, OTHER
from furniture import Facts
from pathways_shown import Shown, date_slider, one_of
from share import PATHWAYS as NAMES

import sim

SAY = words.page("pathways")
THIN = 0.01  # beside the widest: streams below this are in the table only
HISTORY = 0.07  # of the cases that are run: about two hundred of the smallest pathway


def show() -> None:
    """Draws the page."""
    st.session_state.setdefault("pathway", NAMES[0])
    choice = controls.begin(SAY, *share.VIEW)
    two = choice.chosen.fingerprint != choice.reference.fingerprint
    scenarios = list(choice.pair) if two else [choice.chosen]
    name = st.segmented_control(
        SAY("pathway"), NAMES, required=True, format_func=_pathway_title, key="pathway",
        persist_state="session",
    )  # fmt: skip
    done = furniture.await_runs(
        "pathways", lambda: [runs.ask(each, history=HISTORY, slot="pathways") for each in scenarios]
    )
    if done is None:
        return
    titles = list(choice.names) if two else [choice.names[0]]
    facts = Facts(
        choice.chosen.fingerprint, choice.reference.fingerprint, runs.usual_scale(choice.chosen), (1,)
    )
    shown = Shown(name, titles, [each.key for each in done], [each.answer for each in done], facts)
    if not two:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.info(SAY("one_scenario"))
            st.button(SAY("try_order"), key="try-order", on_click=_oldest_first, icon=":material/swap_vert:")
    body, foot = st.container(), st.container()
    with foot:
        relink = share_box.show(choice, facts)
    with body:
        _map(shown, partial(_dated, choice, relink))
        _flows(shown)
        pathways_cases.play(shown)
        pathways_cases.follow(shown)


def _dated(choice: controls.Choice, relink: Callable[[], None]) -> None:
    """The link says the date on the map, which is drawn without the rest of the page."""
    choice.view |= controls.seen("date")
    controls.write_link(choice)
    relink()


def _pathway_title(name: str) -> str:
    return sim.pathway(name).label


def _oldest_first() -> None:
    """Moves the lever: everybody's interviews in the order of filing."""
    st.session_state["lever-order"] = 100


# -- the state machine -----------------------------------------------------------------------------


@st.fragment
def _map(shown: Shown, dated: Callable[[], None]) -> None:
    st.subheader(SAY("map.heading"))
    number = one_of(shown, "map")
    date = date_slider(shown, "map-date", SAY("map.date"))
    dated()
    result = shown.results[number]
    stages = result.stages(shown.name, date)
    last = pd.Period(date, "M")
    moves = result.moves(shown.name, str(last - 11), str(last))
    written = _written(shown, stages, moves, date)
    pathways = [sim.pathway(name) for name in NAMES]
    draw = partial(shown.graph.svg, pathways, written)
    words_of = {key: SAY(f"map.{key}") for key in ("smaller", "larger", "fit")}
    words_of["alt"] = SAY("map.alt", pathway=shown.title)
    data = {"svg": draw("light", tall=True), "name": shown.name, "words": words_of}
    hidden = [shown.label(row.stage) for row in stages.itertuples() if row.hidden]
    note = f"{SAY('map.note')} {SAY('map.legend')}"
    if hidden:
        one_in = f"{1 / shown.facts.scale:.0f}"
        note += " " + SAY("map.hidden", one_in=one_in, desks="”, “".join(hidden))
    furniture.drawn(
        "pathway-map",
        lambda: furniture.component("map")(data=data, key="map"),
        reading=_map_reading(shown, stages, date),
        table=lambda: _map_table(stages),
        facts=shown.facts,
        note=note,
        more=partial(_map_files, shown, partial(draw, "reader's"), pathways),
    )


def _written(shown: Shown, stages: pd.DataFrame, moves: pd.DataFrame, date: dt.date) -> sim.Written:
    """The figures of a date as they are written on the drawing."""
    texts: dict[str, tuple[str, ...]] = {}
    for row in stages.itertuples():
        lines = [SAY("map.cases", amount=words.amount(row.cases))]
        if pd.notna(row.p50):
            lines.append(_waited("map.waited", row.p50))
        elif row.hidden:
            lines.append(SAY("map.wait_hidden"))
        texts[row.stage] = tuple(lines)
    for stage, came in moves.groupby("to_stage")["cases"].sum().items():
        if stage in shown.ends and shown.graph.stage(stage).kind == "outcome":
            texts[str(stage)] = (SAY("map.came", amount=words.amount(came)),)
    ways = list(zip(moves["from_stage"], moves["to_stage"], strict=True))
    return sim.Written(
        stages=texts,
        stocks=dict(zip(stages["stage"], stages["cases"].astype(float), strict=True)),
        moves={way: words.amount(cases) for way, cases in zip(ways, moves["cases"], strict=True)},
        flows={way: float(cases) for way, cases in zip(ways, moves["cases"], strict=True)},
        about=SAY("map.about_first" if moves.empty else "map.about", date=words.date(date)),
    )


def _map_reading(shown: Shown, stages: pd.DataFrame, date: dt.date) -> str:
    most = stages.loc[stages["cases"].idxmax()]
    wait = ""
    if pd.notna(most["p50"]):
        year = date.year + (date.month >= 10)
        wait = " " + _waited("map.wait", most["p50"], year=year)
        if pd.notna(most["p90"]):
            wait += " " + SAY("map.wait_nine", span=words.span(most["p90"]))
    return SAY(
        "map.reading",
        date=words.date(date),
        cases=words.amount(stages["cases"].sum()),
        persons=words.amount(stages["persons"].sum()),
        stage=most["label"],
        amount=words.amount(most["cases"]),
        wait=wait,
    )


def _waited(key: str, days: float, **values: int) -> str:
    """A median wait in words."""
    return SAY(f"{key}_at_once", **values) if days < 1.5 else SAY(key, span=words.span(days), **values)


def _map_table(stages: pd.DataFrame) -> pd.DataFrame:
    names = {
        "label": "stage",
        "cases": "cases",
        "persons": "people",
        "waiting": "waiting",
        "p50": "p50",
        "p90": "p90",
    }
    return stages[[*names, "note"]].rename(columns={old: SAY(f"column.{new}") for old, new in names.items()})


def _map_files(shown: Shown, draw: Callable[..., str], pathways: list[sim.Pathway]) -> None:
    name = f"pathway-{shown.name}"
    st.download_button(
        SAY("map.wide"), draw, f"{name}-wide.svg", "image/svg+xml", key="map-wide", on_click="ignore"
    )
    dot = partial(shown.graph.dot, pathways)
    st.download_button(
        SAY("map.graph"), dot, f"{name}.dot", "text/vnd.graphviz", key="map-graph", on_click="ignore"
    )


# -- flows -----------------------------------------------------------------------------------------


@st.fragment
def _flows(shown: Shown) -> None:
    st.subheader(SAY("flows.heading"))
    number = one_of(shown, "flows")
    result = shown.results[number]
    years = {int(year): days["whole"] for year, days in result.info["summary"]["fiscal_years"].items()}
    whole = [year for year, all_of_it in years.items() if all_of_it] or list(years)
    left, right = st.columns(2)
    if st.session_state.get("flows-year") not in years:
        st.session_state["flows-year"] = whole[len(whole) // 2]
    year = left.selectbox(
        SAY("flows.year"),
        list(years),
        key="flows-year",
        format_func=lambda each: str(each) if years[each] else SAY("flows.partly", year=each),
    )
    unit = right.segmented_control(
        SAY("flows.unit"), ("cases", "persons"), default="cases", required=True, key="flows-unit",
        format_func=lambda each: SAY(f"flows.{each}"),
    )  # fmt: skip
    moves = result.moves(shown.name, f"{year - 1}-10", f"{year}-09")
    if moves.empty:
        st.info(SAY("flows.reading_none", year=year))
        return
    order = [stage.name for stage in shown.graph.stages]
    outcomes = [stage.name for stage in shown.graph.stages if stage.kind == "outcome"]
    wide, thin = charts_pathways.widest(charts_pathways.without_circles(moves, order, unit), THIN, outcomes)
    said = SAY(f"flows.{unit}")
    branches = [stage.name for stage in shown.graph.stages if stage.kind == "branch"]
    furniture.chart(
        "pathway-flows",
        charts_pathways.sankey(
            charts_pathways.with_others(wide, thin), partial(_node, shown), said, branches
        ),
        reading=_flows_reading(shown, moves, year, unit),
        alt=SAY("flows.alt", unit=said, pathway=shown.title, year=year),
        table=lambda: _flows_table(shown, moves),
        facts=shown.facts,
        note=SAY("flows.note") + (_left_out(thin, said) if len(thin) else ""),
    )


def _left_out(thin: pd.DataFrame, unit: str) -> str:
    amount = words.amount(thin["value"].sum())
    return " " + SAY("flows.thin", number=len(thin), amount=amount, unit=unit)


def _node(shown: Shown, node: str) -> str:
    """The plain name of a place in the table `flow`: a stage, a way back, a source, another pathway's outcome."""
    if node == OTHER:
        return SAY("flows.other")
    if node.startswith(BACK):
        return SAY("flows.back", stage=shown.label(node.removeprefix(BACK)))
    if not node.startswith(FROM):
        return shown.label(node)
    name = node.removeprefix(FROM)
    for source in shown.graph.sources:
        if source.name == name:
            return source.label
    pathway, _, rest = name.partition(".")
    stage = f"{pathway}.{rest.split('.')[0]}"
    return f"{shown.labels['pathways'].get(pathway, pathway)}: {shown.labels['stages'].get(stage, rest)}"


def _flows_reading(shown: Shown, moves: pd.DataFrame, year: int, unit: str) -> str:
    widest = moves.loc[moves[unit].idxmax()]
    came = moves[moves["from_stage"].str.startswith(FROM)][unit].sum()
    outcomes = {stage.name for stage in shown.graph.stages if stage.kind == "outcome"}
    return SAY(
        "flows.reading",
        year=year,
        came=words.amount(came),
        unit=SAY(f"flows.{unit}"),
        ended=words.amount(moves[moves["to_stage"].isin(outcomes)][unit].sum()),
        amount=words.amount(widest[unit]),
        start=_node(shown, widest["from_stage"]),
        end=_node(shown, widest["to_stage"]),
    )


def _flows_table(shown: Shown, moves: pd.DataFrame) -> pd.DataFrame:
    ordered = moves.sort_values("cases", ascending=False)
    return pd.DataFrame(
        {
            SAY("column.from"): [_node(shown, name) for name in ordered["from_stage"]],
            SAY("column.to"): [_node(shown, name) for name in ordered["to_stage"]],
            SAY("column.cases"): ordered["cases"].to_numpy(),
            SAY("column.people"): ordered["persons"].to_numpy(),
        }
    )
