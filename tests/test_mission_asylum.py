"""Facts M12-M18 of the mission: affirmative and defensive asylum."""

from __future__ import annotations

import pandas as pd
import pytest
from mission import (
    Mutation,
    both,
    capped,
    change,
    days,
    ends_as,
    level,
    lived,
    move,
    next_stage,
    put,
    without,
)

OFFICERS, MORE_OFFICERS, COURT, MORE_JUDGES = "officers", "twice the officers", "court", "twice the judges"
FIFO, LIFO, TRACKS = (
    "interviews, first in first out",
    "interviews, last in first out",
    "interviews, two tracks",
)


def decided(run):
    """Last screening before an officer's decision: one line a case, children who came alone left out."""
    rows = run.cases_at("affirmative", "vetting", "one_year_rule")
    return rows[level(rows, "unaccompanied") == "no"]


def heard(run):
    """Merits hearings held: one line for each, with `granted` and `protected` (withholding or another relief)."""
    rows = run.cases_at("defensive", "merits", "heard")
    rows = pd.concat([rows, run.cases_at("defensive", "detained_merits", "heard")])
    then = next_stage(run)[rows.index]
    granted = (then == "") & rows["case"].isin(run.granted.index)
    return rows.assign(granted=granted, protected=(then == "") & ~granted)


# -- affirmative -------------------------------------------------------------------------------------------------------


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
    outcomes = officers.result.outcomes
    of_officers = set(outcomes.loc[outcomes["pathway"] == "affirmative", "outcome"]) - {"work_permit"}
    assert of_officers <= AFTER_AN_OFFICER, "an officer gave what only a judge can give"
    last = decided(officers)
    then = next_stage(officers)[last.index]
    refused = last[~((then == "") & last["case"].isin(officers.granted.index))]
    then, entry = then[refused.index], level(refused, "entry")
    assert (then == "first_master").mean() > 0.8, "a refusal is not as a rule a referral to court"
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


# -- defensive ---------------------------------------------------------------------------------------------------------

JUDGED = {"heard", "ordered", "absent", "voluntary_departure", "gives_up", "other_relief"}


def check_m15(court):
    rows = court.principals
    new = rows[rows["source"].str.startswith("notices_to_appear")]
    first = new.drop_duplicates("case").set_index("case")
    first = first[first["entered"] < court.last - pd.Timedelta(days=365)]
    decision = new[new["transition"].isin(JUDGED)].groupby("case")["left"].min()
    taken = days(decision.reindex(first.index), first["entered"])
    detained = level(first, "docket") == "detained"
    within_a_year = (taken <= 365).groupby(detained).mean()
    assert within_a_year[True] > 0.7, "the detained docket is slow"
    assert within_a_year[True] > 1.5 * within_a_year[False], "the detained docket is no faster"
    assert (taken[~detained].isna() | (taken[~detained] > 365)).mean() > 0.3, "the ordinary docket is quick"
    given_up = new[new["transition"].isin(["gives_up", "voluntary_departure"])]["case"].unique()
    harder = pd.Series(first.index.isin(given_up), index=first.index).groupby(detained).mean()
    assert harder[True] > 3 * harder[False], "detention makes nobody give up"
    hearings = heard(court)
    claims = hearings[(level(hearings, "application") == "asylum") & (level(hearings, "timely") != "late")]
    chance = claims["granted"].groupby(level(claims, "docket")).mean()
    assert chance["detained"] < chance["non_detained"], "detention does not make a grant harder"
    lawyer = claims["granted"].groupby(level(claims, "lawyer")).mean()
    assert lawyer["yes"] > 1.5 * lawyer["no"], "a lawyer makes no difference"
    bench = claims["granted"].groupby(level(claims, "bench")).mean()
    assert bench.get("b5", 0) > 3 * bench.get("b1", 0), "the judge makes no difference"
    minutes = court.result.offices.query("office == 'immigration_judges'")["used"].sum()
    assert minutes > 150 * court.moved("defensive", None, "decision"), "hearings take no time of judges"


def test_m15_a_defence_before_a_judge_faster_and_harder_for_those_detained():
    check_m15(lived(COURT))


def check_m16(court):
    outcomes = ("asylum_granted", "withholding", "other_relief", "ordered_removed", "in_absentia_order",
                "voluntary_departure", "off_docket")  # fmt: skip
    for name in outcomes:
        assert court.ended("defensive", name) > 0, f"nobody ends with {name}"
    for name in ("dismissed", "closed"):
        assert court.moved("defensive", None, name) > 0, f"nothing is {name}"
    back = court.moved("defensive", "dismissed", "adjourned"), court.moved("defensive", "closed", "adjourned")
    assert min(back) > 0, "whoever is off the docket never comes back"


def test_m16_every_outcome_of_the_court_occurs():
    check_m16(lived(COURT))


