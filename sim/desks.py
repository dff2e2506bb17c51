"""How offices serve those who wait at their desks, compiled.

Whoever is served becomes a mover. A queue is served in order of priority class, date of place and tie hash.
"""

from __future__ import annotations

import numpy as np

from sim.chance import tie_hash
from sim.compiled import lean
from sim.handover import prefetch
from sim.layout import MOVERS, NO_CLASS, NONE
from sim.lookup import row, visit_of
from sim.moves import way_on
from sim.queues import newest, oldest, quit, strike

MILLI = 1000


@lean
def serve(rules, state, today):
    """Offices serve those who wait: ranks in order, desks of one rank by shares, what is left to the others."""
    room = state.room
    for number in range(rules.office.size):
        office = rules.office[number]
        if office.claims == 0:
            continue
        left = rules.capacity[number, today]
        if left == 0:
            continue
        offered = left
        first = office.first_claim
        while first < office.first_claim + office.claims:
            end = first
            total = 0
            while (
                end < office.first_claim + office.claims and rules.claim[end].rank == rules.claim[first].rank
            ):
                room[end] = MILLI * MILLI
                if rules.claim[end].share != NONE:
                    room[end] = rules.cells[
                        row(rules, state.now, rules.claim[end].share, 0) + rules.claim[end].column
                    ]
                total += room[end]
                end += 1
            budget = left
            left = 0
            granted = 0
            for claim in range(first, end):
                grant = (
                    budget // total * room[claim] + budget % total * room[claim] // total if total > 0 else 0
                )
                if claim == end - 1 and total > 0:
                    grant = budget - granted
                granted += grant
                left += work(rules, state, today, claim, grant)
            if total == 0:
                left = budget
            for claim in range(first, end):
                if left > 0 and (end - first > 1 or total == 0):
                    left = work(rules, state, today, claim, left)
            first = end
        state.minutes[number] += offered - left


@lean
def work(rules, state, today, claim, grant):
    """One desk of one office works off its credit and `grant`; returns what it could not use."""
    queue = rules.queue[rules.claim[claim].queue]
    stage = rules.stage[queue.stage]
    oldest_first = np.int64(MILLI)
    if stage.oldest != NONE:
        oldest_first = rules.cells[row(rules, state.now, stage.oldest, 0)]
    to_oldest = grant * oldest_first // MILLI
    state.credit[claim, 0] += to_oldest
    state.credit[claim, 1] += grant - to_oldest
    for track in range(2):
        if state.credit[claim, track] > 0:
            state.credit[claim, track] = attend(rules, state, today, claim, track)
    unused = 0
    for track in range(2):
        if state.credit[claim, track] > 0:
            unused += state.credit[claim, track]
            state.credit[claim, track] = 0
    return unused


@lean
def attend(rules, state, today, claim, track):
    """Serves a desk's cases in their order while its credit is above zero; returns the credit left."""
    cases = state.cases
    queue = rules.queue[rules.claim[claim].queue]
    stage = rules.stage[queue.stage]
    credit = state.credit[claim, track]
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    while credit > 0:
        best_class, best_slot = NO_CLASS, NONE
        for lane in range(queue.lanes):
            rank = rules.lane_class[queue.first_kind + lane, today]
            at = queue.first_lane + lane
            if rank == NONE or state.lane_count[at] == 0 or rank > best_class:
                continue
            if track == 0:
                slot = oldest(state, width, at)
                better = slot < best_slot
            else:
                slot = newest(state, width, at)
                better = slot > best_slot
            if rank < best_class or better:
                best_class, best_slot = rank, slot
        if best_class == NO_CLASS:
            break
        count = gather(rules, state, 0, queue, best_class, best_slot, today)
        sort(state.hashes, state.found, count)
        for position in range(count):
            if credit <= 0:
                break
            case = state.found[position]
            edge = way_on(rules, state, case, stage, visit_of(state, case, stage))
            minutes = row(rules, state.now, stage.minutes, cases[case].attributes)
            credit -= rules.cells[minutes + edge - stage.first_edge]
            call_up(state, width, back, case, edge)
    return credit


@lean
def gather(rules, state, count, queue, rank, slot, today):
    """Adds a queue's cases of one place date and one priority class to `found`."""
    cases = state.cases
    width = state.bucket.size // state.lane_low.size
    for lane in range(queue.lanes):
        at = queue.first_lane + lane
        if rules.lane_class[queue.first_kind + lane, today] != rank or state.lane_count[at] == 0:
            continue
        case = state.bucket[at * width + slot]
        while case != NONE:
            prefetch(state.visits, case)
            prefetch(state.calendar_next, case)
            state.found[count] = case
            state.hashes[count] = tie_hash(cases[case].key)
            count += 1
            case = state.next[case]
    return count


@lean
def sort(hashes, found, count):
    """Orders the cases found by their hashes (Shell's sort: most lists are short)."""
    gap = count // 2
    while gap > 0:
        for right in range(gap, count):
            key, case = hashes[right], found[right]
            left = right
            while left >= gap and hashes[left - gap] > key:
                hashes[left], found[left] = hashes[left - gap], found[left - gap]
                left -= gap
            hashes[left], found[left] = key, case
        gap = 1 if gap == 2 else gap * 5 // 11


@lean
def call_up(state, width, back, case, edge):
    """Takes a case that is served out of its queue, as a mover."""
    strike(state.departure, state.calendar_next, state.cases, case)
    quit(state, width, back, case)
    state.mover[state.tally[MOVERS]] = case
    state.mover_edge[state.tally[MOVERS]] = edge
    state.tally[MOVERS] += 1
