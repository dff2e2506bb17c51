"""The refugee pathway: from a referral abroad to admission under the yearly ceiling.

A case is a family on one application, decided and admitted together. The order of stages follows the U.S.
Refugee Admissions Program: support centre, checks, interview abroad, decision, an agency that takes the
family, medical and security clearances that lapse, a booking, and a place under the ceiling on the day of
travel. Reception begins after admission, so its months are counted in the status pathway.
"""

from sim.pathway import (
    Leave,
    Opening,
    Pathway,
    Source,
    branch,
    checks,
    desk,
    gate,
    hazard,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)
from sim.pathway_families import reach, relatives

_FAMILY = ("ground", "persons", "spouse_apart", "children_apart")
_PRETORIA = {"door": "refugee", "nationality": "south_africa", "region": "africa", "priority": "p2"}


def _referrals(name: str, label: str, priority: str) -> Source:
    """One priority's arrivals, a stream for each nationality, so that a lever on one moves no other."""
    sets = {"door": "refugee", "priority": priority}
    return source(name, label, "prescreening", per="nationality", sets=sets, draws=("region", *_FAMILY))


def _stock(name: str, label: str, at: str) -> Opening:
    """Cases of every nationality that waited when the run starts."""
    draws = ("nationality", "region", "priority", *_FAMILY)
    return opening(name, label, at, sets={"door": "refugee"}, draws=draws)


def _pretoria(name: str, label: str, at: str) -> Opening:
    """South African cases in process when the run starts."""
    return opening(name, label, at, sets=_PRETORIA, draws=_FAMILY)


def _waiting() -> tuple[Leave, ...]:
    """What may end a long wait: the family gives up, is settled some other way, or the principal dies."""
    return hazard(to("withdrawn")), hazard(to("other_solution")), hazard(to("died"))


PATHWAY = Pathway(
    name="refugee",
    label="Refugee admissions",
    report=("region", "nationality", "priority"),
    relatives=relatives("spouse_apart", "children_apart"),
    reaches=(reach("admitted", since="filed"),),
    sources=(
        _referrals("refugee_referrals", "Individual referrals by UNHCR, embassies and NGOs (P-1)", "p1"),
        _referrals("refugee_groups", "Designated groups (P-2)", "p2"),
        _referrals("refugee_family", "Relatives of people already in the United States (P-3)", "p3"),
        _referrals("refugee_sponsors", "Named by private sponsors (P-4)", "p4"),
        source(
            "refugee_pretoria",
            "South African stream (Pretoria)",
            "prescreening",
            sets=_PRETORIA,
            draws=_FAMILY,
        ),
    ),
    openings=(
        _stock("refugee_prescreening", "At the support centres", "prescreening"),
        _stock("refugee_vetting", "In checks before the interview", "vetting"),
        _stock("refugee_interview", "Waiting for an interview", "interview"),
        _stock("refugee_on_hold", "On hold after the interview", "on_hold"),
        _stock("refugee_review", "Refusal under review", "review"),
        _stock("refugee_approved", "Approved, not travelled, every clearance lapsed", "assurance"),
        _pretoria("pretoria_prescreening", "South African stream, at the support centre", "prescreening"),
        _pretoria("pretoria_vetting", "South African stream, in checks", "vetting"),
        _pretoria("pretoria_interview", "South African stream, waiting for an interview", "interview"),
        _pretoria("pretoria_clearances", "South African stream, approved, in clearances", "clearances"),
        _pretoria("pretoria_travel", "South African stream, ready to travel", "travel"),
    ),
    stages=(
        step(
            "prescreening",
            "Support centre opens the file",
            to("vetting"),
            to("not_accepted"),
            leave=_waiting(),
        ),
        checks(
            "vetting",
            "Security checks before the interview",
            to("interview"),
            items=("name_check", "agency_check"),
            leave=_waiting(),
        ),
        desk(
            "interview",
            "Waiting for a U.S. officer's interview",
            "refugee_officers",
            to("decision", name="interviewed"),
            to("rescheduled", name="postponed"),
            date="filed",
            leave=_waiting(),
        ),
        step("rescheduled", "Waiting for the next trip of officers", to("interview")),
        step(
            "decision",
            "Decision after the interview",
            to("assurance", name="approved"),
            to("on_hold"),
            to("refusal", name="refused"),
        ),
        step(
            "on_hold",
            "On hold after the interview",
            to("assurance", name="approved"),
            to("refusal", name="refused"),
            leave=_waiting(),
        ),
        step(
            "refusal",
            "Refused; a review may be asked for",
            to("reason", name="no_request"),
            to("review", name="review_requested"),
        ),
        step(
            "review",
            "Refusal under review",
            to("reason", name="upheld"),
            to("assurance", name="reversed"),
            leave=(hazard(to("withdrawn")),),
        ),
        branch(
            "reason",
            "Reason of the refusal",
            to("denied"),
            to("no_ground"),
            to("barred"),
            to("firmly_resettled"),
        ),
        desk(
            "assurance",
            "Waiting for an agency to receive the family",
            "resettlement_agencies",
            to("clearances", name="assured"),
            date="filed",
            leave=_waiting(),
        ),
        checks(
            "clearances",
            "Clearances before travel",
            to("booking"),
            items=("medical", "security", "orientation"),
            leave=_waiting(),
        ),
        step(
            "booking",
            "Booked; last medical and security checks",
            to("travel"),
            to("clearances", name="check_failed"),
            to("on_hold", name="new_information"),
        ),
        gate(
            "travel",
            "Ready to travel, at the ceiling",
            "refugee_ceiling",
            to("admitted"),
            lapse=to("clearances", name="lapsed"),
            region="region",
            leave=(hazard(to("withdrawn")),),
        ),
        outcome(
            "admitted",
            "Admitted as a refugee",
            opens=(
                opens("status", "status.refugee_first_year", count="persons"),
                opens(
                    "spouse",
                    "family.claim",
                    count="spouse_apart",
                    sets={"relation": "spouse", "whereabouts": "abroad", "door": "refugee"},
                ),
                opens(
                    "children",
                    "family.claim",
                    count="children_apart",
                    sets={"relation": "child", "whereabouts": "abroad", "door": "refugee"},
                ),
            ),
        ),
        outcome("not_accepted", "Referral not accepted"),
        outcome("denied", "Denied: fear not established or not believed"),
        outcome("no_ground", "Denied: no link to one of the five grounds"),
        outcome("barred", "Denied: a bar applies"),
        outcome("firmly_resettled", "Denied: firmly resettled elsewhere"),
        outcome("withdrawn", "Withdrew or lost contact"),
        outcome("other_solution", "Settled another way"),
        outcome("died", "Principal applicant died"),
    ),
)
