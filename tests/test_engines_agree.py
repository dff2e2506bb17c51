"""The two engines give the same answer, to the last bit: on small systems, random ones and the country."""

from __future__ import annotations

import datetime as dt
import random

import pandas as pd
import pytest
from agreement import Shuffled, agree, both, check, frames
from conftest import BUSY, EVERYONE, START, busy, tiny
from hypothesis import HealthCheck, Phase, given, settings
from random_systems import random_quotas, random_systems
from rare_systems import RARE, visits
from taken import FREQUENT, frequent, lines_run, taken_by, taken_in_all

import sim
from sim.engine import Engine
from sim.frames import Frames
from sim.ledger import BrokenRun
from sim.model import build
from sim.pathways import NATIONAL
from sim.reference import Reference
from sim.shipped import shipped_names

SYSTEMS, QUOTAS = 150, 50
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
"""the parting says more than a smaller system would, and shrinking takes minutes"""


# -- small systems, the quickest first ----------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.1, 0.31, 1.0])
@pytest.mark.parametrize("name", RARE)
def test_what_is_rare(name, scale):
    whole, numbers = RARE[name]()
    model = build(tiny(numbers, START, "2027-01-31"), whole, scale)
    answer = check(model, 1, env=Shuffled(random.Random(1)))
    assert answer is not None and len(answer["histories"]) >= 40


def test_both_keep_the_histories_of_the_same_families():
    """A share of the families, children with them, whichever engine."""
    whole, numbers = RARE["crowd"]()
    model = build(tiny(numbers, START, "2026-12-31"), whole)
    kept = [Frames(kind(model, 1, model.days, 0.3).run()).all()["histories"] for kind in (Engine, Reference)]
    pd.testing.assert_frame_equal(*kept)
    families = kept[0]["case"].str.partition("/")[0]
    assert 15 < families.nunique() < 45, "of about a hundred"
    assert (families.value_counts() > 100).all(), "each with all its children"


def test_both_refuse_more_visits_than_a_case_can_count():
    whole, numbers = visits()
    model = build(tiny(numbers, START, "2027-01-31"), whole)
    assert both(model, 1) is None


@pytest.mark.parametrize(("seed", "scale"), [(3, 0.4), (1, 1.0), (2, 1.0)])
def test_a_system_with_everything_in_it(seed, scale):
    model = build(tiny(BUSY, START, "2026-12-31"), busy(), scale)
    answers = both(model, seed)
    assert answers and len(answers[0]["histories"]) > 300
    agree(*answers)


@settings(max_examples=QUOTAS, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_quotas())
def test_random_quotas(one):
    model = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    check(model, one.seed, env=Shuffled(random.Random(one.seed)))


@settings(max_examples=SYSTEMS, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_systems())
def test_random_systems(one):
    model = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    check(model, one.seed, env=Shuffled(random.Random(one.seed)))


@settings(max_examples=10, deadline=None, phases=NO_SHRINKING, suppress_health_check=list(HealthCheck))
@given(random_systems())
def test_a_longer_horizon_changes_nothing_earlier(one):
    short = (dt.date.fromisoformat(one.horizon).replace(day=1) - dt.timedelta(days=1)).isoformat()
    if short < one.start:
        return
    longer = build(tiny(one.numbers, one.start, one.horizon), one.system, one.scale)
    shorter = build(tiny(one.numbers, one.start, short), one.system, one.scale)
    for kind in (Engine, Reference):
        try:
            whole, part = frames(kind, longer, one.seed), frames(kind, shorter, one.seed)
        except BrokenRun:
            return
        cut = frames(kind, longer, one.seed, shorter.days)
        agree(part, cut)
        end = pd.Timestamp(short)
        pd.testing.assert_frame_equal(
            whole["stock"].query("date <= @end").reset_index(drop=True), part["stock"]
        )
        for name in ("flow", "offices"):
            earlier = whole[name].query("month <= @short[:7]").reset_index(drop=True)
            pd.testing.assert_frame_equal(earlier, part[name], obj=name)
        lines = whole["histories"].query("entered <= @end").reset_index(drop=True)
        later = lines["left"] > end
        lines.loc[later, "left"] = pd.NaT
        lines.loc[later, ["transition"]] = ""
        pd.testing.assert_frame_equal(lines, part["histories"], obj="histories")


# -- the country ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*shipped_names(), *FREQUENT])
def test_the_country(name):
    taken_by(name)


def test_every_stage_kind_edge_and_number_was_taken():
    missing = taken_in_all().missing()
    assert not any(missing.values()), f"not taken in any run of the country: {missing}"


UNREACHABLE = (
    "return None",
    'raise BrokenRun(f"day {self.today}: a child does not fit into its parent\'s key")',
)
"""a child without a key: a system in which it could happen is refused when it is made"""


def test_every_line_of_the_reference_engine_ran():
    told = []
    models = [build(tiny(BUSY), busy(), 0.4), build(frequent(True).between(None, "2026-12-31"), NATIONAL)]
    for one, scale in ((visits, 1.0), (RARE["opening_checks"], 0.1)):
        whole, numbers = one()
        models.append(build(tiny(numbers, START, "2027-01-31"), whole, scale))

    def act():
        for model in models:
            try:
                Reference(model, 1, model.days, EVERYONE, lambda *now: told.append(now)).run()
            except BrokenRun:
                assert told[-1][0] > 250

    ran, missed = lines_run(act)
    assert len(ran) > 400
    assert [line for line in missed if not line.endswith(UNREACHABLE)] == []


def test_the_order_of_handling_changes_nothing():
    model = build(tiny(BUSY), busy())
    plain = frames(Reference, model, 1)
    for order in range(3):
        agree(plain, frames(Reference, model, 1, env=Shuffled(random.Random(order))))


def test_a_run_names_its_engine():
    national, reference = (
        sim.run(tiny(BUSY), system=busy(), engine=engine, history=EVERYONE)
        for engine in ("national", "reference")
    )
    assert reference.info.pop("engine") == "reference" and national.info.pop("engine") == "national"
    for key in ("digest", "cases", "transitions"):
        assert national.info[key] == reference.info[key]
