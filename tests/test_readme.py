"""What the README says can be done can be done."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from sim.cli import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(app).commands


def lines_of_shell() -> list[str]:
    """Every command line of the README: the indented blocks, without comments, and code spans."""
    indented = re.findall(r"(?m)^ {4}(\S.*)$", re.sub(r"(?s)```.*?```", "", README))
    spans = re.findall(r"`([^`\n]+)`", README)
    parts = [part for line in indented for part in line.split("&&")]
    return [re.split(r"\s{2,}|#", part.strip())[0] for part in (*parts, *spans)]


def test_the_two_commands_stand_in_the_first_screen():
    first = "\n".join(README.splitlines()[:25])
    assert all(text in first for text in ("make run", "make test", "pip install", "refuge run baseline"))


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {line.split()[1] for line in lines_of_shell() if line.startswith("make ")}
    assert named >= {"run", "test"}
    assert all(re.search(rf"(?m)^{target}:", makefile) for target in named)


def test_commands_and_options_exist():
    lines = [line.split() for line in lines_of_shell() if line.startswith("refuge ")]
    assert len(lines) > 5
    for _, *words in lines:
        if words[0].startswith("-"):
            continue
        options = {option for parameter in COMMANDS[words[0]].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options | {"--help"}, words


def test_linked_files_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_python_runs(tmp_path):
    (code,) = re.findall(r"(?s)```python\n(.*?)```", README)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 100
    assert (tmp_path / "more_judges" / "run.json").is_file()


@pytest.mark.parametrize("name", ["docs/limits.md", "docs/decisions.md", "docs/stress_des.md"])
def test_documents_are_there(name):
    assert len((ROOT / name).read_text(encoding="utf-8")) > 500
