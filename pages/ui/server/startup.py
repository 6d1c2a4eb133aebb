"""Work that a process does once, so that each later run of the script takes less time."""

import gc
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib import import_module
from threading import Thread

import numpy as np

from core.cutting import Cut, render

_FILES = ("/proc/self/fd", "/dev/fd")  # the open files of a process, on Linux and on macOS
_frozen_modules = 0  # number of modules at the last freeze


def freeze_imports() -> None:
    """Exclude imported modules from garbage collection, after the first run and after each lazy import.

    Streamlit collects garbage after every run of the script. The modules, some 1,100 with their classes and
    functions, are never garbage, and traversing them takes 70-170 ms each time.
    """
    global _frozen_modules
    if len(sys.modules) == _frozen_modules:
        return
    # Without a collection first, which would delay the picture that the browser requests at this moment. The
    # garbage of one run is kept, a few times in the life of a process.
    gc.freeze()
    _frozen_modules = len(sys.modules)


def lifespan_importing(*modules: str) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """Return the lifespan of a server that imports what its first page needs while Streamlit loads.

    Parameters
    ----------
    *modules : str
        Those of the first page; what cuts its crop is imported after them. They take 0.7 s.
    """

    @asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        send_at_once()
        Thread(target=_import, args=(modules,), name="imports", daemon=True).start()
        yield

    return lifespan


def _import(modules: Sequence[str]) -> None:
    for name in modules:
        import_module(name)
    # Its kernels are loaded at the first crop.
    render(np.zeros((2, 2, 3), np.uint8), np.array([0, 0, 2, 2], np.float32), Cut())


def send_at_once() -> None:
    """Set TCP_NODELAY on the sockets of this process, from which those of its connections inherit it.

    Streamlit opens its listening socket with protocol 0, and asyncio sets the option only where the protocol
    is TCP: every answer on a connection that is kept then waits 40 ms for a delayed acknowledgement.
    """
    for opened in _tcp_sockets():
        with opened, suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _tcp_sockets() -> Iterator[socket.socket]:
    """Yield a second handle of each TCP socket of this process."""
    folder = next(filter(os.path.isdir, _FILES), None)
    for name in [] if folder is None else os.listdir(folder):
        with suppress(OSError):  # the listing has had a handle of its own
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                opened = socket.socket(fileno=os.dup(int(name)))
                is_tcp = opened.family in (socket.AF_INET, socket.AF_INET6)
                if is_tcp and opened.type == socket.SOCK_STREAM:
                    yield opened
                else:
                    opened.close()
