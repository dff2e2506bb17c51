"""Facts M1-M4 of the mission: two doors, one definition."""

from __future__ import annotations

import pytest
from mission import FIVE_GROUNDS, Mutation, change, level, lived, next_stage, put, stage

COUNTRY, OFFICERS, COURT, ORDINARY = "country", "officers", "court", "refugees, ordinary years"


def check_m01(country):
    seen = country.principals.groupby("case")["pathway"].agg(frozenset)
    abroad = seen.map(lambda pathways: "refugee" in pathways)
    inside = seen.map(lambda pathways: bool(pathways & {"affirmative", "defensive"}))
    assert abroad.sum() > 200 and inside.sum() > 2000, "a door is not used"
    assert not (abroad & inside).any(), "somebody had both doors"
    doors = {
        "refugee": "refugee_first_year",
        "affirmative": "asylee_first_year",
        "defensive": "asylee_first_year",
    }
    asked = country.ends[country.ends["pathway"].isin(doors)].set_index("case")["pathway"]
    first = country.rows[(country.rows["pathway"] == "status") & country.rows["parent"].isin(asked.index)]
    first = first.drop_duplicates("case").set_index("parent")["stage"]
    came = asked[first.index].map(doors)
    assert (came.to_numpy() == first.to_numpy()).all(), "protection came through another door"


def test_m01_where_a_person_is_decides_the_door_and_nobody_has_both():
    check_m01(lived(COUNTRY))


def check_m02(officers, court, ordinary):
    for run, pathway in ((officers, "affirmative"), (court, "defensive"), (ordinary, "refugee")):
        ends = run.ends[(run.ends["pathway"] == pathway) & run.ends["case"].isin(run.granted.index)]
        grounds = set(level(ends, "ground"))
        assert grounds - {"none"} == FIVE_GROUNDS, f"{pathway}: not all five grounds"
        assert "none" not in grounds, f"{pathway}: protection without a ground"


def test_m02_one_definition_every_claim_has_its_ground():
    check_m02(lived(OFFICERS), lived(COURT), lived(ORDINARY))


def check_m03(officers, court, ordinary):
    exits = (
        (officers, "affirmative", "eligibility", "no_ground"),
        (officers, "affirmative", "eligibility", "barred"),
        (court, "defensive", "pretermission", "appeal_window"),
        (court, "defensive", "barred", "appeal_window"),
        (ordinary, "refugee", "reason", "no_ground"),
        (ordinary, "refugee", "reason", "barred"),
        (ordinary, "refugee", "reason", "firmly_resettled"),
    )
    for run, pathway, origin, target in exits:
        assert run.moved(pathway, origin, target) > 0, f"{pathway}: nobody leaves by {target}"


def test_m03_no_ground_bars_and_protection_elsewhere_are_exits_of_their_own():
    check_m03(lived(OFFICERS), lived(COURT), lived(ORDINARY))


def check_m04(officers, court):
    filed = officers.cases_at("affirmative", "filing")
    in_court = court.cases_at("defensive", "merits", "heard")
    for rows in (filed, in_court):
        assert {"visa", "without_authorization"} <= set(level(rows, "entry")), (
            "only some ways of entry may ask"
        )
    following = next_stage(officers)
    refused = officers.cases_at("affirmative", "vetting", "one_year_rule")
    refused = refused[
        ~refused["case"].isin(officers.granted.index) & (level(refused, "unaccompanied") == "no")
    ]
    entry, then = level(refused, "entry"), following[refused.index]
    denied = (then == "").groupby(entry).mean()
    assert denied["visa"] > 2 * denied["without_authorization"], (
        "a refusal does not depend on the status held"
    )
    dismissed = entry[then == "credible_fear_screening"]
    assert len(dismissed) and set(dismissed) == {"parole"}, (
        "not only parolees are dismissed into expedited removal"
    )
    closed = officers.principals[officers.principals["transition"] == "closed"]
    expedited = closed[following[closed.index] == "credible_fear_screening"]
    assert len(expedited) and set(level(expedited, "entry")) <= {"without_authorization", "port_of_entry"}, (
        "whoever was admitted or paroled is closed into expedited removal"
    )
    border = court.cases_at("defensive", "dismissed", "expedited_removal")
    assert len(border) and set(level(border, "entry")) == {"without_authorization"}, (
        "the border track takes everybody"
    )
    held = court.cases_at("defensive", "detained_wait")
    held = held[level(held, "circuit") == "no_bond"]
    freed = (held["transition"] == "released").groupby(level(held, "entry") == "without_authorization").mean()
    assert freed[False] > 3 * freed[True], "release from detention does not depend on the entry"


