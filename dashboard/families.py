"""The Families page: relatives left behind at both doors, what keeps them apart, and policies."""

from __future__ import annotations

from functools import cache

import charts
import charts_spans
import controls
import furniture
import pairs
import pandas as pd
import runs
import same_family
import share_box
import streamlit as st
import words
from controls import Choice
from furniture import Facts

import sim

SAY = words.page("families")
APART = "families_apart"
PAIRS = 4  # of runs behind each policy
DOORS = ("refugee", "asylum")


def show() -> None:
    """Draws the page."""
    choice = controls.begin(SAY)
    same = choice.chosen.fingerprint == choice.reference.fingerprint
    asked = [choice.chosen] if same else [choice.chosen, choice.reference]
    done = furniture.await_runs("families", lambda: [runs.ask(each, slot="families") for each in asked])
    if done is None:
        return
    facts = Facts(
        choice.chosen.fingerprint, choice.reference.fingerprint, runs.usual_scale(choice.chosen), (1,)
    )
    results = [ticket.answer for ticket in done]
    with st.container(border=True, key="answer"):
        st.markdown(_headline(results[0]))
    st.caption(furniture.SAY("no_band_words"))
    _fates(results[0], facts)
    _phases(results[0], facts)
    _over_time(choice, results, facts)
    if runs.usual_scale(choice.chosen) < 1:
        same_family.show(choice)
    _policies()
    share_box.show(choice, facts)


def _headline(result: sim.Result) -> str:
    fates = result.fates()
    parts = []
    for door, lines in fates.groupby("door", sort=False):
        fate = lines[lines["kind"] == "fate"]
        reunited = fate.set_index("name")["each"]["reunited"]
        months = lines[lines["kind"] == "phase"]["each"].sum()
        parts.append(
            SAY(
                f"headline.{door}",
                relatives=words.amount(fate["amount"].sum()),
                percent=f"{100 * reunited:.0f}",
                months=f"{months:.0f}",
            )
        )
    return "\n\n".join(parts) or SAY("headline.none")


def _fates(result: sim.Result, facts: Facts) -> None:
    st.subheader(SAY("fates.heading"))
    found = result.fates()
    found = found[(found["kind"] == "fate") & found.groupby("name")["amount"].transform("any")]
    frame = found.assign(series=_doors(found), name=[SAY(f"fate.{name}") for name in found["name"]])
    frame = frame.assign(value=100 * found["each"])
    furniture.chart(
        "fates",
        charts.bars(frame, SAY("fates.unit"), height=380),
        reading=SAY("fates.reading"),
        alt=SAY("fates.alt"),
        table=lambda: _table(frame, SAY("fates.amount"), SAY("fates.unit"), "value"),
        facts=facts,
    )


def _phases(result: sim.Result, facts: Facts) -> None:
    st.subheader(SAY("phases.heading"))
    found = result.fates()
    found = found[found["kind"] == "phase"]
    frame = found.assign(series=_doors(found), name=found["label"], value=found["each"])
    longest = [
        SAY("phases.longest", door=name, phase=lines.loc[lines["value"].idxmax(), "name"],
            months=f"{lines['value'].max():.0f}")
        for name, lines in frame.groupby("series", sort=False)
    ]  # fmt: skip
    furniture.chart(
        "phases",
        charts.bars(frame, SAY("phases.unit"), height=360),
        reading=SAY("phases.reading", all="; ".join(longest)),
        alt=SAY("phases.alt"),
        table=lambda: _table(frame, SAY("phases.amount"), SAY("phases.unit"), "value"),
        facts=facts,
        note=SAY("phases.note"),
    )


def _over_time(choice: Choice, results: list[sim.Result], facts: Facts) -> None:
    st.subheader(SAY("time.heading"))
    names = choice.names[::-1] if len(results) > 1 else choice.names[:1]
    frames = [_apart(result).assign(series=name) for name, result in zip(names, results, strict=True)]
    frame = pd.concat(frames[::-1], ignore_index=True)
    last = frames[0].iloc[-1]
    furniture.chart(
        "apart",
        charts.lines(frame, SAY("time.unit"), grey=choice.names[0] if len(frames) > 1 else ""),
        reading=SAY("time.reading", date=words.date(last["date"].date()), amount=words.amount(last["value"])),
        alt=SAY("time.alt"),
        table=lambda: frame[["fiscal_year", "series", "value"]].pivot_table(
            index="fiscal_year", columns="series", values="value", sort=False
        ).reset_index().rename(columns={"fiscal_year": "fiscal year"}),
        facts=facts,
    )  # fmt: skip


