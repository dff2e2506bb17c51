"""Breaks one line of an engine at a time, and holds that the agreement tests notice.

    python benchmarks/mutations.py [reference|national|all] [--only TEXT]

Each mutation is applied to a copy of the package, where tests/test_engines_agree.py runs until its first failure.
Prints what caught it, or NOT CAUGHT, and exits 1 if one was not caught. The lists are `mutations_reference.txt` and
`mutations_national.txt`. The national engine runs without being compiled, which gives the same answer.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

from mutation import Mutation, read

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENGINES = ("reference", "national")
CHOSEN = "not taken and not line and not handling and not names and (not country or frequent)"
"""agreement tests that can see a mutation; others run the same again"""
LONGEST = 600
"""seconds of processor time; a mutation may well make a run endless"""
ARGUMENTS = ["tests/test_engines_agree.py", "-x", "--tb=short", "--hypothesis-seed=0"]
ARGUMENTS += ["-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]


def copy(folder: Path) -> None:
    """The package and its tests; the time stamps stay, so that machine code is found again."""
    for name in ("sim", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("scenarios", "pyproject.toml", "docs"):
        (folder / name).symlink_to(ROOT / name)


def run(folder: Path, chosen: str) -> int:
    """Runs the tests in a copy of this process, which has the libraries loaded; returns pytest's status."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(_child(folder, chosen))
        finally:  # nothing of the parent's is for the child to end
            traceback.print_exc()
            os._exit(70)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _child(folder: Path, chosen: str) -> int:
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    with open(folder / "said", "w") as said:
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    import pytest

    return int(pytest.main([*ARGUMENTS, "-k", chosen]))


def caught(folder: Path, mutation: Mutation | None = None, chosen: str = CHOSEN) -> str:
    """What noticed the mutation: the name of a test; empty if nothing did."""
    if mutation:
        target, whole = folder / "sim" / mutation.file, folder / "whole"
        shutil.copy2(target, whole)
        target.write_text(mutation.applied(whole.read_text("utf-8")), "utf-8")
    try:
        status = run(folder, chosen)
    finally:
        if mutation:
            shutil.move(whole, target)
    if status == -signal.SIGPROF:
        return "a run that does not end"
    if status == 0:
        return ""
    lines = (folder / "said").read_text("utf-8").splitlines()
    failed = [line for line in lines if line.startswith("FAILED")]
    if status != 1 or not failed:
        raise SystemExit("the tests did not run:\n" + "\n".join(lines[-40:]))
    return failed[0].partition("::")[2].partition(" - ")[0]


def load(folder: Path, engine: str) -> None:
    """Loads what the copies of this process have in common."""
    if engine == "national":
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    os.chdir(folder)
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(folder), str(folder / "tests")]
    for library in ("pytest", "pandas", "scipy.stats", "numba", "networkx", "pydantic", "simpy", "holidays"):
        importlib.import_module(library)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("engine", nargs="?", default="all", choices=[*ENGINES, "all"])
    parser.add_argument("--only", default="", help="mutations whose description or file holds this text")
    asked = parser.parse_args()
    if asked.engine == "all":
        again = [[sys.executable, __file__, engine, "--only", asked.only] for engine in ENGINES]
        sys.exit(max(subprocess.run(command, check=False).returncode for command in again))
    every = [one for one in read(HERE / f"mutations_{asked.engine}.txt") if not one.why]
    chosen = [one for one in every if asked.only in f"{one.file}: {one.what}"]
    for one in chosen:
        one.applied((ROOT / "sim" / one.file).read_text("utf-8"))  # refuses a text that is not there once
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy(folder)
        load(folder, asked.engine)
        if found := caught(folder, chosen="everything or rare"):
            raise SystemExit(f"the engines differ as they are: {found}")
        for one in chosen:
            begin = time.perf_counter()
            found = caught(folder, one)
            missed += not found
            verdict = f"caught by {found}" if found else "NOT CAUGHT"
            print(f"{time.perf_counter() - begin:4.0f} s  {one.file}: {one.what}: {verdict}", flush=True)
    print(f"{asked.engine}: {len(chosen) - missed} of {len(chosen)} caught")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
