"""The bridge: what it builds, and what of a scenario it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import by, engine, number, pathway, play, system, tiny

from sim.errors import InputError
from sim.model import build
from sim.pathway import desk, gate, opening, outcome, source, step, to

DONE = outcome("done", "Done")
OLD = opening("old", "Old", at="desk")
DESK = pathway(desk("desk", "D", "office", to("done")), DONE, openings=(OLD,))
STOCK = {"stock.old.cases": 5, "stock.old.age": 10}
OFFICE = {"offices.office.staff": 1, "offices.office.minutes_per_day": 100, "p.desk.minutes": 10}


def model(whole, numbers, scale=1.0, **more):
    return build(
        tiny(numbers, **more),
        whole if not hasattr(whole, "stages") or callable(whole.stages) else system(whole),
        scale,
    )


def refused(message, whole, numbers):
    with pytest.raises(InputError, match=message) as found:
        model(whole, numbers)
    return found.value


def test_days_count_from_the_day_before_the_start():
    made = model(DESK, STOCK | OFFICE, start="2026-04-01", horizon="2026-04-30")
    assert made.days == 30 and made.rules.month.size == 31
    assert made.rules.month.tolist() == [0] + [1] * 30 and set(made.rules.fiscal.tolist()) == {0}


def test_bins_are_exact_for_two_years_then_one_percent():
    made = model(DESK, STOCK | OFFICE)
    days, bins = made.bin_days, made.rules.bins
    assert (bins[:731] == np.arange(731)).all()
    wide = np.diff(days)[730:]
    assert (wide <= np.maximum(1, 0.01 * days[730:-1])).all()
    assert (np.diff(bins) >= 0).all() and days.size - 2 <= bins.max() <= days.size - 1
    assert bins.size > 36525 + made.days  # the longest age and the whole run on top of it


def test_a_wait_longer_than_a_century_is_counted():
    held = number({"2026-04-01": 1, "2026-07-30": 0})
    r = play(DESK, STOCK | OFFICE | {"stock.old.age": 36525, "p.desk.hold": held})
    waits = r.waits.query("stage == 'desk' and basis == 'left' and group == '*'")
    assert waits["cases"].tolist() == [5] and waits["p50"].iloc[0] > 36000


def test_a_number_that_is_missing():
    assert (
        refused("needed and not given", DESK, STOCK | {"offices.office.staff": 1, "p.desk.minutes": 3}).key
        == "offices.office.minutes_per_day"
    )
    assert refused("needed and not given", DESK, OFFICE).key == "stock.old.cases"


def test_a_number_that_nobody_asked_for():
    problem = refused("knows no number of this name", DESK, STOCK | OFFICE | {"p.desk.minuts": 3})
    assert problem.key == "p.desk.minuts" and problem.nearest == "p.desk.minutes"


def test_desks_of_one_office_need_an_order_or_shares():
    whole = pathway(
        desk("a", "A", "office", to("b")),
        desk("b", "B", "office", to("done")),
        DONE,
        openings=(opening("old", "O", at="a"),),
    )
    numbers = STOCK | {
        "offices.office.staff": 1,
        "offices.office.minutes_per_day": 100,
        "p.a.minutes": 1,
        "p.b.minutes": 1,
    }
    assert refused("needed and not given", whole, numbers).key == "offices.office.shares"
    refused(
        "must list each desk of the office; see 'p.b'", whole, numbers | {"offices.office.order": ["p.a"]}
    )
    refused("see 'p.c'", whole, numbers | {"offices.office.order": ["p.a", "p.b", "p.c"]})
    refused("nothing is said of 'p.b'", whole, numbers | {"offices.office.shares": number({"p.a": 1})})


def test_desks_of_one_office_share_its_levels():
    whole = pathway(desk("a", "A", "office", to("b"), per="colour"), desk("b", "B", "office", to("done")), DONE,
                    openings=(opening("old", "O", at="a"),))  # fmt: skip
    numbers = STOCK | {
        "offices.office.staff": by("colour", {"default": 1}),
        "offices.office.minutes_per_day": 100,
    }
    refused(
        "must share `per`",
        whole,
        numbers | {"p.a.minutes": 1, "p.b.minutes": 1, "offices.office.order": ["p.a", "p.b"]},
    )


def test_a_rule_of_a_desk_cannot_depend_on_the_case():
    refused(
        "cannot depend on colour",
        DESK,
        STOCK | OFFICE | {"p.desk.oldest_first": by("colour", {"default": 0.5})},
    )


def test_a_share_of_the_oldest_above_one():
    refused("between 0 and 1", DESK, STOCK | OFFICE | {"p.desk.oldest_first": 1.5})


def test_a_split_names_its_transitions():
    whole = pathway(
        desk("desk", "D", "office", to("done"), to("gone")), DONE, outcome("gone", "G"), openings=(OLD,)
    )
    refused(
        "'lost' is not known here",
        whole,
        STOCK | OFFICE | {"p.desk.split": number({"done": 0.5, "lost": 0.5})},
    )
    refused("sum to 0.9", whole, STOCK | OFFICE | {"p.desk.split": number({"done": 0.5, "gone": 0.4})})


def test_more_cases_of_one_day_than_a_key_can_hold():
    with pytest.raises(InputError, match="do not fit into a case key"):
        engine(DESK, STOCK | OFFICE | {"stock.old.cases": 200_000}).run()


def test_the_horizon_of_a_model_reads_no_later_value():
    early = model(DESK, STOCK | OFFICE | {"p.desk.minutes": number({"2026-01-01": 10, "2026-09-01": 5})})
    assert early.changes == {}


def test_every_lane_of_a_desk_has_its_place():
    whole = pathway(desk("desk", "D", "office", to("done"), per="colour"), DONE, openings=(OLD,))
    numbers = (
        STOCK
        | OFFICE
        | {
            "offices.office.staff": by("colour", {"default": 1}),
            "p.desk.hold": number({"small": {"2026-05-01": 1, "2026-01-01": 0}, "large": 0}, "size"),
            "p.desk.priority": by("colour", {"red": 1, "blue": 0}),
        }
    )
    made = model(whole, numbers)
    queue = made.rules.queue
    assert (
        queue.size == 2
        and queue["lanes"].tolist() == [4, 4]
        and queue["first_lane"].tolist() == [0, 4]
        and made.lanes == 8
    )


def test_entries_come_from_sources_and_openings():
    whole = pathway(step("wait", "W", to("done")), DONE, sources=(source("new", "N", "wait", per="colour"),),
                    openings=(opening("old", "O", at="wait"),))  # fmt: skip
    made = model(
        whole, STOCK | {"sources.new.rate": by("colour", {"red": 2, "blue": 1}), "p.wait.days": 3}, scale=0.5
    )
    assert made.sources == ["new.red", "new.blue", "old"] and made.rates[:, 1].tolist() == [1, 0.5]
    assert [made.edges[edge].origin for edge in made.entries] == ["source:new.red", "source:new.blue"]
    assert made.stocks[0].cases == 2 and made.stocks[0].source == 2  # half of five, to even


def test_a_gate_takes_its_region_and_a_reserve():
    whole = pathway(
        gate("gate", "G", "places", to("done"), region="colour"),
        DONE,
        openings=(opening("old", "O", at="gate"),),
    )
    shares = number({"red": 0.5, "blue": 0.3, "reserve": 0.2})
    made = model(whole, STOCK | {"quotas.places.ceiling": 10, "quotas.places.allocation": shares})
    assert made.regions == [["red", "blue"]] and made.rules.allowed[0, :, 1].tolist() == [
        5000,
        3000,
        2000,
        10000,
    ]
    refused("needed and not given", whole, STOCK | {"quotas.places.ceiling": 10})
    refused(
        "must sum to one",
        whole,
        STOCK | {"quotas.places.ceiling": 10, "quotas.places.allocation": number({"red": 0.5})},
    )
