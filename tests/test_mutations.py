"""The lists of mutations fit the code: `python benchmarks/mutations.py` can apply each of them."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from rare_systems import RARE

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
sys.path.append(str(FOLDER))

import mutation  # noqa: E402

LISTS = {path.stem: mutation.read(path) for path in sorted(FOLDER.glob("mutations_*.txt"))}
EVERY = [one for several in LISTS.values() for one in several]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: f"{one.file}: {one.what}")
def test_its_text_stands_once_and_the_code_is_another_after_it(one):
    text = (ROOT / "sim" / one.file).read_text("utf-8")
    assert ast.dump(ast.parse(one.applied(text))) != ast.dump(ast.parse(text))


def test_the_tests_that_are_to_run_first_exist():
    text = (ROOT / "tests" / "test_engines_agree.py").read_text("utf-8")
    named = {one.seen for one in EVERY if one.seen}
    assert named
    for name, _, given in (seen.partition("[") for seen in named):
        assert f"def {name}(" in text, name
        assert name != "test_what_is_rare" or given.partition("-")[0] in RARE, given


def test_a_text_that_is_gone_is_refused():
    with pytest.raises(ValueError, match="stands 0 times"):
        EVERY[0].applied("another text")


@pytest.mark.parametrize("text", ["[a.py] no lines", "[a.py] a stranger\n- a\n+ b\nc", "no head\n- a\n+ b"])
def test_a_list_that_cannot_be_read_is_refused(tmp_path, text):
    path = tmp_path / "list.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"list\.txt: not a mutation"):
        mutation.read(path)


@pytest.mark.parametrize("name", ["mutations_reference", "mutations_national"])
def test_there_are_enough_of_each_engine(name):
    seen = [one for one in LISTS[name] if not one.why]
    assert len({one.what for one in seen}) == len(seen) >= 12
