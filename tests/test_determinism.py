"""One seed, one answer: in every process, whatever Python's hash seed, with or without compiled code on disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BUSY, busy, play

HERE = Path(__file__).parent
SCRIPT = "from conftest import BUSY, busy, play; print(play(busy(), BUSY).info['digest'])"


def elsewhere(**environment):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=HERE,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_two_runs_are_equal():
    one, other = play(busy(), BUSY), play(busy(), BUSY)
    assert one.info["digest"] == other.info["digest"]
    assert play(busy(), BUSY, seed=2).info["digest"] != one.info["digest"]


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_the_hash_seed_of_python_does_not_matter(hash_seed):
    assert elsewhere(PYTHONHASHSEED=hash_seed) == play(busy(), BUSY).info["digest"]


def test_freshly_compiled_code_gives_the_same_answer(tmp_path):
    first = elsewhere(NUMBA_CACHE_DIR=str(tmp_path))
    assert any(tmp_path.rglob("*.nbi"))
    assert first == elsewhere(NUMBA_CACHE_DIR=str(tmp_path)) == play(busy(), BUSY).info["digest"]


def test_the_share_of_histories_changes_nothing_else():
    one, other = play(busy(), BUSY), play(busy(), BUSY, history=0.2)
    for name in ("stock", "flow", "waits", "outcomes", "offices", "quota", "families"):
        assert getattr(one, name).equals(getattr(other, name))
    sample = other.histories
    kept = one.histories[one.histories["case"].isin(set(sample["case"]))].reset_index(drop=True)
    assert kept.equals(sample) and 0.1 < len(sample) / len(one.histories) < 0.3
    assert play(busy(), BUSY, history=0).histories.empty


def test_every_bit_of_the_seed_counts():
    digests = {play(busy(), BUSY, seed=seed).info["digest"] for seed in (0, 1, 1 + 2**32, 2**63 - 1)}
    assert len(digests) == 4
