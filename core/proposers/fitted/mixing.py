"""The fitted order in turn with one that needs no fit: few training images leave most places to the other."""

from dataclasses import replace

import numpy as np

from core.boxes import Boxes
from core.proposers.fitted import turns
from core.proposers.fitted.searched import MOST
from core.proposers.found import Found
from core.proposers.origins import Origins, joined

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The shares of places of the fitted order that a fit chooses from."""

HEAD = 10
"""The first places, of which the fitted order has a share of its own: where it is better there, it need not
be so among a hundred, and the other way round."""

Shares = tuple[float, float]
"""Of the first ``HEAD`` places and of the others, what the fitted order takes, 0-1."""

# A box of one order whose IoU with one of the other that came before is above this is left out.
_EQUAL = 0.95


def mixed_boxes(fitted: Boxes, plain: Boxes, shares: Shares, most: int = MOST) -> Boxes:
    """Return the boxes of :func:`mixed`, at most so many."""
    if shares in ((0.0, 0.0), (1.0, 1.0)):
        return (fitted if any(shares) else plain)[:most]
    return np.concatenate([fitted, plain])[turns.in_turn(fitted, plain, shares, HEAD, _EQUAL, most)]


def mixed(fitted: Found, plain: Found, shares: Shares) -> Found:
    """Return two orders in turn, at most 1,000 boxes; the fitted one takes a share of the places.

    A box that the other order had already, nearly equal, takes no place. The score of a box of the plain
    order is that of the fitted one that follows, so that scores never rise.

    Parameters
    ----------
    fitted : Found
        With scores that never rise.
    plain : Found
    shares : (float, float)
        Neither both 0 nor both 1.
    """
    assert fitted.scores is not None
    rows = turns.in_turn(fitted.boxes, plain.boxes, shares, HEAD, _EQUAL, MOST)
    boxes = np.concatenate([fitted.boxes, plain.boxes])
    scores = np.concatenate([fitted.scores, np.zeros(len(plain.boxes), np.float32)])[rows]
    following = np.maximum.accumulate(scores[::-1])[::-1].copy()
    return Found(boxes[rows], following, joined([_origins(fitted), _origins(plain)]).take(rows))


def alone(plain: Found) -> Found:
    """Return the plain order with scores, by rank where it has none."""
    by_rank = (1 / (1 + np.arange(len(plain.boxes)))).astype(np.float32)
    return replace(plain, scores=by_rank) if plain.scores is None else plain


def _origins(of: Found) -> Origins:
    assert of.origins is not None
    return of.origins
