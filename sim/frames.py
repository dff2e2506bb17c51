"""The books of a run as pandas frames: the tables of the result, in real cases."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import casekey, dates
from sim.columns import Columns, Texts
from sim.frames_families import families_frame
from sim.frames_waits import waits_frame
from sim.layout import CHECKS, HISTORIES, NONE, STEP
from sim.ledger import Ledger
from sim.structure import EdgeName
from sim.tables import MILLI


class Frames:
    """Makes the tables of one run from its ledger.

    `brief`: without lines of groups in stock and flow, with the waits of whole pathways alone, and no other tables but
    offices and quota.
    """

    def __init__(self, ledger: Ledger, brief: bool = False) -> None:
        self.ledger, self.brief = ledger, brief
        self.slots = 1 if brief else ledger.stock.shape[1]

    def all(self) -> dict[str, pd.DataFrame | Columns]:
        """The tables of the result by name, with their fixed columns; the largest are not frames yet."""
        tables: dict[str, pd.DataFrame | Columns] = {
            "stock": self.stock(),
            "flow": self.flow(),
            "waits": waits_frame(self.ledger, self.brief),
            "offices": self.offices_frame(),
            "quota": self.quota_frame(),
        }
        if not self.brief:
            tables["outcomes"] = self.outcomes_frame()
            tables["families"] = families_frame(self.ledger)
            tables["histories"] = self.histories_frame()
        return tables

    def _date(self, day: int) -> pd.Timestamp:
        return pd.Timestamp(dates.date_of(self.ledger.model.start + day))

    def _year(self, day: int) -> int:
        return dates.fiscal_year(self.ledger.model.start + day)

    def stock(self) -> Columns:
        held = np.flatnonzero(self.ledger.holding)
        amounts = np.stack([month.stock[held, : self.slots] for month in self.ledger.months])
        days = np.stack([month.case_days[held, : self.slots] for month in self.ledger.months])
        shown = (amounts[..., 0] != 0) | (days != 0)
        shown[..., 0] = True
        month, place, slot = np.nonzero(shown)
        stage = held[place]
        cases, persons = (amounts[month, place, slot] * self.ledger.weight).T
        waits = ~np.isin(self.ledger.model.rules.stage["kind"], (STEP, CHECKS))
        waiting = np.where(waits[stage], cases, 0)
        dates_of = np.array([self._date(each.day) for each in self.ledger.months], dtype="datetime64[ms]")
        model = self.ledger.model
        return Columns(
            {
                "date": dates_of[month],
                "pathway": Texts((pathway.name for pathway, _ in model.stages), stage),
                "stage": Texts((name.name for _, name in model.stages), stage),
                "group": self._groups_of(model.rules.stage["pathway"][stage], slot),
                "waiting": waiting,
                "in_service": cases - waiting,
                "cases": cases,
                "persons": persons,
                "case_days": days[month, place, slot] * self.ledger.weight,
            }
        )

    def flow(self) -> Columns:
        pairs = self._moves[0]
        month, pair, slot, amounts = self._summed(np.arange(len(self.ledger.months) - 1))
        return Columns(
            {
                "month": Texts(self._month_names, month),
                "pathway": Texts((name.pathway for name in pairs), pair),
                "from_stage": Texts((name.origin for name in pairs), pair),
                "to_stage": Texts((name.target for name in pairs), pair),
                "group": self._groups_of(self._pathway_numbers(pairs)[pair], slot),
                "cases": amounts[0] * self.ledger.weight,
                "persons": amounts[1] * self.ledger.weight,
            }
        )

    @cached_property
    def _month_names(self) -> list[str]:
        """Each month run, as 2027-03."""
        return [self._date(page.day).strftime("%Y-%m") for page in self.ledger.months[1:]]

    @cached_property
    def _moves(self) -> tuple[list[EdgeName], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Moves by (pathway, from, to), the opening stock left out; then of each line of the books the place among
        them and slot, laid flat (the last place: none of them), its page, and its cases and persons."""
        names = [(edge.pathway, edge.origin, edge.target) for edge in self.ledger.model.edges]
        kept = sorted({name for name in names if not name[1].startswith("stock:")})
        place = {name: number for number, name in enumerate(kept)}
        pages = self.ledger.months[1:]
        slots = self.ledger.stock.shape[1]
        shown = [
            np.flatnonzero(each.moved % slots < self.slots) if self.brief else slice(None) for each in pages
        ]
        move_of = np.array([place.get(name, len(kept)) for name in names], dtype=np.int64)
        moved = [each.moved[here] for each, here in zip(pages, shown, strict=True)]
        edge, slot = np.divmod(np.concatenate(moved), slots)
        page = np.repeat(np.arange(len(pages)), [each.size for each in moved])
        flow = np.concatenate([each.flow[here] for each, here in zip(pages, shown, strict=True)])
        return [EdgeName(*name, "") for name in kept], move_of[edge] * self.slots + slot, page, flow

    def _summed(self, period_of: NDArray[np.integer]) -> tuple[NDArray[np.int64], ...]:
        """Moves that were made, summed over the pages of a period: period, move, slot, and [(cases, persons), move]."""
        pairs, move, page, flow = self._moves
        cells = len(pairs) * self.slots
        ends = np.searchsorted(period_of[page], np.arange(int(period_of[-1]) + 2))
        found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        for first, end in pairwise(ends):  # a period at a time: its sums stay near the processor
            here = move[first:end]
            sums = [np.bincount(here, flow[first:end, unit], cells)[:cells] for unit in range(2)]
            made = np.flatnonzero(sums[0])
            found.append((made, np.array([each[made] for each in sums], dtype=np.int64)))  # exact below 2**53
        period = np.repeat(np.arange(len(found)), [made.size for made, _ in found])
        pair, slot = np.divmod(np.concatenate([made for made, _ in found]), self.slots)
        return period, pair, slot, np.concatenate([amounts for _, amounts in found], axis=1)

    def _pathway_numbers(self, moves: list[EdgeName]) -> NDArray[np.int64]:
        order = [pathway.name for pathway in self.ledger.model.system.pathways]
        return np.array([order.index(move.pathway) for move in moves], dtype=np.int64)

    @cached_property
    def _pathways(self) -> NDArray[Any]:
        """Name of the pathway of each stage."""
        return _objects(pathway.name for pathway, _ in self.ledger.model.stages)

    def _groups_of(self, pathway: NDArray[np.integer], slot: NDArray[np.integer]) -> Texts:
        """Names of groups, by pathway and slot."""
        slots = self.ledger.stock.shape[1]
        names = [[*group, *[""] * (slots - len(group))] for group in self.ledger.model.groups]
        return Texts((name for group in names for name in group), pathway.astype(np.int64) * slots + slot)

    def _by_year(self) -> tuple[list[EdgeName], NDArray[np.int64]]:
        """The moves by fiscal year of the run instead of month: [year, move, slot, (cases, persons)]."""
        pairs = self._moves[0]
        years = self.ledger.model.rules.fiscal[[month.day for month in self.ledger.months[1:]]]
        year, pair, slot, amounts = self._summed(years)
        summed = np.zeros((int(years[-1]) + 1, len(pairs), self.slots, 2), dtype=np.int64)
        summed[year, pair, slot] = amounts.T
        return pairs, summed

    def outcomes_frame(self) -> pd.DataFrame:
        """By fiscal year; a milestone stands beside the outcomes, though the case goes on."""
        model = self.ledger.model
        pairs, moved = self._by_year()
        ends = {(pathway.name, stage.name) for pathway, stage in model.stages if stage.kind == "outcome"}
        ending = [pair for pair, name in enumerate(pairs) if (name.pathway, name.target) in ends]
        order = [pathway.name for pathway in model.system.pathways]
        facts = np.array([order.index(pathway) for pathway, _ in model.milestones], dtype=np.int64)
        names = [(pairs[pair].pathway, pairs[pair].target) for pair in ending] + list(model.milestones)
        pathway = np.concatenate([self._pathway_numbers(pairs)[ending], facts])
        months, year_of = self._calendar
        dated = np.moveaxis(self.ledger.state.milestones, 0, 1)
        amounts = np.zeros((int(year_of[-1]) + 1, len(names), *dated.shape[2:]), dtype=np.int64)
        amounts[: len(moved), : len(ending)] = moved[:, ending]
        np.add.at(amounts[:, len(ending) :], year_of[np.searchsorted(months, np.arange(len(dated)))], dated)
        year, fact, slot = np.nonzero(amounts[..., 0])
        cases, persons = (amounts[year, fact, slot] * self.ledger.weight).T
        columns = {
            "fiscal_year": self._year(0) + year,
            "pathway": _texts((name for name, _ in names), fact),
            "outcome": _texts((name for _, name in names), fact),
            "group": self._groups_of(pathway[fact], slot).array(),
            "cases": cases,
            "persons": persons,
        }
        keys = ["fiscal_year", "pathway", "outcome", "group"]
        return pd.DataFrame(columns).groupby(keys, as_index=False)[["cases", "persons"]].sum()

    @property
    def _calendar(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Month and fiscal year of each day from the start on."""
        return self.ledger.model.rules.month[1:], self.ledger.model.rules.fiscal[1:]

    def offices_frame(self) -> pd.DataFrame:
        """One row for each month and office."""
        model = self.ledger.model
        days = np.array([0, *(page.day for page in self.ledger.months[1:])])
        staff = np.empty((days.size - 1, len(model.offices)))
        capacity = np.empty(staff.shape, dtype=np.int64)
        every = [np.array([getattr(each, what) for each in model.offices]) for what in ("staff", "capacity")]
        for length in np.unique(np.diff(days)) if model.offices else ():
            months = np.flatnonzero(np.diff(days) == length)
            span = days[months, np.newaxis] + 1 + np.arange(length)
            staff[months] = np.ascontiguousarray(every[0][:, span]).mean(axis=2).T
            capacity[months] = every[1][:, span].sum(axis=2).T
        used = np.array([page.minutes[: len(model.offices)] for page in self.ledger.months[1:]])
        month, office = (place.ravel() for place in np.indices(staff.shape))
        given, taken = (amount.ravel() / MILLI / model.scale for amount in (capacity, used))
        return pd.DataFrame(
            {
                "month": _texts(self._month_names, month),
                "office": _texts((each.name for each in model.offices), office),
                "staff": staff.ravel(),
                "capacity": given,
                "used": taken,
                "utilisation": np.divide(taken, given, out=np.full(given.size, np.nan), where=given != 0),
            }
        )

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
                    used = float(self.ledger.state.admitted[number, place, year]) / MILLI * self.ledger.weight
                    if year == 0:
                        used += float(self.ledger.model.used_before[number, place]) * real
                    lapsed = max(0.0, ceiling - used) if whole else 0.0
                    rows.append((self._year(end), region, ceiling, used, lapsed))
        return pd.DataFrame(rows, columns=["fiscal_year", "region", "ceiling", "used", "lapsed"])

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
        return pd.DataFrame(
            {
                "case": _texts(texts, key_of),
                "parent": _texts((casekey.parent(text) if "/" in text else "" for text in texts), key_of),
                "pathway": _texts(self._pathways, lines["stage"]),
                "source": _texts((text.split(":")[0] for text in texts), key_of),
                "attributes": _texts((self._attributes(int(word)) for word in words), word_of),
                "stage": _texts((stage.name for _, stage in self.ledger.model.stages), lines["stage"]),
                "entered": (start + lines["entered"].astype("timedelta64[D]")).astype("datetime64[ms]"),
                "left": left,
                "transition": _texts([*(edge.name for edge in self.ledger.model.edges), ""], lines["edge"]),
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


def _texts(names: Iterable[str], places: NDArray[np.integer]) -> Any:
    """A column of names by their places."""
    return Texts(names, places).array()
