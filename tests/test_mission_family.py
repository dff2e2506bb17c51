"""Facts M19-M20 of the mission: families together, apart, reunited and lost."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from mission import Mutation, both, days, level, lived, move, opens_at, put, stage

OFFICERS, COURT, ORDINARY = "officers", "court", "refugees, ordinary years"
OPEN_A_FAMILY = {"refugee.admitted", "affirmative.granted", "defensive.asylum_granted"}
OPEN_A_STATUS = OPEN_A_FAMILY | {"family.reunited_asylee", "family.reunited_refugee"}


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
        old = left[left["grant"] < run.last - pd.Timedelta(days=365)]
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


def check_m20(officers, court, ordinary):
    for run in (officers, ordinary):
        for fate in ("lost_deadline", "lost_marriage", "lost_death"):
            assert run.ended("family", fate) > 0, f"nobody is lost by {fate}"
        waiting = relatives(run)
        entitled = run.cases_at("family", "entitled").set_index("case")
        entitled = entitled[entitled.index.isin(waiting.index)]
        until = entitled["left"].fillna(run.last)
        taken = days(until, waiting.loc[entitled.index, "grant"])
        assert taken.max() <= 730, "a petition after two years"
        overdue = entitled.index[entitled["transition"] == "overdue"]
        assert taken[overdue].min() == 730, "the right to petition ends before two years"
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


def _withholding_opens_a_family(draft, scenario):
    court = next(p for p in draft.pathways if p.name == "defensive")
    return stage("defensive.withholding", opens=court.stage("asylum_granted").opens)(draft, scenario)


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
_ALIKE = {"spouse": {"lost_age": 0, "included": 0}, "child": {"lost_age": 0.06, "included": 0}}

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
    Mutation(
        "a deadline of one year",
        check_m20,
        _ALL,
        put("family.entitled.overdue.days", 365),
        "before two years",
        (OFFICERS,),
    ),
    Mutation("marriage does not matter", check_m20, _ALL, _NO_MARRIAGE, "lost_marriage", (OFFICERS,)),
    Mutation(
        "refugees' children never age",
        check_m20,
        _ALL,
        put("family.claim.split", {"lost_age": 0, "included": 0}),
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
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
