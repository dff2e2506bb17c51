"""Who serves whom: queues, the claims of desks on their offices, gates under their quotas."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim import capacity
from sim.capacity import Staffing
from sim.layout import NONE
from sim.pathway import Pathway, Stage
from sim.structure import Structure
from sim.tables import MILLI


@dataclass
class Service:
    """Queues with their lanes, and the offices whose desks claim time for them."""

    queue: list[dict[str, int]] = field(default_factory=list)
    claim: list[dict[str, int]] = field(default_factory=list)
    office: list[dict[str, int]] = field(default_factory=list)
    staff: list[Staffing] = field(default_factory=list)
    lanes: int = 0

    def add_queue(self, stage: int, kinds: tuple[int, int]) -> None:
        """A queue of a stage, with the lanes of its kinds (first, how many)."""
        first, count = kinds
        self.queue.append({"stage": stage, "first_lane": self.lanes, "lanes": count, "first_kind": first})
        self.lanes += count


@dataclass
class Quotas:
    """Quotas, the gates that stand under them, and their places in thousandths of a person."""

    names: list[str]
    regions: list[list[str]]
    quota: list[dict[str, int]]
    gates: list[int]
    allowed: NDArray[np.int64]
    """[quota, region, day]: usable by that day"""
    ceilings: NDArray[np.int64]
    """[quota, region, day]: of the year"""
    used_before: NDArray[np.int64]


def _lane_kinds(made: Structure, number: int, path: str, region: str) -> tuple[int, int]:
    """Kinds of lanes of a stage: (first, how many); the stage's `lane` table is filled in."""
    table, classes = made.tables.lanes(f"{path}.hold", f"{path}.priority", region)
    made.stage[number]["lane"] = table
    first = len(made.tables.lane_classes)
    made.tables.lane_classes.extend(classes)
    return first, len(classes)


def offices(made: Structure, stages: list[tuple[Pathway, Stage]]) -> Service:
    """Every office with its desks: one office and one queue a desk for each level of `per`."""
    found = Service()
    desks: dict[str, list[tuple[int, str, Stage]]] = {}
    for number, (pathway, stage) in enumerate(stages):
        if stage.kind == "desk":
            desks.setdefault(stage.office, []).append((number, f"{pathway.name}.{stage.name}", stage))
    for name, members in desks.items():
        _add_office(made, found, name, members)
    return found


def _add_office(made: Structure, found: Service, name: str, members: list[tuple[int, str, Stage]]) -> None:
    per = {stage.per for _, _, stage in members}
    if len(per) > 1:
        problem = f"desks of one office must share `per`; found {sorted(per)}"
        raise made.scenario.error(f"offices.{name}", problem)
    attribute = per.pop()
    levels = made.system.attribute(attribute).levels if attribute else ("",)
    place = made.fields[attribute] if attribute else None
    paths = [path for _, path, _ in members]
    ranks = _ranks(made, name, paths)
    sharing = len(paths) > 1 and len(set(ranks)) == 1
    share = made.rule(f"offices.{name}.shares", MILLI * MILLI, paths) if sharing else NONE
    first_queue = []
    for number, path, _ in members:
        first_queue.append(len(found.queue))
        made.stage[number] |= {
            "queue": len(found.queue),
            "per_shift": place.shift if place else 0,
            "per_mask": place.mask if place else 0,
        }
        kinds = _lane_kinds(made, number, path, "")
        for _level in levels:
            found.add_queue(number, kinds)
    order = sorted(range(len(members)), key=lambda position: (ranks[position], position))
    for level, staff in enumerate(capacity.staffing(made.tables, name, levels, made.scale, attribute)):
        found.office.append({"first_claim": len(found.claim), "claims": len(members)})
        found.staff.append(staff)
        found.claim += [
            {
                "queue": first_queue[position] + level,
                "rank": ranks[position],
                "share": share,
                "column": position,
            }
            for position in order
        ]


def _ranks(made: Structure, office: str, paths: list[str]) -> list[int]:
    """Rank of each desk at its office: lower ranks are served first; without an order all share."""
    order = made.scenario.names_at(f"offices.{office}.order")
    if not order:
        return [0] * len(paths)
    for name in (*order, *paths):
        if name not in paths or name not in order:
            raise made.scenario.error(
                f"offices.{office}.order", f"must list each desk of the office; see '{name}'", paths
            )
    return [order.index(path) for path in paths]


def quotas(made: Structure, stages: list[tuple[Pathway, Stage]], found: Service) -> Quotas:
    """Every quota with its gates, each gate with a queue of its own."""
    names = list(dict.fromkeys(stage.quota for _, stage in stages if stage.kind == "gate"))
    quota: list[dict[str, int]] = []
    gates: list[int] = []
    regions: list[list[str]] = []
    usable, ceilings, used = [], [], []
    for name in names:
        members = [(n, p, s) for n, (p, s) in enumerate(stages) if s.kind == "gate" and s.quota == name]
        attribute = members[0][2].region
        levels = list(made.system.attribute(attribute).levels) if attribute else []
        place = made.fields[attribute] if attribute else None
        for number, pathway, stage in members:
            made.stage[number] |= {"queue": len(found.queue), "per_shift": 0, "per_mask": 0}
            found.add_queue(number, _lane_kinds(made, number, f"{pathway.name}.{stage.name}", attribute))
        bind = 1
        if attribute and made.scenario.get(f"quotas.{name}.regions_bind") is not None:
            bind = _yes_or_no(made, f"quotas.{name}.regions_bind")
        quota.append(
            {
                "first_gate": len(gates),
                "gates": len(members),
                "regions": len(levels),
                "shift": place.shift if place else 0,
                "mask": place.mask if place else 0,
                "exact": int(made.scale == 1.0),
                "bind": bind if levels else 0,
            }
        )
        gates.extend(number for number, _, _ in members)
        regions.append(levels)
        by_day, of_year = capacity.places(made.tables, name, levels)
        usable.append(by_day)
        ceilings.append(of_year)
        used.append(capacity.used_before(made.tables, name, levels))
    return Quotas(
        names, regions, quota, gates,
        _padded(usable, made, 3), _padded(ceilings, made, 3), _padded(used, made, 2),
    )  # fmt: skip


def _yes_or_no(made: Structure, path: str) -> int:
    value = made.tables.at_start(path)
    if value not in (0.0, 1.0):
        raise made.scenario.error(path, f"is 1 (yes) or 0 (no), not {value:g}")
    return int(value)


def _padded(rows: list[NDArray[np.float64]], made: Structure, axes: int) -> NDArray[np.int64]:
    """Quotas of unequal numbers of regions in one array, in thousandths of a person of the run."""
    days = made.tables.last + 1 - made.tables.start
    shape = (max(1, len(rows)), max((row.shape[0] for row in rows), default=2), days)[:axes]
    array = np.zeros(shape, dtype=np.int64)
    for number, row in enumerate(rows):
        array[number, : row.shape[0]] = np.rint(row * MILLI * made.scale)
    return array
