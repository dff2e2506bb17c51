"""Family reunification: a case is one relative of somebody granted asylum or admitted as a refugee.

The case opens on the day of the grant or admission (`clock`) and keeps the principal's filing or referral
day (`filed`), so that what befell the relative while the principal waited (marriage, death) is counted from
then. A child's age is frozen for asylum on the day the application was filed and for refugees at the
parent's first interview: only children overtaken before that interview are lost to age. Relatives in the
country and those abroad share the petition (Form I-730); after it the asylee track (V-92) needs no place
under the ceiling and the refugee track (V-93) does.
Sources: dossier on families (I0-I5, X1, X2), review sections 1 (rows 1, 2, 17, 18) and 3.
"""

from sim.pathway import (
    Leave,
    Opens,
    Pathway,
    branch,
    checks,
    deadline,
    desk,
    gate,
    hazard,
    opening,
    opens,
    outcome,
    step,
    to,
)
from sim.pathway_families import phase, reach

_KNOWN = ("door", "nationality", "region", "relation")


def _befalls(since: str = "entered") -> tuple[Leave, ...]:
    """What ends the right meanwhile: the child marries or the marriage ends, or somebody dies."""
    return (hazard(to("lost_marriage"), since=since), hazard(to("lost_death"), since=since))


def _status(first_year: str) -> tuple[Opens, ...]:
    """The relative's own status, with a clock of its own from the day of reunion."""
    return (opens("status", enters=f"status.{first_year}", count="one"),)


PATHWAY = Pathway(
    name="family",
    label="Family reunification",
    report=("door", "relation"),
    phases=(
        phase("unfiled", "Entitled, no petition filed yet", "entitled"),
        phase("petition", "Petition at USCIS, here or abroad", "service_centre", "overseas_office"),
        phase("overseas", "File on its way abroad, interview at a State post", "visa_centre", "post"),
        phase("travel", "Last checks, a place, travel", "v92_travel", "v93_clearances", "v93_travel"),
    ),
    reaches=(reach("reunited_asylee", since="entered"), reach("reunited_refugee", since="entered")),
    openings=(
        opening(
            "entitled_relatives",
            "Entitled, not yet petitioned",
            at="entitled",
            draws=(*_KNOWN, "whereabouts"),
        ),
        opening(
            "petitions_domestic",
            "Petitions at service centres and field offices",
            at="service_centre",
            draws=(*_KNOWN, "whereabouts"),
        ),
        opening(
            "petitions_overseas",
            "Petitions at USCIS offices abroad",
            at="overseas_office",
            sets={"whereabouts": "abroad"},
            draws=_KNOWN,
        ),
        opening(
            "approved_asylee_relatives",
            "Approved relatives of asylees, waiting at a State post",
            at="post",
            sets={"door": "asylum", "whereabouts": "abroad"},
            draws=("nationality", "region", "relation"),
        ),
        opening(
            "approved_refugee_relatives",
            "Approved relatives of refugees, waiting at a State post",
            at="post",
            sets={"door": "refugee", "whereabouts": "abroad"},
            draws=("nationality", "region", "relation"),
        ),
    ),
    stages=(
        branch(
            "claim",
            "Overtaken by age before the freezing date? On the principal's own case?",
            to("entitled", draws=("whereabouts",)),
            to("lost_age"),
            # A rule that nobody has made for asylum: relatives abroad decided with the principal, no petition.
            to("approved", name="included", draws=("whereabouts",)),
        ),
        step(
            "entitled",
            "Entitled, petition not yet filed",
            to("service_centre", name="petition_filed"),
            leave=(*_befalls(since="filed"), deadline(to("overdue"), since="clock")),
        ),
        branch(
            "overdue",
            "Two years have passed: waived for humanitarian reasons, or lost",
            to("service_centre", name="waived"),
            to("lost_deadline"),
        ),
        desk(
            "service_centre",
            "Petition (Form I-730) at a service centre or field office",
            "petition_officers",
            to("approved"),
            to("overseas_office", name="forwarded"),
            to("lost_denial", name="denied"),
            leave=_befalls(),
        ),
        desk(
            "overseas_office",
            "USCIS office abroad: interview first, decision last",
            "petition_officers_abroad",
            to("v92_travel", name="approved_v92"),
            to("v93_clearances", name="approved_v93"),
            to("lost_denial", name="denied"),
            leave=_befalls(),
        ),
        branch(
            "approved",
            "Approved: the relative is here, or the file goes abroad",
            to("reunited_asylee", name="here_asylee"),
            to("reunited_refugee", name="here_refugee"),
            to("visa_centre", name="sent_abroad"),
        ),
        step("visa_centre", "File at the National Visa Center", to("post")),
        desk(
            "post",
            "State post: interview, admissibility, travel document",
            "overseas_posts",
            to("v92_travel", name="cleared_v92"),
            to("v93_clearances", name="cleared_v93"),
            to("service_centre", name="returned"),
            to("lost_denial", name="refused"),
            leave=_befalls(),
        ),
        step("v92_travel", "Asylee's relative: booking and travel", to("reunited_asylee"), leave=_befalls()),
        checks(
            "v93_clearances",
            "Refugee's relative: medical, security, sponsor",
            to("v93_travel"),
            items=("medical", "security", "assurance"),
            leave=_befalls(),
        ),
        gate(
            "v93_travel",
            "Refugee's relative: ready, waiting for a place under the ceiling",
            "refugee_ceiling",
            to("reunited_refugee"),
            lapse=to("v93_clearances", name="lapsed"),
            region="region",
            leave=_befalls(),
        ),
        outcome("reunited_asylee", "Reunited (asylee's relative)", opens=_status("asylee_first_year")),
        outcome("reunited_refugee", "Reunited (refugee's relative)", opens=_status("refugee_first_year")),
        outcome("lost_age", "Lost: turned 21 before the freezing date"),
        outcome("lost_marriage", "Lost: the child married, or the marriage ended"),
        outcome("lost_death", "Lost: death"),
        outcome("lost_deadline", "Lost: no petition within two years"),
        outcome("lost_denial", "Lost: petition denied or travel refused"),
    ),
)