def test_m04_how_a_person_entered_decides_detention_refusal_and_the_border_track():
    check_m04(lived(OFFICERS), lived(COURT))


# -- without the rule --------------------------------------------------------------------------------------------------


def _ground_ignored_in_court(system, scenario):
    number = scenario.numbers["defensive.decision.split"]
    odds = {column: {k: v for k, v in by.items() if k != "ground"} for column, by in number.odds.items()}
    changed = number.model_copy(update={"odds": {column: by for column, by in odds.items() if by}})
    return put("defensive.decision.split", changed.value, changed.by, changed.odds)(system, scenario)


MUTATIONS = [
    Mutation(
        "a refugee not accepted may ask for asylum",
        check_m01,
        (COUNTRY,),
        stage("refugee.not_accepted", continues="affirmative.filing"),
        "both doors",
    ),
    Mutation(
        "an asylum seeker who abandons may be a refugee",
        check_m01,
        (COUNTRY,),
        stage("affirmative.abandoned", continues="refugee.prescreening"),
        "both doors",
    ),
    Mutation(
        "officers need no ground",
        check_m02,
        (OFFICERS, COURT, ORDINARY),
        change("affirmative.eligibility.split.none", {"no_ground": 0, "barred": 0}),
        "affirmative: protection without",
        (OFFICERS,),
    ),
    Mutation(
        "judges need no ground",
        check_m02,
        (OFFICERS, COURT, ORDINARY),
        _ground_ignored_in_court,
        "defensive: protection without",
        (COURT,),
    ),
    Mutation(
        "refugee officers need no ground",
        check_m02,
        (OFFICERS, COURT, ORDINARY),
        put("refugee.decision.split", {"approved": 0.71, "on_hold": 0.25}),
        "refugee: protection without",
        (ORDINARY,),
    ),
    Mutation(
        "claims carry no ground",
        check_m02,
        (OFFICERS, COURT, ORDINARY),
        put("affirmative.draws.ground", {"race": 1, "default": 0}),
        "not all five",
        (OFFICERS,),
    ),
    Mutation(
        "nobody is barred",
        check_m03,
        (OFFICERS, COURT, ORDINARY),
        put(
            "affirmative.eligibility.split",
            {"none": {"no_ground": 1, "barred": 0}, "default": {"no_ground": 0, "barred": 0}},
            ("ground",),
        ),
        "leaves by barred",
        (OFFICERS,),
    ),
    Mutation(
        "no third country",
        check_m03,
        (OFFICERS, COURT, ORDINARY),
        put("defensive.merits.third_country_motion.rate", 0),
        "appeal_window",
        (COURT,),
    ),
    Mutation(
        "no bar in court",
        check_m03,
        (OFFICERS, COURT, ORDINARY),
        put(
            "defensive.decision.split",
            {"granted": 0.15, "dhs_appeal": 0, "withholding": 0.01, "other_relief": 0.01, "barred": 0},
        ),
        "defensive: nobody leaves by appeal_window",
        (COURT,),
    ),
    Mutation(
        "firm resettlement is no bar",
        check_m03,
        (OFFICERS, COURT, ORDINARY),
        change("refugee.reason.split.default.firmly_resettled", 0),
        "firmly_resettled",
        (ORDINARY,),
    ),
    Mutation(
        "status on the day of a refusal does not matter",
        check_m04,
        (OFFICERS, COURT),
        put("affirmative.standing.split", {"denied": 0.05, "dismissed_to_expedited_removal": 0.05}),
        "status held",
        (OFFICERS,),
    ),
    Mutation(
        "expedited removal for all who were closed",
        check_m04,
        (OFFICERS, COURT),
        put(
            "affirmative.closing.split",
            {"closed_in_court": 0.48, "adjusted_elsewhere": 0.1, "dismissed_to_expedited_removal": 0.05},
        ),
        "admitted or paroled",
        (OFFICERS,),
    ),
    Mutation(
        "expedited removal for all who were dismissed",
        check_m04,
        (OFFICERS, COURT),
        put("defensive.dismissed.expedited_removal.rate", 0.004),
        "border track",
        (COURT,),
    ),
    Mutation(
        "release for all alike",
        check_m04,
        (OFFICERS, COURT),
        put("defensive.detained_wait.released.rate", 0.04),
        "release",
        (COURT,),
    ),
]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.check.__name__[6:]} {one.name}")
def test_without_the_rule_the_check_fails(mutation):
    mutation.refute()
