"""Single cases on the Pathways page: the animation, one case under two scenarios, and two people at one desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import animation
import charts_pathways
import followed
import furniture
import pandas as pd
import streamlit as st
import words
from pathways_shown import Shown, date_slider

import sim

SAY = words.page("pathways")
OFFERED = 80  # cases in the list of those to follow
SHOWN_TRAITS = ("nationality", "region", "asylum_office", "relation")
ONE, TWO = "one", "two"


def about(shown: Shown) -> Callable[[str], str]:
    """What is said of a case: when it began (where the scenarios differ in that: both days), and who it is."""
    began = [road.groupby("case", sort=False)["entered"].first() for road in shown.roads]
    last = pd.concat(shown.roads).groupby("case", sort=False)["attributes"].last()

    def said(case: str) -> str:
        days = {
            title: words.date(first[case].date())
            for title, first in zip(shown.titles, began, strict=True)
            if case in first.index
        }
        if not days:
            return case
        since, titles = list(days.values()), list(days)
        both = since[0]
        if len(set(since)) > 1:
            both = SAY("began.either", first=since[0], second=since[-1], one=titles[0], other=titles[-1])
        known = followed.traits(last[case])
        parts = [SAY(f"began.{shown.name}", date=both)]
        parts += [known[name].replace("_", " ").title() for name in SHOWN_TRAITS if name in known]
        if "persons" in known:
            number = int(known["persons"])
            parts.append(SAY("began.person") if number == 1 else SAY("began.persons", number=number))
        return ", ".join(parts)

    return said


# -- the animation ---------------------------------------------------------------------------------


@st.cache_data(max_entries=12, show_spinner=False)
def _cast(keys: tuple[str, ...], pathway: str, _shown: Shown) -> animation.Cast:
    order = [stage.name for stage in _shown.graph.stages]
    return animation.cast(_shown.roads, animation.sample(_shown.roads), _shown.dates, order)


def play(shown: Shown) -> None:
    """Up to two hundred cases as dots that move through the stages."""
    cast = _cast(tuple(shown.keys), shown.name, shown)
    cases = cast.cases
    st.subheader(SAY("play.heading", number=len(cases)))
    if not cases:
        st.info(SAY("play.none"))
        return
    st.markdown(SAY("play.lead"))
    start = cast.dates[0]
    there = set(shown.roads[0].loc[shown.roads[0]["entered"] <= pd.Timestamp(start), "case"])
    apart = set(shown.apart["case"]) if len(shown.titles) > 1 else set()
    script = animation.script(
        cast,
        shown.titles,
        lambda stage: (
            SAY("play.over", stage=shown.label(stage)) if stage in shown.ends else shown.label(stage)
        ),
        shown.ends,
        {case: 0 if case in there else 1 for case in cases},
        apart,
        about(shown),
        words.date,
    )
    named = ("play", "pause", "back", "on", "speed", "slow", "normal", "fast", "date")
    script["words"] = {name: SAY(f"play.{name}") for name in named}
    script["words"]["kinds"] = [SAY(f"play.{name}") for name in ("there", "later", "apart")]
    script["words"]["alt"] = SAY("play.alt", number=len(cases))
    furniture.drawn(
        "pathway-animation",
        lambda: furniture.component("player")(data=script, key="player", on_case_change=_follow_clicked),
        reading=_play_reading(shown, cast, apart),
        table=lambda: _play_table(shown, cast),
        facts=shown.facts,
        note=SAY("play.few", number=len(cases)) if len(cases) < animation.MOST else "",
    )


def _follow_clicked() -> None:
    """A dot was clicked: that case is followed."""
    st.session_state["follow-mode"] = ONE
    st.session_state["follow-clicked"] = st.session_state["player"]["case"]


def _play_reading(shown: Shown, cast: animation.Cast, apart: set[str]) -> str:
    over = []
    for scenario in range(len(shown.titles)):
        last = cast.counts(scenario).iloc[-1]
        over.append(int(sum(last[stage] for stage in cast.stages if stage in shown.ends)))
    other = ""
    if len(over) > 1:
        other = SAY("play.other", over=over[1], name=shown.titles[1], apart=len(apart & set(cast.cases)))
    return SAY(
        "play.reading",
        number=len(cast.cases),
        date=words.date(cast.dates[-1]),
        over=over[0],
        name=shown.titles[0],
        other=other,
    )


def _play_table(shown: Shown, cast: animation.Cast) -> pd.DataFrame:
    dates = animation.year_ends(cast.dates)
    columns = {SAY("column.date"): [words.date(date) for date in dates]}
    for scenario, title in enumerate(shown.titles):
        said = animation.in_words(cast, scenario, shown.label, dates)
        columns[SAY("play.words", name=title)] = list(said.values())
    return pd.DataFrame(columns)


# -- following -------------------------------------------------------------------------------------


def follow(shown: Shown) -> None:
    """One case by its history, or two people at one desk, under each scenario."""
    st.subheader(SAY("follow.heading"))
    modes = [ONE, TWO]
    st.session_state.setdefault("follow-mode", ONE)
    mode = st.segmented_control(
        SAY("follow.mode"), modes, required=True, key="follow-mode",
        format_func=lambda each: SAY(f"follow.{each}"),
    )  # fmt: skip
    (_two if mode == TWO else _one)(shown)


def _one(shown: Shown) -> None:
    said = about(shown)
    apart = shown.apart.set_index("case") if len(shown.titles) > 1 else pd.DataFrame()
    clicked = st.session_state.pop("follow-clicked", None)
    offered = list(dict.fromkeys([*apart.index[:OFFERED], *animation.sample(shown.roads)]))
    if clicked is not None and clicked not in offered:
        offered.insert(0, clicked)
    if not offered:
        st.info(SAY("follow.none"))
        return
    key = f"follow-case-{shown.name}"
    if clicked is not None:
        st.session_state[key] = clicked
    elif st.session_state.get(key) not in offered:
        st.session_state[key] = offered[0]

    def line(case: str) -> str:
        if case not in apart.index:
            return SAY("follow.same", about=said(case))
        row = apart.loc[case]
        here, there = (
            _end(shown, row[end], row[day]) for end, day in (("other_end", "other_ended"), ("end", "ended"))
        )
        return SAY("follow.differs", about=said(case), end=here, other_end=there)

    case = st.selectbox(SAY("follow.case"), offered, format_func=line, key=key, help=SAY("follow.case_help"))
    roads = [result.road(case) for result in shown.results]
    row = apart.loc[case] if case in apart.index else None
    if row is not None:
        known = row["same_until"] > row["began"]
        reading = SAY(
            "follow.reading" if known else "follow.reading_apart",
            about=said(case),
            end=_end(shown, row["end"], row["ended"]),
            name=shown.titles[0],
            other_end=_end(shown, row["other_end"], row["other_ended"]),
            other=shown.titles[1],
            parted=words.date(row["same_until"].date()),
        )
    elif len(shown.titles) > 1:
        reading = SAY("follow.reading_same", about=said(case))
    else:
        road = shown.roads[0]
        last = road[road["case"] == case].iloc[-1]
        ended = last["entered"] if last["stage"] in shown.ends else pd.NaT
        reading = SAY("follow.reading_one", about=said(case), end=_end(shown, last["stage"], ended))
    rows = dict(zip(shown.titles, roads, strict=True))
    _timeline(shown, rows, "case-road", reading, SAY("follow.alt"), SAY("follow.note"))


def _end(shown: Shown, stage: str, ended: pd.Timestamp) -> str:
    if pd.isna(ended):
        return SAY("follow.open", stage=shown.label(stage))
    return SAY("follow.ended", stage=shown.label(stage), date=words.date(ended.date()))


def _two(shown: Shown) -> None:
    date = date_slider(shown, "two-date", SAY("two.date"))
    desk = _desk(shown, date)
    served = {way.name for way in shown.graph.stage(desk).transitions}
    office = shown.graph.stage(desk).per
    two = followed.two_people(shown.roads, desk, served, date, office)
    if two is None:
        st.info(SAY("two.none", date=words.date(date), desk=shown.label(desk)))
        return
    began = shown.roads[0].groupby("case", sort=False)["entered"].first()
    called = "".join(_called(title, *pair) for title, pair in zip(shown.titles, two.called, strict=True))
    reading = SAY(
        "two.reading",
        date=words.date(date),
        older=words.date(began[two.older].date()),
        newer=words.date(began[two.newer].date()),
        called=called,
    )
    rows = {
        SAY("two.row", who=SAY(f"two.{who}"), name=title): result.road(case)
        for title, result in zip(shown.titles, shown.results, strict=True)
        for who, case in (("older", two.older), ("newer", two.newer))
    }
    _timeline(
        shown, rows, "two-people", reading, SAY("two.alt", date=words.date(date)), SAY("two.note"), date
    )


def _desk(shown: Shown, date: dt.date) -> str:
    """The desk at which the most wait on a date."""
    stages = shown.results[0].stages(shown.name, date).set_index("stage")
    desks = [name for name in stages.index if shown.graph.stage(name).kind in ("desk", "gate")]
    return str(stages.loc[desks, "waiting"].idxmax())


def _called(title: str, older: pd.Timestamp | None, newer: pd.Timestamp | None) -> str:
    if older is None and newer is None:
        return SAY("two.neither", name=title)
    if older == newer:
        return SAY("two.together", name=title, older=_on(older))
    first = newer is not None and (older is None or newer < older)
    return SAY(
        "two.first_newer" if first else "two.first_older", name=title, older=_on(older), newer=_on(newer)
    )


def _on(day: pd.Timestamp | None) -> str:
    return SAY("two.never") if day is None else SAY("two.day", date=words.date(day.date()))


def _timeline(
    shown: Shown,
    roads: dict[str, pd.DataFrame],
    key: str,
    reading: str,
    alt: str,
    note: str,
    mark: dt.date | None = None,
) -> None:
    """Roads as rows of bars, and as a table."""
    graphs = {name: _ends_of(name) for name in shown.labels["pathways"]}
    over = {f"{name}.{stage}" for name, stages in graphs.items() for stage in stages}
    bars, ends = [], {}
    for row, road in roads.items():
        found, end = followed.segments(road, shown.dates[-1], shown.labels["stages"], over)
        bars.append(found.assign(row=row))
        if end:
            ends[row] = (road["entered"].iloc[-1], end)
    frame = pd.concat(bars, ignore_index=True)
    table = pd.DataFrame(
        {
            SAY("column.scenario"): frame["row"],
            SAY("column.stage"): frame["stage"],
            SAY("column.entered"): [words.date(day.date()) for day in frame["from"]],
            SAY("column.left"): [
                SAY("column.still") if still else words.date(day.date())
                for still, day in zip(frame["open"], frame["to"], strict=True)
            ],
            SAY("column.days"): frame["days"],
        }
    )
    said = words.date(mark) if mark else ""
    figure = charts_pathways.timeline(frame, ends, mark, said)
    furniture.chart(key, figure, reading=reading, alt=alt, table=lambda: table, facts=shown.facts, note=note)


def _ends_of(pathway: str) -> list[str]:
    return [stage.name for stage in sim.pathway(pathway).stages if not stage.holds_cases]
