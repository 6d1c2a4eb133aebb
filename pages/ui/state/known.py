"""The data sets that the server knows: those opened before, in any session, and folders below the roots."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from core.datasets.nearby import NearbySearch
from core.files.replacing import replace_file
from core.files.user_state import state_folder
from pages.ui.state.roots import allowed, roots

MOST = 20
"""Data sets that are kept: those opened last."""


class Known(NamedTuple):
    """A data set to choose.

    Attributes
    ----------
    path : str
        Folder or COCO file, absolute.
    images_dir : str
        The folder that was given for its pictures, empty where it was searched for.
    split : str
        The split that the numbers are of.
    images, objects : int
        0 where they are not known.
    format : str
        What it looks like where that is not COCO.
    """

    path: str
    images_dir: str = ""
    split: str = ""
    images: int = 0
    objects: int = 0
    format: str = ""


def set_name(dataset: str) -> str:
    """Return the name of a data set's folder, also where it was opened by a file in it."""
    path = Path(dataset)
    return (path.parent.name or path.stem) if path.suffix.lower() == ".json" else path.name


def names(datasets: Iterable[str]) -> dict[str, str]:
    """Return a name for each data set; one that several have is led by the folder above."""
    paths = list(datasets)
    short = {path: set_name(path) or path for path in paths}
    taken = list(short.values())
    return {
        path: name if taken.count(name) == 1 else f"{Path(path).absolute().parent.name}/{Path(path).name}"
        for path, name in short.items()
    }


def remember(known: Known) -> None:
    """Put a data set first in the list of those opened before."""
    others = _read()
    if others[:1] == [known]:
        return
    kept = [known, *(other for other in others if other.path != known.path)][:MOST]
    with suppress(OSError):  # the list is a convenience: without it the data set is open all the same
        replace_file(_path(), json.dumps([item._asdict() for item in kept]).encode())


def opened_before() -> list[Known]:
    """Return the data sets opened before that exist and that the app may open, the last one first."""
    return [known for known in _read() if os.path.exists(known.path) and allowed(Path(known.path))]


def _path() -> Path:
    return state_folder() / "datasets.json"


def _read() -> list[Known]:
    with suppress(OSError, ValueError, TypeError, KeyError):  # none yet, or edited by hand
        return [_known(item) for item in json.loads(_path().read_bytes())]
    return []


def _known(item: dict[str, Any]) -> Known:
    path, images_dir, split = (str(item[name]) for name in ("path", "images_dir", "split"))
    return Known(
        path, images_dir, split, int(item["images"]), int(item["objects"]), str(item.get("format", ""))
    )


def below_roots(seconds: float = 0.0) -> tuple[list[Known], bool]:
    """Return the data sets found so far in the folders below the roots, and whether the search is complete.

    Parameters
    ----------
    seconds : float
        How long to wait for its end.
    """
    found, complete = _search(tuple(map(str, roots()))).found(seconds)
    return [
        Known(str(item.folder), "", item.split, item.images, item.objects, item.format) for item in found
    ], complete


@st.cache_resource(max_entries=2, show_spinner=False, ttl=60)
def _search(roots: tuple[str, ...]) -> NearbySearch:
    return NearbySearch([Path(root) for root in roots], allowed)
