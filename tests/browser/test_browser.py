"""The dashboard in a browser, driven as a person would: Playwright with the Chromium of the system."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from playwright.sync_api import expect
from visits import (
    PAGES,
    PATIENCE,
    TOO_WIDE,
    answer,
    fingerprint,
    link,
    no_bands,
    serious,
    slide,
    table,
    there,
    visiting,
)

MOVES = 20
# Milliseconds from the key to the frame after both the fingerprint and a line of the chart have changed.
MOVED = """
() => {
  const state = () => {
    const found = document.querySelector('.stMain').textContent
    const lines = [...document.querySelectorAll('.st-key-chart-backlog path.js-line')].map(l => l.getAttribute('d'))
    return [found.match(/Scenario ([0-9a-f]{12})[,;]/)?.[1], lines.join(), found.includes('this is still')]
  }
  const [print, lines] = state()
  let pressed = 0
  addEventListener('keydown', () => { pressed = performance.now() }, {once: true, capture: true})
  window.moved = undefined
  let asked = false
  const look = () => {
    asked = false
    const [now, drawn, stale] = state()
    if (!pressed || stale || now === print || drawn === lines) return
    watch.disconnect()
    window.moved = performance.now() - pressed
  }
  const watch = new MutationObserver(() => { if (!asked) { asked = true; requestAnimationFrame(look) } })
  const all = {subtree: true, childList: true, characterData: true, attributes: true}
  watch.observe(document.querySelector('.stMain'), all)
}
"""
BAD = {
    "one.yaml": ("title: [", "line"),
    "two.yaml": ("title: x\nextends: baselin\n", "did you mean 'baseline'"),
    "three.yaml": ("title: x\nextends: baseline\nchanges:\n  - {set: offices.judges.staff, to: 9}\n", "line 4"),
    "four.yaml": (
        "title: x\nextends: baseline\nchanges:\n  - {set: affirmative.backlog.oldest_first, to: 9}\n", "line 4"
    ),
    "five.yaml": ("title: x\nextends: baseline\nhorizon: 2199-01-01\n", "years after the start"),
}  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_without_an_error_for_everybody(browser, address, name):
    """Nothing serious for axe on a desktop's light page and a phone's dark one, where nothing is cut off either."""
    with visiting(browser, f"{address}/{name if name != PAGES[0] else ''}") as page:
        there(page)
        assert not serious(page)
    phone = {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}
    with visiting(browser, f"{address}/{name if name != PAGES[0] else ''}", **phone) as page:
        there(page)
        assert not serious(page)
        assert not page.evaluate(TOO_WIDE)


def test_a_slider_changes_the_chart_and_how_soon(browser, address, tell):
    with visiting(browser, address) as page:
        there(page)
        slide(page, "judges", 1)
        slider = page.locator(".st-key-lever-judges").get_by_role("slider")
        taken = []
        for _ in range(MOVES):
            page.evaluate(MOVED)
            slider.focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_function("window.moved !== undefined")
            taken.append(page.evaluate("window.moved") / 1000)
        tell(f"a move of a slider: median of {MOVES} {statistics.median(taken):.2f} s, from {min(taken):.2f} "
             f"to {max(taken):.2f} s")  # fmt: skip
        there(page)
        assert "with “What if”" in answer(page)


def test_a_shared_link_reopens_equal_numbers_in_another_browser(browser, address):
    with visiting(browser, address) as page:
        there(page)
        slide(page, "judges", 20)
        no_bands(page)
        sent = link(page)
        mine = (fingerprint(page), answer(page), table(page, "families"))
    with visiting(browser, sent) as page:
        there(page)
        no_bands(page)
        assert (fingerprint(page), answer(page), table(page, "families")) == mine
        assert page.get_by_text("the numbers differ").count() == 0


def colours(page) -> tuple[list[int], list[list[int]], list[int]]:
    """Of the page's ground, of the names in charts, and of a line: red, green, blue."""
    read = "e => getComputedStyle(e)[%r].match(/[0-9]+/g).slice(0, 3).map(Number)"
    ground = page.locator(".stApp").evaluate(read % "backgroundColor")
    texts = page.locator(".st-key-chart-families .annotation-text, .st-key-chart-families .xtick text")
    names = [each.evaluate(read % "fill") for each in texts.all()]
    return ground, names, page.locator(".st-key-chart-families .js-line").last.evaluate(read % "stroke")


