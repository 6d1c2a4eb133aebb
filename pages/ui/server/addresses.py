"""The addresses of pictures, tiles, proposals, layers, queues and crops: what the browser gets for pixels.

Each says which version it means by ``v``, so a browser may keep what it got.
"""

import dataclasses
import secrets
from pathlib import Path
from urllib.parse import urlencode

from core import parameters
from core.datasets import CocoDataset
from core.export.gallery import CropFilter
from core.images import header, levels
from core.pipeline import Setup
from pages.ui.server import open_datasets, open_exports
from pages.ui.state.cached import changed

# Sides of the smaller versions, pixels: one for a screen, one for a strip of them.
SCREEN, THUMBNAIL = 2048, 256
# From so many pixels on a picture also comes in tiles.
TILED = 12_000_000
TILE = 512
# What an address says besides the setup.
OWN = frozenset({"v", "top", "boxes", "origins", "merge", "by", "find", "shown", "measured", "counts"})

# Another server may run another version of a proposer.
_SALT = secrets.token_hex(4)


def set_version(dataset: CocoDataset) -> str:
    """Return the change time of the annotations; it stands for every image of a set."""
    return f"{changed(dataset.annotations):x}.{_SALT}"


def picture_version(dataset: CocoDataset, index: int) -> str:
    """Return the change time of a picture."""
    return f"{changed(dataset.path(index)):x}"


def picture(dataset: CocoDataset, index: int, side: int = 0) -> str:
    """Return the address of a picture.

    Parameters
    ----------
    side : int
        ``SCREEN`` or ``THUMBNAIL`` for a version whose longer side is at most that; 0 for all pixels.
    """
    asked = {"v": picture_version(dataset, index)} | ({"side": side} if side else {})
    return f"/pictures/{open_datasets.name(dataset)}/{dataset.image_ids[index]}?{urlencode(asked)}"


def thumbnails(dataset: CocoDataset) -> str:
    """Return the address of the thumbnails of a set, with ``{image}`` where the id goes."""
    asked = urlencode({"v": set_version(dataset), "side": THUMBNAIL})
    return f"/pictures/{open_datasets.name(dataset)}/{{image}}?{asked}"


def tiles(dataset: CocoDataset, index: int, width: int, height: int) -> dict[str, object] | None:
    """Return where the tiles of a picture are, None for one that comes whole.

    Returns
    -------
    dict or None
        ``url`` with ``{level}``, ``{column}`` and ``{row}`` to be filled in, ``size`` of a tile in
        pixels, ``levels``; see :func:`core.images.tile`.
    """
    if width * height < TILED:
        return None
    where = f"/tiles/{open_datasets.name(dataset)}/{dataset.image_ids[index]}/{{level}}/{{column}}/{{row}}"
    return {
        "url": f"{where}?v={picture_version(dataset, index)}",
        "size": TILE,
        "levels": levels(width, height, SCREEN),
    }


def proposals(dataset: CocoDataset, setup: Setup, image: int | str = "{image}") -> str:
    """Return the address of an image's proposals, or of every image's: ``{image}`` stands for its id."""
    return f"/proposals/{open_datasets.name(dataset)}/{image}?{_setup(dataset, setup)}"


def layer(dataset: CocoDataset, setup: Setup, number: int, image: int | str = "{image}") -> str:
    """Return the address of the picture of a stage."""
    return f"/layers/{open_datasets.name(dataset)}/{image}/{number}?{_setup(dataset, setup)}"


def queue(
    dataset: CocoDataset, find: str, by: str, known: tuple[Setup, int] | None = None, counts: bool = False
) -> str:
    """Return the address of the ids of images, in the order they are gone through.

    Parameters
    ----------
    find : str
        What their names contain.
    by : str
        ``file`` or ``worst``.
    known : (Setup, int) or None
        How many images have been measured under which setup; ``worst`` goes by them.
    counts : bool
        Whether the numbers of each image are wanted as well.
    """
    asked = {"v": set_version(dataset), "find": find, "by": by, "counts": str(int(counts))}
    if known is not None:
        setup, measured = known
        asked |= {"shown": str(setup.top), "measured": str(measured), **spell(setup)}
    return f"/queue/{open_datasets.name(dataset)}?{urlencode(asked)}"


def crops(export: Path, crop_filter: CropFilter) -> str:
    """Return the address of the crops of an export that pass a filter; ``page`` is added for each page."""
    asked = {"v": export_version(export), **parameters.spell(crop_filter)}
    return f"/crops/{open_exports.name(export)}?{urlencode(asked)}"


def crop(export: Path) -> str:
    """Return the address of the crops of an export, with ``{row}`` where the row goes."""
    return f"/crops/{open_exports.name(export)}/{{row}}?v={export_version(export)}"


def facts(export: Path, dataset: CocoDataset | None) -> str:
    """Return the address of all that is known of a crop, ``{row}``, and of its image if the set is known."""
    of = {} if dataset is None else {"dataset": open_datasets.name(dataset)}
    asked = urlencode({"v": export_version(export), **of})
    return f"/crops/{open_exports.name(export)}/{{row}}/facts?{asked}"


def manifest(export: Path) -> str:
    """Return the address of an export's manifest."""
    return f"/crops/{open_exports.name(export)}/manifest.parquet"


def export_version(export: Path) -> str:
    """Return the change time of an export; it stands for each of its crops."""
    return f"{open_exports.version(export)}.{_SALT}"


def spell(setup: Setup) -> dict[str, str]:
    """Spell all of a setup but `top`, in one order: to replace a value in place gives the next address."""
    texts = dataclasses.replace(setup, top=0).spell()
    del texts["top"]
    return texts


def _setup(dataset: CocoDataset, setup: Setup) -> str:
    return urlencode({"v": set_version(dataset), **spell(setup)})


def size(dataset: CocoDataset, index: int) -> tuple[int, int]:
    """Return width and height of a picture without decoding it.

    Raises
    ------
    BoxscopeError
        It is missing, or no picture.
    """
    return header(dataset.path(index)).size(dataset.size(index))
