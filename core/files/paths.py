"""Where data and exports lie: on a disk of this machine, or behind a URL that fsspec opens.

A path on a disk is a plain ``pathlib.Path``; one behind ``scheme://`` is a
:class:`core.files.remote_path.RemotePath`, whose methods bear the same names. fsspec is imported for a URL
alone. Addresses and keys come from where fsspec and the file system look for them: the environment and their
own configuration.
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
    """Return the path that a text names; what is a path already stays one.

    Parameters
    ----------
    text : str or path
        ``scheme://…`` is a URL, ``file://`` excepted.

    Raises
    ------
    BoxscopeError
        It is empty, as an unset variable is; a package is missing, or fsspec knows no such scheme.
    """
    if text == "":
        raise BoxscopeError("got an empty path, expected the name of a file or folder")
    if isinstance(text, os.PathLike):
        return Path(text)
    if not isinstance(text, str):
        return text
    found = _URL.match(text)
    if found is None:
        return Path(text)
    if found["scheme"].lower() in _LOCAL_SCHEMES:
        return Path(found["rest"])
    try:
        from core.files.remote_path import RemotePath

        return RemotePath.from_url(text)
    except ImportError as error:
        advice = "pip install -r requirements-cluster.txt, and for other than s3:// the package of its scheme"
        raise BoxscopeError(f"{error} ({advice})", text) from error
    except ValueError as error:
        raise BoxscopeError(str(error), text) from error


def as_local_path(text: str) -> Path:
    """Return the path that a text names on a disk of this machine.

    Raises
    ------
    BoxscopeError
        It is empty, or a URL.
    """
    path = as_path(text)
    if not isinstance(path, Path):
        raise BoxscopeError("got a URL, expected a folder of this machine", text)
    return path


def printable(name: str) -> str:
    r"""Return a file's name as UTF-8 can hold it: the byte 255, which is none, is spelled ``\udcff``."""
    return name.encode(errors="backslashreplace").decode()


def os_reason(error: Exception) -> str:
    """Return why a file cannot be had in the system's words, on one line and without the path."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0]
