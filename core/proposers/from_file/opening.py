"""The table of a results file: read once, then kept in memory and on disk."""

import os
from pathlib import Path

from core.caching.memory import MemoryCache
from core.errors import BoxscopeError
from core.files import open_regular, os_reason
from core.proposers.from_file import json_results, kept, npz_results, parquet_results
from core.proposers.from_file.building import build
from core.proposers.from_file.table import Table

# Bytes of a file from which its table is kept on disk: a smaller one is read in some 20 ms.
LEAST = 1_000_000

_READERS = {b"PAR1": parquet_results.read, b"PK\x03\x04": npz_results.read}
_tables = MemoryCache[Table](8)


def opened(path: Path) -> Table:
    """Return the table of a file as it is on disk at this moment.

    Raises
    ------
    BoxscopeError
        It cannot be read; the message names the column or the entry that is wrong.
    """
    try:
        with open_regular(path) as file:
            status = os.fstat(file.fileno())
        key = f"{path.absolute()}\n{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"
        return _tables.get(key, lambda: _table(path, key, status.st_size))
    except OSError as error:
        raise BoxscopeError(f"cannot be read ({os_reason(error)})", path) from error
    except BoxscopeError as error:
        raise BoxscopeError(error.reason, path) from error


def _table(path: Path, key: str, size: int) -> Table:
    table = kept.load(key) if size >= LEAST else None
    if table is None:
        with open_regular(path) as file:
            magic = file.read(4)
            file.seek(0)
            table = build(_READERS.get(magic, json_results.read)(file))
        if size >= LEAST:
            kept.save(key, table)
            table = kept.load(key) or table  # what is mapped is shared with other processes
    return table
