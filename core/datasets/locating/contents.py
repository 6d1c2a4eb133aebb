"""What a COCO file holds where it has no boxes: captions, panoptic segments, or images alone."""

import json
import mmap
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import BoxscopeError
from core.files import AnyPath, files_at

_IMAGES = re.compile(rb'"images"\s*:\s*\[')
_ANNOTATIONS = re.compile(rb'"annotations"\s*:\s*\[')

# LabelMe's file of one picture, told by its beginning: behind that it may have megabytes of the picture.
_SHAPES, _HEAD = re.compile(rb'"shapes"\s*:\s*\['), 4096

# Annotations looked at, and how many bytes of them.
_RECORDS, _BYTES = 20, 1 << 20

_BOXES = {"bbox", "segmentation"}
_OTHERS = {"caption": "captions", "segments_info": "panoptic segments"}

_IMAGES_ALONE = "lists images and has no annotations"

_Text = bytes | mmap.mmap


def is_coco(path: Path) -> bool:
    """Return whether a file has a list ``images``; in the summary of an export it is a number."""
    return _read(path)[0]


def without_boxes(path: Path) -> str:
    """Return what a COCO file holds that has no boxes, such as ``holds captions and no boxes``.

    Empty where it has boxes or polygons, or may have: the first annotations tell. No annotations are fine if
    the file has the list.
    """
    return _read(path)[1]


def no_annotations(path: AnyPath) -> str:
    """Return why a file without any annotation says nothing of its images, empty where it has the list.

    An empty list says that the images show no object; COCO's ``image_info`` has no list.
    """
    alone = without_boxes(path) if isinstance(path, Path) else not _annotations(path.read_bytes())
    return f"the file {_IMAGES_ALONE}: what they show is not known" if alone else ""


def refuse_without_boxes(path: AnyPath) -> None:
    """Raise if a file is one of captions or panoptic segments.

    Raises
    ------
    BoxscopeError
        It is; the error names a file beside it that has boxes.
    """
    other = without_boxes(path) if isinstance(path, Path) else _other_content(path.read_bytes())
    if other:
        boxes = _beside(path)
        advice = f"open {boxes}, which has boxes" if boxes else "no file beside it has boxes"
        raise BoxscopeError(f"{other}: {advice}", path)


def _beside(path: AnyPath) -> str:
    """Return the name of the file with boxes that lies beside a file, for the same split if one does."""
    if not isinstance(path, Path):
        return ""
    others = [p for p in sorted(path.parent.glob("*.json")) if is_coco(p) and not without_boxes(p)]
    part = path.stem.rpartition("_")[2]
    others.sort(key=lambda p: (p.stem.rpartition("_")[2] != part, "keypoints" in p.stem))
    return others[0].name if others else ""


def _read(path: Path) -> tuple[bool, str]:
    if not files_at(path).is_file():  # a folder, a broken link, or a pipe, which would block
        return False, ""
    try:
        status = path.stat()
        return _read_version(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return False, ""


@lru_cache(maxsize=256)
def _read_version(path: Path, modified: int, size: int) -> tuple[bool, str]:
    """Return whether a file is COCO, and what it holds without boxes; once for each of its versions."""
    with path.open("rb") as file:
        if not file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
            return False, ""
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            if _SHAPES.search(text[:_HEAD]) and not _IMAGES.search(text[:_HEAD]):
                return False, ""
            if _IMAGES.search(text) is None:
                return False, ""
            start = _annotations(text)
            return True, _other_content(text) if start else _IMAGES_ALONE


def _annotations(text: _Text) -> int:
    """Return where the first annotation begins, 0 where a file has no list of them."""
    at = text.find(b'"annotations"')
    while at >= 0:
        if match := _ANNOTATIONS.match(text, at):
            return match.end()
        at = text.find(b'"annotations"', at + 1)
    return 0


def _other_content(text: _Text) -> str:
    keys = {key for record in _first_records(text) for key in record}
    other = next((words for key, words in _OTHERS.items() if key in keys), "")
    return f"holds {other} and no boxes" if other and not keys & _BOXES else ""


def _first_records(text: _Text) -> Iterator[dict[str, Any]]:
    start = _annotations(text)
    part = text[start : start + _BYTES].decode(errors="replace") if start else ""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(_RECORDS):
        at += len(part) - at - len(part[at:].lstrip(" \r\n\t,"))
        try:
            record, at = decoder.raw_decode(part, at)
        except (ValueError, RecursionError):  # the end of the list or of the part
            return
        if isinstance(record, dict):
            yield record
