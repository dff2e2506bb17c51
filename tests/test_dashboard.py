"""The dashboard without a browser: pages, presets, levers, links, files, code and words."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import string
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from dashboard_here import FOLDER, apart, levers, share, words
from streamlit.testing.v1 import AppTest

import sim

SCALE = 0.0005
JUDGES = levers.Setting(1500, dt.date(2027, 10, 1), 24)


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory):
    with apart(tmp_path_factory.mktemp("cache"), SCALE):
        yield


def opened(query: dict[str, str] | None = None) -> AppTest:
    """The What if page, when its first answer is there."""
    app = AppTest.from_file(str(FOLDER / "app.py"), default_timeout=120)
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return settled(app)


def settled(app: AppTest) -> AppTest:
    for _ in range(400):
        app.run()
        assert not app.exception, app.exception[0].stack_trace
        if app.get("plotly_chart") and not app.warning:
            return app
        time.sleep(0.3)
    raise AssertionError("no answer")


def text(app: AppTest) -> str:
    return "\n".join(each.value for each in (*app.markdown, *app.caption, *app.info, *app.error))


def answer(app: AppTest) -> str:
    return next(each.value for each in app.markdown if each.value.startswith("**Against"))


# -- levers and presets ----------------------------------------------------------------------------


def test_a_lever_changes_the_answer_and_back_takes_it_back():
    app = opened()
    assert "No lever is moved" in text(app)
    app.slider(key="lever-judges").set_value(2000)
    settled(app)
    assert "725 → **2,000**" in text(app) and "with “What if”" in answer(app)
    app.button(key="reset").click()
    settled(app)
    assert "No lever is moved" in text(app)


@pytest.mark.parametrize("name", sim.scenarios())
def test_every_preset_opens(name):
    app = opened({"scenario": name})
    assert len(app.get("plotly_chart")) > 5
    assert app.selectbox(key="scenario").value == name


def test_every_table_opens():
    app = opened()
    keys = [each.key for each in app.expander if (each.key or "").startswith("table-")]
    for key in keys:
        app.session_state[key] = True
    tables = [each for each in settled(app).expander if each.key in keys]
    assert len(tables) == 5 and all(len(each.table[0].value) for each in tables)


def test_every_lever_moves_a_number_and_says_what_it_is():
    base = sim.load()
    for lever in levers.LEVERS:
        value = {"hold": levers.OPEN, "share": 80}.get(lever.kind, levers.usual(lever, base))
        value = value if lever.kind in ("hold", "share") else value + lever.step
        moved = levers.applied(base, {lever.name: levers.Setting(value, dt.date(2028, 10, 1))}, "x")
        changed = {path for path, _, _ in moved.diff(base)}
        for path in lever.paths:
            assert any(each.startswith(levers.number_of(base, path)[1]) for each in changed), (
                lever.name,
                path,
            )
        assert words.page("levers").has(f"{lever.name}.label") and words.page("levers").has(
            f"{lever.name}.what"
        )
    assert levers.applied(base, {}, "x") is base


def test_a_ramp_arrives_when_it_says():
    base = sim.load()
    moved = levers.applied(base, {"judges": JUDGES}, "x")
    path = "offices.immigration_judges.staff"
    assert levers.at(moved, path, dt.date(2027, 9, 30)) == levers.at(base, path, dt.date(2027, 9, 30))
    assert 725 < levers.at(moved, path, dt.date(2028, 10, 1)) < 1500
    assert levers.at(moved, path, dt.date(2030, 1, 1)) == 1500


@pytest.mark.parametrize("name", [lever.name for lever in levers.LEVERS if lever.kind != "hold"])
def test_every_lever_can_be_moved_little_by_little(name):
    base, lever = sim.load(), levers.BY_NAME[name]
    value = 80 if lever.kind == "share" else levers.usual(lever, base) + 10 * lever.step
    moved = levers.applied(base, {name: levers.Setting(value, dt.date(2027, 10, 1), 24)}, "x")
    at_once = levers.applied(base, {name: levers.Setting(value, dt.date(2029, 10, 1))}, "x")
    for path in lever.paths:
        first, half, last = (
            levers.at(moved, path, day)
            for day in (dt.date(2027, 10, 15), dt.date(2028, 10, 1), dt.date(2029, 10, 1))
        )
        end = levers.at(at_once, path, dt.date(2029, 10, 1))
        assert first < half < last == pytest.approx(end)
        assert half == pytest.approx((first + last) / 2, rel=0.05)


@pytest.mark.parametrize(
    ("scenario", "name", "value"),
    [
        ("baseline", "judges", 735),
        ("ordinary_years", "refugee_officers", 140),
        ("filings_surge", "filings", 110),
    ],
)
def test_more_is_never_less_than_planned_afterwards(scenario, name, value):
    """What a scenario plans for later follows a lever in proportion: the first notch up is more on every day."""
    base, lever = sim.load(scenario), levers.BY_NAME[name]
    (path,) = lever.paths
    assert levers.plan(base, path)
    moved = levers.applied(base, {name: levers.Setting(value)}, "x")
    for day in (levers.USUAL_DAY + dt.timedelta(days=days) for days in range(0, 1500, 7)):
        more = levers.at(moved, path, day) / levers.at(base, path, day)
        assert more == pytest.approx(value / levers.usual(lever, base), rel=1e-5)


def test_a_plan_goes_on_in_proportion_where_a_ramp_has_arrived():
    base, path = sim.load("ordinary_years"), "offices.refugee_officers.staff"
    moved = levers.applied(base, {"refugee_officers": levers.Setting(300, levers.USUAL_DAY, 3)}, "x")
    days = [levers.later(levers.USUAL_DAY, months) for months in (0, 1, 2, 3, 30)]
    more = [levers.at(moved, path, day) / levers.at(base, path, day) for day in days]
    assert 1 == more[0] < more[1] < more[2] < more[3] == pytest.approx(more[4], rel=1e-5)
    assert levers.at(moved, path, days[3]) == pytest.approx(300, rel=1e-5)


def test_a_difference_of_a_few_simulated_cases_is_called_chance():
    app = opened({"judges": "735"})
    said = [
        line
        for line in text(app).splitlines()
        if "in “Baseline”" in line and (" more than" in line or " fewer than" in line)
    ]
    small = [line for line in said if "simulated: chance alone could do that" in line]
    assert small, said


def test_the_page_says_what_becomes_of_a_plan():
    app = opened({"judges": "735"})
    assert "725 → **735** from 1 October 2027, and what is planned in proportion: 750 → 760" in text(app)
    app.number_input(key="over-judges").set_value(24)
    settled(app)
    assert "725 → **735** from 1 October 2027, reached over 24 months in place of the 750 planned" in text(
        app
    )


def test_a_ceiling_is_raised_for_whole_fiscal_years():
    setting = levers.Setting(87_500, dt.date(2027, 10, 1), 24)
    moved = levers.applied(sim.load(), {"ceiling": setting}, "x")
    days = [dt.date(2028, 9, 30), dt.date(2028, 10, 1), dt.date(2029, 9, 30), dt.date(2029, 10, 1)]
    found = [levers.at(moved, "quotas.refugee_ceiling.ceiling", day) for day in days]
    assert found[0] < found[1] == found[2] < found[3] == 87_500


def test_a_ramp_that_the_run_does_not_see_to_its_end_keeps_its_slope():
    base = sim.load()
    since, day = dt.date(2034, 10, 1), dt.date(2036, 9, 30)
    moved = levers.applied(base, {"asylum_officers": levers.Setting(1120, since, 60)}, "x")
    path = "offices.asylum_officers.staff"
    before = levers.at(base, path, since)
    share_seen = (day - since) / (levers.later(since, 60) - since)
    assert levers.at(moved, path, day) == pytest.approx(before + share_seen * (1120 - before), rel=1e-3)
    ceiling = levers.applied(base, {"ceiling": levers.Setting(100_000, since, 60)}, "x")
    steps = [
        levers.at(ceiling, "quotas.refugee_ceiling.ceiling", dt.date(year, 12, 1)) for year in (2034, 2035)
    ]
    assert 17_500 <= steps[0] < steps[1] < 40_000
    assert levers.at(ceiling, "quotas.refugee_ceiling.ceiling", day) == steps[1]


# -- links -----------------------------------------------------------------------------------------


def test_a_link_brings_the_levers_back():
    app = opened({"judges": "1500", "judges_over": "24", "order": "100", "order_from": "2028-10-01"})
    assert app.slider(key="lever-judges").value == 1500
    assert app.number_input(key="over-judges").value == 24
    assert app.date_input(key="from-order").value == dt.date(2028, 10, 1)
    shown = {key: value if isinstance(value, str) else value[0] for key, value in app.query_params.items()}
    assert shown["judges"] == "1500" and shown["run"] and shown["baseline"] == sim.load().fingerprint
    again = opened(shown)
    assert answer(again) == answer(app)
    assert not again.info


def test_every_setting_survives_a_link():
    base = sim.load()
    settings = {
        lever.name: levers.Setting(levers.CLOSED if lever.kind == "hold" else 50, dt.date(2029, 1, 1), 6)
        for lever in levers.LEVERS
    }
    link = share.read(share.query("ordinary_years", "baseline", settings, base, base))
    assert link.settings == settings and not link.notes
    assert (link.scenario, link.against) == ("ordinary_years", "baseline")


def test_an_old_link_says_what_changed():
    base = sim.load()
    query = share.query("baseline", "baseline", {}, base, base)
    assert share.differences(share.read(query), base, base) == []
    old = query | {"model": "0.0.9", "baseline": "0" * 12, "run": "1" * 12}
    link = share.read(old)
    said = " ".join([*link.notes, *share.differences(link, base, base)])
    assert "0.0.9" in said and "0" * 12 in said and "1" * 12 in said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"judge": "1000"}, "“judge”, which this version does not know"),
        ({"judges": "many"}, "“judges” to “many”"),
        ({"judges": "999999"}, "“judges” to “999999”"),
        ({"judges": "900", "judges_from": "soon"}, "“judges_from” to “soon”"),
        ({"programme_hold": "ajar"}, "“programme_hold” to “ajar”"),
        ({"scenario": "../../etc/passwd"}, "“scenario” to “../../etc/passwd”"),
    ],
)  # fmt: skip
def test_a_link_that_is_wrong_is_not_silent(query, said):
    link = share.read(query)
    assert not link.settings and link.scenario == "baseline"
    assert said in " ".join(link.notes)


# -- files -----------------------------------------------------------------------------------------

BAD_FILES = {
    "not_yaml.yaml": (b"title: [", "line"),
    "unknown_path.yaml": (
        b"title: x\nextends: baseline\nchanges:\n  - {set: offices.immigration_judge.staff, to: 900}\n",
        "line 4: set offices.immigration_judge.staff",
    ),
    "impossible.yaml": (
        b"title: x\nextends: baseline\nchanges:\n  - {set: affirmative.backlog.oldest_first, to: 3}\n", "line 4"
    ),
    "elsewhere.yaml": (b"title: x\nextends: ../secret.yaml\n", "is a path"),
    "two.yaml": (
        b"title: x\nextends: baseline\nchange: []\nchanges:\n  - {set: offices.board_members.staff, too: 3}\n", "line"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_told_line_by_line(name):
    content, said = BAD_FILES[name]
    app = opened()
    app.file_uploader(key="file").set_value((name, content, "application/yaml"))
    app.run()
    (error,) = app.error
    assert "This file cannot be used" in error.value and name in error.value and said in error.value
    assert "Traceback" not in error.value and "/tmp" not in error.value


def test_a_downloaded_scenario_comes_back_as_a_file():
    moved = levers.applied(sim.load(), {"judges": JUDGES}, "Many judges")
    app = opened()
    app.file_uploader(key="file").set_value(("mine.yaml", moved.to_yaml().encode(), "application/yaml"))
    settled(app)
    assert moved.fingerprint in text(app)
    assert "with “Many judges”" in answer(app)
    assert "A link cannot carry an uploaded file" in text(app)


# -- equal numbers ---------------------------------------------------------------------------------


def test_page_command_and_python_give_equal_numbers(tmp_path):
    app = opened({"judges": "1500", "scenario": "ordinary_years", "against": "baseline"})
    python, command = (
        next(each.value for each in app.code if start in each.value) for start in ("import sim", "refuge run")
    )
    app.session_state["table-families"] = True
    settled(app)
    shown = next(each for each in app.expander if each.key == "table-families").table[0].value
    chosen = sim.load("ordinary_years").scale("offices.immigration_judges.staff", 2.06897, since="2027-10-01")
    mine = sim.run(chosen, seed=1, scale=SCALE, history=0.0).info["summary"]["families_apart"]
    assert shown["What if"].tolist() == [f"{mine[year]:,.0f}" for year in shown["fiscal year"]]

    calls = [line for line in python.splitlines() if line.startswith(("import", "reference", "scenario"))]
    namespace: dict[str, sim.Scenario] = {}
    exec("\n".join(calls), namespace)
    assert namespace["scenario"].digest == chosen.digest and namespace["reference"].name == "baseline"
    assert f"seed=1, scale={SCALE:g}" in python

    assert "# what_if.yaml: the scenario file of this page" in command
    (tmp_path / "what_if.yaml").write_text(chosen.to_yaml(), encoding="utf-8")
    assert run_as_said(command.strip().splitlines()[-1], tmp_path)["families_apart"] == mine


def run_as_said(command: str, folder: Path) -> dict[str, object]:
    """The headline that a command of the page prints."""
    asked = command.split()
    assert asked[:2] == ["refuge", "run"]
    said = [sys.executable, "-m", "sim", *asked[1:], "--json"]
    return json.loads(subprocess.run(said, capture_output=True, text=True, check=True, cwd=folder).stdout)[
        "summary"
    ]


def test_a_command_without_a_file_gives_equal_numbers(tmp_path):
    moved = levers.applied(sim.load(), {"asylum_officers": levers.Setting(900)}, "x")
    command = share.command("baseline", "what_if", moved.changes, "baseline", SCALE)
    said = " ".join(part.strip().rstrip("\\") for part in command.strip().splitlines()[1:])
    assert "--set offices.asylum_officers.staff=900@2027-10-01" in said
    mine = sim.run(moved, seed=1, scale=SCALE, history=0.0).info["summary"]
    assert run_as_said(said, tmp_path)["court_pending"] == mine["court_pending"]


def test_bands_are_those_of_the_library_and_the_code_says_how():
    import pairs

    base = sim.load().between(horizon="2027-09-30")
    more = base.change("offices.immigration_judges.staff", 1500)
    runs_of = [
        tuple(sim.replicate(each, runs=1, workers=1, seed=seed, scale=SCALE) for each in (base, more))
        for seed in (1, 2)
    ]
    found = pairs.Pair(("a", "b"), pairs.compared(("a", "b"), runs_of, (), fixed=False))
    mine = sim.compare(base, more, runs=2, workers=1, scale=SCALE, again=0).table("headline", "court_pending")
    gap = found.gap("headline", "court_pending", 2027)
    assert gap["difference"] == mine["difference"].iloc[-1] and gap["low"] == mine["low"].iloc[-1]
    shown = found.frame("headline", "court_pending")
    assert (shown["low"] <= shown["value"]).all() and (shown["value"] <= shown["high"]).all()
    code = share.python("baseline", (), "baseline", 0.02, (1, 2))
    assert "sim.compare(reference, scenario, runs=2, seed=1, scale=0.02)" in code
    assert "compare baseline more_judges --runs 2" in share.command(
        "more_judges", "x", (), "baseline", 1, (1, 2)
    )


def test_code_with_a_ramp_gives_the_same_scenario(tmp_path, monkeypatch):
    base = sim.load()
    settings = {
        "judges": JUDGES,
        "lawyers": levers.Setting(200),
        "families_hold": levers.Setting(levers.OPEN),
    }
    moved = levers.applied(base, settings, "x")
    namespace: dict[str, sim.Scenario] = {}
    code = share.python("baseline", moved.changes, "baseline", SCALE)
    exec("\n".join(line for line in code.splitlines() if not line.startswith(("for", "    "))), namespace)
    assert namespace["scenario"].digest == moved.digest
    assert "what_if.yaml" in share.command("baseline", "what_if", moved.changes, "baseline", SCALE)
    (tmp_path / "what_if.yaml").write_text(moved.to_yaml(), encoding="utf-8")
    assert sim.load(tmp_path / "what_if.yaml").digest == moved.digest


def test_a_link_says_which_of_its_values_cannot_be():
    notes = share.read({"judges": "800", "judges_from": "2027-13-45", "judges_over": "24"}).notes
    assert len(notes) == 1 and "“judges_from” to “2027-13-45”" in notes[0]
    assert "“judges_over” to “999”" in share.read({"judges": "800", "judges_over": "999"}).notes[0]
    assert "does not know" in share.read({"judges_over": "12"}).notes[0]
    assert share.read({"judges": "800", "judges_over": "24"}).settings == {
        "judges": levers.Setting(800, months=24)
    }


def test_notes_about_a_link_stay_until_something_is_moved():
    app = opened({"judges": "801", "baseline": "deadbeef0000"})
    for _ in range(3):
        assert "The baseline has changed since this link was made" in text(app)
        app.run()
    app.slider(key="lever-judges").set_value(900)
    assert "has changed since this link" not in text(settled(app))


def test_a_date_that_the_run_does_not_reach_is_moved_and_said():
    app = opened({"judges": "801", "judges_from": "2050-01-01"})
    assert "which this scenario does not reach; 30 September 2036 was taken" in text(app)


def test_a_run_too_short_for_any_wait_shows_no_empty_chart():
    short, usual = opened({"scenario": "check_start"}), opened()
    assert any("half are not done within the years simulated" in each.value for each in short.info)
    drawn = [
        any("plot-waits" in chart.proto.id for chart in app.get("plotly_chart")) for app in (short, usual)
    ]
    assert drawn == [False, True]


def test_a_file_with_its_own_horizon_is_compared_to_that_day_in_the_code_too():
    code = share.python("mine.yaml", (), "baseline", 0.02, until="2026-12-31")
    names: dict[str, sim.Scenario] = {}
    exec("\n".join(code.splitlines()[:3]), names)
    assert names["reference"].horizon == dt.date(2026, 12, 31)
    assert "--until 2026-12-31" in share.command("mine.yaml", "x", (), "baseline", 0.02, until="2026-12-31")


def test_citations_name_what_was_run():
    chosen = sim.load()
    for citation in share.citations(chosen, 0.02, "seed 1", dt.date(2026, 11, 22)).values():
        assert all(part in citation for part in (chosen.fingerprint, share.VERSION, "seed 1", "2026"))


def test_a_table_goes_out_as_text():
    import furniture

    table = pd.DataFrame({"name": ["=1+1", "https://x"], "people": [1.5, 2.0]})
    assert furniture.csv(lambda: table).splitlines()[1] == "=1+1,1.5"
    book = furniture.xlsx(lambda: table, ["About"])
    import zipfile

    sheet = zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet


# -- words -----------------------------------------------------------------------------------------


def test_every_language_has_every_page_and_every_place():
    english = {file.name: words.read("en", file.stem) for file in (FOLDER / "texts" / "en").glob("*.toml")}
    assert english["common.toml"] and english["what_if.toml"]
    for language in (FOLDER / "texts").iterdir():
        for name, texts in english.items():
            other = words.read(language.name, name.removesuffix(".toml"))
            assert set(other) <= set(texts)
            for key, words_there in other.items():
                assert places(words_there) == places(texts[key]), (language.name, key)


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_page_has_a_title_and_its_texts_are_read():
    source = "\n".join(file.read_text(encoding="utf-8") for file in FOLDER.glob("*.py"))
    pages = re.search(r"(?s)PAGES = \{(.*?)\}", source)[1]
    for name in re.findall(r'"(\w+)":', pages):
        assert words.page(name).has("title"), name
    for file in (FOLDER / "texts" / "en").glob("*.toml"):
        tomllib.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("value", "said"),
    [(3_318_000, "3.32 million"), (814_321, "814,000"), (940, "940"), (2.53, "2.5"), (0, "0")],
)
def test_amounts_are_said_in_three_figures(value, said):
    assert words.amount(value) == said
