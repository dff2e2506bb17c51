"""One seed, one answer: in every process, whatever Python's hash seed, with or without compiled code on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from conftest import BUSY, busy, play, tiny

import sim

HERE = Path(__file__).parent
ALL = "print(*digests())"


@cache
def digests():
    """Of a small system, and of the country in both engines."""
    country = [
        sim.run("baseline", scale=0.0005, years=1, engine=engine).info["digest"]
        for engine in ("national", "reference")
    ]
    assert country[0] == country[1]
    return play(busy(), BUSY).info["digest"], *country


def elsewhere(script=ALL, **environment):
    done = subprocess.run(
        [sys.executable, "-c", f"from test_determinism import *; {script}"],
        cwd=HERE,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(done.stdout.split())


def test_two_runs_are_equal():
    one, other = play(busy(), BUSY), play(busy(), BUSY)
    assert one.info["digest"] == other.info["digest"]
    assert play(busy(), BUSY, seed=2).info["digest"] != one.info["digest"]


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_hash_seed_of_python_does_not_matter(hash_seed):
    assert elsewhere(PYTHONHASHSEED=hash_seed) == digests()


def test_freshly_compiled_code_gives_the_same_answer(tmp_path):
    first = elsewhere(NUMBA_CACHE_DIR=str(tmp_path))
    assert any(tmp_path.rglob("*.nbi"))
    assert first == elsewhere(NUMBA_CACHE_DIR=str(tmp_path)) == digests()


def test_code_that_is_not_compiled_gives_the_same_answer():
    assert elsewhere("print(play(busy(), BUSY).info['digest'])", NUMBA_DISABLE_JIT="1") == digests()[:1]


def test_nor_does_compiling_matter_to_the_country():
    run = "print(sim.run('baseline', scale=0.0005, years=0.3, history=1).info['digest'])"
    assert elsewhere(run, NUMBA_DISABLE_JIT="1") == elsewhere(run)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_number_of_workers_does_not_matter(workers):
    seeds = (1, 2, 3)
    found = sim.replicate(tiny(BUSY), system=busy(), runs=len(seeds), workers=workers, fixed=True)
    alone = [play(busy(), BUSY, seed=seed, history=0).info["digest"] for seed in seeds]
    assert [run.digest for run in found.runs] == alone


def test_the_share_of_histories_changes_nothing_else():
    one, other = play(busy(), BUSY), play(busy(), BUSY, history=0.2)
    for name in ("stock", "flow", "waits", "outcomes", "offices", "quota", "families"):
        assert getattr(one, name).equals(getattr(other, name))
    sample = other.histories
    kept = one.histories[one.histories["case"].isin(set(sample["case"]))].reset_index(drop=True)
    assert kept.equals(sample) and 0.1 < len(sample) / len(one.histories) < 0.3
    assert play(busy(), BUSY, history=0).histories.empty


def test_every_bit_of_the_seed_counts():
    found = {play(busy(), BUSY, seed=seed).info["digest"] for seed in (0, 1, 1 + 2**32, 2**63 - 1)}
    assert len(found) == 4
