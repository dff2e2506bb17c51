"""Refuge: a simulator of the life of a U.S. refugee or asylum case, case by case.

import sim
base = sim.load("baseline")
result = sim.run(base, scale=0.02)
print(result.summary().text())
"""

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
from sim.uncertainty import drawn

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
    "scenarios",
    "schema",
]
