"""The pictures and masks at a path, for a look at them before they are converted."""

from pathlib import Path

from core.datasets.formats.base import ALL
from core.datasets.formats.masks import Parts, masks_of
from core.datasets.formats.recognising import find
from core.datasets.formats.tree import Tree
from core.datasets.locating.annotation_files import annotation_files
from core.datasets.mask_folders.looking import MaskFolder
from core.errors import BoxscopeError


def folder_at(path: Path) -> MaskFolder | None:
    """Return the pictures and masks of a folder, of one of its splits where the path is its place.

    None where it holds COCO annotations, or no masks.
    """
    try:
        annotation_files(path)
    except BoxscopeError:
        pass
    else:
        return None
    try:
        source = find(path, "masks", ALL)
    except BoxscopeError:
        return None
    found = masks_of(Tree(source.folder, complete=True))
    if found is None:
        return None
    parts, names = Parts(found), {split.name for split in source.recognition.splits}
    pairs = tuple(pair for pair in found.pairing.pairs if parts.of(pair.image) in names)
    return found._replace(pairing=found.pairing._replace(pairs=pairs))
