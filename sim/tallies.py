"""What is counted: groups that reports tell apart, relatives whom cases carry, waits and their bins, dated facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from sim import durations
from sim.pathway import ENTERED, FILED, Pathway, Stage
from sim.structure import SINCE, Structure

EXACT_DAYS, BIN_WIDTH = 730, 0.01
LONGEST_WAIT = durations.LARGEST_DAYS + 61 * 366
"""the longest age of an opening stock, and the longest run (60 years) on top of it"""
TOOK, REACHED = "took", "reached"
"""days since filing of those who came to a stage in a year; days since entry among all who entered in a year"""
BASES = {FILED: TOOK, ENTERED: REACHED}

Row = dict[str, int]


@dataclass
class Tallies:
    """Rows for the arrays of `Rules`, and the names of what they count."""

    report: list[Row] = field(default_factory=list)
    """of each pathway, its groups and its milestones"""
    grouping: list[Row] = field(default_factory=list)
    groups: list[list[str]] = field(default_factory=list)
    """[pathway][slot]: `*` or `attribute=level`"""
    relatives: list[Row] = field(default_factory=list)
    """of each pathway, which attributes count the relatives of a case, and of which cases"""
    carried: list[Row] = field(default_factory=list)
    """those attributes"""
    milestone: list[Row] = field(default_factory=list)
    milestones: list[tuple[str, str]] = field(default_factory=list)
    """(pathway, milestone)"""
    waits: list[tuple[str, str]] = field(default_factory=list)
    """(pathway, stage or "*") of each wait index"""
    reaches: dict[int, str] = field(default_factory=dict)
    """wait indices that are times to a stage or a milestone: `took` or `reached`"""
    slots: list[int] = field(default_factory=list)
    """how many groups the pathway of each wait has"""

    def rows(self, years: int) -> list[Row]:
        """The histogram rows of each wait: one for each fiscal year and group of its pathway."""
        firsts = np.cumsum([0, *(years * slots for slots in self.slots)]).tolist()
        return [{"first": first, "slots": slots} for first, slots in zip(firsts, self.slots, strict=False)]


def tallies(made: Structure, stages: list[tuple[Pathway, Stage]]) -> Tallies:
    """What is counted of the pathways; says on stages and transitions which of it they are counted in."""
    found = Tallies()
    for pathway in made.system.pathways:
        _add_groups(found, made, pathway)
        _add_relatives(found, made, pathway)
    for number, pathway in enumerate(made.system.pathways):
        _add_milestones(found, made, number, pathway)
    _add_waits(found, made, stages)
    return found


def _add_groups(found: Tallies, made: Structure, pathway: Pathway) -> None:
    row = {"first": len(found.grouping), "count": len(pathway.report)}
    labels = ["*"]
    for name in pathway.report:
        place = made.fields[name]
        found.grouping.append({"shift": place.shift, "mask": place.mask, "slot": len(labels)})
        labels.extend(f"{name}={level}" for level in place.attribute.levels)
    found.report.append(row)
    found.groups.append(labels)


def _add_relatives(found: Tallies, made: Structure, pathway: Pathway) -> None:
    of = pathway.relatives
    mask, value = made.match(of.only) if of else (0, 0)
    places = [made.fields[name] for name in (of.counts if of else ())]
    found.relatives.append({"mask": mask, "value": value, "first": len(found.carried), "counts": len(places)})
    found.carried += [{"shift": place.shift, "mask": place.mask, "first": place.first} for place in places]


def _add_milestones(found: Tallies, made: Structure, number: int, pathway: Pathway) -> None:
    first = len(found.milestone)
    for milestone in pathway.milestones:
        mask, value = made.match(milestone.only)
        found.milestone.append(
            {
                "pathway": number,
                "mask": mask,
                "value": value,
                "since": SINCE[milestone.since],
                "days": made.tables.days(f"{pathway.name}.{milestone.name}.days"),
                "stream": made.streams.number(f"milestone {milestone.name}"),
            }
        )
        found.milestones.append((pathway.name, milestone.name))
    own = found.milestone[first:]
    found.report[number] |= {"first_fact": first if own else 0, "facts": len(own)}
    _say_which_date(made, number, pathway, own)


def _say_which_date(made: Structure, number: int, pathway: Pathway, own: list[Row]) -> None:
    """Of each transition, whether a milestone may come or count otherwise after it."""
    persons = [made.system.persons] if made.system.persons else []
    read = _bits((made.fields[name].shift, made.fields[name].mask) for name in [*pathway.report, *persons])
    for milestone in own:
        read |= milestone["mask"] | _bits(made.tables.read(milestone["days"]))
    for edge in made.edge:
        if edge["pathway"] == number:
            drawn = made.draw[edge["first_draw"] : edge["first_draw"] + edge["draws"]]
            changed = ~edge["keep"] | _bits((each["shift"], each["mask"]) for each in drawn)
            dates = own and not edge["enters"] and (edge["marks"] or changed & read)
            edge["dates"] = int(bool(dates))


def _bits(places: Iterable[tuple[int, int]]) -> int:
    """The bits of a case's attributes at these places (shift and mask)."""
    bits = 0
    for shift, mask in places:
        bits |= mask << shift
    return bits


def _add_waits(found: Tallies, made: Structure, stages: list[tuple[Pathway, Stage]]) -> None:
    waits = found.waits
    waits += [(pathway.name, "*") for pathway in made.system.pathways]
    for number, (pathway, stage) in enumerate(stages):
        if stage.kind in ("desk", "gate"):
            made.stage[number]["wait"] = len(waits)
            waits.append((pathway.name, stage.name))
    for pathway in made.system.pathways:
        for one in pathway.reaches:
            found.reaches[len(waits)] = BASES[one.since]
            row = made.stage[made.number[(pathway.name, one.stage)]]
            row |= {"reach": len(waits), "reach_since": SINCE[one.since]}
            waits.append((pathway.name, one.stage))
    for milestone, name in zip(found.milestone, found.milestones, strict=True):
        found.reaches[len(waits)] = TOOK
        milestone["wait"] = len(waits)
        waits.append(name)
    slots = {
        pathway.name: len(groups) for pathway, groups in zip(made.system.pathways, found.groups, strict=True)
    }
    found.slots = [slots[pathway] for pathway, _ in waits]


@cache
def bins() -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Bin of each wait, and the first day of each bin: exact days for two years, then at most 1 % wide."""
    firsts = list(range(EXACT_DAYS + 1))
    while firsts[-1] < LONGEST_WAIT:
        firsts.append(firsts[-1] + max(1, int(firsts[-1] * BIN_WIDTH)))
    edges = np.array(firsts, dtype=np.int64)
    return (np.searchsorted(edges, np.arange(LONGEST_WAIT + 1), side="right") - 1).astype(np.int32), edges
