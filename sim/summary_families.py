"""The two doors in a summary: families apart, months to each right, and what holds admissions below the ceiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pandas as pd

from sim import measures_counts as counts
from sim.measures_counts import Year
from sim.measures_doors import PERCENTILES, doors, separation
from sim.pathway import DESK
from sim.pathways import NATIONAL
from sim.pathways.published import DOORS, PERSONS

if TYPE_CHECKING:
    from sim.results import Result

Amount = Callable[[float], str]
BUSY = 0.95
"""an office used more than this has no time left: its staff works every day of the year at the pace of its busy days"""
UNUSED = 0.02
"""a ceiling of which less than this lapses was reached"""
FATES = {
    "lost_deadline": "no petition in time",
    "lost_denial": "petition denied or travel refused",
    "lost_marriage": "marriage",
    "lost_death": "death",
    "lost_age": "age",
}


# -- families --------------------------------------------------------------------------------------


def family_sentences(result: Result, amount: Amount, first: str, last: str) -> list[str]:
    """Relatives of people granted or admitted in the run, at each door; and those whose principal still waits."""
    table = separation(result)
    lines = []
    for door in DOORS if len(table) else ():
        rows = table[(table["door"] == door) & (table["fiscal_year"] > 0)]
        if rows["relatives"].sum() > 0:
            lines.append(_door_sentence(result, door, rows.sum(numeric_only=True), amount, (first, last)))
    found = counts.frame(result, "families")
    waiting = found[(found["pathway"] != "family") & (found["group"] == "*")]
    sums = waiting.groupby("measure")["value"].sum()
    if sums.get("still_apart", 0) > 0:
        lines.append(
            f"Besides, on {last}, {amount(sums['still_apart'])} relatives left behind belong to people whose own case "
            f"is still open; {amount(sums.get('lost_claim', 0))} got no right from {first} on because the claim "
            "ended without protection that brings a family."
        )
    return lines


def _door_sentence(result: Result, door: str, sums: pd.Series, amount: Amount, span: tuple[str, str]) -> str:
    relatives = sums["relatives"]
    why = {words: sums[name] for name, words in FATES.items() if sums.get(name, 0) > 0}
    most = sorted(why, key=lambda words: -why[words])
    lost = ", ".join(f"{words} {amount(why[words])}" for words in most)
    phases = result.info.get("labels", {}).get("phases", {})
    apart = {
        str(phases.get(name.removeprefix("years_apart_"), name)): value
        for name, value in sums.items()
        if str(name).startswith("years_apart_")
    }
    years = "; ".join(f"{label[0].lower()}{label[1:]}: {amount(value)}" for label, value in apart.items())
    who = "admitted as refugees" if door == "refugee" else "granted asylum"
    return (
        f"People {who} from {span[0]} to {span[1]} left {amount(relatives)} spouses and children behind: by the last "
        f"day, {amount(sums['reunited'])} have joined them, {amount(sums['lost'])} lost the right"
        f"{f' ({lost})' if lost else ''}, {amount(sums['still_apart'])} are still apart. "
        f"Together these relatives were {amount(sum(apart.values()))} years apart from them ({years})."
    )


def separation_tables(result: Result) -> list[tuple[str, pd.DataFrame]]:
    """Years apart by phase for each door, of relatives of people granted or admitted in the run."""
    table = separation(result)
    table = table[table["fiscal_year"] > 0] if len(table) else table
    if table.empty:
        return []
    sums = table.groupby("door")[[name for name in table if name not in ("door", "months_apart")]].sum()
    shown: dict[str, list[object]] = {"": [], **{door: [] for door in DOORS if door in sums.index}}
    phases = result.info.get("labels", {}).get("phases", {})
    for name in sums:
        if not name.startswith("years_apart_"):
            continue
        shown[""].append(phases.get(name.removeprefix("years_apart_"), name))
        for door in list(shown)[1:]:
            relatives = sums.loc[door, "relatives"]
            shown[door].append(12 * sums.loc[door, name] / relatives if relatives else None)
    title = (
        "Months apart by phase, mean of a relative of someone admitted or granted in this run, up to its end"
    )
    return [(title, pd.DataFrame(shown))]


# -- rights ----------------------------------------------------------------------------------------


def rights_tables(result: Result) -> list[tuple[str, pd.DataFrame]]:
    """Months to each right and each support, refugees beside asylees."""
    found = doors(result)
    if found.empty:
        return []
    table = pd.DataFrame(
        {
            "": found["label"],
            "door": found["door"],
            "months from": found["since"],
            "year": found["fiscal_year"].astype("string").fillna("law"),
            "cases": found["cases"],
            **{f"{name[1:]} %": [_months(value, how) for value, how in zip(found[name], found["how"], strict=True)]
               for name in PERCENTILES},
            "% there": (100 * found["reached"]).round(),
        }
    )  # fmt: skip
    title = (
        "Months to each right and support by door: 10, 50 and 90 % of those who came to it in the year, or, where "
        "a share is given, of all protected in the year (– : not by the end of the run, or not at this door)"
    )
    return [(title, table)]


def _months(value: float, how: str) -> str | None:
    if pd.isna(value):
        return None
    return "at once" if value < 0.1 else f"{value:.1f}"


# -- what binds ------------------------------------------------------------------------------------


def binding_sentence(result: Result, year: Year, amount: Amount) -> str:
    """What is narrower than the ceiling when places lapse: the desk with no time to spare and the longest queue."""
    row = counts.quota(result).set_index("fiscal_year")
    if not year.whole or year.number not in row.index or "refugee" not in counts.pathways(result):
        return ""
    ceiling, lapsed = row.loc[year.number, "ceiling"], row.loc[year.number, "lapsed"]
    if ceiling <= 0 or lapsed <= UNUSED * ceiling:
        return ""
    start = f"Of {amount(ceiling)} places under the ceiling of fiscal year {year.number}, {amount(lapsed)} lapsed: "
    desks = [stage for stage in NATIONAL.pathways[0].stages if stage.kind == DESK]
    found = counts.frame(result, "offices")
    found = found[found["month"].map(_year_of) == year.number]
    if found.empty:
        return ""
    used = (
        found.assign(office=found["office"].str.split(".").str[0])
        .groupby("office")[["used", "capacity"]]
        .sum()
    )
    busy = {
        name: values["used"] / values["capacity"]
        for name, values in used.iterrows()
        if values["capacity"] > 0
    }
    known = {stage.office: stage for stage in desks if stage.office in busy}
    if not known:
        return ""
    full = [stage for stage in desks if busy.get(stage.office, 0) >= BUSY]
    if not full:
        office = max(known, key=lambda name: busy[name])
        return (
            f"{start}no office on the way was short of time (the busiest, {office.replace('_', ' ')}, used "
            f"{100 * busy[office]:.0f} % of it), so fewer people were ready to travel than there were places."
        )
    waiting = {stage.name: counts.pending(result, (f"refugee.{stage.name}",), PERSONS) for stage in full}
    most = max(full, key=lambda stage: waiting[stage.name].get(year.last, 0))
    now = waiting[most.name].get(year.last, 0)
    before = [value for date, value in sorted(waiting[most.name].items()) if date < year.first]
    change = now - (before[-1] if before else now)
    grew = f"{amount(abs(change))} {'more' if change >= 0 else 'fewer'} than a year before"
    return (
        f"{start}what holds admissions back is not the ceiling but “{most.label}”, where {amount(now)} people wait, "
        f"{grew}, and {most.office.replace('_', ' ')} used {100 * busy[most.office]:.0f} % of their time."
    )


def _year_of(month: str) -> int:
    year, number = (int(part) for part in str(month).split("-"))
    return year + (number >= 10)
