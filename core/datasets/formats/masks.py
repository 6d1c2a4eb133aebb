"""Folders of masks: a picture of labels for each picture, in a folder of their own or beside it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar

import msgspec

from core.datasets.formats.base import ALL, Format, Object, Picture, Reading, Recognition, Split
from core.datasets.formats.pairing import common_folder
from core.datasets.formats.tree import Tree, is_picture
from core.datasets.locating.name_rules import splits_of
from core.datasets.mask_folders.looking import MaskFolder, find_masks
from core.datasets.mask_folders.meaning import Meaning, decide
from core.datasets.mask_folders.names import named
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.run import read_all
from core.datasets.mask_folders.settings import EMPTY, MaskSettings
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.wording import count

# Share of the pairs that were looked at of which the masks look like such.
_SURE = 0.75
# The split of pictures whose folders speak of none, where others do.
_OTHER = "other"
# Habits that are named.
_NAMED = 3


@dataclass(frozen=True)
class Masks(MaskSettings, Format):
    """Masks, of whose pixels each piece becomes an object."""

    name: ClassVar[str] = "masks"
    title: ClassVar[str] = "masks"

    def recognise(self, tree: Tree) -> Recognition | None:
        """Return what was found, None where no picture has a mask that looks like one."""
        found = masks_of(tree)
        if found is None or not found.sure:
            return None
        pairing = found.pairing
        text = f"{count(len(pairing.pairs), 'picture')} with a mask ({', '.join(pairing.habits[:_NAMED])})"
        text += f", {found.alike} of {found.looked_at} looked at are masks by their pixels"
        if pairing.unmasked:
            text += f", {count(len(pairing.unmasked), 'picture')} without one"
        return Recognition(self.name, self.title, found.sure >= _SURE, text, Parts(found).splits())

    def read(self, tree: Tree, split: str) -> Reading:
        """Return the content: what pixels mean is decided by the masks of all splits."""
        found = masks_of(tree)
        if found is None:
            raise BoxscopeError("got no masks there", tree.root)
        meaning = decide(self, found.sample())
        parts = Parts(found)
        pairs = parts.pairs(split)
        notes = [note for note in found.pairing.problems if split in (ALL, parts.of(note.item))]
        lone = [name for name in found.pairing.unmasked if split in (ALL, parts.of(name))]
        if self.unmasked == EMPTY:
            pairs = sorted([*pairs, *(Pair(name, None) for name in lone)])
        else:
            text = "has no mask: what it shows is not known, left out"
            notes += [Problem("no-label", name, text, True) for name in lone]
        lost = sum(note.lost and note.of == "image" for note in notes)
        notes += [Problem("decided", tree.root.name, note, False, "file") for note in meaning.notes]
        images = common_folder(pair.image for pair in pairs)
        names = tuple(one.name for one in meaning.classes if not one.is_background)
        reading = Reading(images, names or self._only(meaning), (), notes, len(pairs) + lost)
        reading.told = {"decided": asdict(meaning)}
        reading.pictures = self._pictures(tree, pairs, meaning, reading)
        return reading

    def _only(self, meaning: Meaning) -> tuple[str, ...]:
        """Return the one class of masks with a threshold; others are known when the masks are read."""
        return () if meaning.has_classes else (self.category,)

    def _pictures(
        self, tree: Tree, pairs: list[Pair], meaning: Meaning, reading: Reading
    ) -> Iterator[Picture]:
        below = len(reading.images_dir) + 1 if reading.images_dir else 0
        small = 0
        settings = MaskSettings(**{name: getattr(self, name) for name in MaskSettings.__dataclass_fields__})
        for made in read_all(tree.root, pairs, settings, meaning):
            reading.notes += made.problems
            small += made.small
            if made.size is not None:
                objects = (
                    Object(one.category, one.box, msgspec.Raw(one.segmentation), one.area)
                    for one in made.objects
                )
                yield Picture(made.pair.image[below:], *made.size, tuple(objects))
        if small:
            text = f"{count(small, 'object')} smaller than min_area={self.min_area} left out"
            reading.notes.append(Problem("small-object", tree.root.name, text, False, "file"))


def masks_of(tree: Tree) -> MaskFolder | None:
    """Return the pictures and masks among the files of a tree."""
    names = (f"{below}/{name}" if below else name for below, found in tree.files.items() for name in found)
    return find_masks(tree.root, sorted(filter(is_picture, names)))


class Parts:
    """The splits of the pictures of a folder, by what the names of their folders speak of."""

    def __init__(self, found: MaskFolder) -> None:
        self._found = found
        self._rest = _OTHER if any(_spoken(pair.image) for pair in found.pairing.pairs) else ALL

    def of(self, name: str) -> str:
        """Return the split of a file; `ALL` where the folders of no picture speak of one."""
        return _spoken(name) or self._rest

    def pairs(self, split: str) -> list[Pair]:
        """Return the pairs of a split, or of all.

        Raises
        ------
        BoxscopeError
            There is no such split.
        """
        pairs = [pair for pair in self._found.pairing.pairs if split in (ALL, self.of(pair.image))]
        if not pairs:
            raise BoxscopeError(f"no split {split!r}", self._found.folder)
        return pairs

    def splits(self) -> tuple[Split, ...]:
        """Return the splits; the place of each is the folder of its masks."""
        by_name: dict[str, list[str]] = {}
        for pair in self._found.pairing.pairs:
            by_name.setdefault(self.of(pair.image), []).append(pair.mask or "")
        return tuple(Split(name, common_folder(masks)) for name, masks in sorted(by_name.items()))


def _spoken(name: str) -> str:
    return next((folder for folder in named(name).key[:-1] if splits_of(folder)), "")
