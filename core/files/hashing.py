"""The SHA-256 of files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from core.files import AnyPath, files_at


def sha256(path: AnyPath) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with files_at(path).local_copy() as copy, copy.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def joined_sha256(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the concatenated bytes of small files, in the given order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
