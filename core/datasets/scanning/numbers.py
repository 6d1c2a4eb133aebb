"""Numbers of JSON in a text of bytes, read as Python's ``float`` reads them, or not at all.

A place in the text is an index. Whoever asks has made sure that a ``}`` comes at or behind it, where every
number ends.
"""

import numpy as np
from numba import njit

# No function of the scanner raises an error, and none is left to be called: see core/machine_code.py.
inlined = njit(error_model="numpy", forceinline=True)

MINUS, PLUS, POINT, ZERO = b"-+.0"
NOWHERE = -1

# float64 holds all integers below this, and powers of ten up to the 22nd: their quotient is rounded once.
_EXACT, _TENS = 1 << 53, 22
# More digits could be too many for int64.
_MOST_DIGITS = 18
# The powers of ten as sums of two float64, which hold 106 bits of each.
_POWERS = [10**power for power in range(61)]
_HIGH = np.array([float(power) for power in _POWERS])
_LOW = np.array([float(power - int(float(power))) for power in _POWERS])
# Cuts a float64 into two halves of 26 bits, whose products are exact (Dekker, 1971).
_HALVES = float((1 << 27) + 1)


@inlined
def is_digit(sign):  # type: ignore[no-untyped-def]
    """Return whether a byte is a digit."""
    return 48 <= sign <= 57


@inlined
def number(text, at):  # type: ignore[no-untyped-def]
    """Return the number at a place and the place behind it; ``NOWHERE`` where it is none, or in doubt."""
    negative = text[at] == MINUS
    at += negative
    first, value = at, 0
    while is_digit(text[at]):
        value = 10 * value + (text[at] - 48)
        at += 1
    digits, power = at - first, 0
    if digits == 0 or (digits > 1 and text[first] == ZERO):
        return 0.0, NOWHERE
    if text[at] == POINT:
        at += 1
        start = at
        while is_digit(text[at]):
            value = 10 * value + (text[at] - 48)
            at += 1
        power = start - at
        if power == 0:
            return 0.0, NOWHERE
        digits -= power
    if text[at] == 69 or text[at] == 101:  # E, e
        exponent, at = _exponent(text, at + 1)
        if at == NOWHERE:
            return 0.0, NOWHERE
        power += exponent
    if digits > _MOST_DIGITS and digits - _leading_zeros(text, first) > _MOST_DIGITS:
        return 0.0, NOWHERE
    if value < _EXACT and -_TENS <= power <= 0:
        found = value / _HIGH[-power]
    elif value == 0:
        found = 0.0
    elif value < _EXACT and 0 < power <= _TENS:
        found = value * _HIGH[power]
    elif -len(_HIGH) < power <= 0:
        found = _quotient(value, -power)
    else:
        return 0.0, NOWHERE
    if np.isnan(found):
        return 0.0, NOWHERE
    return (-found if negative else found), at


@inlined
def _exponent(text, at):  # type: ignore[no-untyped-def]
    """Return the exponent at a place and the place behind it; ``NOWHERE`` where it has not 1 to 3 digits."""
    negative = text[at] == MINUS
    at += negative or text[at] == PLUS
    first, value = at, 0
    while is_digit(text[at]) and at < first + 4:
        value = 10 * value + (text[at] - 48)
        at += 1
    if not 0 < at - first < 4:
        return 0, NOWHERE
    return (-value if negative else value), at


@inlined
def _leading_zeros(text, at):  # type: ignore[no-untyped-def]
    """Return how many digits before the first that is not 0: they make a number no longer."""
    zeros = 0
    while text[at] == ZERO or text[at] == POINT:
        zeros += text[at] == ZERO
        at += 1
    return zeros


@inlined
def _quotient(value, power):  # type: ignore[no-untyped-def]
    """Return an integer divided by a power of ten, rounded as if exact; NaN where that is not sure.

    The division of float64 is corrected by its remainder, which is known to some 100 bits. Only where the
    correction, a hair larger or smaller, would round to another number, is the result in doubt.
    """
    high, low = _HIGH[power], _LOW[power]
    rounded = np.float64(value)
    left = np.float64(value - np.int64(rounded))
    found = rounded / high
    a, b = _cut(found)
    c, d = _cut(high)
    product = found * high
    error = ((a * c - product) + a * d + b * c) + b * d
    correction = (((rounded - product) - error) - found * low + left) / high
    doubt = abs(correction) * 2.0**-45 + found * 2.0**-95
    below, above = found + (correction - doubt), found + (correction + doubt)
    return below if below == above else np.nan


@inlined
def _cut(value):  # type: ignore[no-untyped-def]
    """Return a number as the sum of two with half of its bits."""
    large = _HALVES * value
    high = large - (large - value)
    return high, value - high
