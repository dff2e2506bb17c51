"""The books of a run as pandas frames: the tables of the result, in real cases."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import casekey, dates
from sim.frames_families import families_frame
from sim.frames_waits import waits_frame
from sim.layout import CHECKS, HISTORIES, NONE, STEP
from sim.ledger import Ledger
from sim.structure import EdgeName
from sim.tables import MILLI


class Frames:
    """Makes the tables of one run from its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def all(self) -> dict[str, pd.DataFrame]:
        """The tables of the result by name, with their fixed columns."""
        return {
            "stock": self.stock_frame(),
            "flow": self.flow_frame(),
            "waits": self.waits_frame(),
            "outcomes": self.outcomes_frame(),
            "offices": self.offices_frame(),
            "quota": self.quota_frame(),
            "families": self.families_frame(),
            "histories": self.histories_frame(),
        }

    def _groups(self, pathway: str) -> list[str]:
        return self.ledger.model.groups[[p.name for p in self.ledger.model.system.pathways].index(pathway)]

    def _date(self, day: int) -> pd.Timestamp:
        return pd.Timestamp(dates.date_of(self.ledger.model.start + day))

    def _year(self, day: int) -> int:
        return dates.fiscal_year(self.ledger.model.start + day)

    def stock_frame(self) -> pd.DataFrame:
        held = np.flatnonzero(self.ledger.holding)
        amounts = np.stack([month.stock[held] for month in self.ledger.months])
        days = np.stack([month.case_days[held] for month in self.ledger.months])
        shown = (amounts[..., 0] != 0) | (days != 0)
        shown[..., 0] = True
        month, place, slot = np.nonzero(shown)
        stage = held[place]
        cases, persons = (amounts[month, place, slot] * self.ledger.weight).T
        waits = ~np.isin(self.ledger.model.rules.stage["kind"], (STEP, CHECKS))
        waiting = np.where(waits[stage], cases, 0)
        dates_of = np.array([self._date(each.day) for each in self.ledger.months], dtype="datetime64[ms]")
        return pd.DataFrame(
            {
                "date": dates_of[month],
                "pathway": self._pathways[stage],
                "stage": np.array([name.name for _, name in self.ledger.model.stages], dtype=object)[stage],
                "group": self._labels[self.ledger.model.rules.stage["pathway"][stage], slot],
                "waiting": waiting,
                "in_service": cases - waiting,
                "cases": cases,
                "persons": persons,
                "case_days": days[month, place, slot] * self.ledger.weight,
            }
        )

    def flow_frame(self) -> pd.DataFrame:
        pairs, amounts = self._moves
        month, pair, slot = np.nonzero(amounts[..., 0])
        cases, persons = (amounts[month, pair, slot] * self.ledger.weight).T
        names = np.array([(each.pathway, each.origin, each.target) for each in pairs], dtype=object).reshape(
            -1, 3
        )
        labels = np.array(
            [self._date(each.day).strftime("%Y-%m") for each in self.ledger.months[1:]], dtype=object
        )
        return pd.DataFrame(
            {
                "month": labels[month],
                "pathway": names[pair, 0],
                "from_stage": names[pair, 1],
                "to_stage": names[pair, 2],
                "group": self._labels[self._pathway_numbers(names[:, 0])[pair], slot],
                "cases": cases,
                "persons": persons,
            }
        )

    @cached_property
    def _moves(self) -> tuple[list[EdgeName], NDArray[np.int64]]:
        """Moves by (pathway, from, to), the opening stock left out; and [month, move, slot, (cases, persons)]."""
        names = [(edge.pathway, edge.origin, edge.target) for edge in self.ledger.model.edges]
        kept = sorted({name for name in names if not name[1].startswith("stock:")})
        place = {name: number for number, name in enumerate(kept)}
        amounts = np.zeros(
            (len(self.ledger.months) - 1, len(kept), *self.ledger.stock.shape[1:]), dtype=np.int64
        )
        for number, month in enumerate(self.ledger.months[1:]):
            for edge, name in enumerate(names):
                if name in place:
                    amounts[number, place[name]] += month.flow[edge]
        return [EdgeName(*name, "") for name in kept], amounts

    def _pathway_numbers(self, names: NDArray[Any]) -> NDArray[np.int64]:
        order = [pathway.name for pathway in self.ledger.model.system.pathways]
        return np.array([order.index(name) for name in names], dtype=np.int64)

    @cached_property
    def _pathways(self) -> NDArray[Any]:
        """Name of the pathway of each stage."""
        return np.array([pathway.name for pathway, _ in self.ledger.model.stages], dtype=object)

    @cached_property
    def _labels(self) -> NDArray[Any]:
        """[pathway, slot]: name of the group."""
        labels = np.full((len(self.ledger.model.groups), self.ledger.stock.shape[1]), "", dtype=object)
        for number, names in enumerate(self.ledger.model.groups):
            labels[number, : len(names)] = names
        return labels

    def _by_year(self) -> tuple[list[EdgeName], NDArray[np.int64]]:
        """The moves by fiscal year of the run instead of month."""
        pairs, amounts = self._moves
        years = self.ledger.model.rules.fiscal[[month.day for month in self.ledger.months[1:]]]
        summed = np.zeros((int(years[-1]) + 1, *amounts.shape[1:]), dtype=np.int64)
        np.add.at(summed, years, amounts)
        return pairs, summed

    def outcomes_frame(self) -> pd.DataFrame:
        """By fiscal year; a milestone stands beside the outcomes, though the case goes on."""
        rows: list[tuple[Any, ...]] = []
        ends = {(p.name, s.name) for p, s in self.ledger.model.stages if s.kind == "outcome"}
        pairs, amounts = self._by_year()
        for year, pair, slot in zip(*np.nonzero(amounts[..., 0]), strict=True):
            name = pairs[pair]
            if (name.pathway, name.target) in ends:
                group = self._groups(name.pathway)[slot]
                cases, persons = amounts[year, pair, slot] * self.ledger.weight
                rows.append((self._year(0) + int(year), name.pathway, name.target, group, cases, persons))
        fiscal = {int(month): int(year) for month, year in zip(*self._calendar, strict=True)}
        for number, (pathway, milestone) in enumerate(self.ledger.model.milestones):
            for month, slot in zip(*np.nonzero(self.ledger.state.milestones[number, :, :, 0]), strict=True):
                cases, persons = self.ledger.state.milestones[number, month, slot] * self.ledger.weight
                year = self._year(0) + fiscal[int(month)]
                rows.append((year, pathway, milestone, self._groups(pathway)[slot], cases, persons))
        columns = ["fiscal_year", "pathway", "outcome", "group", "cases", "persons"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.groupby(columns[:4], as_index=False)[["cases", "persons"]].sum()

    @property
    def _calendar(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Month and fiscal year of each day from the start on."""
        return self.ledger.model.rules.month[1:], self.ledger.model.rules.fiscal[1:]

    def waits_frame(self) -> pd.DataFrame:
        return waits_frame(self.ledger)

    def offices_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        before = 0
        for month in self.ledger.months[1:]:
            for number, office in enumerate(self.ledger.model.offices):
                span = slice(before + 1, month.day + 1)
                capacity = office.capacity[span].sum() / MILLI / self.ledger.model.scale
                used = month.minutes[number] / MILLI / self.ledger.model.scale
                label = self._date(month.day).strftime("%Y-%m")
                share = used / capacity if capacity else np.nan
                rows.append((label, office.name, office.staff[span].mean(), capacity, used, share))
            before = month.day
        return pd.DataFrame(rows, columns=["month", "office", "staff", "capacity", "used", "utilisation"])

    def quota_frame(self) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        fiscal = self.ledger.model.rules.fiscal
        real = 1.0 / (MILLI * self.ledger.model.scale)
        for number, quota_regions in enumerate(self.ledger.model.regions):
            names = [*quota_regions, "reserve", "*"] if quota_regions else ["reserve", "*"]
            for year in range(int(fiscal[self.ledger.last]) + 1):
                end = min(int(np.flatnonzero(fiscal == year)[-1]), self.ledger.last)
                if end == 0:
                    continue  # the day before the start closes a year that is not run
                whole = dates.fiscal_year(self.ledger.model.start + end + 1) != self._year(end)
                for place, region in enumerate(names):
                    ceiling = float(self.ledger.model.ceilings[number, place, end]) * real
                    used = float(self.ledger.state.admitted[number, place, year]) * self.ledger.weight
                    if year == 0:
                        used += float(self.ledger.model.used_before[number, place]) * real
                    lapsed = max(0.0, ceiling - used) if whole else 0.0
                    rows.append((self._year(end), region, ceiling, used, lapsed))
        return pd.DataFrame(rows, columns=["fiscal_year", "region", "ceiling", "used", "lapsed"])

    def families_frame(self) -> pd.DataFrame:
        return families_frame(self.ledger)

    def histories_frame(self) -> pd.DataFrame:
        lines = self.ledger.state.history[: int(self.ledger.state.tally[HISTORIES])]
        lines = lines[np.lexsort((lines["left"] & 0x7FFFFFFF, lines["entered"], lines["key"]))]
        keys, key_of = np.unique(lines["key"], return_inverse=True)
        names, kinds = self.ledger.model.sources, self.ledger.model.system.kinds
        texts = [casekey.text(int(key), names, kinds) for key in keys]
        words, word_of = np.unique(lines["attributes"], return_inverse=True)
        start = np.datetime64(dates.date_of(self.ledger.model.start), "D")
        left = (start + lines["left"].astype("timedelta64[D]")).astype("datetime64[ms]")
        left[lines["left"] == NONE] = np.datetime64("NaT")
        stages = _objects(stage.name for _, stage in self.ledger.model.stages)
        moves = _objects([*(edge.name for edge in self.ledger.model.edges), ""])
        return pd.DataFrame(
            {
                "case": _objects(texts)[key_of],
                "parent": _objects(casekey.parent(text) if "/" in text else "" for text in texts)[key_of],
                "pathway": self._pathways[lines["stage"]],
                "source": _objects(text.split(":")[0] for text in texts)[key_of],
                "attributes": _objects(self._attributes(int(word)) for word in words)[word_of],
                "stage": stages[lines["stage"]],
                "entered": (start + lines["entered"].astype("timedelta64[D]")).astype("datetime64[ms]"),
                "left": left,
                "transition": moves[lines["edge"]],
            }
        )

    def _attributes(self, word: int) -> str:
        parts = []
        for name, place in self.ledger.model.fields.items():
            level = word >> place.shift & place.mask
            if level or place.attribute.numeric:
                parts.append(f"{name}={place.attribute.levels[level]}")
        return ";".join(parts)


def _objects(texts: Iterable[str]) -> NDArray[Any]:
    """Texts as an array that can be indexed."""
    found = list(texts)
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array
