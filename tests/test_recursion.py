"""A scenario reduced to arithmetic follows the recursion: stock + receipts - completions, within 1 % each year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import number, pathway, play, total

from sim import dates
from sim.pathway import desk, opening, outcome, source, to

START, HORIZON = "2026-10-01", "2032-09-30"
LINE = pathway(
    desk("desk", "D", "office", to("done")), outcome("done", "D"),
    sources=(source("new", "N", "desk"),), openings=(opening("old", "O", at="desk"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("receipts", "staff"), [(30_000, 50), (30_000, {"2026-10-01": 40, "2029-10-01": 70}), (12_000, 60)]
)
def test_the_backlog_follows_the_recursion(receipts, staff):
    numbers = {
        "sources.new.rate": number(receipts, unit="cases a year"), "stock.old.cases": 100_000,
        "stock.old.age": number({"uniform": [1, 1500]}), "p.desk.minutes": 150,
        "offices.office.staff": number(staff), "offices.office.minutes_per_day": 300,
    }  # fmt: skip
    result = play(LINE, numbers, start=START, horizon=HORIZON, history=0)
    expected = 100_000.0
    for year in range(2027, 2033):
        first, last = dates.fiscal_year_start(year), dates.fiscal_year_start(year + 1) - 1
        heads = (
            staff
            if isinstance(staff, int)
            else [n for day, n in staff.items() if dates.day_of(day) <= first][-1]
        )
        capacity = dates.working_days(first, last).sum() * heads * 300 / 150
        received = receipts * (last - first + 1) / 365.25
        completions = min(capacity, expected + received)
        expected += received - completions
        stock = result.stock[result.stock["date"] == pd.Timestamp(f"{year}-09-30")]
        found = total(stock, stage="desk")
        assert abs(found - expected) <= max(0.01 * expected, 4 * np.sqrt(received))
        assert abs(found - expected) <= 0.01 * expected or expected < 5_000
        done = total(result.outcomes, fiscal_year=year, outcome="done")
        assert abs(done - completions) <= 0.01 * completions + 4 * np.sqrt(received) * (
            completions < capacity
        )
