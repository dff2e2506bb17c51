"""Stock and flow close exactly, nobody is lost, and the histories tell the same story, on random small systems."""

from __future__ import annotations

import pandas as pd
import pytest
from conftest import BUSY, busy, by, moves, number, pathway, play, system
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.pathway import (
    branch,
    checks,
    deadline,
    desk,
    gate,
    hazard,
    opening,
    opens,
    outcome,
    source,
    step,
    to,
)


def months_of(result):
    """(label, first day, last day) of each month run, by day of the run."""
    zero = pd.Timestamp(result.info["start"]) - pd.Timedelta(days=1)
    ends = sorted(result.stock["date"].unique())
    days = [(end - zero).days for end in ends]
    return [
        (end.strftime("%Y-%m"), before + 1, day)
        for end, before, day in zip(ends[1:], days, days[1:], strict=False)
    ]


def held(whole, result):
    """Stock rows by (pathway, stage, group), one frame for each month end."""
    index = ["pathway", "stage", "group"]
    return [
        frame.set_index(index)[["cases", "persons", "case_days"]] for _, frame in result.stock.groupby("date")
    ]


def closes(whole, result):
    """Stock at a month's end is the stock before it, plus who came, minus who left: for every stage and group."""
    holding = {(p.name, s.name) for p, s in whole.stages() if s.holds_cases}
    stocks = held(whole, result)
    for before, after, (month, _, _) in zip(stocks, stocks[1:], months_of(result), strict=False):
        flow = result.flow[result.flow["month"] == month]
        change = after[["cases", "persons"]].sub(before[["cases", "persons"]], fill_value=0)
        came = flow.groupby(["pathway", "to_stage", "group"])[["cases", "persons"]].sum()
        left = flow.groupby(["pathway", "from_stage", "group"])[["cases", "persons"]].sum()
        net = came.rename_axis(["pathway", "stage", "group"]).sub(
            left.rename_axis(["pathway", "stage", "group"]), fill_value=0
        )
        net = net[[key[:2] in holding for key in net.index]]
        assert not change.sub(net, fill_value=0).fillna(0).any().any()
        # branches hold nobody
        branches = {(p.name, s.name) for p, s in whole.stages() if s.kind == "branch"}
        through = came.rename_axis(["pathway", "stage", "group"]).sub(
            left.rename_axis(["pathway", "stage", "group"]), fill_value=0
        )
        assert not through[[key[:2] in branches for key in through.index]].any().any()


def groups_add_up(whole, result):
    """Within one attribute the groups add up to `*`."""
    for frame, keys in (
        (result.stock, ["date", "pathway", "stage"]),
        (result.flow, ["month", "pathway", "from_stage", "to_stage"]),
        (result.outcomes, ["fiscal_year", "pathway", "outcome"]),
    ):
        for one in whole.pathways:
            mine = frame[frame["pathway"] == one.name]
            whole_of = mine[mine["group"] == "*"].set_index(keys)[["cases", "persons"]]
            for attribute in one.report:
                parts = (
                    mine[mine["group"].str.startswith(f"{attribute}=")]
                    .groupby(keys)[["cases", "persons"]]
                    .sum()
                )
                assert not whole_of.sub(parts, fill_value=0).any().any()


def nobody_is_lost(whole, result):
    """Who entered a pathway is at a stage or at an outcome of it."""
    for one in whole.pathways:
        flow = result.flow[(result.flow["pathway"] == one.name) & (result.flow["group"] == "*")]
        stock = result.stock[(result.stock["pathway"] == one.name) & (result.stock["group"] == "*")]
        first, last = stock[stock["date"] == stock["date"].min()], stock[stock["date"] == stock["date"].max()]
        ends = {s.name for s in one.stages if s.kind == "outcome"}
        came = flow[flow["from_stage"].str.startswith("source:")]
        ended = flow[flow["to_stage"].isin(ends)]
        for unit in ("cases", "persons"):
            assert first[unit].sum() + came[unit].sum() == last[unit].sum() + ended[unit].sum()


