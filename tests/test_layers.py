"""Who may import whom, and what each layer may not do: read from the source of `sim`."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

import sim

ROOT = Path(__file__).parents[1]
SIM = ROOT / "sim"

# Lowest first. A name also stands for the modules that continue it: `kernel` for `kernel_desks`, too.
LAYERS: dict[str, set[str]] = {
    "words": {
        "errors", "folder", "glossary", "compiled", "handover", "dates", "casekey", "chance", "distributions", "laws",
        "durations", "schedule", "series", "trees", "units",
    },
    "description": {
        "shipped", "evidence", "yaml_lines", "number", "changes", "edits", "revision", "scenario", "pathway",
        "system", "pathways", "drawing", "uncertainty",
    },
    "bridge": {"layout", "tables", "capacity", "structure", "service", "tallies", "model", "arrivals"},
    "dynamics": {
        "lookup", "queues", "counting", "moves", "stays", "desks", "gates", "kernel", "ledger", "engine", "reference",
    },
    "experiment": {
        "columns", "frames", "histograms", "measures", "summary", "results", "checks", "runs", "comparison",
        "experiment", "backtest", "twins", "waits",
    },
    "outlets": {"export", "report", "display"},
    "command": {"cli", "__main__"},
}  # fmt: skip
ORDER = list(LAYERS)

# Libraries that have one home.
ONLY = {
    "simpy": {"engine", "reference"},
    "networkx": {"pathway", "pathways", "system"},
    "ruamel": {"yaml_lines", "scenario"},
    "typer": {"cli"},
    "rich": {"cli", "display"},
    "numba": {"compiled", "handover"},
    "xlsxwriter": {"export"},
}
AGENCY = re.compile(
    r"asylum|refugee|immigra|uscis|eoir|\bcourts?\b|\bjudges?\b|\bhearings?\b|\bi-\d{3}\b|petition|\bboard\b",
    re.IGNORECASE,
)


def modules() -> dict[str, ast.Module]:
    """Every module of `sim` by its dotted name below it; the package itself is ''."""
    found = {}
    for path in sorted(SIM.rglob("*.py")):
        if "_shipped" not in path.parts:
            name = ".".join(path.relative_to(SIM).with_suffix("").parts).removesuffix("__init__").rstrip(".")
            found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def belongs(module: str, names: set[str]) -> bool:
    """Whether a module is one of `names`, inside one, or continues one."""
    top = module.partition(".")[0]
    return any(top == name or top.startswith(f"{name}_") for name in names)


def layer(module: str) -> str:
    """The layer of a module, or '' if it has none."""
    return next((name for name, members in LAYERS.items() if belongs(module, members)), "")


TREES = modules()
MODULES = [module for module in TREES if module]
LAYERED = [module for module in MODULES if layer(module)]
ENGINES = [module for module in LAYERED if layer(module) in ("bridge", "dynamics")]
PATHWAYS = [
    module for module in MODULES if module.startswith("pathways.") and module != "pathways.attributes"
]


def imports(tree: ast.AST) -> Iterator[str]:
    """Every name a module imports, dotted in full: `from sim import dates` is sim.dates.

    What it imports for its types only is left out: nothing of it is there when the module runs.
    """
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield from imports(node)


def inner(module: str) -> set[str]:
    """The other modules of `sim` that a module imports ('' is the package itself)."""
    found = set()
    for name in imports(TREES[module]):
        if name == "sim" or name.startswith("sim."):
            path = name.removeprefix("sim").lstrip(".")
            found.add(path if path in TREES else path.rpartition(".")[0])
    return found - {module}


def uses(module: str, library: str) -> bool:
    return any(name.partition(".")[0] == library for name in imports(TREES[module]))


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_layer(module):
    assert layer(module), f"add '{module}' to LAYERS"


@pytest.mark.parametrize("module", LAYERED)
def test_arrows_go_down(module):
    for other in inner(module):
        if not other:
            assert layer(module) == "command", "imports the package, which stands above it"
        elif layer(other):
            assert ORDER.index(layer(other)) <= ORDER.index(layer(module)), f"{layer(module)} imports {other}"


def test_no_circles():
    graph = nx.DiGraph((module, other) for module in MODULES for other in inner(module) if other)
    assert nx.is_directed_acyclic_graph(graph), nx.find_cycle(graph)


@pytest.mark.parametrize("library", ONLY)
def test_one_home_for_each_library(library):
    strangers = {module for module in MODULES if uses(module, library) and not belongs(module, ONLY[library])}
    assert not strangers


def test_pandas_begins_at_the_ledger():
    above = {"ledger", *LAYERS["experiment"], *LAYERS["outlets"], *LAYERS["command"]}
    assert not {module for module in MODULES if uses(module, "pandas") and not belongs(module, above)}


@pytest.mark.parametrize("module", [module for module in TREES if module != "chance"])
def test_only_chance_makes_chance(module):
    for name in imports(TREES[module]):
        assert not re.match(r"(random|secrets|uuid|numpy\.random)(\.|$)", name), name
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("random", "rvs", "default_rng", "urandom"), f"line {node.lineno}"


@pytest.mark.parametrize("module", [module for module in TREES if module != "cli"])
def test_only_the_command_prints(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("print", "input", "breakpoint"), f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("stdout", "stderr"), f"line {node.lineno}"


@pytest.mark.parametrize("module", ENGINES)
def test_engines_speak_queueing_theory(module):
    path = SIM / f"{module.replace('.', '/')}.py"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = AGENCY.search(line)
        assert not found, f"sim/{path.name}:{number} names an agency: {found[0]}"


@pytest.mark.parametrize("module", PATHWAYS)
def test_pathways_hold_no_numbers(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            assert not isinstance(node.value, (int, float)), f"line {node.lineno}: {node.value}"


@pytest.mark.parametrize("library", ["dashboard", "streamlit"])
def test_nothing_imports_the_dashboard(library):
    assert not {module for module in TREES if uses(module, library)}


def test_the_dashboard_sees_only_public_names():
    for path in (ROOT / "dashboard").rglob("*.py"):
        for name in imports(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (name.startswith("sim.") and name.split(".")[1] in TREES), f"{path.name}: {name}"


def test_the_package_only_gives_public_names():
    kinds = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign, ast.If, ast.ClassDef)
    assert all(isinstance(node, kinds) for node in TREES[""].body), "sim/__init__.py does something"
    typed = next(node for node in TREES[""].body if isinstance(node, ast.If))
    homes = {
        alias.asname or alias.name: f"{node.module.removeprefix('sim.')}.{alias.name}"
        for node in typed.body
        for alias in node.names
    }
    assert homes == sim.HOMES
    assert sorted(homes) == sorted(sim.__all__)


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there(name):
    home, _, attribute = sim.HOMES[name].rpartition(".")
    assert getattr(sim, name) is getattr(importlib.import_module(f"sim.{home}"), attribute)
    assert name in dir(sim)


LIGHT = ["--help", "run --help", "glossary backlog", "fly", "run --scale nan", "run --speed 9", "show"]


@pytest.mark.parametrize("line", LIGHT)
def test_help_and_wrong_requests_load_no_heavy_library(line, tmp_path):
    code = (
        "import sys\nfrom sim.__main__ import main\ntry:\n    main()\nfinally:\n"
        "    print(sorted({'numba', 'scipy', 'pandas', 'pyarrow', 'networkx'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, *line.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]", done.stdout
    assert done.returncode in (0, 2)
