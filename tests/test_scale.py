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
    "stock.old.cases": 40_000,
    "stock.old.age": number({"uniform": [1, 900]}),
    "p.draws.colour": {"red": 0.5},
    "p.draws.persons": {"1": 0.5, "2": 0.3, "3": 0.2},
    "p.intake.days": number({"lognormal": {"median": 30, "sigma": 0.6}}),
    "p.intake.gone.rate": 0.02,
    "p.fork.split": {"desk": 0.7},
    "p.desk.gone.rate": 0.01,
    "p.desk.split": {"granted": 0.4},
    "p.desk.minutes": {"granted": 200, "refused": 120},
    "offices.office.staff": 30,
    "offices.office.minutes_per_day": 300,
    "quotas.places.ceiling": 12_000,
    "quotas.places.allocation": number({"red": 0.6, "blue": 0.3, "reserve": 0.1}),
}
SEEDS = {1.0: range(21, 31), 0.1: range(1, 11), 0.01: range(11, 21)}


def measures(scale, seed):
    """Counts and waits of one run: flows of the last year, stocks at its end, waits at the overloaded desk."""
    whole = system(LINE, persons="persons")
    result = play(whole, NUMBERS, start="2026-10-01", horizon="2029-09-30", scale=scale, seed=seed, history=0)
    found = {}
    for year in (2027, 2029):
        found |= {
            f"{name} {year}": total(result.outcomes, fiscal_year=year, outcome=name)
            for name in ("granted", "refused", "gone", "admitted")
        }
        stock = result.stock[result.stock["date"] == f"{year}-09-30"]
        found |= {f"{name} {year}": total(stock, stage=name) for name in ("intake", "desk", "gate")}
        waits = (
            result.waits.query("stage == 'desk' and basis == 'left' and group == '*'")
            .set_index("fiscal_year")
            .loc[year]
        )
        found |= {f"wait {name} {year}": waits[name] for name in ("mean", "p25", "p50", "p75")}
    assert scale < 1 or result.info["misleading_below_scale_1"] == []
    return found


@pytest.fixture(scope="module")
def runs():
    """Ten runs at each scale, by measure."""
    found = {scale: [measures(scale, seed) for seed in seeds] for scale, seeds in SEEDS.items()}
    return {
        scale: {name: np.array([run[name] for run in many], float) for name in many[0]}
        for scale, many in found.items()
    }


@pytest.mark.parametrize("scale", [0.1, 0.01])
def test_a_sample_agrees_with_the_whole(scale, runs):
    for name, whole in runs[1.0].items():
        sample = runs[scale][name]
        error = np.sqrt(sample.var(ddof=1) / sample.size + whole.var(ddof=1) / whole.size)
        grain = (
            0.01 * whole.mean() if name.startswith("wait p") else 0
        )  # percentiles come in bins of one percent
        assert abs(sample.mean() - whole.mean()) <= 3 * error + grain, (
            f"{name}: {sample.mean()}, whole {whole.mean()}, error {error}"
        )


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
