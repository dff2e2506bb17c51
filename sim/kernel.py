"""One day, compiled: the six moments of a day as loops over the cases that move in them.

Each moment gathers its movers in one flat buffer and then places them; whoever is gathered has left the old stage's
lists. The order of the buffer never matters: nothing a case does reads another case. The engine calls these functions
in the order of the day and makes room when one of them stops early.
"""

from __future__ import annotations

import numpy as np

from sim.chance import draw, tie_hash
from sim.compiled import compiled
from sim.durations import beyond, look_up, threshold, whole_days
from sim.layout import (
    BRANCH,
    CHECKS,
    DEADLINE,
    DESK,
    FREE,
    FROM_CLOCK,
    FROM_FILED,
    GATE,
    HAZARD,
    HISTORIES,
    KEY_OVERFLOW,
    LAPSE,
    MARK_CLOCK,
    MARK_FILED,
    MOVERS,
    NEVER,
    NONE,
    OPENED,
    OUTCOME,
    PROBLEM,
    ROOM,
    STEP,
    TRANSITIONS,
    VISITS_OVERFLOW,
)
from sim.queues import join, newest, note, oldest, quit, strike

MILLI = 1000
ONE = 2**32


# -- reading the tables ------------------------------------------------------------------------------------------


@compiled
def row(fields, now, table, attributes):
    """Where the row in force today for these attributes begins in the cells."""
    at = now[table]
    for field in range(1, fields[table, 0, 0] + 1):
        at += ((attributes >> fields[table, field, 0]) & fields[table, field, 1]) * fields[table, field, 2]
    return at


@compiled
def pick(cells, at, columns, word):
    """The column that a random word falls into, from cumulative shares."""
    for column in range(columns - 1):
        if word < cells[at + column]:
            return column
    return columns - 1


@compiled
def from_date(since, entered, filed, clock):
    if since == FROM_FILED:
        return filed
    if since == FROM_CLOCK:
        return clock
    return entered


@compiled
def hazard_day(sums, before, of, reached, since, today, last):
    """First day after today on which the hazard accumulated from `since` reaches a threshold; NEVER in this run."""
    goal = reached + (sums[of, since] if since >= 0 else before[of] * since)
    if sums[of, last] < goal:
        return NEVER
    low, high = today + 1, last
    while low < high:
        middle = (low + high) >> 1
        if sums[of, middle] >= goal:
            high = middle
        else:
            low = middle + 1
    return low


# -- placing -----------------------------------------------------------------------------------------------------


