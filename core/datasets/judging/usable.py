"""The images and objects of a COCO file that can be used, and a list of problems with the others.

Notation: I images, A annotations.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.blocks import in_blocks
from core.datasets.coco import Columns
from core.datasets.judging.categories import select_categories
from core.datasets.judging.doubts import image_doubts, refusals
from core.datasets.judging.image_problems import image_problems, reference_problems
from core.datasets.judging.missing_boxes import complete_boxes, completion_problems
from core.datasets.judging.objects import judge, object_problems
from core.datasets.judging.owners import Owners, find_owners
from core.datasets.locating.image_files import ImageFiles
from core.datasets.problems import Problem
from core.truth import Truth


class Usable(NamedTuple):
    """The usable part of a COCO file; the other attributes are those of :class:`core.datasets.CocoDataset`.

    Attributes
    ----------
    records : int64 (I,)
        Which record of the file each image is, the first where it has several.
    object_records : int64 (T,)
        Which annotation of the file each of the T objects is.
    segmented : bool (T,)
        Whether each has a segmentation that is not broken.
    """

    records: NDArray[np.int64]
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
    object_records: NDArray[np.int64]
    segmented: NDArray[np.bool_]


def select_usable(item: str, columns: Columns, files: ImageFiles) -> Usable:
    """Return the usable images and objects, sorted by image, and a problem for each that is left out.

    Parameters
    ----------
    item : str
        Name of the file, for problems that concern no image.
    columns : Columns
    files : ImageFiles
    """
    owners = find_owners(columns, files)
    segmented = np.isfinite(columns.outline[:, 0])
    completed = complete_boxes(columns, owners)
    columns = completed.columns
    objects = judge(columns, owners)
    rows = _by_image(objects.kept, owners.of_annotation)
    kept, records = owners.kept, owners.kept.tolist()
    categories = select_categories(item, columns.categories)
    no_images = [] if columns.file_name else [Problem("no-images", item, "lists no images", True, "file")]
    problems = [
        *(Problem("lenient", item, *remark) for remark in columns.remarks),
        *files.problems,
        *categories.problems,
        *no_images,
        *objects.disagreements.problems(item),
        *image_problems(columns, owners, files),
        *reference_problems(item, columns, owners),
        *completion_problems(item, completed, objects.dropped),
        *object_problems(item, columns, owners, objects, categories),
    ]
    return Usable(
        records=kept,
        image_ids=columns.image_id[kept],
        renumbered=columns.renumbered[kept],
        file_names=[columns.file_name[n] for n in records],
        paths=[files.paths[n] for n in records],
        doubts=image_doubts(columns, owners, objects, files),
        sizes=owners.sizes,
        categories=categories.names,
        problems=tuple(problems),
        all_truth=_truth(columns, objects.corners, rows),
        starts=np.searchsorted(owners.of_annotation[rows], np.arange(len(kept) + 1)),
        refusals=(*refusals(columns, owners), *objects.disagreements.refusals(item)),
        other_ids=_other_ids(columns, owners),
        object_records=rows,
        segmented=segmented[rows],
    )


def _truth(columns: Columns, corners: NDArray[np.float64], rows: NDArray[np.int64]) -> Truth:
    """Return the truth of some annotations, given the corners of the boxes of all: float64 (A, 4)."""
    boxes, area = np.empty((len(rows), 4), np.float32), np.empty(len(rows))

    def take(some: slice) -> None:
        own, own_area = np.take(corners, rows[some], axis=0), columns.area[rows[some]]
        box_area = (own[:, 2] - own[:, 0]) * (own[:, 3] - own[:, 1])
        boxes[some], area[some] = own, np.where(np.isfinite(own_area), own_area, box_area)

    in_blocks(len(rows), take)
    return Truth(
        boxes=boxes,
        category=columns.category[rows],
        area=area,
        crowd=columns.crowd[rows],
        ids=columns.annotation_id[rows],
    )


def _by_image(rows: NDArray[np.int64], images: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return annotations sorted by image, those of one in the order of the file.

    Numbers of both are sorted, in half of the time of a stable order by image.
    """
    count = max(len(images), 1)
    return np.asarray(np.sort(images[rows] * count + rows) % count)


def _other_ids(columns: Columns, owners: Owners) -> dict[int, int]:
    """Return the image of each id that is not the one it has; without ids that the file does not have."""
    own = set(columns.image_id[owners.kept].tolist())
    rows = owners.joined[~columns.renumbered[owners.joined]]
    numbers, images = columns.image_id[rows].tolist(), owners.of_record[rows].tolist()
    return {number: image for number, image in zip(numbers, images, strict=True) if number not in own}
