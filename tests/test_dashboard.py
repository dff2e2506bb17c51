"""The dashboard without a browser: its pages, levers, links, files and runs."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[1]
DASHBOARD = ROOT / "dashboard"
sys.path.insert(0, str(DASHBOARD))


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory):
    """Runs of one case in a thousand, kept apart from the user's own."""
    import runs

    patch = pytest.MonkeyPatch()
    patch.setenv("REFUGE_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setenv("REFUGE_WORKERS", "2")
    patch.setattr(runs, "SCALE", 0.001)
    yield runs
    runs.pool().close()
    patch.undo()


def opened(query: dict[str, str] | None = None) -> AppTest:
    """The first page, when its runs are done."""
    app = AppTest.from_file(str(DASHBOARD / "app.py"), default_timeout=60)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return settled(app)


def settled(app: AppTest) -> AppTest:
    for _ in range(240):
        app.run()
        assert not app.exception, app.exception[0].stack_trace
        if any("Who waits where" in each.value for each in app.subheader) and not stale(app):
            return app
        time.sleep(0.5)
    raise AssertionError("no answer")


def stale(app: AppTest) -> bool:
    return any("have moved" in each.value for each in app.warning)


def sentences(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def test_a_lever_changes_the_answer():
    app = opened()
    assert "No lever is moved" in sentences(app)
    app.slider(key="lever-judges").set_value(2000)
    settled(app)
    assert "740 → **2,000**" in sentences(app)
    assert "fewer than in “Baseline”" in sentences(app)
