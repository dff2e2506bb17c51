"""Office minutes and places under a quota, by day; arrivals a day."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import by, number
from test_tables import tables

from sim.capacity import daily_rate, places, staffing
from sim.errors import InputError

MONTHS = (
    "october",
    "november",
    "december",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
)


def office(numbers, levels=("",), scale=1.0, per="", **dates):
    made = tables({f"offices.o.{key}": value for key, value in numbers.items()}, **dates)
    return staffing(made, "o", levels, scale, per)


def test_minutes_on_working_days():
    one = office({"staff": 2.5, "minutes_per_day": 300})[0]
    assert one.name == "o" and one.capacity[1] == 750_000 and one.capacity[[4, 5]].tolist() == [0, 0]
    assert one.capacity[55] == 0  # Memorial Day, 25 May 2026
    assert office({"staff": 2.5, "minutes_per_day": 300}, scale=0.01)[0].capacity[1] == 7500


def test_staff_by_date_and_level():
    staff = by("colour", {"red": {"2026-01-01": 1, "2026-04-08": 4}, "blue": 2})
    red, blue = office({"staff": staff, "minutes_per_day": 100}, ("red", "blue"), per="colour")
    assert (red.name, blue.name) == ("o.red", "o.blue")
    assert red.capacity[[7, 8]].tolist() == [100_000, 400_000] and blue.capacity[8] == 200_000


def test_new_staff_are_trained():
    numbers = {
        "staff": number({"2026-01-01": 10, "2026-04-06": 14, "2026-04-20": 12}),
        "minutes_per_day": 100,
    }
    numbers |= {"training.days": 10, "training.productivity": 0.5}
    one = office(numbers)[0]
    assert one.staff[[5, 6, 20]].tolist() == [10, 14, 12]
    assert one.capacity[[3, 6, 15, 16, 20]].tolist() == [
        1_000_000,
        1_200_000,
        1_200_000,
        1_400_000,
        1_200_000,
    ]


def test_staff_of_one_office_and_of_other_levels():
    with pytest.raises(InputError, match="cannot depend on colour"):
        office({"staff": by("colour", {"default": 1}), "minutes_per_day": 1})
    with pytest.raises(InputError, match=r"by \['colour'\], not by \['size'\]"):
        office({"staff": by("size", {"default": 1}), "minutes_per_day": 1}, ("red", "blue"), per="colour")
    with pytest.raises(InputError, match="must say how many for each level"):
        office({"staff": 5, "minutes_per_day": 1}, ("red", "blue"), per="colour")


def test_staff_that_is_negative():
    with pytest.raises(InputError, match="negative"):
        office({"staff": -1, "minutes_per_day": 1})


def quota(numbers, regions=(), **dates):
    """Thousandths of a person usable by each day."""
    made = tables({f"quotas.q.{key}": value for key, value in numbers.items()}, **dates)
    return places(made, "q", regions)[0] * 1000


def test_places_without_regions():
    rows = quota({"ceiling": number({"2026-01-01": 10, "2026-05-01": 0})})
    assert rows.shape == (2, 123) and rows[1, 30] == 10_000 and rows[1, 31] == 0


def test_places_by_region_add_up():
    shares = number({"red": 0.57, "blue": 0.29, "reserve": 0.14})
    for ceiling in (1, 7, 100, 17_500, 125_000):
        rows = quota({"ceiling": ceiling, "allocation": shares}, ("red", "blue"))
        assert rows[:-1, 5].sum() == rows[-1, 5] == ceiling * 1000
        assert abs(rows[0, 5] - 570 * ceiling) < 1000 and (rows % 1000 == 0).all()
    assert quota({"ceiling": 100, "allocation": shares}, ("red", "blue"))[:, 5].tolist() == [
        57_000,
        29_000,
        14_000,
        100_000,
    ]


def test_allocation_must_sum_to_one():
    with pytest.raises(InputError, match="must sum to one"):
        quota(
            {"ceiling": 1, "allocation": number({"red": 0.57, "blue": 0.29, "reserve": 0.2})}, ("red", "blue")
        )


def test_a_pace_is_even_within_a_month():
    pace = number({**dict.fromkeys(MONTHS, 0), "april": 0.6, "september": 0.4})
    row = quota({"ceiling": 100, "pace": pace}, horizon="2027-09-30")[-1] / 1000
    assert row[[1, 10, 15, 30, 31, 100]].tolist() == [2, 20, 30, 60, 60, 60]
    assert row[183] == 100 and row[184] == 0  # 30 September, 1 October 2026


def test_an_even_pace_reaches_the_ceiling_and_no_more():
    pace = number(dict.fromkeys(MONTHS, 1 / 12))
    row = quota({"ceiling": 120, "pace": pace}, horizon="2027-09-30")[-1] / 1000
    assert row[183] == 120 and row[184] == 1 and row.max() == 120 and (np.diff(row[1:184]) >= 0).all()


def test_arrivals_a_day():
    made = tables(
        {
            "sources.s.rate": by(
                "colour", {"red": {"2026-01-01": 365.25, "2026-05-01": 0}, "blue": 730.5}, unit="cases a year"
            ),
            "sources.m.rate": number(365.25, unit="cases a month"),
        }
    )
    rates = daily_rate(made, "s", ("red", "blue"), "colour")
    assert rates[:, 1].tolist() == [1, 2] and rates[:, 31].tolist() == [0, 2]
    assert daily_rate(made, "m", ("",))[0, 5] == 12


def test_arrivals_that_make_no_sense():
    with pytest.raises(InputError, match="unit 'cases' is not known"):
        daily_rate(tables({"sources.s.rate": number(1, unit="cases")}), "s", ("",))
    with pytest.raises(InputError, match="for each level"):
        daily_rate(tables({"sources.s.rate": 1}), "s", ("red", "blue"), "colour")
    with pytest.raises(InputError, match="cannot depend on"):
        daily_rate(tables({"sources.s.rate": by("colour", {"default": 1})}), "s", ("",))
    with pytest.raises(InputError, match="negative"):
        daily_rate(tables({"sources.s.rate": -1}), "s", ("",))
