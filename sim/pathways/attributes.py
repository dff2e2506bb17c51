"""What a case carries: one list for all pathways, so that a case keeps what is known of it when it crosses over."""

from sim.pathway import Attribute

ATTRIBUTES = (
    Attribute(
        "nationality",
        (
            "afghanistan",
            "syria",
            "venezuela",
            "dr_congo",
            "cuba",
            "haiti",
            "nicaragua",
            "colombia",
            "guatemala",
            "honduras",
            "el_salvador",
            "mexico",
            "ecuador",
            "india",
            "china",
            "russia",
            "burma",
            "ukraine",
            "south_africa",
            "other_listed",
            "other",
        ),
        "Nationality",
    ),
    Attribute(
        "region",
        ("africa", "east_asia", "europe_central_asia", "latin_america_caribbean", "near_east_south_asia"),
        "Region of the refugee ceiling",
    ),
    Attribute(
        "asylum_office",
        (
            "miami",
            "houston",
            "arlington",
            "chicago",
            "los_angeles",
            "newark",
            "san_francisco",
            "new_york",
            "tampa",
            "boston",
            "new_orleans",
        ),
        "Asylum office",
    ),
    Attribute("priority", ("p1", "p2", "p3", "p4", "v93"), "Priority of the referral"),
    Attribute(
        "ground",
        ("race", "religion", "nationality", "political_opinion", "social_group", "none"),
        "Ground of the claim",
    ),
    Attribute(
        "entry", ("visa", "without_authorization", "parole", "port_of_entry"), "How the person entered"
    ),
    Attribute("timely", ("on_time", "excused", "late"), "One-year rule"),
    Attribute("lawyer", ("no", "yes"), "Has a lawyer"),
    Attribute("custody", ("free", "detained"), "Custody"),
    Attribute("docket", ("non_detained", "detained"), "Docket"),
    Attribute(
        "origin",
        ("referral", "credible_fear", "reasonable_fear", "interior", "returned"),
        "How the case came to court",
    ),
    Attribute("application", ("none", "asylum"), "Application for protection"),
    Attribute("unaccompanied", ("no", "yes"), "Unaccompanied child"),
    Attribute("bench", ("b1", "b2", "b3", "b4", "b5"), "Bench, from least to most lenient"),
    Attribute("circuit", ("bond", "no_bond"), "Whether the circuit allows bond"),
    Attribute("relation", ("spouse", "child"), "Relation to the principal"),
    Attribute("whereabouts", ("abroad", "in_country"), "Where the relative is"),
    Attribute("door", ("refugee", "asylum", "family"), "Door through which protection came"),
    Attribute("review", ("none", "cohort"), "Admitted in the period under re-review"),
    Attribute(
        "persons", ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"), "Persons decided together"
    ),
    Attribute("spouse_apart", ("0", "1"), "Spouse left behind"),
    Attribute("children_apart", ("0", "1", "2", "3", "4", "5"), "Children left behind"),
)
