"""Charts of the Pathways page: frames in, figures out. Nothing is computed here but where things stand."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Callable, Collection, Sequence

import networkx as nx
import pandas as pd
import plotly.graph_objects as go
from charts import COLOURS, rgb

BACK, FROM, OTHER = "back:", "source:", "other:"
LEAF, LEAST, PAD = 62, 420, 40  # pixels of a node at the edge of a Sankey, of the whole, between two nodes
MOST = 20  # streams in a Sankey: with more, names hide one another
NAMED, LINES = 0.02, 3  # of the widest node: thinner ones are named on touch; lines of a name
BAR, ROOM, KEY = 56, 90, 24  # pixels of a bar of a timeline, of what is around them, of a line of the legend
FAINT = "rgba(127,127,127,0.35)"
TOLD = "%{customdata[0]} to %{customdata[1]}, %{customdata[2]:,} days"
ROOM = 126  # characters of names side by side, in the width that a small window leaves
LONG = 0.09  # of the time shown: bars longer than this have their names on them


# -- flows -----------------------------------------------------------------------------------------


def without_circles(moves: pd.DataFrame, order: Sequence[str], unit: str) -> pd.DataFrame:
    """Moves as links without circles: a way back to an earlier stage ends in a node of its own, `back:STAGE`.

    Columns: from, to, value. `order` is that of the stages; sources come before all of them.
    """
    place = {stage: number for number, stage in enumerate(order)}
    found = moves.rename(columns={"from_stage": "from", "to_stage": "to", unit: "value"})[
        ["from", "to", "value"]
    ]
    found = found[found["value"] > 0]
    back = [place.get(start, -1) >= place[end] for start, end in zip(found["from"], found["to"], strict=True)]
    found = found.assign(to=found["to"].where(~pd.Series(back, index=found.index), BACK + found["to"]))
    return found.groupby(["from", "to"], as_index=False, sort=False)["value"].sum()


def widest(
    links: pd.DataFrame, share: float, ends: Collection[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Links at least so wide beside the widest, and those that would only hide them.

    Of those that do not lead to `ends` there are MOST at most.
    """
    many = (links["value"].rank(ascending=False) > MOST) & ~links["to"].isin(ends)
    wide = (links["value"] >= share * links["value"].max()) & ~many
    return links[wide], links[~wide]


def with_others(wide: pd.DataFrame, thin: pd.DataFrame) -> pd.DataFrame:
    """The wide links, and for each place that they show one link to OTHER for all the thin ones that leave it."""
    seen = thin[thin["from"].isin([*wide["from"], *wide["to"]])]
    others = seen.groupby("from", as_index=False, sort=False)["value"].sum().assign(to=OTHER)
    return pd.concat([wide, others[others["value"] > 0]], ignore_index=True)


