"""Value tables: rows by group and date, factors and odds, hazards, holds, lanes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest
from conftest import ATTRIBUTES, by, number, tiny

import sim
from sim.errors import InputError
from sim.layout import NEVER, NONE
from sim.model import build
from sim.pathway import Attribute
from sim.pathways import NATIONAL
from sim.tables import HAZARD_UNIT, SHARE_ONE, Tables, pack_attributes

FIELDS = pack_attributes(ATTRIBUTES)


def tables(numbers, start="2026-04-01", horizon="2026-07-31"):
    scenario = tiny(numbers, start, horizon)
    from sim import dates

    return Tables(scenario, FIELDS, dates.day_of(scenario.start) - 1, dates.day_of(scenario.horizon))


def cells(made, table, columns=1, **levels):
    """What a table says for a group, period by period (the first is the one in force at the start)."""
    at = 0
    tables, fields = made.fields_of()
    word = sum(FIELDS[name].level(level) << FIELDS[name].shift for name, level in levels.items())
    for field in fields[tables[table]["first"] :][: tables[table]["fields"]]:
        at += ((word >> field["shift"]) & field["mask"]) * field["stride"]
    flat = np.concatenate(made.cells)
    offsets = [made.base[table]] + [offset for _, number, offset in made.changes if number == table]
    found = [flat[offset + at : offset + at + columns].tolist() for offset in offsets]
    return [row[0] for row in found] if columns == 1 else found


def test_attributes_are_packed_side_by_side():
    fields = pack_attributes(
        (Attribute("a", ("x",)), Attribute("b", ("1", "2", "3")), Attribute("c", ("y", "z")))
    )
    assert [(f.shift, f.mask) for f in fields.values()] == [(0, 1), (1, 3), (3, 1)]
    assert fields["b"].first == 1 and fields["b"].level("3") == 2 and fields["a"].first == 0


def test_attributes_that_do_not_fit():
    with pytest.raises(ValueError, match="need 64 bits; a case carries 63"):
        pack_attributes([Attribute(f"a{n}", ("x", "y", "z")) for n in range(32)])


def test_a_plain_number():
    made = tables({"x": 2.5})
    assert cells(made, made.whole("x", 1000)) == [2500]


def test_a_number_by_group_and_date():
    value = {"red": {"2026-01-01": 1, "2026-05-01": 2}, "blue": 7}
    made = tables({"x": by("colour", value)})
    table = made.whole("x", 1)
    assert cells(made, table, colour="red") == [1, 2] and cells(made, table, colour="blue") == [7, 7]
    assert [day for day, _, _ in made.changes] == [made.start + 31]


def test_two_groupings_and_dates_outside():
    value = {
        "2026-04-20": {"red": {"small": 1, "large": 2}, "blue": {"default": 3}},
        "2026-01-01": {"default": {"small": 4, "default": 5}},
    }
    made = tables({"x": number(value, ("colour", "size"))})
    table = made.whole("x", 1)
    assert cells(made, table, colour="red", size="large") == [5, 2]
    assert cells(made, table, colour="blue", size="small") == [4, 3]


def test_a_date_at_the_start_holds_from_the_start_and_one_after_the_horizon_never():
    made = tables({"x": number({"2025-01-01": 1, "2026-04-01": 2, "2026-07-31": 3, "2026-08-01": 4})})
    assert cells(made, made.whole("x", 1)) == [2, 3]


def test_columns_of_minutes():
    made = tables(
        {
            "x": by("colour", {"red": {"a": 1, "b": 2}, "blue": {"default": 9}}),
            "y": 4,
            "z": number({"a": 1, "b": 2}),
        }
    )
    assert cells(made, made.whole("x", 1, ["a", "b"]), 2, colour="red") == [[1, 2]]
    assert cells(made, made.whole("x", 1, ["a", "b"]), 2, colour="blue") == [[9, 9]]
    assert cells(made, made.whole("y", 1, ["a", "b"]), 2) == [[4, 4]]


def test_a_column_of_minutes_left_out_is_refused():
    made = tables({"x": number({"a": 1, "b": 2})})
    with pytest.raises(InputError, match="nothing is said of 'c'"):
        made.whole("x", 1, ["a", "b", "c"])


def test_a_negative_number_is_refused():
    with pytest.raises(InputError, match="negative"):
        tables({"x": -1}).whole("x", 1)


def test_shares_add_up():
    made = tables({"x": by("colour", {"red": {"a": 0.2, "b": 0.3}, "blue": {"a": 0, "b": 1, "c": 0}})})
    table = made.split("x", ["a", "b", "c"])
    assert cells(made, table, 3, colour="red") == [
        [round(0.2 * SHARE_ONE), round(0.5 * SHARE_ONE), SHARE_ONE]
    ]
    assert cells(made, table, 3, colour="blue") == [[0, SHARE_ONE, SHARE_ONE]]


def test_shares_that_do_not_add_up():
    with pytest.raises(InputError, match=r"sum to 0\.9"):
        tables({"x": number({"a": 0.5, "b": 0.4})}).split("x", ["a", "b"])
    with pytest.raises(InputError, match="only one share may be left out"):
        tables({"x": number({"a": 0.5})}).split("x", ["a", "b", "c"])


def test_odds_move_one_share_and_keep_the_proportion_of_the_others():
    odds = {"a": {"colour": by("colour", {"red": 2, "default": 1})}}
    made = tables({"x": number({"a": 0.5, "b": 0.3, "c": 0.2}, odds=odds)})
    table = made.split("x", ["a", "b", "c"])
    red = np.diff([0, *cells(made, table, 3, colour="red")[0]]) / SHARE_ONE
    assert red == pytest.approx([2 / 3, 0.2, 2 / 15]) and red.sum() == 1
    assert np.diff([0, *cells(made, table, 3, colour="blue")[0]]) / SHARE_ONE == pytest.approx(
        [0.5, 0.3, 0.2]
    )


def test_odds_by_date_and_of_a_certainty():
    odds = {"a": {"colour": by("colour", {"red": {"2026-01-01": 1, "2026-05-01": 3}, "default": 1})}}
    value = {"small": {"a": 0.25, "b": 0.75}, "large": {"a": 1, "b": 0}}
    made = tables({"x": number(value, "size", odds=odds)})
    table = made.split("x", ["a", "b"])
    shares = [row[0] / SHARE_ONE for row in cells(made, table, 2, colour="red", size="small")]
    assert shares == pytest.approx([0.25, 0.5])
    assert [row[0] for row in cells(made, table, 2, colour="red", size="large")] == [SHARE_ONE, SHARE_ONE]


def test_odds_on_a_transition_that_is_not_there():
    odds = {"z": {"colour": by("colour", {"default": 2})}}
    with pytest.raises(InputError, match="odds for 'z', which is no transition here"):
        tables({"x": number({"a": 0.5, "b": 0.5}, odds=odds)}).split("x", ["a", "b"])


def test_factors_multiply_numbers_and_stretch_durations():
    factors = {
        "colour": by("colour", {"red": 3, "default": 1}),
        "size": by("size", {"small": 1, "large": {"2026-01-01": 1, "2026-05-01": 2}}),
    }
    made = tables({"x": number(5, factors=factors), "d": number({"fixed": 10}, factors=factors)})
    table = made.whole("x", 1)
    assert cells(made, table, colour="red", size="large") == [15, 30]
    assert cells(made, table, colour="blue", size="small") == [5, 5]
    places = cells(made, made.days("d"), colour="red", size="large")
    flat = np.concatenate(made.quantiles)
    assert [flat[place] / 256 for place in places] == [30, 60]


def test_a_factor_on_an_attribute_that_the_number_has():
    value = by("colour", {"red": 2, "blue": 3}, factors={"colour": by("colour", {"red": 10, "blue": 100})})
    made = tables({"x": value})
    table = made.whole("x", 1)
    assert (cells(made, table, colour="red"), cells(made, table, colour="blue")) == ([20], [300])


def test_equal_distributions_share_one_table():
    made = tables(
        {"a": number({"exponential": {"mean": 3}}), "b": number({"exponential": {"mean": 3.0}}), "c": 3}
    )
    assert cells(made, made.days("a")) == cells(made, made.days("b")) != cells(made, made.days("c"))
    assert len(made.quantiles) == 2


def test_a_hazard_accumulates_by_day():
    made = tables({"x": by("colour", {"red": {"2026-01-01": 0.1, "2026-04-11": 0.2}, "blue": 0})})
    table = made.hazard("x")
    row = made.hazards[cells(made, table, colour="red")[0]]
    daily = 0.1 * 12 / 365.25 * HAZARD_UNIT
    assert row[0] == 0 and row[1] == pytest.approx(daily, rel=1e-6)
    assert row[10] == pytest.approx(10 * daily, rel=1e-6) and row[12] == pytest.approx(14 * daily, rel=1e-6)
    assert not made.hazards[cells(made, table, colour="blue")[0]].any()


def test_a_hold_says_the_next_open_day():
    made = tables(
        {
            "x": by(
                "colour",
                {"red": {"2026-01-01": 0, "2026-04-10": 1, "2026-04-20": 0, "2026-07-01": 1}, "blue": 0},
            )
        }
    )
    table = made.hold("x")
    red = made.open_days[cells(made, table, colour="red")[0]]
    assert [red[day] for day in (0, 9, 10, 19, 20, 91)] == [0, 9, 20, 20, 20, 91] and red[92] == NEVER
    assert made.open_days[cells(made, table, colour="blue")[0]].tolist() == list(range(123))


def test_no_hold():
    made = tables({"x": 0})
    assert made.hold("x") == NONE and made.hold("y") == NONE
    with pytest.raises(InputError, match="a hold is 1"):
        tables({"x": 0.5}).hold("x")


def test_lanes_tell_apart_what_is_held_or_prioritised():
    numbers = {
        "h": by("colour", {"red": {"2026-01-01": 0, "2026-04-10": 1}, "blue": 0}),
        "p": number({"small": 0, "large": 1}, "size"),
    }
    made = tables(numbers)
    table, classes = made.lanes("h", "p")
    assert len(classes) == 4
    lane = {
        (c, s): classes[cells(made, table, colour=c, size=s)[0]]
        for c in ("red", "blue")
        for s in ("small", "large")
    }
    assert (
        lane["red", "large"][[9, 10]].tolist() == [1, NONE]
        and lane["blue", "large"][10] == 1
        and lane["blue", "small"][10] == 0
    )
    assert len(made.lanes("none", "none")[1]) == 1
    assert len(made.lanes("none", "none", "colour")[1]) == 2  # a region has its own lane


@pytest.mark.parametrize("wrong", [255, 0.5, 101])
def test_a_priority_class_is_a_small_whole_number(wrong):
    with pytest.raises(InputError, match="a class is a whole number from 0 to 100"):
        tables({"p": by("size", {"small": 0, "large": wrong})}).lanes("none", "p")


def test_one_number_cannot_depend_on_a_group():
    with pytest.raises(InputError, match="is one number"):
        tables({"x": by("colour", {"default": 1})}).at_start("x")
    assert tables({"x": number({"2026-01-01": 1, "2026-04-01": 2, "2026-05-01": 3})}).at_start("x") == 2


def test_unknown_names_point_at_the_number():
    with pytest.raises(InputError, match="'shape' is no attribute"):
        tables({"x": by("shape", {"round": 1})}).whole("x", 1)
    with pytest.raises(InputError, match="'green' is not known here"):
        tables({"x": by("colour", {"green": 1, "default": 2})}).whole("x", 1)
    with pytest.raises(InputError, match="needed and not given"):
        tables({}).whole("x", 1)


def same(one, other):
    return all(np.array_equal(each, getattr(other, name)) for name, each in one._asdict().items())


@pytest.mark.parametrize("name", ["more_judges", "ceiling_125000", "petitions_held"])
def test_a_model_is_the_same_whatever_was_built_before_it(name, monkeypatch):
    """Tables of equal numbers are made once for all models: what another scenario has stays apart."""
    later = sim.load(name)
    monkeypatch.setattr("sim.tables._made", OrderedDict())
    build(sim.load("baseline"), NATIONAL, 0.01)
    kept = build(later, NATIONAL, 0.01)
    monkeypatch.setattr("sim.tables._made", OrderedDict())
    fresh = build(later, NATIONAL, 0.01)
    assert same(kept.rules, fresh.rules) and kept.changes == fresh.changes
    assert np.array_equal(kept.rates, fresh.rates) and kept.stocks == fresh.stocks


def test_equal_numbers_under_other_attributes_or_days_are_not_taken_for_one_another():
    value = {"r": by("colour", {"red": 0.5, "blue": 1.0})}
    first = tables(value).hazard("r")
    longer = tables(value, horizon="2027-07-31")
    assert (
        longer.hazard("r") == first
        and longer.hazards[0].size > tables(value).last - tables(value).start + 300
    )
    plain, turned = tables(value), tables(value)
    turned.fields = pack_attributes([replace(one, levels=one.levels[::-1]) for one in ATTRIBUTES])
    for made in (plain, turned):
        made.hazard("r")
    assert plain.hazards_before == turned.hazards_before[::-1] and len(set(plain.hazards_before)) == 2


def test_only_so_many_tables_are_kept(monkeypatch):
    monkeypatch.setattr("sim.tables.MOST_KEPT", 3)
    kept = OrderedDict()
    monkeypatch.setattr("sim.tables._made", kept)
    made = tables({f"x{place}": place for place in range(5)})
    for place in range(5):
        assert cells(made, made.whole(f"x{place}", 1)) == [place]
        assert len(kept) == min(place + 1, 3)
    with pytest.raises(ValueError, match="read-only"):
        made.grid("x4").cells[0] = 7