def histories_agree(whole, result):
    """Stocks, flows and case-days counted again from the histories."""
    frame = moves(result)
    open_ended = frame["left"].where(frame["left"] >= 0, 10**6)
    stock = result.stock[result.stock["group"] == "*"]
    for month, first, last in months_of(result):
        date = stock["date"][stock["date"].dt.strftime("%Y-%m") == month].max()
        rows = stock[stock["date"] == date].set_index(["pathway", "stage"])
        here = frame[(frame["entered"] <= last) & (open_ended > last)].groupby(["pathway", "stage"]).size()
        assert not rows["cases"].sub(here, fill_value=0).any()
        days = (open_ended.clip(upper=last + 1) - frame["entered"].clip(lower=first)).clip(lower=0)
        days = days.groupby([frame["pathway"], frame["stage"]]).sum()
        assert not rows["case_days"].sub(days, fill_value=0).any()
        gone = frame[(frame["left"] >= first) & (frame["left"] <= last)].groupby(["pathway", "stage"]).size()
        flow = result.flow[(result.flow["month"] == month) & (result.flow["group"] == "*")]
        holding = {(p.name, s.name) for p, s in whole.stages() if s.holds_cases}
        out = flow.groupby(["pathway", "from_stage"])["cases"].sum()
        out = out[[key in holding for key in out.index]].rename_axis(["pathway", "stage"])
        assert not out.sub(gone, fill_value=0).any()
    assert not frame.duplicated(["case", "entered", "stage", "left"]).any()
    after = frame.assign(left=open_ended).sort_values(["case", "entered", "left"]).groupby("case")
    follows = after["entered"].shift(-1).dropna()
    assert (
        follows == frame.loc[follows.index, "left"]
    ).all()  # a case enters the next stage on the day it leaves


def check(whole, result):
    closes(whole, result)
    groups_add_up(whole, result)
    nobody_is_lost(whole, result)
    histories_agree(whole, result)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_system_with_everything_closes(seed):
    whole = busy()
    result = play(whole, BUSY, seed=seed, horizon="2026-12-31")
    check(whole, result)
    assert (
        len(result.outcomes["outcome"].unique()) == 9
    )  # eight outcomes and a milestone: every part was reached


def test_a_start_and_an_end_inside_a_month():
    whole = busy()
    result = play(whole, BUSY, start="2026-04-15", horizon="2026-08-20")
    check(whole, result)
    assert result.stock["date"].min() == pd.Timestamp("2026-04-14") and result.stock[
        "date"
    ].max() == pd.Timestamp("2026-08-20")


def test_a_sample_closes_in_real_cases():
    whole = busy()
    result = play(whole, BUSY | {"stock.old.cases": 4000}, scale=0.1, horizon="2026-12-31")
    closes(whole, result)
    groups_add_up(whole, result)
    nobody_is_lost(whole, result)
    assert (result.stock["cases"] % 10 == 0).all() and (result.flow["persons"] % 10 == 0).all()


LENGTHS = st.sampled_from(
    [
        0,
        3,
        30,
        {"exponential": {"mean": 15}},
        {"uniform": [0, 60]},
        {"mixture": [{"share": 0.5, "fixed": 2}, {"share": 0.5, "gamma": {"mean": 40, "sd": 20}}]},
    ]
)
RATES = st.sampled_from([0, 0.1, 2, {"2026-04-01": 0, "2026-05-20": 50}])
HOLDS = st.sampled_from(
    [0, 1, {"2026-04-01": 1, "2026-05-10": 0}, {"2026-04-01": 0, "2026-04-20": 1, "2026-06-01": 0}]
)


