"""Names of masks and of pictures: which words in them say what a file is, and what remains."""

import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import NamedTuple

# Words of folders and of the ends of file names, in lower case.
_MASK_WORDS = frozenset(
    (
        *("mask", "masks", "label", "labels", "lab", "lbl", "gt", "gts", "groundtruth", "groundtruths"),
        *("annotation", "annotations", "anno", "annos", "seg", "segs", "segmentation", "segmentations"),
        *("segmentationclass", "labelids", "labeltrainids", "manual", "bw"),
    )
)
_PICTURE_WORDS = frozenset(
    (
        *("image", "images", "img", "imgs", "jpegimages", "picture", "pictures", "photo", "photos"),
        *("original", "originals", "raw", "rgb", "png", "jpg", "jpeg", "bmp", "tif", "tiff", "data"),
    )
)
_SAID = _MASK_WORDS | _PICTURE_WORDS
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^A-Za-z0-9]+|.", re.DOTALL)


class Named(NamedTuple):
    """What a path says of a file.

    Attributes
    ----------
    key : tuple of str
        Its folders and stem without the words that say what it is; a picture and its mask have the same.
    habit : str
        The words that say that it is a mask, as ``masks/`` or ``_mask``; empty for others.
    """

    key: tuple[str, ...]
    habit: str


def named(path: str) -> Named:
    """Return what a path below the folder of a data set says of a file.

    ``train/masks/001_mask.png`` has the key ``train 001`` and the habits ``masks/`` and ``_mask``;
    ``train_lab/7.png`` the key ``train 7``.
    """
    pure = PurePosixPath(path)
    key: list[str] = []
    habits: list[str] = []
    for folder in pure.parts[:-1]:
        found = _of_folder(folder)
        # The last folder that says something decides: segmentation_set/images/ holds pictures.
        habits = [f"{folder}/"] if found.is_mask else [] if found.is_picture else habits
        key += [found.rest] if found.rest else []
    stem = _of_stem(pure.stem)
    habits += [f"_{stem.habit}"] if stem.habit else []
    return Named((*key, stem.rest), " ".join(habits))


class _Found(NamedTuple):
    rest: str
    habit: str
    is_picture: bool = False

    @property
    def is_mask(self) -> bool:
        return bool(self.habit)


@lru_cache(maxsize=4096)
def _of_folder(name: str) -> _Found:
    """Return the words of a folder's name that remain, in lower case: train_img and train_lab are train."""
    words = _words(name)
    masks = [word for word in words if word.casefold() in _MASK_WORDS]
    kept = [
        word for word in words if word.casefold() not in _MASK_WORDS | _PICTURE_WORDS and word[0].isalnum()
    ]
    pictures = any(word.casefold() in _PICTURE_WORDS for word in words)
    return _Found("".join(kept).casefold(), " ".join(masks), pictures)


def _of_stem(name: str) -> _Found:
    """Return a file's stem without the words at its ends: 12_mask and mask_12 are 12, 12_mask_3 is itself."""
    words = _words(name)
    habits: list[str] = []
    for end in (-1, 0):
        while len(words) > 1 and words[end].casefold() in _SAID:
            habits += [words[end].casefold()] if words[end].casefold() in _MASK_WORDS else []
            words = words[:-1] if end else words[1:]
            while len(words) > 1 and not words[end][0].isalnum():  # what joined it
                words = words[:-1] if end else words[1:]
    return _Found("".join(words), " ".join(habits))


def _words(name: str) -> list[str]:
    """Return words, numbers and the signs between them; ``groundTruth`` is one word."""
    words: list[str] = []
    for word in _WORD.findall(name):
        if word.casefold() == "truth":
            before = [n for n, one in enumerate(words) if one[0].isalnum()][-1:]
            if before and words[before[0]].casefold() == "ground":
                words[before[0] :] = ["groundtruth"]
                continue
        words.append(word)
    return words
