"""What a case does when it moves, compiled: it leaves a stage, takes transitions through branches, enters a stage.

`move` walks each mover to a stage that holds it or to an outcome; `enter` then finds how long it stays and puts it
into the lists. Nothing that a case does reads another case, so the order of the movers never matters.
"""

from __future__ import annotations

from sim.casekey import CHILD_BITS, FAMILY_BITS, GENERATIONS, INDEX_BITS
from sim.chance import draw, tie_hash
from sim.compiled import lean
from sim.durations import beyond, look_up, threshold, whole_days
from sim.layout import (
    BRANCH,
    CHECKS,
    DEADLINE,
    DESK,
    FREE,
    GATE,
    HAZARD,
    HISTORIES,
    KEY_OVERFLOW,
    LAPSE,
    MARK_CLOCK,
    MARK_FILED,
    MOST_VISITS,
    MOVERS,
    NEVER,
    NONE,
    OPENED,
    OUTCOME,
    PERSONS_BITS,
    PROBLEM,
    ROOM,
    STEP,
    TRANSITIONS,
    VISITS_OVERFLOW,
)
from sim.lookup import from_date, hazard_day, persons_of, pick, row, slot_of
from sim.moves_apart import count_apart, relatives_of
from sim.queues import join, note


@lean
def open_case(cases, free, count, mover, mover_edge, key, attributes, filed, today, edge):
    """A new case in a free place, as a mover on its way in."""
    count[FREE] -= 1
    case = free[count[FREE]]
    new = cases[case]
    new.key = key
    new.attributes = attributes
    new.filed = filed
    new.clock = today
    new.opened = today
    new.entered = today
    new.stage = NONE
    new.due = NONE
    mover[count[MOVERS]] = case
    mover_edge[count[MOVERS]] = edge
    count[MOVERS] += 1
    count[OPENED] += 1
    return case


@lean
def child_key(parent, number, index):
    """The parent's key with one generation more; NONE when it has no room for it."""
    for generation in range(GENERATIONS - 1, -1, -1):
        if parent & ((1 << (CHILD_BITS * (generation + 1))) - 1) == 0 and index < 1 << INDEX_BITS:
            return parent | ((number << INDEX_BITS | index) << (CHILD_BITS * generation))
    return NONE


@lean
def comes_back(stages, ways, edge, origin, checks):
    """Whether a case returns to its checks for what has lapsed, from the gate or as the others ended."""
    if origin == NONE:
        return False
    if origin == checks:
        return edge == stages[checks].first_edge + 1
    for position in range(stages[origin].ways):
        way = ways[stages[origin].first_way + position]
        if way.kind == LAPSE and way.edge == edge:
            return True
    return False


@lean
def completion(stages, cells, fields, now, expiry, visits, case, stage, key, attributes, seed, today):
    """The transition of a step or of checks whose time is up: by the split, or again when a check has lapsed."""
    if stages[stage].kind == CHECKS:
        for item in range(stages[stage].items):
            if expiry[case, stages[stage].first_expiry + item] <= today:
                return stages[stage].first_edge + 1
        return stages[stage].first_edge
    if stages[stage].split == NONE:
        return stages[stage].first_edge
    visit = visits[case, stages[stage].visit] if stages[stage].visit != NONE else 0
    word = draw(seed, stages[stage].split_stream, key, visit)
    return stages[stage].first_edge + pick(
        cells, row(fields, now, stages[stage].split, attributes), stages[stage].edges, word
    )


@lean
def count_wait(
    report, grouping, bins, fiscal, left, reached, unserved, wait, pathway, attributes, entered, today, served
):
    """Books how long a wait was: by year of leaving if served, and by year of entry if that lies in the run."""
    group = report[pathway]
    days = bins[today - entered]
    for position in range(group.count + 1):
        slot = slot_of(grouping, group.first, position, attributes)
        if served:
            left[wait, fiscal[today], slot, days] += 1
            if entered > 0:
                reached[wait, fiscal[entered], slot, days] += 1
        elif entered > 0:
            unserved[wait, fiscal[entered], slot, days] += 1


