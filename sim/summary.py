"""A result in plain sentences and small tables, for a reader who knows no code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from sim import measures_counts as counts
from sim.measures_counts import Year
from sim.pathways.published import (
    ADMITTED,
    AFFIRMATIVE_WAIT,
    GRANTED_COURT,
    GRANTED_USCIS,
    ORDERED,
    PENDING,
    PERSONS,
)
from sim.summary_families import binding_sentence, family_sentences
from sim.summary_tables import all_tables, day, own_pathways, plain

if TYPE_CHECKING:
    from sim.results import Result

DAYS_A_YEAR = 365.25


@dataclass
class Summary:
    """A run in plain sentences and small tables."""

    sentences: list[str] = field(default_factory=list)
    tables: list[tuple[str, pd.DataFrame]] = field(default_factory=list)

    def text(self) -> str:
        """Everything, one sentence a line."""
        parts = ["\n".join(self.sentences)]
        parts += [f"{title}\n{_printed(frame)}" for title, frame in self.tables]
        return "\n\n".join(parts)


def _printed(frame: pd.DataFrame) -> str:
    """A frame with thousands separators; a cell without a value is a dash."""
    formats = {
        name: (lambda x: "–" if pd.isna(x) else f"{x:,.0f}")
        for name in frame.columns
        if name != "year" and pd.api.types.is_numeric_dtype(frame[name])
    }
    return str(frame.to_string(index=False, formatters=formats, na_rep="–"))


def summarise(result: Result) -> Summary:
    """What a run says: sentences first, then tables; each number with its unit and date."""
    sentences = [
        _opening_sentence(result),
        *_pending_sentences(result),
        *_wait_sentences(result),
        *_year_sentences(result),
        *_family_sentences(result),
        *_own_sentences(result),
        *_caution_sentences(result),
    ]
    tables = all_tables(result)
    return Summary([line for line in sentences if line], tables)


# -- words ---------------------------------------------------------------------------------------


def amount(value: float) -> str:
    """A number to three significant figures: 3.32 million, 814,000, 52,100, 940."""
    if abs(value) >= 999_500:
        millions = value / 1e6
        return f"{millions:.0f} million" if millions >= 100 else f"{float(f'{millions:.3g}'):g} million"
    return f"{round(float(f'{value:.3g}')):,}"


def span(days: float) -> str:
    """A number of days, in years too when it is long."""
    text = f"{days:,.0f} day" + ("" if round(days) == 1 else "s")
    return f"{text} ({days / DAYS_A_YEAR:.1f} years)" if days >= DAYS_A_YEAR else text


def share(part: float) -> str:
    return f"{100 * part:.0f} %"


def period(year: Year) -> str:
    """A fiscal year for a sentence; a partial one says which days it covers here."""
    if year.whole:
        return f"fiscal year {year.number} (1 October {year.number - 1} to 30 September {year.number})"
    return f"the part of fiscal year {year.number} that was simulated ({day(year.first)} to {day(year.last)})"


# -- sentences -----------------------------------------------------------------------------------


def _opening_sentence(result: Result) -> str:
    years = counts.fiscal_years(result)
    if not years:
        return "This result holds no days."
    scenario = result.info.get("scenario", {})
    title = scenario.get("title", "") if isinstance(scenario, dict) else ""
    cases = result.info.get("cases")
    followed = f", following {amount(cases)} cases" if cases else ""
    days = f"{day(years[0].first)} to {day(years[-1].last)}"
    return f"{title or 'This run'}: {days}, simulated day by day{followed}."


def _pending_sentences(result: Result) -> list[str]:
    years, start = counts.fiscal_years(result), counts.opening_day(result)
    lines = []
    for count in PENDING:
        if not years or start is None or not counts.covered(result, count.stages):
            continue
        found = counts.pending(result, count.stages, count.unit)
        end = years[-1].last
        lines.append(
            f"On {day(end)}, {amount(found.get(end, 0))} {count.says}, "
            f"against {amount(found.get(start, 0))} on {day(start)}."
        )
    return lines


def _wait_sentences(result: Result) -> list[str]:
    """Of those who file in the first whole year: the latest cohorts are cut off by the end of the run."""
    years = counts.fiscal_years(result)
    found = counts.waits(result, AFFIRMATIVE_WAIT).set_index("fiscal_year")
    chosen = [year for year in years if year.number in found.index]
    if not chosen:
        return []
    year = next((each for each in chosen if each.whole), chosen[0])
    row, end = found.loc[year.number], day(years[-1].last)
    still = row["still_waiting"] / row["cases"] if row["cases"] else 0.0
    if pd.isna(row["p50"]):
        half = f"fewer than half are finished by {end}"
    else:
        half = f"half are decided, closed or withdrawn within {span(row['p50'])} of filing"
    return [
        f"Of the {amount(row['cases'])} asylum applications filed with USCIS in {period(year)}, {half}; "
        f"{share(still)} are still open on {end}."
    ]


def _last_year(result: Result) -> Year | None:
    """The last whole fiscal year; of a short run, its last part."""
    years = counts.fiscal_years(result)
    return next((year for year in reversed(years) if year.whole), years[-1] if years else None)


def _year_sentences(result: Result) -> list[str]:
    year = _last_year(result)
    if year is None:
        return []
    lines = []
    if counts.exists(result, ADMITTED):
        admitted = counts.arrivals(result, ADMITTED, PERSONS).get(year.number, 0)
        places = counts.quota(result).set_index("fiscal_year")["ceiling"].get(year.number)
        under = "" if places is None else f", under a ceiling of {amount(places)} people"
        if places is not None and (year.last.month, year.last.day) != (9, 30):
            under = f"; by {day(year.last)}, {amount(places)} places are open under the ceiling"
        if places is not None and admitted > places and float(result.info.get("scale") or 1) < 1:
            under += (
                " (at a small scale a family enters while any place is open, so the ceiling may be passed)"
            )
        lines.append(f"In {period(year)}, {amount(admitted)} refugees are admitted{under}.")
        lines.append(binding_sentence(result, year, amount))
    if counts.exists(result, GRANTED_USCIS) and counts.exists(result, GRANTED_COURT):
        uscis = counts.arrivals(result, GRANTED_USCIS, PERSONS).get(year.number, 0)
        court = counts.arrivals(result, GRANTED_COURT, PERSONS).get(year.number, 0)
        orders = counts.arrivals(result, ORDERED, PERSONS).get(year.number, 0)
        doors = f"{amount(uscis)} by USCIS, {amount(court)} in court"
        granted = f"{amount(uscis + court)} people are granted asylum ({doors})"
        ordered = f"cases of {amount(orders)} people end in a judge's removal order"
        lines.append(f"In {period(year)}, {granted}; {ordered}.")
    return lines


def _family_sentences(result: Result) -> list[str]:
    years = counts.fiscal_years(result)
    return family_sentences(result, amount, day(years[0].first), day(years[-1].last)) if years else []


def _own_sentences(result: Result) -> list[str]:
    years, start = counts.fiscal_years(result), counts.opening_day(result)
    if not years or start is None:
        return []
    end, lines = years[-1].last, []
    for pathway in own_pathways(result):
        found = counts.pending(result, (f"{pathway}.*",))
        name = plain(result, "pathways", pathway)
        lines.append(
            f"On {day(end)}, {amount(found.get(end, 0))} cases are open in “{name}”, "
            f"against {amount(found.get(start, 0))} on {day(start)}."
        )
    return lines


def _caution_sentences(result: Result) -> list[str]:
    seed, scale = result.info.get("seed"), float(result.info.get("scale") or 1)
    drawn = f" (seed {seed})" if seed is not None else ""
    lines = [
        f"This is one run, one draw of chance{drawn}, and no bands are shown: what is not known about the "
        "numbers that go into it matters more than chance."
    ]
    if scale >= 1:
        return [*lines, "Every case was simulated (scale 1)."]
    lines.append(
        f"One case in {amount(1 / scale)} was simulated (scale {scale:g}); counts are given in real cases "
        "and people, and small ones are rough."
    )
    desks = [str(name) for name in result.info.get("misleading_below_scale_1") or []]
    if desks:
        by_pathway: dict[str, list[str]] = {}
        for name in desks:
            owner = plain(result, "pathways", name.split(".")[0])
            by_pathway.setdefault(owner, []).append(f"“{plain(result, 'stages', name)}”")
        named = "; ".join(f"{owner}: {', '.join(labels)}" for owner, labels in by_pathway.items())
        lines.append(
            "At this scale, waits come out too long where an office keeps up with its work, and the waits "
            f"below contain them; only scale 1 tells the wait at these desks. {named}."
        )
    return lines
