"""The images and objects of a COCO file that can be used, and a list of problems with the others.

Notation: I images, A annotations.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.coco import Columns
from core.datasets.image_files import ImageFiles
from core.datasets.problems import Problem
from core.truth import Truth


class Usable(NamedTuple):
    """The usable part of a COCO file; the attributes are those of :class:`core.datasets.CocoDataset`."""

    image_ids: NDArray[np.int64]
    renumbered: NDArray[np.bool_]
    file_names: list[str]
    paths: list[str]
    doubts: list[str]
    sizes: NDArray[np.int64]
    categories: dict[int, str]
    problems: tuple[Problem, ...]
    all_truth: Truth
    starts: NDArray[np.int64]
    refusals: tuple[str, ...]
    other_ids: dict[int, int]


def select_usable(item: str, columns: Columns, files: ImageFiles) -> Usable:
    """Return the usable images and objects, sorted by image, and a problem for each that is left out.

    Parameters
    ----------
    item : str
        Name of the file, for problems that concern no image.
    columns : Columns
    files : ImageFiles
    """
    images = _Images(columns)
    boxes, lost, clipped = _boxes(columns, images)
    rows = np.flatnonzero(lost == "")
    rows = rows[np.argsort(images.of_annotation[rows], kind="stable")]
    box_area = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))[rows]
    area = columns.area[rows]
    truth = Truth(
        boxes=boxes[rows].astype(np.float32),
        category=columns.category[rows],
        area=np.where(np.isfinite(area), area, box_area),
        crowd=columns.crowd[rows],
        ids=columns.annotation_id[rows],
    )
    problems = [
        *(Problem("lenient", item, *remark) for remark in columns.remarks),
        *files.problems,
        *_file_problems(item, columns),
        *_image_problems(columns, images),
        *_annotation_problems(item, columns, images, lost, clipped),
    ]
    return Usable(
        image_ids=columns.image_id[images.kept],
        renumbered=columns.renumbered[images.kept],
        file_names=[columns.file_name[n] for n in images.kept],
        paths=[files.paths[n] for n in images.kept],
        doubts=_doubts(columns, images, lost),
        sizes=columns.size[images.kept],
        categories=dict(columns.categories),
        problems=tuple(problems),
        all_truth=truth,
        starts=np.searchsorted(images.of_annotation[rows], np.arange(len(images.kept) + 1)),
        refusals=(),
        other_ids={},
    )


class _Images:
    """Which images are kept, and which kept image each annotation belongs to (-1: none)."""

    def __init__(self, columns: Columns) -> None:
        index: dict[int, int] = {}
        kept = []
        for n, image_id in enumerate(columns.image_id.tolist()):
            if image_id not in index:
                index[image_id] = len(index)
                kept.append(n)
        self.kept = np.array(kept, dtype=np.int64)
        owners = (index.get(image_id, -1) for image_id in columns.annotation_image.tolist())
        self.of_annotation = np.fromiter(owners, dtype=np.int64, count=len(columns.annotation_image))


def _boxes(
    columns: Columns, images: _Images
) -> tuple[NDArray[np.float64], NDArray[np.str_], NDArray[np.bool_]]:
    """Return boxes clipped to the image (A, 4), why each is lost or '' (A,), and which were clipped (A,)."""
    x, y, width, height = columns.bbox.T
    with np.errstate(invalid="ignore"):  # infinite sides are reported below
        corners = np.stack([x, y, x + width, y + height], axis=1)
    sizes = np.vstack([columns.size[images.kept], [[0, 0]]])[images.of_annotation]  # (A, 2)
    limit = np.where(sizes > 0, sizes, np.inf)
    inside = np.clip(corners, 0, np.tile(limit, 2))
    lost = np.full(len(corners), "", dtype="<U16")
    lost[(inside[:, 2] <= inside[:, 0]) | (inside[:, 3] <= inside[:, 1])] = "outside"
    lost[(width <= 0) | (height <= 0)] = "zero-area"
    lost[~np.isfinite(corners).all(axis=1)] = "no-box"
    lost[columns.empty] = "empty-mark"
    lost[images.of_annotation < 0] = "unknown-image"
    return inside, lost, (lost == "") & (inside != corners).any(axis=1)


def _doubts(columns: Columns, images: _Images, lost: NDArray[np.str_]) -> list[str]:
    """Return for each kept image why its truth may lack an object, empty where it lacks none."""
    doubts = [""] * len(images.kept)
    rows = np.flatnonzero((lost != "") & (lost != "empty-mark") & (images.of_annotation >= 0))
    owners = images.of_annotation[rows]
    indices, first, counts = np.unique(owners, return_index=True, return_counts=True)
    for index, n, count in zip(indices.tolist(), rows[first].tolist(), counts.tolist(), strict=True):
        detail = f"{_annotation_text(columns, n)} {_LOST[str(lost[n])].removesuffix(', left out')}"
        others = ", and others" if count > 1 else ""
        doubts[index] = f"{count} of its objects cannot be used ({detail}{others})"
    return doubts


def _annotation_text(columns: Columns, n: np.intp | int) -> str:
    """Return ``annotation 7 [5.0, 5.0, 0.0, 9.0]``, without the box where it has none."""
    box = "" if np.isnan(columns.bbox[n]).any() else f" {columns.bbox[n].tolist()}"
    return f"annotation {columns.annotation_id[n]}{box}"


_LOST = {
    "outside": "lies outside the image, left out",
    "zero-area": "has no area, left out",
    "no-box": "has no box of four numbers, left out",
    "empty-mark": "has an empty box: read as the mark of an image without objects",
    "unknown-image": "belongs to no listed image, left out",
}


def _annotation_problems(
    item: str, columns: Columns, images: _Images, lost: NDArray[np.str_], clipped: NDArray[np.bool_]
) -> Iterator[Problem]:
    listed = {number for number, _ in columns.categories}
    repeated = _repeated(columns.annotation_id)
    unlisted = np.array([number not in listed for number in columns.category.tolist()], dtype=bool) & (
        lost == ""
    )
    for n in np.flatnonzero((lost != "") | clipped | repeated | unlisted):
        owner = images.of_annotation[n]
        name = item if owner < 0 else columns.file_name[images.kept[owner]]
        annotation, described = f"annotation {columns.annotation_id[n]}", _annotation_text(columns, n)
        if lost[n]:
            kind = str(lost[n])
            yield Problem(kind, name, f"{described} {_LOST[kind]}", kind != "empty-mark", "object")
        if clipped[n]:
            width, height = columns.size[images.kept[owner]]
            yield Problem("clipped", name, f"{described} cut to the image, {width}x{height}", False, "object")
        if repeated[n]:
            yield Problem(
                "repeated-id", name, f"{annotation}: another annotation has this id", False, "object"
            )
        if unlisted[n]:
            detail = f"{annotation}: category {columns.category[n]} is not listed"
            yield Problem("unknown-category", name, detail, False, "object")


def _image_problems(columns: Columns, images: _Images) -> Iterator[Problem]:
    kept = set(images.kept.tolist())
    seen: dict[str, int] = {}
    for n, name in enumerate(columns.file_name):
        number = int(columns.image_id[n])
        if n not in kept:
            yield Problem("repeated-image-id", name, f"image id {number} is taken, left out", True)
        elif name in seen:
            yield Problem("repeated-file", name, f"listed as image {seen[name]} and {number}", False)
        if not (columns.size[n] > 0).all():
            yield Problem("no-size", name, "width and height are not given: boxes are not cut to it", False)
        seen.setdefault(name, number)


def _file_problems(item: str, columns: Columns) -> Iterator[Problem]:
    names = [name for _, name in columns.categories]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(
            "repeated-category", item, f"{names.count(name)} categories are named {name!r}", False, "file"
        )
    if not columns.file_name:
        yield Problem("no-images", item, "lists no images", True, "file")


def _repeated(numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each number occurs earlier in the array."""
    _, first = np.unique(numbers, return_index=True)
    repeated = np.ones(len(numbers), dtype=bool)
    repeated[first] = False
    return repeated