@lean
def count_milestones(rules, counts, took, seed, key, attributes, filed, clock, opened, pathway, today):
    """Counts the dated facts that came while the case was open in this pathway."""
    for number in range(rules.milestone.size):
        fact = rules.milestone[number]
        if fact.pathway != pathway or attributes & fact.mask != fact.value:
            continue
        since = from_date(fact.since, opened, filed, clock)
        base = rules.milestone_row[number, max(since, 0)]
        table = rules.cells[base + row(rules.fields, rules.zero, fact.days, attributes)]
        day = since + whole_days(look_up(rules.quantiles, table, draw(seed, fact.stream, key, 0)))
        if day <= max(opened, 0) or day > today:
            continue
        group = rules.report[pathway]
        for position in range(group.count + 1):
            slot = slot_of(rules.grouping, group.first, position, attributes)
            took[fact.wait, rules.fiscal[day], slot, rules.bins[day - since]] += 1
            counts[number, rules.month[day], slot, 0] += 1
            counts[number, rules.month[day], slot, 1] += persons_of(rules.persons, attributes)


@lean
def move(rules, state, seed, today, first, share, opening):
    """Walks movers from `first` on to where they stay or end; returns how many are done.

    `share`: cases whose hash is below it leave a history. `opening`: the movers are the opening stock, whose dates lie
    before the start. It stops early when room for children or histories runs out.
    """
    cases, stages, edges, cells, fields, now = (
        state.cases, rules.stage, rules.edge, rules.cells, rules.fields, state.now,
    )  # fmt: skip
    mover = first
    while mover < state.tally[MOVERS]:
        if state.tally[FREE] < ROOM or state.tally[HISTORIES] + ROOM > state.history.size:
            return mover
        if state.tally[MOVERS] + ROOM > state.mover.size:
            return mover
        case, edge = state.mover[mover], state.mover_edge[mover]
        mover += 1
        key, attributes, stage = cases[case].key, cases[case].attributes, cases[case].stage
        filed, clock, opened, entered = (
            cases[case].filed,
            cases[case].clock,
            cases[case].opened,
            cases[case].entered,
        )
        if edge == NONE:
            edge = completion(
                stages,
                cells,
                fields,
                now,
                state.expiry,
                state.visits,
                case,
                stage,
                key,
                attributes,
                seed,
                today,
            )
        if stage == NONE:
            state.expiry[case, :] = 0  # of whoever had this record before
        else:
            if stages[stage].wait != NONE:
                count_wait(
                    rules.report, rules.grouping, rules.bins, rules.fiscal, state.served, state.reached, state.unserved,
                    stages[stage].wait, stages[stage].pathway, attributes, entered, today, edges[edge].served,
                )  # fmt: skip
            if stages[stage].apart:
                count_apart(rules, state.apart, stage, opened, attributes, 0, 0, today - max(entered, 1))
            if tie_hash(key >> FAMILY_BITS << FAMILY_BITS) < share:
                line = state.history[state.tally[HISTORIES]]
                line.key = key
                line.attributes = attributes
                line.stage = stage
                line.entered = entered
                line.left = today
                line.edge = edge
                state.tally[HISTORIES] += 1

        while True:
            origin, stage, pathway = edges[edge].origin, edges[edge].target, edges[edge].pathway
            attributes = (attributes & edges[edge].keep) | edges[edge].value
            if edges[edge].draws > 0:
                turn = 0
                if origin != NONE and stages[origin].visit != NONE:
                    turn = int(state.visits[case, stages[origin].visit])
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
                if stages[stage].apart:
                    count_apart(rules, state.apart, stage, today, attributes, 0, today - filed, 0)
            if stages[stage].reach != NONE:
                since = from_date(stages[stage].reach_since, opened, filed, clock)
                count_wait(
                    rules.report, rules.grouping, rules.bins, rules.fiscal, state.served, state.reached, state.unserved,
                    stages[stage].reach, pathway, attributes, since, today, 1,
                )  # fmt: skip
            group = rules.report[pathway]
            persons = persons_of(rules.persons, attributes)
            for position in range(group.count + 1):
                slot = slot_of(rules.grouping, group.first, position, attributes)
                state.flow[edge, slot, 0] += 1
                state.flow[edge, slot, 1] += persons
            state.tally[TRANSITIONS] += 1

            visit = 0
            if stages[stage].visit != NONE:
                if origin == NONE or stages[origin].loop != stages[stage].loop:
                    state.visits[case, :] = (
                        0  # a loop once left is never entered again: its counters can be shared
                    )
                visit = int(state.visits[case, stages[stage].visit]) + 1
                if visit > MOST_VISITS:
                    state.tally[PROBLEM] = VISITS_OVERFLOW
                    visit = MOST_VISITS
                state.visits[case, stages[stage].visit] = visit

            kind = stages[stage].kind
            if kind == BRANCH:
                edge = stages[stage].first_edge
                if stages[stage].split != NONE:
                    word = draw(seed, stages[stage].split_stream, key, visit)
                    edge += pick(
                        cells, row(fields, now, stages[stage].split, attributes), stages[stage].edges, word
                    )
            elif kind == OUTCOME:
                cohort = 1 + rules.fiscal[opened] if opened > 0 else 0
                for position in range(group.count + 1):
                    state.ended[
                        stage, cohort, slot_of(rules.grouping, group.first, position, attributes)
                    ] += 1
                count_wait(
                    rules.report, rules.grouping, rules.bins, rules.fiscal, state.served, state.reached, state.unserved,
                    pathway, pathway, attributes, opened, today, 1,
                )  # fmt: skip
                count_milestones(
                    rules,
                    state.milestones,
                    state.served,
                    seed,
                    key,
                    attributes,
                    filed,
                    clock,
                    opened,
                    pathway,
                    today,
                )
                heads = relatives_of(rules.relatives, rules.counted, pathway, attributes)
                if heads > 0 and stages[stage].continues == NONE:
                    days = heads * (today - filed)
                    count_apart(rules, state.apart, stage, today, attributes, heads, days, 0)
                for position in range(stages[stage].children):
                    child = rules.child[stages[stage].first_child + position]
                    for index in range(child.first + ((attributes >> child.shift) & child.mask)):
                        new = child_key(key, child.number, index)
                        if new == NONE:
                            state.tally[PROBLEM] = KEY_OVERFLOW
                        open_case(
                            cases, state.free, state.tally, state.mover, state.mover_edge,
                            new, attributes, filed, today, child.edge,
                        )  # fmt: skip
                edge = stages[stage].continues
                if edge == NONE:
                    stage = NONE
                    break
            else:
                if kind == CHECKS and not comes_back(stages, rules.way, edge, origin, stage):
                    for item in range(stages[stage].items):
                        state.expiry[case, stages[stage].first_expiry + item] = 0
                break

        cases[case].stage = stage
        if stage == NONE:
            state.free[state.tally[FREE]] = case
            state.tally[FREE] += 1
            state.mover[mover - 1] = NONE
        else:
            cases[case].attributes = attributes
            cases[case].filed, cases[case].clock, cases[case].opened = filed, clock, opened
            if not opening:
                cases[case].entered = today
    return mover


