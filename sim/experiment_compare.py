"""Several scenarios, run with the same seeds and the same sets of uncertain numbers, and compared pair by pair."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from sim.comparison import FILES, Comparison
from sim.errors import InputError
from sim.experiment import MOST_RUNS, Cancel, Interrupted, Job, hold_whole, perform
from sim.experiment_bands import Measured
from sim.experiment_clock import Tell
from sim.folder import refuse_other
from sim.pathways import NATIONAL
from sim.scenario import Change, Scenario, load
from sim.system import System
from sim.uncertainty import uncertain

MOST_SCENARIOS = 20
AGAIN = 3
"""pairs that are run again with other chance, to tell how much of a spread chance makes"""
NAMED, LONGEST = 2, 40  # changes that a title names, and characters of a value there

Asked = str | Path | Scenario | Mapping[str, str | Path | Scenario]


def compare(
    *scenarios: Asked,
    runs: int = 10,
    workers: int | None = None,
    seed: int = 1,
    scale: float = 1.0,
    until: str | dt.date | None = None,
    years: float | None = None,
    fixed: bool = False,
    again: int = AGAIN,
    engine: str = "national",
    progress: Tell | None = None,
    cancel: Cancel | None = None,
    out: str | Path | None = None,
    executor: Executor | None = None,
    system: System = NATIONAL,
) -> Comparison:
    """Runs scenarios `runs` times each and says how far the others lie from the first, pair by pair.

    A pair has one seed: the same people with the same luck and, unless `fixed`, one set of the uncertain numbers. What
    a scenario sets, stays. `again` of the pairs are run a second time with the same numbers and other chance (seeds
    after the last), to tell how much of the spread is chance; with `fixed` all of it is. Scenarios are names, files
    or `Scenario`s, or one mapping that gives them names of its own. They must start on one day; where they end on
    different days, the comparison ends with the first. The rest is as in `replicate`; where the work is stopped, the
    seeds that all scenarios have finished are kept. Raises InputError when nothing is left to compare.
    """
    chosen = _named(scenarios)
    hold_whole("runs", runs, 1, MOST_RUNS)
    hold_whole("again", again, 0, MOST_RUNS)
    hold_whole("workers", 1 if workers is None else workers, 1, MOST_RUNS)
    hold_whole("seed", seed, 0, 2**63 - 2 * runs)
    if out is not None:
        refuse_other(Path(out), FILES)
    extra = 0 if fixed else min(again, runs)
    seeds = [(n, n) for n in range(seed, seed + runs)] + [(n + runs, n) for n in range(seed, seed + extra)]
    jobs = [
        Job(each, own, None if fixed else numbers, scale, until, years, engine, system)
        for own, numbers in seeds
        for each in chosen.values()
    ]
    done: dict[int, Measured] = {}

    def answer() -> Comparison | None:
        whole = [
            (own, numbers, {name: done[place * len(chosen) + n] for n, name in enumerate(chosen)})
            for place, (own, numbers) in enumerate(seeds)
            if all(place * len(chosen) + n in done for n in range(len(chosen)))
        ]
        pairs = {own: found for own, numbers, found in whole if own == numbers or fixed}
        repeated = {numbers: found for own, numbers, found in whole if own != numbers and numbers in pairs}
        if not pairs:
            return None
        found = Comparison.of(
            {name: [each[name] for each in pairs.values()] for name in chosen},
            again={name: {n: each[name] for n, each in repeated.items()} for name in chosen},
            fixed=fixed,
            info=_facts(chosen, seed, runs, fixed),
        )
        if out is not None:
            found.save(out)
        return found

    try:
        perform(jobs, done, workers=workers, executor=executor, progress=progress, cancel=cancel)
    except KeyboardInterrupt:
        raise Interrupted(answer()) from None
    if (found := answer()) is None:
        raise InputError("cancelled before the first pair of runs was finished")
    return found


def _facts(chosen: Mapping[str, Scenario], seed: int, runs: int, fixed: bool) -> dict[str, Any]:
    first = next(iter(chosen.values()))
    heads = {
        name: {
            "title": _title(each, first),
            "fingerprint": each.fingerprint,
            "look_at": _look_at(each, first),
            "chain": list(each.chain),
        }
        for name, each in chosen.items()
    }
    numbers = 0 if fixed else max(len(uncertain(each)) for each in chosen.values())
    return {"seed": seed, "asked": runs, "fixed": fixed, "uncertain_numbers": numbers, "heads": heads}


# -- what is compared ------------------------------------------------------------------------------


def _named(asked: tuple[Any, ...]) -> dict[str, Scenario]:
    """The scenarios by names that differ, all over the same days."""
    if len(asked) == 1 and isinstance(asked[0], Mapping):
        chosen = {str(name): load(each) for name, each in asked[0].items()}
    else:
        loaded = [load(each) for each in asked]
        seen: Counter[str] = Counter()
        chosen = {}
        for each in loaded:
            seen[each.name] += 1
            changed = f"{each.name} (changed{f' {seen[each.name] - 1}' if seen[each.name] > 2 else ''})"
            chosen[each.name if seen[each.name] == 1 else changed] = each
    if not 2 <= len(chosen) <= MOST_SCENARIOS:
        raise InputError(f"{len(chosen)} scenarios given; a comparison takes 2 to {MOST_SCENARIOS}")
    _hold_different(chosen)
    first = next(iter(chosen))
    for name, each in chosen.items():
        if each.start != chosen[first].start:
            message = f"{name!r} starts on {each.start} and {first!r} on {chosen[first].start}"
            raise InputError(f"{message}; only scenarios with one first day can be compared")
    end = min(each.horizon for each in chosen.values())
    return {name: each if each.horizon == end else each.between(horizon=end) for name, each in chosen.items()}


def _hold_different(chosen: Mapping[str, Scenario]) -> None:
    names = list(chosen)
    for place, name in enumerate(names):
        for other in names[place + 1 :]:
            if chosen[name].digest == chosen[other].digest:
                raise InputError(f"{name!r} and {other!r} have the same numbers and days: nothing to compare")


def _title(one: Scenario, first: Scenario) -> str:
    """A title that tells a scenario from the first."""
    if one is first or one.title != first.title:
        return one.title
    own = one.changes[len(first.changes) :] or one.changes
    named = ", ".join(_words(change) for change in own[:NAMED])
    more = f" and {len(own) - NAMED} more changes" if len(own) > NAMED else ""
    return f"{named}{more}" if named else f"{one.title} (changed)"


def _words(change: Change) -> str:
    sign = {"set": "=", "scale": "times", "add": "plus", "ramp": "moving to"}[change.op]
    since = f" from {change.since}" if change.since else ""
    value = str(change.value)
    return f"{change.path} {sign} {value if len(value) <= LONGEST else value[: LONGEST - 1] + '…'}{since}"


def _look_at(one: Scenario, first: Scenario) -> list[str]:
    """The measures that a scenario's own file names; a change made here has none."""
    return [] if one.title == first.title else list(one.look_at)
