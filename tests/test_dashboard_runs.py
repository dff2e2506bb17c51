"""Runs in the background: shared, cancelled, kept on disk, and mended after a crash."""

from __future__ import annotations

import os
import signal
import time

import pytest
from dashboard_here import apart, kept, pool, process, runs

import sim

SCALE = 0.0005
LONG = 0.2  # a scale at which ten years take many seconds


@pytest.fixture(scope="module", autouse=True)
def own(tmp_path_factory):
    with apart(tmp_path_factory.mktemp("cache")):
        yield


@pytest.fixture(scope="module")
def short() -> sim.Scenario:
    return sim.load().between(horizon="2026-12-31")


def judges(scenario: sim.Scenario, number: int) -> sim.Scenario:
    return scenario.change("offices.immigration_judges.staff", number)


def until(happens, seconds: float = 90.0) -> float:
    """Waits for it; how long it took."""
    begun = time.monotonic()
    while not happens():
        assert time.monotonic() - begun < seconds, "it did not happen"
        time.sleep(0.01)
    return time.monotonic() - begun


def idle() -> bool:
    return all(process.run is None for process in runs.pool().processes)


def test_thirty_visitors_of_one_preset_compute_it_once(short):
    tickets = [runs.ask(short, scale=SCALE, visitor=f"v{n}", slot="now") for n in range(30)]
    assert len(runs.pool().runs) == 1
    assert all(ticket.wait(90) for ticket in tickets)
    assert len({id(ticket.answer) for ticket in tickets}) == 1
    assert runs.ask(short, scale=SCALE, visitor="late").state == "done"


def test_the_answer_is_that_of_the_library(short):
    ticket = runs.ask(short, scale=SCALE, visitor="a")
    assert ticket.wait(90)
    assert ticket.answer.info["digest"] == sim.run(short, seed=1, scale=SCALE, history=0.0).info["digest"]
    small = runs.ask(short, scale=SCALE, seed=4, drawn=True, measures=True, visitor="a")
    assert small.wait(90)
    mine = sim.replicate(short, runs=1, workers=1, seed=4, scale=SCALE, brief=True)
    assert small.answer.info["digest"] == mine.info["digest"]


def test_a_slot_belongs_to_one_visitor_and_an_unwanted_run_stops_within_two_seconds(short):
    base = sim.load()
    mine = runs.ask(judges(base, 701), scale=LONG, visitor="a", slot="now")
    shared = [runs.ask(judges(base, 702), scale=LONG, later=True, visitor=who, slot="now") for who in "ab"]
    until(lambda: mine.state == "running")
    runs.keep("now", visitor="a")
    assert mine.state == "stopped"
    assert shared[1].state != "stopped", "another visitor still wants it"
    runs.keep("now", visitor="b")
    assert until(idle, 20) < 2.0


def test_a_run_that_does_not_listen_is_ended(short, monkeypatch):
    monkeypatch.setattr(
        process.Process,
        "_send",
        lambda self, word, *rest: None if word == "stop" else sent(self, word, *rest),
    )
    ticket = runs.ask(judges(sim.load(), 703), scale=LONG, visitor="a", slot="now")
    until(lambda: ticket.state == "running")
    worker = next(process for process in runs.pool().processes if process.run is not None)
    child = worker.child
    runs.keep("now", visitor="a")
    until(lambda: child.poll() is not None, 20)
    until(runs.ready)
    again = runs.ask(judges(short, 704), scale=SCALE, visitor="a")
    assert again.wait(90)


sent = process.Process._send


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_a_crash_is_told_and_mended(short):
    ticket = runs.ask(judges(sim.load(), 705), scale=LONG, visitor="a", slot="crash")
    until(lambda: ticket.state == "running")
    worker = next(process for process in runs.pool().processes if process.run is not None)
    os.kill(worker.child.pid, signal.SIGKILL)
    until(lambda: ticket.state == "failed")
    assert ticket.ours and "unexpectedly" in ticket.error
    same = runs.ask(judges(sim.load(), 705), scale=LONG, visitor="a", slot="crash")
    assert same.state == "failed", "it is not tried again by itself"
    runs.again([same])
    more = runs.ask(judges(sim.load(), 705), scale=LONG, visitor="a", slot="crash")
    until(lambda: more.state == "running")
    runs.keep("crash", visitor="a")
    until(idle)


def test_what_the_library_refuses_is_said(short):
    wrong = short.change("stock.affirmative_backlog.cases", 9e11)
    ticket = runs.ask(wrong, scale=SCALE, visitor="a")
    until(lambda: ticket.state == "failed")
    assert not ticket.ours and "affirmative_backlog" in ticket.error


def test_too_much_is_refused(monkeypatch):
    with pytest.raises(runs.Refused, match="years"):
        runs.ask(sim.load().between(horizon="2060-09-30"), visitor="a")
    monkeypatch.setattr(pool, "MOST_WAITING", 2)
    long = [judges(sim.load(), 710 + n) for n in range(3)]
    with pytest.raises(runs.Refused, match="2 runs"):
        for each in long:
            runs.ask(each, scale=LONG, later=True, visitor="greedy", slot="much")
    runs.keep("much", visitor="greedy")
    until(idle)


def test_work_that_no_page_looks_at_is_given_up(monkeypatch):
    monkeypatch.setattr(pool, "FORGOTTEN", 0.5)
    ticket = runs.ask(judges(sim.load(), 720), scale=LONG, later=True, visitor="gone", slot="bands")
    run = ticket._run
    until(lambda: run.state == "stopped", 20)


def test_answers_stay_on_disk_and_the_least_used_go_first(short, monkeypatch):
    tickets = [runs.ask(judges(short, 730 + n), scale=SCALE, measures=True, visitor="a") for n in range(3)]
    assert all(ticket.wait(90) for ticket in tickets)
    folders = [kept.folder(ticket.key) for ticket in tickets]
    until(lambda: all((folder / "run.json").is_file() for folder in folders) and idle())
    runs.pool().memory.clear()
    assert runs.ask(judges(short, 730), scale=SCALE, measures=True, visitor="b").state == "done"
    for age, folder in zip((10_000, 30_000, 20_000), folders, strict=True):
        (folder / kept.MARK).touch()
        os.utime(folder / kept.MARK, (time.time() - age,) * 2)
    size = sum(kept._size(each) for each in kept.folder("x").parent.iterdir())
    kept.tidy(size - 1)
    assert not folders[1].exists() and folders[0].exists() and folders[2].exists()


def test_a_broken_answer_on_disk_is_done_again(short):
    ticket = runs.ask(judges(short, 740), scale=SCALE, measures=True, visitor="a")
    assert ticket.wait(90)
    until(lambda: idle() and (kept.folder(ticket.key) / "run.json").is_file())
    (kept.folder(ticket.key) / "values.parquet").write_bytes(b"broken")
    runs.pool().memory.clear()
    again = runs.ask(judges(short, 740), scale=SCALE, measures=True, visitor="a")
    assert again.wait(90) and again.seconds > 0


def test_an_answer_of_another_model_is_never_used(tmp_path, monkeypatch):
    monkeypatch.setenv("REFUGE_CACHE", str(tmp_path))
    old = tmp_path / "0.0.1-older" / "key"
    old.mkdir(parents=True)
    kept.folder("new").mkdir(parents=True)
    assert kept.get("key") is None
    kept.tidy()
    assert not old.exists() and kept.folder("new").exists()
