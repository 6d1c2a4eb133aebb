"""An evaluation as tables: a row an image and a row an object, for a spreadsheet or a notebook."""

import csv
import io
from collections.abc import Mapping, Sequence

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.evaluation.evaluation import Evaluation
from core.files import AnyPath, os_reason, printable
from core.files.atomic import write_atomically

IMAGE_COLUMNS = ("setup", "image_id", "file_name", "objects", "found", "proposals", "seconds")
OBJECT_COLUMNS = (
    *("setup", "image_id", "file_name", "annotation_id", "category", "x0", "y0", "x1", "y1", "area"),
    *("best_iou", "best_rank", "found_rank", "reason"),
)


def image_rows(
    dataset: CocoDataset, evaluation: Evaluation, setup: str, iou: float, budget: int
) -> list[tuple[object, ...]]:
    """Return a row an image, with the columns ``IMAGE_COLUMNS``.

    ``found`` counts the objects that the first `budget` proposals find by COCO's matching at `iou`.
    """
    found = evaluation.per_image(evaluation.found(budget, iou)).astype(int)
    return [
        (setup, *_image(dataset, index), objects, hits, proposals, f"{seconds:.6f}")
        for index, objects, hits, proposals, seconds in zip(
            evaluation.indices.tolist(),
            evaluation.objects.tolist(),
            found.tolist(),
            evaluation.proposals.tolist(),
            evaluation.seconds.tolist(),
            strict=True,
        )
    ]


def object_rows(
    dataset: CocoDataset, evaluation: Evaluation, reasons: Sequence[str], setup: str, iou: float, budget: int
) -> list[tuple[object, ...]]:
    """Return a row an object, with the columns ``OBJECT_COLUMNS``.

    ``best_iou`` and ``best_rank`` are of the best proposal among the first `budget`, -1 where none overlaps
    it; ``found_rank`` is that of the proposal which COCO's matching gives it at `iou`, whatever the budget,
    and empty where none does; ``reason`` says why it is missed, and is empty for one that is found.
    """
    best, rank = evaluation.records.best(budget)
    matched = evaluation.rank_found(iou)
    rows: list[tuple[object, ...]] = []
    for number, image in enumerate(evaluation.image.tolist()):
        index, truth_row = int(evaluation.indices[image]), int(evaluation.row[number])
        truth, category = dataset.truth(index), int(evaluation.category[number])
        rows.append(
            (
                setup,
                *_image(dataset, index),
                int(truth.ids[truth_row]),
                printable(dataset.categories.get(category, str(category))),
                *(f"{corner:g}" for corner in evaluation.boxes[number].tolist()),
                f"{evaluation.area[number]:g}",
                f"{best[number]:.6f}",
                int(rank[number]),
                "" if matched[number] < 0 else int(matched[number]),
                reasons[number],
            )
        )
    return rows


def _image(dataset: CocoDataset, index: int) -> tuple[int, str]:
    return int(dataset.image_ids[index]), printable(dataset.file_names[index])


def write(
    path: AnyPath,
    dataset: CocoDataset,
    setups: Mapping[str, tuple[Evaluation, Sequence[str]]],
    iou: float,
    budget: int,
) -> dict[AnyPath, int]:
    """Write the table of images, and that of objects beside it as ``NAME.objects.csv``.

    Parameters
    ----------
    path : Path or RemotePath
    dataset : CocoDataset
    setups : mapping of str to (Evaluation, sequence of str)
        By the name of the setup; the reasons are those of :func:`object_rows`.
    iou : float
    budget : int

    Returns
    -------
    dict of path to int
        How many rows each has.

    Raises
    ------
    BoxscopeError
        A file cannot be written.
    """
    images: list[tuple[object, ...]] = []
    objects: list[tuple[object, ...]] = []
    for name, (evaluation, reasons) in setups.items():
        images += image_rows(dataset, evaluation, name, iou, budget)
        objects += object_rows(dataset, evaluation, reasons, name, iou, budget)
    other = path.with_name(f"{path.stem}.objects.csv")
    _write(path, IMAGE_COLUMNS, images)
    _write(other, OBJECT_COLUMNS, objects)
    return {path: len(images), other: len(objects)}


def _write(path: AnyPath, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    data = text.getvalue().encode()
    try:
        write_atomically(path, lambda temporary: temporary.write_bytes(data), path.parent)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", path) from error
