"""The summary: plain sentences, each number with its unit and date, and tables a newcomer can read."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from test_measures import frames

import sim
from sim.pathways import NATIONAL
from sim.results import Result
from sim.runs import labels
from sim.summary import amount, span, summarise

CODE = re.compile(r"\w_\w|\bp\d\d\b|\bnan\b|\bNone\b|\b(defensive|affirmative)\b(?! asylum)", re.IGNORECASE)
DATE = re.compile(r"\b\d{1,2} (January|March|April|September|October|November) \d{4}\b")
UNIT = re.compile(r"people|persons|applications|cases|refugees|spouses and children|days|%|appeals")


def made(**info):
    facts = {
        "start": "2026-04-01", "until": "2028-03-31", "seed": 7, "scale": 1.0, "cases": 12345,
        "labels": labels(NATIONAL), "scenario": {"title": "By hand"},
    }  # fmt: skip
    return Result({**facts, **info}, frames())


@pytest.fixture(scope="module")
def country():
    """A short real run."""
    return sim.run("baseline", scale=0.002, until="2027-12-31", history=0)


def sentences(result):
    return summarise(result).sentences


def test_what_waits_is_said_with_number_unit_and_both_dates():
    said = sentences(made())
    assert (
        "On 31 March 2028, 440 people wait in immigration court for a first decision, "
        "against 620 on 31 March 2026." in said
    )
    assert "On 31 March 2028, 86 asylum applications are open at USCIS, against 110 on 31 March 2026." in said


def test_the_wait_is_of_those_who_enter_in_the_first_whole_year():
    said = " ".join(sentences(made()))
    assert (
        "Of the 60 asylum applications filed with USCIS in fiscal year 2027 (1 October 2026 to 30 "
        "September 2027), half are decided, closed or withdrawn within 650 days (1.8 years) of filing; "
        "33 % are still open on 31 March 2028." in said
    )


def test_a_median_that_is_not_reached_is_said_in_words():
    result = made()
    result.waits["p50"] = np.nan
    assert "fewer than half are finished by 31 March 2028" in " ".join(sentences(result))


def test_yearly_sentences_are_of_the_last_whole_year():
    said = " ".join(sentences(made()))
    assert "In fiscal year 2027 (1 October 2026 to 30 September 2027), 254 refugees are admitted" in said
    assert "under a ceiling of 300 people." in said
    assert "9 people are granted asylum (0 by USCIS, 9 in court); cases of 93 people end in" in said


def test_a_run_without_a_whole_year_says_which_part():
    said = " ".join(sentences(made(until="2026-08-31")))
    assert "the part of fiscal year 2026 that was simulated (1 April 2026 to 31 August 2026)" in said
    assert "by 31 August 2026, 100 places are open under the ceiling" in said


def test_a_ceiling_passed_at_a_small_scale_is_explained():
    result = made(scale=0.1)
    result.quota.loc[result.quota["ceiling"] == 300, "ceiling"] = 250
    assert "under a ceiling of 250 people (at a small scale a family enters" in " ".join(sentences(result))


def test_seed_and_scale_and_missing_bands_are_said():
    said = sentences(made())
    assert any("one draw of chance (seed 7)" in line and "no bands are shown" in line for line in said)
    assert "Every case was simulated (scale 1)." in said
    desks = ["refugee.interview", "circuit.x_y"]
    small = " ".join(sentences(made(scale=0.02, misleading_below_scale_1=desks)))
    assert "One case in 50 was simulated (scale 0.02)" in small
    assert "Refugee admissions: “Waiting for a U.S. officer's interview”" in small
    assert "circuit: “x y”" in small


def test_at_scale_1_no_desk_is_named():
    assert "office keeps up" not in " ".join(sentences(made(misleading_below_scale_1=[])))


def test_no_code_names_in_sentences(country):
    for line in [*sentences(made(scale=0.5, misleading_below_scale_1=["family.post"])), *sentences(country)]:
        assert not CODE.search(line), line
        assert line[-1] == "." and line[0].isupper()


def test_every_number_stands_with_a_unit_and_a_date(country):
    for line in sentences(country):
        if line.startswith(("On ", "Of ", "In ")):
            assert DATE.search(line) and UNIT.search(line), line


def test_no_code_names_in_tables(country):
    for title, table in country.summary().tables:
        texts = [title, *map(str, table.columns)]
        texts += [value for name in table.columns for value in table[name] if isinstance(value, str)]
        for text in texts:
            assert not re.search(r"\w_\w|\bp\d\d\b", text), text


def test_tables_of_the_country_agree_with_the_frames(country):
    tables = country.summary().tables
    people = next(table for title, table in tables if title.startswith("Where people are"))
    assert list(people.columns) == ["", "start", "2026", "2027", "31 Dec 2027"]
    rows = people.set_index("")
    last = country.stock[(country.stock["group"] == "*") & (country.stock["date"] == "2027-12-31")]
    closed = last[(last["pathway"] == "defensive") & (last["stage"] == "closed")]["persons"].sum()
    assert rows.loc["Administratively closed", "31 Dec 2027"] == closed > 0
    assert rows.loc["Court: all open", "start"] == country.info["summary"]["at_start"]["court_pending"]
    parts = [name for name in rows.index if name.startswith("Court:") and name != "Court: all open"]
    assert rows.loc[parts].sum().tolist() == rows.loc["Court: all open"].tolist()
    ceiling = next(table for title, table in tables if "ceiling" in title).set_index("year")
    used = country.quota[(country.quota["region"] == "*")].set_index("fiscal_year")["used"]
    assert ceiling.loc[2027, "places used"] == ceiling.loc[2027, "admitted in this run"] == round(used[2027])


def test_flows_of_the_headline_agree_with_the_outcomes(country):
    outcomes = country.outcomes[country.outcomes["group"] == "*"]
    ended = outcomes.groupby(["pathway", "outcome", "fiscal_year"])["persons"].sum()
    found = country.info["summary"]
    for year in (2026, 2027, 2028):
        orders = (("defensive", "ordered_removed"), ("defensive", "in_absentia_order"))
        assert found["removals_ordered"][str(year)] == sum(ended.get((*each, year), 0) for each in orders)
        grants = (("affirmative", "granted"), ("defensive", "asylum_granted"))
        assert found["asylum_granted"][str(year)] == sum(ended.get((*each, year), 0) for each in grants)


def test_partial_years_are_said_in_titles(country):
    titles = [title for title, _ in country.summary().tables]
    assert any(title.endswith("(2026: from 1 April; 2028: to 31 December)") for title in titles)


def test_a_long_run_is_shown_in_tables_that_fit():
    found = summarise(made(until="2036-09-30")).tables
    tables = [table for title, table in found if title.startswith("Where people")]
    assert len(tables) == 2 and all(len(table.columns) == 7 for table in tables)
    assert list(tables[1].columns[1:]) == [str(year) for year in range(2031, 2037)]


def test_text_holds_sentences_and_tables(country):
    text = country.summary().text()
    assert all(line in text for line in country.summary().sentences)
    assert all(title in text for title, _ in country.summary().tables)
    assert "2,027" not in text and not re.search(r"\bnan\b", text, re.IGNORECASE)


# -- other systems -----------------------------------------------------------------------------------


def library():
    date = [pd.Timestamp("2026-03-31"), pd.Timestamp("2026-09-30")]
    stock = pd.DataFrame({"date": date, "pathway": "loans", "stage": "returns_desk", "group": "*"})
    stock["cases"] = stock["persons"] = [5, 9]
    outcomes = pd.DataFrame(
        [(2026, "loans", "given_back", "*", 21, 21)],
        columns=["fiscal_year", "pathway", "outcome", "group", "cases", "persons"],
    )
    stages = {"loans.returns_desk": "Desk", "loans.given_back": "Given back"}
    named = {"pathways": {"loans": "Loans"}, "stages": stages}
    info = {"start": "2026-04-01", "until": "2026-09-30", "seed": 1, "scale": 1.0, "labels": named}
    return Result(info, {"stock": stock, "outcomes": outcomes})


def test_a_system_that_a_user_made_is_summarised_by_stage():
    summary = summarise(library())
    said = "On 30 September 2026, 9 cases are open in “Loans”, against 5 on 31 March 2026."
    assert said in summary.sentences
    assert not any(word in summary.text() for word in ("asylum", "refugee", "court", "USCIS"))
    where = next(table for title, table in summary.tables if title.startswith("Where cases are"))
    assert where.to_numpy().tolist() == [["Desk", 5, 9]]
    ended = next(table for title, table in summary.tables if "by outcome" in title)
    assert ended.to_numpy().tolist() == [["Given back", 21]]


@pytest.mark.parametrize("table", ["stock", "flow", "waits", "outcomes", "quota", None])
def test_a_table_that_was_not_kept_is_no_error(table):
    result = made()
    kept = {name: frame for name, frame in frames().items() if name != table and table is not None}
    assert summarise(Result(result.info, kept)).text()


def test_an_empty_result_is_no_error():
    assert summarise(Result({}, {})).sentences[0] == "This result holds no days."


# -- words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (7, "7"), (940, "940"), (52_149, "52,100"), (814_321, "814,000"), (999_499, "999,000"),
        (999_600, "1 million"), (3_318_474, "3.32 million"), (12_345_678, "12.3 million"),
        (123_456_789, "123 million"),
    ],
)  # fmt: skip
def test_amounts_have_three_figures(value, text):
    assert amount(value) == text


@pytest.mark.parametrize(("days", "text"), [(1, "1 day"), (40, "40 days"), (832, "832 days (2.3 years)")])
def test_long_spans_are_said_in_years_too(days, text):
    assert span(days) == text
