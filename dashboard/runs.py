"""Runs in the background: asked for by pages, done by worker processes, shared by all visitors.

    ticket = runs.ask(scenario, slot="what-if")          # a sim.Result at interactive scale, seed 1
    if ticket.wait(1.0): frame = ticket.answer.stock     # or look at ticket.share and come back
    tickets = [runs.ask(scenario, seed=n, drawn=True, measures=True, slot="bands") for n in ...]

Whoever asks for a run that is known gets it at once, and who asks for one that is under way joins it. A slot belongs to
one visitor: `runs.keep(slot, tickets)` lets go of what the slot asked for before, and a run that nobody wants stops.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable

import kept
import levers
from pool import LATER, NOW, Pool, Refused
from ticket import Ticket
from worker import Ask, Family

import sim

__all__ = ["SCALE", "Refused", "Ticket", "again", "ask", "keep", "pool", "ready", "usual_scale"]

SCALE = float(os.environ.get("REFUGE_SCALE") or 0.02)  # of the answer at once
SMALL = 20_000  # cases of which every one is followed
MOST_YEARS = 21  # of one run

_pool: Pool | None = None
_starting = threading.Lock()


def pool() -> Pool:
    """The workers of this computer, started when first needed; REFUGE_WORKERS says how many."""
    global _pool  # noqa: PLW0603
    with _starting:
        if _pool is None:
            cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
            _pool = Pool(int(os.environ.get("REFUGE_WORKERS") or max(2, min(cores, 8))))
        return _pool


def ready() -> bool:
    """Whether a worker has loaded the model; the first time on a computer it is compiled, half a minute."""
    return any(process.ready for process in pool().processes)


def ask(
    scenario: sim.Scenario,
    *,
    seed: int = 1,
    scale: float | None = None,
    drawn: bool = False,
    history: float = 0.0,
    measures: bool = False,
    family: Family | None = None,
    later: bool = False,
    slot: str = "page",
    visitor: str | None = None,
) -> Ticket:
    """Asks for a run, at the interactive scale unless said otherwise.

    `later`: it may wait for those that somebody looks at. Raises Refused when it is too much.
    """
    scale = usual_scale(scenario) if scale is None else scale
    years = (scenario.horizon - scenario.start).days / 365.25
    if years > MOST_YEARS:
        raise Refused(
            f"This scenario runs {years:.0f} years; a page runs at most {MOST_YEARS - 1}. "
            "The command `refuge run` takes it."
        )
    words = (
        scenario.digest,
        scenario.name,
        scenario.title,
        seed,
        f"{scale:g}",
        drawn,
        f"{history:g}",
        measures,
        family,
    )
    key = hashlib.sha256("\n".join(map(str, words)).encode()).hexdigest()[:32]
    folder = "" if family else str(kept.folder(key))  # a small table, quickly made again
    job = Ask(scenario, seed, scale, drawn, history, measures, folder, family)
    return pool().ask(job, key, LATER if later else NOW, (visitor or _visitor(), slot))


def usual_scale(scenario: sim.Scenario) -> float:
    """The scale of the answer at once: the interactive one, but every case of a small scenario, such as a class's."""
    return SCALE if levers.cases(scenario) > SMALL else 1.0


def keep(slot: str, tickets: Iterable[Ticket] = (), visitor: str | None = None) -> None:
    """Of all that this visitor's slot asked for, only these runs are still wanted; without any, all are cancelled."""
    pool().keep((visitor or _visitor(), slot), {ticket.key for ticket in tickets})


def again(tickets: Iterable[Ticket]) -> None:
    """Retry: runs that failed are done anew when they are next asked for."""
    pool().again({ticket.key for ticket in tickets})


def _visitor() -> str:
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    context = get_script_run_ctx()
    return context.session_id if context is not None else "nobody"