def _apart(result: sim.Result) -> pd.DataFrame:
    """Relatives still apart at the end of each fiscal year."""
    years = result.info["summary"]["fiscal_years"]
    counts = result.info["summary"][APART]
    rows = [(int(year), pd.Timestamp(years[year]["to"]), counts[year]) for year in years]
    return pd.DataFrame(rows, columns=["fiscal_year", "date", "value"])


def _doors(found: pd.DataFrame) -> list[str]:
    return [SAY(f"door.{door}") for door in found["door"]]


def _table(frame: pd.DataFrame, amount: str, each: str, column: str) -> pd.DataFrame:
    return frame[["series", "name", "amount", column]].rename(
        columns={"series": SAY("column.door"), "name": SAY("column.what"), "amount": amount, column: each}
    )


# -- policies --------------------------------------------------------------------------------------


@cache
def policies() -> tuple[str, ...]:
    """The shipped scenarios that look at families and change something."""
    names = [name for name in sim.scenarios() if APART in controls.load(name).look_at]
    return tuple(
        name for name in names if controls.load(name).extends in sim.scenarios() and name != "ordinary_years"
    )


def _policies() -> None:
    st.subheader(SAY("policies.heading"))
    st.markdown(SAY("policies.lead", pairs=PAIRS))
    for name in policies():
        scenario = controls.load(name)
        st.markdown(f"- **{scenario.title}.** {scenario.question}")
    if not st.session_state.get("policies-asked"):
        runs.keep("policies")
        if st.button(SAY("policies.start"), key="policies-start", icon=":material/play_arrow:"):
            st.session_state["policies-asked"] = True
            st.rerun()
        return
    done = furniture.await_runs("policies", _policy_runs)
    if done is not None:
        _policy_chart(_differences(done))


def _policy_pairs() -> list[tuple[str, str]]:
    return [(name, controls.load(name).extends) for name in policies()]


def _policy_runs() -> list[runs.Ticket]:
    names = dict.fromkeys(name for pair in _policy_pairs() for name in pair)
    return [
        runs.ask(controls.load(name), seed=seed, drawn=True, measures=True, later=True, slot="policies")
        for name in names
        for seed in range(1, PAIRS + 1)
    ]


def _differences(done: list[runs.Ticket]) -> pd.DataFrame:
    """Relatives still apart at the end of the run: each policy less the scenario that it extends, with its interval."""
    names = list(dict.fromkeys(name for pair in _policy_pairs() for name in pair))
    answers = {
        name: [ticket.answer for ticket in done[place * PAIRS : (place + 1) * PAIRS]]
        for place, name in enumerate(names)
    }
    rows = []
    for name, extends in _policy_pairs():
        scenario, reference = controls.load(name), controls.load(extends)
        both = list(zip(answers[extends], answers[name], strict=True))
        compared = pairs.compared((reference.title, scenario.title), both, scenario.look_at, False)
        found = compared.table("headline", APART)
        row = found.loc[found["fiscal_year"].idxmax()]
        rows.append(
            {
                "name": scenario.title, "series": SAY("policies.series"), "value": row["difference"],
                "low": row["low"], "high": row["high"], "compared": reference.title, "level": row["level"],
                "day": pd.Timestamp(compared.info["fiscal_years"][str(row["fiscal_year"])]["to"]),
            }
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("value", ignore_index=True)


def _policy_chart(found: pd.DataFrame) -> None:
    best, worst = found.iloc[0], found.iloc[-1]
    told = [
        SAY(f"policies.{word}", name=row["name"], amount=words.amount(abs(row["value"])))
        for word, row in (("fewer", best), ("more", worst))
        if (row["value"] < 0) == (word == "fewer")
    ]
    columns = ["name", "compared", "level", "value", "low", "high"]
    prints = {controls.load(name).fingerprint for pair in _policy_pairs() for name in pair}
    facts = Facts(SAY("policies.several", count=len(prints)), "; ".join(dict.fromkeys(found["compared"])), runs.SCALE,
                  tuple(range(1, PAIRS + 1)))  # fmt: skip
    furniture.chart(
        "policies",
        charts_spans.spans(found, SAY("policies.unit"), zero=True),
        reading=SAY("policies.reading", date=words.date(best["day"].date()), all="; ".join(told)),
        alt=SAY("policies.alt"),
        table=lambda: found[columns].rename(
            columns={name: SAY(f"policies.table.{name}") for name in columns}
        ),
        facts=facts,
        note=SAY("policies.note", pairs=PAIRS),
    )
