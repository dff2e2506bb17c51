"""The table of families: relatives of people who are protected or wait, what became of them, years apart by phase."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim.ledger import Ledger
from sim.pathway import OUTCOME, Pathway
from sim.pathway_families import WAITING, Relatives

DAYS_A_YEAR = 365.25
COLUMNS = ["fiscal_year", "pathway", "group", "measure", "value"]
BEFORE, HERE = 1, 2
"""last index of `State.apart`: days before a relative's case opened, days at a stage"""


def families_frame(ledger: Ledger) -> pd.DataFrame:
    """Relatives by what became of them, and person-years apart by phase.

    A pathway whose cases are relatives: by fiscal year of the principal's final outcome (0: before the
    start). A pathway whose cases carry relatives: those whose principal still waits, by fiscal year of filing
    (0: before the start), and those whose principal's case ended without a right for them (`lost_claim`).
    """
    found = [
        *(row for pathway in ledger.model.system.pathways for row in _of_relatives(ledger, pathway)),
        *(row for pathway in ledger.model.system.pathways for row in _of_principals(ledger, pathway)),
    ]
    rows = [(*row[:-1], row[-1] * ledger.weight) for row in found]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.groupby(COLUMNS[:4], as_index=False, sort=False)["value"].sum()


def came(ledger: Ledger, pathway: str) -> NDArray[np.int64]:
    """[1 + fiscal year, slot]: cases that entered a pathway in the run."""
    entered = np.zeros((ledger.state.ended.shape[1], ledger.stock.shape[1]), dtype=np.int64)
    into = np.array(
        [edge.pathway == pathway and edge.origin.startswith("source:") for edge in ledger.model.edges]
    )
    for month in ledger.months[1:]:
        edge, slot = np.divmod(month.moved, entered.shape[1])
        year = entered[1 + ledger.model.rules.fiscal[month.day]]
        np.add.at(year, slot[into[edge]], month.flow[into[edge], 0])
    return entered


def _cohorts(ledger: Ledger, pathway: Pathway) -> list[tuple[int, int, tuple[Any, ...]]]:
    """Each cohort and slot of a pathway, with what a row of it begins with."""
    number = ledger.model.system.pathways.index(pathway)
    first = dates.fiscal_year(ledger.model.start)
    return [
        (cohort, slot, (first + cohort - 1 if cohort else 0, pathway.name, group))
        for cohort in range(ledger.state.ended.shape[1])
        for slot, group in enumerate(ledger.model.groups[number])
    ]


def _numbers(ledger: Ledger, pathway: Pathway) -> dict[str, int]:
    return {stage.name: n for n, (p, stage) in enumerate(ledger.model.stages) if p is pathway}


def _of_relatives(ledger: Ledger, pathway: Pathway) -> list[tuple[Any, ...]]:
    """Each relative is a case: what became of it, and the days of each phase within the run."""
    fates = [stage.name for stage in pathway.stages if stage.name.startswith(("reunited", "lost_"))]
    if not fates:
        return []
    entered, numbers, rows = came(ledger, pathway.name), _numbers(ledger, pathway), []
    inside = [numbers[stage.name] for stage in pathway.stages if stage.holds_cases]
    entered[0] = ledger.months[0].stock[inside, :, 0].sum(axis=0)
    apart = ledger.state.apart
    for cohort, slot, key in _cohorts(ledger, pathway):
        if not entered[cohort, slot]:
            continue
        ended = {fate: int(ledger.state.ended[numbers[fate], cohort, slot]) for fate in fates}
        rows.append((*key, "relatives", entered[cohort, slot]))
        for fate, cases in ended.items():
            rows.append((*key, "reunited" if fate.startswith("reunited") else fate, cases))
        rows.append((*key, "still_apart", entered[cohort, slot] - sum(ended.values())))
        if pathway.phases:
            before = apart[list(numbers.values()), cohort, slot, BEFORE].sum()
            rows.append((*key, f"years_apart_{WAITING}", before / DAYS_A_YEAR))
        for phase in pathway.phases:
            here = apart[[numbers[name] for name in phase.stages], cohort, slot, HERE].sum()
            rows.append((*key, f"years_apart_{phase.name}", here / DAYS_A_YEAR))
    return rows


def _of_principals(ledger: Ledger, pathway: Pathway) -> list[tuple[Any, ...]]:
    """Relatives are attributes of a case: those of open cases, and of cases that ended with no right for them."""
    if pathway.relatives is None:
        return []
    numbers, rows = _numbers(ledger, pathway), []
    lost = [
        numbers[stage.name] for stage in pathway.stages if _ends_the_right(ledger, stage, pathway.relatives)
    ]
    held = [numbers[stage.name] for stage in pathway.stages if stage.holds_cases]
    for cohort, slot, key in _cohorts(ledger, pathway):
        heads, days, _ = ledger.state.apart[held + lost, cohort, slot].sum(axis=0)
        if heads:
            waiting = ledger.state.apart[held, cohort, slot, 0].sum()
            rows += [
                (*key, "relatives", heads),
                (*key, "still_apart", waiting),
                (*key, "lost_claim", heads - waiting),
                (*key, f"years_apart_{WAITING}", days / DAYS_A_YEAR),
            ]
    return rows


def _ends_the_right(ledger: Ledger, stage: Any, of: Relatives) -> bool:
    """Whether relatives of a case that ends here are lost: no case of theirs opens, no other case counts them."""
    kin = {pathway.name for pathway in ledger.model.system.pathways if pathway.phases}
    opens = any(one.enters.partition(".")[0] in kin for one in stage.opens)
    return stage.kind == OUTCOME and not opens and stage.name not in of.elsewhere
