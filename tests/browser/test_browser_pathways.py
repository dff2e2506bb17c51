"""The Pathways page in a browser, driven as a person would."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from visits import link, there, visiting


@pytest.fixture(scope="module")
def visit(browser, address):
    """The page under two orders of interviews."""
    with visiting(browser, f"{address}/pathways?order=100") as page:
        there(page)
        page.locator(".refuge-player .dot").first.wait_for(state="attached")
        yield page


def date(page) -> str:
    return page.locator(".refuge-player output").inner_text()


def places(page) -> list[str]:
    return page.eval_on_selector_all(".refuge-player .dot", "dots => dots.map(dot => dot.style.transform)")


def test_the_animation_plays_and_pauses(visit):
    player = visit.locator(".refuge-player")
    assert player.get_attribute("data-state") == "paused"
    begun, where = date(visit), places(visit)
    assert 100 < len(where) <= 400
    player.locator("select").select_option("slow")
    player.get_by_role("button", name="Play").click()
    visit.wait_for_function(f"document.querySelector('.refuge-player output').innerText !== '{begun}'")
    assert player.get_attribute("data-state") == "playing"
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
    dot = visit.locator(".refuge-player .dot:has(.ring)").nth(3)
    who = dot.locator("title").text_content()
    dot.dispatch_event("click")
    visit.get_by_text(re.compile(re.escape(who) + r": .*Until")).first.wait_for()


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


def test_the_link_brings_back_the_pathway_and_the_date(browser, address, visit):
    visit.get_by_role("radio", name="Family reunification").click()
    visit.wait_for_function("location.search.includes('pathway=family')")
    there(visit)
    slider = visit.locator(".st-key-map-date").get_by_role("slider")
    before = parse_qs(urlsplit(link(visit)).query)["date"]
    slider.focus()
    visit.keyboard.press("ArrowRight")
    visit.wait_for_function(f"!location.search.includes('date={before[0]}')")
    there(visit)
    sent = link(visit)
    asked = parse_qs(urlsplit(sent).query)
    assert asked["pathway"] == ["family"] and asked["date"] != before and sent == visit.url
    mine = visit.get_by_text(re.compile("are in this pathway")).inner_text()
    with visiting(browser, sent) as page:
        there(page)
        assert page.get_by_text(re.compile("are in this pathway")).inner_text() == mine
        assert page.get_by_role("radio", name="Family reunification").get_attribute("aria-checked") == "true"
    visit.get_by_role("radio", name="Affirmative asylum").click()
    visit.wait_for_function("location.search.includes('pathway=affirmative')")
    there(visit)


def test_two_people_at_one_desk(visit):
    """N2: the newer overtakes the older under one order of interviews and not under the other."""
    visit.get_by_role("radio", name="Two people at one desk").click()
    visit.get_by_text("the newer one is called").first.wait_for()
    visit.get_by_text("the older one is called first").first.wait_for()


def test_who_wants_less_motion_gets_less(visit):
    visit.emulate_media(reduced_motion="reduce")
    style = visit.eval_on_selector(".refuge-player .dot", "dot => getComputedStyle(dot).transitionProperty")
    assert style == "none"
    begun = date(visit)
    visit.locator(".refuge-player").get_by_role("button", name="Play").click()
    visit.wait_for_function(f"document.querySelector('.refuge-player output').innerText !== '{begun}'")
    visit.locator(".refuge-player").get_by_role("button", name="Pause").click()
