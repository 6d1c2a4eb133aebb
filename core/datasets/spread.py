"""Some of many items, where all would take too long."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def spread(items: Sequence[T], most: int) -> list[T]:
    """Return some of the items, evenly spaced; all of them where they are few."""
    count = min(len(items), most)
    return [items[n * len(items) // count] for n in range(count)]
