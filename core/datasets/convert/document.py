"""A COCO file as untyped JSON, changed in places, beside the columns that Boxscope reads from it.

Notation: I image records, A annotations.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.coco import Columns, read_columns
from core.datasets.convert.boxes import NewBoxes
from core.datasets.convert.records import (
    area_in_pixels,
    scale_annotation,
    scale_segmentation,
    set_area,
    set_box,
)
from core.datasets.judging.missing_boxes import complete_boxes
from core.datasets.judging.owners import Owners, find_owners
from core.datasets.judging.references import UNKNOWN
from core.datasets.judging.sizes import SizeMatch
from core.datasets.locating.image_files import ImageFiles
from core.datasets.locating.stand_in_names import stand_in_names
from core.datasets.reading.text import read_document
from core.datasets.reading.untyped import value_of
from core.datasets.reading.values import is_name
from core.datasets.units.check import BoxCheck, check_boxes
from core.datasets.units.evidence import BoxTable
from core.errors import BoxscopeError
from core.files import AnyPath


class CocoDocument:
    """The records of a COCO file with the columns of the same rows.

    Parameters
    ----------
    path : Path or RemotePath
    columns : Columns
    files : ImageFiles
        Of the images of `columns`.

    Attributes
    ----------
    images, annotations : list of dict
        The records, which are changed.
    record : int64 (A,)
        Index of the image of each annotation, -1 where it has none.
    unlisted : bool (A,)
        Whether an annotation belongs to no listed image.
    sizes : int64 (I, 2)
        Width and height, 0 where there are none.
    table : BoxTable
        The boxes of the annotations.
    """

    def __init__(self, path: AnyPath, columns: Columns, files: ImageFiles) -> None:
        self._content: dict[str, Any] = read_document(path)
        self.annotations: list[dict[str, Any]] = self._content.get("annotations") or []
        self.images = _named(self._content["images"], len(columns.file_name))
        if (len(self.images), len(self.annotations)) != (len(columns.file_name), len(columns.annotation_id)):
            raise BoxscopeError("has entries that are no images or annotations: `check` names them", path)
        owners = find_owners(columns, files)
        completed, taken = complete_boxes(columns, owners)
        outline = np.where(taken[:, None], columns.outline, completed.outline)
        self.record = _records(columns, owners)
        self.unlisted = owners.of_annotation == UNKNOWN
        self.sizes = columns.size.copy()
        self.table = BoxTable(completed.bbox, outline, completed.area, self._sizes(), self.record)

    def drop_unlisted(self) -> int:
        """Remove the annotations of images that are not listed, and return their number."""
        dropped, kept = int(self.unlisted.sum()), np.flatnonzero(~self.unlisted)
        self.annotations = self._content["annotations"] = [self.annotations[n] for n in kept.tolist()]
        self.record, self.unlisted = self.record[kept], self.unlisted[kept]
        self.table = self.table.rows(kept)
        return dropped

    def set_boxes(self, new: NewBoxes) -> None:
        """Replace boxes by converted ones, and areas and segmentations in the same unit with them."""
        area = self.table.area.copy()
        for n, bbox, scale in zip(new.rows.tolist(), new.bbox, new.scale, strict=True):
            annotation, factor = self.annotations[n], float(scale.prod())
            set_box(annotation, bbox)
            if np.isfinite(area[n]):
                area[n] = area_in_pixels(area[n], self.table.bbox[n], bbox, factor)
                set_area(annotation, area[n])
            if factor != 1 and (self.table.outline[n] <= 1.001).all():
                annotation["segmentation"] = scale_segmentation(
                    annotation.get("segmentation"), *scale.tolist()
                )
        for n in new.declared.tolist():
            annotation = self.annotations[n]
            set_area(annotation, self.table.bbox[n, 2:].prod())
            annotation["segmentation"] = []
        bbox = self.table.bbox.copy()
        bbox[new.rows] = new.bbox
        self.table = self.table._replace(bbox=bbox, area=area)

    def set_sizes(self, changed: dict[int, SizeMatch]) -> None:
        """Set width and height of images."""
        for n, match in changed.items():
            self.images[n]["width"], self.images[n]["height"] = match.size
            self.sizes[n] = match.size
        self.table = self.table._replace(sizes=self._sizes())

    def scale(self, changed: dict[int, SizeMatch]) -> None:
        """Set width and height of images, and scale their annotations from the sizes that these have."""
        factors = np.ones((len(self.images) + 1, 2))
        for n, match in changed.items():
            factors[n] = np.divide(match.size, self.sizes[n])
        rows = np.flatnonzero((factors[self.record] != 1).any(axis=1))
        for n in rows.tolist():
            x, y = factors[self.record[n]].tolist()
            scale_annotation(self.annotations[n], self.table.bbox[n], x, y)
        self.set_sizes(changed)

    def check(self, path: Path) -> BoxCheck:
        """Return what the boxes of a file that was written disagree with."""
        columns = read_columns(path)
        outline = np.where(np.isnan(self.table.outline), np.nan, columns.outline)
        bbox = np.where(np.isfinite(columns.bbox), columns.bbox, self.table.bbox)
        return check_boxes(self.table._replace(bbox=bbox, outline=outline, area=columns.area))

    def write(self, path: Path) -> None:
        """Write the JSON."""
        with path.open("w", encoding="utf-8") as file:
            json.dump(self._content, file)

    def _sizes(self) -> NDArray[np.int64]:
        return np.vstack([self.sizes, [[0, 0]]])[self.record]


def _named(records: list[Any], count: int) -> list[dict[str, Any]]:
    """Return the records of images that are read: all, or those with a name."""
    if len(records) == count:
        return records
    stand_ins = stand_in_names(records).names
    return [
        record for n, record in enumerate(records) if n in stand_ins or is_name(value_of(record, "file_name"))
    ]


def _records(columns: Columns, owners: Owners) -> NDArray[np.int64]:
    """Return the index of the image record of each annotation, -1 where it has none."""
    of_id = {number: n for n, number in reversed(list(enumerate(columns.image_id.tolist())))}
    records = np.fromiter((of_id.get(number, -1) for number in columns.annotation_image.tolist()), np.int64)
    owned = owners.of_annotation >= 0
    named = owned & ((records < 0) | (np.append(owners.of_record, UNKNOWN)[records] != owners.of_annotation))
    records[named] = owners.kept[owners.of_annotation[named]]
    records[~owned] = -1
    return records
