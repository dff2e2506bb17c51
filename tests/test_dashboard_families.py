"""The pages Families and Asylum or refugee?, without a browser: what they say is what a run's tables say."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from dashboard_here import FOLDER, apart
from streamlit.testing.v1 import AppTest

import sim

SCALE = 0.002


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory):
    """Runs of two cases in a thousand."""
    with apart(tmp_path_factory.mktemp("cache"), SCALE):
        yield


@pytest.fixture(scope="module")
def ordinary():
    return sim.run("ordinary_years", scale=SCALE)


def opened(page: str, until: str, query: dict[str, str] | None = None) -> AppTest:
    """A page, when its headings have what is asked for."""
    script = f"import {page}\n{page}.show()"
    app = AppTest.from_string(
        f"import sys\nsys.path.insert(0, {str(FOLDER)!r})\n{script}", default_timeout=60
    )
    for key, value in (query or {}).items():
        app.query_params[key] = value
    return settled(app, until)


def settled(app: AppTest, until: str) -> AppTest:
    for _ in range(240):
        app.run()
        assert not app.exception, app.exception[0].stack_trace
        if until in sentences(app):
            return app
        time.sleep(0.5)
    raise AssertionError(f"{until!r} never came")


def sentences(app: AppTest) -> str:
    return "\n".join(each.value for each in [*app.markdown, *app.subheader])


def test_doors_say_what_the_run_says(ordinary):
    app = opened("doors", "How soon half")
    protection = ordinary.doors().query("right == 'protection'")
    for row in protection.itertuples():
        told = (
            f"{row.label}, **{row.p50:.0f} months**" if pd.notna(row.p50) else f"{row.label}, **not reached**"
        )
        assert told in sentences(app)
    words = app.table[0].value
    assert list(words.columns) == ["Question", "Refugee programme", "Asylum"] and len(words) == 14
    assert not words.isin([""]).any(axis=None)
    app.segmented_control(key="doors-world").set_value("baseline").run()
    settled(app, "How soon half")


@pytest.mark.parametrize(
    ("page", "until", "fewest"), [("doors", "How soon half", 1), ("families", "Still apart", 3)]
)
def test_every_table_opens(page, until, fewest):
    app = opened(page, until)
    keys = [each.key for each in app.expander if (each.key or "").startswith("table-")]
    for key in keys:
        app.session_state[key] = True
    settled(app, until)
    tables = [each for each in app.expander if each.key in keys]
    assert len(tables) >= fewest and all(len(each.table[0].value) for each in tables)


def test_families_say_what_the_run_says(ordinary):
    app = opened("families", "Still apart", {"scenario": "ordinary_years", "against": "baseline"})
    fates = ordinary.fates()
    for door, lines in fates.groupby("door"):
        reunited = lines[lines["name"] == "reunited"]["each"].iloc[0]
        months = lines[lines["kind"] == "phase"]["each"].sum()
        assert f"{100 * reunited:.0f} %" in sentences(app), door
        assert f"{months:.0f} months" in sentences(app), door
    apart = ordinary.info["summary"]["families_apart"]["2036"]
    import words

    assert f"**{words.amount(apart)}** relatives are still apart" in sentences(app)


def test_policies_are_the_scenarios_that_look_at_families():
    import families

    assert {"petitions_held", "petitions_fast", "relatives_included"} <= set(families.policies())
    assert all("families_apart" in sim.load(name).look_at for name in families.policies())
    app = opened("families", "Still apart")
    assert all(sim.load(name).title in sentences(app) for name in families.policies())


def test_policies_are_compared_pair_by_pair(monkeypatch):
    import families

    monkeypatch.setattr(families, "policies", lambda: ("petitions_held",))
    monkeypatch.setattr(families, "PAIRS", 2)
    app = opened("families", "Still apart")
    app.button(key="policies-start").click().run()
    settled(app, "leaves **")
    runs = [
        sim.run(sim.drawn(sim.load(name), seed), seed=seed, scale=SCALE)
        for name in ("ordinary_years", "petitions_held")
        for seed in (1, 2)
    ]
    compared = sim.Comparison.of({"a": runs[:2], "b": runs[2:]}, fixed=False)
    gap = compared.table("headline", "families_apart").set_index("fiscal_year")["difference"][2036]
    import words

    told = next(line for line in sentences(app).splitlines() if "leaves **" in line)
    assert told.count("leaves") == 1 and f"leaves **{words.amount(gap)} more** relatives apart" in told


def test_the_same_family_is_sent_through_both_doors(monkeypatch):
    import same_family

    monkeypatch.setattr(same_family, "SCALE", SCALE)
    monkeypatch.setattr(same_family, "FAMILIES", 20_000)
    app = opened("families", "The same family at both doors", {"scenario": "ordinary_years"})
    app.number_input(key="same-children").set_value(1)
    app.button(key="same-start").click()
    said = sentences(settled(app, "after **"))
    found = sim.same_family("ordinary_years", children=1, families=20_000, scale=SCALE).set_index("door")
    for door in ("refugee", "asylum"):
        share = 100 * found.loc[door, "protected"] / found.loc[door, "families"]
        assert f"**{share:.0f} %** of the principals" in said
    app.number_input(key="same-children").set_value(2)
    app.run()
    assert "of the principals are protected" not in sentences(app)  # that was another family