@st.composite
def systems(draw):
    """A line of two to five stages of any kind, with ways back, ways out, and perhaps children."""
    kinds = draw(
        st.lists(st.sampled_from(["step", "desk", "gate", "checks", "branch"]), min_size=2, max_size=5)
    )
    names = [f"s{n}" for n in range(len(kinds))]
    numbers, stages = {}, []
    for n, (kind, name) in enumerate(zip(kinds, names, strict=True)):
        following = names[n + 1] if n + 1 < len(names) else "done"
        path, ways, more = f"p.{name}", [], []
        if kind != "branch" and draw(st.booleans()):
            ways.append(hazard(to("gone"), since=draw(st.sampled_from(["entered", "filed", "clock"]))))
            numbers[f"{path}.gone.rate"] = by("colour", {"red": draw(RATES), "default": 0.2})
        if kind != "branch" and draw(st.booleans()):
            target = draw(
                st.sampled_from([*(t for t, k in zip(names, kinds, strict=True) if k != "branch"), "gone"])
            )
            ways.append(
                deadline(
                    to(target, name="late", marks=("clock",)),
                    since=draw(st.sampled_from(["entered", "filed", "clock"])),
                )
            )
            numbers[f"{path}.late.days"] = number(draw(LENGTHS))
        if kind in ("step", "desk", "branch") and draw(st.booleans()):
            back = names if kind != "branch" else [*names[n + 1 :], "done"]
            more.append(to(draw(st.sampled_from(back)), name="other", draws=("size",)))
            numbers[f"{path}.split"] = by(
                "colour", {"red": {"other": draw(st.sampled_from([0, 0.3, 0.7]))}, "default": {"other": 0.1}}
            )
        if kind != "branch" and draw(st.booleans()):
            numbers[f"{path}.hold"] = by("colour", {"red": draw(HOLDS), "blue": 0})
        on = to(following, name="on")
        if kind == "step":
            stages.append(
                step(name, name, on, *more, leave=ways, since=draw(st.sampled_from(["entered", "filed"])))
            )
            numbers[f"{path}.days"] = number(draw(LENGTHS))
        elif kind == "desk":
            stages.append(
                desk(
                    name,
                    name,
                    f"office{n}",
                    on,
                    *more,
                    leave=ways,
                    date=draw(st.sampled_from(["filed", "joined"])),
                )
            )
            numbers |= {f"{path}.minutes": 40, f"offices.office{n}.staff": draw(st.sampled_from([0, 1, 5]))}
            numbers |= {
                f"offices.office{n}.minutes_per_day": 60,
                f"{path}.oldest_first": draw(st.sampled_from([0, 0.4, 1])),
            }
        elif kind == "gate":
            lapse = next(
                (to(t, name="lapsed") for t, k in zip(names, kinds, strict=True) if k == "checks"), None
            )
            stages.append(
                gate(
                    name,
                    name,
                    f"quota{n}",
                    on,
                    lapse=lapse,
                    leave=ways,
                    region=draw(st.sampled_from(["", "colour"])),
                )
            )
            numbers[f"quotas.quota{n}.ceiling"] = draw(st.sampled_from([0, 7, 50]))
            if stages[-1].region:
                numbers[f"quotas.quota{n}.allocation"] = number({"red": 0.5, "blue": 0.2, "reserve": 0.3})
        elif kind == "checks":
            stages.append(checks(name, name, on, items=("a", "b"), leave=ways))
            numbers |= {
                f"{path}.a.days": number(draw(LENGTHS)),
                f"{path}.b.days": 12,
                f"{path}.a.valid": draw(st.sampled_from([20, 90])),
            }
        else:
            stages.append(branch(name, name, on, *more))
    kids = (opens("kid", enters="q.wait", count="relatives"),) if draw(st.booleans()) else ()
    continues = "" if kids or not draw(st.booleans()) else "q.wait"
    stages += [outcome("done", "D", opens=kids, continues=continues), outcome("gone", "G")]
    traits = ("colour", "persons", "relatives")
    at = draw(st.sampled_from([n for n, k in zip(names, kinds, strict=True) if k != "branch"] or [""]))
    stocks = (opening("old", "O", at=at, draws=traits),) if at else ()
    one = pathway(
        *stages, sources=(source("new", "N", "s0", draws=traits),), openings=stocks, report=("colour",)
    )
    both = [one]
    if kids or continues:
        both.append(
            pathway(step("wait", "W", to("end")), outcome("end", "E"), name="q", report=("colour", "size"))
        )
        numbers["q.wait.days"] = number(draw(LENGTHS))
    numbers["sources.new.rate"] = draw(st.sampled_from([0.2, 1, 3]))
    if stocks:
        numbers |= {
            "stock.old.cases": draw(st.sampled_from([0, 1, 40])),
            "stock.old.age": number({"uniform": [1, 200]}),
        }
    uniform = {
        "colour": {"red": 0.5},
        "persons": {"1": 0.4, "2": 0.3},
        "relatives": {"0": 0.3, "1": 0.4},
        "size": {"small": 0.5},
    }
    used = set(traits) | ({"size"} if any(t.draws for s in stages for t in s.exits()) else set())
    numbers |= {f"p.draws.{trait}": number(uniform[trait]) for trait in used}
    return both, numbers


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
@given(systems(), st.integers(0, 3))
def test_random_systems_close(made, seed):
    from sim.pathway import StructureError

    both, numbers = made
    try:
        whole = system(*both, persons="persons")
    except StructureError:
        return  # a deadline that leads in a way that never ends
    check(whole, play(whole, numbers, seed=seed, horizon="2026-06-20"))
