"""The tables of a summary: who is where, waits, admissions, decisions, relatives."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim import measures_counts as counts
from sim.measures_counts import Year
from sim.pathways.published import (
    ADMITTED,
    CASES,
    DECISIONS,
    FOLLOWING,
    GRANTED_COURT,
    GRANTED_USCIS,
    PERSONS,
    RELATIVES,
    ROWS,
    WAITS,
    Row,
    Waiting,
)
from sim.summary_families import rights_tables, separation_tables

if TYPE_CHECKING:
    from sim.results import Result

UNITS = {PERSONS: "people", CASES: "cases"}
COLUMNS = 6  # dates in one table, so that it fits a narrow terminal
Table = tuple[str, pd.DataFrame]


def all_tables(result: Result) -> list[Table]:
    """Every table that the run can fill, with its title."""
    tables = [
        *_where_tables(result),
        *_wait_tables(result),
        *_ceiling_tables(result),
        *_decision_tables(result),
        *_relative_tables(result),
        *separation_tables(result),
        *rights_tables(result),
        *_own_tables(result),
    ]
    return [(title, table) for title, table in tables if len(table)]


def day(date: dt.date) -> str:
    """A date as people write it: 30 September 2036."""
    return f"{date.day} {date.strftime('%B %Y')}"


def partial(result: Result) -> str:
    """What a title says of fiscal years that are not whole: " (2026: from 1 April)"."""
    parts = []
    for year in counts.fiscal_years(result):
        words = []
        if (year.first.month, year.first.day) != (10, 1):
            words.append(f"from {year.first.day} {year.first:%B}")
        if (year.last.month, year.last.day) != (9, 30):
            words.append(f"to {year.last.day} {year.last:%B}")
        if words:
            parts.append(f"{year.number}: {' '.join(words)}")
    return f" ({'; '.join(parts)})" if parts else ""


def plain(result: Result, kind: str, name: str) -> str:
    """The plain name of a stage or pathway."""
    known = result.info.get("labels", {}).get(kind, {})
    return str(known.get(name) or name.rpartition(".")[2].replace("_", " "))


def own_pathways(result: Result) -> list[str]:
    """Pathways of which nothing is published: a system that a user made."""
    told = {stage.split(".")[0] for row in ROWS for stage in row.stages}
    return [pathway for pathway in counts.pathways(result) if pathway not in told]


def _rows(result: Result) -> list[Row]:
    """Readable lines: the published ones that the run has, and every other stage by its own label."""
    rows = [row for row in ROWS if counts.covered(result, row.stages)]
    told = {stage for row in rows if not row.total for stage in row.stages}
    single = len(counts.pathways(result)) == 1
    for name in counts.holding(result):
        if name not in told:
            label, owner = plain(result, "stages", name), plain(result, "pathways", name.split(".")[0])
            rows.append(Row(label if single else f"{owner}: {label}", CASES, (name,)))
    return rows


def _where_tables(result: Result) -> list[Table]:
    """Who is where, on the first day and at the end of each fiscal year: by unit, a few years a table."""
    start, years = counts.opening_day(result), counts.fiscal_years(result)
    if start is None:
        return []
    columns = [("start", start), *((_end_name(year), year.last) for year in years)]
    rows, tables = _rows(result), []
    for unit, word in UNITS.items():
        lines = [(row.label, counts.pending(result, row.stages, unit)) for row in rows if row.unit == unit]
        for first in range(0, len(columns), COLUMNS) if lines else ():
            shown = columns[first : first + COLUMNS]
            table: dict[str, list[Any]] = {"": [label for label, _ in lines]}
            for name, date in shown:
                table[name] = [round(found.get(date, 0)) for _, found in lines]
            begin = f" on {day(start)} (start) and" if first == 0 else ""
            title = f"Where {word} are,{begin} at the end of fiscal years (30 September)"
            tables.append((title, pd.DataFrame(table)))
    return tables


def _end_name(year: Year) -> str:
    full = (year.last.month, year.last.day) == (9, 30)
    return str(year.number) if full else f"{year.last.day} {year.last:%b %Y}"


def _wait_tables(result: Result) -> list[Table]:
    listed = [each for each in WAITS if each.pathway in counts.pathways(result)]
    listed += [Waiting(name, plain(result, "pathways", name)) for name in own_pathways(result)]
    years = [year.number for year in counts.fiscal_years(result)]
    tables = []
    for waiting in listed:
        found = counts.waits(result, waiting)
        found = found[found["fiscal_year"].isin(years)]
        table = pd.DataFrame(
            {
                "year": found["fiscal_year"],
                "cases entering": found["cases"],
                "10 % end within": found["p10"],
                "50 % end within": found["p50"],
                "90 % end within": found["p90"],
                "still open": found["still_waiting"],
                "% still open": (100 * found["still_waiting"] / found["cases"]).round(),
            }
        )
        tables.append(
            (
                f"{waiting.label}: days from entry to the end of the case (–: not reached yet, or too few followed)"
                f"{partial(result)}",
                table,
            )
        )
    return tables


def _ceiling_tables(result: Result) -> list[Table]:
    years = [year.number for year in counts.fiscal_years(result)]
    found = counts.quota(result)
    found = found[found["fiscal_year"].isin(years)]
    if found.empty or not counts.exists(result, ADMITTED):
        return []
    following = counts.arrivals(result, FOLLOWING, PERSONS)
    admitted = counts.arrivals(result, ADMITTED, PERSONS)
    table = pd.DataFrame(
        {
            "year": found["fiscal_year"],
            "ceiling": found["ceiling"].round(),
            "places used": found["used"].round(),
            "places lapsed": found["lapsed"].round(),
            "admitted in this run": [admitted.get(int(number), 0) for number in found["fiscal_year"]],
            "following to join": [following.get(int(number), 0) for number in found["fiscal_year"]],
        }
    )
    last = counts.fiscal_years(result)[-1].last
    paced = "" if (last.month, last.day) == (9, 30) else f"; last ceiling: places open by {day(last)}"
    return [(f"Refugees against the yearly ceiling, in people{partial(result)}{paced}", table)]


def _decision_tables(result: Result) -> list[Table]:
    if not counts.exists(result, GRANTED_USCIS) and not counts.exists(result, GRANTED_COURT):
        return []
    title = (
        f"Asylum decisions and removal orders that ended a case, in people by fiscal year{partial(result)}"
    )
    return [(title, _by_year(result, DECISIONS))]


def _relative_tables(result: Result) -> list[Table]:
    if not counts.exists(result, RELATIVES["joined"]):
        return []
    table = _by_year(result, RELATIVES)
    apart = counts.pending(result, ("family.*",), PERSONS)
    table["apart at the end"] = [apart.get(year.last, 0) for year in counts.fiscal_years(result)]
    return [(f"Spouses and children left behind, in people by fiscal year{partial(result)}", table)]


def _by_year(result: Result, columns: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    years = counts.fiscal_years(result)
    table: dict[str, list[Any]] = {"year": [year.number for year in years]}
    for name, moves in columns.items():
        found = counts.arrivals(result, moves, PERSONS)
        table[name] = [found.get(year.number, 0) for year in years]
    return pd.DataFrame(table)


def _own_tables(result: Result) -> list[Table]:
    """Outcomes by fiscal year of what a user made, in cases."""
    found, tables = counts.ends(result), []
    for pathway in own_pathways(result):
        chosen = found[found["pathway"] == pathway]
        sums = chosen.groupby(["outcome", "fiscal_year"])["cases"].sum()
        names = list(dict.fromkeys(chosen["outcome"]))
        table: dict[str, list[Any]] = {"": [plain(result, "stages", f"{pathway}.{name}") for name in names]}
        for year in counts.fiscal_years(result):
            table[str(year.number)] = [sums.get((name, year.number), 0) for name in names]
        title = f"{plain(result, 'pathways', pathway)}: cases ended in a fiscal year, by outcome"
        tables.append((f"{title}{partial(result)}", pd.DataFrame(table)))
    return tables