@compiled
def place(rules, state, seed, today, first, share, opening):
    """Takes each mover along its transition, through branches, until a stage holds it or it ends.

    `share`: cases whose hash is below it leave a history. `opening`: the movers are the opening stock, whose dates
    lie before the start. Returns how many movers are done; fewer than there are when room runs out.
    """
    cases, stages, edges, cells, fields, now = (
        state.cases, rules.stage, rules.edge, rules.cells, rules.fields, state.now,
    )  # fmt: skip
    last = rules.month.size - 1
    year = rules.fiscal[today]
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    mover = first
    while mover < state.count[MOVERS]:
        if state.count[FREE] < ROOM or state.count[HISTORIES] + ROOM > state.history.size:
            return mover
        if state.count[MOVERS] + ROOM > state.mover.size:
            return mover
        case = state.mover[mover]
        edge = state.mover_edge[mover]
        mover += 1
        key = cases[case].key
        attributes = cases[case].attributes
        origin = cases[case].stage
        entered = cases[case].entered
        traced = tie_hash(key >> 21 << 21) < share

        if edge == NONE:  # a step or checks has run out
            stage = origin
            edge = stages[stage].first_edge
            if stages[stage].kind == CHECKS:
                for item in range(stages[stage].items):
                    if state.expiry[case, item] <= today:
                        edge = stages[stage].first_edge + 1
            elif stages[stage].split != NONE:
                visit = state.visits[case, stages[stage].visit] if stages[stage].visit != NONE else 0
                word = draw(seed, stages[stage].split_stream, key, visit)
                edge += pick(cells, row(fields, now, stages[stage].split, attributes), stages[stage].edges, word)

        if origin != NONE:
            wait = stages[origin].wait
            days = rules.bins[today - entered]
            if wait != NONE:
                group = rules.report[stages[origin].pathway]
                for position in range(group.count + 1):
                    slot = 0
                    if position > 0:
                        by = rules.grouping[group.first + position - 1]
                        slot = by.slot + ((attributes >> by.shift) & by.mask)
                    if edges[edge].served:
                        state.served[wait, year, slot, days] += 1
                        if entered > 0:
                            state.reached[wait, rules.fiscal[entered], slot, days] += 1
                    elif entered > 0:
                        state.unserved[wait, rules.fiscal[entered], slot, days] += 1
            if traced:
                line = state.count[HISTORIES]
                state.history[line].key = key
                state.history[line].attributes = attributes
                state.history[line].stage = origin
                state.history[line].entered = entered
                state.history[line].left = today
                state.history[line].edge = edge
                state.count[HISTORIES] += 1

        filed, clock, opened = cases[case].filed, cases[case].clock, cases[case].opened
        while True:
            # the move itself: attributes, dates, the count
            attributes = (attributes & edges[edge].keep) | edges[edge].value
            came_from = edges[edge].origin
            turn = 0
            if came_from != NONE and stages[came_from].visit != NONE:
                turn = np.int64(state.visits[case, stages[came_from].visit])
            for position in range(edges[edge].draws):
                trait = rules.draw[edges[edge].first_draw + position]
                word = draw(seed, trait.stream, key, turn)
                level = pick(cells, row(fields, now, trait.table, attributes), trait.columns, word)
                attributes = (attributes & ~(trait.mask << trait.shift)) | (level << trait.shift)
            if edges[edge].marks & MARK_FILED:
                filed = today
            if edges[edge].marks & MARK_CLOCK:
                clock = today
            if edges[edge].enters and not opening:
                opened = today
            stage = edges[edge].target
            pathway = edges[edge].pathway
            group = rules.report[pathway]
            persons = rules.persons[2] + ((attributes >> rules.persons[0]) & rules.persons[1])
            for position in range(group.count + 1):
                slot = 0
                if position > 0:
                    by = rules.grouping[group.first + position - 1]
                    slot = by.slot + ((attributes >> by.shift) & by.mask)
                state.flow[edge, slot, 0] += 1
                state.flow[edge, slot, 1] += persons
                if stages[stage].kind == OUTCOME:
                    state.ended[stage, 1 + rules.fiscal[opened] if opened > 0 else 0, slot] += 1
                    length = rules.bins[today - opened]
                    state.served[pathway, year, slot, length] += 1
                    if opened > 0:
                        state.reached[pathway, rules.fiscal[opened], slot, length] += 1
            state.count[TRANSITIONS] += 1
            visit = 0
            if stages[stage].visit != NONE:
                visit = np.int64(state.visits[case, stages[stage].visit]) + 1
                if visit > 255:
                    state.count[PROBLEM] = VISITS_OVERFLOW
                    visit = 255
                state.visits[case, stages[stage].visit] = visit
            if stages[stage].kind == BRANCH:
                edge = stages[stage].first_edge
                if stages[stage].split != NONE:
                    word = draw(seed, stages[stage].split_stream, key, visit)
                    edge += pick(cells, row(fields, now, stages[stage].split, attributes), stages[stage].edges, word)
            elif stages[stage].kind == OUTCOME:
                count_milestones(rules, state, seed, key, attributes, filed, clock, opened, pathway, today)
                for position in range(stages[stage].children):
                    child = rules.child[stages[stage].first_child + position]
                    births = child.first + ((attributes >> child.shift) & child.mask)
                    for index in range(births):
                        bear(state, key, attributes, filed, today, child.number, index, child.edge)
                edge = stages[stage].continues
                if edge == NONE:
                    break
            else:
                break

        cases[case].attributes = attributes
        cases[case].filed = filed
        cases[case].clock = clock
        cases[case].opened = opened
        cases[case].stage = stage
        kind = stages[stage].kind
        if kind == OUTCOME:
            cases[case].stage = NONE
            state.free[state.count[FREE]] = case
            state.count[FREE] += 1
            continue

        # entering a stage that holds the case
        begun = today
        if opening:
            begun = cases[case].entered
        else:
            cases[case].entered = today
        due = NEVER
        leaving = NONE
        if kind == STEP:
            since = from_date(stages[stage].since, begun, filed, clock)
            table = cells[row(fields, now, stages[stage].days, attributes)]
            word = draw(seed, stages[stage].days_stream, key, visit)
            if opening:
                word = beyond(rules.quantiles, table, (today - since) << 8, word)
            due = max(today + 1, since + whole_days(look_up(rules.quantiles, table, word)))
        elif kind == CHECKS:
            ready = today
            start = today
            if stages[stage].hold != NONE:
                start = rules.opening_day[cells[row(fields, now, stages[stage].hold, attributes)], today]
            for item in range(stages[stage].items):
                if start < NEVER and (edge_is_fresh(edges, edge, stages, stage) or state.expiry[case, item] <= start):
                    check = rules.item[stages[stage].first_item + item]
                    table = cells[row(fields, now, check.days, attributes)]
                    done = start + 1
                    expires = NEVER
                    for person in range(persons):
                        word = draw(seed, check.days_stream, key, visit * 16 + person)
                        ended = start + whole_days(look_up(rules.quantiles, table, word))
                        done = max(done, ended)
                        if check.valid != NONE:
                            lasts = cells[row(fields, now, check.valid, attributes)]
                            word = draw(seed, check.valid_stream, key, visit * 16 + person)
                            expires = min(expires, ended + whole_days(look_up(rules.quantiles, lasts, word)))
                    ready = max(ready, done)
                    state.expiry[case, item] = expires
            due = max(ready, today + 1) if start < NEVER else NEVER
        if kind == STEP and stages[stage].hold != NONE and due <= last:
            due = rules.opening_day[cells[row(fields, now, stages[stage].hold, attributes)], due]
        for position in range(stages[stage].ways):
            way = rules.way[stages[stage].first_way + position]
            if way.kind == HAZARD:
                since = from_date(way.since, today, filed, clock)
                if opening:
                    since = today
                of = cells[row(fields, now, way.table, attributes)]
                reached = threshold(rules.thresholds, draw(seed, way.stream, key, visit))
                day = hazard_day(rules.hazard, rules.hazard_before, of, reached, since, today, last)
            elif way.kind == DEADLINE:
                since = from_date(way.since, begun, filed, clock)
                table = cells[row(fields, now, way.table, attributes)]
                word = draw(seed, way.stream, key, visit)
                day = max(today + 1, since + whole_days(look_up(rules.quantiles, table, word)))
            else:
                day = NEVER
                if opening:  # checks done on the day the case came to the gate
                    back_to = stages[edges[way.edge].target]
                    for item in range(back_to.items):
                        check = rules.item[back_to.first_item + item]
                        if check.valid != NONE:
                            lasts = cells[row(fields, now, check.valid, attributes)]
                            word = draw(seed, check.valid_stream, key, visit * 16)
                            lasts_days = whole_days(look_up(rules.quantiles, lasts, word))
                            state.expiry[case, item] = max(begun + lasts_days, today + 1)
                for item in range(state.expiry.shape[1]):
                    if state.expiry[case, item] > 0:
                        day = min(day, max(today + 1, state.expiry[case, item]))
            if day < due:
                due = day
                leaving = way.edge
        cases[case].edge = leaving
        cases[case].due = NONE
        if kind == DESK or kind == GATE:
            level = (attributes >> stages[stage].per_shift) & stages[stage].per_mask
            queue = rules.queue[stages[stage].queue + level]
            cases[case].place = begun
            if stages[stage].by_filed:
                cases[case].place = filed
            lane = queue.first_lane + cells[row(fields, now, stages[stage].lane, attributes)]
            join(state.bucket, state.lane_low, state.lane_high, state.lane_count, width, back, cases, case, lane)
        if due <= last:
            if leaving == NONE:
                note(state.release, cases, case, due)
            else:
                note(state.departure, cases, case, due)
    return mover


