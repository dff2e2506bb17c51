"""Charts: a frame in, a figure out. Nothing is computed here.

Every frame has the columns `date`, `series`, `value`, and `low` and `high` where there is a band; a band without a high
is open above, to the edge of the chart. Colours are those of
Okabe and Ito, each with a line style of its own and its name at the line's end, so that nobody needs the colours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

# Okabe and Ito, those that are read on white and on black; then their dashes.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
GREY = "#6b6b6b"
# The same for names, which need more contrast than lines do.
TEXT = {"#0072B2": "#005b8e", "#D55E00": "#a84900", "#009E73": "#00704f", "#CC79A7": "#99527a", "#E69F00": "#8a5f00",
        "#56B4E9": "#2b6f96", GREY: "#595959"}  # fmt: skip
# What a dark page shows in place of each; the style sheet says so, since a page turns dark without asking.
DARK = {"#0072B2": "#56B4E9", "#56B4E9": "#0072B2", "#D55E00": "#ff8a3d", GREY: "#a6a6a6", "#005b8e": "#8ccdf2",
        "#a84900": "#ffa366", "#00704f": "#4cc9a5", "#99527a": "#e3a6c8", "#8a5f00": "#f2bc4d", "#2b6f96": "#7fb8dd",
        "#595959": "#bdbdbd"}  # fmt: skip
HEIGHT, SMALL = 340, 220
MARGIN = {"l": 46, "r": 8, "t": 34, "b": 40, "autoexpand": False}
"""around lines, as much as their short ticks need: a browser that had to find it out would draw each chart twice"""
TEMPLATE = "none"
"""of a small chart it would be the most, to be checked, sent and read each time; the page adds its own colours"""
LABEL_ROOM = 0.17  # of the width, for names at the lines' ends
LABEL, SHORT_LABEL = 16, 11  # characters of a name in a line
LINES = 2  # of a name
NAME, UNIT = 24, 34  # the same beside and below bars
MANY_YEARS = 6  # from which only every other one is named


def lines(
    frame: pd.DataFrame, unit: str, *, grey: str = "", steps: Sequence[str] = (), height: int = HEIGHT
) -> go.Figure:
    """Lines over time with bands; `grey` names the series to compare with, `steps` those that jump."""
    return _figure(frame, unit, grey, steps, height, LABEL_ROOM, 1)


def facets(frame: pd.DataFrame, *, grey: str = "") -> list[go.Figure]:
    """A small chart of lines for each value of `facet`, with its name above and an axis of its own."""
    return [
        _figure(rows, str(name), grey, (), SMALL, 0.36, 2)
        for name, rows in frame.groupby("facet", sort=False)
    ]


def bars(frame: pd.DataFrame, unit: str, *, height: int = HEIGHT) -> go.Figure:
    """Bars of `value` by `name`, one colour and hatching a series; for amounts beside one another."""
    hatches = ("", "/", ".", "x", "-", "\\")
    names = {name: "<br>".join(wrap(name, NAME)) for name in dict.fromkeys(frame["name"])}
    data = [
        {
            "type": "bar", "orientation": "h", "name": series, "x": rows["value"].tolist(),
            "y": [names[name] for name in rows["name"]],
            "marker": {"color": COLOURS[place % 6], "pattern": {"shape": hatches[place % 6]}},
            "hovertemplate": f"%{{y}}: <b>%{{x:{_exact(frame['value'].max())}}}</b> {unit}<extra>{series}</extra>",
        }
        for place, (series, rows) in enumerate(frame.groupby("series", sort=False))
    ]  # fmt: skip
    layout = {
        "template": TEMPLATE, "height": height, "margin": {"l": 8, "r": 8, "t": 40, "b": 8}, "barmode": "group",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        "xaxis": {"title": {"text": "<br>".join(wrap(unit, UNIT))}, "tickformat": ",~f", "automargin": True},
        "yaxis": {"autorange": "reversed", "automargin": True, "categoryorder": "array",
                  "categoryarray": list(names.values())},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def _figure(
    frame: pd.DataFrame,
    title: str,
    grey: str,
    steps: Sequence[str],
    height: int,
    label_room: float,
    sparse: int,
) -> go.Figure:
    names = list(dict.fromkeys(frame["series"]))
    styles = {name: (COLOURS[n % 6], DASHES[n % 6]) for n, name in enumerate(n for n in names if n != grey)}
    styles[grey] = (GREY, "dash")
    data: list[dict[str, Any]] = []
    ends: list[tuple[str, float, str]] = []
    series, dates = frame["series"].to_numpy(), frame["date"].to_numpy()
    order = np.argsort(dates)
    amounts = {name: frame[name].to_numpy(dtype=float) for name in ("value", "low", "high") if name in frame}
    top = float(np.fmax.reduce(np.concatenate(list(amounts.values())))) or 1.0
    edge = 1.08 * top
    open_top = False
    for name in sorted(names, key=lambda each: each != grey):
        mine = order[series[order] == name]
        colour, dash = styles[name]
        if "low" in amounts and (held := mine[~np.isnan(amounts["low"][mine])]).size:
            high = amounts["high"][held]
            open_top = open_top or bool(np.isnan(high).any())
            high = np.where(np.isnan(high), edge, high)
            data.append(_band(_days(dates[held]), amounts["low"][held].tolist(), high.tolist(), colour))
        rows = mine[~np.isnan(amounts["value"][mine])]
        if not rows.size:
            continue
        days, values = _days(dates[rows]), amounts["value"][rows].tolist()
        data.append(
            {
                "type": "scatter", "name": name, "mode": "lines+markers", "x": days, "y": values,
                "line": {"color": colour, "dash": dash, "width": 2.5, "shape": "vh" if name in steps else "linear"},
                "marker": {"size": 6, "symbol": "diamond" if name == grey else "circle"},
                "hovertemplate": f"%{{y:{_exact(top)}}}<extra>{name}</extra>",
            }
        )  # fmt: skip
        ends.append((name, values[-1], days[-1]))
    layout = {
        "template": TEMPLATE, "height": height, "margin": MARGIN, "showlegend": False, "hovermode": "x unified",
        "title": {"text": title, "font": {"size": 13, "weight": 400}, "x": 0, "xref": "paper", "y": 0.98},
        "xaxis": _fiscal_axis(_day(dates[order[0]]), _day(dates[order[-1]]), label_room, sparse),
        "yaxis": {**_ticks(top, 6 if height > SMALL else 4),
                  **({"range": [0, edge]} if open_top else {"rangemode": "tozero"})},
        "annotations": _labels(ends, styles, 0.075 * HEIGHT / height * top, LABEL if height > SMALL else SHORT_LABEL),
        "uirevision": "kept",
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})


def on_dark() -> str:
    """Rules for a style sheet: what a dark page shows in place of each colour, from the moment that it is dark."""
    rules = [
        f'.js-plotly-plot [style*="{part}: {rgb(light)}"] {{ {part}: light-dark({light}, {dark}) !important; }}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    ]
    return "\n".join(rules)


def rgb(colour: str, opacity: float | None = None) -> str:
    """A colour as a browser writes it; with an opacity, to see what lies behind."""
    parts = ", ".join(str(int(colour[n : n + 2], 16)) for n in (1, 3, 5))
    return f"rgb({parts})" if opacity is None else f"rgba({parts}, {opacity})"


def _ticks(top: float, most: int) -> dict[str, Any]:
    """Ticks of an axis: thousands and millions for short, and whole ones where few are counted."""
    return {"tickformat": ",d", "dtick": 1} if top < most else {"tickformat": "~s", "nticks": most}


def _exact(top: float) -> str:
    """How an amount is written on touch: three digits; a part of one person is no thousandth, "m"."""
    return ",.3~s" if top >= 1000 else ",.3~r"


def _days(dates: np.ndarray) -> list[str]:
    return np.datetime_as_string(dates, unit="D").tolist()


def _day(date: np.datetime64) -> dt.date:
    return dt.date.fromisoformat(str(date)[:10])


def _band(days: list[str], low: list[float], high: list[float], colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "fill": "toself",
        "fillcolor": rgb(colour, 0.18), "x": days + days[::-1],
        "y": high + low[::-1],
    }  # fmt: skip


def _labels(
    ends: list[tuple[str, float, str]], styles: dict[str, tuple[str, str]], room: float, width: int
) -> list[dict[str, Any]]:
    """Names beyond the longest line, each as high as its own line ends, moved apart where they would touch."""
    found, free = [], float("-inf")
    last = max((date for _, _, date in ends), default="")
    for name, value, _ in sorted(ends, key=lambda end: end[1]):
        text = wrap(name, width) or [name]
        if len(text) > LINES:
            text = [*text[: LINES - 1], f"{text[LINES - 1][: width - 1]}…"]
        place = max(value, free + room * len(text) / 2)
        free = place + room * len(text) / 2
        found.append(
            {
                "x": last, "y": place, "text": "<br>".join(text), "align": "left", "xanchor": "left", "xshift": 8,
                "showarrow": False, "font": {"color": TEXT[styles[name][0]], "size": 13, "weight": 600},
            }
        )  # fmt: skip
    return found


def _fiscal_axis(first: dt.date, last: dt.date, label_room: float, sparse: int) -> dict[str, Any]:
    """Ticks at the ends of fiscal years (30 September), every other year where there are many."""
    years = [year for year in range(first.year, last.year + 1) if first <= dt.date(year, 9, 30) <= last]
    step = sparse if len(years) <= MANY_YEARS else 2 * sparse
    shown = years[(len(years) - 1) % step :: step]
    room = (last - first).days * label_room / (1 - label_room)
    return {
        "tickvals": [f"{year}-09-30" for year in shown],
        "ticktext": [f"FY{year}" if sparse > 1 else f"FY{year}<br>30 Sep" for year in shown],
        "range": [str(first - dt.timedelta(days=40)), str(last + dt.timedelta(days=max(room, 120)))],
        "showgrid": True,
    }
