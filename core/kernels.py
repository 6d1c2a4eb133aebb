"""Kernels of numba, compiled ahead of use: once after their sources changed, by one process at a time."""

import gc
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, wraps
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock

from core import threads
from core.files.hashing import joined_sha256

_log = logging.getLogger("boxscope")
_registered: dict[str, Callable[[], None]] = {}


def register(name: str) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Return a decorator that registers a function that loads kernels, under a name for what it loads."""

    def add(load: Callable[[], None]) -> Callable[[], None]:
        _registered[name] = load
        return load

    return add


def registered() -> dict[str, Callable[[], None]]:
    """Return the registered functions, which load kernels and compile them where necessary, by name."""
    return dict(_registered)


@threads.register
def _limit_numba(count: int) -> None:
    """Limit the threads that numba starts at its import; no kernel of the core is parallel."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(count)


def ensure_compiled(kernel: Any, package: Path, compile_all: Callable[[], None], message: str) -> None:
    """Compile the kernels of a package unless numba's cache of them is up to date.

    numba compares only a kernel's own file with its cache, not the files of the functions it calls, so that
    after an update half of the old code could run; a marker file in the cache records the sources that it
    was compiled from. Processes that start together wait for the one that compiles.

    Parameters
    ----------
    kernel : numba dispatcher
        Any kernel of the package.
    package : Path
        Folder of the package.
    compile_all : callable
        Calls each kernel with every combination of argument types in use.
    message : str
        Logged before compiling.
    """
    cache_folder = Path(kernel.stats.cache_path)
    marker = cache_folder / f"{package.name}.compiled"
    current = _fingerprint(package)
    if _read(marker) == current:
        return
    _log.warning(message)
    with locked(cache_folder, package.name):
        if _read(marker) == current:
            return
        for old in cache_folder.glob("*.nb[ic]"):
            old.unlink(missing_ok=True)
        compile_all()
        try:
            marker.write_text(current)
        except OSError:
            return  # the folder cannot be written: numba has cached nothing either


def once(load: Callable[[], None]) -> Callable[[], None]:
    """Return a function that runs `load` at its first call only; threads that call it meanwhile wait."""
    lock, cached_load = Lock(), cache(load)

    @wraps(load)
    def load_once() -> None:
        with lock:
            cached_load()

    return load_once


@contextmanager
def no_collection() -> Iterator[None]:
    """Disable the garbage collector, which takes a tenth of the time of compiling and loading kernels."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def locked(folder: Path, name: str) -> AbstractContextManager[Any]:
    """Return the lock of a name in a folder, which is made; none where that cannot be written to."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock").acquire()
    except OSError:
        return nullcontext()


def _fingerprint(package: Path) -> str:
    """Return what compiled code depends on: a hash of the sources, numba, Python and the processor."""
    import llvmlite.binding
    import numba

    sources = joined_sha256(sorted(package.glob("*.py")))
    cpu = llvmlite.binding.get_host_cpu_name()
    return " ".join((sources, numba.__version__, platform.python_version(), cpu))


def _read(marker: Path) -> str:
    try:
        return marker.read_text()
    except OSError:
        return ""
