"""How a walk over annotations ends: at its stop, behind the last, or before one that it cannot read."""

STOPPED, LAST, DOUBT = 0, 1, 2
