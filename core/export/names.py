"""What crops are called, and what a name tells."""

import hashlib
import re
from collections import Counter
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.files import printable

_LONGEST_STEM = 130
_CROP = re.compile(r".*\.\d+\.(?P<iou>\d_\d+)\.(?P<label>[01])\.(jpg|png)", re.DOTALL)


class NameParts(NamedTuple):
    """What the name of a crop tells; the IoU has two decimals there."""

    iou: float
    label: int


def crop_stems(file_names: list[str], image_ids: NDArray[np.int64]) -> list[str]:
    """Name what each image's crops start with: its own name, flat and without dots.

    Parameters
    ----------
    file_names : list of str
        They may have sub-folders and several dots: ``wall/a.b.jpg`` becomes ``wall_a_b``. What is no UTF-8
        is spelled: the byte 255 becomes ``_udcff``.
    image_ids : int64 (I,)
        Added where two images would get the same stem.

    Returns
    -------
    list of str
        All different, none longer than 150 bytes: a file's name may have 255.
    """
    stems = [_flat(name) for name in file_names]
    counts = Counter(stems)
    both = zip(stems, image_ids, strict=True)
    named = [f"{stem}-{number}" if counts[stem] > 1 else stem for stem, number in both]
    if len(set(named)) < len(named):  # "a-7" beside two "a", one of id 7: then the place makes the difference
        named = [f"{place}-{stem}" for place, stem in enumerate(stems)]
    return named


def _flat(name: str) -> str:
    path = PurePosixPath(printable(name))
    flat = re.sub(r"[/\\.]", "_", str(path.parent / path.stem).strip("/"))
    if len(flat.encode()) <= _LONGEST_STEM:
        return flat
    return flat.encode()[-_LONGEST_STEM + 17 :].decode(errors="ignore") + "-" + short_hash(name)


def crop_name(stem: str, rank: int, iou: float, label: int, suffix: str = "jpg") -> str:
    """Name a crop as the article does: ``{stem}.{rank}.{IoU as 0_87}.{label}.jpg``, or ``.png``.

    The article's next part splits at the dots: part 2 is the IoU, part 3 the label.
    """
    score = str(round(iou, 2)).replace(".", "_")
    return f"{stem}.{rank}.{score}.{label}.{suffix}"


def parse_name(name: str) -> NameParts:
    """Read IoU and label off a crop's name or path, as the article's next part does.

    Raises
    ------
    BoxscopeError
        It is no name that :func:`crop_name` gives.
    """
    found = _CROP.fullmatch(PurePosixPath(name).name)
    if found is None:
        raise BoxscopeError("no name of a crop, expected STEM.RANK.0_87.LABEL.jpg or .png", name)
    return NameParts(float(found["iou"].replace("_", ".")), int(found["label"]))


def is_crop_name(name: str) -> bool:
    """Return whether a file's name is one that :func:`crop_name` gives."""
    return _CROP.fullmatch(name) is not None


def short_hash(text: str) -> str:
    """Return 16 hexadecimal digits that stand for a text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
