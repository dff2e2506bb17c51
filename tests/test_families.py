"""Families apart: relatives conserved, person-years by phase, times to a stage; by hand, by stock and by histories."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import BUSY, EVERYONE, START, busy, moves, number, pathway, play, system, tiny

import sim
from sim.engine import Engine
from sim.frames_families import DAYS_A_YEAR
from sim.model import build
from sim.pathway import StructureError, branch, deadline, opening, opens, outcome, source, step, to
from sim.pathway_families import phase, reach, relatives
from sim.pathways import NATIONAL
from sim.pathways.published import PERSONS
from sim.reference import Reference

PROTECTED = {
    ("refugee", "admitted"),
    ("affirmative", "granted"),
    ("defensive", "asylum_granted"),
}


def couple(**more):
    """A principal who is granted or refused, with relatives who come, or are lost by age, on a grant."""
    one = pathway(
        step("wait", "W", to("granted"), to("refused")),
        outcome("granted", "G", opens=(opens("kid", enters="kin.claim", count="relatives"),)),
        outcome("refused", "R"),
        sources=(source("new", "N", "wait", draws=("relatives", "colour")),),
        openings=(opening("old", "O", at="wait", draws=("relatives", "colour")),),
        report=("colour",), relatives=relatives("relatives", **more), reaches=(reach("granted", since="filed"),),
    )  # fmt: skip
    kin = pathway(
        step("claim", "C", to("travel"), leave=(deadline(to("lost_age")),)),
        step("travel", "T", to("reunited")),
        outcome("reunited", "R"), outcome("lost_age", "L"),
        name="kin", report=("colour",), reaches=(reach("reunited", since="entered"),),
        phases=(phase("claim", "C", "claim"), phase("travel", "T", "travel")),
    )  # fmt: skip
    return system(one, kin)


COUPLE = {
    "sources.new.rate": 0, "stock.old.cases": 10, "stock.old.age": 100,
    "p.draws.relatives": {"2": 1, "0": 0}, "p.draws.colour": {"red": 1},
    "p.wait.days": 130, "p.wait.split": {"granted": 1},
    "kin.claim.days": 20, "kin.claim.lost_age.days": 500, "kin.travel.days": 7,
}  # fmt: skip


def values(result, **where):
    """Values by measure of one pathway and group of the families table."""
    frame = result.families
    where = {"group": "*"} | where
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame.groupby("measure")["value"].sum()


def days(result, **where):
    """Person-days apart by phase."""
    found = values(result, **where)
    chosen = found[found.index.str.startswith("years_apart_")] * DAYS_A_YEAR
    return {name.removeprefix("years_apart_"): round(value, 6) for name, value in chosen.items()}


# -- by hand -------------------------------------------------------------------------------------------


def test_years_apart_by_hand():
    """Ten principals came 100 days before day 1 and are granted on day 31; their twenty relatives come on day 58."""
    r = play(couple(), COUPLE)
    found = values(r, pathway="kin", fiscal_year=2026)
    assert found["relatives"] == found["reunited"] == 20 and found["still_apart"] == found["lost_age"] == 0
    assert days(r, pathway="kin") == {"waiting": 20 * 130, "claim": 20 * 20, "travel": 20 * 7}
    assert values(r, pathway="p").empty  # nobody waits any more, and no claim failed


def test_who_is_not_reunited_counts_until_the_last_day():
    r = play(couple(), COUPLE, until="2026-05-15")  # day 45
    assert days(r, pathway="kin") == {"waiting": 20 * 130, "claim": 20 * 15, "travel": 0}
    assert values(r, pathway="kin")["still_apart"] == 20
    early = play(couple(), COUPLE, until="2026-04-20")  # day 20: no outcome yet, so by year of filing
    assert values(early, pathway="kin").empty
    found = values(early, pathway="p", fiscal_year=0)
    assert found["relatives"] == found["still_apart"] == 20 and found["lost_claim"] == 0
    assert days(early, pathway="p") == {"waiting": 20 * 120}


def test_relatives_of_a_claim_that_fails_are_lost():
    r = play(couple(), COUPLE | {"p.wait.split": {"granted": 0}})
    found = values(r, pathway="p", fiscal_year=2026)
    assert found["relatives"] == found["lost_claim"] == 20 and found["still_apart"] == 0
    assert days(r, pathway="p") == {"waiting": 20 * 130}
    assert values(r, pathway="kin").empty


def test_relatives_who_count_elsewhere_or_not_yet():
    refused = COUPLE | {"p.wait.split": {"granted": 0}}
    assert values(play(couple(elsewhere=("refused",)), refused), pathway="p").empty
    assert values(play(couple(only={"colour": "blue"}), refused), pathway="p").empty
    assert values(play(couple(only={"colour": "red"}), refused), pathway="p")["lost_claim"] == 20


def test_who_is_lost_counts_until_then():
    r = play(couple(), COUPLE | {"kin.claim.lost_age.days": 12})
    assert values(r, pathway="kin")["lost_age"] == 20
    assert days(r, pathway="kin") == {"waiting": 20 * 130, "claim": 20 * 12, "travel": 0}


def test_a_scale_counts_in_real_people():
    r = play(couple(), COUPLE | {"stock.old.cases": 40}, scale=0.25)
    assert values(r, pathway="kin")["relatives"] == 80
    assert days(r, pathway="kin")["claim"] == 80 * 20


def times(result, basis, stage):
    frame = result.waits.query("basis == @basis and stage == @stage and group == '*'")
    return frame.set_index("fiscal_year")


def test_times_to_a_stage():
    r = play(couple(), COUPLE)
    took = times(r, "took", "granted").loc[2026]
    assert took["cases"] == 10 and took["p10"] == took["p50"] == took["mean"] == 130
    reached = times(r, "reached", "reunited").loc[2026]
    assert reached["cases"] == 20 and reached["still_waiting"] == 0
    # the run ends on day 122, inside the fiscal year: nobody who could still enter would have been followed
    assert np.isnan(reached["p50"])
    longer = play(couple(), COUPLE, horizon="2026-10-27")
    assert times(longer, "reached", "reunited").loc[2026, ["p10", "p90"]].tolist() == [27, 27]
    short = play(couple(), COUPLE, horizon="2026-10-26")
    assert np.isnan(times(short, "reached", "reunited").loc[2026, "p50"])


def test_times_are_among_all_who_entered():
    """Half are lost first, so the median is never reached among all."""
    numbers = COUPLE | {
        "stock.old.cases": 400,
        "kin.claim.lost_age.days": number({"pieces": [[5, 6, 0.6], [200, 201, 0.4]]}),
    }
    r = play(couple(), numbers, horizon="2027-03-31")
    row = times(r, "reached", "reunited").loc[2026]
    assert row["still_waiting"] == values(r, pathway="kin")["lost_age"] > 400
    assert row["p25"] == 27 and np.isnan(row["p75"])


# -- everything adds up --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def country():
    return sim.run("baseline", scale=0.003, years=3, history=EVERYONE)


def whole(result):
    return play(busy(), BUSY, horizon="2027-03-31") if result == "busy" else result


@pytest.mark.parametrize("which", ["busy", "country"])
def test_every_relative_is_somewhere(which, request):
    result = request.getfixturevalue("country") if which == "country" else whole("busy")
    table = result.families.pivot_table(
        index=["fiscal_year", "pathway", "group"], columns="measure", values="value", fill_value=0
    )
    fates = [name for name in table if name in ("reunited", "still_apart") or name.startswith("lost_")]
    assert len(fates) >= 3 and np.allclose(table["relatives"], table[fates].sum(axis=1))
    assert (table > -1e-6).all(axis=None)


@pytest.mark.parametrize("which", ["busy", "country"])
def test_person_days_of_a_phase_are_the_case_days_of_its_stages(which, request):
    """Little: what relatives lived through, cohort by cohort, is the stock summed over the days, month by month."""
    result = request.getfixturevalue("country") if which == "country" else whole("busy")
    made = NATIONAL if which == "country" else busy()
    kin = next(one for one in made.pathways if one.phases)
    stock = result.stock[result.stock["pathway"] == kin.name]
    assert stock["case_days"].sum() > 1000
    for group, rows in stock.groupby("group"):
        found = days(result, pathway=kin.name, group=group)
        for one in kin.phases:
            expected = rows[rows["stage"].isin(one.stages)]["case_days"].sum()
            assert found.get(one.name, 0) == pytest.approx(expected, rel=1e-9), (group, one.name)


@pytest.mark.parametrize("kind", [Engine, Reference])
def test_relatives_are_conserved_when_the_principal_is_protected(kind):
    """Whom the principals carried to a grant are the cases that open; so are the days that they waited."""
    model = build(sim.load("ordinary_years"), NATIONAL, 0.001)
    ledger = kind(model, 1, 730, 0.0).run()
    names = [(pathway.name, stage.name) for pathway, stage in model.stages]
    ends = [number for number, name in enumerate(names) if name in PROTECTED]
    kin = [number for number, (pathway, _) in enumerate(names) if pathway == "family"]
    apart = ledger.state.apart[:, :, 0]
    came = [n for n, edge in enumerate(model.edges) if edge.pathway == "family" and "source:" in edge.origin]
    first = [edge * ledger.stock.shape[1] for edge in came]  # where everyone's moves stand
    opened = sum(int(month.flow[np.isin(month.moved, first), 0].sum()) for month in ledger.months[1:])
    assert apart[ends, :, 0].sum() == opened > 10
    assert apart[ends, :, 1].sum() == apart[kin, :, 1].sum()
    assert (apart[kin, :, 0] == 0).all() and (apart[ends, :, 2] == 0).all()


def test_relatives_of_those_who_wait_are_those_on_the_open_cases(country):
    """Counted once more from the histories of the cases that are open on the last day."""
    rows = country.histories
    here = rows[rows["left"].isna() & rows["pathway"].isin(["refugee", "affirmative", "defensive"])]
    claims = (here["pathway"] != "defensive") | here["attributes"].str.contains("application=asylum")
    text = here[claims]["attributes"]
    heads = sum(
        text.str.extract(rf"{name}=(\d)")[0].astype(float).fillna(0)
        for name in ("spouse_apart", "children_apart")
    )
    for door, found in heads.groupby(here[claims]["pathway"]):
        waiting = values(country, pathway=door)["still_apart"]
        assert waiting == pytest.approx(found.sum() / 0.003, rel=1e-9) and waiting > 0, door


def test_both_doors_and_all_phases(country):
    for door in ("asylum", "refugee"):
        found = days(country, pathway="family", group=f"door={door}")
        assert set(found) == {"waiting", "unfiled", "petition", "overseas", "travel"}
        assert found["petition"] > 0
    assert values(country, pathway="defensive")["lost_claim"] > 0


def test_every_relative_who_waits_is_in_the_headline(country):
    end = country.stock["date"].max()
    stock = (
        country.stock[country.stock["date"] == end]
        .query("pathway == 'family' and group == '*'")[PERSONS]
        .sum()
    )
    assert values(country, pathway="family")["still_apart"] == pytest.approx(stock)


# -- structure -----------------------------------------------------------------------------------------


def wrong(**families):
    pathway(
        step("wait", "W", to("fork")),
        step("late", "L", to("done")),
        branch("fork", "F", to("late"), to("done")),
        outcome("done", "D"),
        sources=(source("new", "N", "wait"),),
        **families,
    ).check()


@pytest.mark.parametrize(
    ("families", "problem"),
    [
        ({"phases": (phase("a", "A", "wait"),)}, "late: is in no phase"),
        ({"phases": (phase("a", "A", "wait", "fork", "late"),)}, "fork: a phase is of stages"),
        (
            {"phases": (phase("a", "A", "wait", "late"), phase("b", "B", "late"))},
            "late: a phase is of stages",
        ),
        ({"phases": (phase("waiting", "A", "wait", "late"),)}, "that of the principal"),
        ({"phases": (phase("a", "A", "wait", "late"),), "relatives": relatives("n")}, "not both"),
        ({"relatives": relatives("n", elsewhere=("late",))}, "elsewhere after an outcome only"),
        ({"reaches": (reach("done", "clock"),)}, "since entered or filed"),
        ({"reaches": (reach("done", "filed"), reach("done", "entered"))}, "is taken once"),
        ({"reaches": (reach("gone", "filed"),)}, "no stage named 'gone'"),
    ],
)
def test_what_a_pathway_may_say(families, problem):
    with pytest.raises(StructureError, match=problem):
        wrong(**families)


def test_relatives_are_counted_by_attributes_that_are_numbers():
    one = pathway(step("wait", "W", to("done")), outcome("done", "D"), sources=(source("new", "N", "wait"),),
                  relatives=relatives("colour"))  # fmt: skip
    with pytest.raises(StructureError, match="'colour' must have consecutive whole numbers"):
        system(one)


def test_milestones_are_timed():
    r = play(busy(), BUSY, horizon="2027-03-31")
    row = times(r, "took", "permit")
    counted = r.outcomes.query("outcome == 'permit' and group == '*'").set_index("fiscal_year")["cases"]
    assert row["cases"].to_dict() == counted.to_dict()
    assert 20 < row["p50"].iloc[0] < 80


def test_a_table_by_hand_of_the_same_histories():
    """Days at the stages of relatives, once more from the histories of a run with everything in it."""
    r = play(busy(), BUSY, horizon="2027-03-31")
    lines = moves(r, "claim")
    last = (pd.Timestamp("2027-03-31") - pd.Timestamp(START)).days + 1
    left = lines["left"].where(lines["left"] >= 0, last + 1)
    assert days(r, pathway="q")["claiming"] == (left - lines["entered"]).sum() > 0
    assert tiny(BUSY).start.isoformat() == START
