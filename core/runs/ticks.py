"""Images that workers are through with, counted one by one while their tasks still run.

A task of several images leaves its part at its end. Until then every worker process appends a byte per image
to a file of its own in the work folder, so that other processes see how far the tasks are: a run in this
process alone is inside a task nearly all of the time. The names are those of temporary files, which the next
run removes.
"""

import os
import platform
from contextlib import suppress

from core.files import AnyPath, files_at

_SUFFIX = ".tmp"


def tick(work: AnyPath, kind: str, images: int = 1) -> None:
    """Count images; behind a URL nothing is counted, since each byte would be a request.

    Parameters
    ----------
    work : Path or RemotePath
        The work folder of the run.
    kind : str
        What was done with them; each kind is counted apart.
    images : int
    """
    if files_at(work).by_requests:
        return
    # Of one process on one machine: bytes that two append at once may be lost on a network file system.
    name = f"{kind}-{platform.node()}-{os.getpid()}{_SUFFIX}"
    with suppress(OSError), open(f"{work}/{name}", "ab") as file:  # a full disk is for the task to report
        file.write(b"." * images)


def ticked(work: AnyPath, kind: str) -> int:
    """Return how many images this run has counted; twice those of a task that was run again."""
    files = files_at(work)
    if files.by_requests:
        return 0
    names = [name for name in files.entries().files if name.startswith(f"{kind}-") and name.endswith(_SUFFIX)]
    return sum(max(size, 0) for size in files.sizes(names))
