"""Ctrl-C at any moment: status 130, one short sentence, no folder, no traceback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim import cli_experiments
from sim.cli_interrupt import NOTHING_KEPT

IMPORTED = re.compile(r"^import time:.*\n", re.MULTILINE)
RUN = ("run", "--scale", "0.01", "--out", "kept")


def started(words, cwd, *options):
    environment = {key: text for key, text in os.environ.items() if key != "PYTHONWARNINGS"}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, *options, "-m", "sim", *words],
        cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process, before=""):
    """The sentence, once the process has ended as it should."""
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), errors
    return IMPORTED.sub("", before + errors)


def read_until(process, module):
    """What is on standard error until a module has been imported."""
    seen = ""
    for line in process.stderr:
        seen += line
        if line.split("|")[-1].strip() == module:
            return seen
    raise AssertionError(f"never imports {module}")


@pytest.mark.parametrize("module", ["typer", "rich.console", "numpy", "networkx", "pandas", "numba"])
def test_while_libraries_are_loaded(tmp_path, module):
    process = started(RUN, tmp_path, "-X", "importtime")
    seen = read_until(process, module)
    process.send_signal(signal.SIGINT)
    assert ended(process, seen) == f"{NOTHING_KEPT}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seconds", [0.02, 0.3, 1.0, 2.5])
@pytest.mark.parametrize("command", ["run", "replicate"])
def test_at_some_moment(tmp_path, command, seconds):
    process = started((command, *RUN[1:]), tmp_path, "-X", "importtime")
    seen = read_until(process, "typing")  # the interpreter itself has begun
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    assert ended(process, seen).splitlines()[-1] == NOTHING_KEPT
    assert not list(tmp_path.iterdir())


def test_in_the_middle_of_a_run(tmp_path):
    process = started(RUN, tmp_path)
    told = process.stderr.readline()
    assert re.fullmatch(r"2027-0[34]-\d\d: [\d,]+ open cases, \d+% of the time simulated\n", told)
    process.send_signal(signal.SIGINT)
    assert ended(process).splitlines()[-1] == NOTHING_KEPT
    assert not list(tmp_path.iterdir())


def test_replications_that_are_finished_are_kept(tmp_path):
    words = (
        "replicate",
        "--scale",
        "0.002",
        "--years",
        "1",
        "--runs",
        "50",
        "--workers",
        "1",
        "--out",
        "kept",
    )
    process = started(words, tmp_path)
    assert process.stderr.readline().startswith("1 of 50 runs done, about ")
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    said = re.fullmatch(
        r"refuge: interrupted; (\d+) of 50 runs were finished and are kept in kept\.", errors.splitlines()[-1]
    )
    assert said and 1 <= int(said[1]) < 50 and f"{said[1]} runs" in out
    assert (tmp_path / "kept" / "run.json").is_file()


def test_what_is_left_in_words():
    assert cli_experiments._kept(None, 3, None) == NOTHING_KEPT
