"""One day, compiled: the six moments of a day as loops over the cases that move in them.

Each moment gathers its movers in one flat buffer; `place` then lets them move. Whoever is gathered has left the old
stage's lists. The order of the buffer never matters. The engine calls these functions in the order of the day and
makes room when one of them stops early.
"""

from __future__ import annotations

import numpy as np

from sim.casekey import FAMILY_BITS
from sim.chance import draw, tie_hash
from sim.compiled import lean
from sim.layout import BRANCH, DESK, GATE, HISTORIES, MOVERS, NONE, OUTCOME
from sim.lookup import persons_of, pick, row, slot_of
from sim.moves import count_milestones, enter, move, open_case
from sim.moves_apart import count_apart, relatives_of
from sim.queues import newest, oldest, quit, strike

MILLI = 1000


@lean
def place(rules, state, seed, today, first, share, opening):
    """Lets each mover move; returns how many are done, fewer than there are when room runs out."""
    end = move(rules, state, seed, today, first, share, opening)
    enter(rules, state, seed, today, first, end, opening)
    return end


@lean
def arrive(state, keys, counts, entries, today):
    """The day's new cases of every source: keys count on from the source's first key of the day."""
    for source in range(entries.size):
        for ordinal in range(counts[source]):
            key = keys[source] + (ordinal << FAMILY_BITS)
            open_case(
                state.cases, state.free, state.tally, state.mover, state.mover_edge, key, 0, today, today,
                entries[source],
            )  # fmt: skip


@lean
def settle(state, keys, filed, entered, edge):
    """The cases of one opening stock, as movers."""
    for number in range(keys.size):
        case = open_case(
            state.cases, state.free, state.tally, state.mover, state.mover_edge, keys[number], 0, filed[number],
            filed[number], edge,
        )  # fmt: skip
        state.cases[case].entered = entered[number]


@lean
def release(state, today):
    """Gathers those whose step or checks end today."""
    case = state.release[today]
    while case != NONE:
        state.mover[state.tally[MOVERS]] = case
        state.mover_edge[state.tally[MOVERS]] = NONE
        state.tally[MOVERS] += 1
        state.cases[case].due = NONE
        case = state.cases[case].calendar_next
    state.release[today] = NONE


@lean
def depart(rules, state, today):
    """Gathers those whose patience, deadline or validity ends today."""
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    case = state.departure[today]
    while case != NONE:
        state.mover[state.tally[MOVERS]] = case
        state.mover_edge[state.tally[MOVERS]] = state.cases[case].edge
        state.tally[MOVERS] += 1
        state.cases[case].due = NONE
        kind = rules.stage[state.cases[case].stage].kind
        if kind == DESK or kind == GATE:
            quit(state.bucket, state.lane_count, width, back, state.cases, case)
        case = state.cases[case].calendar_next
    state.departure[today] = NONE


@lean
def serve(rules, state, seed, today):
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
                        row(rules.fields, state.now, rules.claim[end].share, 0) + rules.claim[end].column
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
                left += work(rules, state, seed, today, claim, grant)
            if total == 0:
                left = budget
            for claim in range(first, end):
                if left > 0 and (end - first > 1 or total == 0):
                    left = work(rules, state, seed, today, claim, left)
            first = end
        state.minutes[number] += offered - left


@lean
def work(rules, state, seed, today, claim, grant):
    """One desk of one office works off its credit and `grant`; returns what it could not use."""
    queue = rules.queue[rules.claim[claim].queue]
    stage = rules.stage[queue.stage]
    oldest_first = np.int64(MILLI)
    if stage.oldest != NONE:
        oldest_first = rules.cells[row(rules.fields, state.now, stage.oldest, 0)]
    to_oldest = grant * oldest_first // MILLI
    state.credit[claim, 0] += to_oldest
    state.credit[claim, 1] += grant - to_oldest
    for track in range(2):
        if state.credit[claim, track] > 0:
            state.credit[claim, track] = attend(rules, state, seed, today, claim, track)
    unused = 0
    for track in range(2):
        if state.credit[claim, track] > 0:
            unused += state.credit[claim, track]
            state.credit[claim, track] = 0
    return unused


@lean
def attend(rules, state, seed, today, claim, track):
    """Serves a desk's cases in their order while its credit is above zero; returns the credit left."""
    cases, cells = state.cases, rules.cells
    queue = rules.queue[rules.claim[claim].queue]
    stage = rules.stage[queue.stage]
    credit = state.credit[claim, track]
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    while credit > 0:
        best_class, best_slot = 127, NONE
        for lane in range(queue.lanes):
            rank = rules.lane_class[queue.first_kind + lane, today]
            at = queue.first_lane + lane
            if rank == NONE or state.lane_count[at] == 0 or rank > best_class:
                continue
            if track == 0:
                slot = oldest(state.bucket, state.lane_low, width, at)
                better = slot < best_slot
            else:
                slot = newest(state.bucket, state.lane_high, width, at)
                better = slot > best_slot
            if rank < best_class or better:
                best_class, best_slot = rank, slot
        if best_class == 127:
            break
        count = gather(
            cases, state.bucket, state.lane_count, rules.lane_class, state.hashes, state.found, 0, queue, best_class,
            best_slot, today, width,
        )  # fmt: skip
        sort(state.hashes, state.found, count)
        for position in range(count):
            if credit <= 0:
                break
            case = state.found[position]
            attributes = cases[case].attributes
            visit = state.visits[case, stage.visit] if stage.visit != NONE else 0
            column = 0
            if stage.split != NONE:
                word = draw(seed, stage.split_stream, cases[case].key, visit)
                column = pick(cells, row(rules.fields, state.now, stage.split, attributes), stage.edges, word)
            credit -= cells[row(rules.fields, state.now, stage.minutes, attributes) + column]
            strike(state.departure, cases, case)
            quit(state.bucket, state.lane_count, width, back, cases, case)
            state.mover[state.tally[MOVERS]] = case
            state.mover_edge[state.tally[MOVERS]] = stage.first_edge + column
            state.tally[MOVERS] += 1
    return credit


