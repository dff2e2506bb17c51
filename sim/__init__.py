"""Refuge: a simulator of the life of a U.S. refugee or asylum case, case by case.

import sim
base = sim.load("baseline")
result = sim.run(base, scale=0.02)
print(result.summary().text())

Each name is loaded when it is first asked for, so that what needs no simulation starts at once.
"""

import sys
from importlib import import_module

TYPE_CHECKING = False  # as typing says; importing it would take longer than all the rest here
if TYPE_CHECKING:
    from sim.changes import Change
    from sim.comparison import Comparison
    from sim.comparison import open_kept as open
    from sim.drawing import Written
    from sim.errors import InputError
    from sim.experiment import Interrupted, replicate
    from sim.experiment_bands import Replications
    from sim.experiment_compare import compare
    from sim.pathway import Pathway
    from sim.pathways import pathway
    from sim.results import Result
    from sim.runs import check_file as check
    from sim.runs import demo, run
    from sim.scenario import Scenario, load
    from sim.scenario_schema import schema
    from sim.shipped import shipped_names as scenarios
    from sim.system import System
    from sim.twins import same_family
    from sim.uncertainty import drawn

# Where each public name is; a test holds the two lists together.
HOMES = {
    "Change": "changes.Change",
    "Comparison": "comparison.Comparison",
    "InputError": "errors.InputError",
    "Interrupted": "experiment.Interrupted",
    "Pathway": "pathway.Pathway",
    "Replications": "experiment_bands.Replications",
    "Result": "results.Result",
    "Scenario": "scenario.Scenario",
    "System": "system.System",
    "Written": "drawing.Written",
    "check": "runs.check_file",
    "compare": "experiment_compare.compare",
    "demo": "runs.demo",
    "drawn": "uncertainty.drawn",
    "load": "scenario.load",
    "open": "comparison.open_kept",
    "pathway": "pathways.pathway",
    "replicate": "experiment.replicate",
    "run": "runs.run",
    "same_family": "twins.same_family",
    "scenarios": "shipped.shipped_names",
    "schema": "scenario_schema.schema",
}

__all__ = [
    "Change",
    "Comparison",
    "InputError",
    "Interrupted",
    "Pathway",
    "Replications",
    "Result",
    "Scenario",
    "System",
    "Written",
    "check",
    "compare",
    "demo",
    "drawn",
    "load",
    "open",
    "pathway",
    "replicate",
    "run",
    "same_family",
    "scenarios",
    "schema",
]


class _Package(type(sys)):  # type: ignore[misc]
    def __getattr__(self, name: str) -> object:
        if name not in HOMES:
            raise AttributeError(f"module 'sim' has no attribute {name!r}")
        module, _, attribute = HOMES[name].partition(".")
        found = getattr(import_module(f"sim.{module}"), attribute)
        setattr(self, name, found)
        return found

    def __setattr__(self, name: str, value: object) -> None:
        # Python would bind the module sim/pathway.py where the function of that name belongs.
        if not (name in HOMES and isinstance(value, type(sys))):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *HOMES})


sys.modules[__name__].__class__ = _Package
