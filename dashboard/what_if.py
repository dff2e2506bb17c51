"""The What if page: levers, the answer of the real engine at once, bands as they come, and the country on request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import charts
import controls
import furniture
import pandas as pd
import runs
import share_box
import streamlit as st
import words
from controls import Choice
from furniture import Facts
from pairs import WAITS, Pair, compared

import sim

SAY = words.page("what_if")
BANDS = 10  # pairs of runs behind the bands
REST = 2.0  # seconds without a move before bands begin
FEWEST = 3  # pairs from which bands are drawn
MOST_NATIONAL = 20
FIRST_SHOWN = {"asylum": "USCIS:", "court": "Court:", "refugees": "Refugees:", "families": "Relatives:"}
MOST_FACETS = 9
Both = tuple[runs.Ticket, ...]


def show() -> None:
    """Draws the page."""
    st.title(SAY("title"))
    st.caption(SAY("lead"))
    choice = controls.choose()
    for note in choice.notes:
        st.info(note, icon=":material/link:")
    for line in choice.refused:
        st.error(line)
    _settings_line(choice)
    answers = furniture.await_runs("now", lambda: [_ask(each) for each in choice.pair])
    if answers is None:
        earlier = st.session_state.get("what-if-shown")
        if earlier is not None:
            _answer(*earlier, stale=True)
        return
    pair = Pair(choice.names, _compared(choice, [tuple(answers)], fixed=True))
    if choice.chosen.fingerprint == choice.reference.fingerprint:
        st.info(SAY("same"))
    else:
        pair = _with_bands(choice, pair)
    national = _national_done(choice)
    facts = _facts(choice, pair)
    if national is not None:
        pair, facts = national, _facts(choice, national)
    st.session_state["what-if-shown"] = (pair, facts)
    _answer(pair, facts)
    if choice.chosen.fingerprint != choice.reference.fingerprint and runs.usual_scale(choice.chosen) < 1:
        _national(choice)
    share_box.show(choice, facts)


def _ask(scenario: sim.Scenario, **how: Any) -> runs.Ticket:
    return runs.ask(scenario, measures=True, **{"slot": "now", **how})


def _facts(choice: Choice, pair: Pair) -> Facts:
    scale = float(pair.comparison.info["scale"])
    return Facts(choice.chosen.fingerprint, choice.reference.fingerprint, scale, pair.seeds)


def _compared(choice: Choice, done: Sequence[Both], fixed: bool) -> sim.Comparison:
    """The runs of both scenarios as a comparison, made once."""
    key = ("compared", choice.names, fixed, tuple(ticket.key for both in done for ticket in both))
    if (made := st.session_state.get("compared", {})).get(fixed, (None,))[0] != key:
        answers = [(first.answer, second.answer) for first, second in done]
        made[fixed] = (key, compared(choice.names, answers, choice.chosen.look_at, fixed))
        st.session_state["compared"] = made
    return made[fixed][1]


def _settings_line(choice: Choice) -> None:
    chips = controls.chips(choice)
    text = SAY("moved", title=choice.base.title) + "; ".join(chips) if chips else ""
    st.markdown(text or SAY("nothing_moved", title=choice.base.title))


# -- bands -----------------------------------------------------------------------------------------


def _with_bands(choice: Choice, pair: Pair) -> Pair:
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
        tuple(_ask(each, seed=seed, drawn=True, later=True, slot="bands") for each in choice.pair)
        for seed in range(1, BANDS + 1)
    ]
    runs.keep("bands", [ticket for both in tickets for ticket in both])
    done = _done(tickets)
    if len(done) < BANDS and not furniture.failed("bands", [ticket for both in tickets for ticket in both]):
        _bands_progress(key, tickets, len(done))
    if len(done) < FEWEST:
        return pair
    return Pair(choice.names, _compared(choice, done, fixed=False))


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


def _done(tickets: list[Both]) -> list[Both]:
    return [both for both in tickets if all(ticket.state == "done" for ticket in both)]


def _bands_progress(key: tuple[str, str], tickets: list[Both], drawn: int) -> None:
    begun = st.session_state.setdefault(f"begun-{key}", (time.monotonic(), drawn))

    @st.fragment(run_every=1.0)
    def bar() -> None:
        done = len(_done(tickets))
        wrong = any(ticket.state == "failed" for both in tickets for ticket in both)
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


# -- the country -----------------------------------------------------------------------------------


def _national_tickets(choice: Choice, count: int) -> list[Both]:
    return [
        tuple(
            _ask(each, seed=seed, drawn=True, scale=1.0, later=True, slot="national") for each in choice.pair
        )
        for seed in range(1, count + 1)
    ]


def _national_done(choice: Choice) -> Pair | None:
    wanted = st.session_state.get("national")
    if wanted is None or wanted["key"] != (choice.chosen.fingerprint, choice.reference.fingerprint):
        return None
    done = _done(_national_tickets(choice, wanted["runs"]))
    return Pair(choice.names, _compared(choice, done, fixed=False)) if len(done) == wanted["runs"] else None


def _national(choice: Choice) -> None:
    st.subheader(SAY("national.heading"))
    key = (choice.chosen.fingerprint, choice.reference.fingerprint)
    wanted = st.session_state.get("national")
    if wanted is not None and wanted["key"] == key:
        tickets = _national_tickets(choice, wanted["runs"])
        every = [ticket for both in tickets for ticket in both]
        runs.keep("national", every)
        if len(_done(tickets)) == len(tickets):
            st.success(SAY("national.shown"))
        elif not furniture.failed("national", every):
            _national_progress(every, wanted)
            return
    else:
        runs.keep("national")
        if st.session_state.pop("national-cancelled", False):
            st.info(SAY("national.cancelled"))
        st.markdown(SAY("national.lead", one_in=f"{1 / runs.SCALE:.0f}"))
    left, right = st.columns([1, 3], vertical_alignment="bottom")
    count = left.number_input(SAY("national.runs"), 1, MOST_NATIONAL, 5, key="national-runs")
    if right.button(SAY("national.start"), key="national-start", icon=":material/public:"):
        st.session_state["national"] = {"key": key, "runs": int(count), "begun": time.monotonic()}
        st.rerun()


def _national_progress(every: list[runs.Ticket], wanted: Mapping[str, Any]) -> None:
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


# -- the answer ------------------------------------------------------------------------------------


def _answer(pair: Pair, facts: Facts, stale: bool = False) -> None:
    """The headline sentence and the charts. `stale`: an earlier answer, while a new one is on its way."""
    from dataclasses import replace

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
    return {"amount": words.amount(found["level"]), "gap": text, "reference": pair.names[0], "sure": sure}


def _table(frame: pd.DataFrame) -> pd.DataFrame:
    """The table beneath a chart: a line for each fiscal year, a column for each series and band."""
    found = frame.rename(columns={"fiscal_year": "fiscal year"})
    keys = ["fiscal year"] if "facet" not in found else ["facet", "fiscal year"]
    columns = [name for name in ("value", "low", "high") if name in found and found[name].notna().any()]
    wide = found.pivot_table(index=keys, columns="series", values=columns, sort=False, observed=True)
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
    furniture.chart(
        "backlog",
        charts.facets(frame, grey=pair.names[0]),
        reading=reading,
        alt=SAY("backlog.alt", names=", ".join(names)),
        table=_table(frame),
        facts=facts,
        note=SAY("backlog.scales"),
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
    known = frame.dropna(subset="value")
    chosen = known[known["series"] == pair.names[1]]
    year = int(chosen["fiscal_year"].max()) if len(chosen) else max(pair.years)
    found = pair.gap("waits", measure, year)
    spans = [
        SAY("waits.not_reached") if pd.isna(days) else words.span(days)
        for days in (found["reference"], found["level"])
    ]
    furniture.chart(
        "waits",
        charts.lines(frame, SAY("waits.unit"), grey=pair.names[0]),
        reading=SAY(
            "waits.reading", year=year, span=spans[1], reference_span=spans[0], reference=pair.names[0]
        ),
        alt=SAY("waits.alt"),
        table=_table(frame),
        facts=facts,
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
        table=_table(shown),
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
        table=_table(frame),
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
        table=_table(frame),
        facts=facts,
    )
