"""Facts M5-M11 of the mission: the refugee pathway."""

from __future__ import annotations

import pandas as pd
import pytest
from mission import (
    Mutation,
    both,
    change,
    days,
    level,
    lived,
    move,
    next_stage,
    opens_at,
    put,
    source_sets,
    without,
)

REFUGEES, PAST = "refugees", "refugees, 2022 to 2025"
ORDINARY, LOW = "refugees, ordinary years", "refugees, low ceiling"
DONE_BEFORE_TRAVEL = [
    "prescreening",
    "vetting",
    "interview",
    "decision",
    "assurance",
    "clearances",
    "booking",
    "travel",
]
MEDICAL_VALID = 182


def admissions(run):
    """The last line of every case admitted, and its lines."""
    last = run.cases_at("refugee", "travel", "admitted")
    return last, run.principals[run.principals["case"].isin(last["case"])]


def referred_here(rows):
    """Lines of cases that were referred in the run, not part of its opening stock."""
    return rows[rows["source"].str.match(r"refugee_(referrals|groups|family|sponsors|pretoria)(\.|$)")]


# -- the refugee pathway -----------------------------------------------------------------------------------------------


def check_m05(past):
    first = past.principals.drop_duplicates("case")
    first = first[first["stage"] == "prescreening"]
    for source, priority in (("referrals", "p1"), ("groups", "p2"), ("family", "p3"), ("sponsors", "p4")):
        rows = first[first["source"].str.startswith(f"refugee_{source}.")]
        assert set(level(rows, "priority")) == {priority}, f"{priority}: nobody, or another priority"
    days_of_p4 = first.loc[first["source"].str.startswith("refugee_sponsors."), "entered"]
    inside = days_of_p4.between(pd.Timestamp("2023-01-01"), pd.Timestamp("2025-01-26"))
    assert inside.all(), "private sponsors outside their years"


def test_m05_four_priorities_and_private_sponsors_only_in_their_years():
    check_m05(lived(PAST))


def check_m06(ordinary, low):
    last, rows = admissions(ordinary)
    rows = referred_here(rows)
    assert rows["case"].nunique() > 300, "hardly anybody is admitted"
    first = rows.drop_duplicates(["case", "stage"])
    order = first[first["stage"].isin(DONE_BEFORE_TRAVEL)].groupby("case")["stage"].agg(list)
    assert (order.map(lambda stages: stages == DONE_BEFORE_TRAVEL)).all(), (
        "admitted before everything was done"
    )
    lapsed = low.cases_at("refugee", "travel", "lapsed")
    assert len(lapsed) > 50, "no check lapses"
    assert set(next_stage(low)[lapsed.index]) <= {"clearances"}, "a lapsed check is not redone"
    last, rows = admissions(low)
    cleared = rows[rows["stage"] == "clearances"].groupby("case")["left"].max()
    age = days(last.set_index("case")["left"], cleared.reindex(last["case"])).dropna()
    assert len(age) > 100 and age.max() <= MEDICAL_VALID, "admitted with a lapsed medical examination"


def test_m06_nobody_enters_before_every_check_and_lapsed_ones_are_redone():
    check_m06(lived(ORDINARY), lived(LOW))


def months_to_arrival(run, since, until):
    """Months from referral to admission of those referred between two dates and admitted, the Pretoria stream apart."""
    last, rows = admissions(run)
    begun = referred_here(rows)
    begun = begun[begun["source"] != "refugee_pretoria"].groupby("case")["entered"].min()
    begun = begun[begun.between(pd.Timestamp(since), pd.Timestamp(until))]
    return days(last.set_index("case")["left"][begun.index], begun) / 30.44


def check_m07(ordinary, refugees):
    months = months_to_arrival(ordinary, "2029-10-01", "2030-09-30")
    assert len(months) > 100, "a cohort too small to judge"
    assert 18 <= months.median() <= 30, f"median of an ordinary year: {months.median():.1f} months"
    waiting = refugees.ends[(refugees.ends["pathway"] == "refugee") & refugees.ends["left"].isna()]
    waiting = waiting[level(waiting, "nationality") != "south_africa"]
    filed = pd.to_datetime(waiting["case"].str.split(":").str[1])
    assert len(waiting) > 1000, "a disrupted programme keeps nobody waiting"
    assert (refugees.last - filed).dt.days.median() / 30.44 > 36, (
        "a disrupted programme is as quick as an ordinary one"
    )


def test_m07_a_year_and_a_half_to_two_and_a_half_in_ordinary_years_and_far_longer_in_disrupted_ones():
    check_m07(lived(ORDINARY), lived(REFUGEES))


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
        assert over <= by_region.loc["reserve", "ceiling"] + family, "a region took the places of another"


def test_m08_the_ceiling_binds_by_year_and_region_resets_and_changes():
    check_m08(lived(REFUGEES), lived(LOW), lived(PAST))


def check_m09(ordinary):
    _, rows = admissions(ordinary)
    rows = referred_here(rows)
    assured = rows[(rows["stage"] == "assurance") & (rows["transition"] == "assured")]
    assert rows["case"].nunique() == assured["case"].nunique() > 300, "admitted without an agency"
    offices = ordinary.result.offices
    used = offices.loc[offices["office"] == "resettlement_agencies", "used"].sum()
    families = ordinary.moved("refugee", "assurance", "clearances")
    assert used / families == pytest.approx(600, rel=0.01), "placing a family costs an agency nothing"
    assert ordinary.ended("status", "reception_ends", "door=refugee") > 0, "nobody is received"


