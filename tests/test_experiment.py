"""Replications: the same answer for any number of workers, bands by hand, and what is kept when work stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import types
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import BUSY, busy, number, play, tiny
from dask.distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import sim
from sim import cli, cli_experiments, experiment
from sim.errors import InputError
from sim.experiment_bands import KEYS, Measured, Run, bands, gathered, percentiles
from sim.uncertainty import drawn

UNCERTAIN = BUSY | {
    "p.stale.minutes": number(60).model_copy(update={"low": 30, "high": 120}),
    "q.claim.days": number({"exponential": {"mean": 60}}).model_copy(
        update={"low": {"exponential": {"mean": 40}}, "high": {"exponential": {"mean": 90}}}
    ),
}
PARTS = ("stock", "flow", "outcomes", "waits", "quota", "families")


def many(numbers=UNCERTAIN, **asked):
    return sim.replicate(tiny(numbers), system=busy(), **{"runs": 3, "workers": 1, **asked})


@pytest.fixture(scope="module")
def three():
    return many()


# -- the same answer -------------------------------------------------------------------------------


def test_runs_are_those_of_their_seeds(three):
    assert [run.seed for run in three.runs] == [1, 2, 3]
    for run in three.runs:
        alone = play(busy(), drawn(tiny(UNCERTAIN), run.seed), seed=run.seed, history=0)
        assert (run.digest, run.fingerprint) == (alone.info["digest"], alone.info["fingerprint"])
        assert (run.cases, run.transitions) == (alone.info["cases"], alone.info["transitions"])
    assert many(runs=2, seed=2).runs == three.runs[1:]


def test_brief_measures_are_the_same_as_among_all(three):
    asked = {"scenario": "baseline", "runs": 2, "scale": 0.002, "years": 2, "workers": 1}
    for brief, whole in (
        (many(brief=True), three),
        (sim.replicate(**asked, brief=True), sim.replicate(**asked)),
    ):
        table, measure = (whole.values.index.get_level_values(name) for name in ("table", "measure"))
        waits = (table == "waits") & measure.str.contains(r"^\w+\.\* ")
        kept = whole.values[table.isin(["headline", "where", "quota"]) | waits]
        pd.testing.assert_frame_equal(brief.values, kept)
        assert [run.headline for run in brief.runs] == [run.headline for run in whole.runs]
        assert brief.summary().sentences == whole.summary().sentences
    assert {"headline", "where", "quota", "waits"} == set(brief.values.index.get_level_values("table"))


def test_digests_of_brief_runs_tell_runs_apart_as_others_do():
    assert many(brief=True).info["digest"] == many(brief=True, workers=2).info["digest"]
    assert len({run.digest for run in many(brief=True).runs}) == 3


def test_one_worker_or_two(three):
    other = many(workers=2)
    assert other.info["digest"] == three.info["digest"]
    assert other.runs == three.runs
    pd.testing.assert_frame_equal(other.values, three.values)
    pd.testing.assert_frame_equal(other.bands, three.bands)


def test_any_executor_does(three):
    told = []
    with ThreadPoolExecutor(1) as pool:
        other = many(executor=pool, progress=lambda *now: told.append(now))
        assert other.info == three.info
        assert pool.submit(int, "7").result() == 7  # it is the caller's: still open
    assert told[0] == (0, 3, None) and [done for done, _, _ in told[1:]] == [1, 2, 3]
    assert told[-1][2] == 0


def test_a_dask_cluster_gives_the_same_numbers(three):
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster) as client:
        assert many(executor=client.get_executor()).info == three.info


def test_workers_say_how_far_they_are_with_their_runs():
    """Between two runs that are finished something is told, and the time left counts what is under way."""
    long = tiny(UNCERTAIN).between(horizon="2046-12-31")
    told = []
    sim.replicate(long, system=busy(), runs=2, workers=2, progress=lambda *now: told.append(now))
    assert (told[0], told[-1]) == ((0, 2, None), (2, 2, 0))
    assert any(0 < done < 1 and left > 0 for done, _, left in told), told


def test_fixed_numbers_leave_chance_alone(three):
    fixed = many(fixed=True)
    assert (
        len({run.fingerprint for run in fixed.runs}) == 1
        and len({run.fingerprint for run in three.runs}) == 3
    )
    assert len({run.digest for run in fixed.runs}) == 3
    assert "chance alone" in fixed.summary().text()
    assert (fixed.info["uncertain_numbers"], three.info["uncertain_numbers"]) == (0, 2)
    assert "2 uncertain numbers" in three.summary().text()
    certain = many(BUSY, runs=1)
    assert certain.runs[0].digest == fixed.runs[0].digest and "no number" in certain.summary().text().lower()


# -- measures and bands ----------------------------------------------------------------------------


def test_measures_are_those_of_the_tables(three):
    alone = play(busy(), drawn(tiny(UNCERTAIN), 2), seed=2, history=0)
    here = three.values[2]
    stock = alone.stock[alone.stock["group"] == "*"]
    last = stock[stock["date"] == stock["date"].max()].set_index(["pathway", "stage"])["persons"]
    for (pathway, stage), persons in last.items():
        assert here["stock", f"{pathway}.{stage}", "persons", 2026] == persons
    flow = (
        alone.flow[alone.flow["group"] == "*"].groupby(["pathway", "from_stage", "to_stage"])["cases"].sum()
    )
    for (pathway, origin, target), cases in flow.items():
        assert here["flow", f"{pathway}.{origin} > {target}", "cases", 2026] == cases
    assert here["flow"].xs("cases", level="unit").sum() == flow.sum()
    waits = alone.waits[(alone.waits["group"] == "*") & (alone.waits["basis"] == "entered")].set_index(
        ["pathway", "stage"]
    )
    assert here["waits", "p.fresh entered p50", "days", 2026] == waits.loc[("p", "fresh"), "p50"]
    ends = alone.outcomes[alone.outcomes["group"] == "*"].set_index(["pathway", "outcome"])["cases"]
    assert here["outcomes", "q.citizen", "cases", 2026] == ends.get(("q", "citizen"), 0)
    assert here["quota", "used", "persons", 2026] == alone.quota[alone.quota["region"] == "*"]["used"].item()


def frame(rows, columns):
    index = pd.MultiIndex.from_tuples(rows, names=KEYS)
    return pd.DataFrame(columns, index=index, dtype="float64")


def test_bands_by_hand():
    rows = [
        ("headline", "pending", "cases", 2026),
        ("waits", "p.a entered p50", "days", 2026),
        ("waits", "p.a left p50", "days", 2026),
        ("waits", "p.b left p50", "days", 2026),
    ]
    nan = np.nan
    runs = {seed: [10 * seed, 5 if seed < 8 else nan, 7 if seed > 9 else nan, nan] for seed in range(1, 12)}
    found = bands(frame(rows, runs)).set_index("measure")
    pending = found.loc["pending"]
    assert list(pending[["mean", "p10", "p50", "p90", "low", "high"]]) == [60, 20, 60, 100, 10, 110]
    assert pending["runs"] == 11
    late = found.loc["p.a entered p50"]  # not reached in four runs of eleven: longer than any
    assert (late["p10"], late["p50"], late["low"], late["runs"]) == (5, 5, 5, 7)
    assert late[["mean", "p90", "high"]].isna().all()
    assert list(found.loc["p.a left p50", ["mean", "p50", "runs"]]) == [7, 7, 2]
    assert found.loc["p.b left p50", ["mean", "p10", "p90", "high"]].isna().all()


def test_what_did_not_happen_in_a_run_counts_as_none():
    def one(seed, rows):
        index = pd.MultiIndex.from_tuples(list(rows), names=KEYS)
        values = pd.Series(list(rows.values()), index=index, dtype="float64")
        facts = {"scale": 1.0, "start": "2026-04-01", "until": "2026-07-31"}
        return Measured(Run(seed, f"d{seed}", "f", 1, 1, {}), facts, values)

    flow, wait = ("flow", "p.a > b", "cases", 2026), ("waits", "p.a left p50", "days", 2026)
    found = gathered({}, [one(1, {flow: 4, wait: 3}), one(2, {("flow", "p.a > c", "cases", 2026): 1})])
    assert list(found.values.loc[flow]) == [4, 0]
    assert list(found.table("flow")["mean"]) == [2, 0.5]
    assert found.table("waits", "p.a left p50")["mean"].item() == 3


def test_every_table_has_bands(three):
    assert set(three.bands["table"]) == set(PARTS)
    assert all(len(three.table(name)) for name in PARTS)
    known = three.bands.dropna()
    assert (known["low"] <= known["p10"]).all() and (known["p90"] <= known["high"]).all()
    with pytest.raises(InputError, match="there is no table 'histories'"):
        three.table("histories")


def test_kept_and_reopened(three, tmp_path):
    again = sim.open(three.save(tmp_path / "kept"))
    assert isinstance(again, sim.Replications)
    assert again.info == json.loads(json.dumps(three.info, default=str)) and again.runs == three.runs
    pd.testing.assert_frame_equal(again.values, three.values)
    pd.testing.assert_frame_equal(again.bands, three.bands)
    assert again.summary().text() == three.summary().text()
    one = play(busy(), BUSY)
    assert isinstance(sim.open(one.save(tmp_path / "one")), sim.Result)
    (tmp_path / "kept" / "values.parquet").write_bytes(b"?")
    with pytest.raises(InputError, match="cannot be read"):
        sim.open(tmp_path / "kept")


# -- failures --------------------------------------------------------------------------------------


def test_a_failure_in_a_worker_is_one_message():
    with pytest.raises(InputError, match=r"offices\.office\.staff") as problem:
        many({path: value for path, value in UNCERTAIN.items() if path != "offices.office.staff"}, workers=2)
    assert problem.value.key == "offices.office.staff"


def test_a_worker_that_dies_is_a_sentence(monkeypatch):
    class Dying:
        _processes = None

        def __init__(self, *_, **__):
            pass

        def submit(self, *_):
            raise BrokenProcessPool

        def shutdown(self, **_):
            pass

    monkeypatch.setattr(experiment, "ProcessPoolExecutor", Dying)
    with pytest.raises(InputError, match="fewer workers"):
        many(workers=2)


@pytest.mark.parametrize(
    ("asked", "named"),
    [({"runs": 0}, "runs"), ({"runs": 1.5}, "runs"), ({"workers": 0}, "workers"), ({"seed": -1}, "seed"),
     ({"seed": 2**63 - 2}, "seed"), ({"scale": 2}, "scale"), ({"engine": "ciw"}, "engine"),
     ({"until": "soon"}, "until")],
)  # fmt: skip
def test_wrong_requests_are_refused(asked, named):
    with pytest.raises(InputError, match=named):
        many(**asked)


def test_a_folder_with_other_files_is_refused_before_the_runs(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"thesis\.txt"):
        many(out=tmp_path, progress=lambda *_: pytest.fail("began"))


# -- stopping --------------------------------------------------------------------------------------


def stop_after(runs, act):
    return lambda done, *_: act() if done >= runs else None


def test_cancel_keeps_what_is_finished(three, tmp_path):
    asked = []
    found = many(
        progress=stop_after(2, lambda: asked.append(1)), cancel=lambda: bool(asked), out=tmp_path / "kept"
    )
    assert found.runs == three.runs[:2] and found.info["asked"] == 3
    assert "3 were asked for" in found.summary().text()
    assert sim.open(tmp_path / "kept").runs == found.runs
    with pytest.raises(InputError, match="cancelled before"):
        many(cancel=lambda: True)


def test_cancel_in_the_middle_of_a_run():
    asked = []
    with pytest.raises(InputError, match="cancelled before"):
        many(progress=stop_after(0.2, lambda: asked.append(1)), cancel=lambda: bool(asked))
    assert asked


def test_interrupted_keeps_what_is_finished(three, tmp_path):
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stop:
        many(progress=stop_after(1, interrupt), out=tmp_path / "kept")
    assert stop.value.kept.runs == three.runs[:1]
    assert sim.open(tmp_path / "kept").runs == three.runs[:1]
    with pytest.raises(sim.Interrupted) as stop:
        many(progress=stop_after(0, interrupt), out=tmp_path / "none")
    assert stop.value.kept is None and not (tmp_path / "none").exists()


SCRIPT = """
import sys
import sim
from conftest import BUSY, busy, tiny
try:  # a script of a few lines, not hidden behind its name
    sim.replicate(tiny(BUSY), system=busy(), runs=2000, workers=2, progress=lambda *now: print(now[0], flush=True))
