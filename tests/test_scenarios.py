"""The shipped scenarios: every finding holds, as its sentence says it.

A finding is a sentence that a program can read, too. Each claim in it names a measure, a fiscal year and a side, and
the 90 % interval of the paired differences from the scenario that it extends lies wholly on that side.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

import pytest

import sim
from sim.experiment_words import SAYS
from sim.pathways.published import PENDING

RUNS, SCALE = 4, 0.02
REFERENCES = ("baseline", "ordinary_years", "check_start", "classroom")
"""what others are compared with, and the back-test's start: no finding of their own"""
OWN_SCALE = {"classroom": 1.0}
LAST = 2032
"""the last fiscal year of which a finding speaks, or by which it shows, so that runs can be short"""

FATES = {
    "have joined them": "reunited",
    "are still apart": "still_apart",
    "have lost the right by age": "lost_age",
    "have lost the right by marriage": "lost_marriage",
    "have lost the right by death": "lost_death",
    "have missed the deadline": "lost_deadline",
    "were refused": "lost_denial",
}
STOCKS = {each.says: each.name for each in PENDING}
FLOWS = {says: name for name, says in SAYS.items()}


def either(words):
    return "|".join(map(re.escape, words))


FORMS = (
    (rf"(more|fewer) ({either(STOCKS)}) at the end of fiscal year (\d{{4}})", "headline", STOCKS),
    (rf"(more|fewer) ({either(FLOWS)}) in fiscal year (\d{{4}})", "headline", FLOWS),
)
WAITS = r"half of the applications filed with USCIS in fiscal year (\d{4}) are finished (later|sooner)"
RELATIVES = rf"(more|fewer) relatives of people protected in fiscal year (\d{{4}}) ({either(FATES)})"


def claims(finding):
    """(table, measure, fiscal year, side) of every claim in a finding; side is 1 for more or later."""
    found = []
    for pattern, table, names in FORMS:
        for how, what, year in re.findall(pattern, finding, re.IGNORECASE):
            found.append((table, names[what], int(year), how))
    for year, how in re.findall(WAITS, finding, re.IGNORECASE):
        found.append(("headline", "affirmative_wait_p50", int(year), how))
    for how, year, fate in re.findall(RELATIVES, finding, re.IGNORECASE):
        found.append(("families", f"family.{FATES[fate]}", int(year), how))
    return [(*rest, 1 if how.lower() in ("more", "later") else -1) for *rest, how in found]


WITH = [name for name in sim.scenarios() if name not in REFERENCES]


@cache
def runs(reference):
    """All scenarios that extend `reference`, and itself: compared in one go, so that its runs are shared."""
    others = [name for name in WITH if sim.load(name).extends == reference]
    return sim.compare(
        reference,
        *others,
        runs=RUNS,
        again=0,
        scale=OWN_SCALE.get(reference, SCALE),
        until=min(dt.date(LAST, 9, 30), sim.load(reference).horizon),
    )


def test_there_is_one_for_everything_asked():
    wanted = {
        "filings_surge", "more_judges", "more_asylum_officers", "oldest_first", "newest_first", "officers_to_border",
        "ceiling_18000", "ceiling_125000", "programme_suspended", "petitions_held", "petitions_fast",
        "relatives_included", "classroom",
    }  # fmt: skip
    assert wanted <= set(sim.scenarios())


@pytest.mark.parametrize("name", WITH)
def test_a_scenario_says_what_it_is_about(name):
    scenario = sim.load(name)
    assert scenario.question.endswith("?") and len(scenario.why) > 50
    assert scenario.look_at and set(scenario.look_at) <= {
        *STOCKS.values(),
        *FLOWS.values(),
        "affirmative_wait_p50",
    }
    assert all(change.source for change in scenario.changes)
    assert scenario.finding.count(".") == 1 and scenario.finding.endswith("."), "one sentence"
    assert claims(scenario.finding), "a claim that can be tested"
    refugee = any(change.path.startswith(("refugee.", "quotas.")) for change in scenario.changes)
    assert not refugee or scenario.extends == "ordinary_years"


@pytest.mark.parametrize("name", WITH)
def test_its_finding_holds(name):
    scenario = sim.load(name)
    gap = runs(scenario.extends)
    for table, measure, year, side in claims(scenario.finding):
        assert year <= LAST
        rows = gap.table(table, measure, name).set_index("fiscal_year")
        row = rows.loc[year]
        near = row["low"] if side > 0 else -row["high"]  # the far end may lie beyond what the runs can see
        assert near > 0, (measure, year, row.to_dict())


def test_claims_are_read_as_they_are_meant():
    says = (
        "Fewer people wait in immigration court for a first decision at the end of fiscal year 2030, more refugees are "
        "admitted in fiscal year 2029, half of the applications filed with USCIS in fiscal year 2028 are finished "
        "sooner, and fewer relatives of people protected in fiscal year 2029 have missed the deadline."
    )
    assert claims(says) == [
        ("headline", "court_pending", 2030, -1),
        ("headline", "refugees_admitted", 2029, 1),
        ("headline", "affirmative_wait_p50", 2028, -1),
        ("families", "family.lost_deadline", 2029, -1),
    ]
    assert claims("Things improve in fiscal year 2030.") == []
