"""Comparisons: pairs on the same luck and numbers, intervals by hand, and what is kept when work stops."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import BUSY, busy, number, play, tiny

import sim
from sim import cli
from sim.errors import InputError
from sim.experiment import Job, work
from sim.experiment_bands import KEYS, Measured, Run
from sim.uncertainty import drawn

UNCERTAIN = BUSY | {"p.stale.minutes": number(60).model_copy(update={"low": 30, "high": 120})}
SLOW = UNCERTAIN | {"offices.board.minutes_per_day": number(20)}
LATE = UNCERTAIN | {"p.fresh.gone.rate": number({"2026-04-01": 0.05, "2026-07-01": 0.9})}


def both(**asked):
    scenarios = {"now": tiny(UNCERTAIN), "slow": tiny(SLOW)}
    return sim.compare(scenarios, system=busy(), **{"runs": 3, "workers": 1, "again": 1, **asked})


@pytest.fixture(scope="module")
def gap():
    return both()


def facts(found):
    return {name: value for name, value in found.info.items() if name != "tables"}


# -- pairs -----------------------------------------------------------------------------------------


def test_a_pair_has_one_seed_and_one_set_of_numbers(gap):
    assert gap.names == ["now", "slow"] and gap.info["seeds"] == [1, 2, 3]
    for name, numbers in (("now", UNCERTAIN), ("slow", SLOW)):
        for run in gap.runs[name].runs:
            alone = play(busy(), drawn(tiny(numbers), run.seed), seed=run.seed, history=0)
            assert (run.digest, run.fingerprint) == (alone.info["digest"], alone.info["fingerprint"])
    minutes = [drawn(tiny(each), 2).numbers["p.stale.minutes"].value for each in (UNCERTAIN, SLOW)]
    assert minutes[0] == minutes[1] != 60


def test_differences_are_those_of_the_pairs(gap):
    key = ("flow", "q.appeal > won", "cases", 2026)
    now, slow = (gap.runs[name].values.loc[key] for name in gap.names)
    row = gap.table("flow", "q.appeal > won")
    row = row[row["unit"] == "cases"].iloc[0]
    pairs = (slow - now).to_numpy()
    assert (row["reference"], row["level"], row["difference"]) == (now.mean(), slow.mean(), pairs.mean())
    assert [row["low"], row["high"]] == list(np.percentile(pairs, (5, 95)))
    assert row["difference"] < 0 and row["same_sign"] == 1 and row["runs"] == 3
    assert row["sd"] == pytest.approx(pairs.std(ddof=1))


def test_chance_is_measured_with_the_same_numbers_and_other_luck(gap):
    key, again = ("flow", "q.appeal > won", "cases", 2026), []
    for numbers in (UNCERTAIN, SLOW):
        found = work(
            Job(tiny(numbers), 4, 1, 1.0, None, None, "national", busy())
        )  # seeds 1 to 3 are the pairs
        again.append(found.values[key])
    assert [gap.again[name][1][key] for name in gap.names] == again
    first = gap.runs["slow"].values.loc[key, 1] - gap.runs["now"].values.loc[key, 1]
    row = gap.table("flow", "q.appeal > won").set_index("unit").loc["cases"]
    assert row["sd_chance"] == pytest.approx(abs(again[1] - again[0] - first) / 2**0.5)


def test_a_change_dated_later_moves_nothing_earlier():
    found = sim.compare(
        tiny(UNCERTAIN), tiny(LATE), system=busy(), runs=2, workers=1, until="2026-06-30", again=0
    )
    assert found.names == ["tiny", "tiny (changed)"]
    assert (found.differences["difference"].dropna() == 0).all() and found.differences[
        "same_sign"
    ].isna().all()
    assert found.differences["sd_chance"].isna().all()


def test_one_worker_or_two(gap):
    other = both(workers=2)
    assert facts(other) == facts(gap)
    pd.testing.assert_frame_equal(other.differences, gap.differences)


def test_fixed_numbers_leave_chance_alone():
    fixed = both(fixed=True)
    assert fixed.info["uncertain_numbers"] == 0 and not fixed.again
    one = fixed.runs["slow"].runs[1]
    alone = play(busy(), tiny(SLOW), seed=2, history=0)
    assert one.digest == alone.info["digest"]  # a model used for several seeds gives each its own run
    known = fixed.differences.dropna(subset=["sd"])
    assert (known["sd"] == known["sd_chance"]).all() and "chance alone" in fixed.summary().text()


def test_three_scenarios():
    third = tiny(UNCERTAIN | {"p.intake.gone.rate": number(0.5)})
    mapping = {"now": tiny(UNCERTAIN), "slow": tiny(SLOW), "leaving": third}
    found = sim.compare(mapping, system=busy(), runs=1, workers=1, again=0)
    assert set(found.differences["scenario"]) == {"slow", "leaving"}
    assert (found.table("outcomes", "p.gone", "leaving")["difference"] > 0).all()
    with pytest.raises(InputError, match="'now' is not compared"):
        found.table("outcomes", scenario="now")
    with pytest.raises(InputError, match="no table 'offices'"):
        found.table("offices")


# -- made of results -------------------------------------------------------------------------------


def test_of_results_that_were_made_elsewhere(gap):
    results = {
        name: [play(busy(), drawn(tiny(numbers), seed), seed=seed, history=0) for seed in (3, 1, 2)]
        for name, numbers in (("now", UNCERTAIN), ("slow", SLOW))
    }
    found = sim.Comparison.of(results)
    assert not found.info["fixed"] and found.info["seeds"] == [1, 2, 3]
    columns = [name for name in gap.differences.columns if name != "sd_chance"]
    pd.testing.assert_frame_equal(found.differences[columns], gap.differences[columns])
    kept = sim.Comparison.of(gap.runs)
    pd.testing.assert_frame_equal(kept.differences[columns], gap.differences[columns])
    with pytest.raises(InputError, match="other seeds"):
        sim.Comparison.of({"now": results["now"], "slow": results["slow"][:2]})
    with pytest.raises(InputError, match="seed twice"):
        sim.Comparison.of({"now": [results["now"][0]] * 2, "slow": [results["slow"][0]] * 2})
    with pytest.raises(InputError, match="at least two"):
        sim.Comparison.of({"now": results["now"]})
    with pytest.raises(InputError, match="has no runs"):
        sim.Comparison.of({"now": results["now"], "slow": []})
    shorter = [play(busy(), drawn(tiny(SLOW), s), seed=s, history=0, until="2026-06-30") for s in (1, 2, 3)]
    with pytest.raises(InputError, match="differ in until: 2026-06-30 and 2026-07-31"):
        sim.Comparison.of({"now": results["now"], "short": shorter})
    brief = sim.replicate(tiny(SLOW), system=busy(), runs=3, workers=1, brief=True)
    with pytest.raises(InputError, match="differ in brief: True and False"):
        sim.Comparison.of({"now": results["now"], "brief": brief})


def test_what_is_missing_in_a_run_made_again_never_happened_there():
    """A run leaves no row for what did not happen; the first that is made again has every row, the second lacks one."""
    gap = both(runs=2, again=2)
    whole = {name: [one for one in gap.runs[name].measured()] for name in gap.names}
    row = ("flow", "q.appeal > won", "cases", 2026)
    lacking = {
        name: {
            seed: replace(one, values=one.values.drop(row)) if (name, seed) == ("slow", 2) else one
            for seed, one in zip((1, 2), runs, strict=True)
        }
        for name, runs in whole.items()
    }
    zero = {name: dict(runs) for name, runs in lacking.items()}
    zero["slow"][2] = replace(
        whole["slow"][1], values=whole["slow"][1].values.where(lambda one: one.index != row, 0.0)
    )
    chance = [
        sim.Comparison.of(whole, again=again)
        .table("flow", "q.appeal > won")
        .set_index("unit")["sd_chance"]["cases"]
        for again in (lacking, zero)
    ]
    assert chance[0] == chance[1] > 0


COURT, WAIT, GRANTS = (
    ("headline", "court_pending", "persons", 2027),
    ("headline", "affirmative_wait_p50", "days", 2027),
    ("headline", "asylum_granted", "persons", 2027),
)
NEVER = np.nan


def made(rows, again=None, **info):
    """A comparison of invented headline measures: {scenario: {key: value in each run}}."""

    def one(seed, values):
        index = pd.MultiIndex.from_tuples(list(values), names=KEYS)
        years = {"2027": {"from": "2026-10-01", "to": "2027-09-30", "whole": True}}
        run = Run(seed, f"d{seed}", f"f{seed}", 1, 1, {"fiscal_years": years})
        shared = {
            "scale": 1.0,
            "engine": "national",
            "start": "2026-10-01",
            "until": "2027-09-30",
            "versions": {},
        }
        shared |= {"misleading_below_scale_1": [], "labels": {}}
        return Measured(run, shared, pd.Series(list(values.values()), index=index, dtype="float64"))

    def several(columns):
        count = len(next(iter(columns.values())))
        return [one(n + 1, {key: column[n] for key, column in columns.items()}) for n in range(count)]

    repeated = {name: dict(enumerate(several(columns), 1)) for name, columns in (again or {}).items()}
    return sim.Comparison.of(
        {name: several(columns) for name, columns in rows.items()}, again=repeated, info=info
    )


def test_intervals_by_hand():
    now = {COURT: [100.0] * 11, WAIT: [50.0] * 11}
    here = {COURT: [100.0 - n for n in range(11)], WAIT: [50.0] * 10 + [NEVER]}
    row = made({"now": now, "here": here}).differences.set_index("measure")
    court = row.loc["court_pending"]
    assert list(court[["difference", "low", "high"]]) == [-5, -9.5, -0.5]
    assert court["same_sign"] == pytest.approx(10 / 11)
    wait = row.loc["affirmative_wait_p50"]  # one run has not reached it: longer, by nobody knows how much
    assert (wait["low"], wait["runs"]) == (0, 11) and wait[["difference", "high", "level"]].isna().all()
    neither = {COURT: now[COURT], WAIT: [NEVER] + [50.0] * 10}
    blank = (
        made({"now": neither, "here": neither}).differences.set_index("measure").loc["affirmative_wait_p50"]
    )
    assert blank[["difference", "low", "high"]].isna().all()


def test_chance_by_hand():
    now, here = {COURT: [100.0, 100.0, 100.0]}, {COURT: [90.0, 80.0, 70.0]}
    found = made({"now": now, "here": here}, {"now": {COURT: [100.0, 101.0]}, "here": {COURT: [92.0, 79.0]}})
    row = found.differences.iloc[0]
    assert row["sd"] == 10 and row["sd_chance"] == pytest.approx(((2**2 + 2**2) / 2 / 2) ** 0.5)
    assert "about 2 % for people waiting in court" in found.summary().text()
    assert "running 2 of the pairs again" in found.summary().text()


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [("seeds", None, "has no seeds"), ("seeds", "ab", "a list of seeds"), ("again", "x", "a number of runs"),
     ("fixed", None, "has no fixed"), ("asked", [], "a number of runs"), ("uncertain_numbers", "x", "a number")],
)  # fmt: skip
def test_facts_changed_by_hand_are_refused(tmp_path, fact, value, words):
    found = made({"now": {COURT: [3e6, 3e6]}, "fast": {COURT: [2.8e6, 2.6e6]}})
    place = found.save(tmp_path / "kept")
    assert sim.open(place).summary().text()
    facts = json.loads((place / "run.json").read_text()) | {fact: value}
    (place / "run.json").write_text(json.dumps({name: one for name, one in facts.items() if one is not None}))
    with pytest.raises(InputError, match=words):
        sim.open(place)


def test_a_base_that_only_one_of_two_has_is_told():
    runs = {"now": {COURT: [3e6, 3e6]}, "fast": {COURT: [2.8e6, 2.6e6]}}
    title = {"title": "Fast", "look_at": []}
    chain = ["baseline", "ordinary_years", "fast"]
    found = made(runs, heads={"now": {"chain": ["baseline"]}, "fast": {**title, "chain": chain}})
    (said,) = [line for line in found.summary().sentences if line.startswith("Mind what is compared")]
    assert "“Fast” builds on ordinary_years" in said and "compare it with ordinary_years" in said
    for first in (["baseline", "ordinary_years"], []):
        found = made(runs, heads={"now": {"chain": first}, "fast": {**title, "chain": chain}})
        assert "Mind what is compared" not in found.summary().text()
    found = made(runs, heads={"now": {"chain": chain}, "fast": {**title, "chain": ["baseline"]}})
    assert "“now” builds on ordinary_years, and “Fast” does not" in found.summary().text()


def test_the_answer_is_one_sentence_and_comes_first():
    now = {COURT: [3e6, 3e6], GRANTS: [100.0, 100.0]}
    found = made({"now": now, "fast": {COURT: [2.8e6, 2.6e6], GRANTS: [100.0, 100.0]}})
    answer = found.summary().sentences[0]
    assert (
        answer
        == found.info["answer"]
        == (
            "Against “now”, with “fast” 300,000 fewer people wait in immigration court for a first decision on "
            "30 September 2027 (2.7 million against 3 million); 90 % of 2 runs: 210,000 to 390,000 fewer."
        )
    )
    assert "No other headline measure is clearly moved." in found.summary().text()
    unsure = made({"now": now, "odd": {COURT: [2.9e6, 3.2e6], GRANTS: [110.0, 130.0]}})
    assert "with “odd” 20 more people are granted asylum in fiscal year 2027" in unsure.summary().sentences[0]
    assert "court" not in unsure.summary().sentences[1]
    asked = made(
        {"now": now, "odd": {COURT: [2.9e6, 3.2e6], GRANTS: [110.0, 130.0]}},
        heads={"odd": {"title": "An odd rule", "look_at": ["court_pending"]}},
    ).summary()
    assert (
        "“An odd rule” 50,000 more people wait" in asked.sentences[0]
        and "which way is not sure" in asked.sentences[0]
    )
    assert "Also clearly moved: people granted asylum +20." in asked.sentences
    same = made({"now": now, "then": now}).summary()
    assert "just as many" in same.sentences[0]
    waits = made({"now": {WAIT: [400.0, 410.0]}, "here": {WAIT: [300.0, 330.0]}}).summary().sentences[0]
    assert "are finished 90 days sooner; 90 % of 2 runs: 81 to 99 sooner" in waits
    longer = made({"now": {WAIT: [400.0] * 4}, "here": {WAIT: [500.0, 500.0, 500.0, NEVER]}})
    assert "are finished later, by 100 days or more in 95 % of 4 runs" in longer.summary().sentences[0]
    unknown = made({"now": {WAIT: [NEVER, 410.0]}, "here": {WAIT: [500.0, NEVER]}}).summary().sentences[0]
    assert "cannot be told apart" in unknown


def test_kept_and_reopened(gap, tmp_path):
    again = sim.open(gap.save(tmp_path / "kept"))
    assert isinstance(again, sim.Comparison) and again.info == json.loads(json.dumps(gap.info, default=str))
    pd.testing.assert_frame_equal(again.differences, gap.differences)
    assert again.summary().text() == gap.summary().text()
    pd.testing.assert_frame_equal(again.runs["slow"].bands, gap.runs["slow"].bands)
    assert again.save(tmp_path / "kept") == tmp_path / "kept"
    (tmp_path / "kept" / "values.parquet").write_bytes(b"?")
    with pytest.raises(InputError, match="cannot be read as a comparison"):
        sim.open(tmp_path / "kept")


# -- wrong requests, stopping ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenarios", "named"),
    [
        (lambda: [tiny(UNCERTAIN)], "1 scenarios given"),
        (lambda: [tiny(UNCERTAIN), tiny(UNCERTAIN)], "nothing to compare"),
        (lambda: [tiny(UNCERTAIN), tiny(SLOW, start="2026-04-02")], "starts on 2026-04-02"),
        (lambda: [tiny(UNCERTAIN), 7], "7 is not a scenario"),
        (lambda: ["baseline", "baselin"], "baselin"),
    ],
)
def test_what_cannot_be_compared_is_refused(scenarios, named):
    with pytest.raises(InputError, match=named):
        sim.compare(*scenarios(), system=busy(), runs=1, progress=lambda *_: pytest.fail("began"))


@pytest.mark.parametrize(
    "asked", [{"runs": 0}, {"again": -1}, {"workers": 0}, {"seed": 2**63 - 5}, {"scale": 2}]
)
def test_wrong_numbers_are_refused(asked):
    with pytest.raises(InputError, match=next(iter(asked))):
        both(**asked)


def test_scenarios_that_end_on_different_days_are_compared_until_the_first():
    longer = tiny(SLOW, horizon="2026-09-30")
    found = sim.compare(tiny(UNCERTAIN), longer, system=busy(), runs=1, workers=1, again=0)
    assert found.info["until"] == "2026-07-31" and found.runs["tiny (changed)"].info["until"] == "2026-07-31"


def stop_after(runs, act):
    return lambda done, *_: act() if done >= runs else None


def test_cancel_keeps_the_pairs_that_are_finished(gap, tmp_path):
    asked = []
    found = both(
        progress=stop_after(5, lambda: asked.append(1)), cancel=lambda: bool(asked), out=tmp_path / "kept"
    )
    assert found.info["seeds"] == [1, 2] and found.info["asked"] == 3 and not found.again
    assert found.runs["slow"].runs == gap.runs["slow"].runs[:2]
    assert "3 were asked for" in found.summary().text()
    assert sim.open(tmp_path / "kept").info["seeds"] == [1, 2]
    with pytest.raises(InputError, match="cancelled before"):
        both(cancel=lambda: True)


def test_interrupted_keeps_the_pairs_that_are_finished():
    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(sim.Interrupted) as stop:
        both(progress=stop_after(3, interrupt))
    assert isinstance(stop.value.kept, sim.Comparison) and stop.value.kept.info["seeds"] == [1]
    with pytest.raises(sim.Interrupted) as stop:
        both(progress=stop_after(1, interrupt))
    assert stop.value.kept is None


# -- the command -----------------------------------------------------------------------------------


@pytest.fixture
def refuge(monkeypatch, capsys, gap):
    """The command with a library that remembers what it was asked: (status, output, errors, scenarios, options)."""

    def call(*words, answer=gap):
        asked, named = {}, []

        def compare(*scenarios, **options):
            named.extend(scenarios)
            asked.update(options)
            if isinstance(answer, BaseException):
                raise answer
            return answer

        monkeypatch.setattr(sim, "compare", compare)
        monkeypatch.setattr(sys, "argv", ["refuge", "compare", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        printed = capsys.readouterr()
        return end.value.code or 0, printed.out, printed.err, named, asked

    return call


def test_the_command_passes_on_what_is_asked(refuge):
    words = (
        "--runs",
        7,
        "--workers",
        2,
        "--fixed",
        "--seed",
        5,
        "--scale",
        0.1,
        "--again",
        2,
        "--out",
        "kept",
    )
    status, out, err, named, asked = refuge("baseline", "ordinary_years", *words)
    assert (status, err) == (0, "") and [each.name for each in named] == ["baseline", "ordinary_years"]
    asked.pop("progress")
    assert asked == {
        "runs": 7, "workers": 2, "fixed": True, "seed": 5, "scale": 0.1, "years": None, "until": None, "again": 2,
        "engine": "national", "out": Path("kept"),
    }  # fmt: skip
    assert "3 pairs of runs, seeds 1 to 3" in out and "Kept in kept" in out


def test_a_change_makes_one_more_scenario(refuge):
    _, _, _, named, _ = refuge("baseline", "--set", "offices.board_members.staff=40@2027-10-01")
    assert len(named) == 2 and named[1].diff(named[0]) != []
    assert refuge("baseline")[0] == 2


def test_the_command_prints_json(refuge, gap):
    status, out, _, _, _ = refuge("baseline", "ordinary_years", "--json")
    answer = json.loads(out)
    assert status == 0 and answer["digest"] == gap.info["digest"] and "tables" not in answer
    assert refuge("baseline", "ordinary_years", "--quiet")[:3] == (0, "", "")


def test_the_command_interrupted(refuge, gap):
    status, out, _, _, _ = refuge("baseline", "ordinary_years", answer=sim.Interrupted(gap))
    assert status == 130 and "seeds 1 to 3" in out
    assert refuge("baseline", "ordinary_years", answer=sim.Interrupted(None))[:2] == (130, "")


def test_the_country():
    base = sim.load("baseline")
    more = base.change("offices.immigration_judges.staff", 1500, since="2026-05-01")
    found = sim.compare(base, more, runs=2, workers=1, scale=0.002, until="2026-12-31", again=1)
    assert found.info["scenarios"][1]["title"] == "offices.immigration_judges.staff = 1500 from 2026-05-01"
    court = found.table("headline", "court_pending").set_index("fiscal_year")
    assert (court.loc[2027, ["difference", "low", "high"]] < 0).all() and court.loc[2027, "same_sign"] == 1
    assert found.info["summary"]["baseline (changed)"]["court_pending"]["2027"]["difference"] < 0
    assert {"headline", "stock", "flow", "outcomes", "waits", "quota", "families"} <= set(
        found.differences["table"]
    )
    assert "family.reunited door=asylum" in set(found.table("families")["measure"])
