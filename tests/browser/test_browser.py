"""The dashboard in a browser, driven as a person would: Playwright with the Chromium of the system."""

from __future__ import annotations

import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboard_here import FOLDER
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCALE = "0.002"
PATIENCE = 120_000  # milliseconds: the first worker may have to compile, on a busy computer
PAGES = re.findall(
    r'"(\w+)":', re.search(r"(?s)PAGES = \{(.*?)\}", (FOLDER / "app.py").read_text("utf-8"))[1]
)
QUIET = ("WebSocket", "net::ERR_ABORTED")  # a page that is closed while it loads


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A dashboard of its own, by the command that people use."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("dashboard")
    environment = {**os.environ, "REFUGE_CACHE": str(folder / "cache"), "REFUGE_SCALE": SCALE}
    environment |= {"REFUGE_WORKERS": "2", "PYTHONPATH": str(FOLDER.parent)}
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "sim", "dashboard", "--port", str(port), "--no-browser"],
            cwd=folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            where = f"http://localhost:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{where}/_stcore/health", timeout=5).close()
                    break
                except OSError:
                    assert server.poll() is None, (folder / "log").read_text()
                    time.sleep(0.2)
            yield where
        finally:
            server.terminate()
            server.wait(20)
    # Streamlit complains of browsers that leave; of our own code nothing may be there.
    said = (folder / "log").read_text()
    assert not re.search(r'File "[^"]*/(dashboard|sim)/[^"]*"', said), said


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "these tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def visiting(browser: Browser, address: str, width: int = 1280, theme: str = "light") -> Iterator[Page]:
    """A visitor's browser at an address; what goes wrong on the page or its console fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, permissions=["clipboard-read"]
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # Streamlit looks for itself below a page's path first, and is told that it is not there.
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text) if said.type == "error" and "_stcore" not in str(said.location) else None
        ),
    )
    page.goto(address, wait_until="commit")
    yield page
    context.close()
    assert not [each for each in wrong if not any(quiet in each for quiet in QUIET)]


def answered(page: Page) -> None:
    """Until the What if page has its answer, and nothing on it is of earlier settings."""
    page.locator(".st-key-chart-families svg.main-svg").first.wait_for()
    expect(page.get_by_text("have moved; this is still")).to_have_count(0, timeout=PATIENCE)
    page.locator("[data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def answer(page: Page) -> str:
    return page.locator(".st-key-answer").inner_text()


def fingerprint(page: Page) -> str:
    caption = page.get_by_text(re.compile("Scenario [0-9a-f]{12}, compared")).first.inner_text()
    return re.search(r"Scenario ([0-9a-f]{12})", caption)[1]


def slide(page: Page, lever: str, steps: int) -> None:
    """Moves a slider with the keyboard, as who cannot use a mouse does."""
    handle = page.locator(f".st-key-lever-{lever}").get_by_role("slider")
    handle.focus()
    for _ in range(abs(steps)):
        page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")


def no_bands(page: Page) -> None:
    """Cancels the bands as soon as they begin, so that the answer at once stays on the page."""
    page.locator(".st-key-cancel-bands button").click()
    page.locator(".st-key-bands-again button").wait_for()
    answered(page)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_an_error_and_axe_finds_nothing_serious(browser, address, name):
    with visiting(browser, f"{address}/{name if name != PAGES[0] else ''}") as page:
        page.locator("h1").first.wait_for()
        page.locator("svg.main-svg, [data-testid=stImage], [data-testid=stGraphVizChart]").first.wait_for()
        if name == PAGES[0]:
            answered(page)
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
        found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        serious = [
            f"{each['id']}: {each['help']}: {[node['html'][:300] for node in each['nodes']][:3]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not serious, "\n".join(serious)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_phone(browser, address, theme):
    with visiting(browser, address, 390, theme) as page:
        answered(page)
        wide = page.evaluate(
            "[...document.querySelectorAll('[data-testid=stMain] *')].filter(e => e.getBoundingClientRect().right > 391"
            " && !e.closest('svg, pre, [data-testid=stTable], [role=tablist]')).map(e => e.outerHTML.slice(0, 200))"
        )
        assert not wide


def test_a_slider_changes_the_chart_and_how_soon(browser, address):
    with visiting(browser, address) as page:
        answered(page)
        seconds, before = [], fingerprint(page)
        for move in range(20):
            begun = time.monotonic()
            slide(page, "judges", 1 if move < 15 else -1)
            page.wait_for_function(
                "before => { const m = document.querySelector('[data-testid=stMain]').innerText"
                ".match(/Scenario ([0-9a-f]{12}), compared/); return m && m[1] !== before"
                " && !document.body.innerText.includes('have moved; this is still') }",
                arg=before, polling=20,
            )  # fmt: skip
            seconds.append(time.monotonic() - begun)
            before = fingerprint(page)
        print(f"\na move of a slider at scale {SCALE}: median {statistics.median(seconds):.2f} s, "
              f"from {min(seconds):.2f} to {max(seconds):.2f} s")  # fmt: skip
        answered(page)
        assert "with “What if”" in answer(page)


def test_a_shared_link_reopens_equal_numbers_in_another_browser(browser, address):
    with visiting(browser, address) as page:
        answered(page)
        slide(page, "judges", 20)
        expect(page.locator(".st-key-answer")).to_be_visible(timeout=PATIENCE)
        answered(page)
        no_bands(page)
        link = (
            page.locator("[data-testid=stCode]")
            .filter(has_text="judges=")
            .first.inner_text()
            .replace("\n", "")
        )
        mine = (fingerprint(page), answer(page), table(page))
    with visiting(browser, link) as page:
        answered(page)
        no_bands(page)
        assert (fingerprint(page), answer(page), table(page)) == mine
        assert page.get_by_text("the numbers differ").count() == 0


def table(page: Page) -> str:
    """The central numbers of a chart, as the table beneath gives them."""
    expander = page.locator(".st-key-table-families")
    expander.locator("summary").click()
    cells = expander.locator("table")
    cells.wait_for()
    return cells.inner_text()


BAD = {
    "one.yaml": ("title: [", "line"),
    "two.yaml": ("title: x\nextends: baselin\n", "did you mean 'baseline'"),
    "three.yaml": ("title: x\nextends: baseline\nchanges:\n  - {set: offices.judges.staff, to: 9}\n", "line 4"),
    "four.yaml": (
        "title: x\nextends: baseline\nchanges:\n  - {set: affirmative.backlog.oldest_first, to: 9}\n", "line 4"
    ),
    "five.yaml": ("title: x\nextends: baseline\nhorizon: 2199-01-01\n", "years after the start"),
}  # fmt: skip


def test_five_bad_files_each_show_help(browser, address):
    with visiting(browser, address) as page:
        answered(page)
        page.locator(".st-key-upload summary").click()
        for name, (content, said) in BAD.items():
            page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
                {"name": name, "mimeType": "application/yaml", "buffer": content.encode()}
            )
            error = page.locator("[data-testid=stAlert]").filter(has_text=name)
            error.wait_for()
            assert said in error.inner_text() and "docs/scenarios.md" in error.inner_text()
            answered(page)


def test_cancel_stops_work_within_two_seconds(browser, address):
    with visiting(browser, f"{address}/?judges=1230") as page:
        answered(page)
        page.locator(".st-key-national-start button").click()
        cancel = page.locator(".st-key-cancel-national button")
        cancel.wait_for()
        begun = time.monotonic()
        cancel.click()
        page.get_by_text("Cancelled: nothing is running any more").wait_for()
        print(f"\ncancelled within {time.monotonic() - begun:.2f} s")
        expect(page.locator(".st-key-national-start button")).to_be_visible()


def test_two_browsers_at_once_stay_apart(browser, address):
    with visiting(browser, address) as mine, visiting(browser, address) as yours:
        answered(mine)
        answered(yours)
        slide(mine, "judges", 10)
        expect(mine.locator(".st-key-answer")).to_be_visible(timeout=PATIENCE)
        answered(mine)
        assert "No lever is moved" in yours.locator("[data-testid=stMain]").inner_text()
        assert fingerprint(mine) != fingerprint(yours)


def test_a_picture_and_a_table_are_downloaded(browser, address, tmp_path):
    with visiting(browser, address) as page:
        answered(page)
        page.locator(".st-key-download-families button").first.click()
        for label, ending in (("Picture (SVG)", "svg"), ("Picture (PNG)", "png"), ("Table (CSV)", "csv")):
            with page.expect_download() as waiting:
                page.get_by_role("button", name=label).click()
            file = tmp_path / f"families.{ending}"
            waiting.value.save_as(file)
            assert waiting.value.suggested_filename == file.name
        svg, png = (tmp_path / f"families.{ending}" for ending in ("svg", "png"))
        assert "Not legal advice" in svg.read_text("utf-8") and "<path" in svg.read_text("utf-8")
        assert png.read_bytes().startswith(b"\x89PNG") and png.stat().st_size > 5_000
        assert (tmp_path / "families.csv").read_text("utf-8").startswith("fiscal year,")


def test_nothing_is_asked_of_any_other_computer(browser, address):
    asked: list[str] = []
    with visiting(browser, "about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address, wait_until="commit")
        answered(page)
    assert asked and not [url for url in asked if not url.startswith((address, "data:", "blob:"))]
