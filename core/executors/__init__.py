"""Executors of a run's tasks: this process, worker processes, or a Dask cluster.

Each is a :class:`concurrent.futures.Executor`; what a run needs beyond that is an :class:`Engine`.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from core.executors.base import Engine, SerialExecutor, checkpoint, completed, in_order
from core.executors.local import local


@contextmanager
def engine(workers: int | None, scheduler: str | None = None) -> Iterator[tuple[Engine, int]]:
    """Start an executor; yield it and the number of tasks that it runs at once.

    Parameters
    ----------
    workers : int or None
        None takes one a core, or as many as the cluster has threads.
    scheduler : str or None
        Address of a Dask cluster's scheduler; None takes this machine.

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

    with cluster(scheduler) as pool:
        yield pool, workers or pool.threads


__all__ = ["Engine", "SerialExecutor", "checkpoint", "completed", "engine", "in_order", "local"]
