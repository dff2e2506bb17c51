"""The same person has the same luck in every scenario."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import BUSY, busy, by, moves, number, pathway, play, tiny

from sim.pathway import branch, opening, outcome, source, step, to

DAY = "2026-06-15"
AMPLE = {
    "offices.office.staff": by("colour", {"default": 10_000}), "offices.board.staff": 10_000,
    "quotas.places.ceiling": 10**6,
}  # fmt: skip


def before(result, date):
    """Histories as they stood at the end of the day before a date."""
    frame = result.histories
    frame = frame[frame["entered"] < date].copy()
    later = ~(frame["left"] < date)
    frame.loc[later, "transition"] = ""
    frame["left"] = frame["left"].where(~later)
    return frame.sort_values(["case", "entered", "left", "stage"]).reset_index(drop=True)


def same(one, other):
    pd.testing.assert_frame_equal(one, other)


def dated(scenario, date):
    """A scenario with nearly every number changed from a date on."""
    shares = (
        "split",
        "allocation",
        "draws",
        "hold",
        "priority",
        "oldest_first",
        "stock.",
        "used_before",
        "training",
    )
    for path in list(scenario.numbers):
        if not any(word in path for word in shares):
            scenario = scenario.scale(path, 1.7, since=date)
    scenario = scenario.change("p.fork.split", {"fresh": 0.05, "stale": 0.95}, since=date)
    scenario = scenario.change("p.draws.persons", {"1": 0.1, "2": 0.1, "3": 0.8}, since=date)
    scenario = scenario.change("p.stale.split", {"checks": 0.9, "denied": 0.05, "again": 0.05}, since=date)
    scenario = scenario.change("p.stale.hold", 1, since=date)
    scenario = scenario.change("p.fresh.priority", 0, since=date)
    scenario = scenario.change("offices.office.shares", {"p.fresh": 0.1, "p.stale": 0.9}, since=date)
    scenario = scenario.change(
        "quotas.places.allocation", {"red": 0.1, "blue": 0.1, "reserve": 0.8}, since=date
    )
    return scenario.change("p.fresh.oldest_first", 1, since=date)


def test_a_dated_change_changes_nothing_before_its_date():
    base = tiny(BUSY, horizon="2026-12-31")
    one, other = play(busy(), base), play(busy(), dated(base, DAY))
    same(before(one, DAY), before(other, DAY))
    assert len(before(one, DAY)) > 500
    for frame in ("flow", "offices"):
        a, b = (getattr(result, frame).query("month < '2026-06'") for result in (one, other))
        same(a.reset_index(drop=True), b.reset_index(drop=True))
    a, b = (result.stock[result.stock["date"] < DAY].reset_index(drop=True) for result in (one, other))
    same(a, b)
    assert len(one.histories) != len(other.histories)  # and it does act


@pytest.mark.parametrize(
    "path",
    [
        "p.intake.gone.rate",
        "p.gate.gone.rate",
        "p.fresh.aged.days",
        "p.checks.medical.valid",
        "quotas.places.ceiling",
        "q.settle.days",
        "p.permit.days",
    ],
)
def test_one_dated_number_changes_nothing_before_its_date(path):
    base = tiny(BUSY, horizon="2026-10-31")
    same(before(play(busy(), base), DAY), before(play(busy(), base.scale(path, 20, since=DAY)), DAY))


def test_a_longer_horizon_changes_nothing_earlier():
    short, long = (play(busy(), BUSY, horizon=day) for day in ("2026-09-30", "2027-06-30"))
    cut = play(busy(), tiny(BUSY, horizon="2027-06-30"), until="2026-09-30")
    for other in (long, cut):
        same(before(short, "2026-10-01"), before(other, "2026-10-01"))
        for frame, column, end in (
            ("flow", "month", "2026-10"),
            ("outcomes", "fiscal_year", 2027),
            ("quota", "fiscal_year", 2027),
        ):
            a, b = (
                result[result[column] < end].reset_index(drop=True)
                for result in (getattr(short, frame), getattr(other, frame))
            )
            same(a, b)
        left = [
            result.waits.query("basis == 'left' and fiscal_year == 2026").reset_index(drop=True)
            for result in (short, other)
        ]
        same(*left)


def more_filings():
    return {"sources.new.rate": by("colour", {"red": 4, "blue": {"2026-04-01": 1, "2026-06-01": 3}})}


def test_more_filings_add_cases_and_change_none_of_the_others():
    one, other = play(busy(), BUSY), play(busy(), BUSY | more_filings())
    first = [result.histories.drop_duplicates("case").set_index("case") for result in (one, other)]
    root = [frame[frame["parent"] == ""] for frame in first]
    assert set(root[0].index) < set(root[1].index)
    added = root[1][~root[1].index.isin(root[0].index)]
    assert set(added["source"]) == {"new.red"} and len(added) > 100
    for column in ("entered", "stage", "source"):
        assert (root[0][column] == root[1].loc[root[0].index, column]).all()
    intake = [
        result.histories[result.histories["stage"] == "intake"].set_index("case") for result in (one, other)
    ]
    same(intake[0], intake[1].loc[intake[0].index])  # attributes, duration and withdrawal of the first step


def test_with_ample_capacity_more_filings_change_no_history():
    one, other = play(busy(), BUSY | AMPLE), play(busy(), BUSY | AMPLE | more_filings())
    frames = [result.histories.sort_values(["case", "entered", "left", "stage"]) for result in (one, other)]
    kept = frames[1][frames[1]["case"].isin(set(frames[0]["case"]))]
    same(frames[0].reset_index(drop=True), kept.reset_index(drop=True))
    assert len(frames[1]) > 1.2 * len(frames[0])
    old = [frame[frame["source"].isin(["old", "ready"])].reset_index(drop=True) for frame in frames]
    same(*old)


def test_arrivals_of_a_day_follow_their_rate_and_no_other_day():
    p = pathway(step("wait", "W", to("done")), outcome("done", "D"), sources=(source("new", "N", "wait"),))
    spike = {"2026-04-01": 5, "2026-05-01": 500, "2026-05-02": 5}
    one, other = (
        moves(play(p, {"p.wait.days": 900, "sources.new.rate": number(rate)})) for rate in (5, spike)
    )
    counts = [frame.groupby("entered").size() for frame in (one, other)]
    assert counts[1].drop(31).equals(counts[0].drop(31, errors="ignore")) and counts[1][31] > 400
    assert abs(counts[0].sum() - 5 * 122) < 4 * (5 * 122) ** 0.5


def test_luck_does_not_depend_on_the_scenarios_start():
    p = pathway(
        step("wait", "W", to("fork")),
        branch("fork", "F", to("yes"), to("no")),
        outcome("yes", "Y"),
        outcome("no", "N"),
        sources=(source("new", "N", "wait", draws=("colour",)),),
    )
    numbers = {
        "p.wait.days": number({"exponential": {"mean": 9}}),
        "sources.new.rate": 5,
        "p.fork.split": {"yes": 0.5},
        "p.draws.colour": {"red": 0.5},
    }
    early, late = (play(p, numbers, start=start).histories for start in ("2026-03-01", "2026-04-15"))
    early = early[early["case"].str.slice(4, 14) >= "2026-04-15"]
    same(early.reset_index(drop=True), late.reset_index(drop=True))


def test_the_seed_changes_the_luck():
    one, other = (play(busy(), BUSY, seed=seed) for seed in (1, 2))
    assert one.info["digest"] != other.info["digest"]
    ages = [
        result.histories.query("source == 'old'")["case"].str.slice(0, 14).drop_duplicates().tolist()
        for result in (one, other)
    ]
    assert sorted(ages[0]) == sorted(ages[1])  # the ages of an opening stock are published, not drawn


def test_who_comes_to_a_stage_by_two_ways_has_new_luck_on_each():
    ways = [step(name, name, to("meet", draws=("size",))) for name in ("a", "b", "c")]
    p = pathway(
        *ways,
        step("meet", "M", to("b"), to("c"), to("done")),
        outcome("done", "D"),
        openings=(opening("old", "O", at="a"),),
    )
    split = {"2026-04-01": {"b": 1, "c": 0}, "2026-04-12": {"b": 0, "c": 1}, "2026-04-22": {"b": 0, "c": 0}}
    numbers = {
        "stock.old.cases": 400,
        "stock.old.age": 1,
        "p.draws.size": {"small": 0.5},
        "p.meet.split": number(split),
    }
    frame = moves(play(p, numbers | {f"p.{name}.days": 5 for name in ("a", "b", "c", "meet")}), "meet")
    assert sorted(frame["entered"].unique()) == [5, 15, 25]  # from a, from b, from c
    large = (
        frame["attributes"]
        .str.contains("size=large")
        .groupby([frame["entered"], frame["case"]])
        .first()
        .unstack(0)
    )
    for first, second in ((5, 15), (15, 25), (5, 25)):
        assert abs((large[first] == large[second]).mean() - 0.5) < 0.1
