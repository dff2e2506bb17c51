"""What stands around every chart and every run: reading, table, downloads, source, fingerprint, progress, retry."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import runs
import share
import streamlit as st
import words

import sim

SAY = words.page("common")
COLUMNS = 3  # of small charts
POLL = 0.4  # seconds between two looks at a run
LOOK = 1.0  # the same while the page waits for it; the usual run is done before the first
CONFIG = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False}
_CSS = """
button { font: inherit; color: var(--st-text-color); background: var(--st-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.4rem 0.75rem;
  margin: 0 0.5rem 0.5rem 0; cursor: pointer; }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-link-color); }
"""


@dataclass(frozen=True)
class Facts:
    """What made a picture. `stale`: the settings on the page are no longer these."""

    chosen: str
    reference: str
    scale: float
    seeds: tuple[int, ...]
    stale: bool = False

    def line(self) -> str:
        given = {"chosen": self.chosen, "scale": f"{self.scale:g}", "seeds": self.seed_words()}
        if self.chosen == self.reference:
            return SAY("run_facts_one", **given)
        return SAY("run_facts", reference=self.reference, **given)

    def seed_words(self) -> str:
        if len(self.seeds) == 1:
            return SAY("seed_one", seed=self.seeds[0])
        return SAY("seeds_many", runs=len(self.seeds), first=min(self.seeds), last=max(self.seeds))


def chart(
    key: str,
    figure: go.Figure | list[go.Figure],
    *,
    reading: str,
    alt: str,
    table: Callable[[], pd.DataFrame],
    facts: Facts,
    note: str = "",
) -> None:
    """A chart with its one-sentence reading, table, downloads, source and fingerprint.

    `key` is the name of its files too; `alt` says to who cannot see it what is drawn. Several figures stand beside one
    another, and below one another on a phone.
    """
    drawn(key, partial(plots, key, figure, alt), reading=reading, table=table, facts=facts, note=note)


def plots(key: str, figure: go.Figure | list[go.Figure], alt: str) -> None:
    """Figures beside one another."""
    figures = figure if isinstance(figure, list) else [figure]
    if len(figures) == 1:
        st.plotly_chart(figures[0], key=f"plot-{key}", alt=alt, config=CONFIG)
        return
    for row in range(0, len(figures), COLUMNS):
        shown = figures[row : row + COLUMNS]
        for number, (place, one) in enumerate(zip(st.columns(COLUMNS), shown, strict=False), row):
            name = f"{alt} {number + 1}/{len(figures)}: {one.layout.title.text}"
            place.plotly_chart(one, key=f"plot-{key}-{number}", alt=name, config=CONFIG)


def drawn(
    key: str,
    draw: Callable[[], object],
    *,
    reading: str,
    table: Callable[[], pd.DataFrame],
    facts: Facts,
    note: str = "",
    more: Callable[[], object] | None = None,
) -> None:
    """The same around whatever `draw` puts on the page; `more` adds downloads."""
    if facts.stale:
        st.warning(SAY("stale", fingerprint=facts.chosen), icon=":material/history:")
    st.markdown(reading)
    with st.container(key=f"chart-{key}"):
        draw()
    if note:
        st.caption(note)
    foot = f"{SAY('source', version=share.VERSION)} {facts.line()} {SAY('not_advice')}"
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.caption(f"{SAY('source', version=share.VERSION)} {facts.line()}")
    # What nobody has opened, buttons and thousands of cells, would take a browser longer than the charts.
    with right.popover(
        SAY("download"), icon=":material/download:", key=f"download-{key}", on_change="rerun"
    ) as saving:
        if saving.open:
            downloads(key, table, [reading, foot])
            pictures(f"chart-{key}", key, reading, foot)
            if more is not None:
                more()
    with st.expander(SAY("table"), key=f"table-{key}", type="compact", on_change="rerun") as beneath:
        if beneath.open:
            st.table(shown(table()), hide_index=True)


def downloads(key: str, table: Callable[[], pd.DataFrame], about: Sequence[str]) -> None:
    """Buttons for a table as CSV and as an Excel file; `about` are lines for a second sheet."""
    st.download_button(
        SAY("download_csv"),
        partial(csv, table),
        f"{key}.csv",
        "text/csv",
        key=f"csv-{key}",
        on_click="ignore",
    )
    st.download_button(
        SAY("download_xlsx"),
        partial(xlsx, table, tuple(about)),
        f"{key}.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key=f"xlsx-{key}",
        on_click="ignore",
    )


def csv(table: Callable[[], pd.DataFrame]) -> str:
    return table().to_csv(index=False)


def xlsx(table: Callable[[], pd.DataFrame], about: Sequence[str]) -> bytes:
    """A workbook of the table and of what it is. Text stays text: titles come from strangers."""
    file = io.BytesIO()
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs=options) as book:
        table().to_excel(book, sheet_name="table", index=False)
        pd.DataFrame({"about": list(about)}).to_excel(book, sheet_name="about", index=False)
        book.sheets["table"].freeze_panes(1, 0)
        book.sheets["table"].autofit()
    return file.getvalue()


def pictures(chart_key: str, name: str, title: str, foot: str) -> None:
    """Buttons that save a chart (or whatever SVG stands in the container of that key) as SVG and PNG."""
    saver = st.components.v2.component(
        "refuge_picture",
        html="<button type='button'></button><button type='button'></button>",
        css=_CSS,
        js=Path(__file__).with_name("picture.js").read_text(encoding="utf-8"),
    )
    data = {"chart": chart_key, "name": name, "title": plain(title), "foot": plain(foot)}
    saver(data=data | {"svg": SAY("picture_svg"), "png": SAY("picture_png")}, key=f"picture-{name}")


def component(name: str) -> Callable[..., object]:
    """A part of the page that the browser draws: NAME.html, NAME.css, NAME.js."""
    here = Path(__file__)
    html, css, js = (
        here.with_name(f"{name}.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js")
    )
    return st.components.v2.component(f"refuge_{name}", html=html, css=css, js=js, isolate_styles=False)


def plain(text: str) -> str:
    """A sentence without its marks for bold."""
    return text.replace("**", "")


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """A table for reading: whole numbers with separators, dashes where there is nothing."""
    found = table.copy()
    for name in found.columns:
        if pd.api.types.is_numeric_dtype(found[name]) and name != "fiscal year":
            found[name] = [
                "–" if pd.isna(x) else f"{x:,.0f}" if abs(x) >= 10 else f"{x:,.3g}" for x in found[name]
            ]
    return found.astype(str)


# -- runs under way --------------------------------------------------------------------------------


def await_runs(
    slot: str, ask: Callable[[], Sequence[runs.Ticket]], patience: float = 6.0
) -> list[runs.Ticket] | None:
    """The runs of a slot when all are done. Until then: progress with cancel, or what went wrong with a retry.

    For `patience` seconds the page waits, with its earlier charts dimmed, since drawing it twice takes longer; then it
    goes on with None, and is drawn again when they are done.
    """
    state = f"cancelled-{slot}"
    try:
        tickets = list(ask())
    except (runs.Refused, sim.InputError) as problem:
        st.error(SAY("refused", error=problem))
        return None
    keys = tuple(ticket.key for ticket in tickets)
    if st.session_state.get(state) == keys:
        if st.button(SAY("retry"), key=f"retry-{slot}", icon=":material/refresh:"):
            del st.session_state[state]
            st.rerun()
        return None
    runs.keep(slot, tickets)
    if _wait(tickets, patience, st.session_state.get(f"shown-{slot}", False)):
        st.session_state[f"shown-{slot}"] = True
        return tickets
    if not failed(slot, tickets):
        _progress(slot, tickets)
    return None


def _wait(tickets: Sequence[runs.Ticket], patience: float, earlier: bool) -> bool:
    """Whether all are done in time. Saying how far they are also lets a lever that moves again interrupt."""
    place, until = st.empty(), time.monotonic() + patience
    while time.monotonic() < until:
        going = next((each for each in tickets if each.state in ("waiting", "running")), None)
        if going is None:
            break
        if not going.wait(LOOK):
            share_done = sum(ticket.share for ticket in tickets) / len(tickets)
            place.progress(share_done, text=_under_way(tickets) + (f" {SAY('earlier')}" if earlier else ""))
    place.empty()
    return all(ticket.state == "done" for ticket in tickets)


def _under_way(tickets: Sequence[runs.Ticket]) -> str:
    """What runs do now, in words."""
    if not runs.ready():
        return SAY("compiling")
    if all(ticket.state == "waiting" for ticket in tickets):
        return SAY("waiting")
    share_done = sum(ticket.share for ticket in tickets) / len(tickets)
    return SAY("running", one_in=f"{1 / runs.SCALE:.0f}", percent=f"{100 * share_done:.0f}")


def failed(slot: str, tickets: Sequence[runs.Ticket]) -> bool:
    """Says what went wrong with runs, with a button to try again; whether anything did."""
    wrong = [ticket for ticket in tickets if ticket.state == "failed"]
    if wrong:
        st.error(SAY("crashed" if wrong[0].ours else "refused", error=wrong[0].error))
        if wrong[0].ours and st.button(SAY("retry"), key=f"again-{slot}", icon=":material/refresh:"):
            runs.again(wrong)
            st.rerun()
    return bool(wrong)


def redraw(occasion: str) -> None:
    """Draws the whole page anew, once for an occasion: a fragment that outlives its page must not keep doing it."""
    if st.session_state.get("redrawn") != occasion:
        st.session_state["redrawn"] = occasion
        st.rerun()


def _progress(slot: str, tickets: Sequence[runs.Ticket]) -> None:
    @st.fragment(run_every=POLL)
    def bar() -> None:
        if all(ticket.state in ("done", "failed", "stopped") for ticket in tickets):
            redraw(f"{slot}: {[ticket.key for ticket in tickets]}")
        share_done = sum(ticket.share for ticket in tickets) / len(tickets)
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.progress(share_done, text=_under_way(tickets))
        if right.button(SAY("cancel"), key=f"cancel-{slot}"):
            st.session_state[f"cancelled-{slot}"] = tuple(ticket.key for ticket in tickets)
            runs.keep(slot)
            st.rerun()

    bar()
