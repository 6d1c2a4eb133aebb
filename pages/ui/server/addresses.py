"""The addresses of pictures, tiles, proposals, layers, masks, queues and crops, which the browser fetches.

Each names its version by ``v``, so that the browser may cache the answer. All are relative to the page, and
every page lies in the folder of the app: so they hold below any path, ``server.baseUrlPath`` or a proxy's.
"""

import dataclasses
import secrets
from pathlib import Path
from urllib.parse import urlencode

from core import parameters
from core.datasets import CocoDataset
from core.datasets.search import ImageFilter
from core.export.gallery import CropFilter
from core.images import header, levels
from core.pipeline import Setup
from pages.ui.server import open_datasets, open_exports
from pages.ui.state import image_ids
from pages.ui.state.cached import changed
from pages.ui.state.queue import FILE_ORDER, Criteria, Order

# Longer sides of the smaller versions, pixels: for a screen, and for a thumbnail.
SCREEN, THUMBNAIL = 2048, 256
# Pixels from which on a picture is also served in tiles of TILE x TILE pixels.
TILED = 12_000_000
TILE = 512
# Parameters of an address that are not those of a setup.
NOT_SETUP = frozenset(
    {"v", "top", "boxes", "origins", "removed", "reasons", "merge", "by", "shown", "measured", "counts"}
    | {"recall_iou", "find", "objects", "category", "missed", "false", "least_score"}
)

# Part of a version, since another server may run another version of a proposer.
_SALT = secrets.token_hex(4)


def dataset_version(dataset: CocoDataset) -> str:
    """Return the version of a data set: the change time of its annotations."""
    return f"{changed(dataset.annotations):x}.{_SALT}"


def picture_version(dataset: CocoDataset, index: int) -> str:
    """Return the version of a picture: its change time."""
    return f"{changed(dataset.path(index)):x}"


def picture(dataset: CocoDataset, index: int, side: int = 0) -> str:
    """Return the address of a picture.

    Parameters
    ----------
    side : int
        ``SCREEN`` or ``THUMBNAIL`` for a version whose longer side is at most that; 0 for all pixels.
    """
    query = {"v": picture_version(dataset, index)} | ({"side": side} if side else {})
    return f"pictures/{_image(dataset, index)}?{urlencode(query)}"


def thumbnails(dataset: CocoDataset) -> str:
    """Return the address of the thumbnails of a data set, with ``{image}`` in place of the id."""
    query = urlencode({"v": dataset_version(dataset), "side": THUMBNAIL})
    return f"pictures/{open_datasets.token(dataset)}/{{image}}?{query}"


def tiles(dataset: CocoDataset, index: int, width: int, height: int) -> dict[str, object] | None:
    """Return the address of the tiles of a picture, None for a picture without tiles.

    Returns
    -------
    dict or None
        ``url`` with ``{level}``, ``{column}`` and ``{row}`` in place of those, ``size`` of a tile in
        pixels, number of ``levels``; see :func:`core.images.tile`.
    """
    if width * height < TILED:
        return None
    path = f"tiles/{_image(dataset, index)}/{{level}}/{{column}}/{{row}}"
    return {
        "url": f"{path}?v={picture_version(dataset, index)}",
        "size": TILE,
        "levels": levels(width, height, SCREEN),
    }


def proposals(dataset: CocoDataset, setup: Setup, image: str = "{image}") -> str:
    """Return the address of an image's proposals, with ``{image}`` in place of the id for any image."""
    return f"proposals/{open_datasets.token(dataset)}/{image}?{_setup(dataset, setup)}"


def layer(dataset: CocoDataset, setup: Setup, number: int, image: str = "{image}") -> str:
    """Return the address of the picture of a stage."""
    return f"layers/{open_datasets.token(dataset)}/{image}/{number}?{_setup(dataset, setup)}"


