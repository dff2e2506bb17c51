"""Fact M8 of the mission: the yearly ceiling on refugees."""

from __future__ import annotations

import pandas as pd
import pytest
from mission import Mutation, admissions, both, change, level, lived, put

REFUGEES, PAST = "refugees", "refugees, 2022 to 2025"
LOW = "refugees, low ceiling"


def admitted_by_day(run):
    last, _ = admissions(run)
    persons = level(last, "persons").astype(int)
    return persons.groupby(last["left"]).sum() * (1 / run.result.info["scale"])


def check_m08(refugees, low, past):
    persons = admitted_by_day(refugees)
    family = (
        12 / refugees.result.info["scale"]
    )  # below scale 1 the last family to pass may exceed the ceiling
    used = 4499  # October 2025 to March 2026
    unsigned = persons["2026-10-01":"2026-11-30"].sum()
    assert unsigned == 0, "somebody was admitted while no ceiling was signed"
    assert used + persons[:"2026-05-20"].sum() <= 7500 + family, "more than 7,500 before May 2026"
    year_2026 = used + persons[:"2026-09-30"].sum()
    assert 7500 + family < year_2026, "no raise in May 2026"
    assert year_2026 <= 17500 + family, "more than 17,500 in fiscal 2026"
    for year in (2027, 2028):
        taken = persons[f"{year - 1}-10-01" : f"{year}-09-30"].sum()
        assert taken <= 17500 + 2 * family, f"more than 17,500 in fiscal {year}"
        assert taken > 12000, f"the ceiling did not reset in {year}"
    last, _ = admissions(refugees)
    assert set(level(last, "nationality")) == {"south_africa"}, "the suspended programme admitted others"
    halted = admitted_by_day(past)
    others, _ = admissions(past)
    others = others[level(others, "nationality") != "south_africa"]
    assert halted["2023-10-01":"2024-09-30"].sum() > 40000, "no open year before the suspension"
    assert not (others["left"] >= pd.Timestamp("2025-01-22")).any(), "travel went on after the suspension"
    family = 12 / low.result.info["scale"]
    quota = low.result.quota.set_index(["fiscal_year", "region"])
    assert quota.loc[(2029, "*"), "used"] <= family, "travel went on in the year without it"
    for year in (2030, 2031):
        by_region = quota.loc[year]
        assert by_region.loc["*", "used"] > 15000, "a low ceiling is not used"
        assert by_region.loc["*", "used"] <= 18000 + family, "places rolled over from the year without travel"
        regions = by_region.drop(["*", "reserve"])
        over = (regions["used"] - regions["ceiling"]).clip(lower=0).sum()
        # below scale 1 a family passes while its region has any place left
        most = by_region.loc["reserve", "ceiling"] + len(regions) * family
        assert over <= most, "a region took the places of another"


def test_m08_the_ceiling_binds_by_year_and_region_resets_and_changes():
    check_m08(lived(REFUGEES), lived(LOW), lived(PAST))


# -- without the rule --------------------------------------------------------------------------------------------------

_OPEN = [
    put(f"refugee.{name}.hold", 0)
    for name in (
        "prescreening",
        "vetting",
        "interview",
        "on_hold",
        "review",
        "assurance",
        "clearances",
        "travel",
    )
]

MUTATIONS = [
    Mutation(
        "admitted while unsigned",
        check_m08,
        (REFUGEES, LOW, PAST),
        change("quotas.refugee_ceiling.ceiling", 17500, "2026-10-01"),
        "signed",
        (REFUGEES,),
    ),
    Mutation(
        "no raise in May",
        check_m08,
        (REFUGEES, LOW, PAST),
        put(
            "quotas.refugee_ceiling.ceiling",
            {pd.Timestamp("2025-10-31").date(): 7500, pd.Timestamp("2026-10-01").date(): 0},
        ),
        "no raise",
        (REFUGEES,),
    ),
    Mutation(
        "places roll over",
        check_m08,
        (REFUGEES, LOW, PAST),
        change("quotas.refugee_ceiling.ceiling", 36000, "2029-10-01"),
        "rolled over",
        (LOW,),
    ),
    Mutation(
        "no suspension",
        check_m08,
        (REFUGEES, LOW, PAST),
        both(*_OPEN),
        "the suspended programme",
        (REFUGEES,),
    ),
    Mutation(
        "travel goes on after January 2025",
        check_m08,
        (REFUGEES, LOW, PAST),
        both(*_OPEN),
        "went on",
        (PAST,),
    ),
    Mutation(
        "regions do not bind",
        check_m08,
        (REFUGEES, LOW, PAST),
        put("quotas.refugee_ceiling.regions_bind", 0),
        "took the places",
        (LOW,),
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
