"""Where the scenarios and the dashboard of Refuge are: beside the code, or inside the package in a wheel."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError


def shipped_folder() -> Path:
    """The folder of shipped scenarios and their evidence."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_shipped" / "scenarios", package.parent / "scenarios"):
        if (folder / "evidence" / "sources.csv").is_file():
            return folder
    raise InputError("the shipped scenarios are missing; install Refuge again", file=str(package))


def shipped_names() -> list[str]:
    """The names of the shipped scenarios, the baseline first."""
    names = (path.stem for path in shipped_folder().glob("*.yaml"))
    return sorted(names, key=lambda name: (name != "baseline", name))


def dashboard_folder() -> Path:
    """The folder of the dashboard, in which `app.py` is."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_shipped" / "dashboard", package.parent / "dashboard"):
        if (folder / "app.py").is_file():
            return folder
    raise InputError("the dashboard is missing; install Refuge again", file=str(package))
