"""The command's contract: what is printed where, and the exit status."""

from __future__ import annotations

import datetime
import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

import sim
from sim import cli
from sim.errors import InputError

BUILT = {
    "run",
    "replicate",
    "compare",
    "scenarios",
    "show",
    "check",
    "schema",
    "draw",
    "glossary",
    "export",
    "demo",
    "backtest",
    "dashboard",
}


class FakeScenario:
    title, question = "As now", "What follows if nothing changes?"
    start, horizon, fingerprint = datetime.date(2026, 4, 1), datetime.date(2036, 9, 30), "abc123"

    def __init__(self, changes=()):
        self.changes = list(changes)

    def applied(self, *changes):
        return FakeScenario((change.path, change.value, change.since) for change in changes)


class FakeResult:
    def __init__(self, scenario, asked):
        self.scenario, self.asked = scenario, asked
        self.info = {
            "scenario": {"title": "As now"}, "tables": {}, "fingerprint": "abc123", "seed": asked["seed"],
            "scale": asked["scale"], "start": "2026-04-01", "until": "2027-03-31", "cases": 12345,
            "transitions": 67890, "summary": {"court_pending": {"2026": 3500000}},
        }  # fmt: skip

    def summary(self):
        frame = pd.DataFrame({"fiscal_year": [2026, 2027], "court_pending": [3500000, 3612345]})
        return SimpleNamespace(sentences=["The court backlog grows."], tables=[("Headline", frame)])

    def save(self, folder):
        Path(folder).mkdir()
        (Path(folder) / "run.json").write_text("{}")


@pytest.fixture
def fake(monkeypatch):
    """The library replaced by one that remembers what it was asked."""
    asked: dict = {}

    def run(scenario, **options):
        asked.update(options, changes=scenario.changes)
        return FakeResult(scenario, options)

    monkeypatch.setattr(sim, "load", lambda name: FakeScenario(), raising=False)
    monkeypatch.setattr(sim, "run", run, raising=False)
    return asked


