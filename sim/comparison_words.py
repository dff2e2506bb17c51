"""A comparison in plain sentences and small tables: the answer first, then what its intervals show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.experiment_words import SAYS, WAIT, partial_years, years_of
from sim.measures_counts import Year
from sim.pathways.published import PENDING
from sim.summary import Summary, amount, period
from sim.summary_tables import day

ROUGH = 10  # pairs below which the ends of an interval say little
LABELS = {
    "affirmative_pending": "applications open at USCIS",
    "court_pending": "people waiting in court",
    "board_pending": "people with an appeal",
    "affirmative_wait_p50": "days to half decided (filed that year)",
    "refugees_admitted": "refugees admitted",
    "asylum_granted": "people granted asylum",
    "removals_ordered": "people ordered removed",
    "families_apart": "relatives apart",
}
Names = tuple[str, str]  # of the first scenario and of the one compared with it
Rows = dict[tuple[str, int], Any]  # the headline differences of a scenario, by measure and fiscal year
STOCKS = {each.name: each.says for each in PENDING}


def summarised(info: Mapping[str, Any], differences: pd.DataFrame) -> Summary:
    """What a comparison says."""
    years = years_of(info)
    first, *others = info["scenarios"]
    found: dict[str, Rows] = {each["name"]: {} for each in others}
    for row in differences[differences["table"] == "headline"].itertuples():
        found[row.scenario][row.measure, row.fiscal_year] = row
    told = {each["name"]: _measure(each, found[each["name"]], years) for each in others}
    sentences = [_answer(info, found, years, told), *_also(first, others, found, years, told)]
    sentences += [line for each in others for line in _mixed(first, each)]
    sentences += [*_what_intervals_show(info), *_chance(info, found, years, told), *partial_years(info)]
    tables: list[tuple[str, pd.DataFrame]] = []
    for each in others:
        names, measure = (first["name"], each["name"]), told[each["name"]]
        own = found[each["name"]]
        if years:
            tables.append(
                (_title(each, first, _last(years, WAIT), _last(years, "")), _last_year(own, years, names))
            )
        if measure:
            says = f"“{each['title']}”: {LABELS[measure]}, by fiscal year"
            tables.append((says, _by_year(own, measure, names)))
        if not any(found.values()):
            tables.append((f"“{each['title']}”: cases that ended, by outcome", _outcomes(differences, names)))
    return Summary(sentences, [(title, table) for title, table in tables if len(table)])


# -- which measure answers -------------------------------------------------------------------------


def _last(years: list[Year], measure: str) -> Year:
    """The year of which a sentence speaks: the last whole one; of a wait by year of filing, the first whole one."""
    whole = [year for year in years if year.whole] or years
    return whole[0] if measure == WAIT else whole[-1]


def _measure(scenario: Mapping[str, Any], own: Rows, years: list[Year]) -> str:
    """The headline measure that answers the scenario's question, or else the one that is moved most clearly."""
    measures = {measure for measure, _ in own}
    known = [name for name in LABELS if name in measures]
    if not known or not years:
        return ""
    asked = [name for name in scenario["look_at"] if name in known]
    rows = {name: _row(own, name, _last(years, name)) for name in known}
    return asked[0] if asked else max(known, key=lambda name: _clear(rows[name]))


def _clear(row: Any) -> tuple[bool, float]:
    """How clearly a measure is moved: whether its interval is on one side of zero, and by what part."""
    if row is None or pd.isna(row.difference):
        return False, -1.0
    size = max(abs(row.reference), abs(row.level)) if not pd.isna(row.reference + row.level) else 0
    return bool(_sided(row)), abs(row.difference) / size if size else 0.0


def _sided(row: Any) -> int:
    """-1 or 1 if the interval lies wholly below or above zero, else 0."""
    return 1 if row.low > 0 else -1 if row.high < 0 else 0


def _row(own: Rows, measure: str, year: Year) -> Any:
    return own.get((measure, year.number))


# -- sentences -------------------------------------------------------------------------------------


def _answer(
    info: Mapping[str, Any], found: Mapping[str, Rows], years: list[Year], told: Mapping[str, str]
) -> str:
    """The answer in one sentence."""
    first, *others = info["scenarios"]
    clauses = []
    for each in others:
        measure = told[each["name"]]
        if not measure:
            return f"“{first['title']}” against {', '.join('“' + one['title'] + '”' for one in others)}."
        row = _row(found[each["name"]], measure, _last(years, measure))
        clauses.append(f"with “{each['title']}” {_clause(row, measure, _last(years, measure), info)}")
    text = f"Against “{first['title']}”, {'; '.join(clauses)}."
    return text


