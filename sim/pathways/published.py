"""What agencies publish, in terms of stages: which of them each published count covers, and in which unit.

A published figure and a stage are rarely the same thing. This page is the only place that says which stages
make up "pending in immigration court" or "refugees admitted"; measures and summaries read it. A stage is
written "pathway.stage" and "pathway.*" stands for every stage of a pathway. A system without the stages lacks
the count.
"""

from dataclasses import dataclass

PERSONS, CASES = "persons", "cases"


@dataclass(frozen=True)
class Pending:
    """A count of who is at some stages on a day."""

    name: str
    unit: str
    stages: tuple[str, ...]
    says: str
    """follows the number in a sentence: "3.3 million people wait ..." """


@dataclass(frozen=True)
class Yearly:
    """A count of arrivals at stages in a fiscal year; "pathway.from > stage" counts one way in only."""

    name: str
    unit: str
    moves: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """A wait, from entering a pathway to its end; `group` picks the cases by what the pathway reports."""

    pathway: str
    label: str
    group: str = "*"


@dataclass(frozen=True)
class Right:
    """A right or a support, and the wait that tells how long it takes at one door."""

    name: str
    label: str
    door: str
    since: str
    how: str
    """`took` or `reached` (bases of the table of waits); `law`: from the first day, nothing is simulated"""
    pathway: str = ""
    stage: str = ""
    group: str = "*"
    never: bool = False
    """by law this door does not give it"""


@dataclass(frozen=True)
class Row:
    """A line of the table of who is where."""

    label: str
    unit: str
    stages: tuple[str, ...]
    total: bool = False
    """repeats what other lines say: a sum, or the same people in another unit"""


def _in(pathway: str, *stages: str) -> tuple[str, ...]:
    return tuple(f"{pathway}.{stage}" for stage in stages)


# -- who is where ----------------------------------------------------------------------------------

_FIRST_HEARING = _in("defensive", "notice", "first_master")
_FURTHER_HEARING = _in("defensive", "master")
_PUT_OVER = _in("defensive", "adjourned")
_NOTHING_SET = _in("defensive", "unscheduled")
_MERITS = _in("defensive", "prepare", "merits", "continued", "pretermission")
_DETAINED = _in("defensive", "detained_wait", "detained_master", "detained_prepare", "detained_merits")
_PARKED = _in("defensive", "parked")

# The case-file scope: no decision of a judge yet. Who is screened for fear, has appealed, was dismissed or
# administratively closed, or asks to reopen, is not in it. Courts count every person as a case.
COURT = (*_FIRST_HEARING, *_FURTHER_HEARING, *_PUT_OVER, *_NOTHING_SET, *_MERITS, *_DETAINED, *_PARKED)

# The Board's file has one record a person, as the court's has.
BOARD = _in("defensive", "board", "dhs_appeal", "other_appeal")

PENDING = (
    # Published pending I-589 include those interviewed and undecided; the unit is the application.
    Pending("affirmative_pending", CASES, ("affirmative.*",), "asylum applications are open at USCIS"),
    Pending("court_pending", PERSONS, COURT, "people wait in immigration court for a first decision"),
    Pending("board_pending", PERSONS, BOARD, "people's appeals wait at the Board of Immigration Appeals"),
    # A case of this pathway is one relative, so cases and persons are the same.
    Pending(
        "families_apart",
        PERSONS,
        ("family.*",),
        "spouses and children wait to join a protected relative",
    ),
)

ROWS = (
    Row(
        "Refugees: before the interview",
        PERSONS,
        _in("refugee", "prescreening", "vetting", "interview", "rescheduled"),
    ),
    Row(
        "Refugees: decision, hold, review",
        PERSONS,
        _in("refugee", "decision", "on_hold", "refusal", "review"),
    ),
    Row(
        "Refugees: approved, not arrived",
        PERSONS,
        _in("refugee", "assurance", "clearances", "booking", "travel"),
    ),
    Row("USCIS: all open applications", CASES, ("affirmative.*",), total=True),
    Row("USCIS: receipt, fingerprints", CASES, _in("affirmative", "filing", "biometrics")),
    Row("USCIS: waiting for an interview", CASES, _in("affirmative", "backlog", "reset", "again", "missed")),
    Row("USCIS: interviewed, undecided", CASES, _in("affirmative", "review", "vetting")),
    Row(
        "Fear screening",
        CASES,
        _in("defensive", "credible_fear_screening", "reasonable_fear_screening", "fear_review"),
    ),
    Row("Court: all open", PERSONS, COURT, total=True),
    Row("Court: all open, heard together", CASES, COURT, total=True),
    Row("Court: before first hearing", PERSONS, _FIRST_HEARING),
    Row("Court: further master hearing", PERSONS, _FURTHER_HEARING),
    Row("Court: merits hearing", PERSONS, _MERITS),
    Row("Court: master hearing put over", PERSONS, _PUT_OVER),
    Row("Court: no hearing set", PERSONS, _NOTHING_SET),
    Row("Court: detained", PERSONS, _DETAINED),
    Row("Court: child, claim at USCIS", PERSONS, _PARKED),
    Row("Appeals at the Board", PERSONS, BOARD),
    Row("Petitions in federal courts", CASES, _in("defensive", "circuit")),
    Row(
        "Ordered removed, may contest",
        PERSONS,
        _in("defensive", "appeal_window", "petition_window", "motion_to_come", "motion"),
    ),
    Row("Dismissed and still here", PERSONS, _in("defensive", "dismissed")),
    Row("Administratively closed", PERSONS, _in("defensive", "closed")),
    Row("Relatives: no petition yet", PERSONS, _in("family", "entitled")),
    Row("Relatives: petition at USCIS", PERSONS, _in("family", "service_centre", "overseas_office")),
    Row(
        "Relatives: visa, travel abroad",
        PERSONS,
        _in("family", "visa_centre", "post", "v92_travel", "v93_clearances", "v93_travel"),
    ),
    Row("Protected: first year", PERSONS, _in("status", "refugee_first_year", "asylee_first_year")),
    Row("Protected: to apply, green card", PERSONS, _in("status", "refugee_applying", "asylee_applying")),
    Row("Green card applications", PERSONS, _in("status", "refugee_adjustment", "asylee_adjustment")),
    Row("Residents, citizenship ahead", PERSONS, _in("status", "resident", "citizenship_filing")),
    Row("Citizenship applications", PERSONS, _in("status", "naturalisation")),
)

