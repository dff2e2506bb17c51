"""What a case does when it moves, compiled: it leaves a stage and takes transitions, through branches, to the next.

`move` walks each mover to a stage that holds it or to an outcome; how long it stays there is found in `stays`. Nothing
that a case does reads another case, so the order of the movers never matters.
"""

from __future__ import annotations

from sim.casekey import CHILD_BITS, FAMILY_BITS, GENERATIONS, INDEX_BITS
from sim.chance import draw, tie_hash
from sim.compiled import lean
from sim.counting import count_milestones, count_move, count_outcome, count_wait, remember
from sim.counting_apart import count_apart, count_carried, count_reached, count_stay_apart
from sim.handover import prefetch
from sim.layout import (
    AHEAD,
    BRANCH,
    CHECKS,
    FREE,
    HISTORIES,
    KEY_OVERFLOW,
    LAPSE,
    MARK_CLOCK,
    MARK_FILED,
    MOST_VISITS,
    MOVERS,
    NONE,
    OPENED,
    OUTCOME,
    PROBLEM,
    ROOM,
    SEED,
    SHARE,
    VISITS_OVERFLOW,
)
from sim.lookup import pick, row, visit_of


@lean
def open_case(state, key, attributes, filed, today, edge):
    """A new case in a free place, as a mover on its way in."""
    count = state.tally
    count[FREE] -= 1
    case = state.free[count[FREE]]
    if count[FREE] >= AHEAD:
        prefetch(state.cases, state.free[count[FREE] - AHEAD])
    new = state.cases[case]
    new.key = key
    new.attributes = attributes
    new.filed = filed
    new.clock = today
    new.opened = today
    new.entered = today
    new.stage = NONE
    new.due = NONE
    new.traced = tie_hash(key >> FAMILY_BITS << FAMILY_BITS) < state.chosen[SHARE]
    for item in range(state.expiry.shape[1]):
        state.expiry[case, item] = 0  # of whoever had this place before
    state.mover[count[MOVERS]] = case
    state.mover_edge[count[MOVERS]] = edge
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
def comes_back(rules, edge, origin, checks):
    """Whether a case returns to its checks for what has lapsed, from the gate or as the others ended."""
    if origin == NONE:
        return False
    if origin == checks:
        return edge == rules.stage[checks].first_edge + 1
    for position in range(rules.stage[origin].ways):
        way = rules.way[rules.stage[origin].first_way + position]
        if way.kind == LAPSE and way.edge == edge:
            return True
    return False


@lean
def way_on(rules, state, case, stage, visit):
    """The transition that a case takes where chance decides: by the shares of its group today."""
    if stage.split == NONE:
        return stage.first_edge
    who = state.cases[case]
    word = draw(state.chosen[SEED], stage.split_stream, who.key, visit)
    return stage.first_edge + pick(
        rules.cells, row(rules, state.now, stage.split, who.attributes), stage.edges, word
    )


@lean
def completion(rules, state, case, today):
    """The transition of a step or of checks whose time is up; checks of which one has lapsed begin again."""
    stage = rules.stage[state.cases[case].stage]
    if stage.kind == CHECKS:
        for item in range(stage.items):
            if state.expiry[case, stage.first_expiry + item] <= today:
                return stage.first_edge + 1
        return stage.first_edge
    return way_on(rules, state, case, stage, visit_of(state, case, stage))


@lean
def move(rules, state, today, first):
    """Walks movers from `first` on to where they stay or end; returns how many are done.

    On day 0 the movers are the opening stock, whose dates lie before the start. It stops early when room for children
    or histories runs out.
    """
    cases = state.cases
    mover = first
    while mover < state.tally[MOVERS]:
        if (
            state.tally[FREE] < ROOM
            or state.tally[HISTORIES] + ROOM > state.history.size
            or state.tally[MOVERS] + ROOM > state.mover.size
        ):
            break
        case, edge = state.mover[mover], state.mover_edge[mover]
        if mover + AHEAD < state.tally[MOVERS]:
            prefetch(cases, state.mover[mover + AHEAD])
            prefetch(state.visits, state.mover[mover + AHEAD])
        if cases[case].stage != NONE:
            if edge == NONE:
                edge = completion(rules, state, case, today)
            leave(rules, state, case, edge, today)
        while edge != NONE:
            edge = take(rules, state, case, edge, today)
        if cases[case].stage == NONE:
            state.free[state.tally[FREE]] = case
            state.tally[FREE] += 1
            state.mover[mover] = NONE
        elif today > 0:
            cases[case].entered = today
        mover += 1
    return mover


