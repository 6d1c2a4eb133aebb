"""A Dask cluster.

Its workers are not like processes of our own: they may have other versions, see other disks, and they live
on when this process ends, in the middle of what they do.
"""

import asyncio
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar
from uuid import uuid4

from core.errors import BoxscopeError
from core.executors.base import Engine
from core.executors.member import Order, answer, do, leave, versions
from core.files import AnyPath

R = TypeVar("R")

# Seconds to reach the scheduler, and to wait for a first worker; also for a lost scheduler to come back.
REACH = 15.0
# Seconds that a cluster may be without any worker in the middle of a run: they may be restarting.
EMPTY = 60.0

_TALKERS = ("distributed", "tornado")


@contextmanager
def cluster(address: str) -> Iterator["ClusterExecutor"]:
    """Give an executor of the workers of a running Dask cluster.

    Parameters
    ----------
    address : str
        Of its scheduler, ``tcp://host:8786``.

    Raises
    ------
    BoxscopeError
        Dask is not installed, nobody answers at the address, there are no workers, or they are of other
        versions than this process.
    """
    _import_dask()
    with _quietly():
        client = _connected(address)
        try:
            executor = ClusterExecutor(client, address)
            try:
                yield executor
            except BaseException:
                executor.stop()
                raise
        finally:
            client.close(timeout=REACH)


class ClusterExecutor(Engine):
    """The workers of a cluster; see :func:`cluster`.

    Attributes
    ----------
    threads : int
        Tasks that the cluster does at once, as counted at the start.
    """

    def __init__(self, client: Any, address: str) -> None:
        from distributed import KilledWorker

        self.lost = (KilledWorker,)
        self.gone = f"{address}: the scheduler is gone: run again to go on"
        self._client, self._address = client, address
        self._seen = time.monotonic()
        self._order = Order(uuid4().hex, versions())
        self._tasks = client.get_executor(pure=False)
        self.threads = self._count()
        self._compare()

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Hand a task to the cluster."""
        if self._client.status == "closed":
            raise BoxscopeError(self.gone)
        future: Future[R] = self._tasks.submit(do, self._order, fn, args, kwargs)
        return future

    def meet_at(self, *paths: AnyPath) -> None:
        """See :class:`Engine`; asked of each worker before its first task."""
        self._order = Order(self._order.run, self._order.versions, paths)

    def check(self) -> None:
        """See :class:`Engine`."""
        if self._client.status == "closed":
            raise BoxscopeError(self.gone)
        if self._client.status == "running" and self._client.nthreads():
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > EMPTY:
            raise BoxscopeError(f"has had no workers for {EMPTY:.0f} s: run again to go on", self._address)

    def stop(self) -> None:
        """Take back what is queued, and wait until what has begun sees that it is not wanted."""
        with suppress(Exception):  # a scheduler that is gone hears nothing, and its workers end by themselves
            self._tasks.shutdown(wait=False)
            self._client.run(leave, self._order.run, on_error="ignore")
        self._order = Order(uuid4().hex, self._order.versions)
        with suppress(Exception):
            self._tasks = self._client.get_executor(pure=False)

    def _count(self) -> int:
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=REACH)
        threads = sum(self._client.nthreads().values())
        if not threads:
            raise BoxscopeError(f"the cluster has no workers (dask worker {self._address})", self._address)
        return threads

    def _compare(self) -> None:
        for worker, found in self._client.run(answer, self._order, on_error="return").items():
            if isinstance(found, BoxscopeError):
                raise found
            if isinstance(found, Exception):
                reason = str(found).splitlines()[0]
                raise BoxscopeError(
                    f"cannot be used ({reason}): start it with this project's folder as PYTHONPATH and "
                    "the packages of requirements-cluster.txt",
                    f"worker {worker}",
                )


def _import_dask() -> None:
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise BoxscopeError(
            "needs Dask: pip install -r requirements-cluster.txt, here and on its workers", "--scheduler"
        ) from None


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Dask's own log and warnings out of sight: what matters of them is one line of ours."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _TALKERS]
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in names}
    for logger in levels:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in levels.items():
            logger.setLevel(level)


def _connected(address: str) -> Any:
    from distributed import Client

    # A client that reaches something else than a scheduler can only be closed by waiting.
    with ThreadPoolExecutor(1) as thread:  # a notebook has a loop of its own in this one
        kind = thread.submit(asyncio.run, _kind(address)).result()
    if kind != "a Scheduler":
        raise BoxscopeError(f"got {kind}, expected the address of a Dask scheduler", f"--scheduler {address}")
    return Client(address, timeout=REACH, set_as_default=False, name="boxscope")


async def _kind(address: str) -> str:
    """Say who answers at an address."""
    from distributed import Security, rpc

    try:
        arguments = Security().get_connection_args("client")
        async with rpc(address, timeout=REACH, connection_args=arguments) as other:
            identity = await asyncio.wait_for(other.identity(), REACH)
            return f"a {identity['type']}"
    except (ValueError, TypeError) as error:
        return str(error)
    except OSError:
        return f"no answer within {REACH:.0f} s"
    except Exception:  # whatever another server's bytes mean to Dask
        return "an answer that is none of Dask's"
