"""Defensive asylum: immigration court, from the charging document to protection, an order, or off the docket.

A case is a hearing bundle: the people who are heard together, with a person count (courts publish persons).
What the stages mean:

- `docket` is the docket on entry and never changes, so that the tables can report by it. `custody` changes:
  whoever is released from detention leaves the detained desks for the ordinary ones.
- Four desks make the ordinary docket: the first master hearing, later master hearings, those of cases with
  no hearing set, and the merits hearing. The law leaves ten days between the notice and the first hearing
  (`notice`; in detention `detained_wait`), and a merits hearing needs time to prepare (`prepare`). A hearing
  that is put over passes through a step (`adjourned`, `continued`) before it rejoins a queue.
- After a master hearing is put over, a part of the cases gets no new date (`unscheduled`). They are a queue of
  their own with a small share of the judges' time, and first in line for what other desks leave unused: when
  judges have time, cases with nothing set come back.
- A lawyer is found, or an asylum application filed, while the case waits: a move back to the same stage that
  keeps the filing day, hence the place in queues ordered by it. The application marks `clock`, from which the
  work permit counts; a referral keeps the clock that started at USCIS.
- An order in absence is final at once and opens no appeal: only the motion to reopen leads back. Appeals
  follow a decision on the merits, a third-country order or an order for an unpaid fee.
- Withholding and protection against torture are an outcome of their own: no family right, no green card.
- `dismissed` and `closed` (administratively) hold people who are still here and may be called back; they are
  off the active docket. `other_appeal` counts bond and motion appeals, whose people are elsewhere in court.
"""

