"""The answer of the What if page: the sentence, and the charts beneath it."""

from __future__ import annotations

from dataclasses import replace

import charts
import furniture
import pandas as pd
import streamlit as st
import words
from furniture import Facts
from pairs import WAITS, Pair

SAY = words.page("what_if")
FIRST_SHOWN = {"asylum": "USCIS:", "court": "Court:", "refugees": "Refugees:", "families": "Relatives:"}
MOST_FACETS = 9
HANDFUL = 20  # simulated cases: a difference of fewer, between two runs, says little


def show(pair: Pair, facts: Facts, stale: bool = False) -> None:
    """The headline sentence and the charts. `stale`: an earlier answer, while a new one is on its way."""
    facts = replace(facts, stale=stale)
    if facts.chosen != facts.reference:
        with st.container(border=True, key="answer"):
            st.markdown(f"**{pair.answer()}**")
    st.caption(
        furniture.SAY("band_words", runs=len(pair.seeds)) if pair.banded else furniture.SAY("no_band_words")
    )
    _backlog(pair, facts)
    _waits(pair, facts)
    _admissions(pair, facts)
    _yearly(pair, facts, "grants", "asylum_granted")
    _apart(pair, facts)


def _gap(pair: Pair, table: str, measure: str, year: int) -> dict[str, str]:
    """For a reading: the scenario's amount, and in words how far it lies from the other's."""
    found = pair.gap(table, measure, year)
    gap, low, high = found["difference"], found["low"], found["high"]
    word = "equal" if abs(gap) < 0.5 else "more" if gap > 0 else "fewer"
    text = SAY(word, amount=words.amount(abs(gap))) if word != "equal" else SAY("equal")
    sure = ""
    if pair.banded and word != "equal" and low * high > 0:
        near, far = sorted((abs(low), abs(high)))
        sure = SAY("sure", near=words.amount(near), far=words.amount(far), more=SAY(f"{word}_word"))
    elif pair.banded and word != "equal":
        sure = SAY("unsure")
    elif word != "equal" and (simulated := abs(gap) * float(pair.comparison.info["scale"])) < HANDFUL:
        sure = SAY("handful", cases=max(1, round(simulated)))
    return {"amount": words.amount(found["level"]), "gap": text, "reference": pair.names[0], "sure": sure}


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    """The table beneath a chart: a line for each fiscal year, a column for each series and band."""
    found = frame.rename(columns={"fiscal_year": "fiscal year"})
    keys = ["fiscal year"] if "facet" not in found else ["facet", "fiscal year"]
    columns = [name for name in ("value", "low", "high") if name in found and found[name].notna().any()]
    known = found.dropna(subset=columns, how="all").set_index([*keys, "series"])
    wide = known[columns].unstack("series", sort=False)
    names = {"value": "{}", "low": "{} (10 %)", "high": "{} (90 %)"}
    wide.columns = [names[kind].format(series) for kind, series in wide.columns]
    return wide.reset_index()


def _backlog(pair: Pair, facts: Facts) -> None:
    st.subheader(SAY("backlog.heading"))
    group = st.segmented_control(
        SAY("backlog.group"),
        list(FIRST_SHOWN),
        default="court",
        required=True,
        format_func=lambda name: SAY(f"backlog.{name}"),
        key="backlog-group",
        persist_state="session",
    )
    names = [name for name in pair.measures("where") if name.startswith(FIRST_SHOWN[group])]
    if group == "court":
        names = [name for name in names if "heard together" not in name] + ["Appeals at the Board"]
    parts = [pair.frame("where", name).assign(facet=name) for name in names]
    parts = sorted((part for part in parts if len(part)), key=lambda part: -part["value"].iloc[0])[
        :MOST_FACETS
    ]
    names = [part["facet"].iloc[0] for part in parts]
    frame = pd.concat(parts, ignore_index=True)
    year, unit = max(pair.years), parts[0]["unit"].iloc[0]
    found = _gap(pair, "where", names[0], year)
    reading = SAY(
        "backlog.reading",
        date=words.date(pair.years[year]),
        unit=SAY(f"unit.{unit}"),
        name=names[0],
        **found,
    )
    shown, grey, note = frame, pair.names[0], SAY("backlog.scales")
    if max(map(len, pair.names)) > charts.SHORT_LABEL:  # there is no room for them at the ends of small lines
        short = dict(zip(pair.names, (SAY("backlog.compared"), SAY("shown")), strict=True))
        shown, grey = frame.replace({"series": short}), short[pair.names[0]]
        note += " " + SAY("backlog.short", **dict(zip(("reference", "chosen"), pair.names, strict=True)))
    furniture.chart(
        "backlog",
        charts.facets(shown, grey=grey),
        reading=reading,
        alt=SAY("backlog.alt", names=", ".join(names)),
        table=lambda: _table(frame),
        facts=facts,
        note=note,
    )


