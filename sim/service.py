"""Who serves whom: queues, the claims of desks on their offices, gates under their quotas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim import capacity
from sim.capacity import Staffing
from sim.layout import NONE
from sim.pathway import Pathway, Stage
from sim.structure import Structure
from sim.tables import MILLI


def _add_lanes(made: Structure, number: int, path: str, region: str) -> tuple[int, int]:
    """Lanes of a stage: (first lane kind, how many); the stage's `lane` table is filled in."""
    table, classes = made.tables.lanes(f"{path}.hold", "" if region else f"{path}.priority", region)
    made.stage[number]["lane"] = table
    first = len(made.tables.lane_classes)
    made.tables.lane_classes.extend(classes)
    return first, len(classes)


def offices(
    made: Structure, stages: list[tuple[Pathway, Stage]]
) -> tuple[list[dict[str, int]], list[dict[str, int]], list[dict[str, int]], list[Staffing], list[int]]:
    queue: list[dict[str, int]] = []
    lanes: list[int] = []
    desks: dict[str, list[tuple[int, str, Stage]]] = {}
    for number, (pathway, stage) in enumerate(stages):
        if stage.kind == "desk":
            desks.setdefault(stage.office, []).append((number, f"{pathway.name}.{stage.name}", stage))
    claim: list[dict[str, int]] = []
    office: list[dict[str, int]] = []
    staffs: list[Staffing] = []
    for name, members in desks.items():
        per = {stage.per for _, _, stage in members}
        if len(per) > 1:
            raise made.scenario.error(
                f"offices.{name}", f"desks of one office must share `per`; found {sorted(per)}"
            )
        attribute = per.pop()
        levels = made.system.attribute(attribute).levels if attribute else ("",)
        paths = [path for _, path, _ in members]
        ranks = _ranks(made, name, paths)
        sharing = len(paths) > 1 and len(set(ranks)) == 1
        share = made.rule(f"offices.{name}.shares", MILLI * MILLI, paths) if sharing else NONE
        kinds = [_add_lanes(made, number, path, "") for number, path, _ in members]
        first_queue: dict[int, int] = {}
        for position, (number, _, stage) in enumerate(members):
            first_queue[number] = len(queue)
            made.stage[number]["queue"] = len(queue)
            place = made.fields[stage.per] if stage.per else None
            made.stage[number]["per_shift"] = place.shift if place else 0
            made.stage[number]["per_mask"] = place.mask if place else 0
            for _level in levels:
                first, count = kinds[position]
                queue.append(
                    {
                        "stage": number,
                        "first_lane": len(lanes),
                        "lanes": count,
                        "first_kind": first,
                        "bucket": 0,
                    }
                )
                lanes.extend([len(queue) - 1] * count)
        order = sorted(range(len(members)), key=lambda position: (ranks[position], position))
        for place_of_level, staff in enumerate(
            capacity.staffing(made.tables, name, levels, made.scale, attribute)
        ):
            office.append({"first_claim": len(claim), "claims": len(members)})
            staffs.append(staff)
            for position in order:
                number = members[position][0]
                claim.append(
                    {
                        "queue": first_queue[number] + place_of_level,
                        "rank": ranks[position],
                        "share": share,
                        "column": position,
                    }
                )
    return queue, claim, office, staffs, lanes


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


def quotas(
    made: Structure, stages: list[tuple[Pathway, Stage]], queue: list[dict[str, int]], lanes: list[int]
) -> tuple[list[dict[str, int]], list[int], NDArray[np.int64], NDArray[np.int64], list[str], list[list[str]]]:
    names = list(dict.fromkeys(stage.quota for _, stage in stages if stage.kind == "gate"))
    quota: list[dict[str, int]] = []
    gates: list[int] = []
    regions: list[list[str]] = []
    allowed: list[NDArray[np.int64]] = []
    used: list[NDArray[np.int64]] = []
    for name in names:
        members = [(n, p, s) for n, (p, s) in enumerate(stages) if s.kind == "gate" and s.quota == name]
        attribute = members[0][2].region
        levels = list(made.system.attribute(attribute).levels) if attribute else []
        place = made.fields[attribute] if attribute else None
        for number, pathway, stage in members:
            first, count = _add_lanes(made, number, f"{pathway.name}.{stage.name}", attribute)
            made.stage[number]["queue"] = len(queue)
            made.stage[number]["per_shift"] = made.stage[number]["per_mask"] = 0
            queue.append(
                {"stage": number, "first_lane": len(lanes), "lanes": count, "first_kind": first, "bucket": 0}
            )
            lanes.extend([len(queue) - 1] * count)
        bind = 1
        if attribute and made.scenario.get(f"quotas.{name}.regions_bind") is not None:
            bind = round(made.tables.at_start(f"quotas.{name}.regions_bind"))
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
        allowed.append(capacity.places(made.tables, name, levels, made.scale))
        used.append(_used_before(made, name, levels))
    rows = max((row.shape[0] for row in allowed), default=2)
    days = made.tables.last + 1 - made.tables.start
    places = np.zeros((max(1, len(names)), rows, days), dtype=np.int64)
    before = np.zeros((max(1, len(names)), rows), dtype=np.int64)
    for number in range(len(names)):
        places[number, : allowed[number].shape[0]] = allowed[number]
        before[number, : used[number].size] = used[number]
    return quota, gates, places, before, names, regions


def _used_before(made: Structure, quota: str, regions: list[str]) -> NDArray[np.int64]:
    path = f"quotas.{quota}.used_before_start"
    used = np.zeros(len(regions) + 2, dtype=np.int64)
    if made.scenario.get(path) is not None:
        number = made.scenario.require(path)
        columns = (*regions, capacity.RESERVE) if regions and isinstance(number.value, dict) else None
        values = (
            np.nan_to_num(made.tables.grid(path, columns).cells.astype(float).ravel()) if columns else None
        )
        if values is None:
            used[-1] = round(made.tables.at_start(path) * MILLI * made.scale)
            used[-2] = used[-1]
        else:
            used[: values.size] = np.rint(values * MILLI * made.scale)
            used[-1] = used[:-1].sum()
    return used