from sim.pathway import (
    Leave,
    Opening,
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

_CLAIM = ("timely", "ground", "spouse_apart", "children_apart")
# What a case draws on entering court; its size depends on docket and unaccompanied, so it comes after them.
_ENTERS = ("entry", "docket", "unaccompanied", "persons", "lawyer", "bench", "circuit")
_PENDING = ("nationality", "origin", "entry", "application", *_CLAIM, "persons", "lawyer", "bench", "circuit")
# The judge and the circuit that a case gets when it comes to court.
_ASSIGNED = ("bench", "circuit")
_DETAINED = {"docket": "detained", "custody": "detained"}


def _files(stage: str) -> Leave:
    """Files for asylum with the court while the case waits at `stage`."""
    filed = to(
        stage, name="application_filed", sets={"application": "asylum"}, draws=_CLAIM, marks=("clock",)
    )
    return hazard(filed)


def _finds(stage: str) -> Leave:
    """Finds a lawyer while the case waits at `stage`."""
    return hazard(to(stage, name="lawyer_found", sets={"lawyer": "yes"}))


def _released() -> Leave:
    """Leaves detention, on bond or otherwise, for the ordinary docket."""
    return hazard(to("adjourned", name="released", sets={"custody": "free"}))


def _gives_up() -> Leave:
    """Gives up the claim and agrees to leave."""
    return hazard(to("voluntary_departure", name="gives_up"))


def _dismissed() -> Leave:
    """Dismissed on a motion, without a hearing."""
    return hazard(to("dismissed", name="dismissed_on_motion"))


def _fee_order() -> Leave:
    """Ordered removed because the yearly fee was not paid by the judge's deadline."""
    return hazard(to("appeal_window", name="fee_order"))


def _pending(name: str, label: str, at: str) -> Opening:
    """Cases of the ordinary docket that were open on the first day."""
    return opening(name, label, at, draws=_PENDING)


PATHWAY = Pathway(
    name="defensive",
    label="Defensive asylum (immigration court)",
    report=("docket", "nationality"),
    # Until a claim is filed there is nothing that could bring relatives.
    relatives=relatives("spouse_apart", "children_apart", only={"application": "asylum"}),
    reaches=(reach("asylum_granted", since="filed"),),
    milestones=(
        milestone(
            "work_permit_request",
            "May ask for a work permit",
            since="clock",
            only={"application": "asylum"},
        ),
        milestone("work_permit", "First work permit", since="clock", only={"application": "asylum"}),
    ),
    sources=(
        source(
            "credible_fear_claims",
            "Claims of fear in expedited removal (credible fear)",
            enters="credible_fear",
            per="nationality",
            sets={**_DETAINED, "origin": "credible_fear", "entry": "without_authorization"},
            draws=("asylum_office", "persons", "lawyer"),
        ),
        source(
            "reasonable_fear_claims",
            "Claims of fear after an earlier removal order (reasonable fear)",
            enters="reasonable_fear",
            per="nationality",
            sets={**_DETAINED, "origin": "reasonable_fear", "entry": "without_authorization"},
            draws=("asylum_office", "lawyer"),
        ),
        source(
            "notices_to_appear",
            "Other charging documents (notices to appear)",
            enters="interior",
            per="nationality",
            sets={"origin": "interior"},
            draws=_ENTERS,
        ),
        source(
            "other_appeals",
            "Bond, motion and other appeals received by the Board",
            enters="other_appeal",
            draws=("nationality",),
        ),
    ),
    openings=(
        _pending("court_notice", "Notice filed, first hearing not yet due", at="notice"),
        _pending("court_first_master", "Waiting for the first master hearing", at="first_master"),
        _pending("court_master", "Waiting for a further master hearing", at="master"),
        _pending("court_adjourned", "Master hearing put over", at="adjourned"),
        _pending("court_nothing_set", "No hearing set", at="unscheduled"),
        _pending("court_merits", "Waiting for the merits hearing", at="merits"),
        _pending("court_continued", "Merits hearing put over", at="continued"),
        opening(
            "court_children",
            "Unaccompanied children whose claim is at USCIS",
            at="parked",
            sets={"unaccompanied": "yes", "origin": "interior", "application": "asylum", "timely": "on_time"},
            draws=("nationality", "entry", "ground", "lawyer", "bench", "circuit"),
        ),
        opening(
            "court_detained",
            "Detained, before a master hearing",
            at="detained_wait",
            sets=_DETAINED,
            draws=_PENDING,
        ),
        opening(
            "court_detained_merits",
            "Detained, before the merits hearing",
            at="detained_prepare",
            sets=_DETAINED,
            draws=_PENDING,
        ),
        _pending("court_closed", "Administratively closed", at="closed"),
        opening(
            "court_dismissed",
            "Dismissed since 2021 and still here",
            at="dismissed",
            draws=(
                "nationality",
                "origin",
                "entry",
                "application",
                "timely",
                "ground",
                "persons",
                "lawyer",
                "bench",
                "circuit",
            ),
        ),
        _pending("motions_to_come", "Ordered in absence, a motion to reopen to come", at="motion_to_come"),
        opening(
            "board_appeals",
            "Appeals of merits decisions at the Board",
            at="board",
            draws=("custody", *_PENDING),
        ),
        opening("board_other", "Other appeals at the Board", at="other_appeal", draws=("nationality",)),
        _pending("circuit_petitions", "Petitions for review", at="circuit"),
        opening(
            "screening_credible",
            "Credible fear screenings in hand",
            at="credible_fear_screening",
            sets={**_DETAINED, "origin": "credible_fear", "entry": "without_authorization"},
            draws=("nationality", "asylum_office", "persons", "lawyer"),
        ),
        opening(
            "screening_reasonable",
            "Reasonable fear screenings in hand",
            at="reasonable_fear_screening",
            sets={**_DETAINED, "origin": "reasonable_fear", "entry": "without_authorization"},
            draws=("nationality", "asylum_office", "lawyer"),
        ),
    ),
    stages=(
        # Four ways in
        branch(
            "referral",
            "Referred or charged by USCIS",
            to(
                "notice",
                name="charged",
                sets={"origin": "referral", "application": "asylum"},
                draws=_ASSIGNED,
            ),
            # A child's court case stands parked on this docket already: the child must not count twice.
            to("already_in_court"),
        ),
        branch(
            "credible_fear",
            "Fear claimed in expedited removal",
            to("credible_fear_screening", sets={"origin": "credible_fear", "custody": "detained"}),
        ),
        branch("reasonable_fear", "Fear claimed after an earlier order", to("reasonable_fear_screening")),
        branch(
            "interior",
            "Charging document filed with the court",
            to("notice", name="ordinary", sets={"custody": "free"}),
            to("detained_wait", name="detained", sets={"custody": "detained"}),
            to(
                "parked",
                name="child",
                sets={"custody": "free", "application": "asylum", "timely": "on_time"},
                draws=("ground",),
            ),
        ),
        # Screening by asylum officers
        desk(
            "credible_fear_screening",
            "Credible fear screening",
            "asylum_officers",
            to("detained_wait", name="positive", draws=_ASSIGNED),
            to("fear_review", name="negative"),
            to("screening_closed", name="closed"),
            per="asylum_office",
        ),
        desk(
            "reasonable_fear_screening",
            "Reasonable fear screening",
            "asylum_officers",
            to("detained_prepare", name="positive", draws=_ASSIGNED),
            to("fear_review", name="negative"),
            to("screening_closed", name="closed"),
            per="asylum_office",
        ),
        desk(
            "fear_review",
            "Judge's review of a negative screening",
            "immigration_judges",
            to("screened_out", name="upheld"),
            to("detained_wait", name="vacated", draws=_ASSIGNED),
            to("detained_prepare", name="vacated_withholding_only", draws=_ASSIGNED),
        ),
        # Detained docket
        step(
            "detained_wait",
            "Detained, waiting for a master hearing",
            to("detained_master"),
            leave=(_gives_up(), _released(), _files("detained_wait"), _finds("detained_wait"), _dismissed()),
        ),
        desk(
            "detained_master",
            "Detained master hearing",
            "immigration_judges",
            to("detained_wait", name="reset"),
            to("detained_prepare", name="set_for_merits"),
            to("final_order", name="ordered"),
            to("voluntary_departure"),
            to("dismissed"),
        ),
        step(
            "detained_prepare",
            "Detained, waiting for the merits hearing",
            to("detained_merits"),
            leave=(_gives_up(), _released(), _finds("detained_prepare")),
        ),
        desk(
            "detained_merits",
            "Detained merits hearing",
            "immigration_judges",
            to("decision", name="heard"),
            to("detained_prepare", name="reset"),
            to("voluntary_departure"),
            to("dismissed"),
        ),
        # Ordinary docket
        step(
            "notice",
            "Notice filed, time before a first hearing",
            to("first_master"),
            leave=(_files("notice"), _finds("notice"), _dismissed()),
        ),
        desk(
            "first_master",
            "Waiting for the first master hearing",
            "immigration_judges",
            to("adjourned", name="reset"),
            to("prepare", name="set_for_merits"),
            to("absent"),
            to("final_order", name="ordered"),
            to("voluntary_departure"),
            to("dismissed"),
            to("closed"),
            to("other_relief"),
            date="filed",
            leave=(_files("first_master"), _finds("first_master"), _dismissed()),
        ),
        step(
            "adjourned",
            "Master hearing put over",
            to("master", name="date_set"),
            to("unscheduled", name="no_date"),
            leave=(_files("adjourned"), _finds("adjourned"), _dismissed(), _fee_order(), _gives_up()),
        ),
        desk(
            "unscheduled",
            "No hearing set",
            "immigration_judges",
            to("adjourned", name="reset"),
            to("prepare", name="set_for_merits"),
            to("absent"),
            to("final_order", name="ordered"),
            to("voluntary_departure"),
            to("dismissed"),
            to("closed"),
            to("other_relief"),
            date="filed",
            leave=(_files("unscheduled"), _finds("unscheduled"), _dismissed(), _fee_order(), _gives_up()),
        ),
        desk(
            "master",
            "Waiting for a further master hearing",
            "immigration_judges",
            to("adjourned", name="reset"),
            to("prepare", name="set_for_merits"),
            to("absent"),
            to("final_order", name="ordered"),
            to("voluntary_departure"),
            to("dismissed"),
            to("closed"),
            to("other_relief"),
            date="filed",
            leave=(_files("master"), _finds("master"), _dismissed()),
        ),
        step(
            "prepare",
            "Set for a merits hearing, time to prepare",
            to("merits"),
            leave=(_finds("prepare"), _dismissed()),
        ),
        desk(
            "merits",
            "Waiting for the merits hearing",
            "immigration_judges",
            to("decision", name="heard"),
            to("continued", name="reset"),
            to("absent"),
            to("voluntary_departure"),
            to("dismissed"),
            to("closed"),
            date="filed",
            leave=(
                _files("merits"),
                _finds("merits"),
                hazard(to("pretermission", name="third_country_motion")),
                _dismissed(),
                _fee_order(),
                _gives_up(),
                hazard(to("closed", name="closed_on_motion")),
            ),
        ),
        step("continued", "Merits hearing put over", to("merits"), leave=(_dismissed(),)),
        desk(
            "pretermission",
            "Motion to end the claim for a third country",
            "immigration_judges",
            to("appeal_window", name="pretermitted"),
            to("merits", name="motion_denied"),
        ),
        branch(
            "decision",
            "Judge's decision on the merits",
            to("asylum_granted", name="granted"),
            to("dhs_appeal"),
            to("withholding"),
            to("other_relief"),
            to("barred"),
            to("appeal_window", name="denied"),
        ),
        # Protection against torture knows no bar, and safe resettlement elsewhere bars asylum only.
        branch(
            "barred",
            "Asylum barred, or settled safely elsewhere",
            to("withholding"),
            to("appeal_window", name="denied"),
        ),
        step(
            "parked",
            "Child's claim at USCIS while the court case waits",
            to("protected_at_uscis"),
            to("adjourned", name="returned"),
            leave=(_dismissed(),),
        ),
        # Orders, appeals, motions
        branch(
            "absent",
            "Ordered removed in absence",
            to("in_absentia_order", name="final"),
            to("motion_to_come"),
        ),
        step(
            "appeal_window",
            "Ordered removed, thirty days to appeal",
            to("board", name="appealed"),
            to("final_order", name="no_appeal"),
        ),
        desk(
            "board",
            "Appeal at the Board",
            "board_members",
            to("petition_window", name="dismissed"),
            to("remanded"),
            to("asylum_granted", name="sustained"),
            to("final_order", name="withdrawn"),
            leave=(_gives_up(),),
        ),
        desk(
            "dhs_appeal",
            "Government's appeal of a grant",
            "board_members",
            to("asylum_granted", name="upheld"),
            to("remanded"),
            to("petition_window", name="reversed"),
        ),
        desk("other_appeal", "Bond, motion and other appeals", "board_members", to("other_appeal_decided")),
        branch(
            "remanded",
            "Sent back to the judge",
            to("continued", name="ordinary"),
            to("detained_prepare", name="detained"),
        ),
        step(
            "petition_window",
            "Appeal dismissed, thirty days to petition",
            to("circuit", name="petitioned"),
            to("final_order", name="no_petition"),
        ),
        desk(
            "circuit",
            "Petition for review in a federal court",
            "circuit_courts",
            to("final_order", name="denied"),
            to("board", name="remanded"),
        ),
        branch(
            "final_order", "Removal order final", to("ordered_removed", name="final"), to("motion_to_come")
        ),
        step("motion_to_come", "Ordered removed, preparing a motion to reopen", to("motion", name="filed")),
        desk(
            "motion",
            "Motion to reopen",
            "immigration_judges",
            to("adjourned", name="reopened", sets={"custody": "free"}),
            to("ordered_removed", name="refused"),
        ),
        # Off the active docket
        step(
            "dismissed",
            "Dismissed and still here",
            to("off_docket", name="left"),
            leave=(
                hazard(to("notice", name="charged_again", sets={"origin": "returned"}, marks=("filed",))),
                hazard(to("credible_fear", name="expedited_removal", draws=("asylum_office",))),
                hazard(to("off_docket", name="other_status")),
            ),
        ),
        step(
            "closed",
            "Administratively closed",
            to("off_docket", name="left"),
            leave=(hazard(to("adjourned", name="recalled")), hazard(to("off_docket", name="other_status"))),
        ),
        # Outcomes
        outcome(
            "asylum_granted",
            "Asylum granted",
            opens=(
                # Cases of the court carry no door until one opens.
                opens("status", enters="status.asylee_first_year", count="persons", sets={"door": "asylum"}),
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
        outcome("withholding", "Withholding of removal or protection against torture"),
        outcome("other_relief", "Another relief granted"),
        outcome("ordered_removed", "Removal order final"),
        outcome("in_absentia_order", "Removal order in absence"),
        outcome("voluntary_departure", "Voluntary departure"),
        outcome("off_docket", "Left the docket for good (another status, or departed)"),
        outcome("screened_out", "Removal after a negative screening"),
        outcome("screening_closed", "Screening closed without a finding"),
        outcome("protected_at_uscis", "Child's claim granted by USCIS, court case ended"),
        outcome("already_in_court", "Child referred by USCIS: the parked court case goes on"),
        outcome("other_appeal_decided", "Other appeal decided"),
    ),
)
