"""Texts for the terminal: what a person reads."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from sim.display import MISSING, column_texts, only_differing, short


def test_numbers_share_their_decimals():
    assert column_texts("cases", [1234567, 12]) == (True, ["1,234,567", "12"])
    assert column_texts("share", [0.5, 0.25, None]) == (True, ["0.50", "0.25", MISSING])
    assert column_texts("days", [1234.5, 3.25, float("nan")]) == (True, ["1,234", "3", MISSING])


def test_years_have_no_separator():
    assert column_texts("fiscal_year", [2026, 2027]) == (True, ["2026", "2027"])


def test_words_and_dates_stay():
    assert column_texts("stage", ["backlog", None]) == (False, ["backlog", MISSING])
    assert column_texts("date", [pd.Timestamp("2026-04-30"), pd.NaT]) == (False, ["2026-04-30", MISSING])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4, "0.4"),
        (1000000, "1,000,000"),
        ({"venezuela": 0.4, "default": 0.2}, "venezuela 0.4, default 0.2"),
        ({"lognormal": {"median": 30, "sigma": 0.5}}, "lognormal(median 30, sigma 0.5)"),
        ({"uniform": [1, 2]}, "uniform(1, 2)"),
        ({datetime.date(2026, 4, 1): 1}, "2026-04-01 1"),
    ],
)
def test_a_value_in_short(value, text):
    assert short(value) == text


def test_a_long_value_is_cut():
    text = short({f"level_{n}": n for n in range(50)})
    assert len(text) <= 64 and text.endswith("…")


def test_what_two_values_share_is_left_out():
    assert only_differing({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ({"b": 2}, {"b": 3, "c": 4})
    assert only_differing({"a": 1}, 2) == ({"a": 1}, 2)
    assert only_differing({"fixed": 30}, {"uniform": [1, 2]}) == ({"fixed": 30}, {"uniform": [1, 2]})
