"""The sample data set: synthetic concrete, some of it cracked, with exact boxes in COCO format.

For trying Boxscope without other data, for tests, and as input of benchmarks.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.datasets.sample.noise import Picture
from core.datasets.sample.picture import SPLITS, Box, draw_picture
from core.errors import BoxscopeError
from core.images import encode_jpeg

GENERATOR = "boxscope sample"
JPEG_QUALITY = 92
MIN_SIDE, MAX_SIDE = 32, 65500
"""Sides in pixels: a crack does not fit below the first, and JPEG allows none above the second."""


def make_sample(
    out: Path,
    images: int = 32,
    width: int = 640,
    height: int = 480,
    seed: int = 0,
    progress: Callable[[int, int], object] | None = None,
) -> dict[str, int]:
    """Write a synthetic data set of cracks in concrete.

    It consists of ``OUT/{train,valid}/annotations.json`` and ``OUT/{train,valid}/images/*.jpg``; a quarter
    of the images is for validation. An image depends only on the seed, its split, its number and its size.
    An existing sample at `out` is replaced.

    Parameters
    ----------
    out : Path
        Folder, created if missing.
    images : int
        Total of both splits, >= 1.
    width, height : int
        Of each image, 32-65500 pixels.
    seed : int
        >= 0.
    progress : callable, optional
        Called after each image with the number done and the total.

    Returns
    -------
    dict of int
        ``images`` and ``objects``, and the same for each split as ``train_images`` and so on.

    Raises
    ------
    BoxscopeError
        A number out of range, or `out` holds something other than a sample or cannot be written.

    Notes
    -----
    The bytes are the same on every run with the same versions of NumPy and OpenCV on the same kind of
    processor. ``annotations.json`` is written last: its presence means that its split is complete.
    """
    _check_numbers(images, width, height, seed)
    out = Path(out)
    if out.exists() and not out.is_dir():
        raise BoxscopeError("is a file, expected a folder or a free name", out)
    valid = (images + 2) // 4
    split_images = {"train": images - valid, "valid": valid}
    counts = {"images": 0, "objects": 0}
    with _write_errors(out):
        stale = {split: _stale_images(out / split) for split in SPLITS}
        for split in SPLITS:
            (out / split / "annotations.json").unlink(missing_ok=True)
    for split, count in split_images.items():
        before = counts["objects"]
        for objects in _write_split(out / split, split, count, width, height, seed, stale[split]):
            counts["images"] += 1
            counts["objects"] += objects
            if progress is not None:
                progress(counts["images"], images)
        counts |= {f"{split}_images": count, f"{split}_objects": counts["objects"] - before}
    return counts


@contextmanager
def _write_errors(folder: Path) -> Iterator[None]:
    """Raise a BoxscopeError if the block cannot write: no permission, no space, a file in the way."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise BoxscopeError(f"got {reason}, expected a folder with room", error.filename or folder) from error


def _check_numbers(images: int, width: int, height: int, seed: int) -> None:
    """Raise unless a sample of these numbers is possible."""
    if images < 1:
        raise BoxscopeError(f"got {images}, expected 1 or more", "images")
    for side, pixels in (("width", width), ("height", height)):
        if not MIN_SIDE <= pixels <= MAX_SIDE:
            raise BoxscopeError(f"got {pixels}, expected {MIN_SIDE} to {MAX_SIDE} pixels", side)
    if seed < 0:
        raise BoxscopeError(f"got {seed}, expected 0 or more", "seed")


def _stale_images(folder: Path) -> set[str]:
    """Return the file names of an existing sample's split, and raise if the annotations are not a sample's.

    A user's own annotations are never overwritten.
    """
    path = folder / "annotations.json"
    if not path.exists():
        return set()
    try:
        old = json.loads(path.read_bytes())
        if old["info"]["generator"] == GENERATOR:
            return {image["file_name"] for image in old["images"]}
    except (ValueError, KeyError, TypeError):
        pass
    raise BoxscopeError("got annotations that are no Boxscope sample, expected another folder", path)


def _write_split(
    folder: Path, split: str, count: int, width: int, height: int, seed: int, stale: set[str]
) -> Iterator[int]:
    """Write a split's images, yielding the number of objects of each, and after the last its annotations."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for index in range(1, count + 1):
        name = f"{split}_{index:04d}.jpg"
        picture, boxes = draw_picture(seed, split, index, width, height)
        _write_image(folder / "images" / name, picture)
        images.append({"id": index, "file_name": name, "width": width, "height": height})
        first = len(annotations) + 1
        annotations += [_annotation(number, index, box) for number, box in enumerate(boxes, first)]
        yield len(boxes)
    with _write_errors(folder):
        for name in stale - {image["file_name"] for image in images}:
            (folder / "images" / Path(name).name).unlink(missing_ok=True)
        # The folder of an empty split has not been created with an image.
        (folder / "images").mkdir(parents=True, exist_ok=True)
        part = folder / "annotations.json.part"
        part.write_text(json.dumps(_coco(split, seed, images, annotations)), encoding="utf-8")
        os.replace(part, folder / "annotations.json")


def _coco(
    split: str, seed: int, images: list[dict[str, Any]], annotations: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the annotations of a split, without a date, which would make two runs differ."""
    description = f"Synthetic cracks in concrete, drawn by a program, {split} split"
    return {
        "info": {"description": description, "synthetic": True, "generator": GENERATOR, "seed": seed},
        "licenses": [],
        "categories": [{"id": 1, "name": "crack"}],
        "images": images,
        "annotations": annotations,
    }


def _annotation(number: int, image: int, box: Box) -> dict[str, Any]:
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0
    return {
        "id": number,
        "image_id": image,
        "category_id": 1,
        "bbox": [x0, y0, width, height],
        "area": width * height,
        "iscrowd": 0,
    }


def _write_image(path: Path, picture: Picture) -> None:
    data = encode_jpeg(picture, JPEG_QUALITY)
    with _write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
