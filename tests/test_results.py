"""Results on disk: the same again, whole or not at all."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from conftest import BUSY, busy, play

import sim
from sim import results
from sim.errors import InputError
from sim.results import TABLES, open_result


@pytest.fixture(scope="module")
def result():
    return play(busy(), BUSY, history=0.3)


def test_saved_and_opened_again(result, tmp_path):
    folder = result.save(tmp_path / "run")
    again = open_result(folder)
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(result, name), getattr(again, name))
    assert results.digest({name: getattr(again, name) for name in TABLES}) == result.info["digest"]
    for key in ("digest", "fingerprint", "seed", "scale", "start", "until", "cases", "transitions", "tables"):
        assert again.info[key] == result.info[key]
    assert str(again.summary().text()) == str(result.summary().text())


def test_what_a_folder_holds(result, tmp_path):
    folder = result.save(tmp_path / "new" / "run")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["run.json", *(f"{name}.parquet" for name in TABLES)]
    )
    info = json.loads((folder / "run.json").read_text())
    assert info["scenario"]["numbers"] and info["digest"] == result.info["digest"]


def test_nothing_is_left_beside_the_folder(result, tmp_path):
    result.save(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("problem", [KeyboardInterrupt, OSError, ValueError])
def test_a_failed_save_leaves_no_folder(result, tmp_path, monkeypatch, problem):
    written = []

    def broken(frame, path, **options):
        if len(written) == 3:
            raise problem("disk full")
        written.append(path)
        path.write_bytes(b"half")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", broken)
    with pytest.raises(problem):
        result.save(tmp_path / "run")
    assert len(written) == 3 and list(tmp_path.iterdir()) == []


def test_a_failed_save_keeps_the_older_run(result, tmp_path, monkeypatch):
    folder = result.save(tmp_path / "run")
    with monkeypatch.context() as broken:
        broken.setattr(pd.DataFrame, "to_parquet", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            result.save(folder)
    assert open_result(folder).info["digest"] == result.info["digest"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_newer_run_replaces_an_older(result, tmp_path):
    other = play(busy(), BUSY, seed=2)
    folder = result.save(tmp_path / "run")
    other.save(folder)
    assert open_result(folder).info["digest"] == other.info["digest"]


def test_other_files_are_never_overwritten(result, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(FileExistsError, match=r"letter\.txt"):
        result.save(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"
    with pytest.raises(FileExistsError, match="is a file"):
        result.save(tmp_path / "letter.txt")


def test_a_folder_that_holds_no_run(result, tmp_path):
    with pytest.raises(InputError, match=r"holds no run: run\.json is missing"):
        open_result(tmp_path / "nowhere")
    folder = result.save(tmp_path / "run")
    (folder / "stock.parquet").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="cannot be read as a run"):
        open_result(folder)
    (folder / "stock.parquet").unlink()
    with pytest.raises(InputError, match=r"stock\.parquet is missing"):
        open_result(folder)


def test_a_run_json_that_is_not_json(result, tmp_path):
    folder = result.save(tmp_path / "run")
    (folder / "run.json").write_text("{")
    with pytest.raises(InputError, match="cut short"):
        open_result(folder)


def test_the_digest_sees_every_table(result):
    frames = {name: getattr(result, name) for name in TABLES}
    assert results.digest(frames) == result.info["digest"]
    for name in TABLES:
        if len(frames[name]):
            assert results.digest(frames | {name: frames[name].iloc[1:]}) != result.info["digest"], name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1", "cut short"]),
        ('{"start": "2026-04-01",\n "until": ', ["line 2", "cut short"]),
        ("[" * 100_000, ["cut short"]),
        ("[1]", ["an object of facts"]),
        ("null", ["an object of facts"]),
        ('{"start": 3}', ["start", "3 is not a date"]),
        ('{"until": "soon"}', ["until", "'soon' is not a date"]),
        ('{"scale": "x"}', ["scale", "not a number"]),
        ('{"tables": [1]}', ["tables", "not an object"]),
    ],
)
@pytest.mark.parametrize("kind", ["", '"kind": "replications", ', '"kind": "comparison", '])
def test_a_folder_changed_by_hand_is_refused_in_one_message(tmp_path, text, words, kind):
    for name in TABLES:
        pd.DataFrame({"a": [1]}).to_parquet(tmp_path / f"{name}.parquet")
    if text.startswith("{"):
        text = "{" + kind + text[1:]
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError) as caught:
        sim.open(tmp_path)
    message = str(caught.value)
    assert "run.json" in message and "run it again" in message
    assert all(word in message for word in words), message
