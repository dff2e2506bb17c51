"""What the Pathways page shows: one pathway under one scenario or two, and the controls that its parts share."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import pandas as pd
import streamlit as st
import words
from furniture import Facts

import sim

SAY = words.page("pathways")


@dataclass
class Shown:
    """One pathway under one scenario, or under two with the same people and the same luck."""

    name: str
    titles: list[str]
    keys: list[str]
    results: list[sim.Result]
    facts: Facts

    @cached_property
    def graph(self) -> sim.Pathway:
        return sim.pathway(self.name)

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        return self.results[0].info["labels"]

    @property
    def title(self) -> str:
        return self.labels["pathways"][self.name]

    def label(self, stage: str) -> str:
        """The plain name of a stage of this pathway."""
        return self.labels["stages"].get(f"{self.name}.{stage}", stage)

    @cached_property
    def dates(self) -> list[dt.date]:
        """Month ends that every run has."""
        common = set(self.results[0].month_ends()).intersection(*(each.month_ends() for each in self.results))
        return sorted(common)

    @cached_property
    def ends(self) -> set[str]:
        """Stages at which nobody stays: outcomes, and branches where a history cannot tell outcomes apart."""
        return {stage.name for stage in self.graph.stages if not stage.holds_cases}

    @cached_property
    def roads(self) -> list[pd.DataFrame]:
        pairs = zip(self.keys, self.results, strict=True)
        return [_roads(key, self.name, result) for key, result in pairs]

    @cached_property
    def apart(self) -> pd.DataFrame:
        """Cases whose roads differ, under two scenarios."""
        return _apart(*self.keys, self.name, *self.results)


@st.cache_data(max_entries=24, show_spinner=False)
def _roads(key: str, pathway: str, _result: sim.Result) -> pd.DataFrame:
    return _result.roads(pathway)


@st.cache_data(max_entries=24, show_spinner=False)
def _apart(key: str, other_key: str, pathway: str, _result: sim.Result, _other: sim.Result) -> pd.DataFrame:
    return _result.roads_apart(_other, pathway)


def one_of(shown: Shown, key: str) -> int:
    """Which scenario a picture of only one shows: that of the visitor, unless another is asked for."""
    if len(shown.titles) == 1:
        return 0
    title = st.segmented_control(
        SAY("shown"), shown.titles, default=shown.titles[1], required=True, key=f"{key}-of"
    )
    return shown.titles.index(title)


def date_slider(shown: Shown, key: str, label: str, help: str | None = None) -> dt.date:
    """A month's end of the run, at first the last 30 September but some."""
    septembers = [day for day in shown.dates if (day.month, day.day) == (9, 30)] or shown.dates
    wanted = st.session_state.get(key, septembers[len(septembers) // 2])
    if wanted not in shown.dates:
        wanted = min(shown.dates, key=lambda day: abs(day - wanted))
    st.session_state[key] = wanted
    return st.select_slider(label, shown.dates, format_func=words.date, key=key, help=help)
