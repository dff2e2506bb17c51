"""Facts M19-M24 of the mission: families, and life after the grant."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from mission import (
    Mutation,
    both,
    change,
    days,
    ends_as,
    level,
    lived,
    marks_nothing,
    move,
    opens_at,
    put,
    stage,
)

OFFICERS, COURT, ORDINARY, PAST = "officers", "court", "refugees, ordinary years", "refugees, 2022 to 2025"
NEWCOMERS, HOLDERS = "newcomers", "holders of status"
YEAR, FIVE_YEARS, EARLY = 365, 1826, 90  # an application for citizenship may be filed ninety days early


def relatives(run):
    """Relatives left behind by those granted or admitted in the run: first line, day of the grant, day of reunion."""
    rows = run.rows[(run.rows["pathway"] == "family") & (run.rows["parent"] != "")]
    rows = rows[rows["parent"].isin(run.granted.index)]
    first = rows.drop_duplicates("case").set_index("case")
    return first.assign(
        grant=run.granted[first["parent"]].to_numpy(), reunion=run.granted.reindex(first.index)
    )


def families(run, pathway):
    """Persons on each case of a pathway that was granted or admitted, by case."""
    ends = run.ends[(run.ends["pathway"] == pathway) & run.ends["case"].isin(run.granted.index)]
    return level(ends, "persons").astype(int).set_axis(ends["case"])


# -- family ------------------------------------------------------------------------------------------------------------


def check_m19(officers, court, ordinary):
    together = {}
    for run, pathway in ((officers, "affirmative"), (court, "defensive"), (ordinary, "refugee")):
        family = families(run, pathway)
        status = run.rows[(run.rows["pathway"] == "status") & run.rows["parent"].isin(family.index)]
        status = status.drop_duplicates("case")
        assert (family > 1).sum() > 5, f"{pathway}: nobody is included"
        same = status.groupby("parent").size().reindex(family.index)
        assert same.eq(family).all(), f"{pathway}: whoever is included does not get status"
        assert status.groupby("parent")["entered"].nunique().eq(1).all(), f"{pathway}: the included are apart"
        left = relatives(run)
        left = left[left["parent"].isin(family.index)]
        assert len(left) > 10, f"{pathway}: nobody is left behind"
        assert (left["entered"] == left["grant"]).all(), (
            f"{pathway}: a relative's right does not begin with the grant"
        )
        included = (family - 1).sum()
        together[pathway] = included / (included + len(left))
        old = left[left["grant"] < run.last - pd.Timedelta(days=YEAR)]
        soon = days(old["reunion"], old["grant"]) < 180
        assert soon.mean() < 0.2, f"{pathway}: relatives left behind are apart only for weeks"
        petitioned = run.cases_at("family", "service_centre")["case"]
        assert left.index[left["reunion"].notna()].isin(petitioned).all(), (
            f"{pathway}: reunited without a petition"
        )
    assert together["refugee"] > 0.8, "refugees leave their families behind"
    assert together["refugee"] > together["affirmative"] + 0.2, "the two doors keep families apart alike"


def test_m19_who_is_included_is_never_apart_who_is_left_off_waits_for_a_petition():
    check_m19(lived(OFFICERS), lived(COURT), lived(ORDINARY))


OPEN_A_FAMILY = {"refugee.admitted", "affirmative.granted", "defensive.asylum_granted"}
OPEN_A_STATUS = OPEN_A_FAMILY | {"family.reunited_asylee", "family.reunited_refugee"}


def check_m20(officers, court, ordinary):
    for run in (officers, ordinary):
        for fate in ("lost_deadline", "lost_marriage", "lost_death"):
            assert run.ended("family", fate) > 0, f"nobody is lost by {fate}"
        waiting = relatives(run)
        entitled = run.cases_at("family", "entitled").set_index("case")
        entitled = entitled[entitled.index.isin(waiting.index)]
        until = entitled["left"].fillna(run.last)
        assert days(until, waiting.loc[entitled.index, "grant"]).max() <= 730, "a petition after two years"
    assert ordinary.moved("family", "claim", "lost_age") > 0, "no refugee's child is overtaken by age"
    assert officers.moved("family", "claim", "lost_age") == 0, (
        "an asylum applicant's child is overtaken by age"
    )
    assert officers.moved("family", "claim", "entitled", "relation=child") > 0, (
        "no asylee leaves a child behind"
    )
    assert court.moved("defensive", None, "withholding") > 0, "nobody is granted withholding"
    for run in (officers, court, ordinary):
        for pathway, sources in (("family", OPEN_A_FAMILY), ("status", OPEN_A_STATUS)):
            flow = run.result.flow
            came = flow[(flow["pathway"] == pathway) & flow["from_stage"].str.startswith("source:")][
                "from_stage"
            ]
            found = {".".join(name.removeprefix("source:").split(".")[:2]) for name in came.unique()}
            assert found <= sources, f"{found - sources} opens a right"


def test_m20_two_years_frozen_ages_marriage_death_and_no_right_from_withholding():
    check_m20(lived(OFFICERS), lived(COURT), lived(ORDINARY))


# -- after the grant ---------------------------------------------------------------------------------------------------

STAYS = {"citizen", "remains_resident", "without_green_card", "status_ended", "died", "left"}
MILESTONES = {"work", "reception_ends", "cash_aid_ends", "petition_ends"}


def check_m21(officers, court, past):
    for run in (officers, court, past):
        opened = run.moved("status", target="asylee_first_year") + run.moved(
            "status", target="refugee_first_year"
        )
        assert run.ended("status", "work") > 0.97 * opened > 0, "not everybody may work at once"
        assert run.ended("status", "cash_aid_ends") > 0, "nobody receives aid"
        outcomes = run.result.outcomes
        found = set(outcomes.loc[outcomes["pathway"] == "status", "outcome"]) - MILESTONES
        assert found <= STAYS, f"the protected end as {found - STAYS}"
        rows = run.principals[run.principals["case"].isin(run.granted.index)]
        after = rows["entered"] > run.granted[rows["case"]].to_numpy()
        assert not after.any(), "whoever is protected goes on in proceedings"


def test_m21_the_protected_work_at_once_receive_aid_and_are_not_returned():
    check_m21(lived(OFFICERS), lived(COURT), lived(PAST))


def check_m22(newcomers):
    filed = newcomers.cases_at("defensive", "master", "application_filed")
    assert len(filed) > 20, "nobody files in court"
    for pathway in ("affirmative", "defensive"):
        # everybody asks on or after 1 May 2026, so that 180 days end on 28 October at the earliest
        assert newcomers.ended(pathway, "work_permit", year=2026) == 0, (
            f"{pathway}: a work permit before 180 days"
        )
        assert newcomers.ended(pathway, "work_permit", year=2027) > 0, f"{pathway}: no work permit"


def test_m22_no_work_permit_before_180_days_of_the_asylum_clock():
    check_m22(lived(NEWCOMERS))


def opened_by(rows, source):
    """Lines of cases of one opening stock, with the day on which their clock began."""
    rows = rows[rows["source"] == source]
    return rows.assign(begun=pd.to_datetime(rows["case"].str.split(":").str[1]))


def check_m23(officers, ordinary, holders):
    for run, door in ((officers, "asylee"), (ordinary, "refugee")):
        rows = run.rows[(run.rows["pathway"] == "status") & (run.rows["parent"] != "")]
        begun = rows.groupby("case")["entered"].min()
        asked = rows[rows["stage"] == f"{door}_adjustment"].groupby("case")["entered"].min()
        assert len(asked) > 20, f"{door}: nobody asks for a green card"
        assert days(asked, begun[asked.index]).min() >= YEAR, f"{door}: a green card within a year"
    status = holders.rows[holders.rows["pathway"] == "status"]
    resident = status[(status["stage"] == "resident") & (status["transition"] == "date_reached")]
    approved = status[(status["stage"] == "asylee_adjustment") & (status["transition"] == "approved")]
    since = approved.set_index("case")["left"]
    asylees = resident[resident["case"].isin(since.index)].set_index("case")["left"]
    assert len(asylees) > 5, "no asylee reaches the date of citizenship"
    after = days(asylees, since[asylees.index])
    assert after.min() == after.max() == FIVE_YEARS - YEAR - EARLY, (
        "not five years from a year before the approval"
    )
    refugees = opened_by(resident, "first_year_refugees")
    refugees = pd.concat([refugees, opened_by(resident, "refugees_adjusting")])
    assert len(refugees) > 20, "no refugee reaches the date of citizenship"
    approval = status[status["stage"] == "refugee_adjustment"].groupby("case")["left"].max()
    late = days(approval[refugees["case"]].set_axis(refugees.index), refugees["begun"]) >= FIVE_YEARS - EARLY
    after = days(refugees["left"], refugees["begun"])
    assert after[~late].min() == after[~late].max() == FIVE_YEARS - EARLY, "not five years from the admission"
    citizens = status[status["transition"] == "citizen"]
    assert len(citizens) > 100, "nobody becomes a citizen"
    asked = status[status["stage"] == "citizenship_filing"].groupby("case")["left"].min()
    in_order = citizens[citizens["case"].isin(asked.index)]
    assert (in_order["left"] >= asked[in_order["case"]].to_numpy()).all(), "a citizen before asking"


def test_m23_green_card_after_a_year_citizenship_five_years_from_a_date_that_differs():
    check_m23(lived(OFFICERS), lived(ORDINARY), lived(HOLDERS))


def months_to_rights(officers, past):
    """Median months from the first day of status to each right and support, by door; NaN where it never comes."""
    found = {}
    for door, run in (("refugee", past), ("asylum", officers)):
        rows = run.rows[(run.rows["pathway"] == "status") & (run.rows["parent"] != "")]
        begun = rows.groupby("case")["entered"].min()
        green = rows[rows["stage"].str.endswith("_adjustment")].groupby("case")["entered"].min()
        counted = {
            name: run.ended("status", name, f"door={door}", what="persons") for name in sorted(MILESTONES)
        }
        opened = len(begun) / run.result.info["scale"]
        found[door] = {name: count / opened for name, count in counted.items()}
        found[door]["months to ask for a green card"] = (days(green, begun[green.index]) / 30.44).median()
    return pd.DataFrame(found)


def check_m24(officers, court, past):
    table = months_to_rights(officers, past)
    assert table.loc["reception_ends", "refugee"] > 0.5, "refugees are not received"
    assert court.ended("status", "work", "door=refugee") == 0, "asylees are counted as refugees"
    for run in (officers, court):
        assert run.ended("status", "reception_ends", "door=asylum") == 0, (
            "asylees have an organised reception"
        )
        assert run.ended("status", "work", "door=asylum") > 0, "asylees may not work"
    for right in ("work", "cash_aid_ends"):
        assert table.loc[right].min() > 0.5, f"not both doors have {right}"
    assert table.loc["months to ask for a green card"].between(12, 36).all(), "a green card at another time"


def test_m24_support_differs_between_the_doors():
    check_m24(lived(OFFICERS), lived(COURT), lived(PAST))


# -- without the rule --------------------------------------------------------------------------------------------------

_ALL, _GRANTED, _COURT_GRANTED = (
    (OFFICERS, COURT, ORDINARY),
    "affirmative.granted",
    "defensive.asylum_granted",
)


def _only_the_principal(one):
    return replace(one, count="one") if one.name == "status" else one


def _no_relatives(one):
    return one if one.name == "status" else None


def _no_door(one):
    return replace(one, sets=()) if one.name == "status" else one


def _withholding_opens_a_family(draft, scenario):
    court = next(p for p in draft.pathways if p.name == "defensive")
    return stage("defensive.withholding", opens=court.stage("asylum_granted").opens)(draft, scenario)


def _received_too(draft, scenario):
    pathways = []
    for one in draft.pathways:
        milestones = tuple(replace(m, only=()) if m.name == "reception_ends" else m for m in one.milestones)
        pathways.append(replace(one, milestones=milestones))
    return replace(draft, pathways=tuple(pathways)), scenario


_NO_MARRIAGE = both(
    *(
        put(f"family.{name}.lost_marriage.rate", 0)
        for name in (
            "entitled",
            "service_centre",
            "overseas_office",
            "post",
            "v92_travel",
            "v93_clearances",
            "v93_travel",
        )
    )
)
_ALIKE = {"spouse": {"lost_age": 0}, "child": {"lost_age": 0.06}}

MUTATIONS = [
    Mutation(
        "only the principal is granted",
        check_m19,
        _ALL,
        opens_at(_GRANTED, _only_the_principal),
        "does not get status",
        (OFFICERS,),
    ),
    Mutation(
        "nobody is left behind",
        check_m19,
        _ALL,
        opens_at(_COURT_GRANTED, _no_relatives),
        "left behind",
        (COURT,),
    ),
    Mutation(
        "no petition",
        check_m19,
        _ALL,
        both(put("family.entitled.days", 1), move("family.entitled", "petition_filed", target="v92_travel")),
        "only for weeks|without a petition",
        (OFFICERS,),
    ),
    Mutation(
        "refugees leave their families behind",
        check_m19,
        _ALL,
        both(
            put("refugee.draws.spouse_apart", {"0": 0.1, "1": 0.9}),
            put("refugee.draws.children_apart", {"3": 1, "default": 0}),
        ),
        "behind|alike",
        (ORDINARY,),
    ),
    Mutation(
        "no deadline",
        check_m20,
        _ALL,
        put("family.entitled.overdue.days", 9000),
        "lost_deadline|two years",
        (OFFICERS,),
    ),
    Mutation("marriage does not matter", check_m20, _ALL, _NO_MARRIAGE, "lost_marriage", (OFFICERS,)),
    Mutation(
        "refugees' children never age",
        check_m20,
        _ALL,
        put("family.claim.split", {"lost_age": 0}),
        "overtaken",
        (ORDINARY,),
    ),
    Mutation(
        "one freezing date",
        check_m20,
        _ALL,
        put("family.claim.split", _ALIKE, ("relation",)),
        "an asylum applicant's child",
        (OFFICERS,),
    ),
    Mutation(
        "withholding opens a family", check_m20, _ALL, _withholding_opens_a_family, "opens a right", (COURT,)
    ),
    Mutation(
        "work after half a year",
        check_m21,
        (OFFICERS, COURT, PAST),
        put("status.work.days", 180),
        "work at once",
        (OFFICERS,),
    ),
    Mutation(
        "the protected may be returned",
        check_m21,
        (OFFICERS, COURT, PAST),
        both(
            ends_as("status", "returned", "Returned"),
            move("status.asylee_adjustment", "denied", target="returned"),
            put("status.asylee_adjustment.split", {"denied_reapplies": 0.1, "denied": 0.8}),
        ),
        "end as",
        (OFFICERS,),
    ),
    Mutation(
        "work permits after a month at USCIS",
        check_m22,
        (NEWCOMERS,),
        put("affirmative.work_permit.days", 30),
        "affirmative: a work permit before",
    ),
    Mutation(
        "work permits after a month in court",
        check_m22,
        (NEWCOMERS,),
        put("defensive.work_permit.days", 30),
        "defensive: a work permit before",
    ),
    Mutation(
        "the clock runs from the charge",
        check_m22,
        (NEWCOMERS,),
        marks_nothing("defensive", "application_filed"),
        "defensive: a work permit before",
    ),
    Mutation(
        "green card at once for asylees",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        put("status.asylee_first_year.days", 30),
        "asylee: a green card",
        (OFFICERS,),
    ),
    Mutation(
        "green card at once for refugees",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        put("status.refugee_first_year.days", 30),
        "refugee: a green card",
        (ORDINARY,),
    ),
    Mutation(
        "no set-back date for asylees",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        marks_nothing("status", "approved"),
        "before the approval",
        (HOLDERS,),
    ),
    Mutation(
        "five years from the approval",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        change("status.resident.days.default", {"fixed": FIVE_YEARS - EARLY}),
        "before the approval",
        (HOLDERS,),
    ),
    Mutation(
        "refugees count from the green card",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        stage("status.resident", since="entered"),
        "from the admission|no refugee reaches",
        (HOLDERS,),
    ),
    Mutation(
        "reception for asylees too",
        check_m24,
        (OFFICERS, COURT, PAST),
        _received_too,
        "organised reception",
        (OFFICERS,),
    ),
    Mutation(
        "no reception for refugees",
        check_m24,
        (OFFICERS, COURT, PAST),
        put("status.reception_ends.days", 9000),
        "not received",
        (PAST,),
    ),
    Mutation(
        "court grants without a door",
        check_m24,
        (OFFICERS, COURT, PAST),
        opens_at(_COURT_GRANTED, _no_door),
        "counted as refugees",
        (COURT,),
    ),
    Mutation(
        "no aid for asylees",
        check_m24,
        (OFFICERS, COURT, PAST),
        put("status.cash_aid_ends.days", 9000),
        "cash_aid",
        (OFFICERS,),
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
