"""Scenarios: reading, changing by date and by part, fingerprints, sources, writing."""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.evidence import all_sources, resolve
from sim.scenario import Scenario, load, parse_setting, problems
from sim.scenario_schema import schema
from sim.shipped import shipped_folder, shipped_names
from sim.trees import breakpoints, in_force

BASE = """
title: A small baseline
sources:
  filings:
    rate:
      value: {2025-10-01: {venezuela: 100, default: 10}, 2026-06-01: {venezuela: 50, default: 10}}
      by: [nationality]
      unit: cases a month
      source: C01
      confidence: official
start: 2026-04-01
horizon: 2036-09-30
affirmative:
  decision:
    split:
      value:
        venezuela: {granted: 0.2, referred: 0.5, dismissed: 0.3}
        default: {granted: 0.4, referred: 0.6}
      low: {default: {granted: 0.3, referred: 0.5}}
      high: {default: {granted: 0.5, referred: 0.7}}
      by: [nationality]
      unit: share
      source: review:4;C01
      confidence: derived
      odds:
        granted:
          lawyer: {value: {yes: 2.5, no: 1}, source: C01, confidence: judgement}
    minutes: {value: 90, unit: minutes, source: review:4, confidence: judgement, low: 60, high: 120}
  review:
    days:
      value: {lognormal: {median: 30, sigma: 0.5}}
      unit: days
      source: "rule: INA 208(d)"
      confidence: judgement
      date: 2026-03-31
      note: "a note: with a colon"
      factors:
        lawyer: {value: {yes: 2, default: 1}, source: C01, confidence: judgement}
offices:
  asylum_officers:
    staff:
      value: {miami: 40, houston: 30}
      by: [asylum_office]
      unit: officers
      source: C01
      confidence: official
      low: {miami: 30}
    order: [affirmative.fresh, affirmative.backlog]
    share:
      value: {affirmative.fresh: 3, affirmative.backlog: 1}
      unit: weight
      source: C01
      confidence: judgement
"""
SPLIT = "affirmative.decision.split"
STAFF = "offices.asylum_officers.staff"
RATE = "sources.filings.rate"


@pytest.fixture
def base(tmp_path: Path) -> Scenario:
    return load(written(tmp_path, BASE, "base.yaml"))


