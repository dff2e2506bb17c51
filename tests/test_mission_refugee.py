"""Facts M5-M7 and M9-M11 of the mission: the refugee pathway."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from mission import (
    REFUGEE,
    WORLDS,
    Mutation,
    World,
    admissions,
    both,
    days,
    level,
    lived,
    move,
    next_stage,
    only,
    opens_at,
    put,
    source_sets,
    without,
)
from mission import stage as change_stage

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


def referred_here(rows):
    """Lines of cases that were referred in the run, not part of its opening stock."""
    return rows[rows["source"].str.match(r"refugee_(referrals|groups|family|sponsors|pretoria)(\.|$)")]


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


CHECKS = {
    "vetting": ("name_check", "agency_check"),
    "clearances": ("medical", "security", "orientation"),
}


def never_done(stage, item):
    """The name of a short run in which one check of a stage takes longer than the run."""
    name = f"{stage} without an end: {item}"
    if name not in WORLDS:
        rule = both(only(REFUGEE), put(f"refugee.{stage}.{item}.days", 4000))
        WORLDS[name] = World("ordinary_years", 0.005, rule, years=1)
    return name


SLOW = tuple(never_done(stage, item) for stage, items in CHECKS.items() for item in items)


def check_each(*slow):
    for name, run in zip(SLOW, slow, strict=True):
        stage, _, item = name.partition(" without an end: ")
        rows = run.cases_at("refugee", stage)
        assert len(rows) > 30, f"hardly anybody is at {stage}"
        assert not (rows["transition"] == "interview").any(), f"nobody waits for {item}"
        assert not (rows["transition"] == "booking").any(), f"nobody waits for {item}"


def test_m06_each_of_the_checks_holds_a_family_back():
    check_each(*map(lived, SLOW))


def months_to_arrival(run, since, until):
    """Months from referral to admission of those referred between two dates and admitted, the Pretoria stream apart."""
    last, rows = admissions(run)
    begun = referred_here(rows)
    begun = begun[begun["source"] != "refugee_pretoria"].groupby("case")["entered"].min()
    begun = begun[begun.between(pd.Timestamp(since), pd.Timestamp(until))]
    return days(last.set_index("case")["left"][begun.index], begun) / 30.44


def check_m07(ordinary, refugees):
    # the stock that the suspension left is interviewed by then, and four years remain for the slowest
    months = months_to_arrival(ordinary, "2031-10-01", "2032-09-30")
    assert len(months) > 100, "a cohort too small to judge"
    assert 18 <= months.mean() <= 24, f"mean of an ordinary year: {months.mean():.1f} months"
    assert 18 <= months.median() <= 24, f"median of an ordinary year: {months.median():.1f} months"
    waiting = refugees.ends[(refugees.ends["pathway"] == "refugee") & refugees.ends["left"].isna()]
    waiting = waiting[level(waiting, "nationality") != "south_africa"]
    filed = pd.to_datetime(waiting["case"].str.split(":").str[1])
    assert len(waiting) > 1000, "a disrupted programme keeps nobody waiting"
    assert (refugees.last - filed).dt.days.median() / 30.44 > 36, (
        "a disrupted programme is as quick as an ordinary one"
    )


def test_m07_a_year_and_a_half_to_two_years_in_ordinary_years_and_far_longer_in_disrupted_ones():
    check_m07(lived(ORDINARY), lived(REFUGEES))


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


def _leave_out(stage, item):
    """Takes one check of a stage away, with its numbers."""

    def rule(system, scenario):
        left = tuple(name for name in CHECKS[stage] if name != item)
        system, scenario = change_stage(f"refugee.{stage}", items=left)(system, scenario)
        prefix = f"refugee.{stage}.{item}."
        numbers = {path: n for path, n in scenario.numbers.items() if not path.startswith(prefix)}
        return system, replace(scenario, numbers=numbers, _used=set())

    return rule


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
    *(
        Mutation(
            f"no {item} at {stage}",
            check_each,
            SLOW,
            _leave_out(stage, item),
            f"waits for {item}",
            (never_done(stage, item),),
        )
        for stage, items in CHECKS.items()
        for item in items
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
