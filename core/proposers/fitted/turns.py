"""The kernel of two orders in turn."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def in_turn(first, second, shares, head, equal, most):  # type: ignore[no-untyped-def]
    """Return the order of two lists of boxes in turn: rows of both, one after the other, int64 (M,).

    Parameters
    ----------
    first : float32 (N, 4)
    second : float32 (K, 4)
        The rows of these begin at N.
    shares : (float, float)
        Of the first places, and of the others, that the first list takes, spread evenly, 0 to 1; a list that
        is at its end leaves the rest to the other.
    head : int
        Number of the first places.
    equal : float
        A box whose IoU with one of the other list that came before is above this is left out.
    most : int
        Number of boxes at most.
    """
    lists = (first, second)
    rows, number, at, due = np.empty(most, np.int64), 0, np.zeros(2, np.int64), 0.0
    while number < most and (at[0] < len(first) or at[1] < len(second)):
        share = shares[0] if number < head else shares[1]
        turn = 0 if due + share > 1 - 1e-9 else 1
        if at[turn] == len(lists[turn]):
            turn = 1 - turn
        box = lists[turn][at[turn]]
        row = at[turn] + turn * len(first)
        at[turn] += 1
        area = (box[2] - box[0]) * (box[3] - box[1])
        is_known = False
        for n in range(number):
            of_first = rows[n] < len(first)
            if of_first == (turn == 0):
                continue
            other = first[rows[n]] if of_first else second[rows[n] - len(first)]
            across = min(box[2], other[2]) - max(box[0], other[0])
            down = min(box[3], other[3]) - max(box[1], other[1])
            if across > 0 and down > 0:
                both = across * down
                either = area + (other[2] - other[0]) * (other[3] - other[1]) - both
                if both > equal * either:
                    is_known = True
                    break
        if not is_known:
            rows[number] = row
            number += 1
            due = due + share - (turn == 0)
    return rows[:number]
