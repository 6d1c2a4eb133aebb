"""The folders that the app may read from and write to: set here and nowhere else.

``BOXSCOPE_ROOTS`` names them, separated as PATH is; by default they are the folder the app was
started in and the home folder. The data set that it was started on, ``BOXSCOPE_DATASET``, is one in any case.
"""

import os
from pathlib import Path

from core.errors import BoxscopeError


def roots() -> list[Path]:
    """List the allowed folders, resolved."""
    named = [text for text in os.environ.get("BOXSCOPE_ROOTS", "").split(os.pathsep) if text]
    folders = [Path(text) for text in named] or [Path.cwd(), Path.home()]
    if dataset := os.environ.get("BOXSCOPE_DATASET"):
        folders.append(Path(dataset))
    return [folder.expanduser().resolve() for folder in folders]


def allowed(path: Path) -> bool:
    """Return whether a path, links followed, lies in an allowed folder."""
    resolved = path.resolve()
    return any(resolved.is_relative_to(root) for root in roots())


def resolve(text: str) -> Path:
    """Turn what a person typed into a path inside the allowed folders.

    Raises
    ------
    BoxscopeError
        It is empty or outside of them.
    """
    if not text.strip():
        raise BoxscopeError("got nothing, expected a path", "folder")
    path = Path(text.strip()).expanduser().resolve()
    if not allowed(path):
        names = ", ".join(str(root) for root in roots())
        raise BoxscopeError(f"outside the folders this app may use ({names}); BOXSCOPE_ROOTS sets them", path)
    return path


def resolve_folder(text: str) -> Path:
    """Turn what a person typed into a folder, one that is there or one that can be made.

    Raises
    ------
    BoxscopeError
        See :func:`resolve`; or it is a file, or would lie in one.
    """
    path = resolve(text)
    there = next(part for part in (path, *path.parents) if os.path.exists(part))
    if not there.is_dir():
        raise BoxscopeError("is a file, expected a folder", short(there))
    return path


def short(path: Path) -> str:
    """Return a path as one would type it in the folder that the app was started in."""
    here = Path.cwd().resolve()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
