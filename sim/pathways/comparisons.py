"""Published figures and the simulated quantity that each is compared with, in the publisher's unit.

The figures stand in `scenarios/evidence/published.csv`; its column `measure` is a key of `MEASURES`. What a
key means is said here in terms of stages and moves; how it is read from a result is in `sim.backtest`.
Courts publish persons, USCIS publishes applications (cases), petitions for relatives count one relative.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim.pathways import published
from sim.pathways.attributes import ATTRIBUTES

ANY = "*"
ALL: tuple[str, ...] = ()
Pairs = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Moves from any of these stages to any of those. ALL is every stage, `source:x` every stream of x."""


@dataclass(frozen=True)
class Held:
    """How many are at these stages (ALL: the whole pathway) on a day; `less` is a group that is taken off."""

    pathway: str
    stages: tuple[str, ...] = ALL
    unit: str = "cases"
    groups: tuple[str, ...] = (ANY,)
    less: tuple[str, ...] = ()
    share_of: Held | None = None


@dataclass(frozen=True)
class Moved:
    """How many made these moves in a period. `also` is a move in another pathway that counts, too."""

    pathway: str
    pairs: Pairs
    unit: str = "cases"
    also: Moved | None = None


@dataclass(frozen=True)
class Sampled:
    """As Held, for cases with these attributes or filed in these fiscal years: a share of kept histories."""

    held: Held
    where: tuple[tuple[str, str], ...] = ()
    years: tuple[str, ...] = ()
    ask: str = "count"
    """count: how many; share: their share of `held`; age: mean days since filing"""


@dataclass(frozen=True)
class Seats:
    """Mean staff of an office in the month that begins on the day."""

    office: str


@dataclass(frozen=True)
class Places:
    """A ceiling in persons on the first day: its `total`, those `used` before, or those `left`."""

    quota: str
    ask: str
    taken_by: Moved


@dataclass(frozen=True)
class NotSimulated:
    """A published figure without a counterpart in the model, and why."""

    why: str


Measure = Held | Moved | Sampled | Seats | Places | NotSimulated

# -- refugees --------------------------------------------------------------------------------------

_SOUTH_AFRICAN = "nationality=south_africa"
# whoever is already here becomes a refugee without travelling, and takes no place
_FOLLOWING = Moved("family", ((("v93_travel",), ("reunited_refugee",)),), "persons")
_ADMITTED = Moved(
    "refugee",
    ((ALL, ("admitted",)),),
    "persons",
    also=_FOLLOWING,
)


def _refugees(*stages: str) -> Held:
    """Persons outside the South African stream."""
    return Held("refugee", stages, "persons", less=(_SOUTH_AFRICAN,))


# -- asylum offices --------------------------------------------------------------------------------

_OFFICES = next(each.levels for each in ATTRIBUTES if each.name == "asylum_office")
_LISTED = ("afghanistan", "syria", "venezuela", "cuba", "haiti", "burma", "other_listed")
_PENDING = Held("affirmative")
_CLOSED = (
    "closed_in_court", "adjusted_elsewhere", "abandoned", "withdrawn", "no_show", "closed_to_court",
    "dismissed_to_expedited_removal",
)  # fmt: skip
_YEARS: dict[str, tuple[str, ...]] = {
    "before_2018": ("", "2017"),
    "2018_2021": ("2018", "2021"),
    **{year: (year, year) for year in ("2022", "2023", "2024", "2025", "2026")},
}

# -- court -----------------------------------------------------------------------------------------


