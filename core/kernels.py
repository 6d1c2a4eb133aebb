"""Kernels of numba, compiled ahead: once, when their sources have changed, and by one process at a time."""

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
    """Return a decorator that registers, by the name of what it loads, a function that loads kernels."""

    def keep(load: Callable[[], None]) -> Callable[[], None]:
        _registered[name] = load
        return load

    return keep


def registered() -> dict[str, Callable[[], None]]:
    """Return the functions that load kernels, and compile them where that has to be done, by name."""
    return dict(_registered)


@threads.register
def _limit_numba(count: int) -> None:
    """Limit what numba would start for parallel kernels; ours are none, and it takes no other count later."""
    if "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(count)


def ready(kernel: Any, package: Path, compile_all: Callable[[], None], words: str) -> None:
    """Make sure that what numba keeps of a package is of its present sources.

    numba asks for changes of a kernel's own file alone, not of those it calls, so that an update could run
    half the old code; a mark beside what it keeps says of which sources that is. Processes that start
    together wait for the one that compiles.

    Parameters
    ----------
    kernel : numba dispatcher
        One of the package's.
    package : Path
        Its folder.
    compile_all : callable
        Calls each kernel with every kind of arguments there is.
    words : str
        What is said, to the log, before it compiles.
    """
    kept = Path(kernel.stats.cache_path)
    mark = kept / f"{package.name}.compiled"
    wanted = _fingerprint(package)
    if _read(mark) == wanted:
        return
    _log.warning(words)
    with _alone(kept, package.name):
        if _read(mark) == wanted:
            return
        for old in kept.glob("*.nb[ic]"):
            old.unlink(missing_ok=True)
        compile_all()
        try:
            mark.write_text(wanted)
        except OSError:
            return  # nothing can be kept there: numba has not kept anything either


def once(load: Callable[[], None]) -> Callable[[], None]:
    """Let a function do its work at the first call alone; threads that call it meanwhile wait."""
    lock, loaded = Lock(), cache(load)

    @wraps(load)
    def wait() -> None:
        with lock:
            loaded()

    return wait


@contextmanager
def no_collection() -> Iterator[None]:
    """Keep the garbage collector off: it takes a tenth of the time to compile and to load kernels."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _alone(folder: Path, name: str) -> AbstractContextManager[Any]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return FileLock(folder / f"{name}.lock").acquire()
    except OSError:
        return nullcontext()


def _fingerprint(package: Path) -> str:
    """Hash what compiled code depends on: the sources, numba, Python and the processor."""
    import llvmlite.binding
    import numba

    sources = joined_sha256(sorted(package.glob("*.py")))
    cpu = llvmlite.binding.get_host_cpu_name()
    return " ".join((sources, numba.__version__, platform.python_version(), cpu))


def _read(mark: Path) -> str:
    try:
        return mark.read_text()
    except OSError:
        return ""