@lean
def days_in_step(rules, now, seed, stage, key, attributes, visit, since, today, opening):
    """The day on which a step ends: `days` after `since`, never before tomorrow."""
    table = rules.cells[row(rules.fields, now, stage.days, attributes)]
    word = draw(seed, stage.days_stream, key, visit)
    if opening:  # what is left, given how long it has lasted
        word = beyond(rules.quantiles, table, (today - since) << 8, word)
    return max(today + 1, since + whole_days(look_up(rules.quantiles, table, word)))


@lean
def begin_checks(rules, now, expiry, seed, case, stage, key, attributes, visit, begun, today, opening):
    """Starts the checks that are missing or have lapsed, for each person; returns the day on which all are done."""
    cells, fields, quantiles = rules.cells, rules.fields, rules.quantiles
    start = today
    if stage.hold != NONE:
        start = rules.opening_day[cells[row(fields, now, stage.hold, attributes)], today]
        if start >= NEVER:
            return start
    ready = today + 1
    for item in range(stage.items):
        if expiry[case, stage.first_expiry + item] > start:
            continue
        check = rules.item[stage.first_item + item]
        table = cells[row(fields, now, check.days, attributes)]
        done, expires = start + 1, NEVER
        for person in range(persons_of(rules.persons, attributes)):
            word = draw(seed, check.days_stream, key, visit << PERSONS_BITS | person)
            ended = start + whole_days(look_up(quantiles, table, word))
            if opening and start == today:  # under way since the case came
                word = beyond(quantiles, table, (today - begun) << 8, word)
                ended = begun + whole_days(look_up(quantiles, table, word))
            done = max(done, ended)
            if check.valid != NONE:
                lasts = cells[row(fields, now, check.valid, attributes)]
                word = draw(seed, check.valid_stream, key, visit << PERSONS_BITS | person)
                expires = min(expires, max(ended, start + 1) + whole_days(look_up(quantiles, lasts, word)))
        ready = max(ready, done)
        expiry[case, stage.first_expiry + item] = expires
    return ready