def mask(dataset: CocoDataset) -> str | None:
    """Return the address of the masks of an image's objects, with ``{image}`` in place of its id.

    None where no object of the file has one.
    """
    if not dataset.segmentations.in_file:
        return None
    return f"masks/{open_datasets.token(dataset)}/{{image}}?v={dataset_version(dataset)}"


def queue(
    dataset: CocoDataset,
    wanted: ImageFilter,
    order: Order = FILE_ORDER,
    known: tuple[Criteria, int] | None = None,
    counts: bool = False,
) -> str:
    """Return the address of the ids of images, in the order of the queue.

    Parameters
    ----------
    wanted : ImageFilter
    order : Order
    known : (Criteria, int) or None
        By what, and how many images have been measured; required by an order that is measured.
    counts : bool
        Whether to add the numbers of each image.
    """
    query = {"v": dataset_version(dataset), "find": wanted.name, "by": order.by, "counts": str(int(counts))}
    query |= {"objects": wanted.objects, "category": wanted.category}
    query |= {"missed": str(int(order.missed)), "false": str(int(order.false))}
    if known is not None:
        (setup, recall, score), measured = known
        query |= {"shown": str(setup.top), "measured": str(measured), **spell(setup)}
        query["v"] = _version(dataset, setup)
        query |= parameters.changes(recall)
        query |= {} if score is None else {"least_score": repr(score)}
    return f"queue/{open_datasets.token(dataset)}?{urlencode(query)}"


def crops(export: Path, crop_filter: CropFilter) -> str:
    """Return the address of the crops of an export that a filter selects; ``page`` is to be added."""
    query = {"v": export_version(export), **parameters.spell(crop_filter)}
    return f"crops/{open_exports.token(export)}?{urlencode(query)}"


def crop(export: Path) -> str:
    """Return the address of the crops of an export, with ``{row}`` in place of the row."""
    return f"crops/{open_exports.token(export)}/{{row}}?v={export_version(export)}"


def facts(export: Path, dataset: CocoDataset | None) -> str:
    """Return the address of the facts of a crop, ``{row}``, with those of its image if `dataset` is given."""
    image_query = {} if dataset is None else {"dataset": open_datasets.token(dataset)}
    query = urlencode({"v": export_version(export), **image_query})
    return f"crops/{open_exports.token(export)}/{{row}}/facts?{query}"


def manifest(export: Path) -> str:
    """Return the address of an export's manifest."""
    return f"crops/{open_exports.token(export)}/manifest.parquet"


def export_version(export: Path) -> str:
    """Return the version of an export and of each of its crops."""
    return f"{open_exports.version(export)}.{_SALT}"


def spell(setup: Setup) -> dict[str, str]:
    """Return the parameters of a setup except `top`, always in the same order."""
    texts = dataclasses.replace(setup, top=0).spell()
    del texts["top"]
    return texts


def cut(dataset: CocoDataset, index: int, query: dict[str, str]) -> str:
    """Return the address of a crop, whose box and appearance `query` names; see :mod:`..crop_previews`."""
    return f"cuts/{_image(dataset, index)}?{urlencode({'v': picture_version(dataset, index), **query})}"


def _image(dataset: CocoDataset, index: int) -> str:
    return f"{open_datasets.token(dataset)}/{image_ids.text_of(dataset, index)}"


def _setup(dataset: CocoDataset, setup: Setup) -> str:
    return urlencode({"v": _version(dataset, setup), **spell(setup)})


def _version(dataset: CocoDataset, setup: Setup) -> str:
    """Return the version of a data set and of the files that a setup reads."""
    state = setup.proposer.state()
    return f"{dataset_version(dataset)}.{state}" if state else dataset_version(dataset)


def size(dataset: CocoDataset, index: int) -> tuple[int, int]:
    """Return width and height, pixels, of a picture without decoding it.

    Raises
    ------
    BoxscopeError
        The file is missing or no picture.
    """
    return header(dataset.readable_path(index)).size(dataset.size(index))
