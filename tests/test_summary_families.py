"""A summary on families, on the two doors, and on what holds admissions below the ceiling."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim import measures_counts as counts
from sim.results import Result
from sim.summary import amount
from sim.summary_families import binding_sentence, family_sentences, rights_tables, separation_tables


@pytest.fixture(scope="module")
def ordinary():
    return sim.run("ordinary_years", scale=0.01, until="2030-09-30")


def changed(result, **frames):
    tables = {name: getattr(result, name) for name in result.info["tables"]}
    return Result(result.info, tables | frames)


def test_relatives_of_both_doors_in_sentences(ordinary):
    text = family_sentences(ordinary, amount, "1 April 2026", "30 September 2036")
    assert [line.split(" from 1 April 2026 to 30 September 2036 left")[0] for line in text[:2]] == [
        "People admitted as refugees",
        "People granted asylum",
    ]
    table = ordinary.separation()
    new = table[(table["door"] == "asylum") & (table["fiscal_year"] > 0)].sum(numeric_only=True)
    for name in ("relatives", "reunited", "lost", "still_apart"):
        assert amount(new[name]) in text[1], name
    assert "the principal's case is open" in text[1] and "petition at USCIS" not in text[1].split("(")[1]
    assert "on 30 September 2036" in text[2] and "whose own case is still open" in text[2]


def test_months_apart_by_phase(ordinary):
    ((title, table),) = separation_tables(ordinary)
    assert "Months apart" in title and list(table.columns) == ["", "refugee", "asylum"] and len(table) == 5
    rows = ordinary.separation().query("fiscal_year > 0 and door == 'asylum'")
    whole = 12 * rows.filter(like="years_apart_").to_numpy().sum() / rows["relatives"].sum()
    assert table["asylum"].sum() == pytest.approx(whole)


def test_rights_side_by_side(ordinary):
    ((title, table),) = rights_tables(ordinary)
    assert "Months to each right" in title and len(table) == len(ordinary.doors())
    at_once = table[table[""] == "Work, once protected"]
    assert (at_once[["10 %", "50 %", "90 %"]] == "at once").all(axis=None) and set(at_once["door"]) == {
        "refugee",
        "asylum",
    }
    never = table[(table["door"] == "asylum") & (table[""] == "Organised reception ends")]
    assert never["50 %"].isna().all()
    assert title in ordinary.summary().text()


def year_of(result):
    return next(year for year in counts.fiscal_years(result) if year.number == 2030)


def with_offices(result, **busy):
    offices = result.offices.copy()
    of = offices["office"].str.partition(".")[0]
    shares = of.map(busy).fillna(0.5)
    return changed(result, offices=offices.assign(used=shares * offices["capacity"], utilisation=shares))


def with_lapsed(result, share):
    quota = result.quota.copy()
    here = (quota["fiscal_year"] == 2030) & (quota["region"] == "*")
    quota.loc[here, "lapsed"] = share * quota.loc[here, "ceiling"]
    return changed(result, quota=quota)


def test_the_stage_that_binds_is_named(ordinary):
    result = with_lapsed(with_offices(ordinary, refugee_officers=1.0), 0.3)
    text = binding_sentence(result, year_of(result), amount)
    end = pd.Timestamp(year_of(result).last)
    stock = result.stock.query("pathway == 'refugee' and stage == 'interview' and group == '*'")
    waiting = stock[stock["date"] == end]["persons"].sum()
    assert "Waiting for a U.S. officer's interview" in text and "refugee officers used 100 %" in text
    assert f"where {amount(waiting)} people wait" in text


def test_no_office_binds(ordinary):
    result = with_lapsed(with_offices(ordinary, refugee_officers=0.7), 0.3)
    text = binding_sentence(result, year_of(result), amount)
    assert "no office on the way was short of time (the busiest, refugee officers, used 70 %" in text


def test_a_ceiling_that_is_reached_binds_itself(ordinary):
    assert binding_sentence(with_lapsed(ordinary, 0.01), year_of(ordinary), amount) == ""


def test_late_cohorts_have_no_percentile_but_say_who_waits(ordinary):
    tables = dict(ordinary.summary().tables)
    table = next(frame for title, frame in tables.items() if title.startswith("Asylum applications at USCIS"))
    last = table.iloc[-1]
    assert np.isnan(last["90 % end within"]) and last["still open"] > 0 and last["% still open"] > 50
    waits = ordinary.waits.query("basis == 'entered' and pathway == 'affirmative' and stage == '*'")
    days = (pd.Timestamp("2030-09-30") - pd.Timestamp("2029-10-01")).days
    assert not (waits[waits["fiscal_year"] == 2030]["p90"] > days).any()