# -- what happened in a year -----------------------------------------------------------------------

# Relatives of refugees who follow to join take places under the ceiling; those already here do not.
FOLLOWING = ("family.v93_travel > reunited_refugee",)
ADMITTED = ("refugee.admitted", *FOLLOWING)
# A child whose claim USCIS grants is counted there, not again when the parked court case ends.
GRANTED_USCIS, GRANTED_COURT = ("affirmative.granted",), ("defensive.asylum_granted",)
# Orders that ended a case, each case once: an order appealed counts when the appeal is lost, one followed
# by a motion to reopen when the motion is refused or the reopened case ends in an order. Agencies count
# orders when a judge gives them, so theirs are more and earlier. Expedited removal after a negative
# screening and voluntary departure are not counted.
ORDERED = ("defensive.ordered_removed", "defensive.in_absentia_order")

YEARLY = (
    Yearly("refugees_admitted", PERSONS, ADMITTED),
    Yearly("asylum_granted", PERSONS, (*GRANTED_USCIS, *GRANTED_COURT)),
    Yearly("removals_ordered", PERSONS, ORDERED),
)

# Columns of the table of decisions, in persons. Being sent on to court is no refusal: the claim goes on.
DECISIONS: dict[str, tuple[str, ...]] = {
    "USCIS grants": GRANTED_USCIS,
    "court grants": GRANTED_COURT,
    "withholding": ("defensive.withholding",),
    "USCIS denials": ("affirmative.denied",),
    "to court": ("affirmative.referred",),
    "final orders": ("defensive.ordered_removed",),
    "in absence": ("defensive.in_absentia_order",),
}

# Columns of the table of relatives, in persons.
RELATIVES: dict[str, tuple[str, ...]] = {
    "joined": ("family.reunited_asylee", "family.reunited_refugee"),
    "lost: age, marriage": ("family.lost_age", "family.lost_marriage"),
    "lost: death": ("family.lost_death",),
    "lost: deadline, denial": ("family.lost_deadline", "family.lost_denial"),
}

# -- waits -----------------------------------------------------------------------------------------

AFFIRMATIVE_WAIT = Waiting("affirmative", "Asylum applications at USCIS")

WAITS = (
    AFFIRMATIVE_WAIT,
    Waiting("defensive", "Court, ordinary docket", "docket=non_detained"),
    Waiting("defensive", "Court, begun in detention (with fear screenings)", "docket=detained"),
    Waiting("refugee", "Families referred as refugees"),
    Waiting("family", "Relatives left behind"),
)

# -- the two doors ---------------------------------------------------------------------------------

DOORS = ("refugee", "asylum")


def _each(name: str, label: str, how: str, pathway: str, stage: str, *doors: str) -> tuple[Right, ...]:
    """A right after protection, told by the wait of each door's own group."""
    return tuple(
        Right(name, label, door, "protection", how, pathway, stage, f"door={door}") for door in doors or DOORS
    )


def _by_law(name: str, label: str, *doors: str, never: bool = False) -> tuple[Right, ...]:
    return tuple(Right(name, label, door, "protection", "law", never=never) for door in doors or DOORS)


_GRANTED, _PERMIT = "Protection: asylum granted", "Work, while the claim is open"
RIGHTS = (
    Right("protection", "Protection: admitted", "refugee", "referral", "took", "refugee", "admitted"),
    Right("protection", f"{_GRANTED} by USCIS", "asylum", "filing", "took", "affirmative", "granted"),
    Right("protection", f"{_GRANTED} in court", "asylum", "filing", "took", "defensive", "asylum_granted"),
    Right("work_permit", _PERMIT, "refugee", "referral", "law", never=True),
    Right("work_permit", f"{_PERMIT}, USCIS", "asylum", "application", "took", "affirmative", "work_permit"),
    Right("work_permit", f"{_PERMIT}, court", "asylum", "application", "took", "defensive", "work_permit"),
    *_each("work", "Work, once protected", "took", "status", "work"),
    # The document's own desk (Form I-131) is not in the model.
    *_by_law("travel_document", "Travel document: may be asked for"),
    *_by_law("petition", "Petition for relatives: may be filed"),
    *_each("petition_ends", "Petition for relatives: right ends", "took", "status", "petition_ends"),
    *_each("reunion", "Relative left behind arrives", "reached", "family", "reunited_refugee", "refugee"),
    *_each("reunion", "Relative left behind arrives", "reached", "family", "reunited_asylee", "asylum"),
    *_each("reception_ends", "Organised reception ends", "took", "status", "reception_ends", "refugee"),
    *_by_law("reception_ends", "Organised reception ends", "asylum", never=True),
    *_each("cash_aid_ends", "Cash and medical assistance ends", "took", "status", "cash_aid_ends"),
    *_each("green_card", "Green card", "reached", "status", "resident"),
    *_each("citizenship", "Citizenship", "reached", "status", "citizen"),
)

HEADLINE = (*(each.name for each in (*PENDING, *YEARLY)), "affirmative_wait_p50")
"""the measures of every summary, by fiscal year"""
