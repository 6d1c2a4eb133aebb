r"""How names that were written elsewhere differ from the names of files, by rules from strict to loose.

A label tool on another system writes ``images\wall.png``, ``%C3%BC.png`` for ``ü.png``, or a path of its own
disk. Each rule takes one such difference away; names that it makes equal fit by that rule.
"""

import posixpath
import re
import unicodedata
from typing import NamedTuple
from urllib.parse import unquote

from core.datasets.locating.listing import normal

# Folders that hold pictures whichever these are: they tell no two pictures apart.
_ANY_PICTURES = frozenset(
    (
        *("images", "image", "imgs", "img", "jpegimages", "pictures"),
        *("data", "dataset", "media", "upload", "uploads"),
    )
)

# Words of folders that hold something else than pictures, under the same names.
_NO_PICTURES = frozenset(
    (
        *("mask", "masks", "label", "labels", "gt", "groundtruth", "truth", "ann", "anns", "annotation"),
        *("annotations", "seg", "segmentation", "segmentations", "segmentationclass", "segmentationobject"),
        *("panoptic", "depth", "edges", "thumb", "thumbs", "thumbnail", "thumbnails", "preview", "previews"),
        *("crop", "crops", "overlay", "overlays", "heatmap", "heatmaps", "pred", "preds", "prediction"),
        *("predictions", "vis", "output", "outputs"),
    )
)

# Words for a part of a data set.
_SPLITS = {
    **dict.fromkeys(("train", "training"), frozenset({"train"})),
    **dict.fromkeys(("val", "valid", "validation", "dev"), frozenset({"valid"})),
    **dict.fromkeys(("test", "testing"), frozenset({"test"})),
    "trainval": frozenset({"train", "valid"}),
}

_DRIVE = re.compile(r"^[A-Za-z]:(?=[\\/])")
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/+")
_LEADING = re.compile(r"^(?:\.{0,2}/)+")
# Nothing in it that a rule but the last would change.
_PLAIN = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)


def slashes(name: str) -> str:
    """Return a name's path with ``/`` between its parts, without ``.`` and ``a/..``."""
    return normal(name.replace("\\", "/"))


def is_foreign(name: str) -> bool:
    """Return whether a name leads out of the images folder, as an absolute path of another machine does."""
    return _DRIVE.match(name) is not None or name.startswith(("/", "\\")) or slashes(name).startswith("../")


def from_the_top(name: str) -> str:
    """Return a path without drive and leading ``/`` or ``..``: it leads nowhere but below a folder.

    Of a URL it is the path, without a query.
    """
    if scheme := _SCHEME.match(name):
        name = re.split("[?#]", name[scheme.end() :])[0]
    return _LEADING.sub("", slashes(_DRIVE.sub("", name)))


def _decoded(name: str) -> str:
    return slashes(unquote(name, errors="surrogateescape")) if "%" in name else name


def _composed(name: str) -> str:
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _stripped(name: str) -> str:
    return "/".join(part.strip() for part in name.split("/"))


def _lower_suffix(name: str) -> str:
    stem, suffix = posixpath.splitext(name)
    return stem + suffix.casefold()


# Each works on what the one before it gives.
_STEPS = {
    "separators": from_the_top,
    "percent-encoding": _decoded,
    "Unicode form": _composed,
    "blanks": _stripped,
    "case of the suffix": _lower_suffix,
    "case of the name": str.casefold,
}

PATH_RULES = tuple(_STEPS)
"""Rules under which the path as a whole fits."""

END_OF_PATH, LAST_PART = "end of the path", "last part alone"

TAIL_LEVELS = (PATH_RULES.index("blanks"), PATH_RULES.index("case of the name"))
"""Indices of the rules that apply where only the end of a path is compared: in exact case first."""


def spellings(name: str) -> tuple[str, ...]:
    """Return a name under each of ``PATH_RULES``: two names fit by a rule where these are equal."""
    found = []
    for step in _STEPS.values():
        name = step(name)
        found.append(name)
    return tuple(found)


def loosest(name: str) -> str:
    """Return a name under the loosest of ``PATH_RULES``."""
    return name.lower() if _PLAIN.fullmatch(name) else spellings(name)[-1]


def in_own_case(name: str) -> str:
    """Return a name as it would be written here, in the case that it has."""
    return name if _PLAIN.fullmatch(name) else spellings(name)[TAIL_LEVELS[0]]


def last_part(name: str) -> str:
    """Return the part after the last ``/``."""
    return name.rpartition("/")[2]


def holds_no_pictures(folders: str) -> bool:
    """Return whether the names of folders speak of masks, labels or thumbnails."""
    return not _NO_PICTURES.isdisjoint(re.findall("[a-z]+", folders.casefold()))


def splits_of(text: str) -> frozenset[str]:
    """Return the splits that a name speaks of: ``train`` in ``walls_train_v2`` or ``train2017``."""
    words = re.findall("[a-z]+", text.casefold())
    return frozenset().union(*(_SPLITS.get(word, ()) for word in words))


class Surroundings(NamedTuple):
    """What is known of names and files beside what they say themselves.

    Attributes
    ----------
    listed, folder : frozenset of str
        The split of the annotation file and of the images folder, by their names; see :func:`splits_of`.
    pictures_alone : bool
        The images folder lies apart from the annotation file, so all that is in it belongs to the data set. A
        folder with both may hold other data sets too.
    """

    listed: frozenset[str] = frozenset()
    folder: frozenset[str] = frozenset()
    pictures_alone: bool = False


def same_origin(name: str, file: str, tail: str, around: Surroundings) -> bool:
    """Return whether a name and a file that end alike may be one picture, by the folders before that.

    ``video1/0001.png`` is not ``video2/0001.png``, what lies in ``valid/`` is no training picture, and what
    lies in ``masks/`` none at all; but ``/home/me/wall/train/a.png`` may be ``train/a.png``.

    Parameters
    ----------
    name, file : str
        In one of their :func:`spellings`.
    tail : str
        The end of both.
    around : Surroundings
    """
    ours, theirs = splits_of(posixpath.dirname(name)), splits_of(posixpath.dirname(file))
    if ours:
        theirs = theirs or around.folder
    else:
        ours = around.listed
    if ours and theirs and not ours & theirs:
        return False
    if holds_no_pictures(posixpath.dirname(file)) and not holds_no_pictures(posixpath.dirname(name)):
        return False
    of_name, of_file = _telling(name.removesuffix(tail)), _telling(file.removesuffix(tail))
    if ours:
        of_file = [part for part in of_file if not splits_of(part)]
    return _within(of_file, of_name) or (around.pictures_alone and _within(of_name, of_file))


def _telling(folders: str) -> list[str]:
    parts = (part for part in folders.split("/") if part)
    return [part for part in parts if part.casefold() not in _ANY_PICTURES]


def _within(parts: list[str], more: list[str]) -> bool:
    """Return whether all parts are among others, in the same order."""
    rest = iter(more)
    return all(part in rest for part in parts)
