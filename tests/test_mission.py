"""The facts of the mission (M1-M24): each has a test, a rule that is taken away, and stages that `refuge draw` shows.

The facts stand in files by door: test_mission_doors.py (M1-M4), _refugee (M5-M11), _ceiling (M8), _affirmative
(M12-M14), _defensive (M15-M18), _family (M19-M20) and _status (M21-M24); what they share, in mission.py.
"""

from __future__ import annotations

from itertools import takewhile

import pytest
import test_mission_affirmative
import test_mission_ceiling
import test_mission_defensive
import test_mission_doors
import test_mission_family
import test_mission_refugee
import test_mission_status

import sim
from sim.pathways import NATIONAL

FILES = (
    test_mission_doors,
    test_mission_refugee,
    test_mission_ceiling,
    test_mission_affirmative,
    test_mission_defensive,
    test_mission_family,
    test_mission_status,
)
FACTS = [f"m{number:02d}" for number in range(1, 25)]

# What each fact needs to be seen: "stage" or "stage transition target", by pathway.
SHOWN = {
    "m01": {
        "refugee": ["prescreening"],
        "affirmative": ["filing"],
        "defensive": ["credible_fear", "interior", "referral"],
    },
    "m02": {"affirmative": ["eligibility no_ground no_ground"], "refugee": ["reason no_ground no_ground"]},
    "m03": {
        "refugee": ["reason barred barred", "reason firmly_resettled firmly_resettled"],
        "affirmative": ["eligibility barred barred"],
        "defensive": [
            "pretermission pretermitted appeal_window",
            "decision barred barred",
            "barred withholding withholding",
        ],
    },
    "m04": {
        "affirmative": ["standing denied denied", "standing referred referred"],
        "defensive": ["detained_wait released adjourned", "dismissed expedited_removal credible_fear"],
    },
    "m05": {"refugee": ["prescreening vetting vetting"]},
    "m06": {
        "refugee": ["vetting interview interview", "clearances booking booking", "travel lapsed clearances"]
    },
    "m07": {"refugee": ["interview", "assurance", "on_hold"]},
    "m08": {
        "refugee": ["travel admitted admitted"],
        "family": ["v93_travel reunited_refugee reunited_refugee"],
    },
    "m09": {"refugee": ["assurance assured clearances"]},
    "m10": {"refugee": ["admitted"], "status": ["refugee_first_year"]},
    "m11": {
        "refugee": [
            "booking travel travel",
            "booking check_failed clearances",
            "booking new_information on_hold",
        ]
    },
    "m12": {
        "affirmative": ["one_year_rule in_time eligibility", "one_year_rule too_late standing"],
        "defensive": ["decision withholding withholding"],
    },
    "m13": {
        "affirmative": [
            "biometrics backlog backlog",
            "merits granted granted",
            "standing denied denied",
            "standing referred referred",
            "standing dismissed_to_expedited_removal dismissed_to_expedited_removal",
            "backlog closed closing",
            "closing closed_in_court closed_in_court",
            "closing abandoned abandoned",
        ]
    },
    "m14": {"affirmative": ["backlog interviewed review", "backlog rescheduled reset"]},
    "m15": {
        "defensive": [
            "notice first_master first_master",
            "adjourned no_date unscheduled",
            "detained_merits heard decision",
            "merits heard decision",
            "merits lawyer_found merits",
        ]
    },
    "m16": {
        "defensive": [
            "decision granted asylum_granted",
            "decision withholding withholding",
            "decision denied appeal_window",
            "merits voluntary_departure voluntary_departure",
            "absent final in_absentia_order",
            "merits dismissed dismissed",
            "merits closed closed",
        ]
    },
    "m17": {
        "defensive": [
            "appeal_window appealed board",
            "board remanded remanded",
            "petition_window petitioned circuit",
            "circuit remanded board",
            "motion reopened adjourned",
        ]
    },
    "m18": {"affirmative": ["merits granted granted"], "defensive": ["decision granted asylum_granted"]},
    "m19": {"family": ["claim entitled entitled", "entitled petition_filed service_centre"]},
    "m20": {
        "family": [
            "claim lost_age lost_age",
            "entitled overdue overdue",
            "overdue lost_deadline lost_deadline",
            "entitled lost_marriage lost_marriage",
            "entitled lost_death lost_death",
        ]
    },
    "m21": {"status": ["refugee_first_year", "asylee_first_year"]},
    "m22": {
        "affirmative": ["work_permit_request", "work_permit"],
        "defensive": ["work_permit_request", "work_permit", "adjourned application_filed adjourned"],
    },
    "m23": {
        "status": [
            "asylee_first_year year_complete asylee_applying",
            "refugee_adjustment examined re_review",
            "asylee_adjustment approved resident",
            "resident date_reached citizenship_choice",
            "naturalisation citizen citizen",
        ]
    },
    "m24": {"status": ["reception_ends", "cash_aid_ends", "work", "petition_ends"]},
}


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_has_a_test_and_a_rule_that_is_taken_away(fact):
    tests = [name for module in FILES for name in vars(module) if name.startswith(f"test_{fact}_")]
    assert tests, f"no test of {fact}"
    mutations = [one for module in FILES for one in module.MUTATIONS if one.check.__name__ == f"check_{fact}"]
    assert mutations, f"no rule of {fact} is taken away"


def block(text, stage):
    """Lines of a drawing in words that tell of one stage and its ways out."""
    lines = text.splitlines()
    starts = [place for place, line in enumerate(lines) if line.startswith(f"  {stage} (")]
    assert starts, f"{stage} is not drawn"
    first, *rest = lines[starts[0] :]
    return [first, *takewhile(lambda line: line.startswith("      "), rest)]


@pytest.mark.parametrize("fact", FACTS)
def test_the_drawing_shows_what_the_fact_needs(fact):
    for name, needed in SHOWN[fact].items():
        pathway = sim.pathway(name)
        text = pathway.text(NATIONAL.pathways)
        milestones = {milestone.name: milestone.label for milestone in pathway.milestones}
        for item in needed:
            stage, transition, target = (*item.split(), "", "")[:3]
            if stage in milestones:
                assert milestones[stage] in text, f"{name}.{stage} is not drawn"
                continue
            drawn = block(text, stage)
            assert pathway.stage(stage).label in drawn[0]
            if transition:
                named = f"({transition}" if transition != target else ""
                ways = [line for line in drawn if f"> {target}" in line and named in line]
                assert ways, f"{name}.{stage}: '{transition}' to {target} is not drawn"
