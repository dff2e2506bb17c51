"""Charts: a frame in, a figure out. Nothing is computed here.

Every frame has the columns `date`, `series`, `value`, and `low` and `high` where there is a band. Colours are those of
Okabe and Ito, each with a line style of its own and its name at the line's end, so that nobody needs the colours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

# Okabe and Ito, those that are read on white and on black; then their dashes.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
GREY = "#7f7f7f"
HEIGHT = 340
LABEL_ROOM = 0.16  # of the width, for names at the lines' ends


def lines(
    frame: pd.DataFrame, unit: str, *, grey: str = "", steps: Sequence[str] = (), height: int = HEIGHT
) -> go.Figure:
    """Lines over time with bands; `grey` names the series to compare with, `steps` those that jump."""
    figure = go.Figure()
    others = [name for name in dict.fromkeys(frame["series"]) if name != grey]
    styles = {grey: (GREY, "dash")} if grey else {}
    styles |= {name: (COLOURS[n % 6], DASHES[n % 6]) for n, name in enumerate(others)}
    order = [name for name in dict.fromkeys(frame["series"]) if name == grey] + others
    ends: list[tuple[str, float, pd.Timestamp]] = []
    for name in order:
        rows = frame[frame["series"] == name].dropna(subset="value").sort_values("date")
        if rows.empty:
            continue
        colour, dash = styles[name]
        if "low" in rows and rows["low"].notna().any():
            figure.add_trace(_band(rows.dropna(subset=["low", "high"]), colour))
        figure.add_trace(
            go.Scatter(
                x=rows["date"], y=rows["value"], name=name, mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2.5, "shape": "hv" if name in steps else "linear"},
                marker={"size": 6, "symbol": "circle" if name != grey else "diamond"},
                hovertemplate=f"%{{x|%-d %b %Y}}: <b>%{{y:,.3~s}}</b> {unit}<extra>{name}</extra>",
            )
        )  # fmt: skip
        ends.append((name, float(rows["value"].iloc[-1]), rows["date"].iloc[-1]))
    _label_ends(figure, ends, {name: colour for name, (colour, _) in styles.items()}, frame)
    dates = pd.to_datetime(frame["date"])
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 28, "b": 8}, showlegend=False, hovermode="x unified",
        xaxis=_fiscal_axis(dates.min().date(), dates.max().date()),
        yaxis={"title": None, "rangemode": "tozero", "automargin": True, "tickformat": "~s", "nticks": 6},
        title={"text": unit, "font": {"size": 13, "weight": 400}, "x": 0, "xref": "paper", "y": 0.98, "pad": {"l": 0}},
        uirevision="kept",
    )  # fmt: skip
    return figure


def facets(frame: pd.DataFrame, unit: str, *, grey: str = "", columns: int = 3) -> go.Figure:
    """A small chart of lines for each value of `facet`, with axes of their own; names stand in the first."""
    names = list(dict.fromkeys(frame["facet"]))
    columns = min(columns, len(names))
    rows = -(-len(names) // columns)
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=names,
        horizontal_spacing=0.07,
        vertical_spacing=0.2 / max(rows - 1, 1) if rows > 1 else 0,
    )
    for place, name in enumerate(names):
        at = {"row": place // columns + 1, "col": place % columns + 1}
        one = lines(frame[frame["facet"] == name], unit, grey=grey)
        for trace in one.data:
            figure.add_trace(trace, **at)
        figure.update_xaxes(one.layout.xaxis, **at)
        figure.update_xaxes(
            tickvals=one.layout.xaxis.tickvals[::2], ticktext=one.layout.xaxis.ticktext[::2], **at
        )
        figure.update_yaxes(rangemode="tozero", tickformat="~s", nticks=4, automargin=True, **at)
    figure.update_annotations(font_size=13)
    figure.update_layout(
        height=190 * rows + 60, margin={"l": 8, "r": 8, "t": 56, "b": 8}, hovermode="x unified", showlegend=True,
        legend={"orientation": "h", "y": 1, "yref": "container", "yanchor": "top", "x": 0}, uirevision="kept",
    )  # fmt: skip
    shown: set[str] = set()
    for trace in figure.data:
        trace.showlegend = bool(trace.name) and trace.name not in shown
        trace.legendgroup = trace.name
        shown.add(trace.name)
    return figure


def bars(frame: pd.DataFrame, unit: str, *, height: int = HEIGHT) -> go.Figure:
    """Bars of `value` by `name`, one colour and hatching a series; for amounts beside one another."""
    figure = go.Figure()
    hatches = ("", "/", ".", "x", "-", "\\")
    for place, name in enumerate(dict.fromkeys(frame["series"])):
        rows = frame[frame["series"] == name]
        figure.add_trace(
            go.Bar(
                x=rows["value"], y=rows["name"], name=name, orientation="h", marker_color=COLOURS[place % 6],
                marker_pattern_shape=hatches[place % 6],
                hovertemplate=f"%{{y}}: <b>%{{x:,.3~s}}</b> {unit}<extra>{name}</extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        height=height, margin={"l": 8, "r": 8, "t": 40, "b": 8}, barmode="group",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": unit, "tickformat": "~s"}, yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip
    return figure


def _band(rows: pd.DataFrame, colour: str) -> go.Scatter:
    there = pd.concat([rows["date"], rows["date"][::-1]])
    edge = pd.concat([rows["high"], rows["low"][::-1]])
    return go.Scatter(
        x=there,
        y=edge,
        fill="toself",
        fillcolor=_faint(colour),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _label_ends(
    figure: go.Figure,
    ends: list[tuple[str, float, pd.Timestamp]],
    colours: dict[str, str],
    frame: pd.DataFrame,
) -> None:
    """Names at the lines' ends, moved apart where they would touch."""
    values = frame[[name for name in ("value", "high") if name in frame]]
    top = float(values.max().max()) or 1.0
    room, last = 0.075 * top, None
    for name, value, date in sorted(ends, key=lambda end: end[1]):
        place = value if last is None else max(value, last + room)
        last = place
        figure.add_annotation(
            x=date, y=place, text=name, xanchor="left", xshift=8, showarrow=False,
            font={"color": colours[name], "size": 13, "weight": 600},
        )  # fmt: skip


def _fiscal_axis(first: dt.date, last: dt.date) -> dict[str, object]:
    """Ticks at the ends of fiscal years (30 September), every other year where there are many."""
    years = [year for year in range(first.year, last.year + 1) if first <= dt.date(year, 9, 30) <= last]
    step = 1 if len(years) <= 6 else 2
    shown = years[(len(years) - 1) % step :: step]
    room = (last - first).days * LABEL_ROOM / (1 - LABEL_ROOM)
    return {
        "tickvals": [f"{year}-09-30" for year in shown],
        "ticktext": [f"FY{year}<br>30 Sep" if len(shown) <= 6 else f"FY{year}" for year in shown],
        "range": [first - dt.timedelta(days=40), last + dt.timedelta(days=max(room, 120))],
        "title": None,
        "showgrid": True,
    }
