"""Facts M21-M24 of the mission: work, green card, citizenship and support, door by door."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from mission import Mutation, both, change, days, ends_as, lived, marks_nothing, move, opens_at, put, stage

OFFICERS, COURT, ORDINARY, PAST = "officers", "court", "refugees, ordinary years", "refugees, 2022 to 2025"
NEWCOMERS, HOLDERS = "newcomers", "holders of status"
YEAR, FIVE_YEARS, EARLY = 365, 1826, 90  # an application for citizenship may be filed ninety days early
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
        # everybody files on or after 4 May 2026, so that 150 days end on 1 October at the earliest, 180 on 31 October
        assert newcomers.ended(pathway, "work_permit_request", year=2026) == 0, (
            f"{pathway}: a work permit asked for before 150 days"
        )
        assert newcomers.ended(pathway, "work_permit", year=2026) == 0, (
            f"{pathway}: a work permit before 180 days"
        )
        given = newcomers.ended(pathway, "work_permit", year=2027)
        assert given > 0, f"{pathway}: no work permit"
        assert newcomers.ended(pathway, "work_permit_request", year=2027) > given, (
            f"{pathway}: a work permit that nobody asked for"
        )


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
    assert holders.moved("status", "naturalisation", "remains_resident") > 0, "nobody fails for citizenship"
    for door in ("asylee", "refugee"):
        refused = holders.moved("status", f"{door}_adjustment", "without_green_card")
        assert refused > 0, f"{door}: no green card is refused"
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
    found = past.result.doors().query("label == 'Organised reception ends' and door == 'refugee'")
    assert 1 <= found["p50"].iloc[0] <= 6, "reception does not last for the first months"
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

_COURT_GRANTED = "defensive.asylum_granted"


def _no_door(one):
    return replace(one, sets=()) if one.name == "status" else one


def _received_too(draft, scenario):
    pathways = []
    for one in draft.pathways:
        milestones = tuple(replace(m, only=()) if m.name == "reception_ends" else m for m in one.milestones)
        pathways.append(replace(one, milestones=milestones))
    return replace(draft, pathways=tuple(pathways)), scenario


MUTATIONS = [
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
        "work permits asked for after four months",
        check_m22,
        (NEWCOMERS,),
        put("affirmative.work_permit_request.days", 120),
        "affirmative: a work permit asked for",
    ),
    Mutation(
        "work permits asked for after a year, given before",
        check_m22,
        (NEWCOMERS,),
        put("defensive.work_permit_request.days", 365),
        "defensive: a work permit that nobody",
    ),
    Mutation(
        "the clock runs from the charge",
        check_m22,
        (NEWCOMERS,),
        marks_nothing("defensive", "application_filed"),
        "defensive: a work permit asked for before",
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
        "every citizenship application is approved",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        put("status.naturalisation.split", {"citizen": 1, "denied_reapplies": 0, "denied": 0}),
        "nobody fails",
        (HOLDERS,),
    ),
    Mutation(
        "every green card is approved",
        check_m23,
        (OFFICERS, ORDINARY, HOLDERS),
        put("status.asylee_adjustment.split", {"approved": 1, "denied_reapplies": 0, "denied": 0}),
        "asylee: no green card is refused",
        (HOLDERS,),
    ),
    Mutation(
        "reception of a week",
        check_m24,
        (OFFICERS, COURT, PAST),
        put("status.reception_ends.days", 7),
        "first months",
        (PAST,),
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
