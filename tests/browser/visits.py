"""A dashboard of one's own, a browser, what a visitor does on the pages, and what no page may do to a visitor."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from dashboard_here import FOLDER
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOUND = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
CHROMIUM = next((path for path in FOUND if path), None)
"""the system's; None is the one that `playwright install chromium` brings"""
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
START = 300  # seconds that a server or a browser may take to answer
PATIENCE = 240_000  # milliseconds: the first worker may have to compile, on a busy computer
PAGES = re.findall(
    r'"(\w+)":', re.search(r"(?s)PAGES = \{(.*?)\}", (FOLDER / "app.py").read_text("utf-8"))[1]
)
QUIET = ("WebSocket", "net::ERR_ABORTED")  # a page that is closed while it loads
# What reaches beyond the screen, though nothing around it can be scrolled sideways.
TOO_WIDE = """
(() => {
  const scrolls = e => e && !e.matches('[data-testid=stMain]') &&
    (['auto', 'scroll'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement))
  return [...document.querySelectorAll('[data-testid=stMain] *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('svg') && !scrolls(e.parentElement))
    .map(e => e.outerHTML.slice(0, 200))
})()
"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a dashboard started by the command that people use, with a cache of its own in `folder`."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REFUGE_")}
    environment |= {
        "REFUGE_CACHE": str(folder / "cache"),
        "REFUGE_WORKERS": "2",
        "PYTHONPATH": str(FOLDER.parent),
    }
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sim", "dashboard", "--port", str(port), "--no-browser"],
            cwd=folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _await(f"http://localhost:{port}/_stcore/health", server, folder / "log")
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:
                server.kill()


def _await(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START
    while True:
        try:
            urllib.request.urlopen(address, timeout=30).close()
            return
        except OSError:
            assert server.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.2)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium: the system's, or Playwright's own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS, timeout=START * 1000)
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, address: str, **context: Any) -> Iterator[Page]:
    """A visitor's own browser at an address. An error on the page or its console, and a question to any other
    computer, fail the test."""
    given = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", **context}
    visitor = browser.new_context(**given)
    visitor.set_default_timeout(PATIENCE)
    page = visitor.new_page()
    wrong: list[str] = []
    home = urlsplit(address).netloc
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # Streamlit looks for itself below a page's path first, and is told that it is not there.
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text) if said.type == "error" and "_stcore" not in str(said.location) else None
        ),
    )
    page.on(
        "request",
        lambda asked: wrong.append(asked.url) if urlsplit(asked.url).netloc not in (home, "") else None,
    )
    page.goto(address, wait_until="commit", timeout=PATIENCE)
    yield page
    visitor.close()
    wrong = [each for each in wrong if not any(quiet in each for quiet in QUIET)]
    assert not wrong, wrong


def there(page: Page) -> None:
    """Until a page is drawn to its foot and rests, with nothing on it of earlier settings."""
    page.get_by_role("heading", name="Share, cite, code").wait_for()
    page.locator("[data-testid=stMain] svg.main-svg").first.wait_for()
    expect(page.get_by_text("have moved; this is still")).to_have_count(0, timeout=PATIENCE)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-testid=stException]")).to_have_count(0, timeout=PATIENCE)


def answer(page: Page) -> str:
    return page.locator(".st-key-answer").inner_text()


def fingerprint(page: Page) -> str:
    caption = page.get_by_text(re.compile("Scenario [0-9a-f]{12}[,;]")).first.inner_text()
    return re.search(r"Scenario ([0-9a-f]{12})", caption)[1]


def slide(page: Page, lever: str, steps: int) -> None:
    """Moves a slider with the keyboard, as who cannot use a mouse does, until the page answers to it."""
    before = fingerprint(page)
    handle = page.locator(f".st-key-lever-{lever}").get_by_role("slider")
    handle.focus()
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
    page.locator(".st-key-answer").wait_for()
    page.wait_for_function(f"!document.querySelector('.stMain').textContent.includes('Scenario {before}')")
    there(page)


def no_bands(page: Page) -> None:
    """Cancels the bands as soon as they begin, so that the answer at once stays on the page."""
    page.locator(".st-key-cancel-bands button").click()
    page.locator(".st-key-bands-again button").wait_for()
    there(page)


def table(page: Page, key: str) -> str:
    """The numbers of a chart, as the table beneath gives them."""
    expander = page.locator(f".st-key-table-{key}")
    expander.locator("summary").click()
    cells = expander.locator("table")
    cells.wait_for()
    return cells.inner_text()


def link(page: Page) -> str:
    """The share link at the foot of a page."""
    code = page.locator("[data-testid=stCode]").filter(has_text="scenario=").first
    return code.inner_text().replace("\n", "")


def serious(page: Page) -> list[str]:
    """What axe-core calls a serious or critical violation on a page as it is drawn now."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {each['help']}: {[node['html'][:300] for node in each['nodes']][:3]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