def _clause(row: Any, measure: str, year: Year, info: Mapping[str, Any]) -> str:
    when = f"on {day(year.last)}" if measure in STOCKS else f"in {period(year)}"
    if row is None or (pd.isna(row.difference) and not _sided(row)):
        return f"the wait of those who file {when} cannot be told apart: some runs end before it does"
    if measure == WAIT:
        half = f"half of the asylum applications filed with USCIS {when} are finished"
        if row.difference == row.low == row.high == 0:
            return f"{half} on the same day"
        if pd.isna(row.difference):  # in some pair only one of the two has come so far
            least, side = (row.low, "later") if row.low > 0 else (-row.high, "sooner")
            return f"{half} {side}, by {amount(least)} days or more in 95 % of {row.runs} runs"
        return (
            f"{half} {_gap(row.difference, 'days later', 'days sooner')}{_sure(row, 'later', 'sooner', info)}"
        )
    says = STOCKS.get(measure) or SAYS[measure]
    if row.difference == row.low == row.high == 0:
        return f"just as many {says} {when} ({amount(row.level)})"
    levels = f"{amount(row.level)} against {amount(row.reference)}"
    return (
        f"{_gap(row.difference, 'more', 'fewer')} {says} {when} ({levels}){_sure(row, 'more', 'fewer', info)}"
    )


def _gap(difference: float, more: str, fewer: str) -> str:
    return f"{amount(abs(difference))} {more if difference >= 0 else fewer}"


def _sure(row: Any, more: str, fewer: str, info: Mapping[str, Any]) -> str:
    """The interval in words."""
    if row.runs < 2:
        return ", in one pair of runs"
    if pd.isna(row.low) or pd.isna(row.high):
        return ", with an end of the interval beyond what the runs can see"
    side = _sided(row)
    if side:
        near, far = sorted((abs(row.low), abs(row.high)))
        words = amount(near) if amount(near) == amount(far) else f"{amount(near)} to {amount(far)}"
        return f"; 90 % of {row.runs} runs: {words} {more if side > 0 else fewer}"
    ends = [f"{amount(abs(end))} {fewer if end < 0 else more}" for end in (row.low, row.high)]
    return f"; but 90 % of {row.runs} runs: {' to '.join(ends)}, so which way is not sure"


def _also(
    first: Mapping[str, Any],
    others: list[Mapping[str, Any]],
    found: Mapping[str, Rows],
    years: list[Year],
    told: Mapping[str, str],
) -> list[str]:
    """Other headline measures that are clearly moved: where a queue goes when one desk is helped."""
    lines = []
    for each in others:
        own, moved = found[each["name"]], []
        for measure, label in LABELS.items():
            if not years or measure == told[each["name"]]:
                continue
            row = _row(own, measure, _last(years, measure))
            if row is not None and row.runs > 1 and _sided(row) and row.difference:
                moved.append(f"{label} {_signed(row)}")
        if moved:
            name = f" with “{each['title']}”" if len(others) > 1 else ""
            lines.append(f"Also clearly moved{name}: {', '.join(moved)}.")
        elif years and told[each["name"]]:
            name = f" with “{each['title']}”" if len(others) > 1 else ""
            lines.append(f"No other headline measure is clearly moved{name}.")
    return lines


