"""The same small tandem in Refuge, plain SimPy, Ciw and salabim: customers a second.

    pip install -e '.[bench]'; python benchmarks/tandem.py [--customers N]

Two desks in a row with one server each: Poisson arrivals, every service takes the same time, load 0.9. The queue
before the first desk is M/D/1, so its mean wait is load / (2 (1 - load)) services (Pollaczek and Khinchine); the
second never queues. Every tool says the wait that it found, so that it is seen to do the work. Refuge's offices are
rates and serve once a day, so there ten years of such customers pass: as many, as loaded, not the same wait.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

LOAD, SERVICE = 0.9, 10
"""share of the time that a server is busy; days that a service takes"""
THEORY = SERVICE * LOAD / (2 * (1 - LOAD))
MOVES = 3
"""a customer comes, goes from the first desk to the second, and leaves"""

YEARS = 10
NUMBERS = """
title: A tandem
start: 2026-01-01
horizon: {horizon}
sources:
  new: {{rate: {{value: {rate}, unit: cases a month, source: user, confidence: judgement}}}}
tandem:
  first: {{minutes: {{value: {minutes}, unit: minutes, source: user, confidence: judgement}}}}
  second: {{minutes: {{value: {minutes}, unit: minutes, source: user, confidence: judgement}}}}
offices:
  one:
    staff: {{value: 1, unit: servers, source: user, confidence: judgement}}
    minutes_per_day: {{value: {day}, unit: minutes, source: user, confidence: judgement}}
  two:
    staff: {{value: 1, unit: servers, source: user, confidence: judgement}}
    minutes_per_day: {{value: {day}, unit: minutes, source: user, confidence: judgement}}
"""
WORKING_DAYS = 250 / 365.25
"""share of the days on which an office of Refuge works: its load is set for those"""


@dataclass(frozen=True)
class Measured:
    tool: str
    customers: int
    wait: float
    seconds: float

    @property
    def moves_a_second(self) -> float:
        return MOVES * self.customers / self.seconds


def _simpy(customers: int) -> Measured:
    import simpy

    env, chance, waits = simpy.Environment(), np.random.default_rng(1), []
    first, second = simpy.Resource(env), simpy.Resource(env)

    def customer() -> Generator[simpy.Event, Any, None]:
        came = env.now
        with first.request() as turn:
            yield turn
            waits.append(env.now - came)
            yield env.timeout(SERVICE)
        with second.request() as turn:
            yield turn
            yield env.timeout(SERVICE)

    def arrivals() -> Generator[simpy.Event, Any, None]:
        for gap in chance.exponential(SERVICE / LOAD, customers):
            yield env.timeout(gap)
            env.process(customer())

    env.process(arrivals())
    return _clock("SimPy, one process a customer", env.run, lambda: (customers, float(np.mean(waits))))


def _ciw(customers: int) -> Measured:
    import ciw

    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(LOAD / SERVICE), None],
        service_distributions=[ciw.dists.Deterministic(SERVICE)] * 2,
        routing=[[0.0, 1.0], [0.0, 0.0]],
        number_of_servers=[1, 1],
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)

    def found() -> tuple[int, float]:
        waits = [r.waiting_time for r in simulation.get_all_records() if r.node == 1]
        return customers, float(np.mean(waits))

    return _clock("Ciw", lambda: simulation.simulate_until_max_customers(customers, method="Finish"), found)


def _salabim(customers: int) -> Measured:
    import salabim

    salabim.yieldless(False)
    env, chance, waits = salabim.Environment(trace=False), np.random.default_rng(1), []
    first, second = salabim.Resource(env=env), salabim.Resource(env=env)

    class Customer(salabim.Component):
        def process(self) -> Generator[Any, Any, None]:
            came = env.now()
            yield self.request(first)
            waits.append(env.now() - came)
            yield self.hold(SERVICE)
            self.release(first)
            yield self.request(second)
            yield self.hold(SERVICE)
            self.release(second)

    class Arrivals(salabim.Component):
        def process(self) -> Generator[Any, Any, None]:
            for gap in chance.exponential(SERVICE / LOAD, customers):
                yield self.hold(gap)
                Customer(env=env)

    Arrivals(env=env)
    return _clock("salabim", env.run, lambda: (customers, float(np.mean(waits))))


def _refuge(engine: str, customers: int) -> Measured:
    import sim
    from sim.pathway import Pathway, desk, outcome, source, to

    tandem = Pathway(
        name="tandem",
        label="Tandem",
        sources=(source("new", "Customers", enters="first"),),
        stages=(
            desk("first", "First desk", "one", to("second")),
            desk("second", "Second desk", "two", to("done")),
            outcome("done", "Done"),
        ),
    )
    system = sim.System(pathways=(tandem,), attributes=())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "tandem.yaml")
        file.write_text(
            NUMBERS.format(
                horizon=f"{2025 + YEARS}-12-31",
                rate=customers / YEARS / 12,
                minutes=1,
                day=customers / YEARS / 365.25 / WORKING_DAYS / LOAD,
            )
        )
        scenario = sim.load(file)
    asked = {"system": system, "engine": engine, "history": 0.0}
    sim.run(scenario, **asked, until="2026-02-01")  # loads the compiled code
    results: list[sim.Result] = []

    def found() -> tuple[int, float]:
        flow, waits = results[0].flow, results[0].waits
        came = flow[(flow["to_stage"] == "first") & (flow["group"] == "*")]["cases"].sum()
        first = waits[(waits["stage"] == "first") & (waits["basis"] == "left") & (waits["group"] == "*")]
        return int(came), float(np.average(first["mean"], weights=first["cases"]))

    return _clock(f"Refuge, {engine}", lambda: results.append(sim.run(scenario, **asked)), found)


def _clock(tool: str, run: Callable[[], object], found: Callable[[], tuple[int, float]]) -> Measured:
    begin = time.process_time()
    run()
    seconds = time.process_time() - begin
    return Measured(tool, *found(), seconds)


TOOLS: dict[str, Callable[[int], Measured]] = {
    "SimPy": _simpy,
    "Ciw": _ciw,
    "salabim": _salabim,
    "reference": lambda customers: _refuge("reference", customers),
    "national": lambda customers: _refuge("national", customers),
}


def table(customers: int) -> list[str]:
    """Rows of a Markdown table, a tool each."""
    rows = ["| tool | customers | moves a second | mean wait at the first desk |", "|---|---|---|---|"]
    for tool, measure in TOOLS.items():
        # Refuge's national engine is made for many: a hundred times as many take it about as long
        m = measure(customers * (100 if tool == "national" else 1))
        wait = f"{m.wait:.1f} days" if "Refuge" in m.tool else f"{m.wait:.1f} (theory {THEORY:.1f})"
        rows.append(f"| {m.tool} | {m.customers:,} | {m.moves_a_second:,.0f} | {wait} |")
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=50_000)
    print("\n".join(table(parser.parse_args().customers)))
