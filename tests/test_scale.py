"""A tenth and a hundredth of the cases agree with all of them, on counts and on waits at an overloaded desk."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import number, pathway, play, system, total

from sim.model import build
from sim.pathway import branch, desk, gate, hazard, opening, outcome, source, step, to

LINE = pathway(
    step("intake", "I", to("fork"), leave=(hazard(to("gone")),)),
    branch("fork", "F", to("desk"), to("gate")),
    desk("desk", "D", "office", to("granted"), to("refused"), leave=(hazard(to("gone")),)),
    gate("gate", "G", "places", to("admitted"), region="colour"),
    *(outcome(name, name) for name in ("granted", "refused", "gone", "admitted")),
    sources=(source("new", "N", "intake", per="colour", draws=("persons",)),),
    openings=(opening("old", "O", at="desk", draws=("colour", "persons")),),
)  # fmt: skip
NUMBERS = {
    "sources.new.rate": number({"red": 30_000, "blue": 15_000}, "colour", unit="cases a year"),
    "stock.old.cases": 40_000, "stock.old.age": number({"uniform": [1, 900]}),
    "p.draws.colour": {"red": 0.5}, "p.draws.persons": {"1": 0.5, "2": 0.3, "3": 0.2},
    "p.intake.days": number({"lognormal": {"median": 30, "sigma": 0.6}}), "p.intake.gone.rate": 0.02,
    "p.fork.split": {"desk": 0.7}, "p.desk.gone.rate": 0.01, "p.desk.split": {"granted": 0.4},
    "p.desk.minutes": {"granted": 200, "refused": 120}, "offices.office.staff": 30, "offices.office.minutes_per_day": 300,
    "quotas.places.ceiling": 12_000, "quotas.places.allocation": number({"red": 0.6, "blue": 0.3, "reserve": 0.1}),
}  # fmt: skip
SEEDS = range(1, 11)


def measures(scale, seed):
    """Counts and waits of one run: flows of the last year, stocks at its end, waits at the overloaded desk."""
    whole = system(LINE, persons="persons")
    result = play(whole, NUMBERS, start="2026-10-01", horizon="2029-09-30", scale=scale, seed=seed, history=0)
    found = {}
    for year in (2027, 2029):
        found |= {f"{name} {year}": total(result.outcomes, fiscal_year=year, outcome=name) for name in ("granted", "refused", "gone", "admitted")}
        stock = result.stock[result.stock["date"] == f"{year}-09-30"]
        found |= {f"{name} {year}": total(stock, stage=name) for name in ("intake", "desk", "gate")}
        waits = result.waits.query("stage == 'desk' and basis == 'left' and group == '*'").set_index("fiscal_year").loc[year]
        found |= {f"wait {name} {year}": waits[name] for name in ("mean", "p25", "p50", "p75")}
    assert scale < 1 or result.info["misleading_below_scale_1"] == []
    return found


@pytest.fixture(scope="module")
def whole_country():
    return measures(1.0, 1)


@pytest.mark.parametrize("scale", [0.1, 0.01])
def test_a_sample_agrees_with_the_whole(scale, whole_country):
    runs = [measures(scale, seed) for seed in SEEDS]
    for name, exact in whole_country.items():
        values = np.array([run[name] for run in runs], dtype=float)
        error = values.std(ddof=1) / np.sqrt(len(values))
        # the whole has chance of its own, smaller by the root of the scale; waits come in whole days
        error = np.hypot(error, values.std(ddof=1) * np.sqrt(scale))
        grain = 0.5 if name.startswith("wait") else 0
        assert abs(values.mean() - exact) <= 3 * error + grain, f"{name}: {values.mean()} +- {error}, whole {exact}"


def test_a_run_names_the_desks_whose_waits_need_every_case():
    busy = play(LINE, NUMBERS, horizon="2027-03-31", scale=0.01, history=0)
    calm = play(LINE, NUMBERS | {"offices.office.staff": 3000}, horizon="2027-03-31", scale=0.01, history=0)
    assert busy.info["misleading_below_scale_1"] == [] and calm.info["misleading_below_scale_1"] == ["p.desk"]


def test_scale_takes_cases_minutes_and_places_alike():
    from conftest import tiny

    whole, part = (build(tiny(NUMBERS), system(LINE, persons="persons"), scale) for scale in (1.0, 0.01))
    assert part.rules.capacity.sum() == pytest.approx(whole.rules.capacity.sum() * 0.01)
    assert part.rates.sum() == pytest.approx(whole.rates.sum() * 0.01)
    assert part.rules.allowed.sum() == pytest.approx(whole.rules.allowed.sum() * 0.01, rel=1e-3)
    assert part.stocks[0].cases == 400 and whole.stocks[0].cases == 40_000
