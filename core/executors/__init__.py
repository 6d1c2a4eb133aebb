"""Where shards are done: in this process, in worker processes, or on a Dask cluster.

All are :class:`concurrent.futures.Executor`; what an export needs beyond that is an :class:`Engine`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from core.executors.base import Engine, SerialExecutor, checkpoint, completed
from core.executors.local import local


@contextmanager
def engine(workers: int | None, scheduler: str | None = None) -> Iterator[tuple[Engine, int]]:
    """Give an executor and how many tasks it does at once.

    Parameters
    ----------
    workers : int or None
        None is one a core, or as many as the cluster has threads.
    scheduler : str or None
        Of a Dask cluster; None is this machine.

    Raises
    ------
    BoxscopeError
        See :func:`core.executors.cluster.cluster`.
    """
    if scheduler is None:
        workers = workers or os.cpu_count() or 1
        with local(workers) as pool:
            yield pool, workers
        return
    from core.executors.cluster import cluster

    with cluster(scheduler) as found:
        yield found, workers or found.threads


__all__ = ["Engine", "SerialExecutor", "checkpoint", "completed", "engine", "local"]
