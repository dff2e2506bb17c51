"""Gates and their quotas, and checks that lapse. Expectations by hand."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import RELATIVES, SIZE, by, date, left, moves, number, pathway, play, system, total
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import capacity
from sim.errors import InputError
from sim.pathway import Attribute, checks, deadline, gate, hazard, opening, outcome, source, step, to

ADMITTED = outcome("admitted", "Admitted")
GREEN = Attribute("colour", ("red", "blue", "green"))
PERSONS = Attribute("persons", ("1", "2", "3"))
MONTHS = capacity.MONTH_NAMES
SPLIT = {"red": 0.5, "blue": 0.4, "green": 0, "reserve": 0.1}


def quota(ceiling, **more):
    """Numbers of the quota `places`."""
    return {"quotas.places.ceiling": number(ceiling)} | {f"quotas.places.{k}": v for k, v in more.items()}


def groups(*stocks, region="", stages=(), at="gate"):
    """A gate with one opening stock for each (name, colour, persons); all are filed on their own day."""
    stocks = [
        opening(name, name, at=at, sets={"colour": colour, "persons": str(persons)})
        for name, colour, persons in stocks
    ]
    one = pathway(
        *stages, gate("gate", "Gate", "places", to("admitted"), region=region), ADMITTED, openings=stocks
    )
    return system(one, attributes=(GREEN, PERSONS, RELATIVES, SIZE), persons="persons")


def stock(name, cases, age):
    return {f"stock.{name}.cases": cases, f"stock.{name}.age": age}


# -- the ceiling -----------------------------------------------------------------------------------------------------


def test_the_ceiling_counts_persons():
    r = play(groups(("old", "red", 3)), stock("old", 10, 5) | quota(20))
    assert left(r, "gate") == [1] * 6  # eighteen persons; the seventh family does not fit into two places
    star = r.quota.query("region == '*'").iloc[0]
    assert (star["ceiling"], star["used"]) == (20, 18)


def test_order_is_by_filing_date():
    r = play(
        groups(("young", "red", 1), ("old", "blue", 1)),
        stock("young", 5, 10) | stock("old", 5, 50) | quota(7),
    )
    assert left(r, "gate", colour="blue") == [1] * 5 and left(r, "gate", colour="red") == [1] * 2


def test_a_gate_opens_on_any_day_and_arrivals_pass_the_same_day():
    one = groups(("old", "red", 1), stages=(step("wait", "W", to("gate")),), at="wait")
    r = play(one, stock("old", 5, 1) | quota(7) | {"p.wait.days": 4})  # a Saturday
    assert left(r, "wait") == left(r, "gate") == [4] * 5


def test_a_family_that_does_not_fit_blocks_its_region_only():
    one = groups(("big", "red", 3), ("after", "red", 1), ("blue", "blue", 1), region="colour")
    numbers = stock("big", 2, 90) | stock("after", 2, 50) | stock("blue", 3, 10)
    allocation = number({"red": 0.5, "blue": 0.5, "green": 0, "reserve": 0})
    r = play(one, numbers | quota(10, allocation=allocation))
    # red has five places: three are taken, the second family of three waits and the single persons behind it too
    assert len(left(r, "gate", colour="red")) == 1 and len(left(r, "gate", colour="blue")) == 3


def test_the_reserve_is_open_to_all():
    one = groups(("red", "red", 1), ("blue", "blue", 1), ("green", "green", 1), region="colour")
    numbers = stock("red", 100, 90) | stock("blue", 100, 50) | stock("green", 5, 70)
    r = play(one, numbers | quota(100, allocation=number(SPLIT)))
    found = [len(left(r, "gate", colour=colour)) for colour in ("red", "blue", "green")]
    assert found == [60, 40, 0]  # the oldest took the reserve
    used = r.quota.set_index("region")["used"].to_dict()
    assert used == {"red": 60, "blue": 40, "green": 0, "reserve": 10, "*": 100}


def test_a_family_may_straddle_its_region_and_the_reserve():
    one = groups(("red", "red", 3), region="colour")
    r = play(one, stock("red", 9, 90) | quota(20, allocation=number(SPLIT)))  # ten of red, two of the reserve
    assert len(left(r, "gate")) == 4 and r.quota.set_index("region")["used"]["reserve"] == 2


def test_regions_that_do_not_bind_bend():
    one = groups(("red", "red", 1), ("blue", "blue", 1), region="colour")
    numbers = stock("red", 90, 90) | stock("blue", 90, 50)
    r = play(one, numbers | quota(100, allocation=number(SPLIT), regions_bind=0))
    assert len(left(r, "gate", colour="red")) == 90 and len(left(r, "gate", colour="blue")) == 10


def test_every_place_of_the_ceiling_can_be_used():
    one = groups(("red", "red", 1), ("blue", "blue", 1), ("green", "green", 1), region="colour")
    numbers = stock("red", 99, 90) | stock("blue", 99, 50) | stock("green", 99, 70)
    thirds = number({"red": 0.57, "blue": 0.29, "green": 0.07, "reserve": 0.07})
    for ceiling in (10, 97, 100):
        r = play(one, numbers | quota(ceiling, allocation=thirds))
        assert len(left(r, "gate")) == ceiling


YEAR = {"start": "2026-08-01", "horizon": "2028-10-31"}
OCTOBER = 62  # 1 October 2026


def test_the_year_begins_on_1_october():
    assert date(OCTOBER, "2026-08-01").isoformat() == "2026-10-01"
    r = play(groups(("old", "red", 1)), stock("old", 25, 5) | quota(10), **YEAR)
    assert left(r, "gate") == [1] * 10 + [OCTOBER] * 10 + [OCTOBER + 365] * 5


def test_a_start_on_1_october_has_a_year_of_its_own():
    r = play(
        groups(("old", "red", 1)), stock("old", 25, 5) | quota(10), start="2026-10-01", horizon="2027-12-31"
    )
    assert left(r, "gate") == [1] * 10 + [366] * 10
    assert r.quota["fiscal_year"].min() == 2027


def test_places_used_before_the_start():
    r = play(groups(("old", "red", 1)), stock("old", 25, 5) | quota(10, used_before_start=4), **YEAR)
    assert left(r, "gate") == [1] * 6 + [OCTOBER] * 10 + [OCTOBER + 365] * 9
    assert r.quota.query("region == '*'")["used"].tolist() == [10, 10, 9, 0]
    one = groups(("red", "red", 1), ("blue", "blue", 1), region="colour")
    used = number({"red": 45, "blue": 0, "green": 0, "reserve": 10})
    numbers = (
        stock("red", 90, 90)
        | stock("blue", 90, 50)
        | quota(100, allocation=number(SPLIT), used_before_start=used)
    )
    r = play(one, numbers)
    assert len(left(r, "gate", colour="red")) == 5 and len(left(r, "gate", colour="blue")) == 40


def test_unused_places_do_not_roll_over():
    one = groups(("old", "red", 1), ("new", "blue", 1), stages=(step("wait", "W", to("gate")),), at="wait")
    numbers = (
        stock("old", 3, 5)
        | stock("new", 20, 1)
        | {"p.wait.days": by("colour", {"red": 6, "blue": 90, "green": 1})}
    )
    r = play(one, numbers | quota(10), **YEAR)
    assert (
        left(r, "gate", colour="red") == [2] * 3
        and left(r, "gate", colour="blue") == [90] * 10 + [OCTOBER + 365] * 10
    )
    rows = r.quota.query("region == '*'").set_index("fiscal_year")
    assert rows["lapsed"].to_dict() == {2026: 7, 2027: 0, 2028: 0, 2029: 0}


def test_nobody_enters_while_the_ceiling_is_not_signed():
    r = play(
        groups(("old", "red", 1)), stock("old", 25, 5) | quota({"2026-08-01": 0, "2026-09-01": 5}), **YEAR
    )
    assert left(r, "gate")[:10] == [32] * 5 + [OCTOBER] * 5


def test_a_ceiling_raised_in_the_year():
    r = play(
        groups(("old", "red", 1)), stock("old", 25, 5) | quota({"2026-08-01": 10, "2026-09-01": 14}), **YEAR
    )
    assert left(r, "gate") == [1] * 10 + [32] * 4 + [OCTOBER] * 11


def test_a_ceiling_cut_in_the_year_is_no_debt_of_the_next():
    cut = {"2026-08-01": 10, "2026-09-01": 4}
    r = play(groups(("old", "red", 1)), stock("old", 25, 5) | quota(cut), **YEAR)
    assert left(r, "gate") == [1] * 10 + [OCTOBER] * 4 + [OCTOBER + 365] * 4 + [OCTOBER + 731] * 4


def test_a_pace_releases_the_year_by_month():
    pace = number({**dict.fromkeys(MONTHS, 0), "august": 0.5, "september": 0.5})
    r = play(groups(("old", "red", 1)), stock("old", 100, 5) | quota(62, pace=pace), **YEAR)
    days = left(r, "gate")
    assert days[:31] == list(range(1, 32))  # one a day in August
    assert len([day for day in days if day < OCTOBER]) == 62
    assert not [day for day in days if OCTOBER <= day < OCTOBER + 304]  # none from October to July
    # what one month did not use stays usable
    late = groups(("old", "red", 1), stages=(step("wait", "W", to("gate")),), at="wait")
    r = play(late, stock("old", 100, 1) | quota(62, pace=pace) | {"p.wait.days": 31}, **YEAR)
    assert left(r, "gate").count(31) == 31


def test_two_gates_on_one_quota_are_one_queue():
    stages = (gate("left", "L", "places", to("admitted")), gate("right", "R", "places", to("admitted")))
    openings = (opening("old", "O", at="right"), opening("young", "Y", at="left"))
    numbers = stock("old", 5, number({"uniform": [50, 90]})) | stock(
        "young", 9, number({"uniform": [10, 60]})
    )
    r = play(pathway(*stages, ADMITTED, openings=openings), numbers | quota(8))
    frame = moves(r)
    served = frame[frame["left"] == 1]
    assert len(served) == 8 and served["entered"].max() <= frame[frame["left"] == -1]["entered"].min()
    assert len(left(r, "right")) == 5


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), st.integers(0, 30), st.integers(1, 5), st.integers(1, 5), st.booleans())
def test_the_total_is_never_exceeded_at_scale_1(first, second, red, blue, bind):
    one = groups(("a", "red", 3), ("b", "blue", 2), ("c", "green", 1), region="colour")
    shares = {"red": red / 10, "blue": blue / 10, "green": 0, "reserve": 1 - red / 10 - blue / 10}
    ceiling = {"2026-08-01": first, "2026-09-10": second}
    numbers = (
        stock("a", 9, 40)
        | stock("b", 9, number({"uniform": [10, 80]}))
        | stock("c", 9, number({"uniform": [5, 60]}))
    )
    r = play(one, numbers | quota(ceiling, allocation=number(shares), regions_bind=int(bind)), **YEAR)
    frame = moves(r, "gate")
    persons = frame["attributes"].str.extract(r"persons=(\d)")[0].astype(int)
    for begin, end, limit in (
        (1, 40, first),
        (1, OCTOBER - 1, max(first, second)),
        (OCTOBER, OCTOBER + 364, second),
    ):
        assert persons[(frame["left"] >= begin) & (frame["left"] <= end)].sum() <= limit
    stars = r.quota.query("region == '*'").set_index("fiscal_year")
    assert stars["used"][2027] <= second and stars["used"].sum() == persons[frame["left"] > 0].sum()


def test_below_scale_1_the_excess_is_owed_across_years():
    r = play(
        groups(("old", "red", 3)),
        stock("old", 200, 5) | quota(10),
        scale=0.1,
        start="2026-08-01",
        horizon="2035-12-31",
    )
    # a year has one place; a family of three passes while it is open and owes two years
    fiscal = {2026 + n: used for n, used in enumerate(r.quota.query("region == '*'")["used"])}
    assert [year for year, used in fiscal.items() if used] == [2026, 2029, 2032, 2035]
    assert set(fiscal.values()) == {0, 30}


def test_below_scale_1_a_cut_is_no_debt_either():
    r = play(
        groups(("old", "red", 1)),
        stock("old", 2000, 5) | quota({"2026-08-01": 500, "2026-09-01": 100}),
        scale=0.1,
        **YEAR,
    )
    assert r.quota.query("region == '*'")["used"].tolist() == [500, 100, 100, 100]


def test_a_held_gate_keeps_its_dates():
    held = by("colour", {"red": {"2026-04-01": 1, "2026-04-20": 0}, "blue": 0, "green": 0})
    one = groups(("red", "red", 1), ("blue", "blue", 1))
    r = play(one, stock("red", 9, 90) | stock("blue", 2, 50) | quota(10) | {"p.gate.hold": held})
    assert left(r, "gate", colour="blue") == [1] * 2 and left(r, "gate", colour="red") == [20] * 8


def test_ways_out_of_a_gate():
    one = pathway(
        gate("gate", "G", "places", to("admitted"), leave=(deadline(to("late")),)), ADMITTED, outcome("late", "L"),
        openings=(opening("old", "O", at="gate"),),
    )  # fmt: skip
    r = play(one, stock("old", 9, 1) | quota({"2026-04-01": 4, "2026-04-10": 9}) | {"p.gate.late.days": 12})
    assert left(r, "gate", "admitted") == [1] * 4 + [10] * 5
    r = play(one, stock("old", 9, 1) | quota({"2026-04-01": 4, "2026-04-13": 9}) | {"p.gate.late.days": 12})
    assert left(r, "gate", "late") == [12] * 5


# -- checks ----------------------------------------------------------------------------------------------------------


def clearing(*extra, items=("medical", "security"), draws=(), leave=(), persons="", lapse=True):
    """A step of one day, the checks (from day 1), a gate, admission."""
    back = to("checks", name="lapsed") if lapse else None
    one = pathway(
        step("wait", "W", to("checks")), checks("checks", "C", to("gate"), items=items, leave=leave),
        gate("gate", "G", "places", to("admitted"), lapse=back), ADMITTED, *extra,
        openings=(opening("old", "O", at="wait", draws=draws),),
    )  # fmt: skip
    return system(one, persons=persons)


def lengths(medical, security, medical_valid=None, security_valid=None, cases=1):
    found = stock("old", cases, 1) | {
        "p.wait.days": 1,
        "p.checks.medical.days": medical,
        "p.checks.security.days": security,
    }
    if medical_valid:
        found["p.checks.medical.valid"] = medical_valid
    if security_valid:
        found["p.checks.security.valid"] = security_valid
    return found


def visits(result, stage):
    frame = moves(result, stage).sort_values("entered")
    return list(zip(frame["entered"], frame["left"], frame["transition"], strict=True))


def test_the_slowest_check_decides():
    r = play(clearing(), lengths(10, 30) | quota(9))
    assert visits(r, "checks") == [(1, 31, "gate")] and left(r, "gate") == [31]


def test_only_the_check_that_lapsed_is_redone():
    r = play(clearing(), lengths(10, 30, medical_valid=15) | quota(9))
    # medical ends on day 11 and lapses on day 26, before security ends on day 31; it is redone in ten days
    assert visits(r, "checks") == [(1, 31, "redone"), (31, 41, "gate")] and left(r, "gate") == [41]


def test_a_check_that_lapses_at_the_gate_goes_back():
    r = play(clearing(), lengths(10, 30, security_valid=20) | quota({"2026-04-01": 0, "2026-06-30": 9}))
    # security ends on day 31, lapses on day 51, is redone by day 81, would lapse on day 101; the gate opens on day 91
    assert visits(r, "checks") == [(1, 31, "gate"), (51, 81, "gate")]
    assert visits(r, "gate") == [(31, 51, "lapsed"), (81, 91, "admitted")]


def test_what_lapsed_keeps_its_place():
    one = clearing()
    numbers = lengths(10, 30, security_valid=20) | quota({"2026-04-01": 0, "2026-06-30": 1})
    numbers["stock.old.cases"] = 3
    numbers["stock.old.age"] = number({"uniform": [1, 61]})
    numbers["p.wait.days"] = 100
    r = play(one, numbers | {"stock.old.in_stage": 1}, horizon="2027-12-31")
    frame = moves(r, "gate")
    done = frame[frame["transition"] == "admitted"].sort_values("left")
    assert done["case"].str.slice(4, 14).tolist() == sorted(done["case"].str.slice(4, 14))


def test_a_check_is_drawn_for_every_person():
    numbers = lengths(number({"exponential": {"mean": 30}}), 1, cases=2000) | quota(0) | {
        "p.draws.persons": {"1": 0.5, "2": 0, "3": 0.5},
    }  # fmt: skip
    r = play(clearing(draws=("persons",), persons="persons"), numbers, horizon="2028-12-31")
    for persons, mean, deviation in ((1, 30.5, 30), (3, 55.5, 35)):
        frame = moves(r, "checks", persons=persons)
        took = (frame["left"] - frame["entered"]).to_numpy()
        assert len(took) > 900 and (took > 0).all()
        assert abs(took.mean() - mean) < 4 * deviation / np.sqrt(len(took))


def test_ways_out_of_checks():
    numbers = (
        lengths(10, 30, cases=50)
        | quota(90)
        | {"p.checks.gone.rate": number({"2026-04-01": 0, "2026-04-15": 1000})}
    )
    r = play(clearing(outcome("gone", "G"), leave=(hazard(to("gone")),)), numbers)
    assert left(r, "checks", "gone") == [15] * 50


def test_held_checks_wait_and_redo_nothing():
    held = number({"2026-04-01": 1, "2026-05-10": 0})
    r = play(clearing(), lengths(10, 30) | quota(9) | {"p.checks.hold": held})
    assert visits(r, "checks") == [(1, 70, "gate")]  # begins on day 40
    held = number({"2026-04-01": 0, "2026-05-10": 1, "2026-06-20": 0})  # days 40 to 80
    r = play(
        clearing(),
        lengths(10, 30, security_valid=20)
        | quota({"2026-04-01": 0, "2026-07-20": 9})
        | {"p.checks.hold": held},
    )
    assert visits(r, "checks")[:2] == [(1, 31, "gate"), (51, 111, "gate")]


def test_checks_of_an_opening_stock_have_been_going_on():
    one = pathway(
        checks("checks", "C", to("admitted"), items=("medical",)),
        ADMITTED,
        openings=(opening("old", "O", at="checks"),),
    )
    r = play(one, stock("old", 1, 61) | {"p.checks.medical.days": 100})
    assert left(r, "checks") == [40]


def test_an_opening_stock_at_the_gate_has_checks_that_lapse():
    one = pathway(
        checks("checks", "C", to("gate"), items=("medical",)),
        gate("gate", "G", "places", to("admitted"), lapse=to("checks", name="lapsed")),
        ADMITTED,
        openings=(opening("old", "O", at="gate"),),
        sources=(source("new", "N", "checks"),),
    )
    numbers = stock("old", 1, 61) | quota(0) | {
        "p.checks.medical.days": 10, "p.checks.medical.valid": 90, "sources.new.rate": 0,
    }  # fmt: skip
    r = play(one, numbers)
    assert visits(r, "gate")[0][1:] == (30, "lapsed") and visits(r, "checks")[0] == (30, 40, "gate")


def test_two_stages_of_checks_do_not_share_their_dates():
    one = pathway(
        step("wait", "W", to("first")),
        checks("first", "F", to("second"), items=("a", "b")),
        checks("second", "S", to("gate"), items=("c",)),
        gate("gate", "G", "places", to("admitted"), lapse=to("second", name="lapsed")),
        ADMITTED,
        openings=(opening("old", "O", at="wait"),),
    )
    numbers = stock("old", 1, 1) | quota({"2026-04-01": 0, "2026-07-20": 9}) | {
        "p.wait.days": 1, "p.first.a.days": 5, "p.first.b.days": 5, "p.first.b.valid": 30, "p.second.c.days": 5,
    }  # fmt: skip
    r = play(one, numbers)
    assert visits(r, "gate") == [(11, 111, "admitted")]


def test_a_check_without_validity_never_lapses():
    r = play(clearing(), lengths(10, 30) | quota({"2026-04-01": 0, "2026-07-20": 9}))
    assert visits(r, "gate") == [(31, 111, "admitted")]


def test_a_gate_without_a_way_back_ignores_validity():
    r = play(
        clearing(lapse=False), lengths(10, 30, security_valid=20) | quota({"2026-04-01": 0, "2026-07-20": 9})
    )
    assert visits(r, "gate") == [(31, 111, "admitted")]


def test_the_pace_must_name_every_month():
    with pytest.raises(InputError, match=r"nothing is said of october"):
        play(
            groups(("old", "red", 1)),
            stock("old", 1, 5) | quota(62, pace=number({"august": 0.5, "september": 0.4})),
        )


def test_admissions_of_a_year_are_the_same_in_both_tables():
    one = groups(("red", "red", 3), ("blue", "blue", 2), region="colour")
    numbers = stock("red", 40, 90) | stock("blue", 40, 50)
    r = play(one, numbers | quota(50, allocation=number(SPLIT)), **YEAR)
    persons = r.outcomes.query("group == '*'").set_index("fiscal_year")["persons"]
    assert (r.quota.query("region == '*' and used > 0").set_index("fiscal_year")["used"] == persons).all()
    assert total(r.flow, from_stage="gate") == len(left(r, "gate"))


@pytest.mark.parametrize("bind", [0, 1])
def test_below_scale_1_the_years_together_keep_to_the_ceiling(bind):
    one = groups(("a", "red", 3), ("b", "red", 2), ("c", "blue", 3), ("d", "blue", 1), region="colour")
    shares = number({"red": 0.6, "blue": 0.3, "green": 0, "reserve": 0.1})
    numbers = {k: v for name in "abcd" for k, v in stock(name, 2000, number({"uniform": [1, 900]})).items()}
    r = play(
        one,
        numbers | quota(100, allocation=shares, regions_bind=bind),
        scale=0.05,
        start="2026-10-01",
        horizon="2036-09-30",
    )
    star = r.quota.query("region == '*'").set_index("fiscal_year")
    assert (star["ceiling"] == 100).all() and star["used"].min() >= 40
    assert (
        abs(star["used"].sum() - 1000) <= 60
    )  # one family at most over the ten years, and it stands for twenty
    by_region = r.quota.groupby("region")["used"].sum()
    for region, places in (("red", 600), ("blue", 300)) if bind else ():
        used = by_region[region]
        assert places - 60 <= used <= places + 100 + 60


def test_the_table_shows_the_ceiling_of_the_whole_year():
    pace = number({**dict.fromkeys(MONTHS, 0), "august": 0.5, "september": 0.5})
    one = groups(("old", "red", 1))
    r = play(one, stock("old", 100, 5) | quota(62, pace=pace), start="2026-08-01", horizon="2026-08-31")
    row = r.quota.query("region == '*'").iloc[0]
    assert (row["ceiling"], row["used"], row["lapsed"]) == (62, 31, 0)
