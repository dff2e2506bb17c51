"""Breaks one line of an engine at a time, and holds that the agreement tests notice.

    python benchmarks/mutations.py [reference|national|all] [--only TEXT]

Each mutation is applied to a copy of the package, where tests/test_engines_agree.py runs until its first failure: first
the one test that the list expects to fail, then all of them. Whatever fails must pass on the code as it is. Prints what
caught each mutation, with seconds of processor time, or NOT CAUGHT; exits 1 if one was not caught. The lists are
`mutations_reference.txt` and `mutations_national.txt`. The national engine runs without being compiled, which gives the
same answer as long as a case's attributes fit into 32 bits; the country's do not.
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
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from mutation import Mutation, read

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENGINES = ("reference", "national")
TESTS = "tests/test_engines_agree.py"
SMALL = "not taken and not line and not handling and not names and not country"
CHOSEN = {"reference": f"({SMALL}) or (country and frequent)", "national": SMALL}
"""agreement tests that can see a mutation; others run the same again"""
LONGEST = 600
"""seconds of processor time for one test; a mutation may well make a run endless"""
ARGUMENTS = ["-x", "--tb=short", "--hypothesis-seed=0", "-p", "no:cacheprovider", "-p", "no:xdist"]
ARGUMENTS += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]


def copy(folder: Path) -> None:
    """The package and its tests; the time stamps stay, so that machine code is found again."""
    for name in ("sim", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("scenarios", "pyproject.toml", "docs"):
        (folder / name).symlink_to(ROOT / name)


class Started:
    """Tells pytest to write down which test it starts, and to end one that takes too long."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        Path("started").write_text(nodeid.partition("::")[2], "utf-8")
        signal.setitimer(signal.ITIMER_PROF, LONGEST)


def run(chosen: list[str]) -> int:
    """Runs tests in a copy of this process, which has the libraries loaded; returns pytest's status."""
    child = os.fork()
    if child == 0:
        try:
            with open("said", "w") as said:
                os.dup2(said.fileno(), 1)
                os.dup2(said.fileno(), 2)
            import pytest

            os._exit(int(pytest.main([*ARGUMENTS, *chosen], plugins=[Started()])))
        finally:  # nothing of the parent's is for the child to end
            traceback.print_exc()
            os._exit(70)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def failing(*chosen: str) -> str:
    """The name of the first test that fails or does not end; empty if all pass."""
    shutil.rmtree(".hypothesis", ignore_errors=True)  # the same examples for each mutation
    status = run(list(chosen))
    if status == 0:
        return ""
    if status not in {1, -signal.SIGPROF}:
        raise SystemExit("the tests did not run:\n" + Path("said").read_text("utf-8")[-4000:])
    return Path("started").read_text("utf-8")


@cache
def sound(test: str) -> bool:
    """Whether a test passes on the code as it is."""
    return not failing(f"{TESTS}::{test}")


@contextmanager
def broken(mutation: Mutation) -> Iterator[None]:
    """The copy with a mutation in it."""
    target = Path("sim", mutation.file)
    shutil.copy2(target, "whole")
    target.write_text(mutation.applied(target.read_text("utf-8")), "utf-8")
    try:
        yield
    finally:
        shutil.move("whole", target)


def caught(mutation: Mutation, chosen: str) -> str:
    """The test that notices a mutation, of the expected one and those chosen; empty if none does."""
    with broken(mutation):
        found = failing(f"{TESTS}::{mutation.seen}") if mutation.seen else ""
        found = found or failing(TESTS, "-k", chosen)
    if found and not sound(found):
        raise SystemExit(f"{found} does not pass on the code as it is")
    return found


def load(folder: Path, engine: str) -> None:
    """Goes to the copy and loads what the copies of this process have in common."""
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
    missed, spent = 0, 0.0
    with tempfile.TemporaryDirectory() as name:
        copy(Path(name))
        load(Path(name), asked.engine)
        for one in chosen:
            found = caught(one, CHOSEN[asked.engine])
            missed += not found
            verdict = f"caught by {found}" if found else "NOT CAUGHT"
            times = os.times()
            now = times.children_user + times.children_system
            print(f"{now - spent:4.0f} s  {one.file}: {one.what}: {verdict}", flush=True)
            spent = now
    print(f"{asked.engine}: {len(chosen) - missed} of {len(chosen)} caught, {spent:.0f} s")
    sys.exit(missed > 0)


if __name__ == "__main__":
    main()
