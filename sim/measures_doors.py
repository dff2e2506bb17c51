"""The two doors side by side: months to each right and each support, and months apart by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import measures_counts as counts
from sim.measures_counts import Year
from sim.pathways.published import DOORS, RIGHTS, Right

if TYPE_CHECKING:
    from sim.results import Result

DAYS_A_MONTH = 365.25 / 12
COLUMNS = ["right", "label", "door", "since", "how", "fiscal_year", "cases", "reached", "p10", "p50", "p90"]
PERCENTILES = ["p10", "p50", "p90"]


def doors(result: Result) -> pd.DataFrame:
    """Months to each right and each support by door, one row each, in order.

    `door`: refugee or asylum. `since`: the date that the months count from. `how`: `took` (those who came to it
    in `fiscal_year`), `reached` (all who were protected in `fiscal_year`, or their relatives; `reached` is the
    share of them who came to it by the end of the run), `law` (from the first day, or never; not simulated).
    `p10`, `p50`, `p90`: months; empty where not reached, not followed so long, or of fewer than 30 simulated
    cases. `cases`: those whom the row is about, in real cases.
    """
    rows = [_row(result, right) for right in RIGHTS]
    if not any(row and row[4] != "law" for row in rows):
        rows = []  # a system of the user's own has no such doors
    table = pd.DataFrame([row for row in rows if row], columns=COLUMNS)
    return table.astype({"fiscal_year": "Int64"})


def _row(result: Result, right: Right) -> tuple[Any, ...] | None:
    head = (right.name, right.label, right.door, right.since, right.how)
    if right.how == "law":
        at_once = np.nan if right.never else 0.0
        return (*head, None, np.nan, np.nan, at_once, at_once, at_once)
    found = counts.frame(result, "waits")
    found = found[
        (found["pathway"] == right.pathway)
        & (found["stage"] == right.stage)
        & (found["basis"] == right.how)
        & (found["group"] == right.group)
    ].set_index("fiscal_year")
    found = counts.read(result, found)
    year = _year(result, found["cases"], right.how)
    if year is None:
        return None
    row = found.loc[year]
    share = 1 - row["still_waiting"] / row["cases"] if right.how == "reached" else np.nan
    months = [row[name] / DAYS_A_MONTH for name in PERCENTILES]
    return (*head, year, row["cases"], share, *months)


def _year(result: Result, cases: pd.Series, how: str) -> int | None:
    """The last whole year for what looks back; the first for what looks forward, since it was followed longest.

    Years of too few simulated cases only if there is no other.
    """
    chosen: list[Year] = [year for year in counts.fiscal_years(result) if year.number in cases.index]
    if not chosen:
        return None
    enough = set(cases.index[~counts.few(result, cases)])
    chosen = [year for year in chosen if year.whole] or chosen
    chosen = [year for year in chosen if year.number in enough] or chosen
    return (chosen[-1] if how == "took" else chosen[0]).number


def separation(result: Result) -> pd.DataFrame:
    """Relatives of people granted or admitted, by door and fiscal year of that day (0: before the start).

    Columns: door, fiscal_year, relatives, reunited, still_apart, lost, each lost_ measure (persons),
    years_apart_PHASE (person-years) and months_apart (all phases, a relative, up to the last day run).
    """
    found = counts.frame(result, "families")
    kin = found[found["group"].isin([f"door={door}" for door in DOORS])]
    if kin.empty:
        return pd.DataFrame(columns=["door", "fiscal_year", "relatives"])
    kin = kin.assign(door=kin["group"].str.removeprefix("door="))
    names = list(dict.fromkeys(kin["measure"]))
    table = kin.pivot_table(index=["door", "fiscal_year"], columns="measure", values="value", fill_value=0.0)
    table = table[names].reindex(DOORS, level="door").reset_index()
    lost = [name for name in names if name.startswith("lost_")]
    apart = [name for name in names if name.startswith("years_apart_")]
    table.insert(list(table.columns).index("still_apart"), "lost", table[lost].sum(axis=1))
    table["months_apart"] = 12 * table[apart].sum(axis=1) / table["relatives"]
    table.columns.name = None
    return table
