"""How gates pass those who fit under their quota, compiled. All gates of one quota are one queue."""

from __future__ import annotations

from sim.compiled import lean
from sim.desks import call_up, gather, sort
from sim.layout import NO_CLASS, NONE
from sim.lookup import persons_of
from sim.queues import oldest

MILLI = 1000


@lean
def travel(rules, state, today):
    """Gates pass those who fit under their quota: one merged queue, by class and date of place, region by region."""
    for number in range(rules.quota.size):
        quota = rules.quota[number]
        if quota.gates == 0:
            continue
        if rules.year_begins[today]:
            clear(rules, state, number, today)
        for region in range(quota.regions + 1):
            state.blocked[region] = False
        rank = next_class(rules, state, quota, today, NONE)
        while rank != NO_CLASS and admit(rules, state, number, rank, today):
            rank = next_class(rules, state, quota, today, rank)


@lean
def clear(rules, state, number, today):
    """A year begins: what a family took beyond the last year's places is owed, if scaled down."""
    for part in range(rules.quota[number].regions + 2):
        over = state.used[number, part] - rules.allowed[number, part, today - 1]
        state.used[number, part] = max(0, min(over, state.owed[number, part]))


@lean
def admit(rules, state, number, rank, today):
    """Passes those of one priority class, by date of place; returns whether anybody else can pass today."""
    quota = rules.quota[number]
    total = quota.regions + 1
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    slot = next_slot(rules, state, quota, today, rank, NONE)
    while slot != NONE:
        count = 0
        for gate in range(quota.first_gate, quota.first_gate + quota.gates):
            queue = rules.queue[rules.stage[rules.gate[gate]].queue]
            count = gather(rules, state, count, queue, rank, slot, today)
        sort(state.hashes, state.found, count)
        for position in range(count):
            if rules.allowed[number, total, today] <= state.used[number, total]:
                return False
            who = state.cases[state.found[position]]
            region = 0
            if quota.regions > 0:
                region = (who.attributes >> quota.shift) & quota.mask
            if state.blocked[region]:
                continue
            if take_places(rules, state, number, region, persons_of(rules.persons, who.attributes), today):
                call_up(state, width, back, state.found[position], rules.stage[who.stage].first_edge)
            else:
                state.blocked[region] = True
        if all_blocked(state, quota):
            return False
        slot = next_slot(rules, state, quota, today, rank, slot)
    return True


@lean
def all_blocked(state, quota):
    """Whether every region waits because a family of it did not fit."""
    waiting = 0
    for region in range(max(1, quota.regions)):
        waiting += state.blocked[region]
    return waiting == max(1, quota.regions)


@lean
def take_places(rules, state, number, region, persons, today):
    """Takes a family's places and returns True, if it fits into its region and the reserve.

    Below scale 1 it fits while anything is open.
    """
    quota = rules.quota[number]
    total = quota.regions + 1
    places = persons * MILLI
    whole = rules.allowed[number, total, today] - state.used[number, total]
    own = reserve = whole
    if quota.bind:
        own = rules.allowed[number, region, today] - state.used[number, region]
        reserve = rules.allowed[number, total - 1, today] - state.used[number, total - 1]
    room = min(whole, max(0, own) + max(0, reserve)) if quota.bind else whole
    if (quota.exact and places > room) or room <= 0:
        return False
    from_own = places
    if quota.bind:
        if quota.exact or reserve > 0:
            from_own = min(places, max(0, own))
        charge(rules, state, number, total - 1, places - from_own, places - from_own, today)
    if quota.regions > 0:
        charge(rules, state, number, region, from_own, places, today)
    charge(rules, state, number, total, places, places, today)
    return True


@lean
def charge(rules, state, quota, part, places, admitted, today):
    """Takes places from one part of a quota. What a family takes beyond them is owed; what a cut took away is not."""
    allowed = rules.allowed[quota, part, today]
    over = max(0, state.used[quota, part] - allowed)
    state.used[quota, part] += places
    excess = max(0, state.used[quota, part] - allowed) - over
    state.owed[quota, part] = min(state.owed[quota, part], over) + excess
    state.admitted[quota, part, rules.fiscal[today]] += admitted


@lean
def next_class(rules, state, quota, today, rank):
    """The next priority class after `rank` of which somebody waits at an open gate of the quota, or NO_CLASS."""
    best = NO_CLASS
    for gate in range(quota.first_gate, quota.first_gate + quota.gates):
        queue = rules.queue[rules.stage[rules.gate[gate]].queue]
        for lane in range(queue.lanes):
            other = rules.lane_class[queue.first_kind + lane, today]
            if state.lane_count[queue.first_lane + lane] > 0 and rank < other < best:
                best = other
    return best


@lean
def next_slot(rules, state, quota, today, rank, cursor):
    """The next date of place after `cursor` at which somebody of a class waits at a gate of the quota."""
    width = state.bucket.size // state.lane_low.size
    best = NONE
    for gate in range(quota.first_gate, quota.first_gate + quota.gates):
        queue = rules.queue[rules.stage[rules.gate[gate]].queue]
        for lane in range(queue.lanes):
            at = queue.first_lane + lane
            if rules.lane_class[queue.first_kind + lane, today] != rank or state.lane_count[at] == 0:
                continue
            slot = max(oldest(state, width, at), cursor + 1)
            while slot <= state.lane_high[at] and state.bucket[at * width + slot] == NONE:
                slot += 1
            if slot <= state.lane_high[at] and (best == NONE or slot < best):
                best = slot
    return best