@compiled
def edge_is_fresh(edges, edge, stages, stage):
    """Whether a case comes to its checks for the first time, not from a gate or from the checks themselves."""
    origin = edges[edge].origin
    if origin == NONE:
        return True
    return origin != stage and stages[origin].kind != GATE


@compiled
def bear(state, parent, attributes, filed, today, number, index, edge):
    """A child case, appended to the movers; its key is the parent's with one generation more."""
    position = NONE
    for generation in range(3):
        if parent & ((1 << (7 * (3 - generation))) - 1) == 0:
            position = 7 * (2 - generation)
            break
    if position == NONE or index > 15:
        state.count[PROBLEM] = KEY_OVERFLOW
        return
    state.count[FREE] -= 1
    case = state.free[state.count[FREE]]
    child = state.cases[case]
    child.key = parent | ((number << 4 | index) << position)
    child.attributes = attributes
    child.filed = filed
    child.clock = today
    child.opened = today
    child.entered = today
    child.stage = NONE
    child.due = NONE
    state.visits[case, :] = 0
    state.expiry[case, :] = 0
    state.mover[state.count[MOVERS]] = case
    state.mover_edge[state.count[MOVERS]] = edge
    state.count[MOVERS] += 1
    state.count[OPENED] += 1


@compiled
def count_milestones(rules, state, seed, key, attributes, filed, clock, opened, pathway, today):
    """Counts the dated facts that came while the case was open in this pathway."""
    for number in range(rules.milestone.size):
        fact = rules.milestone[number]
        if fact.pathway != pathway or attributes & fact.mask != fact.value:
            continue
        table = rules.cells[row(rules.fields, state.now, fact.days, attributes)]
        word = draw(seed, fact.stream, key, 0)
        day = from_date(fact.since, opened, filed, clock) + whole_days(look_up(rules.quantiles, table, word))
        if day <= max(opened, 0) or day > today:
            continue
        persons = rules.persons[2] + ((attributes >> rules.persons[0]) & rules.persons[1])
        group = rules.report[pathway]
        for position in range(group.count + 1):
            slot = 0
            if position > 0:
                by = rules.grouping[group.first + position - 1]
                slot = by.slot + ((attributes >> by.shift) & by.mask)
            state.milestones[number, rules.month[day], slot, 0] += 1
            state.milestones[number, rules.month[day], slot, 1] += persons


