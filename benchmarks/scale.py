"""Do small scales agree with scale 1? Ten seeds at each scale, differences in standard errors.

    python benchmarks/scale.py [--seeds 10] [--until 2029-09-30] [--scales 1 0.1 0.01]

Counts at the end of the run and in its last whole fiscal year, and mean waits of those served at desks that always
have a queue. Desks that keep up are left out: there a small scale misleads, and every result names them.
"""

from __future__ import annotations

import argparse
import math
import statistics

import sim

DESKS = (("affirmative", "backlog"), ("defensive", "merits"), ("defensive", "master"), ("defensive", "board"))


def measures(result: sim.Result, year: int) -> dict[str, float]:
    """Counts and waits of one run by name."""
    everyone = result.stock.query("group == '*'")
    last = everyone[everyone["date"] == everyone["date"].max()]
    stocks = last.groupby("pathway")["cases"].sum()
    found = {f"cases open in {pathway}": float(cases) for pathway, cases in stocks.items()}
    outcomes = result.outcomes.query("group == '*' and fiscal_year == @year")
    for pathway, outcome in (
        ("refugee", "admitted"),
        ("affirmative", "granted"),
        ("affirmative", "referred"),
        ("defensive", "asylum_granted"),
        ("defensive", "in_absentia_order"),
        ("defensive", "ordered_removed"),
        ("status", "citizen"),
    ):
        cases = outcomes.query("pathway == @pathway and outcome == @outcome")["cases"].sum()
        found[f"cases {outcome} ({pathway}), {year}"] = float(cases)
    waits = result.waits.query("group == '*' and basis == 'left' and fiscal_year == @year")
    for pathway, stage in DESKS:
        mean = waits.query("pathway == @pathway and stage == @stage")["mean"]
        found[f"mean wait at {pathway}.{stage}, {year}, days"] = (
            float(mean.iloc[0]) if len(mean) else math.nan
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--until", default="2029-09-30")
    parser.add_argument("--scales", type=float, nargs="+", default=[1, 0.1, 0.01])
    asked = parser.parse_args()
    year = int(asked.until[:4])
    runs = {
        scale: [
            measures(sim.run("baseline", seed=seed, scale=scale, until=asked.until, history=0), year)
            for seed in range(1, asked.seeds + 1)
        ]
        for scale in asked.scales
    }
    whole = runs[asked.scales[0]]
    head = "".join(f"{f'scale {scale:g}':>14}{'se':>7}" for scale in asked.scales[1:])
    print(f"{'':54}{f'scale {asked.scales[0]:g}':>12}{head}")
    worst = 0.0
    for name in whole[0]:
        truth = [run[name] for run in whole]
        line = f"{name:54}{statistics.mean(truth):12,.1f}"
        for scale in asked.scales[1:]:
            values = [run[name] for run in runs[scale]]
            error = math.sqrt((statistics.variance(values) + statistics.variance(truth)) / asked.seeds)
            distance = (statistics.mean(values) - statistics.mean(truth)) / error if error else 0.0
            worst = max(worst, abs(distance))
            line += f"{statistics.mean(values):14,.1f}{distance:7.1f}"
        print(line)
    print(f"largest difference: {worst:.1f} standard errors")


if __name__ == "__main__":
    main()
