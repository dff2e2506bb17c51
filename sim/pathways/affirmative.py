"""Affirmative asylum: an application filed with USCIS, until an asylum officer decides or it is closed.

A case is one application: the principal and whoever is on it are decided together. `filed` and `clock` are
the day of filing; a referral keeps both. New and old applications wait in one queue for each office: "newest
first" means newest in the whole queue, so an application not called soon sinks, and the two-track rule
gives a share of the officers' time to the other end of the same queue.
"""

from sim.pathway import (
    Pathway,
    branch,
    desk,
    hazard,
    milestone,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)
from sim.pathway_families import reach, relatives

_APPLICATION = {"door": "asylum", "application": "asylum"}
_PERSON = (
    "asylum_office",
    "entry",
    "timely",
    "ground",
    "persons",
    "spouse_apart",
    "children_apart",
    "lawyer",
)
# A child who came alone: exempt from the one-year rule, and the family is not on the case.
_CHILD = {
    **_APPLICATION,
    "unaccompanied": "yes",
    "entry": "without_authorization",
    "timely": "on_time",
    "persons": "1",
    "spouse_apart": "0",
    "children_apart": "0",
}
_CHILD_DRAWS = ("asylum_office", "ground", "lawyer")

_CLOSED = hazard(to("closing", name="closed"))
_WITHDRAWN = hazard(to("withdrawn"))

PATHWAY = Pathway(
    name="affirmative",
    label="Affirmative asylum",
    report=("asylum_office", "nationality"),
    # Closed because a court case of the same people is open: that one counts their relatives.
    relatives=relatives("spouse_apart", "children_apart", elsewhere=("closed_in_court",)),
    reaches=(reach("granted", since="filed"),),
    sources=(
        source(
            "affirmative_filings",
            "Applications filed with USCIS",
            enters="filing",
            per="nationality",
            sets=_APPLICATION,
            draws=_PERSON,
        ),
        source(
            "children_filings",
            "Applications of unaccompanied children",
            enters="filing",
            per="nationality",
            sets=_CHILD,
            draws=_CHILD_DRAWS,
        ),
        # Published stocks exceed their roll-forward: applications entered late in the database, or reopened.
        # Their real filing day is not known; they count as filed when they appear.
        source(
            "late_entries",
            "Applications entered late or reopened",
            enters="filing",
            per="nationality",
            sets=_APPLICATION,
            draws=_PERSON,
        ),
    ),
    openings=(
        opening(
            "affirmative_backlog",
            "Waiting for an interview",
            at="backlog",
            sets=_APPLICATION,
            draws=("nationality", *_PERSON),
        ),
        opening(
            "children_waiting",
            "Unaccompanied children waiting for an interview",
            at="backlog",
            sets=_CHILD,
            draws=("nationality", *_CHILD_DRAWS),
        ),
        opening(
            "new_applications",
            "Waiting for fingerprints",
            at="biometrics",
            sets=_APPLICATION,
            draws=("nationality", *_PERSON),
        ),
        opening(
            "rescheduled_interviews",
            "Interview to be held again",
            at="again",
            sets=_APPLICATION,
            draws=("nationality", *_PERSON),
        ),
        opening(
            "held_decisions",
            "Interviewed, decision held or under review",
            at="review",
            sets=_APPLICATION,
            draws=("nationality", *_PERSON),
        ),
    ),
    milestones=(
        milestone(
            "work_permit_request",
            "May ask for a work permit",
            since="clock",
            only={"application": "asylum"},
        ),
        milestone("work_permit", "First work permit", since="clock", only={"application": "asylum"}),
    ),
    stages=(
        step("filing", "Receipt of the application", to("biometrics")),
        step("biometrics", "Fingerprints", to("backlog"), leave=(_CLOSED, _WITHDRAWN)),
        desk(
            "backlog",
            "Waiting for an interview",
            "asylum_officers",
            to("review", name="interviewed"),
            to("reset", name="rescheduled"),
            to("missed"),
            per="asylum_office",
            date="filed",
            leave=(_CLOSED, _WITHDRAWN, hazard(to("closed_to_court", name="unpaid_fee"))),
        ),
        step("reset", "Interview put off", to("again")),
        desk(
            "again",
            "Waiting for a rescheduled interview",
            "asylum_officers",
            to("review", name="interviewed"),
            to("reset", name="rescheduled"),
            to("missed"),
            per="asylum_office",
            leave=(_CLOSED, _WITHDRAWN),
        ),
        step(
            "missed",
            "Did not come: time to explain",
            to("reset", name="explained"),
            to("standing", name="unexplained"),
            to("no_show"),
        ),
        # A hold on decisions keeps cases here after the interview; closures go on.
        step("review", "Interviewed, decision under review", to("vetting"), leave=(_CLOSED, _WITHDRAWN)),
        step("vetting", "Last screening before the decision is issued", to("one_year_rule")),
        branch(
            "one_year_rule",
            "One-year rule",
            to("eligibility", name="in_time"),
            to("standing", name="too_late"),
        ),
        branch("eligibility", "Definition and bars", to("merits"), to("no_ground"), to("barred")),
        branch("merits", "Merits", to("granted"), to("standing", name="refused")),
        branch("no_ground", "No link to one of the five grounds", to("standing")),
        branch("barred", "Barred, or settled safely elsewhere", to("standing")),
        # What a refusal leads to is read on that day: lawful status, none, or a parole that has ended.
        branch(
            "standing",
            "Status on the day of a refusal",
            to("referred"),
            to("denied"),
            to("dismissed_to_expedited_removal"),
        ),
        branch(
            "closing",
            "Closed without a decision",
            to("closed_in_court"),
            to("adjusted_elsewhere"),
            to("dismissed_to_expedited_removal"),
            to("abandoned"),
        ),
        outcome(
            "granted",
            "Asylum granted",
            opens=(
                opens("status", enters="status.asylee_first_year", count="persons"),
                opens(
                    "spouse",
                    enters="family.claim",
                    count="spouse_apart",
                    sets={"relation": "spouse", "door": "asylum"},
                ),
                opens(
                    "children",
                    enters="family.claim",
                    count="children_apart",
                    sets={"relation": "child", "door": "asylum"},
                ),
            ),
        ),
        outcome("denied", "Denied, in lawful status"),
        outcome("referred", "Referred to immigration court", continues="defensive.referral"),
        outcome(
            "dismissed_to_expedited_removal",
            "Dismissed into expedited removal",
            continues="defensive.credible_fear",
        ),
        outcome("closed_to_court", "Fee unpaid: ended and charged in court", continues="defensive.referral"),
        outcome("closed_in_court", "Closed: already in court"),
        outcome("adjusted_elsewhere", "Closed: green card by another way"),
        outcome("abandoned", "Closed: abandoned, left, or no further step known"),
        outcome("withdrawn", "Withdrawn"),
        outcome("no_show", "Closed: did not come to the interview"),
    ),
)
