"""The folders that the app may read from and write to.

``BOXSCOPE_ROOTS`` lists them, separated as in ``PATH``; by default they are the folder in which the app was
started and the home folder. The data set that it was started on, ``BOXSCOPE_DATASET``, is always one.
"""

import os
from pathlib import Path

from core.datasets.formats import kept
from core.errors import BoxscopeError
from core.files import AnyPath
from core.proposers import Proposer


def roots() -> list[Path]:
    """Return the allowed folders, resolved."""
    listed = [text for text in os.environ.get("BOXSCOPE_ROOTS", "").split(os.pathsep) if text]
    folders = [Path(text) for text in listed] or [Path.cwd(), Path.home()]
    if dataset := os.environ.get("BOXSCOPE_DATASET"):
        folders.append(Path(dataset))
    return [folder.expanduser().resolve() for folder in folders]


def allowed(path: AnyPath) -> bool:
    """Return whether a path, links followed, lies in an allowed folder; no URL does."""
    if not isinstance(path, Path):
        return False
    resolved = path.resolve()
    return any(resolved.is_relative_to(root) for root in roots())


def expect_allowed(path: AnyPath) -> None:
    """Raise if a path leads out of the allowed folders, as a link in one of them may.

    Raises
    ------
    BoxscopeError
    """
    if not allowed(path):
        raise BoxscopeError(
            f"leads to {path.resolve()}, outside the folders this app may use; BOXSCOPE_ROOTS sets them", path
        )


def expect_files_allowed(proposer: Proposer) -> None:
    """Raise if a proposer reads a file outside the allowed folders; no such file is opened.

    Raises
    ------
    BoxscopeError
    """
    for path in proposer.files:
        try:
            expect_allowed(path)
        except ValueError as error:  # a name that no file can have
            raise BoxscopeError(f"no file can have this name ({error})", "file") from error


def expect_export_inside(folder: AnyPath) -> None:
    """Raise if OUT/SPLIT, or a folder that an export writes in it, leads out of the allowed folders.

    Raises
    ------
    BoxscopeError
    """
    for path in (folder, folder / ".work", folder / "crops"):
        expect_allowed(path)


def resolve(text: str) -> Path:
    """Return the path that a user typed, resolved, inside the allowed folders.

    Raises
    ------
    BoxscopeError
        It is empty or outside of them.
    """
    if not text.strip():
        raise BoxscopeError("Enter the path of a folder or file.")
    path = Path(text.strip()).expanduser().resolve()
    if not allowed(path):
        names = ", ".join(str(root) for root in roots())
        raise BoxscopeError(f"outside the folders this app may use ({names}); BOXSCOPE_ROOTS sets them", path)
    return path


def resolve_quietly(text: str) -> str:
    """Return the path of :func:`resolve` as text, the text itself where that is refused."""
    try:
        return str(resolve(text))
    except BoxscopeError:
        return text


def resolve_folder(text: str) -> Path:
    """Return the folder that a user typed: one that exists or that can be created.

    Raises
    ------
    BoxscopeError
        See :func:`resolve`; or it is a file, or would lie in one.
    """
    path = resolve(text)
    existing = next(part for part in (path, *path.parents) if os.path.exists(part))
    if not existing.is_dir():
        raise BoxscopeError("is a file, expected a folder", short(existing))
    return path


def short(path: AnyPath) -> str:
    """Return a path relative to the folder in which the app was started, as it is where it lies outside.

    The COCO file that is kept of a folder in another format is shown as that.
    """
    path = kept.shown(path)
    base = Path.cwd().resolve()
    inside = isinstance(path, Path) and path.is_relative_to(base)
    return str(path.relative_to(base)) if inside else str(path)


def from_home(path: Path) -> str:
    """Return a path with ``~`` in place of the home folder."""
    home = Path.home().resolve()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
