"""Small files that several processes share: whole at any time, old or new."""

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, *data: bytes | memoryview) -> None:
    """Write a file under a temporary name beside it and rename it; its folder is created if missing.

    It is not flushed to disk: after a power failure it may be gone. Where something fails nothing stays.

    Raises
    ------
    OSError
        It cannot be written; the former file is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        try:
            for part in data:
                file.write(part)
            file.close()
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
