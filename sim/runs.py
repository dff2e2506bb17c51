"""One run: a scenario on a system, through an engine, to a result."""

from __future__ import annotations

import datetime as dt
import platform
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from sim import dates, results
from sim.changes import read_date
from sim.engine import Engine, Progress
from sim.errors import InputError, nearest, shown
from sim.frames import Frames
from sim.model import Model, build
from sim.number import NumberReader
from sim.pathway_families import PRINCIPAL, WAITING
from sim.pathways import NATIONAL
from sim.reference import Reference
from sim.results import COLUMNS, Result
from sim.scenario import Scenario, load, problems
from sim.system import System
from sim.yaml_lines import numbered

ENGINES = {"national": Engine, "reference": Reference}
"""fast, and plain: both give the same answer"""
SMALLEST_SCALE = 1e-6
BUSY = 0.98
"""an office that used less of its time than this has days without a queue"""
LIBRARIES = ("numpy", "numba", "scipy", "simpy", "pandas", "networkx")


def run(
    scenario: str | Path | Scenario = "baseline",
    *,
    seed: int = 1,
    scale: float = 1.0,
    until: str | dt.date | None = None,
    years: float | None = None,
    history: float = 0.01,
    engine: str = "national",
    progress: Progress | None = None,
    system: System = NATIONAL,
) -> Result:
    """Simulates a scenario, by default the whole country, case by case.

    `scale` 0.01 runs one case in a hundred with one officer-minute in a hundred; counts are given in real cases.
    `until` (inclusive) or `years` cut the run short. `history` is the share of cases whose history is kept.
    The engine "reference" gives the same answer as "national", slowly, by code that is there to be read.
    Raises InputError when the request or the scenario is wrong.
    """
    chosen = load(scenario)
    check(seed, scale, history, engine)
    model = build(chosen, system, scale)
    return simulate(model, seed, until, years, history, engine, progress)


def simulate(
    model: Model,
    seed: int = 1,
    until: str | dt.date | None = None,
    years: float | None = None,
    history: float = 0.01,
    engine: str = "national",
    progress: Progress | None = None,
    brief: bool = False,
) -> Result:
    """A run of a model that is built: a second seed needs no second model. `brief`: with few tables (sim.frames)."""
    chosen, system, scale = model.scenario, model.system, model.scale
    last = _last_day(model, until, years)
    ledger = ENGINES[engine](model, seed, last, history, progress).run()
    tables = Frames(ledger, brief).all()
    info: dict[str, Any] = {
        "scenario": chosen.as_dict(),
        "fingerprint": chosen.fingerprint,
        "digest": results.digest(tables),
        "seed": seed,
        "scale": scale,
        "engine": engine,
        "brief": brief,
        "start": chosen.start.isoformat(),
        "until": dates.date_of(model.start + last).isoformat(),
        "versions": versions(),
        "cases": round(ledger.cases * ledger.weight),
        "transitions": ledger.transitions,
        "misleading_below_scale_1": idle_desks(model, tables["offices"]) if scale < 1 else [],
        "labels": labels(system),
        "tables": COLUMNS,
    }
    result = Result(info, tables)
    result.info["summary"] = results.headline(result)
    return result


def check_file(file: str | Path) -> list[InputError]:
    """Everything wrong with a scenario file; empty if it can be run."""
    if found := problems(file):
        return found
    try:
        build(load(file), NATIONAL, 1.0)  # a number that no pathway reads is a mistake, too
    except InputError as problem:
        return [problem]
    return []


def demo() -> Result:
    """Three years of the baseline at a small scale: a few seconds."""
    return run("baseline", scale=0.02, years=3)


def check(seed: int, scale: float, history: float, engine: str) -> None:
    """Raises InputError if a run cannot be asked for so."""
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise InputError(f"seed {shown(seed)}: a seed is a whole number from 0 to {2**63 - 1}")
    if not _within(scale, SMALLEST_SCALE, 1):
        message = f"a scale is a share of the country, above 0 (at least {SMALLEST_SCALE}) and at most 1"
        raise InputError(f"scale {shown(scale)}: {message}")
    if not _within(history, 0, 1):
        raise InputError(f"history {shown(history)}: a share from 0 to 1")
    if engine not in ENGINES:
        near = nearest(str(engine), ENGINES)
        raise InputError(f"engine {shown(engine)} is not built", allowed=ENGINES, nearest=near)


def _within(number: Any, least: float, most: float) -> bool:
    return isinstance(number, (int, float)) and not isinstance(number, bool) and least <= number <= most


def _last_day(model: Model, until: str | dt.date | None, years: float | None) -> int:
    if until is not None and years is not None:
        raise InputError("give `until` or `years`, not both")
    start, horizon = model.scenario.start, model.scenario.horizon
    end = horizon
    if years is not None:
        if not _within(years, 1 / 12, 100):
            message = "a number of years, at least one month (0.09) and at most 100"
            raise InputError(f"years {shown(years)}: {message}")
        end = (pd.Timestamp(start) + pd.DateOffset(months=round(12 * years))).date() - dt.timedelta(days=1)
        if end > horizon:
            raise InputError(
                f"years {years:g}: the scenario ends on {horizon.isoformat()}; leave `years` out to run it all"
            )
    if until is not None:
        end = read_date(numbered(until), NumberReader(""), "until")
    if not start <= end <= horizon:
        raise InputError(
            f"until {end.isoformat()} lies outside the scenario, {start.isoformat()} to {horizon.isoformat()}"
        )
    return dates.day_of(end) - model.start


def versions() -> dict[str, str]:
    """What ran: Refuge, Python and the libraries that numbers depend on."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"refuge-sim": metadata.version("refuge-sim"), "python": platform.python_version()}
    return found | {name: metadata.version(name) for name in LIBRARIES}


def labels(system: System) -> dict[str, Any]:
    """Plain names of pathways, stages and attributes, so that a result can be read without the code."""
    return {
        "pathways": {pathway.name: pathway.label for pathway in system.pathways},
        "stages": {f"{pathway.name}.{stage.name}": stage.label for pathway, stage in system.stages()},
        "attributes": {attribute.name: attribute.label for attribute in system.attributes},
        "milestones": {f"{p.name}.{m.name}": m.label for p in system.pathways for m in p.milestones},
        "phases": {WAITING: PRINCIPAL} | {one.name: one.label for p in system.pathways for one in p.phases},
    }


def idle_desks(model: Model, offices: pd.DataFrame) -> list[str]:
    """Desks whose office keeps up: there waits grow as one over the scale, so a small scale would mislead."""
    office_of = {name: name.partition(".")[0] for name in offices["office"].unique()}
    whole = offices.groupby(offices["office"].map(office_of))[["used", "capacity"]].sum()
    keeping_up = set(whole.index[whole["used"] < BUSY * whole["capacity"]])
    return [
        f"{pathway.name}.{stage.name}"
        for pathway, stage in model.stages
        if stage.kind == "desk" and stage.office in keeping_up
    ]
