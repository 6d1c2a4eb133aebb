"""The files of fitted orders in some folders, and which annotations each was fitted to."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from core.caching.memory import MemoryCache
from core.errors import BoxscopeError
from core.files import files_at
from core.files.hashing import sha256
from core.proposers import Fitted
from core.proposers.fitted.file import Header, is_fitted

# Entries of a folder that are looked at: among a million pictures no file is searched for.
_ENTRIES = 2000

_digests = MemoryCache[str](100)


class FittedFile(NamedTuple):
    """A file that ``fit proposer`` wrote.

    Attributes
    ----------
    path : Path
    header : Header or None
        None for one that cannot be used.
    reason : str
        Why it cannot be used; or empty.
    """

    path: Path
    header: Header | None
    reason: str = ""


def fitted_files(folders: Iterable[Path]) -> list[FittedFile]:
    """Return the fitted files that lie in some folders, not below them, by folder and name."""
    found: dict[Path, FittedFile] = {}
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            entries = [path for path, _ in zip(folder.iterdir(), range(_ENTRIES), strict=False)]
            paths = sorted(path for path in entries if path.suffix == ".npz" and is_fitted(path))
            found |= {path: fitted_file(path) for path in paths}
    return list(found.values())


def fitted_file(path: Path) -> FittedFile:
    """Return what is known of a file that a user names, or why it cannot be used."""
    try:
        return FittedFile(path, Fitted(model=str(path), advice="ignore").opened().content.header)
    except BoxscopeError as error:
        return FittedFile(path, None, error.reason)


def fitted_to(header: Header, annotations: Mapping[str, Path]) -> str:
    """Return the name of the annotations that an order was fitted to, by their bytes; empty for none."""
    return next(
        (name for name, path in annotations.items() if _digest(path) == header.annotations_sha256), ""
    )


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, of one that is missing or cannot be read an empty text."""
    try:
        status = path.stat()
        key = f"{path.absolute()}\n{status.st_size} {status.st_mtime_ns}"
        return _digests.get(key, lambda: sha256(path)) if files_at(path).is_file() else ""
    except OSError:
        return ""
