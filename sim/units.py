"""The unit of every number, by what the end of its path means."""

from __future__ import annotations

SHARES = ("share", "probability")
HELD = "1 held, 0 open"
YES_NO = (HELD, "1 yes, 0 no")
"""a number in these is 1 or 0, and nothing between"""
SERVERS = ("officers", "judges", "members", "panels", "persons")
TIMES = ("hours", "weeks", "months", "years", "percent", "%")
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
    "ceiling": ("persons a year",),
    "used_before_start": ("persons",),
}


def fits(unit: str, path: str) -> bool:
    """Whether the number at a path may have this unit. Staff are counted in whoever works: judges, clerks, panels."""
    if path.rpartition(".")[2] == "staff":
        others = {one for several in UNITS.values() for one in several} | {*TIMES, *ARRIVALS, *RATIOS}
        return bool(unit) and not (
            unit in others - {"persons"} or f"{unit}s" in others or unit.startswith("per ")
        )
    allowed = units(path)
    return not allowed or unit in allowed or ("share" in allowed and unit.startswith("share of "))


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
    return SERVERS if words[-1] == "staff" else UNITS.get(words[-1], ())
