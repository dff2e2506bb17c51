"""How gates pass those who fit under their quota, compiled. All gates of one quota are one queue."""

from __future__ import annotations

from sim.compiled import lean
from sim.desks import call_up, gather, sort
from sim.layout import NONE
from sim.lookup import persons_of
from sim.queues import oldest

MILLI = 1000


@lean
def travel(rules, state, today):
    """Gates pass those who fit under their quota: one merged queue, by date of place, region by region."""
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    cases = state.cases
    for number in range(rules.quota.size):
        quota = rules.quota[number]
        if quota.gates == 0:
            continue
        total = quota.regions + 1
        if quota.regions == 0:
            total = 1
        if rules.year_begins[today]:
            for region in range(
                total + 1
            ):  # what a family took beyond the year's places is owed, if scaled down
                over = state.used[number, region] - rules.allowed[number, region, today - 1]
                state.used[number, region] = max(0, min(over, state.owed[number, region]))
        blocked = 0
        for region in range(quota.regions + 1):
            state.blocked[region] = False
        cursor = NONE
        while rules.allowed[number, total, today] > state.used[number, total]:
            slot = next_slot(rules, state, quota, today, cursor, width)
            if slot == NONE:
                break
            cursor = slot
            count = 0
            for gate in range(quota.first_gate, quota.first_gate + quota.gates):
                queue = rules.queue[rules.stage[rules.gate[gate]].queue]
                count = gather(rules, state, count, queue, NONE, slot, today)
            sort(state.hashes, state.found, count)
            for position in range(count):
                case = state.found[position]
                attributes = cases[case].attributes
                region = 0
                if quota.regions > 0:
                    region = (attributes >> quota.shift) & quota.mask
                if state.blocked[region]:
                    continue
                persons = persons_of(rules.persons, attributes)
                whole = rules.allowed[number, total, today] - state.used[number, total]
                own = reserve = whole
                if quota.bind:
                    own = rules.allowed[number, region, today] - state.used[number, region]
                    reserve = rules.allowed[number, total - 1, today] - state.used[number, total - 1]
                room = min(whole, max(0, own) + max(0, reserve)) if quota.bind else whole
                if (quota.exact and persons * MILLI > room) or room <= 0:
                    state.blocked[region] = True
                    blocked += 1
                    continue
                from_own = persons * MILLI
                if quota.bind:
                    if quota.exact or reserve > 0:
                        from_own = min(from_own, max(0, own))
                    rest = persons * MILLI - from_own
                    charge(rules, state, number, total - 1, rest, rest // MILLI, today)
                if quota.regions > 0:
                    charge(rules, state, number, region, from_own, persons, today)
                charge(rules, state, number, total, persons * MILLI, persons, today)
                call_up(state, case, rules.stage[cases[case].stage].first_edge, back)
            if blocked >= max(1, quota.regions):
                break


@lean
def charge(rules, state, quota, part, places, persons, today):
    """Takes places from one part of a quota. What a family takes beyond them is owed; what a cut took away is not."""
    allowed = rules.allowed[quota, part, today]
    over = max(0, state.used[quota, part] - allowed)
    state.used[quota, part] += places
    excess = max(0, state.used[quota, part] - allowed) - over
    state.owed[quota, part] = min(state.owed[quota, part], over) + excess
    state.admitted[quota, part, rules.fiscal[today]] += persons


@lean
def next_slot(rules, state, quota, today, cursor, width):
    """The next date of place after `cursor` at which somebody waits at an open gate of the quota."""
    best = NONE
    for gate in range(quota.first_gate, quota.first_gate + quota.gates):
        queue = rules.queue[rules.stage[rules.gate[gate]].queue]
        for lane in range(queue.lanes):
            at = queue.first_lane + lane
            if rules.lane_class[queue.first_kind + lane, today] == NONE or state.lane_count[at] == 0:
                continue
            slot = max(oldest(state.bucket, state.lane_low, width, at), cursor + 1)
            while slot <= state.lane_high[at] and state.bucket[at * width + slot] == NONE:
                slot += 1
            if slot <= state.lane_high[at] and (best == NONE or slot < best):
                best = slot
    return best