def _waits(pair: Pair, facts: Facts) -> None:
    st.subheader(SAY("waits.heading"))
    who = st.selectbox(
        SAY("waits.group"),
        list(WAITS),
        format_func=lambda name: SAY(f"who.{name}"),
        key="waits-group",
        persist_state="session",
    )
    pathway = who.partition(" ")[0]
    hidden = [desk for desk in pair.misleading if desk.startswith(f"{pathway}.")]
    if hidden:
        desks = "”, “".join(pair.label("stages", desk) for desk in hidden)
        st.info(SAY("waits.hidden", desks=desks, one_in=f"{1 / facts.scale:.0f}"))
        return
    measure = WAITS[who]
    frame = pair.frame("waits", measure)
    years = frame.dropna(subset="value").pivot(index="fiscal_year", columns="series", values="value")
    known = years.get(pair.names[1], pd.Series(dtype=float)).dropna()
    reading = SAY("waits.never")
    if len(known):
        both = years.reindex(columns=list(pair.names)).dropna()
        year = int((both if len(both) else known).index[-1])
        other = years.loc[year].get(pair.names[0])
        reading = SAY(
            "waits.reading",
            year=year,
            span=words.span(known[year]),
            reference_span=SAY("waits.not_reached") if pd.isna(other) else words.span(other),
            reference=pair.names[0],
        )
    if frame["value"].isna().all():  # a run too short for any of them
        st.info(reading)
        return
    open_top = pair.banded and bool((frame["low"].notna() & frame["high"].isna()).any())
    furniture.chart(
        "waits",
        charts.lines(frame, SAY("waits.unit"), grey=pair.names[0]),
        reading=reading,
        alt=SAY("waits.alt"),
        table=lambda: _table(frame),
        facts=facts,
        note=SAY("waits.open_top") if open_top else "",
    )


def _admissions(pair: Pair, facts: Facts) -> None:
    st.subheader(SAY("admissions.heading"))
    frame = pair.frame("headline", "refugees_admitted", whole=True)
    places = pair.frame("quota", "ceiling", whole=True)
    places = places[places["series"] == pair.names[1]].assign(
        series=SAY("admissions.ceiling"), low=None, high=None
    )
    year = max(pair.whole_years)
    found = _gap(pair, "headline", "refugees_admitted", year)
    shown = pd.concat([frame, places.astype(frame.dtypes.to_dict())], ignore_index=True)
    furniture.chart(
        "admissions",
        charts.lines(shown, SAY("admissions.unit"), grey=pair.names[0], steps=[SAY("admissions.ceiling")]),
        reading=SAY(
            "admissions.reading",
            year=year,
            ceiling=words.amount(pair.gap("quota", "ceiling", year)["level"]),
            **found,
        ),
        alt=SAY("admissions.alt"),
        table=lambda: _table(shown),
        facts=facts,
        note=SAY("admissions.small_scale") if facts.scale < 1 else "",
    )


def _yearly(pair: Pair, facts: Facts, name: str, measure: str) -> None:
    st.subheader(SAY(f"{name}.heading"))
    frame = pair.frame("headline", measure, whole=True)
    year = max(pair.whole_years)
    found = _gap(pair, "headline", measure, year)
    furniture.chart(
        name,
        charts.lines(frame, SAY(f"{name}.unit"), grey=pair.names[0]),
        reading=SAY(f"{name}.reading", year=year, **found),
        alt=SAY(f"{name}.alt"),
        table=lambda: _table(frame),
        facts=facts,
    )


def _apart(pair: Pair, facts: Facts) -> None:
    st.subheader(SAY("families.heading"))
    frame = pair.frame("headline", "families_apart")
    year = max(pair.years)
    found = _gap(pair, "headline", "families_apart", year)
    furniture.chart(
        "families",
        charts.lines(frame, SAY("families.unit"), grey=pair.names[0]),
        reading=SAY("families.reading", date=words.date(pair.years[year]), **found),
        alt=SAY("families.alt"),
        table=lambda: _table(frame),
        facts=facts,
    )