def written(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def child(folder: Path, changes: str, more: str = "") -> Scenario:
    written(folder, BASE, "base.yaml")
    return load(written(folder, f"title: Mine\nextends: base.yaml\n{more}changes:\n{changes}"))


def on(scenario: Scenario, path: str, day: str):
    return in_force(scenario.numbers[path].value, dt.date.fromisoformat(day))


def test_reads_numbers_texts_and_lines(base):
    assert (base.start, base.horizon) == (dt.date(2026, 4, 1), dt.date(2036, 9, 30))
    number = base.require("affirmative.review.days")
    assert number.value == {"lognormal": {"median": 30, "sigma": 0.5}}
    assert (number.unit, number.date, number.note) == ("days", "2026-03-31", "a note: with a colon")
    assert BASE.splitlines()[number.line - 1].strip() == "days:"
    assert number.factors["lawyer"].value == {"yes": 2, "default": 1}
    assert base.numbers[SPLIT].odds["granted"]["lawyer"].value == {"yes": 2.5, "no": 1}
    assert base.names_at("offices.asylum_officers.order") == ("affirmative.fresh", "affirmative.backlog")
    assert len(base.numbers) == 6
    assert base.get("nothing.here") is None


def test_bounds_take_the_whole_shape_of_the_value(base):
    assert base.numbers[STAFF].low == {"miami": 30, "houston": 30}
    assert base.numbers[SPLIT].low["venezuela"] == base.numbers[SPLIT].value["venezuela"]


def test_set_always_replaces_the_whole_number(base):
    changed = base.change("affirmative.decision.minutes", 60)
    number = changed.numbers["affirmative.decision.minutes"]
    assert (number.value, number.low, number.high) == (60, None, None)
    assert (number.source, number.confidence) == ("user", "judgement")
    assert base.numbers["affirmative.decision.minutes"].value == 90


def test_since_and_until_bring_the_baseline_back(base):
    path = "affirmative.decision.minutes"
    changed = base.change(path, 60, since="2027-01-01", until="2027-12-31")
    days = ["2026-04-01", "2026-12-31", "2027-01-01", "2027-12-31", "2028-01-01"]
    assert [on(changed, path, day) for day in days] == [90, 90, 60, 60, 90]
    assert in_force(changed.numbers[path].low, dt.date(2027, 5, 1)) == 60
    assert in_force(changed.numbers[path].low, dt.date(2028, 5, 1)) == 60  # the baseline's own low
    assert in_force(changed.numbers[path].high, dt.date(2028, 5, 1)) == 120


def test_until_gives_back_what_the_baseline_says_by_then(base):
    changed = base.change(f"{RATE}.venezuela", 0, since="2026-05-01", until="2026-07-31")
    values = [
        on(changed, RATE, d)["venezuela"] for d in ("2026-04-30", "2026-05-01", "2026-06-15", "2026-08-01")
    ]
    assert values == [100, 0, 0, 50]
    assert on(changed, RATE, "2026-06-15")["default"] == 10


def test_a_change_before_the_start_holds_on_day_0(base):
    changed = base.change("affirmative.decision.minutes", 60, since="2020-01-01")
    assert on(changed, "affirmative.decision.minutes", "2026-04-01") == 60


def test_a_level_under_default_gets_its_own_value(base):
    changed = base.scale(f"{RATE}.haiti", 3, since="2027-01-01")
    assert on(changed, RATE, "2027-01-01") == {"venezuela": 50, "default": 10, "haiti": 30}
    assert "haiti" not in on(changed, RATE, "2026-12-31")


def test_one_share_moves_the_others_in_proportion(base):
    changed = base.change(f"{SPLIT}.venezuela.granted", 0.6)
    assert changed.numbers[SPLIT].value["venezuela"] == pytest.approx(
        {"granted": 0.6, "referred": 0.25, "dismissed": 0.15}
    )
    assert changed.numbers[SPLIT].value["default"] == {"granted": 0.4, "referred": 0.6}


def test_a_share_without_a_level_changes_every_group(base):
    value = base.change(f"{SPLIT}.granted", 0.5).numbers[SPLIT].value
    assert [group["granted"] for group in value.values()] == [0.5, 0.5]
    assert all(sum(group.values()) == pytest.approx(1) for group in value.values())


def test_a_share_that_was_left_out_can_be_set(tmp_path):
    text = BASE.replace("default: {granted: 0.4, referred: 0.6}", "default: {granted: 0.4}").replace(
        "default: {granted: 0.3, referred: 0.5}", "default: {granted: 0.3}"
    )
    text = text.replace("default: {granted: 0.5, referred: 0.7}", "default: {granted: 0.5}")
    base = load(written(tmp_path, text))
    value = base.change(f"{SPLIT}.haiti.referred", 0.8).numbers[SPLIT].value
    assert value["haiti"] == pytest.approx({"granted": 0.4 * (1 - 0.8) / (1 - 0.6), "referred": 0.8})


def test_scale_stretches_a_distribution_and_multiplies_bounds(base):
    changed = base.scale("affirmative.review.days", 2).scale("affirmative.decision.minutes", 1.5)
    assert changed.numbers["affirmative.review.days"].value == {"lognormal": {"median": 60, "sigma": 0.5}}
    number = changed.numbers["affirmative.decision.minutes"]
    assert (number.value, number.low, number.high) == (135, 90, 180)


def test_add_to_one_office_and_by_mapping(base):
    assert base.add(f"{STAFF}.miami", 10).numbers[STAFF].value == {"miami": 50, "houston": 30}
    changed = base.add(STAFF, {"miami": -5, "houston": 5}, since="2027-01-01")
    assert on(changed, STAFF, "2027-01-01") == {"miami": 35, "houston": 35}


def test_ramp_is_straight_monotone_and_arrives(base):
    path = "affirmative.decision.minutes"
    changed = base.ramp(path, 180, since="2027-01-01", until="2029-01-01")
    days = sorted(breakpoints(changed.numbers[path].value))
    values = [in_force(changed.numbers[path].value, day) for day in days]
    assert values == sorted(values)
    assert on(changed, path, "2027-01-01") == 90
    assert on(changed, path, "2028-01-01") == pytest.approx(135, abs=0.1)
    assert on(changed, path, "2029-01-01") == on(changed, path, "2035-01-01") == 180
    assert on(changed, path, "2028-12-31") < 180
    short = base.ramp(path, 100, since="2027-01-01", until="2027-01-11")
    assert on(short, path, "2027-01-06") == pytest.approx(95)


def test_ramp_without_since_begins_at_the_start(base):
    changed = base.ramp(f"{RATE}.venezuela", 0, until="2026-04-11")
    assert on(changed, RATE, "2026-03-31")["venezuela"] == 100
    assert on(changed, RATE, "2026-04-06")["venezuela"] == pytest.approx(50)


def test_series_inside_a_change(base):
    changed = base.change(
        "affirmative.decision.minutes", {"2026-04-01": 80, "2027-10-01": 70}, until="2028-09-30"
    )
    days = ["2026-04-01", "2027-10-01", "2028-09-30", "2028-10-01"]
    assert [on(changed, "affirmative.decision.minutes", day) for day in days] == [80, 70, 70, 90]


def test_factors_odds_and_dotted_parts(base):
    changed = base.change("affirmative.review.days.factors.lawyer.yes", 3)
    assert changed.numbers["affirmative.review.days"].factors["lawyer"].value == {"yes": 3, "default": 1}
    changed = base.scale(f"{SPLIT}.odds.granted.lawyer.yes", 2, since="2027-01-01")
    odds = changed.numbers[SPLIT].odds["granted"]["lawyer"]
    assert in_force(odds.value, dt.date(2027, 1, 1)) == {"yes": 5, "no": 1}
    share = base.change("offices.asylum_officers.share.affirmative.fresh", 9)
    assert share.numbers["offices.asylum_officers.share"].value["affirmative.fresh"] == 9


def test_optional_and_new_numbers(base):
    held = base.change("affirmative.decision.hold", 1, since="2027-01-01")
    assert on(held, "affirmative.decision.hold", "2026-12-31") == 0
    assert on(held, "affirmative.decision.hold", "2027-01-01") == 1
    new = base.change("affirmative.backlog.left.rate", {"value": 0.01, "unit": "per month", "source": "C01"})
    assert new.numbers["affirmative.backlog.left.rate"].unit == "per month"
    by = base.change("affirmative.decision.minutes", {"value": {"yes": 60, "default": 90}, "by": ["lawyer"]})
    assert by.numbers["affirmative.decision.minutes"].by == ("lawyer",)
    order = base.change("offices.asylum_officers.order", ["affirmative.backlog", "affirmative.fresh"])
    assert order.names_at("offices.asylum_officers.order")[0] == "affirmative.backlog"


def test_files_extend_files(tmp_path):
    first = child(
        tmp_path,
        f"  - {{scale: {STAFF}, by: 2, source: 'A plan, 2026'}}\n",
        "question: How?\nlook_at: [court_pending, families_apart]\nsources: A report\n",
    )
    text = (
        f"title: More\nextends: mine.yaml\nhorizon: 2030-09-30\nchanges:\n  - {{add: {STAFF}.miami, by: 1}}\n"
    )
    second = load(written(tmp_path, text, "more.yaml"))
    assert second.numbers[STAFF].value == {"miami": 81, "houston": 60}
    assert second.chain == ("base.yaml", "mine.yaml", "more.yaml")
    assert (first.question, second.question) == ("How?", "")
    assert (first.look_at, first.cited) == (("court_pending", "families_apart"), ("A report",))
    assert load(written(tmp_path, first.to_yaml(), "copy.yaml")).look_at == first.look_at
    assert second.horizon == dt.date(2030, 9, 30)
    assert "A plan, 2026" in first.numbers[STAFF].source


def test_error_and_unused_point_at_the_line(tmp_path):
    scenario = child(tmp_path, "  - set: affirmative.decision.minutes\n    to: 5\n")
    problem = scenario.error("affirmative.decision.minutes", "too short", allowed=["10"])
    assert str(problem).endswith("mine.yaml, line 4: affirmative.decision.minutes: too short (allowed: 10)")
    assert (problem.file.endswith("mine.yaml"), problem.line) == (True, 4)
    assert scenario.error(STAFF, "no").file == "base.yaml"
    assert scenario.error("offices.asylum_officers", "no").line is not None
    for path in scenario.numbers:
        scenario.get(path)
    with pytest.raises(InputError, match=r"offices\.asylum_officers\.order: the model knows no number"):
        scenario.unused()
    scenario.names_at("offices.asylum_officers.order")
    scenario.unused()


def test_require_names_the_nearest(base):
    with pytest.raises(InputError, match=r"did you mean 'affirmative\.review\.days'"):
        base.require("affirmative.reviews.days")


def test_diff_says_what_changed(base):
    assert base.diff(base) == []
    changed = base.change(f"{SPLIT}.venezuela.granted", 0.6).between(horizon="2030-09-30")
    paths = [difference.path for difference in changed.diff(base)]
    assert paths == [f"{SPLIT}.venezuela.{name}" for name in ("granted", "referred", "dismissed")] + [
        "horizon"
    ]
    assert changed.diff(base)[0][1:] == (0.6, 0.2)


def test_sources_of_every_number(base):
    found = {number.path: number for number in base.sources()}
    assert len(found) == len(base.numbers) + 2
    split = found[SPLIT]
    assert [source.id for source in split.sources] == ["review:4", "C01"]
    assert split.sources[1].url.startswith("http")
    assert f"{SPLIT}.odds.granted.lawyer" in found
    assert found["affirmative.review.days"].sources[0].title == "INA 208(d)"


def test_every_shipped_source_has_a_title():
    assert len(all_sources()) > 400
    assert all(source.title and source.publisher for source in all_sources().values())
    assert resolve("C01; review:4 row 2")[1].publisher == "Refuge"


def test_fingerprint_ignores_order_texts_and_form(base, tmp_path):
    blocks = BASE.split("offices:")
    text = blocks[0].replace("A small baseline", "Another title").replace("value: 90", "value: 90.0")
    other = load(written(tmp_path, "offices:" + blocks[1] + text.lstrip(), "other.yaml"))
    assert other.fingerprint == base.fingerprint
    assert len(base.fingerprint) == 12
    assert base.digest.startswith(base.fingerprint)
    assert base.change("affirmative.decision.minutes", 91).fingerprint != base.fingerprint
    assert base.change("affirmative.decision.minutes", 90).change(STAFF, {"miami": 40, "houston": 30}).numbers
    assert base.between(horizon="2030-01-01").fingerprint != base.fingerprint


def test_what_a_number_is_known_by_follows_every_change(base):
    before = {path: one.essence for path, one in base.numbers.items()}
    changed = base.change("affirmative.decision.minutes", 91)
    assert {path for path, one in changed.numbers.items() if one.essence != before[path]} == {
        "affirmative.decision.minutes"
    }
    known = changed.numbers["affirmative.decision.minutes"]
    assert known.essence == type(known)(**known.model_dump()).essence  # as if it had never been another


@pytest.mark.parametrize("seed", ["0", "7"])
def test_fingerprint_is_the_same_in_another_process(base, tmp_path, seed):
    code = "import sys; from sim.scenario import load; print(load(sys.argv[1]).digest)"
    path = tmp_path / "base.yaml"
    root = Path(__file__).parents[1]
    env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)}
    run = subprocess.run(
        [sys.executable, "-c", code, path], env=env, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == base.digest


def test_dict_is_json_and_yaml_loads_as_the_same(base, tmp_path):
    data = json.loads(json.dumps(base.as_dict()))
    assert data["start"] == "2026-04-01"
    assert data["numbers"][RATE]["value"]["2025-10-01"]["venezuela"] == 100
    assert load(written(tmp_path, base.to_yaml(), "again.yaml")).digest == base.digest
    changed = base.change(f"{SPLIT}.venezuela.granted", 0.6, since="2027-01-01").ramp(
        f"{RATE}.default", 20, until="2028-01-01"
    )
    assert "extends: base.yaml" in changed.to_yaml()
    assert load(written(tmp_path, changed.to_yaml(), "copy.yaml")).digest == changed.digest
    assert load(written(tmp_path, changed.to_yaml(resolved=True), "whole.yaml")).digest == changed.digest
    assert json.dumps(changed.as_dict())


def test_scenarios_and_errors_travel_between_processes(base):
    changed = base.change("affirmative.decision.minutes", 60)
    assert pickle.loads(pickle.dumps(changed)).digest == changed.digest
    problem = InputError("wrong", file="a.yaml", line=3, key="x", allowed=["b"], nearest="b")
    assert str(pickle.loads(pickle.dumps(problem))) == str(problem)


def test_settings_of_the_command_line(base):
    change = parse_setting(f"{STAFF}.miami=55@2027-10-01")
    changed = base.applied(change)
    assert on(changed, STAFF, "2027-10-01")["miami"] == 55
    assert (
        base.applied(parse_setting(f"{STAFF}={{miami: 1, houston: 2}}")).numbers[STAFF].value["houston"] == 2
    )
    days = base.applied(parse_setting("affirmative.review.days={fixed: 3}"))
    assert days.numbers["affirmative.review.days"].value == {"fixed": 3}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", "PATH=VALUE"),
        ("=3", "PATH=VALUE"),
        (f"{STAFF}.miami=", "PATH=VALUE"),
        (f"{STAFF}.miami=many", "'many' is not a number"),
        (f"{STAFF}.miami=3@soon", "not a date"),
        (f"{STAFF}.miami=3@", "not a date"),
        (f"{STAFF}.miami=.nan", "finite"),
        (f"{STAFF}.miami=-1", "below zero"),
        (f"{STAFF}.miami={{a: [", "not valid YAML"),
        (f"{STAFF}.miami=&a 3", "anchors"),
        (f"{STAFF}.miamy=3", "did you mean 'miami'"),
        ("offices.asylum_officer.staff=3", "did you mean 'offices.asylum_officers.staff'"),
        (f"{STAFF}.miami=3@2099-01-01", "after the horizon"),
    ],
)
def test_wrong_settings(base, text, said):
    with pytest.raises(InputError) as caught:
        base.applied(parse_setting(text))
    assert said in str(caught.value)
    assert str(caught.value).startswith("--set")


