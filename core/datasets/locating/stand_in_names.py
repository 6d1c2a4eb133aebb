"""File names for images of a COCO file that have none but say elsewhere where their picture is."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from core.datasets.locating.name_rules import from_the_top
from core.wording import count

# Where a record may say it: COCO's own address, a path of the machine that wrote the file, Flickr's address.
_KEYS = ("coco_url", "path", "flickr_url")


class StandIns(NamedTuple):
    """The result of :func:`stand_in_names`.

    Attributes
    ----------
    names : dict of int to str
        By index of the record.
    texts : list of str
        What was done, a text for each key.
    """

    names: dict[int, str]
    texts: list[str]


def stand_in_names(records: list[Any]) -> StandIns:
    """Return names for records of images without a ``file_name``: the last part of the path or address.

    Where several have the same last part the whole path is the name, though it never leads out of the images
    folder: ``0001.jpg`` of two folders are two pictures.
    """
    found = {n: stand_in for n, record in enumerate(records) if (stand_in := _stand_in(record))}
    lasts = Counter(_last_part(text) for _, text in found.values())
    names = {
        n: last if lasts[last := _last_part(text)] == 1 else from_the_top(text)
        for n, (_, text) in found.items()
    }
    return StandIns(names, list(_texts(found)))


def _stand_in(record: Any) -> tuple[str, str] | None:
    """Return the key and text of where the picture is, None for a record with a file name or with neither."""
    if not isinstance(record, dict) or (isinstance(record.get("file_name"), str) and record["file_name"]):
        return None
    texts = ((key, record.get(key)) for key in _KEYS)
    return next(((key, text) for key, text in texts if isinstance(text, str) and _last_part(text)), None)


def _last_part(text: str) -> str:
    path = re.split("[?#]", text)[0] if "://" in text else text
    return re.split(r"[\\/]", path)[-1].strip()


def _texts(found: dict[int, tuple[str, str]]) -> Iterator[str]:
    for key, number in Counter(key for key, _ in found.values()).items():
        yield f"{count(number, 'image')} without file_name: the last part of {key} is the name"