def sankey(
    links: pd.DataFrame,
    label: Callable[[str], str],
    unit: str,
    unnamed: Collection[str] = (),
) -> go.Figure:
    """A Sankey of links without circles; ways back and smaller ones are grey.

    `unnamed` and thin nodes between others have names on touch only.
    """
    nodes = list(dict.fromkeys([*links["from"], *links["to"]]))
    number = {node: place for place, node in enumerate(nodes)}
    ends = [node for node in nodes if node not in set(links["from"])]
    through = links.groupby("from")["value"].sum().combine(links.groupby("to")["value"].sum(), max, 0)
    # Where nothing comes in, at the left, there is room for a name; in the middle names are close.
    thin = [node for node in nodes if through[node] < NAMED * through.max() and node not in ends]
    silent = [node for node in (*unnamed, *thin) if node in set(links["to"])]
    room = max(9, min(14, ROOM // _columns(links)))
    colours = [_colour(node, place) for place, node in enumerate(nodes)]
    figure = go.Figure(
        go.Sankey(
            arrangement="snap",
            textfont={"size": 11},
            node={
                "label": [
                    "" if node in silent else _short(label(node), 20 if node in ends else room)
                    for node in nodes
                ],
                "customdata": [label(node) for node in nodes],
                "color": colours,
                "pad": PAD,
                "thickness": 12,
                "line": {"width": 0},
                "hovertemplate": f"%{{customdata}}: <b>%{{value:,.0f}}</b> {unit}<extra></extra>",
            },
            link={
                "source": links["from"].map(number),
                "target": links["to"].map(number),
                "value": links["value"],
                "color": [
                    FAINT if end.startswith((BACK, OTHER)) else rgb(colours[number[end]], 0.35)
                    for end in links["to"]
                ],
                "hovertemplate": "%{source.customdata} → %{target.customdata}: "
                f"<b>%{{value:,.0f}}</b> {unit}<extra></extra>",
            },
        )
    )
    height = max(LEAST, LEAF * max(len(ends), sum(node.startswith(FROM) for node in nodes)) + 80)
    figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": 28, "b": 28})
    return figure


def _colour(node: str, place: int) -> str:
    return "#7f7f7f" if node.startswith((BACK, OTHER)) else COLOURS[place % len(COLOURS)]


def _columns(links: pd.DataFrame) -> int:
    """How many nodes stand beside one another: those on the longest way along the links, which have no circles."""
    graph = nx.DiGraph(zip(links["from"], links["to"], strict=True))
    return int(nx.dag_longest_path_length(graph)) + 1


def _short(text: str, width: int) -> str:
    """A name in a few lines; the whole of it is there on touch and in the table."""
    words = [word if len(word) <= width + 2 else f"{word[:width]}…" for word in text.split()]
    lines = textwrap.wrap(" ".join(words), width, break_long_words=False)
    return "<br>".join(lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1]} …"])


def _wrapped(text: str, width: int = 26) -> str:
    return "<br>".join(textwrap.wrap(text, width))


# -- one case --------------------------------------------------------------------------------------


def timeline(
    bars: pd.DataFrame, ends: dict[str, tuple[pd.Timestamp, str]], mark: dt.date | None, said: str
) -> go.Figure:
    """Roads as rows of bars. `bars`: row, stage, from, to, days; `ends`: where a row is over, and how it ended.

    `mark` is a date with a line through all rows, `said` what stands at it.
    """
    figure = go.Figure()
    rows = list(dict.fromkeys(bars["row"]))
    stages = list(dict.fromkeys(bars["stage"]))
    hatches = ("", "/", ".", "x", "-", "\\")
    span = bars["to"].max() - bars["from"].min()
    for place, stage in enumerate(stages):
        here = bars[bars["stage"] == stage]
        written = [_wrapped(stage, 24) if long else "" for long in (here["to"] - here["from"]) > LONG * span]
        figure.add_trace(
            go.Bar(
                y=here["row"],
                base=here["from"],
                x=(here["to"] - here["from"]).dt.total_seconds() * 1000,
                orientation="h",
                name=stage,
                text=written,
                textposition="inside",
                insidetextanchor="middle",
                textfont={"color": "#ffffff" if place % 6 in (0, 1) else "#000000", "size": 12},
                marker={
                    "color": COLOURS[place % 6],
                    "pattern": {
                        "shape": hatches[place // 6 % 6],
                        "fillmode": "overlay",
                        "fgcolor": "#ffffff",
                        "fgopacity": 0.35,
                    },
                    "line": {"width": 1, "color": "rgba(255,255,255,0.8)"},
                },
                customdata=list(zip(_days(here["from"]), _days(here["to"]), here["days"], strict=True)),
                hovertemplate=f"<b>{stage}</b><br>{TOLD}<extra></extra>",
            )
        )
    for row, (day, end) in ends.items():
        figure.add_annotation(
            x=day,
            y=row,
            text=f"● {_wrapped(end, 22)}",
            xanchor="left",
            showarrow=False,
            align="left",
            xshift=2,
            font={"size": 12},
        )
    if mark is not None:
        line = {"width": 1.5, "dash": "dot", "color": "#7f7f7f"}
        figure.add_vline(x=pd.Timestamp(mark).timestamp() * 1000, line=line)
        figure.add_annotation(
            x=pd.Timestamp(mark),
            y=0,
            yref="paper",
            yanchor="top",
            text=said,
            showarrow=False,
            font={"size": 12},
        )
    first, last = bars["from"].min(), bars["to"].max()
    names = [_wrapped(row, 22) for row in rows]
    high = max(BAR, 17 * max(name.count("<br>") + 1 for name in names)) * len(rows)
    figure.update_layout(
        barmode="overlay",
        height=ROOM + high + KEY * ((len(stages) + 2) // 3),
        margin={"l": 8, "r": 8, "t": 34, "b": 8},
        bargap=0.3,
        legend={"orientation": "h", "y": -24 / high, "yanchor": "top", "x": 0, "traceorder": "normal"},
        xaxis={"type": "date", "range": [first - 0.02 * span, last + 0.2 * span], "side": "top", "nticks": 8},
        yaxis={
            "autorange": "reversed",
            "tickvals": rows,
            "ticktext": names,
            "automargin": True,
        },
    )
    return figure


def _days(dates: pd.Series) -> list[str]:
    return [f"{day.day} {day:%b %Y}" for day in dates]
