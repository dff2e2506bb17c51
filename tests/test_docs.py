"""What the documents say is so: their code runs, their pictures are the program's, and no trap is left out.

`python tests/test_docs.py` writes the pictures of docs/pathways.md anew.
"""

from __future__ import annotations

import re
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

import sim
from sim import engine, reference
from sim.cli import app
from sim.model import build
from sim.pathways import NATIONAL
from sim.results import COLUMNS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
BLOCK = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
TRAPS = {
    "refugee": 25, "refugee_pipeline": 14, "affirmative": 25, "court": 25, "court_cases": 17, "family_status": 19,
}  # fmt: skip
GROUPS = ("sources", "stock", "offices", "quotas", *(pathway.name for pathway in NATIONAL.pathways))
PATH = re.compile(rf"`((?:{'|'.join(GROUPS)})(?:\.[a-z0-9_]+)+)`")


def text(page):
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page):
    """(language, code, the paragraph before it) of every fenced block."""
    whole = text(page)
    for found in BLOCK.finditer(whole):
        yield found[1], found[2], whole[: found.start()].rstrip().rpartition("\n\n")[2]


def runnable(page):
    return any(language in ("sh", "python", "yaml") for language, _, _ in blocks(page))


@pytest.mark.parametrize("page", list(filter(runnable, PAGES)))
def test_every_command_and_code_block_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for language, code, before in blocks(page):
        if language == "yaml":
            (name,) = re.findall(r"`([\w-]+\.yaml)`", before)
            Path(name).write_text(code, encoding="utf-8")
            scenario = sim.load(name)
            if scenario.extends:
                build(scenario, NATIONAL, 0.01)
        elif language == "sh":
            for line in code.strip().splitlines():
                program, *words = line.split()
                assert program == "refuge", line
                done = CliRunner().invoke(app, words)
                assert done.exit_code == 0, (line, done.output, done.exception)
        elif language == "python":
            exec(compile(code, page, "exec"), names)


def test_every_numbered_trap_has_its_row():
    rows = re.findall(r"(?m)^\| (\w+) \| (\d+) \| (.*) \|$", text("limits.md"))
    found = [(dossier, int(number)) for dossier, number, _ in rows]
    assert found == [(dossier, number) for dossier, most in TRAPS.items() for number in range(1, most + 1)]
    for _, _, rest in rows:
        cells = [cell.strip() for cell in rest.split(" | ")]
        assert len(cells) == 3, rest
        assert all(cells), rest
        assert re.match(r"(yes|part|no|n/a)\b", cells[1]), rest


@pytest.mark.parametrize("name", [pathway.name for pathway in NATIONAL.pathways])
def test_the_pictures_are_those_of_the_program(name):
    drawn = CliRunner().invoke(app, ["draw", name, "--format", "mermaid"]).output.strip()
    pictures = [code.strip() for language, code, _ in blocks("pathways.md") if language == "mermaid"]
    assert drawn in pictures, "run: python tests/test_docs.py"


def test_every_column_is_explained():
    page = text("results.md")
    for table, columns in COLUMNS.items():
        (part,) = re.findall(rf"(?ms)^### `{table}`$(.*?)(?=^##|\Z)", page)
        assert [name for name in columns if f"`{name}`" not in part] == [], table


@pytest.mark.parametrize("page", [*PAGES, "../README.md"])
def test_every_path_that_is_named_exists(page):
    """A path in backquotes is a number or a part of one, a list of names, or a stage."""
    baseline = sim.load("baseline")
    known = {*baseline.numbers, *baseline.words, *(f"{p.name}.{s.name}" for p, s in NATIONAL.stages())}
    for path in PATH.findall(text(page)):
        prefix = any(
            name == path or name.startswith(path + ".") or path.startswith(name + ".") for name in known
        )
        assert prefix, (page, path)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text(page)):
        assert target.startswith("http") or (DOCS / target).exists(), (page, target)


def test_tests_that_are_named_exist():
    named = set(re.findall(r"`(test_\w+\.py)`", text("validation.md")))
    assert named
    assert [name for name in named if not (Path(__file__).parent / name).exists()] == []


def test_code_that_the_day_names_exists():
    """Files of sim/, and functions as `module.function` or `Class.method` of the two engines."""
    page, folder = text("day.md"), Path(sim.__file__).parent
    modules = [path.stem for path in folder.glob("*.py")]
    known = (
        vars(engine)
        | vars(reference)
        | {name: import_module(f"sim.{name}") for name in modules if name in page}
    )
    named = set(re.findall(r"`(\w+(?:\.\w+)+|[A-Z]\w+|\w+/\w+\.py)`", page))
    files = {name.removeprefix("sim/") for name in named if name.endswith(".py")}
    functions = {name for name in named if not name.endswith(".py")}
    assert len(files) > 10 and len(functions) > 20
    assert [name for name in files if not (folder / name).exists()] == []
    for name in functions:
        first, *rest = name.split(".")
        assert first in known, name
        reduce(getattr, rest, known[first])
    for moment in engine.MOMENTS:  # each has its row, with both engines
        assert re.search(
            rf"(?m)^\| \d {moment} \| .*`(Engine|kernel)\.\w+`.* \| .*`(Reference|Office)\.\w+`", page
        ), moment


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_named_in_the_readme(page):
    assert f"docs/{page}" in (DOCS.parent / "README.md").read_text(encoding="utf-8")


def write_pictures():
    """Puts the program's pictures into docs/pathways.md, each below the heading with its pathway's name."""
    page = text("pathways.md")
    for pathway in NATIONAL.pathways:
        drawn = CliRunner().invoke(app, ["draw", pathway.name, "--format", "mermaid"]).output.strip()
        place = re.compile(rf"(?ms)(^## `{pathway.name}`$(?:(?!^## ).)*?^```mermaid\n).*?^```$")
        page = place.sub(lambda found, drawn=drawn: f"{found[1]}{drawn}\n```", page, count=1)
    (DOCS / "pathways.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write_pictures()
