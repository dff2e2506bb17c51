"""Flows and stocks of a run beside the published ones."""

from __future__ import annotations

import datetime as dt
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from sim import backtest, checks
from sim.errors import InputError
from sim.pathways.comparisons import MEASURES, Held, Moved, Sampled, Seats

DAY, LAST = dt.date(2026, 4, 1), dt.date(2026, 5, 31)


@pytest.fixture
def result():
    """Two months of a small country: frames made by hand."""
    stock = pd.DataFrame(
        [
            ("2026-03-31", "affirmative", "backlog", "*", 100.0, 160.0),
            ("2026-03-31", "affirmative", "review", "*", 20.0, 32.0),
            ("2026-03-31", "affirmative", "backlog", "nationality=cuba", 30.0, 40.0),
            ("2026-04-30", "affirmative", "backlog", "*", 90.0, 150.0),
        ],
        columns=["date", "pathway", "stage", "group", "cases", "persons"],
    )
    stock["date"] = pd.to_datetime(stock["date"])
    flow = pd.DataFrame(
        [
            ("2026-04", "affirmative", "source:filings.cuba", "filing", "*", 5.0, 8.0),
            ("2026-04", "affirmative", "source:filings.haiti", "filing", "*", 6.0, 9.0),
            ("2026-04", "affirmative", "source:filings.haiti", "filing", "nationality=haiti", 6.0, 9.0),
            ("2026-05", "affirmative", "merits", "granted", "*", 3.0, 4.0),
            ("2026-06", "affirmative", "merits", "granted", "*", 7.0, 9.0),
            ("2026-05", "family", "v93_travel", "reunited_refugee", "*", 2.0, 2.0),
        ],
        columns=["month", "pathway", "from_stage", "to_stage", "group", "cases", "persons"],
    )
    histories = pd.DataFrame(
        [
            ("a:2024-04-01:0", "affirmative", "lawyer=yes;persons=3", "backlog", "2025-01-01", None),
            ("a:2026-01-01:0", "affirmative", "persons=1", "backlog", "2026-01-01", "2026-04-02"),
            ("a:2025-10-01:0", "affirmative", "persons=2", "review", "2025-10-01", "2026-03-31"),
            ("a:2026-04-02:0", "affirmative", "persons=9", "backlog", "2026-04-02", None),
        ],
        columns=["case", "pathway", "attributes", "stage", "entered", "left"],
    )
    for name in ("entered", "left"):
        histories[name] = pd.to_datetime(histories[name])
    offices = pd.DataFrame({"month": ["2026-04"], "office": ["judges"], "staff": [690.0]})
    info = {"start": "2026-04-01", "until": "2026-06-30", "scale": 1.0}
    return SimpleNamespace(stock=stock, flow=flow, histories=histories, offices=offices, info=info)


PENDING = Held("affirmative")


@pytest.mark.parametrize(
    ("measure", "last", "said"),
    [
        (PENDING, None, 120),
        (Held("affirmative", ("review",), "persons"), None, 32),
        (Held("affirmative", groups=("nationality=cuba",), share_of=PENDING), None, 0.25),
        (Held("affirmative", less=("nationality=cuba",)), None, 90),
        (Moved("affirmative", ((("source:filings",), ()),)), LAST, 11),
        (Moved("affirmative", ((("source:filings.cuba",), ("filing",)),)), LAST, 5),
        (Moved("affirmative", ((("merits",), ("granted",)),)), LAST, 3),
        (Moved("affirmative", (((), ()),), "persons"), LAST, 21),
        (Moved("affirmative", (((), ("granted",)),), also=Moved("family", (((), ()),))), LAST, 5),
        (Sampled(PENDING, (("lawyer", "yes"),)), None, 60),
        (Sampled(PENDING, (("lawyer", "no"),), ask="share"), None, 0.5),
        (Sampled(Held("affirmative", unit="persons"), (("lawyer", "yes"),), ask="share"), None, 0.75),
        (Sampled(PENDING, years=("2024", "2025")), None, 60),
        (Sampled(PENDING, ask="age"), None, (730 + 90) / 2),
        (Seats("judges"), None, 690),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, (int, float)) else "",
)
def test_how_a_measure_is_read(result, measure, last, said):
    assert checks.simulated(result, measure, DAY, last) == pytest.approx(said)


def test_a_day_outside_the_run_is_not_simulated(result):
    assert math.isnan(checks.simulated(result, PENDING, dt.date(2027, 4, 1)))


def test_lines_are_those_of_the_simulated_time(result):
    table = backtest.compare(result)
    flows = {"Apr 2026 - Jun 2026", "Apr 2026", "May 2026", "Jun 2026"}
    assert set(table["period"]) == flows | {"1 Jun 2026", "1 Jul 2026"}
    assert set(backtest.flows(table)["period"]) == flows
    assert list(table.columns) == list(backtest.COLUMNS)


def test_score_counts_simulated_lines_with_a_bound():
    table = pd.DataFrame(
        {
            "kind": ["simulated", "simulated", "simulated", "simulated", "given"],
            "verdict": ["near", "above", "no range", "not simulated", "below"],
            "period": ["1 Apr 2026", "Apr 2026", "Apr 2026", "Apr 2026", "Apr 2026"],
        }
    )
    assert backtest.score(table) == (1, 2)
    assert backtest.score(backtest.flows(table)) == (0, 1)


def test_what_is_shown_is_text():
    table = pd.DataFrame(
        {
            "what": ["Cases", "Share"], "published": [1234.0, 0.25], "low": [1000.0, None],
            "high": [2000.0, None], "simulated": [1300.0, math.nan], "ratio": [1.0535, math.nan],
            "note": ["", ""],
        }
    )  # fmt: skip
    shown = backtest.shown(table)
    assert list(shown) == ["what", "published", "range", "simulated", "ratio"]
    assert list(shown["published"]) == ["1,234", " 0.25"]
    assert shown["range"][0] == "1,000 - 2,000"
    assert shown["simulated"][1].strip() == shown["ratio"][1].strip() == ""


def test_nothing_published_for_that_time():
    from sim.scenario import load

    with pytest.raises(InputError, match="nothing was published"):
        backtest.run(load("baseline").between("2031-01-01", "2032-01-01"), 0.01)


@pytest.mark.parametrize(("scenario", "lines"), [("check_start", 40), ("baseline", 45)])
def test_three_quarters_of_the_simulated_lines_hold(scenario, lines):
    table = backtest.backtest(scenario, scale=0.05, seed=1)
    assert len(table) >= lines
    for part in (table, backtest.flows(table)):
        held, judged = backtest.score(part)
        assert held >= 0.75 * judged, part[~part["verdict"].isin(backtest.HELD)]


def test_the_court_and_the_asylum_offices_land_where_they_should():
    table = backtest.backtest("check_start", scale=0.05, seed=2).set_index(["what", "period"])
    court, offices = "Open court cases (case-file scope)", "Asylum applications pending at USCIS"
    for name in (court, offices, "Appeals at the Board"):
        assert table.loc[(name, "1 Apr 2026"), "verdict"] in ("near", "in range"), name
    assert 0.97 <= table.loc[(court, "1 Apr 2026"), "ratio"] <= 1.03


def test_every_measure_can_be_read():
    run = backtest.run("check_start", 0.01)
    for name, measure in MEASURES.items():
        last = dt.date(2026, 3, 31) if isinstance(measure, Moved) else None
        assert isinstance(checks.simulated(run, measure, dt.date(2026, 1, 1), last), float), name