# -- the moments -------------------------------------------------------------------------------------------------


@compiled
def arrive(state, base, count, edge, filed):
    """`count` new cases with keys from `base` on, as movers."""
    for ordinal in range(count):
        state.count[FREE] -= 1
        case = state.free[state.count[FREE]]
        new = state.cases[case]
        new.key = base + (ordinal << 21)
        new.attributes = 0
        new.filed = filed
        new.clock = filed
        new.opened = filed
        new.entered = filed
        new.stage = NONE
        new.due = NONE
        state.visits[case, :] = 0
        state.expiry[case, :] = 0
        state.mover[state.count[MOVERS]] = case
        state.mover_edge[state.count[MOVERS]] = edge
        state.count[MOVERS] += 1
        state.count[OPENED] += 1


@compiled
def settle(state, keys, filed, entered, edge):
    """The cases of one opening stock, as movers."""
    for number in range(keys.size):
        state.count[FREE] -= 1
        case = state.free[state.count[FREE]]
        new = state.cases[case]
        new.key = keys[number]
        new.attributes = 0
        new.filed = filed[number]
        new.clock = filed[number]
        new.opened = filed[number]
        new.entered = entered[number]
        new.stage = NONE
        new.due = NONE
        state.visits[case, :] = 0
        state.expiry[case, :] = 0
        state.mover[state.count[MOVERS]] = case
        state.mover_edge[state.count[MOVERS]] = edge
        state.count[MOVERS] += 1
        state.count[OPENED] += 1


