"""How a month's moves enter the books, compiled."""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import NONE


@lean
def book(edges, flow, day, stock, case_days, moved, amounts):
    """Takes a month's moves (State.flow) into the stock and the case-days of the month, which ends on `day`.

    Leaves their places in [edge, slot], laid flat, in `moved` and their cases and persons in `amounts`; returns how
    many there are. A case that comes on a day is there from that day to the month's end: so the sum of the days on
    which cases came and went is enough, and no day has to be looked at by itself.
    """
    count = 0
    for number in range(flow.shape[0]):
        edge = edges[number]
        for slot in range(flow.shape[1]):
            cases = flow[number, slot, 0]
            if cases == 0:
                continue
            moved[count] = number * flow.shape[1] + slot
            staying = cases * (day + 1) - flow[number, slot, 2]
            case_days[edge.target, slot] += staying
            for unit in range(2):
                amounts[count, unit] = flow[number, slot, unit]
                stock[edge.target, slot, unit] += flow[number, slot, unit]
            if edge.origin != NONE and not edge.enters:
                case_days[edge.origin, slot] -= staying
                for unit in range(2):
                    stock[edge.origin, slot, unit] -= flow[number, slot, unit]
            for unit in range(3):
                flow[number, slot, unit] = 0
            count += 1
    return count