@pytest.fixture
def refuge(monkeypatch, capsys):
    """Call the command as the shell does: (exit status, standard output, standard error)."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["refuge", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out, printed.err

    return call


# -- what exists -----------------------------------------------------------------------------------


def test_help_lists_what_is_built_and_nothing_else(refuge):
    status, out, _ = refuge("--help")
    listed = {line.split()[0] for line in out.partition("Commands:")[2].splitlines() if line.strip()}
    assert status == 0
    assert listed == BUILT


@pytest.mark.parametrize("command", sorted(BUILT))
def test_every_command_shows_an_example(refuge, command):
    status, out, _ = refuge(command, "--help")
    assert status == 0
    assert f"refuge {command}" in out.partition("Usage:")[2].partition("\n")[2]


@pytest.mark.parametrize("command", cli.PLANNED)
def test_what_is_planned_says_so(refuge, command):
    status, out, err = refuge(command, "--pathway", "affirmative")
    assert (status, out) == (2, "")
    assert "not built yet" in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("run", "--speed", "9"),
        ("run", "--engine", "ciw"),
        ("run", "--scale", "2"),
        ("run", "--years", "0"),
        ("draw", "affirmative", "--format", "png"),
        ("export", "run", "--format", "xes", "--out", "x"),
        ("show",),
    ],
)
def test_a_wrong_request_exits_2(refuge, fake, words):
    status, out, err = refuge(*words)
    assert (status, out) == (2, "")
    assert err and "Traceback" not in err


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("rnu", ["no command 'rnu'", "did you mean 'run'"]),
        ("--versio", ["no option --versio", "did you mean '--version'"]),
        ("run --scal 3", ["run: ", "no option --scal", "did you mean '--scale'", "--seed"]),
        ("run --scale nan", ["run --scale", "1"]),
        ("run --scale x", ["run --scale", "number"]),
        ("run --years 1e9", ["run --years", "whole number"]),
        ("run --years -1", ["run --years", "1"]),
        ("run --seed -1", ["run --seed", "0"]),
        ("run --seed", ["--seed", "needs a value"]),
        ("run --json=3", ["--json", "no value"]),
        ("run a b", ["run: ", "b"]),
        ("run --history 2", ["run --history", "1"]),
        ("run --engine natonal", ["run --engine", "did you mean 'national'", "reference"]),
        ("replicate --runs 0", ["replicate --runs", "1"]),
        ("replicate --workers 0", ["replicate --workers", "1"]),
        ("export x", ["--out is missing"]),
        ("compare", ["compare", "A B [C ...] is missing"]),
        ("show", ["SCENARIO is missing"]),
        ("draw affirmative --format pgn", ["draw --format", "'dot'", "'svg'"]),
    ],
)
def test_a_wrong_option_is_one_message(refuge, line, words):
    status, out, err = refuge(*line.split())
    assert (status, out) == (2, "")
    assert err.startswith("refuge: ") and err.count("\n") == 1 and "usage" not in err.lower()
    assert all(word in err for word in words), err


# -- run -------------------------------------------------------------------------------------------


def test_run_passes_on_what_is_asked(refuge, fake):
    status, _, _ = refuge(
        "run", "--set", "offices.immigration_judges.staff=1000@2027-10-01", "--set", "a.b.split={\"x\": 0.5}",
        "--seed", 7, "--scale", 0.1, "--until", "2030-09-30", "--history", 0,
    )  # fmt: skip
    assert status == 0
    assert fake["changes"] == [
        ("offices.immigration_judges.staff", 1000, datetime.date(2027, 10, 1)),
        ("a.b.split", {"x": 0.5}, None),
    ]
    assert (fake["seed"], fake["scale"], fake["until"], fake["history"]) == (7, 0.1, "2030-09-30", 0)
    assert (fake["engine"], fake["years"]) == ("national", None)


def test_run_prints_sentences_and_tables(refuge, fake):
    status, out, err = refuge("run")
    assert (status, err) == (0, "")
    assert "The court backlog grows." in out
    assert "3,612,345" in out and "2027" in out and "2,027" not in out
    assert "12,345 cases" in out and "not legal advice" in out


def test_json_is_one_object_and_nothing_else(refuge, fake):
    status, out, err = refuge("run", "--json")
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert answer["cases"] == 12345 and "summary" in answer
    assert "scenario" not in answer and "tables" not in answer


def test_quiet_prints_nothing(refuge, fake, tmp_path):
    assert refuge("run", "--quiet", "--out", tmp_path / "kept") == (0, "", "")
    assert (tmp_path / "kept" / "run.json").is_file()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--set", "staff"), "PATH=VALUE"),
        (("--set", "a.b="), "PATH=VALUE"),
        (("--set", "a.b=.nan"), "a.b"),
        (("--set", "a.b=1@soon"), "soon"),
        (("--set", "a.b=1@"), "a.b"),
        (("--until", "2030-13-01"), "--until"),
        (("--until", "2030-01-01", "--years", "2"), "--years"),
    ],
)
def test_a_wrong_value_is_one_message(refuge, fake, words, named):
    status, out, err = refuge("run", *words)
    assert (status, out) == (2, "")
    assert named in err and err.count("\n") == 1
    assert "seed" not in fake


def test_a_folder_with_other_files_is_refused_before_the_run(refuge, fake, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    status, _, err = refuge("run", "--out", tmp_path)
    assert status == 2 and "thesis.txt" in err
    assert "seed" not in fake


@pytest.mark.parametrize("place", ["/proc/x", "{file}", "{file}/x", "a\0b", "{long}"])
def test_a_folder_that_cannot_be_made_is_refused_before_the_run(refuge, fake, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    place = place.format(file=tmp_path / "file", long=tmp_path / ("x" * 300))
    status, out, err = refuge("run", "--out", place)
    assert (status, out) == (2, "") and err.count("\n") == 1
    assert "Errno" not in err and "seed" not in fake


def test_a_full_disk_in_words(refuge, fake, monkeypatch, tmp_path):
    def save(self, folder):
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    monkeypatch.setattr(FakeResult, "save", save)
    status, _, err = refuge("run", "--quiet", "--out", tmp_path / "kept")
    assert (status, err) == (2, f"refuge: {tmp_path / 'kept'}: the disk is full\n")


def test_progress_is_told_in_lines_where_there_is_no_terminal(refuge, fake, monkeypatch):
    def run(scenario, progress, **options):
        for day in range(0, 731, 7):
            if progress is not None:
                progress(day, 731, 1_234_567)
        return FakeResult(scenario, options)

    monkeypatch.setattr(sim, "run", run)
    assert refuge("run")[2].splitlines() == ["2027-04-07: 1,234,567 open cases, 51% of the time simulated"]
    assert refuge("run", "--json")[2] == refuge("run", "--quiet")[2] == ""


def test_input_errors_are_one_message(refuge, fake, monkeypatch):
    def load(name):
        raise InputError("unknown key", file="mine.yaml", line=3, key="staf", nearest="staff")

    monkeypatch.setattr(sim, "load", load)
    status, out, err = refuge("show", "mine.yaml")
    assert (status, out) == (2, "")
    assert err == "refuge: mine.yaml, line 3: staf: unknown key; did you mean 'staff'?\n"


def test_check_names_every_mistake_with_its_line(refuge, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nextends: baseline\ntitel: Mine\n", encoding="utf-8")
    status, out, err = refuge("check", path)
    assert (status, out) == (2, "")
    assert "line 3" in err and "did you mean 'title'" in err


def test_interrupted_is_130_and_leaves_no_folder(refuge, fake, monkeypatch, tmp_path):
    def run(scenario, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(sim, "run", run)
    status, out, _ = refuge("run", "--out", tmp_path / "kept")
    assert (status, out) == (130, "")
    assert not list(tmp_path.iterdir())


def test_a_bug_is_not_hidden(fake, monkeypatch):
    def run(scenario, **options):
        raise RuntimeError("lost a case")

    monkeypatch.setattr(sim, "run", run)
    monkeypatch.setattr(sys, "argv", ["refuge", "run"])
    with pytest.raises(RuntimeError, match="lost a case"):
        cli.main()


# -- words -----------------------------------------------------------------------------------------


def test_glossary(refuge):
    status, out, _ = refuge("glossary", "backlog")
    assert status == 0 and "waiting at a desk" in out
    status, _, err = refuge("glossary", "backlogg")
    assert status == 2 and "backlog" in err


# -- with the engine -------------------------------------------------------------------------------


def shell(*words, cwd):
    """The command in a process of its own, from a folder that is not the repository."""
    command = [sys.executable, "-m", "sim", *map(str, words)]
    # A child does not turn warnings into errors, and its width is not that of whoever tests.
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONWARNINGS", "COLUMNS")}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with one short run in it, and what the run printed."""
    folder = tmp_path_factory.mktemp("runs")
    words = ("run", "baseline", "--scale", 0.01, "--years", 1, "--out", "kept", "--json")
    done = shell(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "kept", done


def test_run_keeps_a_whole_folder(kept):
    folder, done = kept
    names = {path.name for path in folder.iterdir()}
    assert names >= {"run.json", "stock.parquet", "flow.parquet", "waits.parquet", "histories.parquet"}
    assert [path.name for path in folder.parent.iterdir()] == ["kept"]
    written = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    printed = json.loads(done.stdout)
    assert printed == {name: fact for name, fact in written.items() if name not in ("scenario", "tables")}
    assert done.stderr == ""
    assert set(printed) >= {
        "fingerprint", "digest", "seed", "scale", "engine", "start", "until", "versions", "cases",
        "transitions", "summary",
    }  # fmt: skip


def test_run_again_replaces_only_a_run(kept, tmp_path):
    words = ("run", "--scale", 0.005, "--until", "2026-06-30", "--quiet", "--out", "again")
    first, second = shell(*words, cwd=tmp_path), shell(*words, cwd=tmp_path)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert second.stdout == second.stderr == ""


@pytest.mark.parametrize("format", ["csv", "xlsx", "parquet"])
def test_export(kept, format, tmp_path):
    target = tmp_path / ("out.xlsx" if format == "xlsx" else "out")
    done = shell("export", kept[0], "--format", format, "--out", target, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    stock = pd.read_parquet(kept[0] / "stock.parquet")
    if format == "xlsx":
        assert target.stat().st_size > 10_000
    elif format == "csv":
        assert len(pd.read_csv(target / "stock.csv")) == len(stock)
        about = pd.read_csv(target / "about.csv", keep_default_na=False)
        described = about[about["table"] == "stock"]
        assert list(described["column"]) == list(stock.columns)
        assert described["meaning"].str.len().min() > 0
    else:
        pd.testing.assert_frame_equal(pd.read_parquet(target / "stock.parquet"), stock)


@pytest.mark.parametrize(
    "line",
    [
        "scenarios",
        "show baseline",
        "show baseline --diff",
        "check baseline",
        "schema",
        "draw refugee",
        "draw affirmative --format dot",
        "draw family --format svg",
        "draw defensive --format mermaid",
        "draw status --format text",
        "glossary",
        "--version",
    ],
)
def test_every_other_command_answers(line, tmp_path):
    done = shell(*line.split(), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and not done.stderr


def test_scenarios_say_what_they_build_on(tmp_path):
    done = shell("scenarios", cwd=tmp_path)
    found = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()}
    assert (found["petitions_fast"], found["more_judges"]) == ("ordinary_years", "baseline")


def test_show_names_every_number(tmp_path):
    done = shell("show", "baseline", cwd=tmp_path)
    paths = {line.split()[0] for line in done.stdout.splitlines()[1:] if line[:1].strip()}
    known = sim.load("baseline").sources()  # factors and odds ratios among them
    assert {number.path for number in known} <= paths and any(".odds." in number.path for number in known)


@pytest.mark.parametrize(
    "line", ["run baselin", "draw afirmative", "run --set offices.immigration_judge.staff=1", "show baselin"]
)
def test_an_unknown_name_offers_the_nearest(line, tmp_path):
    done = shell(*line.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean" in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_demo(tmp_path):
    done = shell("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "not legal advice" in done.stdout
