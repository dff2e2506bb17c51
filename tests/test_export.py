"""Exports are complete, readable by other programs, and written whole or not at all."""

from __future__ import annotations

import zipfile
from types import SimpleNamespace

import pandas as pd
import pytest

from sim import export as exporting
from sim.errors import InputError
from sim.export import export
from sim.folder import whole_folder
from sim.results import TABLES


@pytest.fixture
def result():
    frame = pd.DataFrame(
        {"date": pd.to_datetime(["2026-04-30", "2026-05-31"]), "cases": [1, 2], "p90": [3.5, None]}
    )
    columns = {
        "date": {"unit": "date", "meaning": "Last day of the month."},
        "cases": {"unit": "cases", "meaning": "Cases in stock."},
        "p90": {"unit": "days", "meaning": "Nine in ten waited no longer."},
    }
    info = {"scenario": {"title": "As now"}, "seed": 1, "tables": dict.fromkeys(TABLES, columns)}
    histories = pd.DataFrame({"case": ["=1+1"], "stage": ["http://example.org"]})
    return SimpleNamespace(info=info, **(dict.fromkeys(TABLES, frame) | {"histories": histories}))


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_a_folder_holds_every_table_and_what_it_means(result, format, tmp_path):
    folder = export(result, format, tmp_path / "out")
    assert {path.stem for path in folder.iterdir()} == {*TABLES, "about"}
    read = pd.read_csv if format == "csv" else pd.read_parquet
    assert list(read(folder / f"stock.{format}")["cases"]) == [1, 2]
    about = read(folder / f"about.{format}").fillna("")
    assert ["run", "title", "", "As now"] in about.to_numpy().tolist()
    assert ["stock", "p90", "days", "Nine in ten waited no longer."] in about.to_numpy().tolist()


def test_a_workbook_has_a_sheet_for_each_table(result, tmp_path):
    path = export(result, "xlsx", tmp_path / "run.xlsx")
    with zipfile.ZipFile(path) as book:
        names = book.read("xl/workbook.xml").decode()
        sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
    assert all(f'name="{name}"' in names for name in ("about", *TABLES))
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets), "text came to life"


def test_a_sheet_that_is_too_long_is_refused(result, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "EXCEL_ROWS", 1)
    with pytest.raises(InputError, match="csv or parquet"):
        export(result, "xlsx", tmp_path / "run.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_wrong_name_or_format_is_refused(result, tmp_path):
    with pytest.raises(InputError, match=r"\.xlsx"):
        export(result, "xlsx", tmp_path / "run.doc")
    with pytest.raises(InputError, match="csv, xlsx, parquet"):
        export(result, "xes", tmp_path / "run")


def test_another_folder_is_never_replaced(result, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"thesis\.txt"):
        export(result, "csv", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(FileExistsError, match="is a file"):
        export(result, "csv", tmp_path / "thesis.txt")


def test_an_older_export_is_replaced(result, tmp_path):
    export(result, "csv", tmp_path / "out")
    result.stock = result.stock.head(1)
    export(result, "csv", tmp_path / "out")
    assert len(pd.read_csv(tmp_path / "out" / "stock.csv")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_is_interrupted_leaves_nothing(tmp_path):
    def interrupted():
        with whole_folder(tmp_path / "out", ["a"]) as folder:
            (folder / "a").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())
