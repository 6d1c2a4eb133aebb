"""A reading written as a COCO file: images and objects numbered in their order, memory flat."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import msgspec

from core.datasets.formats.base import Object, Picture, Reading
from core.datasets.kinds import counts

# Boxes and polygons are written to a thousandth of a pixel.
_DIGITS = 3

Progress = Callable[[int, int], object]


class Written(NamedTuple):
    """What a COCO file holds.

    Attributes
    ----------
    images, annotations, crowd : int
        `crowd` of the annotations are crowd regions.
    images_in_doubt : int
        Images that may show an object which was left out.
    """

    images: int
    annotations: int
    crowd: int
    images_in_doubt: int


def write_coco(
    path: Path, reading: Reading, info: Mapping[str, Any], progress: Progress | None = None
) -> Written:
    """Write a reading as COCO: ``info``, ``images``, ``annotations``, ``categories``.

    An image in doubt has its reason as ``boxscope_doubt``: no negatives are taken from it here, and other
    tools pass it over.

    Parameters
    ----------
    path : Path
    reading : Reading
    info : mapping
        What is kept of where it came from; the notes are added, counted by kind.
    progress : callable or None
        Called with the number of images done, and of those that were found.
    """
    writer = _Writer(reading.categories)
    images = []
    with TemporaryFile(dir=path.parent) as annotations, path.open("wb") as file:
        for number, picture in enumerate(reading.pictures, start=1):
            images.append(_image(number, picture))
            for one in picture.objects:
                writer.write(annotations, number, one)
            if progress is not None:
                progress(number, reading.found)
        doubts = sum(b'"boxscope_doubt"' in image for image in images)
        told = {
            "description": f"converted by Boxscope from {info['title']}",
            "boxscope": {**info, "found": reading.found, "notes": counts(reading.notes)},
        }
        file.write(b'{"info":' + msgspec.json.encode(told) + b',\n"images":[')
        for start, image in enumerate(images):
            file.write((b",\n" if start else b"\n") + image)
        file.write(b'],\n"annotations":[')
        annotations.seek(0)
        shutil.copyfileobj(annotations, file)
        categories = [{"id": number, "name": name} for name, number in writer.numbers.items()]
        file.write(b'],\n"categories":' + msgspec.json.encode(categories) + b"}\n")
    return Written(len(images), writer.count, writer.crowd, doubts)


def _image(number: int, picture: Picture) -> bytes:
    record: dict[str, Any] = {"id": number, "file_name": picture.name}
    if picture.width > 0 and picture.height > 0:
        record |= {"width": picture.width, "height": picture.height}
    if picture.doubt:
        record["boxscope_doubt"] = picture.doubt
    return msgspec.json.encode(record)


class _Writer:
    """Writes the annotations and counts them."""

    def __init__(self, categories: tuple[str, ...]) -> None:
        self.numbers = {name: number for number, name in enumerate(categories, start=1)}
        self.count = self.crowd = 0

    def write(self, file: IO[bytes], image: int, one: Object) -> None:
        x0, y0, x1, y1 = one.box
        self.count += 1
        self.crowd += one.crowd
        record = {
            "id": self.count,
            "image_id": image,
            "category_id": self.numbers.setdefault(one.category, len(self.numbers) + 1),
            "bbox": [short(number) for number in (x0, y0, x1 - x0, y1 - y0)],
            "area": short((x1 - x0) * (y1 - y0) if one.area is None else one.area),
            "iscrowd": int(one.crowd),
            **one.more,
        }
        if one.segmentation:
            record["segmentation"] = _shortened(one.segmentation)
        file.write((b",\n" if self.count > 1 else b"\n") + msgspec.json.encode(record))


def _shortened(segmentation: Any) -> Any:
    if isinstance(segmentation, dict | msgspec.Raw):
        return segmentation
    return [[short(number) for number in polygon] for polygon in segmentation]


def short(number: float) -> float:
    """Return a number to a thousandth; an integer where it is whole."""
    rounded = round(float(number), _DIGITS)
    return int(rounded) if rounded.is_integer() else rounded
