"""After the grant: one case is one person with asylum or refugee status, from the first day to citizenship.

Opens on a grant, an admission or a reunion; that day is `clock`. Work is allowed at once. After a year of
presence the green card (Form I-485): refugees must apply, asylees may. Residence is dated back, for a
refugee to admission and for an asylee to one year before approval, so citizenship is open five years after
admission (`clock` untouched) or four years after approval (`clock` marked at approval). Delay at the green
card thus costs an asylee time to citizenship and a refugee, as a rule, none. Refugees admitted 20 January
2021 - 20 February 2025 (`review`: cohort) were put under re-review on 21 November 2025: their green cards
stand still, and a re-interview may end the status.
Sources: dossier on families (G0-N1h), review section 1 (rows 9, 20, 37) and section 2 (rank 10).
"""

from sim.pathway import Leave, Pathway, branch, desk, hazard, milestone, opening, outcome, step, to
from sim.pathway_families import reach

_LEAVES: tuple[Leave, ...] = (hazard(to("died")), hazard(to("left")))

PATHWAY = Pathway(
    name="status",
    label="After the grant",
    report=("door",),
    reaches=(reach("resident", since="entered"), reach("citizen", since="entered")),
    openings=(
        opening(
            "first_year_refugees",
            "Refugees in their first year",
            at="refugee_first_year",
            sets={"door": "refugee", "review": "none"},
            draws=("nationality",),
        ),
        opening(
            "first_year_asylees",
            "Asylees in their first year",
            at="asylee_first_year",
            sets={"door": "asylum"},
            draws=("nationality",),
        ),
        opening(
            "refugees_not_applied",
            "Refugees past a year, no green card application yet",
            at="refugee_applying",
            sets={"door": "refugee", "review": "cohort"},
            draws=("nationality",),
        ),
        opening(
            "asylees_not_applied",
            "Asylees past a year, no green card application yet",
            at="asylee_applying",
            sets={"door": "asylum"},
            draws=("nationality",),
        ),
        opening(
            "refugees_adjusting",
            "Green card applications of refugees",
            at="refugee_adjustment",
            sets={"door": "refugee"},
            draws=("nationality", "review"),
        ),
        opening(
            "asylees_adjusting",
            "Green card applications of asylees",
            at="asylee_adjustment",
            sets={"door": "asylum"},
            draws=("nationality",),
        ),
        opening(
            "resident_refugees",
            "Refugees with a green card, inside five years of admission",
            at="resident",
            sets={"door": "refugee"},
            draws=("nationality",),
        ),
        opening(
            "resident_asylees",
            "Asylees with a green card, inside four years of approval",
            at="resident",
            sets={"door": "asylum"},
            draws=("nationality",),
        ),
        opening(
            "future_citizens",
            "Entitled to citizenship and going to apply",
            at="citizenship_filing",
            draws=("door", "nationality"),
        ),
        opening(
            "naturalising",
            "Citizenship applications of former refugees and asylees",
            at="naturalisation",
            draws=("door", "nationality"),
        ),
    ),
    # counted from the day the case opened: `clock` moves when an asylee's green card is approved
    milestones=(
        milestone("work", "May work", since="entered"),
        milestone("reception_ends", "Organised reception ends", since="entered", only={"door": "refugee"}),
        milestone("cash_aid_ends", "Refugee cash and medical assistance end", since="entered"),
        milestone("petition_ends", "Right to petition for relatives ends", since="entered"),
    ),
    stages=(
        step(
            "refugee_first_year",
            "Refugee, first year (reception, then on their own)",
            to("refugee_applying", name="year_complete"),
            since="clock",
            leave=_LEAVES,
        ),
        step(
            "asylee_first_year",
            "Asylee, first year (no organised reception)",
            to("asylee_applying", name="year_complete"),
            since="clock",
            leave=_LEAVES,
        ),
        step(
            "refugee_applying",
            "Refugee preparing the green card application",
            to("refugee_adjustment", name="applied"),
            leave=_LEAVES,
        ),
        step(
            "asylee_applying",
            "Asylee free to apply for the green card",
            to("asylee_adjustment", name="applied"),
            to("without_green_card", name="never_applies"),
            leave=_LEAVES,
        ),
        desk(
            "refugee_adjustment",
            "Green card (Form I-485) of a refugee: medical and background checks",
            "adjustment_officers",
            to("re_review", name="examined"),
            to("refugee_applying", name="denied_reapplies"),
            to("without_green_card", name="denied"),
            leave=_LEAVES,
        ),
        desk(
            "asylee_adjustment",
            "Green card (Form I-485) of an asylee: medical and background checks",
            "adjustment_officers",
            to("resident", name="approved", marks=("clock",)),
            to("asylee_applying", name="denied_reapplies"),
            to("without_green_card", name="denied"),
            leave=_LEAVES,
        ),
        branch(
            "re_review",
            "Refugee status looked at again",
            to("resident", name="approved"),
            to("status_ended", name="terminated"),
        ),
        step(
            "resident",
            "Permanent resident, waiting for the citizenship date",
            to("citizenship_choice", name="date_reached"),
            since="clock",
            leave=_LEAVES,
        ),
        branch(
            "citizenship_choice",
            "Will this person apply for citizenship?",
            to("citizenship_filing", name="will_apply"),
            to("remains_resident", name="never_applies"),
        ),
        step(
            "citizenship_filing",
            "Entitled to citizenship, not yet applied",
            to("naturalisation", name="applied"),
            leave=_LEAVES,
        ),
        desk(
            "naturalisation",
            "Citizenship application (Form N-400): character, English, civics",
            "naturalisation_officers",
            to("citizen"),
            to("citizenship_filing", name="denied_reapplies"),
            to("remains_resident", name="denied"),
            leave=_LEAVES,
        ),
        outcome("citizen", "Citizen"),
        outcome("remains_resident", "Stays a permanent resident"),
        outcome("without_green_card", "Stays with refugee or asylee status, no green card"),
        outcome("status_ended", "Status ended after re-review"),
        outcome("died", "Died"),
        outcome("left", "Left the country for good"),
    ),
)
