"""How fast and how large: every line that the design sets a target for, measured in one go.

    python benchmarks/speed.py [--quick]        (or: make bench)

Each measurement is a process of its own, so that none warms another up. Prints a table and writes docs/speed.md.
`--quick` leaves the runs at scale 1 out. Absolute seconds belong to the machine named; ratios travel better.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
SIZES = (0.0012, 0.012, 0.12, 1.0)

MEASURE = """
import json, resource, time
begin = time.perf_counter()
import sim
from sim.model import build
from sim.pathways import NATIONAL
from sim import engine as fast, reference as plain
imported = time.perf_counter()
def timed(name, scale, days=None):
    model = build(sim.load("baseline"), NATIONAL, scale)
    last = days or model.days
    made = (fast.Engine if name == "national" else plain.Reference)(model, 1, last, 0.01)
    start, cpu = time.perf_counter(), time.process_time()
    ledger = made.run()
    return time.perf_counter() - start, time.process_time() - cpu, ledger
def say(**facts):
    facts["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps(facts))
"""


@dataclass
class Line:
    what: str
    target: str
    measured: str


def measure(code: str, **environment: str) -> dict[str, float]:
    """What a fresh process says after running `code`."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE + code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def engine_speed(name: str, scale: float) -> dict[str, float]:
    """Seconds, transitions and cases of one run, the kernel loaded beforehand."""
    return measure(
        f"timed('{name}', 0.0005, 30); wall, cpu, ledger = timed('{name}', {scale})\n"
        "say(wall=wall, cpu=cpu, transitions=ledger.transitions, cases=ledger.cases)"
    )


def country(whole: dict[str, float]) -> list[Line]:
    return [
        Line("baseline at scale 1, one process: simulation", "30 s (aim 15 s)", f"{whole['wall']:.0f} s"),
        Line("the same: peak memory", "4 GB (aim 2 GB)", f"{whole['peak_gb']:.1f} GB"),
    ]


def engines() -> list[Line]:
    national, reference = (engine_speed(name, 0.004) for name in ("national", "reference"))
    fast, slow = (each["transitions"] / each["cpu"] for each in (national, reference))
    return [
        Line(
            f"national against reference, {national['cases']:,.0f} cases, transitions a second",
            "at least 100 times",
            f"{fast / slow:.0f} times ({fast:,.0f} against {slow:,.0f})",
        )
    ]


def slider() -> list[Line]:
    facts = measure(
        "timed('national', 0.02)\n"
        "walls = sorted(timed('national', 0.02)[0] for _ in range(5)); say(wall=walls[2])"
    )
    return [
        Line("ten years at scale 0.02, warm, engine alone (median of 5)", "0.5 s", f"{facts['wall']:.2f} s")
    ]


def sizes(runs: dict[float, dict[str, float]]) -> list[Line]:
    speeds = {scale: run["transitions"] / run["wall"] for scale, run in runs.items()}
    return [
        Line(
            f"{runs[scale]['transitions']:,.0f} transitions (scale {scale:g})",
            "flat within 20 % from 10^6 to 10^8",
            f"{speed:,.0f} a second; peak {runs[scale]['peak_gb']:.1f} GB",
        )
        for scale, speed in speeds.items()
    ]


def starts() -> list[Line]:
    first_day = "timed('national', 0.001, 1); say(wall=time.perf_counter() - begin)"
    with tempfile.TemporaryDirectory() as folder:
        cold = measure(first_day, NUMBA_CACHE_DIR=folder)
        warm = measure(first_day, NUMBA_CACHE_DIR=folder)
    return [
        Line("first run after installation, compilation included", "30 s", f"{cold['wall']:.0f} s"),
        Line("later process start to the first simulated day", "3 s", f"{warm['wall']:.1f} s"),
    ]


def workers() -> list[Line]:
    code = (
        "runs = sim.replicate(runs=6, workers={}, scale=0.1, years=5)\n"
        "say(wall=time.perf_counter() - imported)"
    )
    one, two = (measure(code.format(count))["wall"] for count in (1, 2))
    return [
        Line("two workers against one, 6 runs of 5 years at scale 0.1", "1.8 times", f"{one / two:.2f} times")
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="leave the runs at scale 1 out")
    quick = parser.parse_args().quick
    runs = {scale: engine_speed("national", scale) for scale in SIZES[: 3 if quick else 4]}
    lines = ([] if quick else country(runs[1.0])) + engines() + slider() + sizes(runs) + starts() + workers()
    rows = ["| what | target | measured |", "|---|---|---|"]
    rows += [f"| {line.what} | {line.target} | {line.measured} |" for line in lines]
    print("\n".join(rows))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if not quick:
        PAGE.write_text(
            "# Speed\n\nWritten by `make bench`. Targets are those of the design. Measured on "
            f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB of memory, Python "
            f"{platform.python_version()}; seconds belong to that machine, ratios travel better.\n\n"
            + "\n".join(rows)
            + "\n"
        )


if __name__ == "__main__":
    main()
