"""Facts M15-M18 of the mission: defensive asylum, and no cap on asylum through either door."""

from __future__ import annotations

import pandas as pd
import pytest
from mission import Mutation, both, capped, days, heard, level, lived, move, next_stage, put, without

OFFICERS, MORE_OFFICERS, COURT, MORE_JUDGES = "officers", "twice the officers", "court", "twice the judges"
JUDGED = {"heard", "ordered", "absent", "voluntary_departure", "gives_up", "other_relief"}


def check_m15(court):
    minutes = court.result.offices.query("office == 'immigration_judges'")["used"].sum()
    assert minutes > 150 * court.moved("defensive", None, "decision"), "hearings take no time of judges"
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


def test_m15_a_defence_before_a_judge_faster_and_harder_for_those_detained():
    check_m15(lived(COURT))


HEARINGS = (
    "first_master",
    "master",
    "unscheduled",
    "merits",
    "detained_master",
    "detained_merits",
    "pretermission",
)
NOTICES = ("notice", "detained_wait", "parked")


def check_notice(court):
    rows = court.principals[court.principals["pathway"] == "defensive"]
    # withholding-only cases are sent to the judge without a notice to appear
    rows = rows[level(rows, "origin") != "reasonable_fear"]
    notice = rows[rows["stage"].isin(NOTICES)].groupby("case")["entered"].min()
    opened = rows.groupby("case")["entered"].transform("min") >= pd.Timestamp(court.result.info["start"])
    hearings = rows[rows["stage"].isin(HEARINGS) & rows["left"].notna()]
    heard_or_ordered = hearings[opened[hearings.index]]
    assert set(heard_or_ordered["case"]) <= set(notice.index), "a hearing without a notice"
    since = days(
        heard_or_ordered["left"], notice.reindex(heard_or_ordered["case"]).set_axis(heard_or_ordered.index)
    )
    for docket in ("detained", "non_detained"):
        here = since[level(heard_or_ordered, "docket") == docket]
        assert len(here) > 500, f"hardly any hearings: {docket}"
        assert here.min() >= 10, f"{docket}: heard, or ordered removed, within ten days of the notice"
    again = court.cases_at("defensive", "dismissed", "charged_again").groupby("case")["left"].min()
    later = hearings[hearings["case"].isin(again.index)]
    after = days(later["left"], again.reindex(later["case"]).set_axis(later.index))
    assert not ((after >= 0) & (after < 10)).any(), "charged again and heard within ten days"


def test_m15_nobody_is_heard_or_ordered_removed_within_ten_days_of_the_notice():
    check_notice(lived(COURT))


def check_unscheduled(court, more_judges):
    """Cases with nothing set come back when judges have time."""
    for run, least, most in ((court, 0.6, 1.4), (more_judges, 0, 0.05)):
        stock = run.result.stock.query("pathway == 'defensive' and stage == 'unscheduled' and group == '*'")
        by_day = stock.set_index("date")["persons"]
        left = by_day.loc["2028-03-31"] / by_day.iloc[0]
        assert left >= least, "cases with nothing set are heard before judges have time"
        assert left <= most, "cases with nothing set stay though judges have time"


def test_m15_cases_with_nothing_set_return_when_judges_have_time():
    check_unscheduled(lived(COURT), lived(MORE_JUDGES))


def check_m16(court):
    outcomes = ("asylum_granted", "withholding", "other_relief", "ordered_removed", "in_absentia_order",
                "voluntary_departure", "off_docket")  # fmt: skip
    for name in outcomes:
        assert court.ended("defensive", name) > 0, f"nobody ends with {name}"
    for name in ("dismissed", "closed"):
        assert court.moved("defensive", None, name) > 0, f"nothing is {name}"
    back = court.moved("defensive", "dismissed", "notice"), court.moved("defensive", "closed", "adjourned")
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

_LOW = put("quotas.refugee_ceiling.ceiling", 9000)
_ALL_FOUR = (OFFICERS, MORE_OFFICERS, COURT, MORE_JUDGES)

MUTATIONS = [
    Mutation(
        "one docket",
        check_m15,
        (COURT,),
        move("defensive.interior", "detained", target="notice"),
        "the detained docket is slow",
    ),
    Mutation(
        "heard on the day of the notice",
        check_notice,
        (COURT,),
        put("defensive.notice.days", 1),
        "non_detained: heard, or ordered",
    ),
    Mutation(
        "detained and heard at once",
        check_notice,
        (COURT,),
        put("defensive.detained_wait.days", 1),
        "detained: heard, or ordered",
    ),
    Mutation(
        "charged again without a notice",
        check_notice,
        (COURT,),
        move("defensive.dismissed", "charged_again", target="master"),
        "charged again and heard|without a notice",
    ),
    Mutation(
        "nothing set, whatever the judges' time",
        check_unscheduled,
        (COURT, MORE_JUDGES),
        put("defensive.unscheduled.minutes", 5000),
        "stay though",
        (MORE_JUDGES,),
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
            {"granted": 0.15, "dhs_appeal": 0, "withholding": 0, "other_relief": 0.01, "barred": 0},
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
        "affirmative: grants do not grow",
        (OFFICERS, MORE_OFFICERS),
    ),
    Mutation(
        "a cap on the judges' grants",
        check_m18,
        _ALL_FOUR,
        both(_LOW, capped("defensive", "decision", "granted", "asylum_granted")),
        "defensive: grants do not grow",
        (COURT, MORE_JUDGES),
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