@lean
def lapse_day(rules, now, expiry, seed, case, gate, way, key, attributes, begun, today, opening):
    """The day on which the first of a case's checks lapses at its gate."""
    checks = rules.stage[rules.edge[way.edge].target]
    day = NEVER
    for item in range(checks.items):
        check = rules.item[checks.first_item + item]
        lapses = expiry[case, checks.first_expiry + item]
        if opening:  # done on the day the case came to the gate
            lapses = NEVER
            if check.valid != NONE:
                lasts = rules.cells[row(rules.fields, now, check.valid, attributes)]
                word = draw(seed, check.valid_stream, key, 0)
                lapses = max(today + 1, begun + whole_days(look_up(rules.quantiles, lasts, word)))
            expiry[case, checks.first_expiry + item] = lapses
        if lapses > 0:
            day = min(day, max(today + 1, lapses))
    return day


@lean
def enter(rules, state, seed, today, first, end, opening):
    """Puts movers `first` to `end` into the lists of their stage, with the day on which they leave by themselves."""
    cases = state.cases
    last = rules.month.size - 1
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    for mover in range(first, end):
        case = state.mover[mover]
        if case == NONE:
            continue
        at = cases[case].stage
        stage = rules.stage[at]
        key, attributes = cases[case].key, cases[case].attributes
        filed, clock, begun = cases[case].filed, cases[case].clock, cases[case].entered
        visit = int(state.visits[case, stage.visit]) if stage.visit != NONE else 0
        due, leaving = NEVER, NONE
        if stage.kind == STEP:
            since = from_date(stage.since, begun, filed, clock)
            due = days_in_step(rules, state.now, seed, stage, key, attributes, visit, since, today, opening)
            if stage.hold != NONE and due <= last:
                due = rules.opening_day[
                    rules.cells[row(rules.fields, state.now, stage.hold, attributes)], due
                ]
        elif stage.kind == CHECKS:
            due = begin_checks(
                rules,
                state.now,
                state.expiry,
                seed,
                case,
                stage,
                key,
                attributes,
                visit,
                begun,
                today,
                opening,
            )
        for position in range(stage.ways):
            way = rules.way[stage.first_way + position]
            if way.kind == HAZARD:
                since = today if opening else from_date(way.since, today, filed, clock)
                of = rules.cells[row(rules.fields, state.now, way.table, attributes)]
                reached = threshold(rules.thresholds, draw(seed, way.stream, key, visit))
                day = hazard_day(rules.hazard, rules.hazard_before, of, reached, since, today, last)
            elif way.kind == DEADLINE:
                since = from_date(way.since, begun, filed, clock)
                table = rules.cells[row(rules.fields, state.now, way.table, attributes)]
                word = draw(seed, way.stream, key, visit)
                if opening:
                    word = beyond(rules.quantiles, table, (today - since) << 8, word)
                day = max(today + 1, since + whole_days(look_up(rules.quantiles, table, word)))
            else:
                day = lapse_day(
                    rules,
                    state.now,
                    state.expiry,
                    seed,
                    case,
                    at,
                    way,
                    key,
                    attributes,
                    begun,
                    today,
                    opening,
                )
            if day < due:
                due, leaving = day, way.edge
        cases[case].edge = leaving
        cases[case].due = NONE
        if stage.kind == DESK or stage.kind == GATE:
            queue = rules.queue[stage.queue + ((attributes >> stage.per_shift) & stage.per_mask)]
            cases[case].place = filed if stage.by_filed else begun
            lane = queue.first_lane + rules.cells[row(rules.fields, state.now, stage.lane, attributes)]
            join(
                state.bucket,
                state.lane_low,
                state.lane_high,
                state.lane_count,
                width,
                back,
                cases,
                case,
                lane,
            )
        if due <= last:
            if leaving != NONE:
                note(state.departure, cases, case, due)
            else:
                cases[case].due = due
                cases[case].calendar_next = state.release[due]
                state.release[due] = case