def bright(colour: list[int]) -> float:
    parts = [(each / 255 / 12.92) if each <= 10 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: list[int], other: list[int]) -> float:
    low, high = sorted((bright(one), bright(other)))
    return (high + 0.05) / (low + 0.05)


def readable(page) -> bool:
    ground, names, line = colours(page)
    return (
        len(names) > 2
        and contrast(line, ground) >= 3
        and all(contrast(each, ground) >= 4.5 for each in names)
    )


def test_charts_turn_dark_with_the_page_at_once(browser, address):
    """Without a touch of any control, when the computer's own colours change."""
    with visiting(browser, f"{address}/?judges=1210") as page:
        there(page)
        no_bands(page)
        assert readable(page)
        light = colours(page)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'dark'")
        page.wait_for_timeout(500)
        assert readable(page) and bright(colours(page)[0]) < 0.1 < bright(light[0])
        page.emulate_media(color_scheme="light")
        page.wait_for_function("getComputedStyle(document.querySelector('.stApp')).colorScheme === 'light'")
        page.wait_for_timeout(500)
        assert colours(page) == light


def test_five_bad_files_each_show_help(browser, address):
    with visiting(browser, address) as page:
        there(page)
        page.locator(".st-key-upload summary").click()
        for name, (content, said) in BAD.items():
            page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
                {"name": name, "mimeType": "application/yaml", "buffer": content.encode()}
            )
            error = page.locator("[data-testid=stAlert]").filter(has_text=name)
            error.wait_for()
            assert said in error.inner_text() and "docs/scenarios.md" in error.inner_text()
            there(page)


def test_cancel_stops_work(browser, address, tell):
    with visiting(browser, f"{address}/?judges=1230") as page:
        there(page)
        page.locator(".st-key-national-start button").click()
        cancel = page.locator(".st-key-cancel-national button")
        cancel.wait_for()
        begun = time.monotonic()
        cancel.click()
        page.get_by_text("Cancelled: nothing is running any more").wait_for()
        tell(f"cancelled within {time.monotonic() - begun:.2f} s")
        expect(page.locator(".st-key-national-start button")).to_be_visible(timeout=PATIENCE)


def test_two_browsers_at_once_stay_apart(browser, address):
    with visiting(browser, address) as mine, visiting(browser, address) as yours:
        there(mine)
        there(yours)
        slide(mine, "judges", 10)
        assert "No lever is moved" in yours.locator("[data-testid=stMain]").inner_text()
        assert fingerprint(mine) != fingerprint(yours)


def test_a_picture_and_a_table_are_downloaded(browser, address, tmp_path):
    with visiting(browser, address) as page:
        there(page)
        page.locator(".st-key-download-families button").first.click()
        for label, ending in (("Picture (SVG)", "svg"), ("Picture (PNG)", "png"), ("Table (CSV)", "csv")):
            with page.expect_download() as waiting:
                page.get_by_role("button", name=label).click()
            file = tmp_path / f"families.{ending}"
            waiting.value.save_as(file)
            assert waiting.value.suggested_filename == file.name
        svg, png = (tmp_path / f"families.{ending}" for ending in ("svg", "png"))
        drawn = svg.read_text("utf-8")
        assert "<path" in drawn and "Not legal advice" in " ".join(re.sub(r"<[^>]+>", " ", drawn).split())
        assert png.read_bytes().startswith(b"\x89PNG") and png.stat().st_size > 5_000
        assert (tmp_path / "families.csv").read_text("utf-8").startswith("fiscal year,")