def _mixed(first: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Scenarios that only one of the two builds on: the difference is theirs as much as the scenario's own."""
    lines = []
    for one, against in ((other, first), (first, other)):
        below = [name for name in one.get("chain", ())[:-1] if name not in against.get("chain", ())]
        if below and against.get("chain"):
            lines.append(
                f"Mind what is compared: “{one['title']}” builds on {', '.join(below)}, and “{against['title']}” does "
                f"not, so the differences hold the changes of both. Its own alone: compare it with {below[-1]}."
            )
    return lines


def _signed(row: Any) -> str:
    sign = "+" if row.difference > 0 else "−"
    return f"{sign}{amount(abs(row.difference))}"


def _what_intervals_show(info: Mapping[str, Any]) -> list[str]:
    count, scale = len(info["seeds"]), float(info["scale"])
    first, last = (dt.date.fromisoformat(info[name]) for name in ("start", "until"))
    head = f"{day(first)} to {day(last)}, {count} pair{'s' if count > 1 else ''} of runs"
    if count < info["asked"]:
        head += f" ({info['asked']} were asked for, and the work was stopped)"
    lines = [
        f"{head}: in a pair the same people have the same luck in every scenario, so a difference comes from what the "
        "scenarios change. An interval holds the middle 90 % of the differences."
    ]
    if info["fixed"] or info["uncertain_numbers"] == 0:
        why = "All used the same numbers" if info["fixed"] else "No number here has a low and a high"
        lines.append(
            f"{why}, so the intervals show chance alone; what is not known about the numbers is left out."
        )
    else:
        drew = (
            f"{info['uncertain_numbers']:,} uncertain numbers"
            if info["uncertain_numbers"]
            else "the uncertain numbers"
        )
        lines.append(
            f"Each pair drew {drew} anew between their low and high, the same in every scenario, and its own chance: "
            "the intervals show what is not known about the numbers, and chance. They do not show what no number "
            "stands for, such as a law that is yet to come, nor doubt about what a scenario itself sets."
        )
    if count < ROUGH:
        lines.append(f"With fewer than {ROUGH} pairs the ends of the intervals are rough.")
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


def _chance(
    info: Mapping[str, Any], found: Mapping[str, Rows], years: list[Year], told: Mapping[str, str]
) -> list[str]:
    """How much of a spread is chance, and how that was measured."""
    if info["fixed"] or not info["again"] or not years:
        return []
    parts = []
    for name, measure in told.items():
        row = _row(found[name], measure, _last(years, measure)) if measure else None
        if row is not None and not pd.isna(row.sd_chance) and row.sd:
            parts.append(f"about {100 * min(1.0, (row.sd_chance / row.sd) ** 2):.0f} % for {LABELS[measure]}")
    if not parts:
        return []
    count = info["again"]
    return [
        f"How much of the spread is chance: {'; '.join(parts)} (part of the variance of the differences; the rest is "
        f"the numbers we do not know). Measured by running {count} of the pairs again with the same numbers and "
        f"other chance; from {count} pair{'s' if count > 1 else ''} it is a rough figure."
    ]


# -- tables ----------------------------------------------------------------------------------------


def _title(scenario: Mapping[str, Any], first: Mapping[str, Any], filed: Year, last: Year) -> str:
    days = f"on {day(last.last)}, or in fiscal year {last.number}; waits of those who filed in {filed.number}"
    return f"“{scenario['title']}” against “{first['title']}”, {days}"


def _last_year(own: Rows, years: list[Year], names: Names) -> pd.DataFrame:
    rows = [(name, _row(own, name, _last(years, name))) for name in LABELS]
    return _shown([(LABELS[name], row) for name, row in rows if row is not None], "", names)


def _by_year(own: Rows, measure: str, names: Names) -> pd.DataFrame:
    rows = [(year, row) for (name, year), row in own.items() if name == measure]
    return _shown(rows, "year", names)


def _outcomes(differences: pd.DataFrame, names: Names) -> pd.DataFrame:
    """Of a system that a user made: nothing is published of it."""
    chosen = differences[(differences["table"] == "outcomes") & (differences["scenario"] == names[1])]
    chosen = chosen[chosen["unit"] == "cases"]
    return _shown([(f"{row.measure} {row.fiscal_year}", row) for row in chosen.itertuples()], "", names)


def _shown(rows: list[tuple[Any, Any]], head: str, names: Names) -> pd.DataFrame:
    """Levels, the mean difference, its interval, how many pairs agree, and how much of the variance is chance."""
    table = pd.DataFrame({head: [label for label, _ in rows]})
    fields = {"reference": names[0], "level": names[1], "difference": "difference"}
    for field, name in {**fields, "low": "5 % below", "high": "95 % below"}.items():
        table[name] = np.array([getattr(row, field) for _, row in rows], dtype=np.float64).round()
    table["same sign"] = [_agreeing(row) for _, row in rows]
    shares = [_chance_share(row) for _, row in rows]
    return table.assign(**{"of it chance": shares}) if any(shares) else table


def _agreeing(row: Any) -> str:
    return "" if pd.isna(row.same_sign) else f"{round(row.same_sign * row.runs)} of {row.runs}"


def _chance_share(row: Any) -> str:
    if pd.isna(row.sd_chance) or pd.isna(row.sd) or not row.sd:
        return ""
    return f"{100 * min(1.0, (row.sd_chance / row.sd) ** 2):.0f} %"
