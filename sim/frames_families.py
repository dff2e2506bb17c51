"""The table of families: relatives of people who are protected or wait, what became of them, years apart by phase."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim import dates
from sim.layout import NONE
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
    entered = came(ledger)
    parts = [
        *(
            part
            for number, pathway in enumerate(ledger.model.system.pathways)
            for part in _of_relatives(ledger, pathway, entered[number])
        ),
        *(part for pathway in ledger.model.system.pathways for part in _of_principals(ledger, pathway)),
    ]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
    return frame.groupby(COLUMNS[:4], as_index=False, sort=False)["value"].sum()


def came(ledger: Ledger) -> NDArray[np.int64]:
    """[pathway, 1 + fiscal year, slot]: cases that entered in the run."""
    names, slots = [pathway.name for pathway in ledger.model.system.pathways], ledger.stock.shape[1]
    entered = np.zeros((len(names), ledger.state.ended.shape[1], slots), dtype=np.int64)
    into = np.array(
        [
            names.index(edge.pathway) if edge.origin.startswith("source:") else NONE
            for edge in ledger.model.edges
        ]
    )
    for month in ledger.months[1:]:
        pathway = into[month.moved // slots]
        here = pathway != NONE
        year = entered[:, 1 + ledger.model.rules.fiscal[month.day]]
        np.add.at(year, (pathway[here], month.moved[here] % slots), month.flow[here, 0])
    return entered


def _lines(
    ledger: Ledger, pathway: Pathway, shown: NDArray[np.bool_], measures: list[tuple[str, NDArray[Any]]]
) -> pd.DataFrame:
    """The measures [cohort, slot] of a pathway as rows, for the cohorts and slots that are shown."""
    groups = ledger.model.groups[ledger.model.system.pathways.index(pathway)]
    cohort, slot = np.nonzero(shown[:, : len(groups)])
    values = np.stack([amounts[cohort, slot].astype(np.float64) for _, amounts in measures], axis=1)
    year = np.where(cohort, dates.fiscal_year(ledger.model.start) + cohort - 1, 0)
    columns = {
        "fiscal_year": np.repeat(year, len(measures)),
        "pathway": pathway.name,
        "group": np.repeat(np.array(groups, dtype=object)[slot], len(measures)),
        "measure": [name for name, _ in measures] * len(cohort),
        "value": values.ravel() * ledger.weight,
    }
    return pd.DataFrame(columns)


def _numbers(ledger: Ledger, pathway: Pathway) -> dict[str, int]:
    return {stage.name: n for n, (p, stage) in enumerate(ledger.model.stages) if p is pathway}


def _of_relatives(ledger: Ledger, pathway: Pathway, entered: NDArray[np.int64]) -> list[pd.DataFrame]:
    """Each relative is a case: what became of it, and the days of each phase within the run."""
    fates = [stage.name for stage in pathway.stages if stage.name.startswith(("reunited", "lost_"))]
    if not fates:
        return []
    numbers, apart = _numbers(ledger, pathway), ledger.state.apart
    inside = [numbers[stage.name] for stage in pathway.stages if stage.holds_cases]
    entered = entered.copy()
    entered[0] = ledger.months[0].stock[inside, :, 0].sum(axis=0)
    ended = [ledger.state.ended[numbers[fate]] for fate in fates]
    measures = [("relatives", entered)]
    measures += [
        ("reunited" if fate.startswith("reunited") else fate, cases)
        for fate, cases in zip(fates, ended, strict=True)
    ]
    measures.append(("still_apart", entered - sum(ended)))
    if pathway.phases:
        before = apart[list(numbers.values()), ..., BEFORE].sum(axis=0)
        measures.append((f"years_apart_{WAITING}", before / DAYS_A_YEAR))
    for phase in pathway.phases:
        here = apart[[numbers[name] for name in phase.stages], ..., HERE].sum(axis=0)
        measures.append((f"years_apart_{phase.name}", here / DAYS_A_YEAR))
    return [_lines(ledger, pathway, entered != 0, measures)]


def _of_principals(ledger: Ledger, pathway: Pathway) -> list[pd.DataFrame]:
    """Relatives are attributes of a case: those of open cases, and of cases that ended with no right for them."""
    if pathway.relatives is None:
        return []
    numbers, apart = _numbers(ledger, pathway), ledger.state.apart
    lost = [
        numbers[stage.name] for stage in pathway.stages if _ends_the_right(ledger, stage, pathway.relatives)
    ]
    held = [numbers[stage.name] for stage in pathway.stages if stage.holds_cases]
    heads, days = (apart[held + lost, ..., what].sum(axis=0) for what in (0, 1))
    waiting = apart[held, ..., 0].sum(axis=0)
    measures = [
        ("relatives", heads),
        ("still_apart", waiting),
        ("lost_claim", heads - waiting),
        (f"years_apart_{WAITING}", days / DAYS_A_YEAR),
    ]
    return [_lines(ledger, pathway, heads != 0, measures)]


def _ends_the_right(ledger: Ledger, stage: Any, of: Relatives) -> bool:
    """Whether relatives of a case that ends here are lost: no case of theirs opens, no other case counts them."""
    kin = {pathway.name for pathway in ledger.model.system.pathways if pathway.phases}
    opens = any(one.enters.partition(".")[0] in kin for one in stage.opens)
    return stage.kind == OUTCOME and not opens and stage.name not in of.elsewhere
