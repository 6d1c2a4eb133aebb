"""The masks of an image's objects, as a picture to lay over it: a translucent colour with an edge."""

import dataclasses
import io

from PIL import Image as PILImage
from PIL import ImageColor

from core.caching.memory import MemoryCache
from core.datasets import CocoDataset
from core.datasets.mask_pixels import outlined
from core.proposals.store import image_key
from pages.ui.server import addresses
from pages.ui.state import cached

MASK = "#FF3DD8"
"""The colour of masks, in the picture and in the legend below it: no concrete has this hue, and no box."""

# Of nothing, the mask and its edge: the crack stays visible below the mask.
_ALPHAS = bytes([0, 90, 255])

# Bytes: thousands of masks of thin cracks.
_layers = MemoryCache[bytes](20_000_000, len)


def layer(dataset: CocoDataset, index: int) -> bytes:
    """Return the masks of an image's objects as PNG; nothing is drawn where it has none.

    Raises
    ------
    BoxscopeError
        The picture or the annotations cannot be read.
    """
    return _layers.get(image_key(dataset, index), lambda: _drawn(dataset, index))


def _drawn(dataset: CocoDataset, index: int) -> bytes:
    width, height = addresses.size(dataset, index)
    pixels = dataclasses.replace(dataset.masks(index), size=(width, height)).drawn()
    picture = PILImage.fromarray(outlined(pixels, cached.LAYER_SIDE), "P")
    picture.putpalette([*bytes(3), *(2 * ImageColor.getrgb(MASK))])
    file = io.BytesIO()
    picture.save(file, "PNG", transparency=_ALPHAS, compress_level=1)
    return file.getvalue()
