"""Replications in plain sentences and small tables: the bands, and what they show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.measures_counts import Year
from sim.pathways.published import AFFIRMATIVE_WAIT, PENDING
from sim.summary import Summary, amount, period, span
from sim.summary_tables import day

MIDDLE = 80  # per cent of the runs that a band holds
ROUGH = 10  # runs below which the ends of a band say little
WAIT = "affirmative_wait_p50"
SAYS = {
    "refugees_admitted": "refugees are admitted",
    "asylum_granted": "people are granted asylum",
    "removals_ordered": "people's cases end in a judge's removal order",
}
TITLES = {
    **{each.name: f"How many {each.says}" for each in PENDING},
    **{name: f"How many {says}" for name, says in SAYS.items()},
    WAIT: f"{AFFIRMATIVE_WAIT.label}: days within which half are decided, closed or withdrawn, by year of filing",
}
LOWEST, HIGHEST = "10 % of runs below", "90 % of runs below"


def summarised(
    info: Mapping[str, Any], headlines: Sequence[Mapping[str, Any]], bands: pd.DataFrame
) -> Summary:
    """What replications say: sentences first, then a table for each headline measure."""
    found = bands[bands["table"] == "headline"]
    sentences = [_opening(info), *_headline_sentences(headlines[0], found), *what_bands_show(info)]
    sentences += partial_years(headlines[0])
    tables = [(title, _table(found, name)) for name, title in TITLES.items()]
    if found.empty:
        tables = [("Cases that ended in a fiscal year, by outcome", _outcomes(bands))]
    return Summary(sentences, [(title, table) for title, table in tables if len(table)])


def what_bands_show(info: Mapping[str, Any]) -> list[str]:
    """What lies behind a band, and what does not."""
    done, asked, scale = len(info["runs"]), info["asked"], float(info["scale"])
    head = f"A band holds the middle {MIDDLE} % of {done} run{'s' if done > 1 else ''}"
    if done < asked:
        head += f" ({asked} were asked for, and the work was stopped)"
    if info["fixed"]:
        lines = [
            f"{head}. All used the same numbers, so the bands show chance alone; they say nothing about what is "
            "not known about the numbers, which matters more."
        ]
    elif info["uncertain_numbers"]:
        lines = [
            f"{head}. Each drew {info['uncertain_numbers']:,} uncertain numbers anew between their low and high, "
            "and its own chance: the bands show what is not known about the numbers, and chance. They do not show "
            "what no number stands for, such as a law that is yet to come."
        ]
    else:
        lines = [f"{head}. No number of this scenario has a low and a high, so the bands show chance alone."]
    if done < ROUGH:
        lines.append(f"With fewer than {ROUGH} runs the ends of the bands are rough.")
    if scale < 1:
        lines.append(
            f"One case in {amount(1 / scale)} was simulated (scale {scale:g}); counts are given in real cases and "
            "people, and chance is larger here than in the country."
        )
        if info.get("misleading_below_scale_1"):
            lines.append(
                "At this scale, waits come out too long where an office keeps up with its work; only scale 1 tells "
                "them."
            )
    return lines


def _opening(info: Mapping[str, Any]) -> str:
    title = info["scenario"].get("title") or "This scenario"
    first, last = (dt.date.fromisoformat(info[name]) for name in ("start", "until"))
    count = len(info["runs"])
    return f"{title}: {day(first)} to {day(last)}, simulated {count} time{'s' if count > 1 else ''}."


def years_of(headline: Mapping[str, Any]) -> list[Year]:
    """The fiscal years of a run, from its headline measures."""
    return [
        Year(int(number), dt.date.fromisoformat(days["from"]), dt.date.fromisoformat(days["to"]))
        for number, days in headline.get("fiscal_years", {}).items()
    ]


def partial_years(headline: Mapping[str, Any]) -> list[str]:
    """Which fiscal years are not whole."""
    parts = [
        f"{year.number} ({day(year.first)} to {day(year.last)})"
        for year in years_of(headline)
        if not year.whole
    ]
    return [f"Not whole in the tables: fiscal year {' and '.join(parts)}."] if parts else []


def _headline_sentences(headline: Mapping[str, Any], found: pd.DataFrame) -> list[str]:
    years = years_of(headline)
    if not years:
        return []
    rows = {(row.measure, row.fiscal_year): row for row in found.itertuples()}
    last = next((year for year in reversed(years) if year.whole), years[-1])
    lines = []
    for each in PENDING:
        if row := rows.get((each.name, last.number)):
            lines.append(f"On {day(last.last)}, {_band(row)} {each.says}.")
    first = next((year for year in years if year.whole), years[0])
    row = rows.get((WAIT, first.number))
    if row and not pd.isna(row.p10):
        longest = "more than can be seen by the end" if pd.isna(row.p90) else span(row.p90)
        lines.append(
            f"Half of the asylum applications filed with USCIS in {period(first)} are decided, closed or "
            f"withdrawn within {span(row.p10)} to {longest}."
        )
    for name, says in SAYS.items():
        if row := rows.get((name, last.number)):
            lines.append(f"In {period(last)}, {_band(row)} {says}.")
    return lines


def _band(row: Any) -> str:
    """A band in words: 3.1 million to 3.6 million (half of the runs above 3.4 million)."""
    low, middle, high = (amount(value) for value in (row.p10, row.p50, row.p90))
    return middle if low == high else f"{low} to {high} (in the middle run {middle})"


def _table(found: pd.DataFrame, name: str) -> pd.DataFrame:
    chosen = found[found["measure"] == name]
    return pd.DataFrame(
        {
            "year": chosen["fiscal_year"],
            LOWEST: chosen["p10"].round(),
            "middle run": chosen["p50"].round(),
            HIGHEST: chosen["p90"].round(),
        }
    ).reset_index(drop=True)


def _outcomes(bands: pd.DataFrame) -> pd.DataFrame:
    """Of a system that a user made: nothing is published of it."""
    chosen = bands[(bands["table"] == "outcomes") & (bands["unit"] == "cases")]
    return pd.DataFrame(
        {
            "": chosen["measure"],
            "year": chosen["fiscal_year"],
            LOWEST: chosen["p10"].round(),
            "middle run": chosen["p50"].round(),
            HIGHEST: chosen["p90"].round(),
        }
    ).reset_index(drop=True)
