"""Memory is asked for before it is taken: what would not fit is refused instead of ending the process.

The limit is that of a process; a worker process gets its part of it, a worker of a Dask cluster a part of
what Dask gives it. Whatever the limit, a result is the same: where the memory is too little there is none.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Condition

from core import wording
from core.errors import BoxscopeError, TooLittleMemory

VARIABLE = "BOXSCOPE_MAX_MEMORY"

# Of what a process may have; the rest is for pictures and boxes.
_SHARE = 0.8
_CGROUP = Path("/sys/fs/cgroup")

_changed = Condition()
_taken: dict[int, int] = {}
_own_limit: int | None = None
_own_remedy = ""


def limit() -> int | None:
    """Return the most bytes that proposers may take in this process at once; None where it is unknown.

    `BOXSCOPE_MAX_MEMORY` in the environment, or four fifths of what is free; a worker process has what
    :func:`limit_to` or :func:`limit_within` was given.

    Raises
    ------
    BoxscopeError
        The variable is not a number of bytes.
    """
    return _own_limit if _own_limit is not None else _of_the_machine()


def limit_to(count: int | None, remedy: str = "") -> None:
    """Set the limit of this process, in bytes; None for that of the machine.

    Parameters
    ----------
    count : int or None
    remedy : str
        What a user can do about it, for the error: ``that each worker has: take fewer workers``.
    """
    global _own_limit, _own_remedy
    _own_limit, _own_remedy = count, remedy


def limit_within(most: int | None, remedy: str) -> None:
    """Set the limit of a process that may have so many bytes in all: four fifths of them.

    Where that of the machine is less, or `most` is None, that of the machine stays.
    """
    whole = _of_the_machine()
    own = None if most is None else round(most * _SHARE)
    limit_to(own if own is not None and (whole is None or own < whole) else None, remedy)


def share(workers: int) -> int | None:
    """Return the limit of each of several processes that work at the same time."""
    whole = limit()
    return None if whole is None else whole // workers


@contextmanager
def reserved(need: int, item: object, what: str) -> Iterator[None]:
    """Reserve memory for the block; wait while others hold what is missing.

    Parameters
    ----------
    need : int
        Bytes.
    item : str or path
        Named in the error.
    what : str
        What would take the memory, as ``grid on 640x480``.

    Raises
    ------
    TooLittleMemory
        It is more than the limit, even without the others.
    """
    key = object()
    with _changed:
        while _taken and not _fits(need + sum(_taken.values()), limit()):
            _changed.wait()
        if reason := refusal(need, what, limit()):
            raise TooLittleMemory(reason, item)
        _taken[id(key)] = need
    try:
        yield
    finally:
        with _changed:
            del _taken[id(key)]
            _changed.notify_all()


def refusal(need: int, what: str, most: int | None) -> str:
    """Return why work that takes so many bytes is refused at a limit; empty where it is not.

    Parameters
    ----------
    need : int
    what : str
        See :func:`reserved`.
    most : int or None
        See :func:`limit`.
    """
    if _fits(need, most):
        return ""
    sizes = f"{wording.size(need)} of memory, more than the limit of {wording.size(most or 0)}"
    return f"{what} would take {sizes}{_way_out(need)}"


def _way_out(need: int) -> str:
    if _own_limit is not None:
        return f" {_own_remedy}"
    return f" (set {VARIABLE}={need} to try it)"


def _fits(need: int, most: int | None) -> bool:
    return most is None or need <= most


def _of_the_machine() -> int | None:
    text = os.environ.get(VARIABLE, "").strip()
    if text:
        # Python converts at most 4,300 digits.
        if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text)):
            raise BoxscopeError(f"got {text[:40]!r}, expected a number of bytes, as 4000000000", VARIABLE)
        return int(text)
    free = [count for count in (_free(), _free_in_group()) if count is not None]
    return round(min(free) * _SHARE) if free else None


def _free() -> int | None:
    with suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None


def _free_in_group() -> int | None:
    """Return what is left to a container, whose files in memory can be dropped."""
    with suppress(OSError, ValueError, KeyError):
        most, used = (int((_CGROUP / name).read_text()) for name in ("memory.max", "memory.current"))
        lines = (_CGROUP / "memory.stat").read_text().splitlines()
        stat = dict(line.split() for line in lines)
        return max(most - used + int(stat["inactive_file"]), 0)
    return None
