"""The same families through both doors, on the same luck, in the whole country's queues."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import partial

import pandas as pd

from sim.engine import Progress
from sim.errors import InputError, nearest
from sim.number import Number
from sim.pathway import Attribute, Pathway, branch, outcome, source, to
from sim.pathways import NATIONAL
from sim.results import Result
from sim.runs import run
from sim.scenario import Scenario, load
from sim.system import System

ENTRY = {"refugee": "refugee.prescreening", "asylum": "affirmative.filing"}
GOALS = {
    "refugee": ("refugee.admitted",),
    "asylum": ("affirmative.granted", "defensive.asylum_granted"),
}
TWIN = Attribute("twin", ("no", "yes"), "Family that is sent through both doors")
_DRAWN = {
    "region": "refugee",
    **dict.fromkeys(("asylum_office", "entry", "timely", "ground", "lawyer"), "affirmative"),
}
"""what the families draw, once, and whose numbers say it"""
_HERE = {
    "refugee": {"door": "refugee", "priority": "p1"},
    "asylum": {"door": "asylum", "application": "asylum"},
}


def door_system(door: str, spouse: int, children: int, left_behind: bool, nationality: str) -> System:
    """The country with one source more, whose families enter by `door`.

    Both systems give them the same keys: a source of its own, listed last. A refugee's spouse and children are on
    the case unless `left_behind`; an asylum applicant's are abroad.
    """
    apart = left_behind or door == "asylum"
    sets = {
        **_HERE[door],
        "twin": "yes",
        "nationality": nationality,
        "persons": "1" if apart else str(1 + spouse + children),
        "spouse_apart": str(spouse if apart else 0),
        "children_apart": str(children if apart else 0),
    }
    gate = Pathway(
        "doors",
        "The same families at both doors",
        (branch("arrival", "Arrival", to("through")), outcome("through", "Through", continues=ENTRY[door])),
        (source("twins", "The same families", "arrival", sets=sets, draws=tuple(_DRAWN)),),
    )
    pathways = [
        replace(pathway, report=(*pathway.report, TWIN.name)) for pathway in (*NATIONAL.pathways, gate)
    ]
    return System(tuple(pathways), (*NATIONAL.attributes, TWIN), NATIONAL.persons)


def same_family(
    scenario: str | Scenario = "baseline",
    *,
    spouse: int = 1,
    children: int = 2,
    left_behind: bool = False,
    nationality: str = "other",
    since: str = "2026-10-01",
    families: float = 1000,
    seed: int = 1,
    scale: float = 0.1,
    years: float | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """What becomes of the same families at each door, one row a door.

    Two runs of the country. In each, `families` families (real cases, spread over a year from `since`) are
    referred as refugees, or apply for asylum at USCIS. They have the same keys, hence the same days, ground
    and luck wherever a decision exists at both doors; all other cases have the same luck too. At both doors
    they stand in the country's queues and take places and minutes, so keep them few against its flows.
    `left_behind`: the spouse and children are not on the refugee's case either, and follow to join.

    Columns: door, families, protected, months_to_protection (mean of the protected), relatives, together (on
    the case of a principal who was protected), reunited, lost, still_apart (persons, by the last day run; of
    a family on one case that is not protected nobody is counted apart), years_apart_PHASE (person-years) and
    months_apart (a relative). Raises InputError for a family that a case cannot hold.
    """
    if not (spouse in (0, 1) and 0 <= children <= 5 and spouse + children > 0):
        raise InputError(
            f"a family of {spouse} spouses and {children} children: at most 1 and 5, at least one"
        )
    chosen = load(scenario)
    levels = NATIONAL.attribute("nationality").levels
    if nationality not in levels:
        near = nearest(nationality, levels)
        raise InputError(f"no nationality '{nationality}'", allowed=list(levels), nearest=near)
    if not 0 < families < 1e6:
        raise InputError(f"families {families}: a number of families above 0 and below a million")
    try:
        begins = dt.date.fromisoformat(since)
    except ValueError:
        raise InputError(f"since '{since}' is not a date; write YYYY-MM-DD") from None
    ends = begins + dt.timedelta(days=365)
    if not chosen.start < begins or not ends <= chosen.horizon:
        raise InputError(
            f"since {since}: the year lies inside the scenario, {chosen.start} to {chosen.horizon}"
        )
    values = {chosen.start: 0.0, begins: families / 365, ends: 0.0}
    rate = Number(value=values, unit="cases a day", source="user", confidence="judgement")
    numbers = {"sources.twins.rate": rate}
    for name, pathway in _DRAWN.items():
        numbers[f"doors.draws.{name}"] = chosen.require(f"{pathway}.draws.{name}")
    made = replace(chosen, numbers=chosen.numbers | numbers)
    rows = []
    for turn, door in enumerate(ENTRY):
        system = door_system(door, spouse, children, left_behind, nationality)
        tell = None if progress is None else partial(_tell, progress, turn)
        result = run(made, system=system, seed=seed, scale=scale, years=years, progress=tell)
        rows.append({"door": door} | _fate(result, door, spouse + children, left_behind))
    return pd.DataFrame(rows)


def _tell(progress: Progress, turn: int, day: int, days: int, cases: int) -> None:
    """Both runs are one to who waits for them."""
    progress(turn * days + day, len(ENTRY) * days, cases)


def _fate(result: Result, door: str, kin: int, left_behind: bool) -> dict[str, float]:
    """What the tables say of the families, by their own group."""
    group = f"{TWIN.name}=yes"
    flow = result.flow[(result.flow["group"] == group) & (result.flow["pathway"] == "doors")]
    came = float(flow[flow["to_stage"] == "arrival"]["cases"].sum())
    waits = result.waits[(result.waits["group"] == group) & (result.waits["basis"] == "took")]
    goals = waits[(waits["pathway"] + "." + waits["stage"]).isin(GOALS[door])]
    protected = float(goals["cases"].sum())
    days = float((goals["mean"] * goals["cases"]).sum())
    found = result.families[result.families["group"] == group].groupby("measure")["value"].sum()
    apart = {str(name): float(value) for name, value in found.items() if str(name).startswith("years_apart_")}
    return {
        "families": came,
        "protected": protected,
        "months_to_protection": 12 * days / protected / 365.25 if protected else float("nan"),
        "relatives": came * kin,
        "together": 0.0 if left_behind or door == "asylum" else protected * kin,
        "reunited": float(found.get("reunited", 0)),
        "lost": float(sum(value for name, value in found.items() if str(name).startswith("lost_"))),
        "still_apart": float(found.get("still_apart", 0)),
        **apart,
        "months_apart": 12 * sum(apart.values()) / (came * kin) if came else float("nan"),
    }
