"""Spans side by side: a point with the span around it, for each name and series. A frame in, a figure out."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go
from charts import COLOURS

SYMBOLS = ("circle", "diamond", "square", "x")
ROW, HEAD = 30, 110  # pixels of a row of one series, and of what stands above and below
NAME = 28  # characters of a name in a line


def spans(frame: pd.DataFrame, unit: str, *, zero: bool = False) -> go.Figure:
    """Points with spans from `low` to `high` at `value`, by `name` and `series`; `zero` draws a line at nothing.

    A row without `value` is left out: what it means belongs in the table.
    """
    known = frame.dropna(subset="value")
    series = list(dict.fromkeys(known["series"]))
    names = {name: "<br>".join(wrap(name, NAME)) for name in dict.fromkeys(known["name"])}
    data = []
    for place, one in enumerate(series):
        rows = known[known["series"] == one]
        low, high = (rows[end].fillna(rows["value"]) for end in ("low", "high"))
        data.append(
            {
                "type": "scatter", "mode": "markers", "orientation": "h", "name": one, "x": rows["value"].tolist(),
                "cliponaxis": False,
                "y": [names[name] for name in rows["name"]],
                "marker": {"size": 10, "color": COLOURS[place], "symbol": SYMBOLS[place]},
                "error_x": {
                    "type": "data", "symmetric": False, "color": COLOURS[place], "thickness": 2, "width": 5,
                    "array": (high - rows["value"]).tolist(), "arrayminus": (rows["value"] - low).tolist(),
                },
                "customdata": pd.concat([low, high], axis=1).to_numpy().tolist(),
                "hovertemplate": "%{y}: <b>%{x:,.3~s}</b> (%{customdata[0]:,.3~s} to %{customdata[1]:,.3~s}) "
                f"{unit}<extra>{one}</extra>",
            }
        )  # fmt: skip
    layout = {
        "height": HEAD + ROW * max(len(names), 1) * max(len(series), 1), "scattermode": "group", "hovermode": "closest",
        "margin": {"l": 8, "r": 16, "t": 44, "b": 8}, "showlegend": len(series) > 1,
        "legend": {"orientation": "h", "y": 1, "yref": "container", "yanchor": "top", "x": 0},
        "xaxis": {"title": {"text": unit}, "rangemode": "tozero", "zeroline": zero, "zerolinewidth": 2,
                  "automargin": True, "nticks": 8},
        "yaxis": {"autorange": "reversed", "automargin": True, "type": "category", "showgrid": True,
                  "categoryorder": "array", "categoryarray": list(names.values())},
    }  # fmt: skip
    return go.Figure({"data": data, "layout": layout})
