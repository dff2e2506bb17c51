"""Roads: the way of single cases through a pathway, and how it differs between two runs with the same luck.

A history lists the stages that a case left or is at. How the case ended is read from the graph: the outcomes that its
last move can lead to on the same day, less those that would have gone on elsewhere, or opened child cases, when it did
not. Where several remain, the end is the branch at which they part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim import dates
from sim.pathway import BRANCH, Pathway, Stage
from sim.pathways import pathway as pathway_of

if TYPE_CHECKING:
    from sim.results import Result

ROAD = ("case", "source", "attributes", "stage", "entered", "left", "transition")
APART = ("case", "began", "same_until", "end", "other_end", "ended", "other_ended", "days_apart")
ALWAYS = ("one", "persons")
"""children of these counts are opened by every case that ends so"""


def roads(result: Result, pathway: str) -> pd.DataFrame:
    """Histories of a pathway with their ends: a last line, never left, for each case that is over there.

    Columns: case, source, attributes, stage, entered, left (empty: there on the last day run), transition.
    """
    return _with_ends(result.histories, pathway)


def road(result: Result, case: str) -> pd.DataFrame:
    """The whole road of one case, through every pathway in turn, with its ends; empty when the run did not follow it.

    Columns: pathway, and those of `roads`.
    """
    lines = result.histories
    near = lines[(lines["case"] == case) | (lines["parent"] == case)]
    parts = []
    for name in near[near["case"] == case]["pathway"].unique():
        here = _with_ends(near, name)
        parts.append(here[here["case"] == case].assign(pathway=name))
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["pathway", *ROAD])
    return found.sort_values("entered", kind="stable", ignore_index=True)[["pathway", *ROAD]]


def _with_ends(lines: pd.DataFrame, pathway: str) -> pd.DataFrame:
    graph = pathway_of(pathway)
    here = lines[lines["pathway"] == pathway]
    over = here.groupby("case", sort=False).tail(1)
    over = over[over["left"].notna()]
    after, children = _after(lines, pathway), _children(lines)
    ends = [
        _end(graph, row.stage, row.transition, Traces(after.get(row.case, ""), children.get(row.case, ())))
        for row in over.itertuples()
    ]
    closing = over.assign(stage=ends, entered=over["left"], left=pd.NaT, transition="")
    joined = pd.concat([here, closing.astype(here.dtypes.to_dict())])
    order = joined["case"].map({case: place for place, case in enumerate(joined["case"].unique())})
    return joined.loc[:, list(ROAD)].iloc[order.argsort(kind="stable")].reset_index(drop=True)


@dataclass(frozen=True)
class Traces:
    """What a case left elsewhere: where it goes on, and where its child cases begin (as pathway.stage)."""

    after: str
    children: Iterable[str]


def _after(lines: pd.DataFrame, pathway: str) -> dict[str, str]:
    following = lines.groupby("case", sort=False)[["pathway", "stage"]].shift(-1)
    crossing = (
        (lines["pathway"] == pathway) & following["pathway"].notna() & (following["pathway"] != pathway)
    )
    names = following["pathway"] + "." + following["stage"]
    return dict(zip(lines.loc[crossing, "case"], names[crossing], strict=True))


def _children(lines: pd.DataFrame) -> dict[str, list[str]]:
    first = lines[lines["parent"] != ""].groupby("case", sort=False).head(1)
    found: dict[str, list[str]] = {}
    for parent, pathway, stage in zip(first["parent"], first["pathway"], first["stage"], strict=True):
        found.setdefault(parent, []).append(f"{pathway}.{stage}")
    return found


# -- how a case ended ----------------------------------------------------------------------------


def _end(graph: Pathway, stage: str, transition: str, traces: Traces) -> str:
    """The outcome at which a case ended, or the branch at which the outcomes that are possible part."""
    target = next(way.target for way in graph.stage(stage).exits() if way.name == transition)
    possible = {end.name for end in _outcomes(graph, graph.stage(target)) if _agrees(end, traces)}
    return next(iter(possible)) if len(possible) == 1 else _parting(graph, graph.stage(target), possible).name


def _agrees(end: Stage, traces: Traces) -> bool:
    if end.continues:
        held, ends_there = _same_day(end.continues)
        return traces.after in held if traces.after else ends_there and not traces.children
    if traces.after:
        return False
    begun = set().union(*(_same_day(child.enters)[0] for child in end.opens))
    if traces.children:
        return set(traces.children) <= begun
    return not any(child.count in ALWAYS for child in end.opens)


@cache
def _same_day(entry: str) -> tuple[frozenset[str], bool]:
    """Where a case that enters at `entry` (pathway.stage) can be at the end of the day, and whether it can be over."""
    name, _, stage = entry.partition(".")
    graph = pathway_of(name)
    ends = _reached(graph, graph.stage(stage))
    return frozenset(f"{name}.{end.name}" for end in ends if end.holds_cases), any(
        not end.holds_cases for end in ends
    )


def _reached(graph: Pathway, stage: Stage) -> list[Stage]:
    """Stages and outcomes to which a case that comes to `stage` can get on the same day."""
    if stage.kind != BRANCH:
        return [stage]
    found = {end.name: end for way in stage.exits() for end in _reached(graph, graph.stage(way.target))}
    return list(found.values())


def _outcomes(graph: Pathway, stage: Stage) -> list[Stage]:
    return [end for end in _reached(graph, stage) if not end.holds_cases]


def _parting(graph: Pathway, stage: Stage, ends: set[str]) -> Stage:
    """The last branch that leads to all of `ends`."""
    for way in stage.exits():
        inner = graph.stage(way.target)
        if inner.kind == BRANCH and ends and ends <= {end.name for end in _outcomes(graph, inner)}:
            return _parting(graph, inner, ends)
    return stage


# -- two runs ------------------------------------------------------------------------------------


def roads_apart(one: Result, other: Result, pathway: str) -> pd.DataFrame:
    """Cases that both runs followed and whose roads differ, those whose ends lie the furthest apart first.

    Columns: case, began, same_until (the day on which the roads part), end and other_end (the last stage), ended and
    other_ended (empty: not over on the last day run), days_apart (from the end in `one` to the end in `other`; a road
    that is not over counts to the last day run).
    """
    over = {stage.name for stage in pathway_of(pathway).stages if not stage.holds_cases}
    last = min(dates.day_of(str(result.info["until"])) for result in (one, other))
    others = _by_case(roads(other, pathway))
    rows = []
    for case, road in _by_case(roads(one, pathway)).items():
        second = others.get(case)
        if second is None or road == second:
            continue
        (end, ended, _), (other_end, other_ended, _) = road[-1], second[-1]
        ended = ended if end in over else NEVER
        other_ended = other_ended if other_end in over else NEVER
        days = (last if other_ended == NEVER else other_ended) - (last if ended == NEVER else ended)
        rows.append((case, road[0][1], _parted(road, second), end, other_end, ended, other_ended, days))
    found = pd.DataFrame(rows, columns=list(APART))
    for column in ("began", "same_until", "ended", "other_ended"):
        days_of = found[column].to_numpy(dtype="int64").astype("datetime64[D]")
        found[column] = pd.Series(days_of.astype("datetime64[s]"), index=found.index)
    return found.sort_values("days_apart", key=lambda days: -days.abs(), kind="stable", ignore_index=True)


Road = list[tuple[str, int, int]]
NEVER = int(np.datetime64("NaT", "D").astype(np.int64))


def _by_case(lines: pd.DataFrame) -> dict[str, Road]:
    """(stage, entered, left) of each case; days are whole numbers since 1970, NEVER for one that is open."""
    days = (
        lines[name].to_numpy().astype("datetime64[D]").astype(np.int64).tolist()
        for name in ("entered", "left")
    )
    found: dict[str, Road] = {}
    for case, stage, entered, left in zip(
        lines["case"].tolist(), lines["stage"].tolist(), *days, strict=True
    ):
        found.setdefault(case, []).append((stage, entered, left))
    return found


def _parted(road: Road, other: Road) -> int:
    """The day on which two roads part: that of the first move which only one of them makes."""
    for (stage, entered, left), (stage_2, entered_2, left_2) in zip(road, other, strict=False):
        if (stage, entered) != (stage_2, entered_2):
            return min(entered, entered_2)
        if left != left_2:
            return min(day for day in (left, left_2) if day != NEVER)
    return road[-1][1]