except sim.Interrupted as stop:
    seeds = [run.seed for run in stop.kept.runs]  # two workers: seed 2 may have finished before seed 1
    print("kept", 0 < len(seeds) < 2000, seeds == sorted(set(seeds)), flush=True)
    sys.exit(130)
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Ctrl-C of a group of processes")
def test_ctrl_c_ends_the_workers_and_keeps_what_is_finished(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "script.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        start_new_session=True,
    )
    lines = iter(process.stdout.readline, "")
    assert next(line for line in lines if int(float(line)) >= 1)
    os.killpg(process.pid, signal.SIGINT)
    rest, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert rest.splitlines()[-1] == "kept True True"
    assert errors == ""


# -- the command -----------------------------------------------------------------------------------


class FakeScenario:
    def applied(self, *changes):
        return types.SimpleNamespace(changes=[change.path for change in changes])


@pytest.fixture
def refuge(monkeypatch, capsys, three):
    """The command with a library that remembers what it was asked: (status, output, errors, asked)."""

    def call(*words, answer=three):
        asked = {}

        def replicate(scenario, **options):
            asked.update(options, changes=scenario.changes)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(sim, "load", lambda _: FakeScenario())
        monkeypatch.setattr(sim, "replicate", replicate)
        monkeypatch.setattr(sys, "argv", ["refuge", "replicate", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out, printed.err, asked

    return call


def test_the_command_passes_on_what_is_asked(refuge):
    words = (
        "mine.yaml",
        "--set",
        "a.b=1",
        "--runs",
        7,
        "--workers",
        2,
        "--fixed",
        "--seed",
        5,
        "--scale",
        0.1,
    )
    status, out, err, asked = refuge(*words, "--years", 2, "--out", "kept")
    assert (status, err) == (0, "")
    asked.pop("progress")
    assert asked == {
        "changes": ["a.b"], "runs": 7, "workers": 2, "fixed": True, "seed": 5, "scale": 0.1, "years": 2,
        "until": None, "engine": "national", "out": Path("kept"),
    }  # fmt: skip
    assert "2 uncertain numbers" in out and "seeds 1 to 3" in out and "Kept in kept" in out


def test_the_command_prints_json(refuge, three):
    status, out, _, _ = refuge("--json")
    answer = json.loads(out)
    assert status == 0 and "scenario" not in answer and "tables" not in answer
    assert answer["digest"] == three.info["digest"] and len(answer["runs"]) == 3
    assert refuge("--quiet")[:3] == (0, "", "")


def test_the_command_interrupted(refuge, three):
    status, out, _, _ = refuge(answer=sim.Interrupted(three))
    assert status == 130 and "seeds 1 to 3" in out
    assert refuge(answer=sim.Interrupted(None))[:2] == (130, "")


@pytest.mark.parametrize(
    "words", [("--runs", 0), ("--workers", 0), ("--until", "2030-01-01", "--years", 2), ("--history", 1)]
)
def test_the_command_refuses(refuge, words):
    status, out, err, asked = refuge(*words)
    assert (status, out, asked) == (2, "", {}) and "Traceback" not in err


def test_progress_in_words():
    text = cli_experiments.progress_text
    assert text(0, 10, None) == "0 of 10 runs done"
    assert text(2.5, 10, 240.0) == "2 of 10 runs done, about 4 min left"
    assert text(9, 10, 31.4) == "9 of 10 runs done, about 31 s left"


def test_the_country(tmp_path):
    found = sim.replicate(runs=2, workers=1, scale=0.002, until="2026-12-31", out=tmp_path / "kept")
    pending = found.table("headline", "court_pending")
    assert list(pending["fiscal_year"]) == [2026, 2027] and (pending["p10"] <= pending["p90"]).all()
    text = found.summary().text()
    assert "people wait in immigration court" in text and "One case in 500" in text
    assert found.info["summary"]["court_pending"]["2026"]["p50"] == pytest.approx(pending["p50"][0])
    problem = subprocess.run(
        [sys.executable, "-m", "sim", "export", "kept", "--out", "x"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert problem.returncode == 2 and "replications" in problem.stderr


@given(
    arrays(
        np.float64,
        st.tuples(st.integers(1, 6), st.integers(1, 9)),
        elements=st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))),
    )
)
def test_percentiles_are_numpys_with_gaps_left_out(rows):
    rows = rows[~np.isnan(rows).all(axis=1)]
    if len(rows):
        expected = np.nanpercentile(rows, (5, 50, 90), axis=1)
        assert np.stack(percentiles(rows, (5, 50, 90))) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_percentiles_of_what_is_not_reached_are_infinite_only_where_they_must_be():
    rows = np.array([[1.0, 2.0, np.inf], [np.inf, np.inf, np.nan], [3.0, np.nan, np.nan]])
    assert np.array_equal(
        percentiles(rows, (0, 50, 75)), [[1, np.inf, 3], [2, np.inf, 3], [np.inf, np.inf, 3]]
    )
