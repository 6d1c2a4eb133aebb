"""The file names of crops: how they are made, and what can be read from one."""

import hashlib
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.files import printable

_LONGEST_STEM = 130
_LONGEST_FOLDER = 100
_CROP = re.compile(r".*\.\d+\.(?P<iou>\d_\d+)\.(?P<label>\d+)\.(jpg|png)", re.DOTALL)

# What no file's name may hold on Windows, and what parts a name; a blank only where a part of the name ends.
_UNUSABLE = re.compile(r'[/\\.:*?"<>|\x00-\x1f]|\s+$')
# Devices on Windows, whatever follows a dot: a file "con.0.0_87.1.jpg" would be the console.
_DEVICE = re.compile(r"con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3]", re.IGNORECASE)


class NameParts(NamedTuple):
    """What the name of a crop holds; the IoU has two decimals there."""

    iou: float
    label: int
    """The crop's class: 0 or 1, or its category's, see :mod:`core.sampling.classes`."""


def crop_stems(file_names: list[str], image_ids: NDArray[np.int64]) -> list[str]:
    """Return what the names of each image's crops start with: its file name, flat and without dots.

    Parameters
    ----------
    file_names : list of str
        They may have sub-folders and several dots: ``wall/a.b.jpg`` becomes ``wall_a_b``. Bytes that are
        not UTF-8 are escaped: the byte 255 becomes ``_udcff``. What Windows does not allow is replaced:
        ``a:b?.jpg`` becomes ``a_b_``, and ``con.jpg``, a device there, ``con_``.
    image_ids : int64 (I,)
        Appended where two images would get the same stem.

    Returns
    -------
    list of str
        All different, none longer than 150 bytes: a file name may have 255. They differ on every file system:
        in more than case, which macOS and Windows ignore, and in more than how letters are composed, which
        macOS ignores.
    """
    stems = [_flat(name) for name in file_names]
    keys = [same_file(stem) for stem in stems]
    counts = Counter(keys)
    images = zip(stems, keys, image_ids, strict=True)
    unique = [f"{stem}-{image_id}" if counts[key] > 1 else stem for stem, key, image_id in images]
    if len(set(map(same_file, unique))) < len(unique):  # "a-7" beside two "a", one of id 7
        unique = [f"{index}-{stem}" for index, stem in enumerate(stems)]
    return unique


def same_file(stem: str) -> str:
    """Return a text that is equal for stems that a file system may take for one."""
    if stem.isascii():
        return stem.lower()
    folded = unicodedata.normalize("NFD", stem).casefold()
    return unicodedata.normalize("NFD", folded)


@lru_cache(maxsize=8)
def class_folders(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the folders of classes, all different and in the order of their sorting.

    torchvision's ImageFolder numbers folders in the order of their names. Where the names of the classes do
    not sort as these are numbered, or two would be one folder on some file system, each has its number in
    front: ``0_background``, ``1_spalling``, ``2_crack``.

    Parameters
    ----------
    names : tuple of str
        Of the classes, by number.
    """
    folders = [_class_folder(name) for name in names]
    if folders == sorted(folders) and len(set(map(same_file, folders))) == len(folders):
        return tuple(folders)
    digits = len(str(len(folders) - 1))
    return tuple(f"{number:0{digits}d}_{name}" for number, name in enumerate(folders))


def _class_folder(name: str) -> str:
    safe = portable(printable(name).strip())
    return safe.encode()[:_LONGEST_FOLDER].decode(errors="ignore").rstrip() or "_"


def portable(text: str) -> str:
    """Return a text as a name, without a suffix, that every file system takes."""
    name = _UNUSABLE.sub("_", text)
    return f"{name}_" if _DEVICE.fullmatch(name) else name


def _flat(name: str) -> str:
    path = PurePosixPath(printable(name))
    flat = portable(str(path.parent / path.stem).strip("/"))
    if len(flat.encode()) <= _LONGEST_STEM:
        return flat
    return flat.encode()[-_LONGEST_STEM + 17 :].decode(errors="ignore") + "-" + short_hash(name)


def crop_name(stem: str, rank: int, iou: float, label: int, suffix: str = "jpg") -> str:
    """Return the article's name of a crop: ``{stem}.{rank}.{IoU as 0_87}.{label}.jpg``, or ``.png``.

    Where classes are categories, the label is the number of the class.

    The article's next part splits at the dots: part 2 is the IoU, part 3 the label.
    """
    score = str(round(iou, 2)).replace(".", "_")
    return f"{stem}.{rank}.{score}.{label}.{suffix}"


def parse_name(name: str) -> NameParts:
    """Return the IoU and the label in a crop's name or path, as the article's next part reads them.

    Raises
    ------
    BoxscopeError
        It is not a name that :func:`crop_name` returns.
    """
    match = _CROP.fullmatch(PurePosixPath(name).name)
    if match is None:
        raise BoxscopeError("no name of a crop, expected STEM.RANK.0_87.LABEL.jpg or .png", name)
    return NameParts(float(match["iou"].replace("_", ".")), int(match["label"]))


def is_crop_name(name: str) -> bool:
    """Return whether a file's name is one that :func:`crop_name` returns."""
    return _CROP.fullmatch(name) is not None


def short_hash(text: str) -> str:
    """Return the first 16 hexadecimal digits of a text's SHA-256."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
