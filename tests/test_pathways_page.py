"""The Pathways page: its pure functions, and the page itself without a browser."""

from __future__ import annotations

import datetime as dt
import re
import time
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from dashboard_here import FOLDER, animation, apart, charts_pathways, followed
from streamlit.testing.v1 import AppTest

DAY = dt.date.fromisoformat
NAMES = ("affirmative", "defensive", "refugee", "family", "status")


def road(*lines):
    """Lines (case, stage, entered, left) as a frame of roads."""
    rows = [
        (case, "s", "", stage, entered, left, "" if left is None else "on")
        for case, stage, entered, left in lines
    ]
    names = ["case", "source", "attributes", "stage", "entered", "left", "transition"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(entered=pd.to_datetime(frame["entered"]), left=pd.to_datetime(frame["left"]))


FIRST = road(
    ("a", "wait", "2026-01-01", "2026-03-10"), ("a", "over", "2026-03-10", None),
    ("b", "wait", "2026-01-05", None),
    ("c", "wait", "2026-02-15", "2026-02-20"), ("c", "over", "2026-02-20", None),
)  # fmt: skip
SECOND = road(
    ("a", "wait", "2026-01-01", None),
    ("b", "wait", "2026-01-05", "2026-02-25"), ("b", "over", "2026-02-25", None),
    ("c", "wait", "2026-02-15", None),
    ("d", "wait", "2026-02-15", None),
)  # fmt: skip
DATES = [DAY("2026-01-31"), DAY("2026-02-28"), DAY("2026-03-31")]
ORDER = ["wait", "unused", "over"]


# -- the animation ---------------------------------------------------------------------------------


def shown():
    return animation.cast([FIRST, SECOND], ["a", "b", "c"], DATES, ORDER)


def test_each_case_is_where_its_road_says_at_each_months_end():
    cast = shown()
    assert cast.stages == ["wait", "over"]
    assert cast.rows[0].tolist() == [[0, 0, animation.ABSENT], [0, 0, 1], [1, 0, 1]]
    assert cast.rows[1].tolist() == [[0, 0, animation.ABSENT], [0, 1, 0], [0, 1, 0]]


def test_a_row_is_a_queue_in_the_order_of_coming():
    cast = shown()
    assert cast.slots[0].tolist() == [[0, 1, animation.ABSENT], [0, 1, 0], [1, 0, 0]]
    for scenario, date in np.ndindex(cast.rows.shape[:2]):
        row, slot = cast.rows[scenario, date], cast.slots[scenario, date]
        places = list(zip(row[row >= 0], slot[row >= 0], strict=True))
        assert len(places) == len(set(places))


def test_the_sample_is_of_cases_that_every_run_followed_and_does_not_depend_on_the_others():
    assert set(animation.sample([FIRST, SECOND])) == {"a", "b", "c"}
    many = road(*[(f"case{n}", "wait", "2026-01-01", None) for n in range(500)])
    chosen = animation.sample([many])
    assert len(chosen) == animation.MOST
    fewer = many[many["case"].isin(chosen[:50])]
    assert animation.sample([fewer]) == chosen[:50]


def test_the_words_say_what_the_dots_show():
    cast = shown()
    said = animation.in_words(cast, 0, str.upper, DATES)
    assert said[DATES[0]] == "2 WAIT"
    assert said[DATES[2]] == "1 WAIT; 2 OVER"
    assert cast.counts(0).sum(axis=1).tolist() == [2, 3, 3]


def test_the_script_is_what_the_player_reads():
    script = animation.script(
        shown(), ["one", "two"], str.title, {"over"}, dict.fromkeys("abc", 0), {"b"}, str.upper, str
    )
    assert script["rows"] == [
        {"label": "Wait", "end": False, "most": 2},
        {"label": "Over", "end": True, "most": 2},
    ]
    assert script["panels"][0]["at"][2] == [animation.SLOTS + 1, 0, animation.SLOTS]
    assert [each["apart"] for each in script["cases"]] == [False, True, False]
    assert script["dates"] == [str(date) for date in DATES]


def test_words_are_given_for_the_ends_of_fiscal_years():
    dates = [DAY(text) for text in ("2026-03-31", "2026-08-31", "2026-09-30", "2027-09-30", "2027-12-31")]
    assert animation.year_ends(dates) == [dates[0], dates[2], dates[3], dates[4]]


# -- flows -----------------------------------------------------------------------------------------


def moves(*lines):
    return pd.DataFrame(
        [(start, end, cases, 2 * cases) for start, end, cases in lines],
        columns=["from_stage", "to_stage", "cases", "persons"],
    )


def test_streams_never_run_in_a_circle_and_none_is_lost():
    found = moves(
        ("source:x", "wait", 10),
        ("wait", "held", 6),
        ("held", "wait", 4),
        ("held", "held", 1),
        ("wait", "over", 8),
    )
    links = charts_pathways.without_circles(found, ["wait", "held", "over"], "cases")
    assert links["value"].sum() == found["cases"].sum()
    pairs = set(zip(links["from"], links["to"], strict=True))
    assert ("held", "back:wait") in pairs and ("held", "back:held") in pairs and ("wait", "held") in pairs
    place = {"source:x": -1, "wait": 0, "held": 1, "over": 2}
    assert all(end.startswith("back:") or place[start] < place[end] for start, end in pairs)


def test_thin_streams_are_set_aside_and_counted():
    links = charts_pathways.without_circles(
        moves(("a", "b", 1000), ("a", "c", 9), ("b", "c", 10)), "abc", "cases"
    )
    wide, thin = charts_pathways.widest(links, 0.01)
    assert wide["value"].tolist() == [1000, 10] and thin["value"].tolist() == [9]


def test_of_very_many_streams_the_widest_are_drawn_and_those_to_an_end():
    many = [("a", f"b{number}", 1000 + number) for number in range(charts_pathways.MOST)]
    order = ["a", *(end for _, end, _ in many), "c", "d"]
    links = charts_pathways.without_circles(moves(*many, ("a", "c", 500), ("a", "d", 400)), order, "cases")
    wide, thin = charts_pathways.widest(links, 0.01, ["d"])
    assert len(wide) == charts_pathways.MOST + 1 and thin["to"].tolist() == ["c"]


def test_thin_streams_are_gathered_by_the_place_that_they_leave():
    links = charts_pathways.without_circles(
        moves(("a", "b", 1000), ("a", "c", 4), ("a", "d", 5), ("b", "d", 3), ("c", "d", 2)), "abcd", "cases"
    )
    drawn = charts_pathways.with_others(*charts_pathways.widest(links, 0.01))
    rows = list(drawn.itertuples(index=False, name=None))
    assert rows == [("a", "b", 1000), ("a", "other:", 9), ("b", "other:", 3)], "c is not in the picture"
    figure = charts_pathways.sankey(drawn, str.title, "cases")
    assert list(figure.data[0].node.label) == ["A", "B", "Other:"]


def test_names_of_a_long_row_of_places_are_short():
    """Else the next place stands on the end of a name."""
    places = [f"place {number} reconsideration" for number in range(12)]
    pairs = [(start, end, 10) for start, end in pairwise(places)]
    long, short = (
        charts_pathways.sankey(charts_pathways.without_circles(moves(*some), places, "cases"), str, "cases")
        for some in (pairs, pairs[:3])
    )
    assert (
        long.data[0].node.label[1] == "place 1<br>reconsider…"
        and short.data[0].node.label[1] == "place 1<br>reconsideration"
    )
    assert max(len(line) for name in long.data[0].node.label[:-1] for line in name.split("<br>")) <= 12


def test_streams_are_counted_in_the_unit_asked_for():
    links = charts_pathways.without_circles(moves(("source:x", "wait", 10)), ["wait"], "persons")
    figure = charts_pathways.sankey(links, str.title, "people", ["wait"])
    assert list(figure.data[0].link.value) == [20]
    assert "people" in figure.data[0].link.hovertemplate
    assert list(figure.data[0].node.customdata) == ["Source:X", "Wait"]
    assert figure.data[0].node.label[1] == ""


# -- following -------------------------------------------------------------------------------------


def test_two_people_of_whom_the_newer_overtakes_under_one_rule_only():
    newest = road(
        ("old", "desk", "2019-03-01", None), ("new", "desk", "2026-02-20", "2026-03-05"),
        ("other", "desk", "2018-01-01", None),
    )  # fmt: skip
    oldest = road(
        ("old", "desk", "2019-03-01", "2026-03-20"), ("new", "desk", "2026-02-20", None),
        ("other", "desk", "2018-01-01", None),
    )  # fmt: skip
    two = followed.two_people([newest, oldest], "desk", {"on"}, DAY("2026-02-28"))
    assert (two.older, two.newer) == ("old", "new")
    assert two.called == ((None, pd.Timestamp("2026-03-05")), (pd.Timestamp("2026-03-20"), None))
    assert followed.two_people([newest, oldest], "desk", {"on"}, DAY("2026-05-31")) is None


def test_a_road_becomes_bars_and_an_end():
    lines = road(("a", "wait", "2026-01-01", "2026-03-10"), ("a", "over", "2026-03-10", None)).assign(
        pathway="p"
    )
    bars, end = followed.segments(
        lines, DAY("2026-12-31"), {"p.wait": "Waiting", "p.over": "Over"}, {"p.over"}
    )
    assert bars[["stage", "days", "open"]].to_numpy().tolist() == [["Waiting", 68, False]]
    assert end == "Over"
    bars, end = followed.segments(lines[:1].assign(left=pd.NaT), DAY("2026-01-31"), {}, {"p.over"})
    assert bars[["stage", "days", "open"]].to_numpy().tolist() == [["wait", 31, True]] and end == ""


def test_a_timeline_shows_every_bar_where_it_belongs():
    bars = pd.DataFrame(
        {
            "row": ["one", "one", "two"],
            "stage": ["x", "y", "x"],
            "from": pd.to_datetime(["2026-01-01", "2026-02-01", "2026-01-01"]),
            "to": pd.to_datetime(["2026-02-01", "2026-02-11", "2026-01-11"]),
            "days": [31, 10, 10],
        }
    )
    ends = {"one": (pd.Timestamp("2026-02-11"), "Granted")}
    figure = charts_pathways.timeline(bars, ends, DAY("2026-01-31"), "31 January 2026")
    spans = {(trace.name, row): x for trace in figure.data for row, x in zip(trace.y, trace.x, strict=True)}
    assert spans == {
        ("x", "one"): 31 * 86_400_000,
        ("y", "one"): 10 * 86_400_000,
        ("x", "two"): 10 * 86_400_000,
    }
    assert any("Granted" in note.text for note in figure.layout.annotations)


# -- the page --------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory):
    """Runs of one case in a thousand with a third of the histories."""
    import pathways

    with apart(tmp_path_factory.mktemp("cache"), 0.001) as patch:
        patch.setattr(pathways, "HISTORY", 0.35)
        yield


@pytest.fixture(scope="module")
def app():
    return settled(AppTest.from_string("import pathways\npathways.show()", default_timeout=120))


def settled(app: AppTest) -> AppTest:
    for _ in range(240):
        app.run()
        assert not app.exception, app.exception[0].stack_trace
        if any(each.value == "Who is where" for each in app.subheader):
            return app
        time.sleep(0.5)
    raise AssertionError("no answer")


def sentences(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def test_every_table_opens(app):
    keys = [each.key for each in app.expander if (each.key or "").startswith("table-")]
    for key in keys:
        app.session_state[key] = True
    settled(app)
    tables = [each for each in app.expander if each.key in keys]
    assert len(tables) >= 4 and all(len(each.table[0].value) for each in tables)
    for key in keys:
        app.session_state[key] = False


def test_every_pathway_has_its_figures_and_its_cases(app):
    for name in NAMES:
        app.segmented_control(key="pathway").set_value(name)
        settled(app)
        text = sentences(app)
        assert re.search(r"On \d+ \w+ 20\d\d, \*\*[\d.,]+( million)? cases", text), name
        assert re.search(r"In fiscal year 20\d\d, \*\*", text), name
        assert re.search(r"Of the \d+ cases, by", text), name
        assert "nan" not in text.lower() and "{" not in text


@pytest.mark.parametrize("place", [0, 1, -1], ids=["before the start", "a month's end", "the last day"])
def test_every_kind_of_date_can_be_chosen(app, place):
    app.segmented_control(key="pathway").set_value("affirmative")
    settled(app)
    slider = app.select_slider(key="map-date")
    chosen = slider.options[place]
    slider.set_value(pd.to_datetime(chosen).date())
    settled(app)
    assert f"On {chosen}, **" in sentences(app)


def test_flows_are_counted_in_cases_or_in_people(app):
    app.segmented_control(key="pathway").set_value("affirmative")
    app.segmented_control(key="flows-unit").set_value("persons")
    settled(app)
    assert re.search(r"In fiscal year 20\d\d, \*\*[\d,]+ people\*\* came", sentences(app))
    app.segmented_control(key="flows-unit").set_value("cases")
    settled(app)
    assert re.search(r"In fiscal year 20\d\d, \*\*[\d,]+ cases\*\* came", sentences(app))


def test_the_same_people_under_two_orders_of_interviews(app):
    """N2: one filed long ago, one last month; whose turn comes first depends on the order and on nothing else."""
    app.segmented_control(key="pathway").set_value("affirmative")
    settled(app)
    app.button(key="try-order").click()
    settled(app)
    text = sentences(app)
    assert re.search(r"\d+ take another road there", text)
    assert "Until" in text and "both roads are the same" in text
    app.segmented_control(key="follow-mode").set_value("two")
    settled(app)
    text = sentences(app)
    assert re.search(r"under “Baseline” the newer one is called \*\*first\*\*", text, re.I)
    assert "the older one is called first" in text


def test_every_text_that_the_page_asks_for_is_in_the_catalogue():
    import words

    say = words.page("pathways")
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("pathways*.py"))
    asked = set(re.findall(r'SAY\(\s*"([\w.]+)"', code))
    assert len(asked) > 40
    assert {key for key in asked if not say.has(key)} == set()
    for key in ("map.waited", "map.wait"):
        assert say.has(key) and say.has(f"{key}_at_once")
    for name in NAMES:
        assert say.has(f"began.{name}")
