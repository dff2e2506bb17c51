"""How a month's moves enter the books, compiled."""

from __future__ import annotations

from sim.compiled import lean
from sim.layout import NONE


@lean
def book(edges, moved, flow, stock, case_days, day):
    """Takes moves into the stock and the case-days of a month that ends on `day`.

    A case that comes on a day is there from that day to the month's end: so the sum of the days on which cases came
    and went is enough, and no day has to be looked at by itself.
    """
    for number in range(moved.size):
        edge, slot = edges[moved[number] // stock.shape[1]], moved[number] % stock.shape[1]
        staying = flow[number, 0] * (day + 1) - flow[number, 2]
        for unit in range(2):
            stock[edge.target, slot, unit] += flow[number, unit]
        case_days[edge.target, slot] += staying
        if edge.origin != NONE and not edge.enters:
            for unit in range(2):
                stock[edge.origin, slot, unit] -= flow[number, unit]
            case_days[edge.origin, slot] -= staying
