"""What a caller of the library may get wrong: every time an InputError in plain words, and nothing else."""

from __future__ import annotations

import datetime as dt
import errno
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from xlsxwriter.exceptions import FileCreateError

import sim
from sim import export, runs
from sim.errors import LONGEST_KEY, InputError
from sim.export import export as write_export
from sim.folder import whole_folder
from sim.results import COLUMNS, TABLES, Result, open_result

STAFF = "offices.immigration_judges.staff"
SHORT = {"scale": 0.001, "until": "2026-04-02"}


def refused(call) -> str:
    with pytest.raises(InputError) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 800
    assert caught.value.__cause__ is None
    return message


@pytest.mark.parametrize("wrong", [3, None, b"baseline", {"a": 1}, ["baseline"]])
@pytest.mark.parametrize("call", [sim.run, sim.load, sim.check, sim.replicate])
def test_what_is_no_scenario(call, wrong):
    assert "is not a scenario; give a name, a file" in refused(lambda: call(wrong))


def test_a_scenario_may_be_a_path_or_loaded(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(f"title: Mine\nextends: baseline\nchanges:\n  - {{set: {STAFF}, to: 900}}\n")
    mine = sim.load(path)
    assert sim.load(mine) is mine
    assert sim.run(path, **SHORT).info["fingerprint"] == mine.fingerprint
    assert mine.diff("baseline") == mine.diff(sim.load())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"scale": "0.1"}, ["scale '0.1'", "at most 1"]),
        ({"scale": None}, ["scale nothing"]),
        ({"scale": True}, ["scale true"]),
        ({"scale": math.nan}, ["scale nan"]),
        ({"history": "a"}, ["history 'a'"]),
        ({"history": None}, ["history nothing"]),
        ({"seed": "1"}, ["seed '1'", "whole number"]),
        ({"years": "2"}, ["years '2'", "at most 100"]),
        ({"years": True}, ["years true"]),
        ({"years": 10**20}, ["years 1", "at most 100"]),
        ({"until": 20260402}, ["until", "20260402 is not a date", "2027-10-01"]),
        ({"until": pd.NaT}, ["until", "not a date"]),
        ({"engine": None}, ["engine nothing", "reference"]),
        ({"engine": "natonal"}, ["did you mean 'national'"]),
    ],
)
def test_a_wrong_argument_of_run(given, words):
    message = refused(lambda: sim.run(sim.load(), **({"scale": 0.001} | given)))
    assert all(word in message for word in words), message


def test_a_pathway_is_no_system():
    pathway = sim.pathway("affirmative")
    assert "give a System" in refused(lambda: sim.run(system=pathway, scale=0.001))
    assert "give a System" in refused(lambda: sim.replicate(system=pathway, scale=0.001, workers=1))


@pytest.mark.parametrize("until", [dt.datetime(2026, 4, 2), pd.Timestamp("2026-04-02"), dt.date(2026, 4, 2)])
def test_a_date_of_any_kind(until):
    assert sim.run(scale=0.001, until=until).info["until"] == "2026-04-02"


def test_years_from_the_end_of_a_long_month():
    class Model:
        scenario = sim.load().between("2026-01-31")
        start = 0

    first = runs.dates.day_of("2026-01-31")
    Model.start = first
    last = [runs._last_day(Model, None, years) + first for years in (1 / 12, 0.25, 1)]
    assert [str(runs.dates.date_of(day)) for day in last] == ["2026-02-27", "2026-04-29", "2027-01-30"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.array([1, 2]), "list"),
        (pd.Series([1.0, 2.0]), "list"),
        ("", "not a number"),
        (object(), "not a number"),
        ({"2027-02-30": 3}, "calendar"),
        ({"FY27": 3, "FY28": 4}, "FY2027"),
    ],
)
def test_a_wrong_value_of_change(value, words):
    assert words in refused(lambda: sim.load().change(STAFF, value))


def test_a_value_that_holds_itself():
    circle: dict = {}
    circle["a"] = circle
    assert "nested" in refused(lambda: sim.load().change(STAFF, circle))