@compiled
def release(state, today):
    """Gathers those whose step or checks end today."""
    case = state.release[today]
    while case != NONE:
        state.mover[state.count[MOVERS]] = case
        state.mover_edge[state.count[MOVERS]] = NONE
        state.count[MOVERS] += 1
        state.cases[case].due = NONE
        case = state.cases[case].calendar_next
    state.release[today] = NONE


@compiled
def depart(rules, state, today):
    """Gathers those whose patience, deadline or validity ends today."""
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    case = state.departure[today]
    while case != NONE:
        state.mover[state.count[MOVERS]] = case
        state.mover_edge[state.count[MOVERS]] = state.cases[case].edge
        state.count[MOVERS] += 1
        state.cases[case].due = NONE
        kind = rules.stage[state.cases[case].stage].kind
        if kind == DESK or kind == GATE:
            quit(state.bucket, state.lane_count, width, back, state.cases, case)
        case = state.cases[case].calendar_next
    state.departure[today] = NONE


@compiled
def serve(rules, state, seed, today):
    """Offices serve those who wait: ranks in order, desks of one rank by shares, what is left to the others."""
    room = np.empty(rules.claim.size, dtype=np.int64)
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
            while end < office.first_claim + office.claims and rules.claim[end].rank == rules.claim[first].rank:
                room[end] = MILLI * MILLI
                if rules.claim[end].share != NONE:
                    room[end] = rules.cells[row(rules.fields, state.now, rules.claim[end].share, 0) + rules.claim[end].column]
                total += room[end]
                end += 1
            budget = left
            left = 0
            granted = 0
            for claim in range(first, end):
                grant = budget // total * room[claim] + budget % total * room[claim] // total if total > 0 else 0
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


@compiled
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


@compiled
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
        batch = gather(rules, state, queue.first_kind, queue.first_lane, queue.lanes, best_class, best_slot, today, width)
        for case in batch:
            if credit <= 0:
                break
            attributes = cases[case].attributes
            visit = state.visits[case, stage.visit] if stage.visit != NONE else 0
            column = 0
            if stage.split != NONE:
                word = draw(seed, stage.split_stream, cases[case].key, visit)
                column = pick(cells, row(rules.fields, state.now, stage.split, attributes), stage.edges, word)
            credit -= cells[row(rules.fields, state.now, stage.minutes, attributes) + column]
            strike(state.departure, cases, case)
            quit(state.bucket, state.lane_count, width, back, cases, case)
            state.mover[state.count[MOVERS]] = case
            state.mover_edge[state.count[MOVERS]] = stage.first_edge + column
            state.count[MOVERS] += 1
    return credit


@compiled
def gather(rules, state, first_kind, first_lane, lanes, rank, slot, today, width):
    """Cases of one priority class and one date of place, in the order of their hashes."""
    count = 0
    for turn in range(2):
        if turn == 1:
            found = np.empty(count, dtype=np.int32)
            hashes = np.empty(count, dtype=np.int64)
        count = 0
        for lane in range(lanes):
            at = first_lane + lane
            if rules.lane_class[first_kind + lane, today] != rank or state.lane_count[at] == 0:
                continue
            case = state.bucket[at * width + slot]
            while case != NONE:
                if turn == 1:
                    found[count] = case
                    hashes[count] = tie_hash(state.cases[case].key)
                count += 1
                case = state.cases[case].next
    return found[np.argsort(hashes)]


