"""The same families through both doors: same keys and luck, together at one, apart at the other."""

from __future__ import annotations

import pytest

import sim
from sim.twins import same_family

GIVEN = {"scale": 0.01, "families": 6000, "years": 7, "since": "2026-10-01"}


@pytest.fixture(scope="module")
def table():
    return sim.same_family("ordinary_years", **GIVEN).set_index("door")


def test_the_same_families_come_to_both_doors(table):
    assert sim.same_family is same_family and list(table.index) == ["refugee", "asylum"]
    assert table["families"].nunique() == 1 and 5000 < table["families"].iloc[0] < 7000
    assert (table["relatives"] == 3 * table["families"]).all()


def test_a_refugee_s_family_is_together_and_an_applicant_s_apart(table):
    refugee, asylum = table.loc["refugee"], table.loc["asylum"]
    assert refugee["months_apart"] == 0 and refugee["still_apart"] == refugee["lost"] == 0
    assert refugee["together"] == 3 * refugee["protected"] > 0
    assert asylum["together"] == 0 and asylum["months_apart"] > 12
    counted = asylum["reunited"] + asylum["lost"] + asylum["still_apart"]
    assert 0.9 * asylum["relatives"] < counted <= asylum["relatives"]
    assert asylum["years_apart_waiting"] > 0


def test_left_behind_at_both_doors_both_are_apart():
    table = sim.same_family("ordinary_years", left_behind=True, **GIVEN).set_index("door")
    assert (table["months_apart"] > 0).all() and (table["together"] == 0).all()
    refugee = table.loc["refugee"]
    counted = refugee["reunited"] + refugee["lost"] + refugee["still_apart"]
    assert counted == pytest.approx(refugee["relatives"])


def test_same_keys_and_what_they_drew(monkeypatch):
    """Every family has at both doors the day, ordinal, ground and region that it has at the other."""
    from sim import twins

    kept = {}

    def keep(scenario, *, system, **given):
        result = sim.run(scenario, system=system, history=1.0, **given)
        kept[len(kept)] = result.histories.query("source == 'twins' and parent == ''").drop_duplicates("case")
        return result

    monkeypatch.setattr(twins, "run", keep)
    same_family("ordinary_years", seed=2, scale=0.002, families=20000, years=1)
    refugee, asylum = (frame.set_index("case")["attributes"] for frame in kept.values())
    assert len(refugee) > 15 and set(refugee.index) == set(asylum.index)
    for name in ("ground", "region", "nationality", "asylum_office", "lawyer", "entry"):
        one, other = (frame.str.extract(rf"\b{name}=(\w+)")[0] for frame in (refugee, asylum))
        assert one.equals(other.reindex(one.index)), name


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"spouse": 2}, "at most 1 and 5"),
        ({"spouse": 0, "children": 0}, "at least one"),
        ({"since": "2040-01-01"}, "the year lies inside the scenario"),
        ({"since": "soon"}, "is not a date"),
        ({"nationality": "atlantis"}, "no nationality"),
        ({"families": -1}, "a number of families"),
    ],
)
def test_what_cannot_be_asked(given, problem):
    with pytest.raises(sim.InputError, match=problem):
        same_family(**given)


def test_both_runs_are_one_to_who_waits():
    told = []
    same_family(
        "ordinary_years", scale=0.001, years=1, progress=lambda day, days, cases: told.append(day / days)
    )
    assert told == sorted(told) and told[-1] == 1.0 and any(0.4 < share < 0.6 for share in told)
