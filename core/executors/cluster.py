"""An executor of the workers of a Dask cluster.

Unlike child processes, these workers may have other versions and see other disks, and they go on with their
tasks when this process ends.
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
from core.executors.cluster_worker import RunSpec, check_worker, end_run, run_task, versions
from core.files import AnyPath

R = TypeVar("R")

# Seconds to connect to the scheduler, to wait for a first worker, and for a lost scheduler to come back.
CONNECT_TIMEOUT = 15.0
# Seconds that a cluster may have no worker during a run: they may be restarting.
NO_WORKERS_TIMEOUT = 60.0

_NOISY_LOGGERS = ("distributed", "tornado")


@contextmanager
def cluster(address: str) -> Iterator["ClusterExecutor"]:
    """Connect to a running Dask cluster and yield an executor of its workers.

    Parameters
    ----------
    address : str
        Of its scheduler, ``tcp://host:8786``.

    Raises
    ------
    BoxscopeError
        Dask is not installed, nothing answers at the address, there are no workers, or their versions differ
        from those of this process.
    """
    _import_dask()
    with _quiet():
        client = _connect(address)
        try:
            executor = ClusterExecutor(client, address)
            try:
                yield executor
            except BaseException:
                executor.stop()
                raise
        finally:
            client.close(timeout=CONNECT_TIMEOUT)


class ClusterExecutor(Engine):
    """An executor of the workers of a cluster; see :func:`cluster`.

    Attributes
    ----------
    threads : int
        Tasks that the cluster runs at once, counted at the start.
    """

    def __init__(self, client: Any, address: str) -> None:
        from distributed import KilledWorker

        self.lost_errors = (KilledWorker,)
        self.gone_reason = f"{address}: the scheduler is gone: run again to go on"
        self._client, self._address = client, address
        self._workers_seen = time.monotonic()
        self._run_spec = RunSpec(uuid4().hex, versions())
        self._tasks = client.get_executor(pure=False)
        self.threads = self._count_threads()
        self._check_workers()

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> "Future[R]":
        """Submit a task to the cluster."""
        if self._client.status == "closed":
            raise BoxscopeError(self.gone_reason)
        future: Future[R] = self._tasks.submit(run_task, self._run_spec, fn, args, kwargs)
        return future

    def require_paths(self, *paths: AnyPath) -> None:
        """See :class:`Engine`; each worker is checked before its first task."""
        self._run_spec = RunSpec(self._run_spec.run, self._run_spec.versions, paths)

    def memory_limit(self) -> int | None:
        """See :class:`Engine`."""
        return 0

    def check(self) -> None:
        """See :class:`Engine`."""
        if self._client.status == "closed":
            raise BoxscopeError(self.gone_reason)
        if self._client.status == "running" and self._client.nthreads():
            self._workers_seen = time.monotonic()
        elif time.monotonic() - self._workers_seen > NO_WORKERS_TIMEOUT:
            raise BoxscopeError(
                f"has had no workers for {NO_WORKERS_TIMEOUT:.0f} s: run again to go on", self._address
            )

    def stop(self) -> None:
        """Cancel the queued tasks, and wait until the running ones have seen that they are cancelled."""
        with suppress(Exception):  # a lost scheduler cannot be reached; its workers end by themselves
            self._tasks.shutdown(wait=False)
            self._client.run(end_run, self._run_spec.run, on_error="ignore")
        self._run_spec = RunSpec(uuid4().hex, self._run_spec.versions)
        with suppress(Exception):
            self._tasks = self._client.get_executor(pure=False)

    def _count_threads(self) -> int:
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=CONNECT_TIMEOUT)
        threads = sum(self._client.nthreads().values())
        if not threads:
            raise BoxscopeError(f"the cluster has no workers (dask worker {self._address})", self._address)
        return threads

    def _check_workers(self) -> None:
        for worker, reply in self._client.run(check_worker, self._run_spec, on_error="return").items():
            if isinstance(reply, BoxscopeError):
                raise reply
            if isinstance(reply, Exception):
                reason = str(reply).splitlines()[0]
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
def _quiet() -> Iterator[None]:
    """Suppress Dask's own log and warnings: what matters of them is raised as one line."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in _NOISY_LOGGERS]
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


def _connect(address: str) -> Any:
    from distributed import Client

    # A Client connected to anything but a scheduler can only be closed by waiting, so the type is read first.
    with ThreadPoolExecutor(1) as thread:  # a notebook runs its own event loop in this thread
        kind = thread.submit(asyncio.run, _identity(address)).result()
    if kind != "a Scheduler":
        raise BoxscopeError(f"got {kind}, expected the address of a Dask scheduler", f"--scheduler {address}")
    return Client(address, timeout=CONNECT_TIMEOUT, set_as_default=False, name="boxscope")


async def _identity(address: str) -> str:
    """Return what answers at an address, as ``a Scheduler``, or why nothing usable does."""
    from distributed import Security, rpc

    try:
        arguments = Security().get_connection_args("client")
        async with rpc(address, timeout=CONNECT_TIMEOUT, connection_args=arguments) as other:
            identity = await asyncio.wait_for(other.identity(), CONNECT_TIMEOUT)
            return f"a {identity['type']}"
    except (ValueError, TypeError) as error:
        return str(error)
    except OSError:
        return f"no answer within {CONNECT_TIMEOUT:.0f} s"
    except Exception:  # another server's bytes make Dask raise almost anything
        return "an answer that is none of Dask's"
