"""Paths of data and exports: on a disk of this machine, or behind a URL that fsspec opens.

A path on a disk is a plain ``pathlib.Path``; a URL ``scheme://…`` is a
:class:`core.files.remote_path.RemotePath`, whose methods have the same names. fsspec is imported only for a
URL. Endpoints and credentials are read by fsspec and its file systems from the environment and their own
configuration files.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Union

from core.errors import BoxscopeError

if TYPE_CHECKING:
    from core.files.remote_path import RemotePath

AnyPath = Union[Path, "RemotePath"]
"""A path on a disk or behind a URL."""

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
_LOCAL_SCHEMES = ("file", "local")


def as_path(text: "str | os.PathLike[str] | RemotePath") -> AnyPath:
    """Return the path that a text names; a path is returned unchanged.

    Parameters
    ----------
    text : str or path
        ``scheme://…`` is a URL, ``file://`` excepted.

    Raises
    ------
    BoxscopeError
        The text is empty, as from an unset variable; a package is missing, or fsspec knows no such scheme.
    """
    if text == "":
        raise BoxscopeError("got an empty path, expected the name of a file or folder")
    if isinstance(text, os.PathLike):
        return Path(text)
    if not isinstance(text, str):
        return text
    url = _URL.match(text)
    if url is None:
        return Path(text)
    if url["scheme"].lower() in _LOCAL_SCHEMES:
        return Path(url["rest"])
    try:
        from core.files.remote_path import RemotePath

        return RemotePath.from_url(text)
    except ImportError as error:
        advice = "pip install -r requirements-cluster.txt, and for other than s3:// the package of its scheme"
        raise BoxscopeError(f"{error} ({advice})", text) from error
    except ValueError as error:
        raise BoxscopeError(str(error), text) from error


def as_local_path(text: "str | os.PathLike[str] | RemotePath") -> Path:
    """Return the path that a text names on a disk of this machine; such a path is returned unchanged.

    Raises
    ------
    BoxscopeError
        The text is empty or a URL.
    """
    path = as_path(text)
    if not isinstance(path, Path):
        raise BoxscopeError("got a URL, expected a folder of this machine", text)
    return path


def printable(name: str) -> str:
    r"""Return a file's name as valid UTF-8: a byte that is not, such as 255, is written ``\udcff``."""
    return name.encode(errors="backslashreplace").decode()


def os_reason(error: Exception) -> str:
    """Return the system's reason for an error with a file, on one line and without the path."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0]
