"""Where data and exports lie: a folder of this machine, or a URL that fsspec opens.

A path of this machine is a plain ``pathlib.Path``; what is behind ``scheme://`` is a
:class:`core.files.remote.Remote`, which is used alike. fsspec is imported for a URL alone. Addresses and keys
come from where fsspec and the file system look for them: the environment and their own configuration.
"""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.errors import BoxscopeError

if TYPE_CHECKING:
    from core.files.remote import Remote

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)", re.IGNORECASE | re.DOTALL)


def printable(name: str) -> str:
    r"""Give a file's name as UTF-8 can hold it: the byte 255, which is none, is spelled ``\udcff``."""
    return name.encode(errors="backslashreplace").decode()


def place(text: str | os.PathLike[str]) -> Path:
    """Give the path that a text names; what is a path already stays one.

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
    if not isinstance(text, str):
        return Path(text) if hasattr(text, "__fspath__") else cast(Path, text)
    found = _URL.match(text)
    if found is None:
        return Path(text)
    if found["scheme"].lower() in ("file", "local"):
        return Path(found["rest"])
    try:
        from core.files.remote import Remote

        return cast(Path, Remote.at(text))
    except ImportError as error:
        words = "pip install -r requirements-cluster.txt, and for other than s3:// the package of its scheme"
        raise BoxscopeError(f"{error} ({words})", text) from error
    except ValueError as error:
        raise BoxscopeError(str(error), text) from error


def remote(path: Path) -> "Remote | None":
    """Give a path that lies behind a URL as what it is, None for one of this machine."""
    return None if isinstance(path, Path) else cast("Remote", path)


def is_file(path: Path) -> bool:
    """Say whether there is a file; a name that cannot be one is none."""
    return os.path.isfile(path) if isinstance(path, Path) else path.is_file()


def reason(error: Exception) -> str:
    """Say in a few words why a file cannot be had: what the system says, without the path."""
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(words).splitlines()[0]