def test_problems_lists_every_mistake(tmp_path):
    text = BASE.replace("unit: minutes", "unitt: minutes").replace("source: C01\n", "source: C0001\n", 1)
    assert [problem.key for problem in problems(written(tmp_path, text))] == [
        "sources.filings.rate.source",
        "affirmative.decision.minutes",
    ]
    assert problems(written(tmp_path, BASE)) == []


def test_shipped_scenarios_are_found():
    assert (shipped_folder() / "evidence" / "sources.csv").is_file()
    assert all((shipped_folder() / f"{name}.yaml").is_file() for name in shipped_names())


def test_the_examples_of_the_readme_apply(tmp_path):
    text = (shipped_folder() / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    changes = "".join(block for block in blocks if block.startswith("  - "))
    assert load(written(tmp_path, blocks[0])).changes
    assert len(load(written(tmp_path, f"title: T\nextends: baseline\nchanges:\n{changes}")).changes) == 4
    hold = re.search(r"`(refugee\.travel\.hold)`|set: (refugee\.travel\.hold)", text)
    assert hold and "refugee.travel.hold" in load("baseline").numbers


def test_schema_is_json_and_names_the_changes():
    text = json.dumps(schema())
    assert all(f'"{word}"' in text for word in ("set", "scale", "add", "ramp", "lognormal", "confidence"))


values = st.floats(0, 1e9, allow_nan=False)
days = st.dates(dt.date(2026, 4, 1), dt.date(2036, 9, 30))


@given(
    value=values,
    since=days,
    length=st.integers(0, 2000),
    probe=st.dates(dt.date(2026, 4, 1), dt.date(2040, 1, 1)),
)
def test_a_dated_change_holds_between_its_dates_only(tmp_path_factory, value, since, length, probe):
    base = load(written(tmp_path_factory.mktemp("s"), BASE, "base.yaml"))
    until = since + dt.timedelta(days=length)
    changed = base.change(f"{RATE}.venezuela", value, since=since, until=until)
    inside = since <= probe <= until
    before = in_force(base.numbers[RATE].value, probe)
    assert in_force(changed.numbers[RATE].value, probe) == {
        **before,
        **({"venezuela": value} if inside else {}),
    }
