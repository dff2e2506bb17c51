"""How long a case stays where it has come to, compiled: its step or checks, and the ways to leave before.

`enter` finds the day on which each mover leaves by itself, and puts it into the calendars and queues. The draws of
many movers are made together: a processor does several at once.
"""

from __future__ import annotations

from sim.casekey import PERSONS_BITS
from sim.chance import draw
from sim.compiled import lean
from sim.durations import beyond, look_up, whole_days
from sim.handover import prefetch
from sim.layout import AHEAD, CHECKS, DESK, GATE, HAZARD, LAPSE, NEVER, NONE, SEED, STEP, TOGETHER
from sim.lookup import from_date, hazard_day, persons_of, row, visit_of
from sim.queues import join, note


@lean
def value(rules, state, table, attributes):
    """What a table without columns says today for these attributes."""
    return rules.cells[row(rules, state.now, table, attributes)]


@lean
def value_on(rules, first, table, attributes):
    """What a table says for these attributes on another day, on which its rows begin at `first`."""
    return rules.cells[first + row(rules, rules.zero, table, attributes)]


@lean
def days_after(rules, table, word, since, today):
    """The day that lies a duration after `since`; on day 0 given how long it has lasted."""
    if today == 0:
        word = beyond(rules.quantiles, table, (today - since) << 8, word)
    return since + whole_days(look_up(rules.quantiles, table, word))


@lean
def begin_checks(rules, state, case, stage, visit, today):
    """Starts the checks that are missing or have lapsed, for each person; returns the day on which all are done."""
    who, seed = state.cases[case], state.chosen[SEED]
    attributes = who.attributes
    start = today
    if stage.hold != NONE:
        start = rules.opening_day[value(rules, state, stage.hold, attributes), today]
        if start >= NEVER:
            return start
    ready = today + 1
    for item in range(stage.items):
        if state.expiry[case, stage.first_expiry + item] > start:
            continue
        number = stage.first_item + item
        check = rules.item[number]
        table = value_on(rules, rules.item_days[number, start], check.days, attributes)
        done, expires = start + 1, NEVER
        for person in range(persons_of(rules.persons, attributes)):
            word = draw(seed, check.days_stream, who.key, visit << PERSONS_BITS | person)
            begun = who.entered if today == 0 and start == today else start  # under way since the case came
            ended = max(start + 1, days_after(rules, table, word, begun, start))
            done = max(done, ended)
            if check.valid != NONE:
                from_then = rules.item_valid[number, min(ended, rules.month.size - 1)]
                lasts = value_on(rules, from_then, check.valid, attributes)
                word = draw(seed, check.valid_stream, who.key, visit << PERSONS_BITS | person)
                expires = min(expires, ended + whole_days(look_up(rules.quantiles, lasts, word)))
        ready = max(ready, done)
        state.expiry[case, stage.first_expiry + item] = expires
    return ready


@lean
def lapse_day(rules, state, case, way, today):
    """The day on which the first of a case's checks lapses at its gate."""
    who = state.cases[case]
    checks = rules.stage[rules.edge[way.edge].target]
    day = NEVER
    for item in range(checks.items):
        check = rules.item[checks.first_item + item]
        lapses = state.expiry[case, checks.first_expiry + item]
        if today == 0:  # done on the day the case came to the gate
            lapses = NEVER
            if check.valid != NONE:
                lasts = value(rules, state, check.valid, who.attributes)
                word = draw(state.chosen[SEED], check.valid_stream, who.key, 0)
                lapses = max(today + 1, who.entered + whole_days(look_up(rules.quantiles, lasts, word)))
            state.expiry[case, checks.first_expiry + item] = lapses
        if lapses > 0:
            day = min(day, max(today + 1, lapses))
    return day


@lean
def way_day(rules, state, case, way, word, today, limit):
    """The day on which a case would leave by one of its stage's ways; of a hazard, as far as it is by `limit`."""
    who = state.cases[case]
    if way.kind == LAPSE:
        return lapse_day(rules, state, case, way, today)
    of = value(rules, state, way.table, who.attributes)
    if way.kind == HAZARD:
        since = from_date(way.since, today, who.filed, who.clock) if today > 0 else today
        return hazard_day(rules, of, word, since, today, limit)
    since = from_date(way.since, who.entered, who.filed, who.clock)
    return max(today + 1, days_after(rules, of, word, since, today))


@lean
def enter(rules, state, today, first, end):
    """Puts movers `first` to `end` into the lists of their stage, with the day on which they leave by themselves."""
    while first < end:
        last = min(first + TOGETHER, end)
        draw_words(rules, state, first, last)
        settle_in(rules, state, today, first, last)
        first = last


@lean
def ask(state, count, stream, key, visit):
    """Notes down a draw; returns how many there are."""
    state.stream[count] = stream
    state.key[count] = key
    state.visit[count] = visit
    return count + 1


@lean
def draw_words(rules, state, first, end):
    """The random words of movers: each one's time in its step, and each way to leave its stage."""
    count = 0
    for mover in range(first, end):
        case = state.mover[mover]
        if mover + AHEAD < end:
            prefetch(state.cases, state.mover[mover + AHEAD])
            prefetch(state.next, state.mover[mover + AHEAD])
            prefetch(state.calendar_next, state.mover[mover + AHEAD])
        if case == NONE:
            continue
        key, stage = state.cases[case].key, rules.stage[state.cases[case].stage]
        visit = visit_of(state, case, stage)
        if stage.kind == STEP:
            count = ask(state, count, stage.days_stream, key, visit)
        for position in range(stage.ways):
            count = ask(state, count, rules.way[stage.first_way + position].stream, key, visit)
    seed, streams, keys, visits, words = state.chosen[SEED], state.stream, state.key, state.visit, state.word
    for turn in range(count):
        words[turn] = draw(seed, streams[turn], keys[turn], visits[turn])


@lean
def settle_in(rules, state, today, first, end):
    """The same movers, in the same order, once their words are drawn."""
    cases = state.cases
    last = rules.month.size - 1
    width = state.bucket.size // state.lane_low.size
    back = width - rules.month.size
    turn = 0
    for mover in range(first, end):
        case = state.mover[mover]
        if case == NONE:
            continue
        who = cases[case]
        stage = rules.stage[who.stage]
        due, leaving = NEVER, NONE
        if stage.kind == STEP:
            since = from_date(stage.since, who.entered, who.filed, who.clock)
            table = value(rules, state, stage.days, who.attributes)
            due = max(today + 1, days_after(rules, table, state.word[turn], since, today))
            turn += 1
            if stage.hold != NONE and due <= last:
                due = rules.opening_day[value(rules, state, stage.hold, who.attributes), due]
        elif stage.kind == CHECKS:
            due = begin_checks(rules, state, case, stage, visit_of(state, case, stage), today)
        for position in range(stage.ways):
            way = rules.way[stage.first_way + position]
            day = way_day(rules, state, case, way, state.word[turn], today, min(due - 1, last))
            turn += 1
            if day < due:
                due, leaving = day, way.edge
        who.edge = leaving
        who.due = NONE
        if stage.kind == DESK or stage.kind == GATE:
            queue = rules.queue[stage.queue + ((who.attributes >> stage.per_shift) & stage.per_mask)]
            who.place = who.filed if stage.by_filed else who.entered
            lane = queue.first_lane + value(rules, state, stage.lane, who.attributes)
            join(state, width, back, case, lane)
        if due <= last:
            if leaving != NONE:
                note(state.departure, state.calendar_next, cases, case, due)
            else:
                state.calendar_next[case] = state.release[due, who.stage]
                state.release[due, who.stage] = case