@lean
def leave(rules, state, case, edge, today):
    """Books that a case leaves its stage by a transition, with the attributes that it had there."""
    who = state.cases[case]
    stage = rules.stage[who.stage]
    if stage.wait != NONE:
        served = rules.edge[edge].served
        count_wait(rules, state, stage.wait, stage.pathway, who.attributes, who.entered, today, served)
    count_stay_apart(rules, state, case, today)
    if who.traced:
        remember(state, case, today, edge)


@lean
def take(rules, state, case, number, today):
    """Takes one transition; returns the next one when the case does not stay where it leads."""
    who, edge = state.cases[case], rules.edge[number]
    stage = rules.stage[edge.target]
    if edge.dates:  # dated facts came by what the case was until today, and come by what it is from now on
        count_milestones(rules, state, case, edge.pathway, today, 1)
    change_attributes(rules, state, case, edge)
    if edge.marks & MARK_FILED:
        who.filed = today
    if edge.marks & MARK_CLOCK:
        who.clock = today
    if edge.dates:
        count_milestones(rules, state, case, edge.pathway, today, -1)
    if edge.enters and today > 0:
        who.opened = today
        if stage.apart:
            count_apart(rules, state, edge.target, today, who.attributes, 0, today - who.filed, 0)
    count_reached(rules, state, case, edge.target, today)
    count_move(rules, state, number, edge.pathway, who.attributes, today)
    visit = 0
    if stage.visit != NONE:
        visit = count_visit(rules, state, case, edge.origin, stage)
    who.stage = edge.target
    if stage.kind == BRANCH:
        return way_on(rules, state, case, stage, visit)
    if stage.kind == OUTCOME:
        count_outcome(rules, state, case, edge.target, edge.pathway, today)
        open_children(rules, state, case, stage, today)
        if stage.continues == NONE:
            count_carried(rules, state, case, edge.target, today, today)
            who.stage = NONE
        return stage.continues
    if stage.kind == CHECKS and not comes_back(rules, number, edge.origin, edge.target):
        for item in range(stage.items):
            state.expiry[case, stage.first_expiry + item] = 0
    return NONE


@lean
def change_attributes(rules, state, case, edge):
    """Sets what a transition sets, then draws what it draws, one after the other."""
    who = state.cases[case]
    attributes = (who.attributes & edge.keep) | edge.value
    if edge.draws > 0:
        turn = visit_of(state, case, rules.stage[edge.origin]) if edge.origin != NONE else 0
        for position in range(edge.draws):
            trait = rules.draw[edge.first_draw + position]
            word = draw(state.chosen[SEED], trait.stream, who.key, turn)
            at = row(rules, state.now, trait.table, attributes)
            level = pick(rules.cells, at, trait.columns, word)
            attributes = (attributes & ~(trait.mask << trait.shift)) | (level << trait.shift)
    who.attributes = attributes


@lean
def count_visit(rules, state, case, origin, stage):
    """Counts a visit to a stage on a loop; returns which it is.

    A loop once left is never entered again: its counters are shared with other loops.
    """
    if origin == NONE or rules.stage[origin].loop != stage.loop:
        for counter in range(state.visits.shape[1]):
            state.visits[case, counter] = 0
    visit = int(state.visits[case, stage.visit]) + 1
    if visit > MOST_VISITS:
        state.tally[PROBLEM] = VISITS_OVERFLOW
        visit = MOST_VISITS
    state.visits[case, stage.visit] = visit
    return visit


@lean
def open_children(rules, state, case, stage, today):
    """Opens the cases that an outcome brings."""
    who = state.cases[case]
    for position in range(stage.children):
        child = rules.child[stage.first_child + position]
        for index in range(child.first + ((who.attributes >> child.shift) & child.mask)):
            key = child_key(who.key, child.number, index)
            if key == NONE:
                state.tally[PROBLEM] = KEY_OVERFLOW
            open_case(state, key, who.attributes, who.filed, today, child.edge)