def check_m17(court):
    rows = court.principals[court.principals["pathway"] == "defensive"]
    following = next_stage(court)
    returns = (
        ("appeal_window", "appealed", {"board"}),
        ("board", "remanded", {"continued", "detained_prepare"}),
        ("petition_window", "petitioned", {"circuit"}),
        ("circuit", "remanded", {"board"}),
        ("motion", "reopened", {"adjourned"}),
    )
    for stage, transition, targets in returns:
        found = rows[(rows["stage"] == stage) & (rows["transition"] == transition)]
        assert len(found), f"{stage}: nobody is {transition}"
        then = set(following[found.index]) - {""}
        assert then and then <= targets, f"{stage}: {transition} leads to {then}"
    sent_back = rows[(rows["transition"] == "remanded") | (rows["transition"] == "reopened")]
    first = sent_back.groupby("case")["left"].min()
    hearings = heard(court)
    again = hearings[hearings["case"].isin(first.index)]
    assert (again["left"].to_numpy() > first[again["case"]].to_numpy()).any(), (
        "nobody sent back is heard again"
    )


def test_m17_appeal_remand_federal_court_and_reopening_return_the_case():
    check_m17(lived(COURT))


def check_m18(officers, more_officers, court, more_judges):
    pairs = (("affirmative", "granted", officers, more_officers, 1.5),
             ("defensive", "asylum_granted", court, more_judges, 1.25))  # fmt: skip
    for pathway, name, few, many, least in pairs:
        before, after = few.ended(pathway, name, what="persons"), many.ended(pathway, name, what="persons")
        assert before > 10000, f"{pathway}: hardly any grants"
        assert after > least * before, f"{pathway}: grants do not grow with officers and judges"


def test_m18_no_cap_on_asylum():
    check_m18(lived(OFFICERS), lived(MORE_OFFICERS), lived(COURT), lived(MORE_JUDGES))


# -- without the rule --------------------------------------------------------------------------------------------------

_ALL_FIFO = put("affirmative.backlog.oldest_first", 1)
_CLAIMED = {"granted": 0.158, "dhs_appeal": 0.004, "withholding": 0.012, "other_relief": 0.005}

_LOW = put("quotas.refugee_ceiling.ceiling", 12000)
_ALL_FOUR = (OFFICERS, MORE_OFFICERS, COURT, MORE_JUDGES)

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
            {"granted": 0, "dhs_appeal": 0, "withholding": 0, "other_relief": 0.005},
        ),
        "loses withholding",
        (COURT,),
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
    Mutation(
        "one docket",
        check_m15,
        (COURT,),
        move("defensive.interior", "detained", target="first_master"),
        "the detained docket is slow",
    ),
    Mutation(
        "nobody gives up in detention",
        check_m15,
        (COURT,),
        both(
            put("defensive.detained_wait.gives_up.rate", 0),
            put("defensive.detained_prepare.gives_up.rate", 0),
            put(
                "defensive.detained_master.split",
                {"reset": 0.42, "set_for_merits": 0.16, "voluntary_departure": 0, "dismissed": 0.02},
            ),
            put("defensive.detained_merits.split", {"heard": 0.62, "reset": 0.33, "voluntary_departure": 0}),
        ),
        "nobody give up",
    ),
    Mutation(
        "every judge alike",
        check_m15,
        (COURT,),
        put("defensive.draws.bench", {"b3": 1, "default": 0}),
        "the judge makes no",
    ),
    Mutation(
        "hearings take no time",
        check_m15,
        (COURT,),
        both(put("defensive.merits.minutes", 1), put("defensive.detained_merits.minutes", 1)),
        "no time of judges",
    ),
    Mutation(
        "no withholding",
        check_m16,
        (COURT,),
        put(
            "defensive.decision.split",
            {"granted": 0.15, "dhs_appeal": 0, "withholding": 0, "other_relief": 0.01},
        ),
        "withholding",
    ),
    Mutation(
        "everybody comes to court",
        check_m16,
        (COURT,),
        both(
            move("defensive.absent", "final", target="final_order"), without("defensive", "in_absentia_order")
        ),
        "in_absentia_order",
    ),
    Mutation(
        "dismissed for ever",
        check_m16,
        (COURT,),
        put("defensive.dismissed.charged_again.rate", 0),
        "comes back",
    ),
    Mutation(
        "no appeal", check_m17, (COURT,), put("defensive.appeal_window.split", {"appealed": 0}), "appealed"
    ),
    Mutation(
        "no remand",
        check_m17,
        (COURT,),
        put("defensive.board.split", {"remanded": 0, "sustained": 0.01, "withdrawn": 0.04}),
        "board: nobody is remanded",
    ),
    Mutation(
        "courts send nothing back",
        check_m17,
        (COURT,),
        put("defensive.circuit.split", {"remanded": 0}),
        "circuit: nobody is remanded",
    ),
    Mutation("no reopening", check_m17, (COURT,), put("defensive.motion.split", {"reopened": 0}), "reopened"),
    Mutation(
        "a cap on the officers' grants",
        check_m18,
        _ALL_FOUR,
        both(_LOW, capped("affirmative", "merits", "granted", "granted")),
        "affirmative: ",
        (OFFICERS, MORE_OFFICERS),
    ),
    Mutation(
        "a cap on the judges' grants",
        check_m18,
        _ALL_FOUR,
        both(_LOW, capped("defensive", "decision", "granted", "asylum_granted")),
        "defensive: ",
        (COURT, MORE_JUDGES),
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