def test_m09_an_agency_takes_every_family_before_travel_and_receives_it():
    check_m09(lived(ORDINARY))


def check_m10(ordinary):
    last, _ = admissions(ordinary)
    family = level(last, "persons").astype(int).set_axis(last["case"])
    status = ordinary.rows[
        (ordinary.rows["pathway"] == "status") & ordinary.rows["parent"].isin(family.index)
    ]
    first = status.drop_duplicates("case")
    assert (family > 1).sum() > 300, "refugees come alone"
    assert first.groupby("parent").size().reindex(family.index).eq(family).all(), (
        "not the whole family was admitted"
    )
    travelled = last.set_index("case")["left"]
    assert (first["entered"].to_numpy() == travelled[first["parent"]].to_numpy()).all(), (
        "a family travelled apart"
    )


def test_m10_spouse_and_children_travel_together():
    check_m10(lived(ORDINARY))


def check_m11(ordinary):
    rows = ordinary.principals
    before = (
        rows.groupby("case")["stage"]
        .shift(1)[(rows["pathway"] == "refugee") & (rows["stage"] == "travel")]
        .dropna()
    )
    assert len(before) > 300 and set(before) == {"booking"}, "no last check right before travel"
    booked = ordinary.cases_at("refugee", "booking")
    failed = booked[booked["transition"].isin(["check_failed", "new_information"])]
    assert len(failed) > 50, "the last check never fails"
    assert set(next_stage(ordinary)[failed.index]) <= {"clearances", "on_hold"}, (
        "whoever fails it travels all the same"
    )


def test_m11_last_checks_right_before_travel():
    check_m11(lived(ORDINARY))


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
_ALL_REGIONS = {
    "africa": 0.3,
    "east_asia": 0.1,
    "europe_central_asia": 0.1,
    "latin_america_caribbean": 0.2,
    "near_east_south_asia": 0.2,
    "reserve": 0.1,
}
_NO_AGENCY = both(
    move("refugee.decision", "approved", target="clearances"),
    move("refugee.on_hold", "approved", target="clearances"),
    move("refugee.review", "reversed", target="clearances"),
)
_AT_ONCE = both(
    put("refugee.prescreening.days", 1),
    put("refugee.vetting.agency_check.days", 1),
    put("refugee.vetting.name_check.days", 1),
    put("refugee.on_hold.days", 1),
    put("refugee.booking.days", 1),
    put("refugee.clearances.medical.days", 1),
    put("refugee.clearances.security.days", 1),
    put("refugee.clearances.orientation.days", 1),
    put("offices.refugee_officers.staff", 4000),
    put("offices.resettlement_agencies.staff", 4000),
    put("quotas.refugee_ceiling.ceiling", 1000000),
)


MUTATIONS = [
    Mutation(
        "private sponsors for ever",
        check_m05,
        (PAST,),
        put("sources.refugee_sponsors.rate", 15000, factors="same"),
        "outside",
    ),
    Mutation(
        "groups without a priority of their own",
        check_m05,
        (PAST,),
        source_sets("refugee", "refugee_groups", door="refugee"),
        "p2",
    ),
    Mutation(
        "approved without an interview",
        check_m06,
        (ORDINARY, LOW),
        move("refugee.vetting", "interview", target="assurance"),
        "before everything",
        (ORDINARY,),
    ),
    Mutation(
        "travel without clearances",
        check_m06,
        (ORDINARY, LOW),
        move("refugee.assurance", "assured", target="booking"),
        "before everything",
        (ORDINARY,),
    ),
    Mutation(
        "clearances do not lapse",
        check_m06,
        (ORDINARY, LOW),
        put("refugee.clearances.medical.valid", 4000),
        "lapse",
        (LOW,),
    ),
    Mutation(
        "a lapsed check is not redone",
        check_m06,
        (ORDINARY, LOW),
        both(
            put(
                "refugee.clearances.medical.valid",
                {"mixture": [{"share": 0.5, "fixed": 91}, {"share": 0.5, "fixed": 900}]},
            )
        ),
        "lapsed medical",
        (LOW,),
    ),
    Mutation(
        "checks and officers take no time",
        check_m07,
        (ORDINARY, REFUGEES),
        _AT_ONCE,
        "ordinary year",
        (ORDINARY,),
    ),
    Mutation(
        "no suspension",
        check_m07,
        (ORDINARY, REFUGEES),
        both(
            *_OPEN,
            put("quotas.refugee_ceiling.ceiling", 125000),
            put("quotas.refugee_ceiling.allocation", _ALL_REGIONS),
            _AT_ONCE,
        ),
        "disrupted",
        (REFUGEES,),
    ),
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
    Mutation("no agency", check_m09, (ORDINARY,), _NO_AGENCY, "without an agency"),
    Mutation(
        "agencies without limit",
        check_m09,
        (ORDINARY,),
        put("refugee.assurance.minutes", 0),
        "costs an agency",
    ),
    Mutation("no reception", check_m09, (ORDINARY,), without("status", "reception_ends"), "received"),
    Mutation(
        "only the principal is admitted",
        check_m10,
        (ORDINARY,),
        opens_at("refugee.admitted", lambda one: None if one.name == "status" else one),
        "whole family",
    ),
    Mutation(
        "no last check",
        check_m11,
        (ORDINARY,),
        both(move("refugee.clearances", "booking", target="travel"), without("refugee", "booking")),
        "no last check",
    ),
    Mutation(
        "the last check never fails",
        check_m11,
        (ORDINARY,),
        put("refugee.booking.split", {"check_failed": 0, "new_information": 0}),
        "never fails",
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
