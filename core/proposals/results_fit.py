"""How the file of a proposer fits a data set: what only one of them names, or that it was fitted to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core import wording
from core.datasets import CocoDataset
from core.files import files_at
from core.files.hashing import sha256
from core.proposers import Fitted, FromFile, ImageRef, Proposer, Union
from core.proposers.from_file import Table
from core.proposers.from_file.table import BY_TEXTS, IMAGE_ID


@dataclass(frozen=True)
class Fit:
    """What of a results file belongs to a data set; a first item is given as text, empty for none.

    Attributes
    ----------
    boxes, images : int
        That can be used, of images of the data set.
    unknown_boxes, unknown_images : int
        Of images that the data set does not have.
    first_unknown : str
    other_categories : int
        Boxes of images of the data set whose category it does not have.
    first_category : str
    outside : int
        Boxes outside their image, as far as its size is annotated.
    unnamed : int
        Images of the data set that the file does not name.
    first_unnamed : str
    """

    boxes: int
    images: int
    unknown_boxes: int
    unknown_images: int
    first_unknown: str
    other_categories: int
    first_category: str
    outside: int
    unnamed: int
    first_unnamed: str


def fit(dataset: CocoDataset, table: Table) -> Fit:
    """Return how the boxes of a file fit a data set."""
    at = np.array([_image(dataset, index, table) for index in range(len(dataset))], np.int64)
    counts, unnamed = np.diff(table.starts), np.flatnonzero(at < 0)
    index_of = np.full(len(table), -1, np.int64)
    index_of[at[at >= 0]] = np.flatnonzero(at >= 0)
    if table.by == IMAGE_ID:
        for number, index in dataset.other_ids.items():
            place = table.image_of(ImageRef(number, "", 0, 0))
            if place is not None:
                index_of[place] = index
    unknown, of_box = np.flatnonzero(index_of < 0), np.repeat(index_of, counts)
    known = of_box >= 0
    other: NDArray[np.int64] = np.zeros(0, np.int64)
    if table.categories is not None:
        other = table.categories[known & ~np.isin(table.categories, list(dataset.categories))]
    sizes = dataset.sizes[of_box]
    sized = known & (sizes > 0).all(axis=1)
    outside = (table.boxes[:, :2] >= sizes).any(axis=1) | (table.boxes[:, 2:] <= 0).any(axis=1)
    return Fit(
        boxes=int(known.sum()),
        images=len(table) - len(unknown),
        unknown_boxes=int(counts[unknown].sum()),
        unknown_images=len(unknown),
        first_unknown=table.image_text(int(unknown[0])) if len(unknown) else "",
        other_categories=len(other),
        first_category=str(other[0]) if len(other) else "",
        outside=int(np.count_nonzero(sized & outside)),
        unnamed=len(unnamed),
        first_unnamed=dataset.file_names[unnamed[0]] if len(unnamed) else "",
    )


def _image(dataset: CocoDataset, index: int, table: Table) -> int:
    first, *others = dataset.ids_of(index)
    image_id = None if dataset.renumbered[index] else first
    ref = ImageRef(image_id, dataset.file_names[index], 0, 0, tuple(others), bool(dataset.alone[index]))
    at = table.image_of(ref)
    return -1 if at is None else at


def remarks(dataset: CocoDataset, proposer: Proposer) -> list[str]:
    """Return a line for each file that a proposer reads: how it fits the data set.

    Raises
    ------
    BoxscopeError
        A file cannot be read.
    """
    parts = proposer.parts if isinstance(proposer, Union) else (proposer,)
    lines = [remark(dataset, part) for part in parts if isinstance(part, FromFile)]
    return lines + [remark_on_fit(dataset, part) for part in parts if isinstance(part, Fitted)]


def remark_on_fit(dataset: CocoDataset, proposer: Fitted) -> str:
    """Return in one line what an order was fitted to, and whether that is this data set.

    Raises
    ------
    BoxscopeError
        The file cannot be used.
    """
    header = proposer.opened().content.header
    text = f"{proposer.model}: fitted to {wording.count(header.images, 'image')}; {header.places}; "
    text += header.guard.reason
    annotations = dataset.annotations
    if files_at(annotations).is_file() and sha256(annotations) == header.annotations_sha256:
        text += "; these are the images of this data set: its figures here are too high"
    return text


def remark(dataset: CocoDataset, proposer: FromFile) -> str:
    """Return in one line how the boxes of a file fit a data set.

    Raises
    ------
    BoxscopeError
        The file cannot be read.
    """
    table = proposer.table()
    one, by = fit(dataset, table), BY_TEXTS[table.by]
    texts = [
        f"{wording.count(one.boxes, 'box')} of {wording.count(one.images, 'image')}, by {by}, "
        f"{'without' if table.scores is None else 'with'} scores"
    ]
    if one.unknown_images:
        boxes, images = wording.count(one.unknown_boxes, "box"), wording.count(one.unknown_images, by)
        texts.append(f"{boxes} of {images} that the data set does not have (first {one.first_unknown})")
    if one.other_categories:
        boxes = wording.count(one.other_categories, "box")
        texts.append(f"{boxes} of categories that it does not have (first {one.first_category})")
    if one.outside:
        texts.append(f"{wording.count(one.outside, 'box')} outside the image, left out")
    texts += [
        f"{wording.count(dropped.boxes, 'box')} {dropped.reason} (first entry {dropped.first}), left out"
        for dropped in table.dropped
    ]
    if one.unnamed:
        becomes = "refused" if proposer.unnamed == "refuse" else "taken as without proposals"
        images = wording.count(one.unnamed, "image")
        texts.append(f"{images} of the data set not named (first {one.first_unnamed}), {becomes}")
    return f"{proposer.file}: {'; '.join(texts)}"
