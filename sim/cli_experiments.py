"""Commands that run a scenario many times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from typer import Argument, Option

import sim
from sim.cli_interrupt import INTERRUPTED, NOTHING_KEPT
from sim.cli_options import (
    AsJson,
    Changes,
    Engine,
    Fixed,
    OutFolder,
    Quiet,
    Runs,
    Scale,
    ScenarioName,
    Seed,
    Until,
    Workers,
    Years,
    asked,
    console,
    date_text,
    print_summary,
)
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.experiment_clock import Tell


def replicate(
    scenario: ScenarioName = "baseline",
    changes: Changes = None,
    runs: Runs = 10,
    workers: Workers = None,
    fixed: Fixed = False,
    seed: Seed = 1,
    scale: Scale = 1.0,
    until: Until = None,
    years: Years = None,
    engine: Engine = "national",
    out: OutFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario many times and say how far the answers lie apart.

    Each run draws the uncertain numbers anew between their low and high, unless --fixed. Ctrl-C keeps the runs
    that are finished. At scale 1 each worker needs some gigabytes of memory.

    \b
    refuge replicate baseline --runs 10 --scale 0.05
    refuge replicate --runs 20 --workers 2 --years 5 --out bands
    """
    if until is not None and years is not None:
        raise InputError("give --until or --years, not both")
    chosen = asked(scenario, changes)
    found: sim.Replications | sim.Comparison | None
    interrupted = False
    try:
        with runs_progress(Console(stderr=True, quiet=quiet), lines=not as_json) as tell:
            found = sim.replicate(
                chosen,
                runs=runs,
                workers=workers,
                seed=seed,
                scale=scale,
                until=date_text(until, "--until"),
                years=years,
                fixed=fixed,
                engine=engine,
                progress=tell,
                out=out,
            )
    except sim.Interrupted as stop:
        found, interrupted = stop.kept, True
    if found is not None:
        _print(found, as_json, quiet)
        if out is not None and not (as_json or quiet):
            console().print(f"Kept in {out}")
    if interrupted:
        typer.echo(_kept(found, runs, out), err=True)
        raise typer.Exit(INTERRUPTED)


def compare(
    scenarios: Annotated[
        list[str], Argument(metavar="A B [C ...]", help="Shipped names, or files; the first to compare with.")
    ],
    changes: Annotated[
        list[str] | None,
        Option(
            "--set", metavar="PATH=VALUE[@DATE]", help="One more scenario: the first with these numbers set."
        ),
    ] = None,
    runs: Runs = 10,
    workers: Workers = None,
    fixed: Fixed = False,
    again: Annotated[
        int | None,
        Option(metavar="N", help="Pairs run again with other chance, to tell its part of the spread.", min=0),
    ] = None,
    seed: Seed = 1,
    scale: Scale = 1.0,
    until: Until = None,
    years: Years = None,
    engine: Engine = "national",
    out: OutFolder = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Compare scenarios, pair by pair: the same people, luck and numbers in each.

    Each pair of runs draws the uncertain numbers anew, the same in every scenario, unless --fixed. Ctrl-C keeps
    the pairs that are finished. At scale 1 each worker needs some gigabytes of memory.

    \b
    refuge compare baseline more_judges --runs 10 --scale 0.05
    refuge compare baseline --set offices.immigration_judges.staff=1000@2027-10-01 --scale 0.05
    """
    if until is not None and years is not None:
        raise InputError("give --until or --years, not both")
    from sim.experiment_compare import AGAIN

    chosen = [sim.load(name) for name in scenarios]
    if changes:
        chosen.append(asked(chosen[0], changes))
    if len(chosen) < 2:
        raise InputError("name two scenarios, or one and what to change in it with --set")
    found: sim.Comparison | sim.Replications | None
    interrupted = False
    try:
        with runs_progress(Console(stderr=True, quiet=quiet), lines=not as_json) as tell:
            found = sim.compare(
                *chosen,
                runs=runs,
                workers=workers,
                seed=seed,
                scale=scale,
                until=date_text(until, "--until"),
                years=years,
                fixed=fixed,
                again=AGAIN if again is None else again,
                engine=engine,
                progress=tell,
                out=out,
            )
    except sim.Interrupted as stop:
        found, interrupted = stop.kept, True
    if found is not None:
        _print(found, as_json, quiet)
        if out is not None and not (as_json or quiet):
            console().print(f"Kept in {out}")
    if interrupted:
        typer.echo(_kept(found, runs, out), err=True)
        raise typer.Exit(INTERRUPTED)


def _kept(found: sim.Replications | sim.Comparison | None, runs: int, out: Path | None) -> str:
    """What Ctrl-C has left."""
    if found is None:
        return NOTHING_KEPT
    if isinstance(found.runs, dict):
        count, what = len(next(iter(found.runs.values())).runs), "runs of each scenario"
    else:
        count, what = len(found.runs), "runs"
    done = f"refuge: interrupted; {count} of {runs} {what} were finished"
    return f"{done} and are kept in {out}." if out is not None else f"{done}; the answer is about these."


def _print(found: sim.Replications | sim.Comparison, as_json: bool, quiet: bool) -> None:
    info = found.info
    if as_json:
        shown = {name: fact for name, fact in info.items() if name not in ("scenario", "tables")}
        typer.echo(json.dumps(shown, indent=2, allow_nan=False))
    elif not quiet:
        print_summary(found.summary())
        seeds = info["seeds"] if isinstance(found, sim.Comparison) else [run.seed for run in found.runs]
        many = f"{len(seeds)} {'pairs of runs' if isinstance(found, sim.Comparison) else 'runs'}"
        console().print(
            f"\n{info['start']} to {info['until']}, {many}, seeds {seeds[0]} to {seeds[-1]}, "
            f"scale {info['scale']:g}. National estimates; not legal advice."
        )


@contextmanager
def runs_progress(screen: Console, lines: bool = True) -> Iterator[Tell | None]:
    """What `replicate` calls to move a bar (runs done, time left), or to write a line for each run done."""
    if screen.quiet or not (screen.is_terminal or lines):
        yield None
        return
    if not screen.is_terminal:
        told = 0

        def write(done: float, asked: int, left: float | None) -> None:
            nonlocal told
            if int(done) > told:
                told = int(done)
                typer.echo(progress_text(done, asked, left if told < asked else None), err=True)

        yield write
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), console=screen, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(done: float, asked: int, left: float | None) -> None:
            spent = bar.tasks[task].elapsed or 0.0
            total = None if left is None else spent + left
            bar.update(task, description=progress_text(done, asked, left), total=total, completed=spent)

        yield tell


def progress_text(done: float, asked: int, left: float | None) -> str:
    """How far the runs are: "3 of 10 runs done, about 4 min left"."""
    text = f"{int(done)} of {asked} runs done"
    if left is None:
        return text
    return f"{text}, about {left / 60:.0f} min left" if left >= 90 else f"{text}, about {left:.0f} s left"
