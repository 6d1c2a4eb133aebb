"""Whether a listed name leads to a file below the images folder: decided here for every road.

An annotation file from elsewhere may name ``../../../etc/passwd``, and an unpacked folder may hold links to
anywhere. What leads out of the images folder is read by nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from core.datasets.locating.listing import Listing, leads_outside, normal
from core.errors import BoxscopeError
from core.files import AnyPath, files_at

VARIABLE = "BOXSCOPE_FOLLOW_LINKS"

OUTSIDE = "leads outside the images folder"
BY_LINK = f"{OUTSIDE} by a link (--follow-links reads it)"
UNUSABLE = "no file can have this name"
NOT_ALLOWED = "outside the folders that may be read"

# What stands in place of the path of a picture that is refused.
_REFUSED = {f"({reason})": reason for reason in (OUTSIDE, BY_LINK, UNUSABLE, NOT_ALLOWED)}


def refused_path(reason: str) -> str:
    """Return what stands in place of the path of a picture that is refused for one of the reasons above."""
    return f"({reason})"


def refusal_of(path: str) -> str:
    """Return why the picture with a path is refused; empty where it is not."""
    return _REFUSED.get(path, "") if path.startswith("(") else ""


def follows_links(chosen: bool | None = None) -> bool:
    """Return whether links out of an images folder are followed: as chosen, else by `BOXSCOPE_FOLLOW_LINKS`.

    Raises
    ------
    BoxscopeError
        The variable is neither 0 nor 1.
    """
    if chosen is not None:
        return chosen
    text = os.environ.get(VARIABLE, "").strip()
    if text not in ("", "0", "1"):
        raise BoxscopeError(f"got {text!r}, expected 0 or 1", VARIABLE)
    return text == "1"


class Inside:
    """The decision which listed names lead below an images folder.

    Parameters
    ----------
    folder : Path or RemotePath
        The images folder; it may be a link itself.
    follow_links : bool
        Whether links may lead out of it. ``..`` and absolute names may not.
    """

    def __init__(self, folder: AnyPath, follow_links: bool) -> None:
        self._folder = folder
        self._follow_links = follow_links

    @cached_property
    def _real(self) -> str:
        return os.path.realpath(str(self._folder))

    @cached_property
    def _written(self) -> str:
        return os.path.abspath(str(self._folder))

    def refusal(self, name: str) -> str:
        """Return why the file of a name may not be read; empty where it may, whether it exists or not.

        On a disk 20 us: each part of the path is looked at.
        """
        if not _is_possible(name):
            return UNUSABLE
        if not isinstance(self._folder, Path):
            return OUTSIDE if leads_outside(normal(name)) else ""
        path = os.path.join(self._written, name)
        if _is_below(os.path.realpath(path), self._real):
            return ""
        written = os.path.normpath(path)
        if not (_is_below(written, self._written) or _is_below(written, self._real)):
            return OUTSIDE
        return "" if self._follow_links else BY_LINK

    def refusals(self, names: Iterable[str], listing: Listing) -> dict[str, str]:
        """Return the reason for each of the names that may not be read.

        Only those that can lead out are looked at one by one: with ``..``, absolute ones, and links.

        Parameters
        ----------
        names : iterable of str
        listing : Listing
            Of the folder; what it knows already is not listed again.
        """
        distinct = [*dict.fromkeys(names)]
        # Most sets have no such name: that is seen in one text of all of them, in a tenth of the time.
        suspects = (
            {name for name in distinct if _is_odd(name)} if _is_odd("\n".join(["", *distinct])) else set()
        )
        if not (self._follow_links or files_at(self._folder).by_requests):
            others = [name for name in distinct if name not in suspects] if suspects else distinct
            suspects.update(reached_by_links(others, listing, self._is_linked))
        reasons = {name: self.refusal(name) for name in distinct if name in suspects} if suspects else {}
        return {name: reason for name, reason in reasons.items() if reason}

    def _is_linked(self, below: str) -> bool:
        """Return whether a folder below the images folder is reached by a link that leads out of this."""
        return not _is_below(os.path.realpath(os.path.join(self._written, below)), self._real)


def reached_by_links(names: list[str], listing: Listing, leads_out: Callable[[str], bool]) -> Iterator[str]:
    """Yield those of the names that are links, or lie in a folder that leads out; each folder is listed once.

    Parameters
    ----------
    names : list of str
        None absolute or with ``..``.
    listing : Listing
        Of the images folder.
    leads_out : callable
        Returns whether a folder, by its path below the images folder, leads out of where it may.
    """
    linked: set[str] = set()
    links: dict[str, frozenset[str]] = {}
    for below in {name.rpartition("/")[0] if "/" in name else "" for name in names}:
        if leads_out(below):
            linked.add(below)
        elif found := listing.entries("" if normal(below) == "." else normal(below)).links:
            links[below] = found
    if linked or links:
        parts = ((name, *name.rpartition("/")) for name in names)
        yield from (name for name, below, _, last in parts if below in linked or last in links.get(below, ()))


def _is_odd(names: str) -> bool:
    """Return whether a name, or one of several behind line breaks, may lead out as it is written."""
    if ".." in names or names.startswith("/") or "\n/" in names:
        return True
    return not _is_possible(names)


def _is_possible(name: str) -> bool:
    """Return whether a file can have a name: one without NUL and lone surrogates, which no system takes."""
    if name.isascii():
        return "\0" not in name
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