def test_a_change_on_no_date():
    assert "not a date" in refused(lambda: sim.load().change(STAFF, 900, since=pd.NaT))
    assert sim.load().change(STAFF, np.int64(900)).numbers[STAFF].value == 900


def test_a_pathway_that_is_no_text():
    assert "no pathway named" in refused(lambda: sim.pathway(3))


def test_a_folder_that_is_none(tmp_path):
    assert "not a folder" in refused(lambda: sim.open(3))
    (tmp_path / "run.json").write_text("{}")
    assert "name the folder" in refused(lambda: sim.open(tmp_path / "run.json"))


def test_a_long_name_is_cut():
    message = refused(lambda: sim.load().change("x" * 100_000, 1))
    assert len(message) < 2 * LONGEST_KEY
    assert max(map(len, sim.load().numbers)) < LONGEST_KEY


@pytest.mark.parametrize("name", ["baselin.yaml", "mine.yml"])
def test_a_file_that_does_not_exist_names_one_that_does(tmp_path, name):
    (tmp_path / "baseline1.yaml").write_text("title: T\n")
    (tmp_path / "mine.yaml").write_text("title: T\nextends: baseline.yaml\n")
    assert "did you mean" in refused(lambda: sim.load(tmp_path / name))
    assert "did you mean 'baseline'?" in refused(lambda: sim.load(tmp_path / "mine.yaml"))
    assert "did you mean 'more_judges'?" in refused(lambda: sim.load("more_judges.yaml"))
    assert "did you mean 'more_judges'?" in refused(lambda: sim.load("more_judge.yaml"))
    assert "shipped name or a file" in refused(lambda: sim.load(""))


# -- folders -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> Path:
    return sim.run(scale=0.001, until="2026-05-15").save(tmp_path_factory.mktemp("kept") / "run")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"scenario": "x"}, ["scenario", "'x' is not an object"]),
        ({"tables": {"stock": "x"}}, ["tables", "unit and meaning"]),
        ({"tables": {"stock": {"date": "x"}}}, ["tables", "unit and meaning"]),
        ({"labels": {"pathways": 3}}, ["labels", "object"]),
        ({"misleading_below_scale_1": 3}, ["misleading", "list"]),
        ({"scale": 0}, ["scale", "above 0"]),
        ({"start": None}, ["has no start"]),
        ({"labels": None}, ["has no labels"]),
    ],
)
def test_a_run_json_whose_facts_were_changed(kept, tmp_path, facts, words):
    result = open_result(kept)
    info = {name: fact for name, fact in (result.info | facts).items() if fact is not None}
    folder = Result(info, {name: getattr(result, name) for name in TABLES}).save(tmp_path / "run")
    message = refused(lambda: open_result(folder))
    assert "run.json" in message and "run it again" in message
    assert all(word in message for word in words), message


def test_a_table_with_the_columns_of_another(kept, tmp_path):
    result = open_result(kept)
    frames = {name: getattr(result, name) for name in TABLES} | {"stock": result.flow}
    message = refused(lambda: open_result(Result(result.info, frames).save(tmp_path / "run")))
    assert "stock.parquet" in message and next(iter(COLUMNS["stock"])) in message


def test_months_that_are_none(kept):
    result = open_result(kept)
    assert "'2026-13' is not a month" in refused(lambda: result.moves("refugee", "2026-13", "2027-01"))
    assert len(result.moves("refugee", "2026-04", "2026-05"))


def test_the_folder_in_which_one_stands_is_not_replaced(kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="the folder you are in"):
        open_result(kept).save(".")
    assert os.path.samefile(".", tmp_path)


def test_a_full_disk_names_what_was_written(kept, tmp_path, monkeypatch):
    with pytest.raises(OSError, match="mine"), whole_folder(tmp_path / "mine", ["a"]):
        raise OSError(errno.ENOSPC, "No space left on device")

    def close(*_):
        raise FileCreateError(OSError(errno.ENOSPC, "No space left on device"))

    monkeypatch.setattr(export.pd.ExcelWriter, "__exit__", close)
    with pytest.raises(OSError, match=r"book\.xlsx"):
        write_export(open_result(kept), "xlsx", tmp_path / "book.xlsx")
    assert not list(tmp_path.iterdir())
