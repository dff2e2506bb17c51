"""The unit of every number, by what the end of its path means."""

from __future__ import annotations

SHARES = ("share", "probability")
HELD = "1 held, 0 open"
YES_NO = (HELD, "1 yes, 0 no")
"""a number in these is 1 or 0, and nothing between"""
SERVERS = ("officers", "judges", "members", "panels", "teams", "persons", "staff", "local offices")
ARRIVALS = ("cases a day", "cases a month", "cases a year")
RATIOS = ("ratio", *SHARES)

# By the last word of a path.
UNITS: dict[str, tuple[str, ...]] = {
    "days": ("days",),
    "valid": ("days",),
    "age": ("days",),
    "in_stage": ("days",),
    "minutes": ("minutes", "minutes a case"),
    "minutes_per_day": ("minutes",),
    "rate": ("per month",),
    "split": SHARES,
    "oldest_first": SHARES,
    "productivity": SHARES,
    "shares": SHARES,
    "allocation": SHARES,
    "pace": SHARES,
    "hold": (HELD,),
    "regions_bind": ("1 yes, 0 no",),
    "priority": ("class",),
    "cases": ("cases",),
    "staff": SERVERS,
    "ceiling": ("persons a year",),
    "used_before_start": ("persons",),
}


def units(path: str) -> tuple[str, ...]:
    """The units that the number at a path may have; empty where any will do."""
    words = path.split(".")
    if "odds" in words:
        return ("odds ratio",)
    if "factors" in words:
        return RATIOS
    if len(words) > 1 and words[-2] == "draws":
        return SHARES
    if words[0] == "sources" and words[-1] == "rate":
        return ARRIVALS
    return UNITS.get(words[-1], ())
