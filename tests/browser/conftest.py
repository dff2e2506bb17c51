"""One dashboard and one browser for all tests of this folder, and what they measured, told at the end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from visits import chromium, serving

MEASURED: list[str] = []


@pytest.fixture(scope="session")
def address(tmp_path_factory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dashboard")
    with serving(folder) as where:
        yield where
    # Streamlit complains of browsers that leave; of our own code nothing may be there.
    said = (folder / "log").read_text()
    assert not re.search(r'File "[^"]*/(dashboard|sim)/[^"]*"', said), said


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def tell() -> Callable[[str], None]:
    """Keeps a measured figure for the end of the run: it is printed, and nothing depends on it."""
    return MEASURED.append


def pytest_terminal_summary(terminalreporter) -> None:
    if MEASURED:
        terminalreporter.section("measured in the browser")
        for line in MEASURED:
            terminalreporter.write_line(line)
