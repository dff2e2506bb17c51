"""The words: one word for one thing, in code, scenarios, tables, charts and documents."""

from __future__ import annotations

TERMS: dict[str, str] = {
    # What flows
    "case": "The people who are decided together, such as a family on one application. In the family "
    "pathway a case is one relative, in the status pathway one person.",
    "person": "One human being. A case has a person count; courts and yearbooks count persons, asylum "
    "offices cases.",
    "group": "Cases that share an attribute, written attribute=value in the tables; * is everybody.",
    "attribute": "What is known of a case, such as nationality or having a lawyer. It never changes "
    "inside a stage.",
    "cohort": "The cases that entered in the same period.",
    "case history": "The dated stages of one simulated case. A sample of them is kept with each run.",
    # Where it flows
    "pathway": "The stages of one kind of case and the transitions between them: refugee, affirmative, "
    "defensive, family or status.",
    "source": "Where arrivals come from, such as applications of one nationality.",
    "arrival": "A case that enters the system.",
    "stage": "A place in a pathway where a case can be: a step, a desk, a gate, checks, a branch or an "
    "outcome.",
    "step": "A stage that takes a number of days and serves any number of cases at once.",
    "desk": "A stage where cases wait for the time of an office.",
    "gate": "A stage where cases wait for a place under a quota.",
    "checks": "A stage of several steps at once; ready when the slowest is. Each is valid for a while only.",
    "branch": "A stage that takes no time and only chooses the way.",
    "outcome": "A final stage of a pathway, such as a grant, a denial or a withdrawal.",
    "transition": "The move of a case from one stage to another.",
    # What holds it up
    "office": "A pool of equal servers that works on one or more desks.",
    "server": "One unit of capacity: an officer, a judge, a Board member.",
    "capacity": "The minutes an office has in a day: staff, times productive minutes on a working day.",
    "backlog": "The cases waiting at a desk.",
    "stock": "The cases at a stage: those waiting and those being served.",
    "pending": "As the agency publishes it: the stock of all the stages that the published figure covers.",
    "wait": "The days before service.",
    "service": "The time in service, after the wait.",
    "sojourn": "Wait and service together.",
    "throughput": "The cases that leave in a period.",
    "utilisation": "Minutes used, as a share of capacity.",
    "clearance rate": "Completions as a share of arrivals in a period. Below 1 a backlog grows.",
    "discipline": "The order in which a desk serves: first in first out, last in first out, two-track, or "
    "by priority class.",
    "first in first out": "The oldest case is served first.",
    "last in first out": "The newest case is served first; old cases wait until the new ones are done.",
    "two-track": "Part of the time goes to the oldest cases, the rest to the newest.",
    "priority class": "A rank among the cases at a desk; lower numbers are served first.",
    "lane": "The part of a desk's backlog that is held, ranked or counted apart.",
    "renege": "To leave while waiting: a withdrawal, a death, another solution, a missed deadline.",
    "hazard": "A chance to leave, as a rate a month.",
    "deadline": "A day after which waiting ends.",
    "hold": "A stage closed to a class of cases between two dates. Cases stay and keep their dates.",
    "quota": "A yearly number of places, counted in persons. The refugee ceiling is one.",
    "reserve": "The places of a quota that are not allotted to a region.",
    "lapse": "A check runs out before travel and is redone.",
    # What is run
    "baseline": "The scenario with every number: law and policy as in force on each date until 21 "
    "November 2026, then unchanged.",
    "scenario": "A set of numbers: the baseline and what differs from it.",
    "opening stock": "The cases present on the first day, with their real ages.",
    "horizon": "The last day of a scenario.",
    "scale": "The share of cases and of office time that is simulated. Counts are always in real cases.",
    "seed": "The number from which all chance of a run follows. Same scenario, seed and scale: same result.",
    "stream": "The chance of one decision. The same case draws the same luck in every scenario.",
    "replication": "One run of a scenario among several with different seeds.",
    "fiscal year": "From 1 October to 30 September, named after the year in which it ends.",
    "fingerprint": "A short code of a scenario's numbers. Two scenarios with the same fingerprint are the "
    "same.",
    "digest": "A short code of a run's tables. Two runs with the same digest gave the same result.",
    # How a number is known
    "confidence": "How a number is known: official, derived, fitted or judgement.",
    "official": "Published by the agency itself.",
    "derived": "Worked out from published figures.",
    "fitted": "Set so that a run agrees with published figures.",
    "judgement": "Not published anywhere: an estimate with a low and a high.",
    # Who and what is waited for
    "refugee": "A person who asks for protection from outside the country and is chosen for resettlement.",
    "asylum": "Protection given to a person who asks for it in the country or at its border.",
    "affirmative": "Asylum asked of an asylum office, by someone who is not in removal proceedings.",
    "defensive": "Asylum asked of an immigration judge, as a defence against removal.",
    "referral": "For refugees, being put forward for resettlement. At an asylum office, being sent to court.",
    "fear screening": "An officer's interview at the border: is there a fear that a judge should hear?",
    "withholding": "Protection from removal to one country. It gives no green card and no right to bring "
    "a family.",
    "in absentia": "A removal order against a person who was not at the hearing.",
    "remand": "A case sent back by the Board or a court to be decided again.",
    "principal": "The person whose claim is decided; the others on the case follow from it.",
    "phase": "A part of the time that a family is apart: waiting (the principal's case is open), unfiled (entitled, "
    "no petition yet), petition (at USCIS), overseas (on its way to a post, and there), travel.",
    "years apart": "The days that relatives lived apart from the principal, added up, in years: until they were "
    "reunited or lost the right, or until the end of the run.",
    "follow-to-join": "A spouse or child who comes later, on a relative's protection.",
    "green card": "Lawful permanent residence.",
    "work permit": "Leave to work while an application is open.",
    # Headline measures
    "affirmative_pending": "Asylum applications pending at asylum offices at the end of a fiscal year, in "
    "cases.",
    "court_pending": "Persons in open cases of the immigration courts, first instance, at the end of a fiscal year.",
    "board_pending": "Persons whose appeals are pending at the Board of Immigration Appeals at the end of a "
    "fiscal year.",
    "affirmative_wait_p50": "Days from filing within which half of those who filed in a fiscal year had a "
    "decision or a closure, those still waiting counted; empty while fewer than half have.",
    "refugees_admitted": "Persons admitted as refugees in a fiscal year.",
    "asylum_granted": "Persons granted asylum in a fiscal year, by asylum offices and judges.",
    "removals_ordered": "Persons in cases that ended in a removal order of a judge in a fiscal year.",
    "families_apart": "Relatives still apart from a person who was granted or admitted, at the end of a "
    "fiscal year.",
}