@lean
def gather(cases, bucket, waiting, lane_class, hashes, found, count, queue, rank, slot, today, width):
    """Adds a queue's cases of one place date to `found`, those of one priority class or, with NONE, of any open one."""
    for lane in range(queue.lanes):
        at = queue.first_lane + lane
        held_or_rank = lane_class[queue.first_kind + lane, today]
        if held_or_rank == NONE or waiting[at] == 0 or (rank != NONE and held_or_rank != rank):
            continue
        case = bucket[at * width + slot]
        while case != NONE:
            found[count] = case
            hashes[count] = tie_hash(cases[case].key)
            count += 1
            case = cases[case].next
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
                count = gather(
                    cases, state.bucket, state.lane_count, rules.lane_class, state.hashes, state.found, count,
                    rules.queue[rules.stage[rules.gate[gate]].queue], NONE, slot, today, width,
                )  # fmt: skip
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
                strike(state.departure, cases, case)
                quit(state.bucket, state.lane_count, width, back, cases, case)
                state.mover[state.tally[MOVERS]] = case
                state.mover_edge[state.tally[MOVERS]] = rules.stage[cases[case].stage].first_edge
                state.tally[MOVERS] += 1
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


@lean
def record(rules, state, stock, case_days, month_flow):
    """Books the day's moves: stock at the end of the day, case-days, the month's flow."""
    for edge in range(state.flow.shape[0]):
        if state.flow[edge, 0, 0] == 0:
            continue
        origin = rules.edge[edge].origin
        target = rules.edge[edge].target
        entry = rules.edge[edge].enters
        for slot in range(state.flow.shape[1]):
            for unit in range(2):
                moved = state.flow[edge, slot, unit]
                if moved == 0:
                    continue
                month_flow[edge, slot, unit] += moved
                stock[target, slot, unit] += moved
                if origin != NONE and not entry:
                    stock[origin, slot, unit] -= moved
                state.flow[edge, slot, unit] = 0
    for stage in range(stock.shape[0]):
        kind = rules.stage[stage].kind
        if kind == BRANCH or kind == OUTCOME:
            continue
        for slot in range(stock.shape[1]):
            case_days[stage, slot] += stock[stage, slot, 0]


@lean
def close(rules, state, seed, last, waiting, share):
    """Counts who still waits on the last day, by cohort; their histories are kept with no day of leaving."""
    for case in range(state.cases.size):
        stage = state.cases[case].stage
        if stage == NONE:
            continue
        pathway = rules.stage[stage].pathway
        group = rules.report[pathway]
        attributes = state.cases[case].attributes
        entered, opened = state.cases[case].entered, state.cases[case].opened
        for position in range(group.count + 1):
            slot = slot_of(rules.grouping, group.first, position, attributes)
            if opened > 0:
                waiting[pathway, rules.fiscal[opened], slot, rules.bins[last - opened]] += 1
            if rules.stage[stage].wait != NONE and entered > 0:
                waiting[rules.stage[stage].wait, rules.fiscal[entered], slot, rules.bins[last - entered]] += 1
        count_milestones(
            rules,
            state.milestones,
            state.served,
            seed,
            state.cases[case].key,
            attributes,
            state.cases[case].filed,
            state.cases[case].clock,
            opened,
            pathway,
            last,
        )
        if rules.stage[stage].apart:
            count_apart(rules, state.apart, stage, opened, attributes, 0, 0, last + 1 - max(entered, 1))
        heads = relatives_of(rules.relatives, rules.counted, pathway, attributes)
        if heads > 0:
            filed = state.cases[case].filed
            count_apart(rules, state.apart, stage, filed, attributes, heads, heads * (last + 1 - filed), 0)
        if tie_hash(state.cases[case].key >> FAMILY_BITS << FAMILY_BITS) < share:
            line = state.tally[HISTORIES]
            state.history[line].key = state.cases[case].key
            state.history[line].attributes = attributes
            state.history[line].stage = stage
            state.history[line].entered = entered
            state.history[line].left = NONE
            state.history[line].edge = NONE
            state.tally[HISTORIES] += 1


@lean
def traced(state, share):
    """How many open cases leave a history."""
    count = 0
    for case in range(state.cases.size):
        if (
            state.cases[case].stage != NONE
            and tie_hash(state.cases[case].key >> FAMILY_BITS << FAMILY_BITS) < share
        ):
            count += 1
    return count
