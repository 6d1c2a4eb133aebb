"""Whole numbers given as options, refused where nothing could be done with them."""

from collections.abc import Callable

from core.errors import BoxscopeError, quoted

MOST = 1_000_000_000
"""More is a mistake, and not every function that counts takes more."""

_DIGITS = 20  # Python converts at most 4,300


def whole_number(option: str, most: int = MOST) -> Callable[[str], int]:
    """Return the type of an option, which raises a BoxscopeError for what is no number from 1 to `most`."""

    def converted(text: str) -> int:
        shown = text if len(text) <= _DIGITS else quoted(text)
        if not text.removeprefix("-").isdecimal():
            raise BoxscopeError(f"got {shown}, expected a whole number from 1 to {most:,}", option)
        if text.startswith("-") or not text.strip("0"):
            raise BoxscopeError(f"got {shown}, expected at least 1", option)
        if len(text) > _DIGITS or int(text) > most:
            raise BoxscopeError(f"got {shown}, expected at most {most:,}", option)
        return int(text)

    return converted
