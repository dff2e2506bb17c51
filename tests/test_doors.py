"""The two doors side by side: months to each right, years apart by phase; from the tables and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import BUSY, busy, play

import sim
from sim import measures_counts as counts
from sim.pathways.published import RIGHTS

MONTH = 365.25 / 12


@pytest.fixture(scope="module")
def ordinary():
    return sim.run("ordinary_years", scale=0.01, years=5)


def rows(result, right, door):
    table = result.doors()
    return table[(table["right"] == right) & (table["door"] == door)]


def test_both_doors_have_every_right(ordinary):
    table = ordinary.doors()
    assert set(table["right"]) == {right.name for right in RIGHTS}
    assert (table.groupby("right")["door"].nunique() == 2).all()
    assert set(table["how"]) == {"took", "reached", "law"}


def test_months_are_those_of_the_waits(ordinary):
    for right in RIGHTS:
        if right.how == "law":
            continue
        row = ordinary.doors().query("label == @right.label and door == @right.door").iloc[0]
        waits = ordinary.waits.query(
            "pathway == @right.pathway and stage == @right.stage and group == @right.group "
            "and basis == @right.how"
        ).set_index("fiscal_year")
        found = waits.loc[row["fiscal_year"]]
        assert row["cases"] == found["cases"]
        if not np.isnan(row["p50"]):
            assert row["p50"] == found["p50"] / MONTH
        if right.how == "reached":
            assert row["reached"] == pytest.approx(1 - found["still_waiting"] / found["cases"])


def test_what_the_doors_give(ordinary):
    """Mission M19, M21-M24: together or apart, work at once or by permit, reception for refugees only."""
    assert rows(ordinary, "work", "refugee")["p90"].iloc[0] == pytest.approx(1 / MONTH)
    assert rows(ordinary, "work_permit", "asylum")["p10"].min() > 150 / MONTH
    assert rows(ordinary, "work_permit", "refugee")["p50"].isna().all()
    assert rows(ordinary, "reception_ends", "asylum")["p50"].isna().all()
    assert 2 < rows(ordinary, "reception_ends", "refugee")["p50"].iloc[0] < 13
    assert rows(ordinary, "petition_ends", "asylum")["p50"].iloc[0] == pytest.approx(24, abs=0.1)
    assert len(rows(ordinary, "protection", "asylum")) == 2  # at an asylum office, and in court
    assert rows(ordinary, "green_card", "asylum")["how"].iloc[0] == "reached"


def test_a_year_of_few_cases_is_not_read(ordinary):
    table = ordinary.doors()
    few = table["cases"] * 0.01 < counts.FEWEST
    told = table["how"] != "law"
    assert table[few & told][["p10", "p50", "p90"]].isna().all(axis=None)
    assert table[~few & told]["p10"].notna().any()


def test_fates_add_up(ordinary):
    table, whole = ordinary.fates(), ordinary.separation().query("fiscal_year > 0")
    for door, lines in table.groupby("door"):
        kin = whole[whole["door"] == door]
        fate, phase = (lines[lines["kind"] == kind] for kind in ("fate", "phase"))
        assert fate["amount"].sum() == pytest.approx(kin["relatives"].sum()) and fate[
            "each"
        ].sum() == pytest.approx(1)
        apart = (kin["months_apart"] * kin["relatives"]).sum() / kin["relatives"].sum()
        assert phase["each"].sum() == pytest.approx(apart)
        assert set(phase["label"]) <= set(ordinary.info["labels"]["phases"].values())


def test_separation_adds_up(ordinary):
    table = ordinary.separation()
    assert set(table["door"]) == {"refugee", "asylum"}
    assert np.allclose(table["relatives"], table["reunited"] + table["lost"] + table["still_apart"])
    apart = [name for name in table if name.startswith("years_apart_")]
    assert len(apart) == 5
    assert np.allclose(table["months_apart"], 12 * table[apart].sum(axis=1) / table["relatives"])
    everyone = ordinary.families.query("pathway == 'family' and group == '*' and measure == 'relatives'")
    assert table["relatives"].sum() == pytest.approx(everyone["value"].sum())


def test_a_system_without_doors():
    result = play(busy(), BUSY)
    assert result.doors().empty and result.separation().empty
