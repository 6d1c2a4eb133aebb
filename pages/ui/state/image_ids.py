"""Image ids as text, as links, addresses, tables and the browser's elements hold them.

As a number an id would lose digits on the way: JavaScript, and JSON in it, knows integers up to 2^53 alone,
and ids of 64 bits that differ in their last digits would become the same image.
"""

import re

from core.datasets import CocoDataset
from core.errors import BoxscopeError

_INT64 = re.compile(r"-?[0-9]{1,19}")


def text_of(dataset: CocoDataset, index: int) -> str:
    """Return the id of an image as text."""
    return str(int(dataset.image_ids[index]))


def index_of(dataset: CocoDataset, text: str) -> int:
    """Return the index of the image whose id a text spells.

    Raises
    ------
    BoxscopeError
        The text is no whole number, or there is no such image.
    """
    if not _INT64.fullmatch(text):
        raise BoxscopeError(f"got {text[:40]!r}, expected a whole number", "image id")
    return dataset.index_of(int(text))
