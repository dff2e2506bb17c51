"""Measures: what a reader asks of a result, as pure functions of its frames.

A measure that the frames cannot give (a system without its stages, a table that was not kept) is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sim import measures_counts as counts
from sim.pathways.published import AFFIRMATIVE_WAIT, PENDING, YEARLY
from sim.summary import Summary, summarise

if TYPE_CHECKING:
    from sim.results import Result

__all__ = ["Summary", "headline", "summarise"]


def headline(result: Result) -> dict[str, Any]:
    """The headline measures by fiscal year, ready for JSON.

    `fiscal_years` says which days each year covers here (the first and the last may be partial), `at_start`
    what was pending on the day before. Pending counts are of the last of those days; the others are sums.
    Units: affirmative_pending cases, affirmative_wait_p50 days, all others persons.
    """
    years = counts.fiscal_years(result)
    days = {
        str(y.number): {"from": y.first.isoformat(), "to": y.last.isoformat(), "whole": y.whole}
        for y in years
    }
    found: dict[str, Any] = {"fiscal_years": days}
    if (start := counts.opening_day(result)) is not None:
        found["at_start"] = {"date": start.isoformat()}
    for count in PENDING:
        if counts.covered(result, count.stages):
            by_date = counts.pending(result, count.stages, count.unit)
            found[count.name] = {str(y.number): _whole(by_date.get(y.last)) for y in years}
            if start is not None:
                found["at_start"][count.name] = _whole(by_date.get(start))
    if AFFIRMATIVE_WAIT.pathway in counts.pathways(result):
        median = counts.waits(result, AFFIRMATIVE_WAIT).set_index("fiscal_year")["p50"]
        found["affirmative_wait_p50"] = {str(y.number): _whole(median.get(y.number)) for y in years}
    for yearly in YEARLY:
        if counts.exists(result, yearly.moves):
            sums = counts.arrivals(result, yearly.moves, yearly.unit)
            found[yearly.name] = {str(y.number): _whole(sums.get(y.number, 0)) for y in years}
    return found


def _whole(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else round(float(value))
