"""How fast and how large: every line that the design sets a target for, measured in one go.

    pip install -e '.[bench]'; python benchmarks/speed.py [--quick]        (or: make bench)

Each measurement is a process of its own, so that none warms another up. Prints two tables; without `--quick`, which
leaves the runs at scale 1 out, it also writes docs/speed.md and its picture. Absolute seconds belong to the machine
named; ratios travel better.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import tandem

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
PICTURE = PAGE.with_name("speed.svg")
SIZES = (0.0012, 0.012, 0.12, 1.0)
"""scales at which the baseline makes about 10^5, 10^6, 10^7 and 10^8 transitions"""
SLIDER = """
base = sim.load("baseline")
def move(judges):
    start = time.perf_counter()
    chosen = base.change("offices.immigration_judges.staff", judges, since="2027-10-01")
    sim.run(chosen, scale=0.02)
    whole = time.perf_counter() - start
    model = build(chosen, NATIONAL, 0.02)
    start = time.perf_counter()
    fast.Engine(model, 1, model.days, 0.01).run()
    return time.perf_counter() - start, whole
move(700)
alone, whole = (sorted(each)[4] for each in zip(*(move(700 + 10 * turn) for turn in range(1, 10))))
say(alone=alone, whole=whole)
"""

TEXT = """# Speed

Written by `make bench`. Targets are those of the design. Measured on {machine}; seconds belong to that machine, ratios
travel better; how quick it was that day, other people's code in the second table tells. Transitions count the work that
was done: every move of a case from one stage to another, entries and outcomes included.

{rows}

![Transitions a second against the size of the run](speed.svg)

A small run is bound by its days, not by its cases: each of about 3,800 days costs the same few dozen microseconds
whether ten cases move or none.

## The same small tandem in other tools

Two desks in a row, one server each, load 0.9; see `benchmarks/tandem.py`. The tools draw chance, keep queues and write
records in ways of their own, so these are orders of magnitude.

{same}
"""

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
    most = [0]
    def watch(day, days, cases):
        most[0] = max(most[0], cases)
    made = (fast.Engine if name == "national" else plain.Reference)(model, 1, last, 0.01, progress=watch)
    start, cpu = time.perf_counter(), time.process_time()
    ledger = made.run()
    return time.perf_counter() - start, time.process_time() - cpu, ledger, most[0]
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
    """Seconds, transitions and cases of one run, all code compiled and loaded beforehand; the quickest of three runs
    where one takes a second or less, since then the rest of the computer counts as much."""
    return measure(
        f"timed('{name}', 0.0005, 30); wall, cpu, ledger, most = timed('{name}', {scale})\n"
        f"for _ in range(2 if wall < 1 else 0): wall, cpu = min((wall, cpu), timed('{name}', {scale})[:2])\n"
        "say(wall=wall, cpu=cpu, transitions=ledger.transitions, cases=ledger.cases, open=most)"
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
    moves = measure(SLIDER)
    return [
        Line("a slider move: ten years at scale 0.02, warm: simulation", "0.5 s", f"{moves['alone']:.2f} s"),
        Line("the same with the model built and all tables made", "", f"{moves['whole']:.2f} s"),
    ]


def slider_on_the_page() -> list[Line]:
    """What the browser's test measures: from the key to the frame in which the chart has changed."""
    asked = [sys.executable, "-m", "pytest", "-q", str(PAGE.parents[1] / "tests" / "browser"), "-k", "slider"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, cwd=PAGE.parents[1])
    found = re.search(r"a move of a slider: median of \d+ ([\d.]+) s", said.stdout)
    measured = f"{found[1]} s" if found else "not measured: it needs Chromium"
    return [Line("a slider move on the page, in a browser, median of 20", "1 s", measured)]


def memory(small: dict[str, float], large: dict[str, float]) -> list[Line]:
    each = (large["peak_gb"] - small["peak_gb"]) * 1e9 / (large["open"] - small["open"])
    return [Line("memory for each open case (most open at once)", "linear", f"{each:.0f} bytes")]


def sizes(runs: dict[float, dict[str, float]]) -> list[Line]:
    return [
        Line(
            f"{run['transitions']:,.0f} transitions (scale {scale:g}, {run['cases']:,.0f} cases)",
            "flat within 20 % from 10^6 to 10^8",
            f"{run['transitions'] / run['cpu']:,.0f} a second of CPU; peak {run['peak_gb']:.1f} GB",
        )
        for scale, run in runs.items()
    ]


def plot(runs: dict[float, dict[str, float]]) -> None:
    """The picture of the page: transitions a second against the size of the run."""
    import matplotlib as mpl
    from matplotlib import pyplot

    mpl.rcParams["svg.hashsalt"] = "refuge"  # the same numbers give the same file
    figure, axes = pyplot.subplots(figsize=(6.4, 3.6))
    size = [run["transitions"] for run in runs.values()]
    axes.loglog(size, [run["transitions"] / run["cpu"] for run in runs.values()], "o-", color="#0072B2")
    axes.set(xlabel="transitions in the run", ylabel="transitions a second of CPU", ylim=(1e4, 1e8))
    axes.set_title("National engine, the baseline at four scales", loc="left")
    axes.grid(alpha=0.3)
    figure.savefig(PICTURE, bbox_inches="tight", metadata={"Date": None})


def starts() -> list[Line]:
    first_day = "timed('national', 0.001, 1); say(wall=time.perf_counter() - begin)"
    with tempfile.TemporaryDirectory() as folder:
        cold = measure(first_day, NUMBA_CACHE_DIR=folder)
        warm = measure(first_day, NUMBA_CACHE_DIR=folder)
    return [
        Line("first run after installation, compilation included", "30 s", f"{cold['wall']:.0f} s"),
        Line("later process start to the first simulated day", "3 s", f"{warm['wall']:.1f} s"),
    ]


def workers(quick: bool) -> list[Line]:
    runs, scale, years = (4, 0.05, 5) if quick else (10, 0.3, 10)
    code = (
        f"sim.replicate(runs={runs}, workers={{}}, scale={scale}, years={years})\n"
        "say(wall=time.perf_counter() - imported)"
    )
    one, two = (measure(code.format(count))["wall"] for count in (1, 2))
    what = f"two workers against one, {runs} runs of {years} years at scale {scale}"
    return [Line(what, "1.8 times", f"{one / two:.2f} times ({one:.0f} s, {two:.0f} s)")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="leave the runs at scale 1 out")
    quick = parser.parse_args().quick
    engine_speed("national", 0.02)  # whatever is not compiled yet
    runs = {scale: engine_speed("national", scale) for scale in SIZES[: 3 if quick else 4]}
    lines = ([] if quick else country(runs[1.0])) + engines() + slider() + slider_on_the_page() + sizes(runs)
    lines += memory(runs[SIZES[1]], list(runs.values())[-1])
    lines += starts() + workers(quick)
    rows = ["| what | target | measured |", "|---|---|---|"]
    rows += [f"| {line.what} | {line.target} | {line.measured} |" for line in lines]
    same = tandem.table(20_000)
    print("\n".join([*rows, "", *same]))
    if not quick:
        plot(runs)
        PAGE.write_text(TEXT.format(machine=machine(), rows="\n".join(rows), same="\n".join(same)))


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB of memory, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
