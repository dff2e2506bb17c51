"""Facts M12-M14 of the mission: affirmative asylum."""

from __future__ import annotations

import pandas as pd
import pytest
from mission import Mutation, both, change, days, ends_as, heard, level, lived, move, next_stage, put

OFFICERS, COURT = "officers", "court"
FIFO, LIFO, TRACKS = (
    "interviews, first in first out",
    "interviews, last in first out",
    "interviews, two tracks",
)


def decided(run):
    """Last screening before an officer's decision: one line a case, children who came alone left out."""
    rows = run.cases_at("affirmative", "vetting", "one_year_rule")
    return rows[level(rows, "unaccompanied") == "no"]


def granted_by_officer(run, timely):
    rows = decided(run)
    rows = rows[level(rows, "timely") == timely]
    return ((next_stage(run)[rows.index] == "") & rows["case"].isin(run.granted.index)).sum()


def check_m12(officers, court):
    assert (level(decided(officers), "timely") == "late").sum() > 50, "nobody files late"
    assert granted_by_officer(officers, "late") == 0, "an officer granted a late claim"
    assert granted_by_officer(officers, "on_time") > 20, "claims in time are not granted"
    assert granted_by_officer(officers, "excused") > 5, "an excused claim is not granted"
    judges = heard(court)
    judges = judges[
        (level(judges, "application") == "asylum") & (level(judges, "origin") != "reasonable_fear")
    ]
    late = judges[level(judges, "timely") == "late"]
    assert len(late) > 80, "no late claim is heard in court"
    assert not late["granted"].any(), "a judge granted a late claim"
    assert late["protected"].mean() > 0.02, "a late claim loses withholding too"
    excused = judges[level(judges, "timely") == "excused"]
    assert excused["granted"].any(), "an excused claim is not granted in court"


def test_m12_one_year_rule_late_claims_lose_asylum_not_withholding():
    check_m12(lived(OFFICERS), lived(COURT))


AFTER_AN_OFFICER = {
    "granted", "denied", "referred", "dismissed_to_expedited_removal", "closed_to_court", "closed_in_court",
    "adjusted_elsewhere", "abandoned", "withdrawn", "no_show",
}  # fmt: skip


def check_m13(officers):
    rows = officers.principals
    here = set(officers.cases_at("affirmative", "filing", "biometrics")["case"])
    asked = set(officers.cases_at("affirmative", "backlog", "interviewed")["case"]) & set(rows["case"])
    filed = set(rows[rows["source"].str.startswith("affirmative_filings")]["case"])
    printed = set(officers.cases_at("affirmative", "biometrics", "backlog")["case"])
    assert len(asked & filed) > 20 and asked & filed <= here & printed, "interviewed without fingerprints"
    outcomes = officers.result.outcomes
    of_officers = set(outcomes.loc[outcomes["pathway"] == "affirmative", "outcome"]) - {
        "work_permit",
        "work_permit_request",
    }
    assert of_officers <= AFTER_AN_OFFICER, "an officer gave what only a judge can give"
    last = decided(officers)
    then = next_stage(officers)[last.index]
    refused = last[~((then == "") & last["case"].isin(officers.granted.index))]
    then, entry = then[refused.index], level(refused, "entry")
    assert (then == "notice").mean() > 0.8, "a refusal is not as a rule a referral to court"
    holds_status = entry.isin(["visa", "parole"])
    denied = then == ""
    assert denied.sum() > 5, "nobody is denied while in status"
    assert denied[holds_status].mean() > 3 * denied[~holds_status].mean(), "denied without a status"
    dismissed = then == "credible_fear_screening"
    after = refused["left"] >= pd.Timestamp("2026-06-23")
    paroled = entry == "parole"
    assert dismissed[paroled & after].mean() > 0.05, "nobody whose parole has ended is dismissed"
    assert not dismissed[~paroled].any(), "somebody without parole is dismissed into expedited removal"
    held = officers.moved("affirmative", "vetting")
    ended = sum(officers.ended("affirmative", name) for name in AFTER_AN_OFFICER)
    assert held < 0.5 * ended, "most completions are decisions"
    for target in ("closed_in_court", "adjusted_elsewhere", "dismissed_to_expedited_removal", "abandoned"):
        assert officers.moved("affirmative", "closing", target) > 0, f"no closure leads to {target}"


def test_m13_the_officer_grants_asylum_or_nothing_denies_only_in_status_and_refers():
    check_m13(lived(OFFICERS))


def interviewed(run):
    """Age of the application in days on the day of the interview, by case."""
    rows = run.cases_at("affirmative", "backlog", "interviewed").set_index("case")
    return days(rows["left"], pd.to_datetime(rows.index.str.split(":").str[1]))


