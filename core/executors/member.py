"""A worker of a Dask cluster: how it becomes one of a run's, does its tasks, and lets them go.

Most of this is called in the process of a worker, where tasks of other runs, also of killed ones, may be
under way too.
"""

import asyncio
import ctypes
import platform
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import core
from core import threads
from core.errors import BoxscopeError
from core.executors.base import wanted_while
from core.files import AnyPath
from core.files.hashing import joined_sha256
from core.versions import WORKERS
from core.versions import versions as installed

R = TypeVar("R")

# Seconds that the last tasks get to see that they are not wanted. One that is still searching then sees it
# before it writes.
FAREWELL = 10.0

# Names of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3


@dataclass(frozen=True)
class Order:
    """What the tasks of one run have in common: its name, and what it asks of a worker."""

    run: str
    versions: tuple[tuple[str, str], ...]
    paths: tuple[AnyPath, ...] = ()


@cache
def versions() -> tuple[tuple[str, str], ...]:
    """List what this process is made of: names and versions, our own sources by their hash."""
    folder = Path(core.__file__).parent
    sources = joined_sha256(sorted(folder.rglob("*.py")))
    python = ".".join(platform.python_version_tuple()[:2])
    packages = installed(WORKERS).items()
    return (("Boxscope of sources", sources[:8]), ("Python", python), *packages)


_running: Counter[str] = Counter()
_over: set[str] = set()
_lock = threading.Lock()


def do(order: Order, fn: Callable[..., R], args: tuple[Any, ...], kwargs: dict[str, Any]) -> R:
    """Do a task of a run."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        """Say whether the run lives: it may have said farewell, or have been killed, which frees the key."""
        task = worker.state.tasks.get(key)
        return order.run not in _over and task is not None and task.state == "executing"

    welcome(order, worker.address)
    with _counted(order.run), wanted_while(wanted):
        return fn(*args, **kwargs)


@contextmanager
def _counted(run: str) -> Iterator[None]:
    with _lock:
        _running[run] += 1
    try:
        yield
    finally:
        with _lock:
            _running[run] -= 1


def answer(order: Order, dask_worker: Any) -> None:
    """Say whether this worker can be one of the run's; Dask gives the worker by the name of the argument."""
    welcome(order, dask_worker.address)


@lru_cache(maxsize=16)
def welcome(order: Order, address: str) -> None:
    """Make this worker one of the run's, once; a cluster gets new workers at any time."""
    name = f"worker {address}"
    for (package, here), (_, there) in zip(versions(), order.versions, strict=True):
        if here != there:
            raise BoxscopeError(f"has {package} {here}, expected {there}, which this command has", name)
    for path in order.paths:
        if not path.exists():
            raise BoxscopeError(f"does not see {path}, expected a path that all workers see", name)
    threads.limit_all(1)
    _keep_memory()


def _keep_memory() -> None:
    """Let freed memory be used again.

    Dask's nanny has the C library give it back from 64 kB on, so that each array of a picture is made of
    fresh pages: adaptive-threshold takes 8.5 ms instead of 5.5.
    """
    with suppress(OSError, AttributeError):  # another C library
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, 32 << 20)
        library.mallopt(_TRIM_THRESHOLD, 64 << 20)


async def leave(run: str) -> None:
    """Let no task of the run write any more, and wait until those under way have seen it."""
    _over.add(run)
    end = time.monotonic() + FAREWELL
    while _running[run] and time.monotonic() < end:
        await asyncio.sleep(0.01)
