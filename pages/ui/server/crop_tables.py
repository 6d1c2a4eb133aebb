"""Tables of the crops of an export for the browser: a page of crops, and the facts of one."""

from typing import Any

from core.datasets import CocoDataset
from core.errors import BoxscopeError
from core.export.gallery import Gallery, Rows
from core.sampling import Source
from pages.ui.server import addresses

# Crops in a page: one or two screens, some 500 kB.
PAGE = 60

# Columns of a manifest that hold ids.
_IDS = ("image_id", "gt_id", "category")

_SOURCES = {int(source): source.name.lower() for source in Source}


def page(gallery: Gallery, rows: Rows, number: int) -> dict[str, Any]:
    """Return the crops of a page.

    Parameters
    ----------
    gallery : Gallery
    rows : int64 (M,)
        Rows of the crops that the filter selects.
    number : int
        Number of the page, from 0 on; one beyond the last is empty.
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
            "image": str(image),
            "name": gallery.names[file],
        }
        for row, iou, label, rank, source, image, file in values
    ]
    return {"total": len(rows), "size": PAGE, "page": number, "crops": crops}


def facts(gallery: Gallery, row: int, dataset: CocoDataset | None) -> dict[str, Any]:
    """Return the manifest's facts of a crop, with address and size of its picture if `dataset` is given.

    Ids are texts, see :mod:`pages.ui.state.image_ids`.
    """
    row_facts = gallery.facts(row)
    texts = {name: str(row_facts[name]) for name in _IDS if row_facts.get(name) is not None}
    answer: dict[str, Any] = {"facts": row_facts | texts, "picture": None, "size": None}
    if dataset is None:
        return answer
    try:
        index = dataset.index_of(row_facts["image_id"])
        size = addresses.size(dataset, index)
        return {**answer, "picture": addresses.picture(dataset, index, addresses.SCREEN), "size": size}
    except BoxscopeError:
        return answer  # the picture is missing, which Explore reports


def media(data: bytes) -> str:
    """Return the media type of a crop's bytes."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
