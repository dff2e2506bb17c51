"""The dashboard: `refuge dashboard`, or `streamlit run dashboard/app.py`.

To add a page: write `my_page.py` with a function `show()`, and texts/en/my_page.toml with at least `title`; add its
name to PAGES. Modules here import one another by name (`import runs`), and of Refuge only `import sim`.
docs/dashboard.md tells how to ask for a run, show a chart with its furniture, and where words go.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path

import charts
import streamlit as st
import words

PAGES = {
    "what_if": ":material/tune:",
    "pathways": ":material/account_tree:",
    "families": ":material/family_restroom:",
    "doors": ":material/door_open:",
}


def show(name: str) -> None:
    """A page is loaded when it is first opened."""
    import_module(name).show()


st.set_page_config(
    page_title=words.page("common")("name"),
    page_icon=str(Path(__file__).with_name("icon.svg")),
    layout="wide",
)
st.html(Path(__file__).with_name("page.css"))
st.html(f"<style>{charts.on_dark()}</style>")
pages = [
    st.Page(
        partial(show, name),
        title=words.page(name)("title"),
        icon=icon,
        url_path=name,
        default=name == next(iter(PAGES)),
    )
    for name, icon in PAGES.items()
]
st.navigation(pages, position="top").run()
