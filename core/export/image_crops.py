"""What an image adds to a shard, and the bytes that keep it until the shard is written."""

import json
from typing import Any, NamedTuple

from core.export.folder import WRITTEN
from core.export.formats import Crop
from core.export.kept import Kind


class ImageCrops(NamedTuple):
    """What an image adds to a shard.

    Attributes
    ----------
    crops : list of Crop
    counts : dict
        ``images``, 1, or 0 where it cannot be used; ``skipped`` and ``no_negatives``, lists of its remarks.
    """

    crops: list[Crop]
    counts: dict[str, Any]


def _encoded(images: list[ImageCrops]) -> bytes:
    """Return a line of JSON, which keeps every number as it is, and the crops one after the other."""
    head = []
    for image in images:
        crops = [{**crop._asdict(), "data": len(crop.data)} for crop in image.crops]
        head.append({"counts": image.counts, "crops": crops})
    data = [crop.data for image in images for crop in image.crops]
    return b"".join([json.dumps(head).encode(), b"\n", *data])


def _decoded(text: bytes) -> list[ImageCrops]:
    head, _, data = text.partition(b"\n")
    images, at = [], 0
    for image in json.loads(head):
        crops = []
        for crop in image["crops"]:
            size = crop["data"]
            crops.append(Crop(**{**crop, "data": data[at : at + size]}))
            at += size
        images.append(ImageCrops(crops, image["counts"]))
    if at != len(data):
        raise ValueError(f"got {len(data)} bytes of crops, expected {at}")
    return images


CROPS = Kind("crops", WRITTEN, _encoded, _decoded)
