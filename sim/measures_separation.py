"""What became of relatives left behind, and how long each phase kept them apart, by door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.measures_doors import separation

if TYPE_CHECKING:
    from sim.results import Result

APART = "years_apart_"
COLUMNS = ["door", "kind", "name", "label", "amount", "each"]


def fates(result: Result) -> pd.DataFrame:
    """Relatives of people granted or admitted during the run, all years together, one row a door and name.

    `kind` is `fate` (`reunited`, `still_apart` and each lost_ measure: `amount` in persons, `each` the share of the
    door's relatives) or `phase` (`amount` in person-years, `each` in months a relative, up to the last day run).
    Relatives who waited on the first day are left out: how long they had been apart before is not known.
    """
    found = separation(result)
    found = found[found["fiscal_year"] > 0]
    labels = result.info["labels"].get("phases", {})
    rows = []
    for door, lines in found.groupby("door", sort=False):
        sums = lines.drop(columns=["door", "fiscal_year"]).sum()
        for name in sums.index:
            if name in ("relatives", "lost", "months_apart"):
                continue
            amount = float(sums[name])
            if name.startswith(APART):
                phase = name.removeprefix(APART)
                each = 12 * amount / sums["relatives"]
                rows.append((door, "phase", phase, labels.get(phase, phase), amount, each))
            else:
                rows.append((door, "fate", name, name, amount, amount / sums["relatives"]))
    return pd.DataFrame(rows, columns=COLUMNS)
