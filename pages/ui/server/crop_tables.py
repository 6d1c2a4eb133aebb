"""What the browser is told of the crops of an export: a page of them, and all of one."""

from typing import Any

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export.gallery import Gallery, Rows
from core.sampling import Source
from pages.ui.server import addresses

# Fills a screen or two; a page of crops is some 500 kB.
PAGE = 60

_SOURCES = {int(source): source.name.lower() for source in Source}


def page(gallery: Gallery, rows: Rows, number: int) -> dict[str, Any]:
    """Return what a page shows.

    Parameters
    ----------
    gallery : Gallery
    rows : int64 (M,)
        Those that pass the filter.
    number : int
        Which page, from 0 on; one that is not there is empty.
    """
    shown = rows[number * PAGE : (number + 1) * PAGE]
    columns = (gallery.iou, gallery.label, gallery.rank, gallery.source, gallery.image_id, gallery.file)
    values = zip(shown.tolist(), *(column[shown].tolist() for column in columns), strict=True)
    crops = [
        {
            "row": row,
            "iou": iou,
            "label": label,
            "rank": rank,
            "source": _SOURCES[source],
            "image": image,
            "name": gallery.names[file],
        }
        for row, iou, label, rank, source, image, file in values
    ]
    return {"total": len(rows), "size": PAGE, "page": number, "crops": crops}


def facts(gallery: Gallery, row: int, dataset: CocoDataset | None) -> dict[str, Any]:
    """Return all that the manifest knows of a crop; where its data set is known, also its picture."""
    found = gallery.facts(row)
    answer: dict[str, Any] = {"facts": found, "picture": None, "size": None}
    if dataset is None:
        return answer
    try:
        index = dataset.index_of(found["image_id"])
        size = addresses.size(dataset, index)
        return {**answer, "picture": addresses.picture(dataset, index, addresses.SCREEN), "size": size}
    except BoxscopeError:
        return answer  # the picture is gone: Explore says so when one goes there


def media(data: bytes) -> str:
    """Name the type of a crop's bytes."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