@compiled
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
            for region in range(total + 1):
                state.used[number, region] = max(0, state.used[number, region] - rules.allowed[number, region, today - 1])
        blocked = np.zeros(quota.regions + 1, dtype=np.bool_)
        cursor = NONE
        while rules.allowed[number, total, today] > state.used[number, total]:
            slot = next_slot(rules, state, quota, today, cursor, width)
            if slot == NONE:
                break
            cursor = slot
            batch = gate_batch(rules, state, quota, slot, today, width)
            for case in batch:
                attributes = cases[case].attributes
                region = 0
                if quota.regions > 0:
                    region = (attributes >> quota.shift) & quota.mask
                if blocked[region]:
                    continue
                persons = rules.persons[2] + ((attributes >> rules.persons[0]) & rules.persons[1])
                whole = rules.allowed[number, total, today] - state.used[number, total]
                own = reserve = whole
                if quota.bind:
                    own = rules.allowed[number, region, today] - state.used[number, region]
                    reserve = rules.allowed[number, total - 1, today] - state.used[number, total - 1]
                room = min(whole, max(0, own) + max(0, reserve)) if quota.bind else whole
                if (quota.exact and persons * MILLI > room) or room <= 0:
                    blocked[region] = True
                    continue
                from_own = persons * MILLI
                if quota.bind:
                    from_own = min(from_own, max(0, own))
                    if not quota.exact and reserve <= 0:
                        from_own = persons * MILLI
                    state.used[number, total - 1] += persons * MILLI - from_own
                    state.admitted[number, total - 1, rules.fiscal[today]] += (persons * MILLI - from_own) // MILLI
                if quota.regions > 0:
                    state.used[number, region] += from_own
                    state.admitted[number, region, rules.fiscal[today]] += persons
                state.used[number, total] += persons * MILLI
                state.admitted[number, total, rules.fiscal[today]] += persons
                strike(state.departure, cases, case)
                quit(state.bucket, state.lane_count, width, back, cases, case)
                state.mover[state.count[MOVERS]] = case
                state.mover_edge[state.count[MOVERS]] = rules.stage[cases[case].stage].first_edge
                state.count[MOVERS] += 1
            if blocked.all():
                break


@compiled
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


@compiled
def gate_batch(rules, state, quota, slot, today, width):
    """Cases of all open gates of the quota with one date of place, in the order of class and hash."""
    count = 0
    for turn in range(2):
        if turn == 1:
            found = np.empty(count, dtype=np.int32)
            hashes = np.empty(count, dtype=np.float64)
        count = 0
        for gate in range(quota.first_gate, quota.first_gate + quota.gates):
            queue = rules.queue[rules.stage[rules.gate[gate]].queue]
            for lane in range(queue.lanes):
                at = queue.first_lane + lane
                rank = rules.lane_class[queue.first_kind + lane, today]
                if rank == NONE or state.lane_count[at] == 0:
                    continue
                case = state.bucket[at * width + slot]
                while case != NONE:
                    if turn == 1:
                        found[count] = case
                        hashes[count] = tie_hash(state.cases[case].key)
                    count += 1
                    case = state.cases[case].next
    return found[np.argsort(hashes)]


@compiled
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


@compiled
def spans(quantiles, table, words):
    """Whole days of a distribution for each random word."""
    days = np.empty(words.size, dtype=np.int64)
    for number in range(words.size):
        days[number] = whole_days(look_up(quantiles, table, words[number]))
    return days


@compiled
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
            slot = 0
            if position > 0:
                by = rules.grouping[group.first + position - 1]
                slot = by.slot + ((attributes >> by.shift) & by.mask)
            if opened > 0:
                waiting[pathway, rules.fiscal[opened], slot, rules.bins[last - opened]] += 1
            if rules.stage[stage].wait != NONE and entered > 0:
                waiting[rules.stage[stage].wait, rules.fiscal[entered], slot, rules.bins[last - entered]] += 1
        count_milestones(
            rules, state, seed, state.cases[case].key, attributes, state.cases[case].filed,
            state.cases[case].clock, opened, pathway, last,
        )
        if tie_hash(state.cases[case].key >> 21 << 21) < share:
            line = state.count[HISTORIES]
            state.history[line].key = state.cases[case].key
            state.history[line].attributes = attributes
            state.history[line].stage = stage
            state.history[line].entered = entered
            state.history[line].left = NONE
            state.history[line].edge = NONE
            state.count[HISTORIES] += 1


@compiled
def traced(state, share):
    """How many open cases leave a history."""
    count = 0
    for case in range(state.cases.size):
        if state.cases[case].stage != NONE and tie_hash(state.cases[case].key >> 21 << 21) < share:
            count += 1
    return count
