"""Numbers as text: counts, sizes in bytes, durations; and a text in one line."""

import math
import re

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


# And halves of a character, which no terminal can be sent.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def one_line(text: str) -> str:
    r"""Return a text with control characters escaped, so that a name with a line break stays in its line.

    A line break becomes ``\n``, the byte that begins a terminal's commands ``\x1b``.
    """
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def count(number: int, thing: str) -> str:
    """Return a count with its noun: ``1 crop``, ``2,000 crops``, ``2 boxes``."""
    ending = "" if number == 1 else "es" if thing.endswith("x") else "s"
    return f"{number:,} {thing}{ending}"


def iou(value: float) -> str:
    """Return an IoU, or a mean of some, never rounded up over a threshold: ``0.49`` for 0.496.

    ``shared/iou.js`` of the pages does the same.
    """
    return f"{math.floor(100 * float(value) + 1e-5) / 100:.2f}"  # 0.29 as float32 is less than 0.29


def score(value: float) -> str:
    """Return a score of a proposal, about three digits whatever its scale: ``0.934``, ``12.3``, ``1,234``.

    ``shared/score.js`` of the pages does the same.
    """
    value = float(value)
    digits = 3 - sum(abs(value) >= bound for bound in (1, 10, 100))
    return f"{value:,.{digits}f}"


def size(number: float) -> str:
    """Return a number of bytes in decimal units: ``1 bytes``, ``4.0 kB``, ``1.2 GB``."""
    *smaller, largest = _UNITS
    for unit in smaller:
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} {largest}"


def duration(seconds: float) -> str:
    """Return a duration in its largest unit up to hours: ``59 s``, ``2 min``, ``1.5 h``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def span(low: str, high: str) -> str:
    """Return an interval, with a common unit written once: ``1.0 – 2.5 MB``, ``900 kB – 1.1 MB``."""
    number, _, unit = low.partition(" ")
    return f"{number if number == '0' or high.endswith(f' {unit}') else low} – {high}"
