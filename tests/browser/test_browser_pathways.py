"""The Pathways page in a browser, driven as a person would: headless Chromium, the real engine, a server of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
PATIENCE = 300_000  # milliseconds: the first run compiles the engine
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """A running dashboard."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cache = tmp_path_factory.mktemp("cache")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "REFUGE_CACHE": str(cache)}
    options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard/app.py"), *options]
    with (cache / "log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def browser():
    """The system's Chromium; Playwright's own where there is none."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    with sync_playwright() as player:
        chromium = player.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser, address, **context):
    """The page under two orders of interviews, in a context of its own, and what its console complained of."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, **context).new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        # Streamlit looks for itself below the page's path first.
        lambda said: (
            complaints.append(said.text)
            if said.type == "error" and "_stcore" not in str(said.location)
            else None
        ),
    )
    page.goto(f"{address}/pathways?order=100")
    page.get_by_role("heading", name="Share, cite, code").wait_for(timeout=PATIENCE)
    page.locator(".refuge-player .dot").first.wait_for(state="attached", timeout=60_000)
    return page, complaints


@pytest.fixture(scope="module")
def visit(browser, address):
    page, complaints = opened(browser, address)
    yield page
    page.context.close()
    assert not complaints


def date(page) -> str:
    return page.locator(".refuge-player output").inner_text()


def places(page) -> list[str]:
    return page.eval_on_selector_all(".refuge-player .dot", "dots => dots.map(dot => dot.style.transform)")


def test_the_animation_plays_and_pauses(visit):
    player = visit.locator(".refuge-player")
    assert player.get_attribute("data-state") == "paused"
    begun, where = date(visit), places(visit)
    assert 100 < len(where) <= 400
    player.get_by_role("button", name="Play").click()
    visit.wait_for_function(f"document.querySelector('.refuge-player output').innerText !== '{begun}'")
    assert player.get_attribute("data-state") == "playing"
    visit.wait_for_timeout(1500)
    player.get_by_role("button", name="Pause").click()
    paused = date(visit)
    assert paused != begun and places(visit) != where
    visit.wait_for_timeout(1200)
    assert date(visit) == paused and player.get_attribute("data-state") == "paused"
    assert paused in player.locator("[data-part=say]").inner_text()


def test_it_steps_and_a_keyboard_is_enough(visit):
    player = visit.locator(".refuge-player")
    here = date(visit)
    player.get_by_role("button", name="One month on").focus()
    visit.keyboard.press("Enter")
    after = date(visit)
    assert after != here
    player.get_by_role("button", name="One month back").focus()
    visit.keyboard.press("Space")
    assert date(visit) == here
    player.get_by_role("slider").focus()
    visit.keyboard.press("ArrowRight")
    assert date(visit) == after


def test_dots_on_the_screen_are_as_many_as_the_rows_say(visit):
    visit.locator(".refuge-player input[type=range]").fill("60")
    rows = visit.locator(".refuge-player svg text.row").all_text_contents()
    counts = sum(int(re.search(r": (\d+)$", row).group(1)) for row in rows)
    seen = visit.eval_on_selector_all(
        ".refuge-player .dot", "all => all.filter(d => d.style.opacity === '1').length"
    )
    assert counts == seen > 100


def test_a_dot_that_is_clicked_is_followed(visit):
    visit.locator(".refuge-player input[type=range]").fill("60")
    visit.wait_for_timeout(600)
    dot = visit.locator(".refuge-player .dot:has(.ring)").nth(3)
    who = dot.locator("title").text_content()
    dot.dispatch_event("click")
    visit.get_by_text(re.compile(re.escape(who) + r": .*Until")).first.wait_for(timeout=60_000)


def test_the_map_can_be_made_larger_and_saved(visit):
    picture = visit.locator(".refuge-map svg")
    before = picture.bounding_box()["width"]
    visit.get_by_role("button", name="Larger").click()
    assert picture.bounding_box()["width"] > 1.15 * before
    visit.get_by_role("button", name="Fit to width").click()
    frame = visit.locator(".refuge-map [role=region]").bounding_box()["width"]
    assert picture.bounding_box()["width"] <= frame
    visit.locator(".st-key-download-pathway-map button").first.click()
    with visit.expect_download() as saved:
        visit.get_by_role("button", name="Picture (SVG)").click()
    text = saved.value.path().read_text(encoding="utf-8")
    assert "Waiting for an interview" in text and "Not legal advice" in text
    visit.keyboard.press("Escape")


def test_two_people_at_one_desk(visit):
    """N2: the newer overtakes the older under one order of interviews and not under the other."""
    visit.get_by_role("radio", name="Two people at one desk").click()
    visit.get_by_text("the newer one is called").first.wait_for(timeout=60_000)
    visit.get_by_text("the older one is called first").first.wait_for(timeout=60_000)


def test_who_wants_less_motion_gets_less(browser, address):
    page, complaints = opened(browser, address, reduced_motion="reduce")
    style = page.eval_on_selector(".refuge-player .dot", "dot => getComputedStyle(dot).transitionProperty")
    assert style == "none"
    begun = date(page)
    page.locator(".refuge-player").get_by_role("button", name="Play").click()
    page.wait_for_function(f"document.querySelector('.refuge-player output').innerText !== '{begun}'")
    page.context.close()
    assert not complaints


def test_on_a_phone_nothing_is_wider_than_the_screen(browser, address):
    page, complaints = opened(browser, address)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(1500)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390
    player = page.locator(".refuge-player svg.main-svg").bounding_box()
    assert player["x"] >= 0 and player["x"] + player["width"] <= 391
    page.context.close()
    assert not complaints