def check_m14(fifo, lifo, tracks):
    old, new, mixed = interviewed(fifo), interviewed(lifo), interviewed(tracks)
    assert min(len(old), len(new), len(mixed)) > 500, "hardly anybody is interviewed"
    assert max(len(old), len(new), len(mixed)) < 1.1 * min(len(old), len(new), len(mixed)), (
        "the order changes how many"
    )
    assert len(old.index.intersection(new.index)) < 0.2 * len(old), (
        "the order does not change who is interviewed"
    )
    assert old.median() > 5 * 365, "first in first out does not take the oldest"
    assert new.median() < 365, "last in first out does not take the newest"
    assert (mixed > 5 * 365).mean() > 0.2 and (mixed < 365).mean() > 0.2, "two tracks do not take both ends"


def test_m14_the_order_of_interviews_changes_who_is_interviewed_not_how_many():
    check_m14(lived(FIFO), lived(LIFO), lived(TRACKS))


# -- without the rule --------------------------------------------------------------------------------------------------

_ALL_FIFO = put("affirmative.backlog.oldest_first", 1)
_CLAIMED = {"granted": 0.158, "dhs_appeal": 0.004, "withholding": 0.012, "other_relief": 0.005, "barred": 0}

MUTATIONS = [
    Mutation(
        "officers excuse everybody",
        check_m12,
        (OFFICERS, COURT),
        put("affirmative.one_year_rule.split", {"in_time": 1}),
        "an officer granted a late claim",
        (OFFICERS,),
    ),
    Mutation(
        "nothing excuses",
        check_m12,
        (OFFICERS, COURT),
        put(
            "affirmative.one_year_rule.split",
            {"on_time": {"in_time": 1}, "default": {"in_time": 0}},
            ("timely",),
        ),
        "an excused claim is not granted",
        (OFFICERS,),
    ),
    Mutation(
        "judges excuse everybody",
        check_m12,
        (OFFICERS, COURT),
        change("defensive.decision.split.default.asylum.late", _CLAIMED),
        "a judge granted a late claim",
        (COURT,),
    ),
    Mutation(
        "late claims lose withholding",
        check_m12,
        (OFFICERS, COURT),
        change(
            "defensive.decision.split.default.asylum.late",
            {"granted": 0, "dhs_appeal": 0, "withholding": 0, "other_relief": 0.005, "barred": 0},
        ),
        "loses withholding",
        (COURT,),
    ),
    Mutation(
        "no fingerprints",
        check_m13,
        (OFFICERS,),
        move("affirmative.filing", "biometrics", target="backlog"),
        "without fingerprints",
    ),
    Mutation(
        "officers give withholding",
        check_m13,
        (OFFICERS,),
        both(
            ends_as("affirmative", "withholding", "Withholding"),
            move("affirmative.merits", "refused", target="withholding"),
        ),
        "only a judge",
    ),
    Mutation(
        "refusals are denials",
        check_m13,
        (OFFICERS,),
        put("affirmative.standing.split", {"denied": 0.9, "dismissed_to_expedited_removal": 0.02}),
        "referral to court",
    ),
    Mutation(
        "denied whatever the status",
        check_m13,
        (OFFICERS,),
        put(
            "affirmative.standing.split",
            {
                "parole": {"denied": 0.05, "dismissed_to_expedited_removal": 0.15},
                "default": {"denied": 0.05, "dismissed_to_expedited_removal": 0},
            },
            ("entry",),
        ),
        "without a status",
    ),
    Mutation(
        "parole never ends",
        check_m13,
        (OFFICERS,),
        put(
            "affirmative.standing.split",
            {
                "visa": {"denied": 0.05, "dismissed_to_expedited_removal": 0},
                "default": {"denied": 0.006, "dismissed_to_expedited_removal": 0},
            },
            ("entry",),
        ),
        "parole has ended",
    ),
    Mutation(
        "no closures",
        check_m13,
        (OFFICERS,),
        both(put("affirmative.backlog.closed.rate", 0), put("affirmative.backlog.unpaid_fee.rate", 0)),
        "most completions",
    ),
    Mutation(
        "closures lead nowhere",
        check_m13,
        (OFFICERS,),
        put(
            "affirmative.closing.split",
            {"closed_in_court": 0, "adjusted_elsewhere": 0, "dismissed_to_expedited_removal": 0},
        ),
        "no closure leads",
    ),
    Mutation(
        "one order for all", check_m14, (FIFO, LIFO, TRACKS), _ALL_FIFO, "who is interviewed", (LIFO, TRACKS)
    ),
    Mutation("one track", check_m14, (FIFO, LIFO, TRACKS), _ALL_FIFO, "both ends", (TRACKS,)),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