def _of_court(stages: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(stage.removeprefix("defensive.") for stage in stages)


_COURT, _BOARD = _of_court(published.COURT), _of_court(published.BOARD)
_DETAINED = tuple(stage for stage in _COURT if stage.startswith("detained"))
COURT = Held("defensive", _COURT, "persons")
BOARD = Held("defensive", _BOARD, "persons")
_HEARING = (*_COURT, "decision", "barred")  # an appeal, a motion or a case off the docket starts elsewhere
_MASTERS = ("first_master", "master", "unscheduled", "detained_master")
_REFERRED: Pairs = ((("referral",), ("notice",)),)
_FEARED: Pairs = (
    (("credible_fear_screening", "reasonable_fear_screening"), ("detained_wait", "detained_prepare")),
    (("fear_review",), ("detained_wait", "detained_prepare")),
)
_CHARGED: Pairs = ((("interior",), ALL), (("dismissed",), ("notice",)))
_ABSENT: Pairs = ((_HEARING, ("absent",)),)
_ORDERED: Pairs = (
    *_ABSENT,
    (_MASTERS, ("final_order",)),
    (_HEARING, ("appeal_window",)),
)
_DISMISSED: Pairs = ((_HEARING, ("dismissed", "protected_at_uscis")),)
_GRANTED: Pairs = ((("decision",), ("asylum_granted", "dhs_appeal")),)
_OTHER_RELIEF: Pairs = ((_HEARING, ("other_relief", "withholding")),)
_CLOSED_IN_COURT: Pairs = ((_HEARING, ("closed",)),)
_DECISIONS: Pairs = (*_ORDERED, *_DISMISSED, (_HEARING, ("voluntary_departure",)), *_GRANTED, *_OTHER_RELIEF)


def _court(*pairs: tuple[tuple[str, ...], tuple[str, ...]]) -> Moved:
    return Moved("defensive", pairs, "persons")


def _claims(stages: tuple[str, ...], application: str = "asylum") -> Sampled:
    return Sampled(replace(COURT, stages=stages), (("application", application),))


_MASTER_NEXT = ("notice", "first_master", "master", "detained_wait", "detained_master")
_MERITS_NEXT = ("prepare", "merits", "pretermission", "detained_prepare", "detained_merits")
_NOTHING_SET = ("adjourned", "unscheduled", "continued", "parked")

# -- families and status ---------------------------------------------------------------------------


def _status(stage: str, door: str = "") -> Held:
    return Held("status", (stage,), groups=(f"door={door}",) if door else (ANY,))


_PETITION = ("service_centre", "overseas_office")


MEASURES: dict[str, Measure] = {
    "refugee_before_interview": _refugees("prescreening", "vetting", "interview", "rescheduled"),
    "refugee_approved": _refugees("assurance"),
    "refugee_on_hold": _refugees("on_hold"),
    "refugee_review": _refugees("refusal", "review"),
    "south_african_in_process": Held("refugee", ALL, "persons", groups=(_SOUTH_AFRICAN,)),
    "south_african_ready": Held("refugee", ("travel",), "persons", groups=(_SOUTH_AFRICAN,)),
    "refugee_ceiling": Places("refugee_ceiling", "total", _ADMITTED),
    "refugee_ceiling_used": Places("refugee_ceiling", "used", _ADMITTED),
    "refugee_ceiling_left": Places("refugee_ceiling", "left", _ADMITTED),
    "refugees_admitted": _ADMITTED,
    "refugee_relatives_admitted": _FOLLOWING,
    "affirmative_pending": _PENDING,
    "affirmative_pending_persons": replace(_PENDING, unit="persons"),
    **{f"affirmative_filed_{name}": Sampled(_PENDING, years=years) for name, years in _YEARS.items()},
    **{
        f"affirmative_at_{office}": Held(
            "affirmative", groups=(f"asylum_office={office}",), share_of=_PENDING
        )
        for office in _OFFICES
    },
    "affirmative_held": Held("affirmative", ("review", "vetting")),
    "affirmative_listed": Held(
        "affirmative", groups=tuple(f"nationality={name}" for name in _LISTED), share_of=_PENDING
    ),
    "affirmative_children": Sampled(_PENDING, (("unaccompanied", "yes"),)),
    "affirmative_filed": Moved(
        "affirmative", ((("source:affirmative_filings", "source:children_filings"), ALL),)
    ),
    "affirmative_late_entries": Moved("affirmative", ((("source:late_entries",), ALL),)),
    "affirmative_granted": Moved("affirmative", ((ALL, ("granted",)),)),
    "affirmative_refused": Moved("affirmative", ((ALL, ("referred", "denied")),)),
    "affirmative_closed": Moved("affirmative", ((ALL, _CLOSED),)),
    "credible_fear_pending": Held("defensive", ("credible_fear_screening",)),
    "reasonable_fear_pending": Held("defensive", ("reasonable_fear_screening",)),
    "credible_fear_received": Moved("defensive", ((("credible_fear",), ALL),)),
    "credible_fear_positive": Moved("defensive", ((("credible_fear_screening",), ("detained_wait",)),)),
    "credible_fear_negative": Moved("defensive", ((("credible_fear_screening",), ("fear_review",)),)),
    "credible_fear_closed": Moved("defensive", ((("credible_fear_screening",), ("screening_closed",)),)),
    "reasonable_fear_received": Moved("defensive", ((("reasonable_fear",), ALL),)),
    "reasonable_fear_positive": Moved(
        "defensive", ((("reasonable_fear_screening",), ("detained_prepare",)),)
    ),
    "reasonable_fear_negative": Moved("defensive", ((("reasonable_fear_screening",), ("fear_review",)),)),
    "court_pending": COURT,
    "court_bundles": replace(COURT, unit="cases"),
    "court_claims": _claims(COURT.stages),
    "court_claims_merits": _claims(_MERITS_NEXT),
    "court_claims_master": _claims(_MASTER_NEXT),
    "court_claims_nothing_set": _claims(_NOTHING_SET),
    "court_no_claims_merits": _claims(_MERITS_NEXT, "none"),
    "court_no_claims_master": _claims(_MASTER_NEXT, "none"),
    "court_no_claims_nothing_set": _claims(_NOTHING_SET, "none"),
    "court_detained": replace(COURT, stages=_DETAINED),
    "court_represented": Sampled(COURT, (("lawyer", "yes"),), ask="share"),
    "court_age": Sampled(COURT, ask="age"),
    "court_closed": Held("defensive", ("closed",), "persons"),
    "court_dismissed": Held("defensive", ("dismissed",), "persons"),
    "court_receipts": _court(*_REFERRED, *_FEARED, *_CHARGED),
    # children among them go on with the court case that they have: a fortieth
    "court_from_referrals": _court((("source:affirmative.referred",), ALL)),
    "court_from_fear": _court(*_FEARED),
    "court_from_others": _court(*_CHARGED),
    "court_reentry": _court(
        (("motion", "closed"), ("adjourned",)), (("remanded",), ("continued", "detained_prepare"))
    ),
    "court_decisions": _court(*_DECISIONS),
    "court_closures": _court(*_DECISIONS, *_CLOSED_IN_COURT),
    "court_orders": _court(*_ORDERED),
    "court_absent": _court(*_ABSENT),
    "court_dismissals": _court(*_DISMISSED),
    "court_left": _court((_HEARING, ("voluntary_departure",))),
    "court_granted": _court(*_GRANTED),
    "court_other_relief": _court(*_OTHER_RELIEF),
    "court_closed_otherwise": _court(*_CLOSED_IN_COURT),
    "board_pending": BOARD,
    "board_merits_share": replace(BOARD, stages=("board", "dhs_appeal"), share_of=BOARD),
    "board_received": _court(
        (("appeal_window", "circuit"), ("board",)),
        (("decision",), ("dhs_appeal",)),
        (("source:other_appeals",), ALL),
    ),
    "board_decided": _court((_BOARD, ALL)),
    "board_remanded": _court((("board", "dhs_appeal"), ("remanded",))),
    "circuit_pending": Held("defensive", ("circuit",)),
    "judges": Seats("immigration_judges"),
    "petitions_pending": Held("family", _PETITION),
    "petitions_domestic": Held("family", ("service_centre",)),
    "petitions_overseas": Held("family", ("overseas_office",)),
    "relatives_at_posts": Held("family", ("visa_centre", "post")),
    "relatives_entitled": Held("family", ("entitled",)),
    "petitions_filed": Moved("family", ((("entitled", "overdue"), ("service_centre",)),)),
    "petitions_approved": Moved(
        "family",
        ((("service_centre",), ("approved",)), (("overseas_office",), ("v92_travel", "v93_clearances"))),
    ),
    "petitions_denied": Moved("family", ((_PETITION, ("lost_denial",)),)),
    "relatives_travelled": Moved(
        "family", ((("v92_travel",), ("reunited_asylee",)), (("v93_travel",), ("reunited_refugee",)))
    ),
    "first_year_refugees": _status("refugee_first_year"),
    "first_year_asylees": _status("asylee_first_year"),
    "refugees_not_applied": _status("refugee_applying"),
    "asylees_not_applied": _status("asylee_applying"),
    "green_cards_refugee": _status("refugee_adjustment"),
    "green_cards_asylee": _status("asylee_adjustment"),
    "resident_refugees": _status("resident", "refugee"),
    "resident_asylees": _status("resident", "asylum"),
    "refugees_of_five_years": Held(
        "status",
        ("refugee_first_year", "refugee_applying", "refugee_adjustment", "resident"),
        groups=("door=refugee",),
    ),
    "citizenship_pending": _status("naturalisation"),
    "green_cards_refugee_filed": Moved("status", ((("refugee_applying",), ("refugee_adjustment",)),)),
    "green_cards_refugee_approved": Moved("status", ((("re_review",), ("resident",)),)),
    "green_cards_refugee_denied": Moved(
        "status", ((("refugee_adjustment",), ("refugee_applying", "without_green_card")),)
    ),
    "green_cards_asylee_filed": Moved("status", ((("asylee_applying",), ("asylee_adjustment",)),)),
    "green_cards_asylee_approved": Moved("status", ((("asylee_adjustment",), ("resident",)),)),
    "green_cards_asylee_denied": Moved(
        "status", ((("asylee_adjustment",), ("asylee_applying", "without_green_card")),)
    ),
    "citizenship_filed": Moved("status", ((("citizenship_filing",), ("naturalisation",)),)),
    "citizenship_approved": Moved("status", ((("naturalisation",), ("citizen",)),)),
    "citizenship_denied": Moved(
        "status", ((("naturalisation",), ("citizenship_filing", "remains_resident")),)
    ),
    "work_permits": NotSimulated(
        "published for first and renewal applications together; only the dates of first permits are simulated"
    ),
    "court_restated": NotSimulated("another scope of the same day, shown beside, never spliced"),
}
