"""The classes of crops: their numbers and names.

By default they are the article's, negative 0 and positive 1. By category, the background is 0, and the
categories of the data set follow in the order of their ids: two splits with the same categories have the same
numbers, whichever objects they hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.labelling import KINDS, NEGATIVE, POSITIVE, Labels
from core.sampling.settings import CATEGORY
from core.truth import Truth

BACKGROUND = 0


@dataclass(frozen=True)
class Classes:
    """The classes of an export, K of them, by number; :meth:`of` makes them.

    Attributes
    ----------
    names : tuple of str, K long
    categories : tuple of int or None, K long
        Category id of each class; None of the background, and of both classes where they are negative and
        positive.
    """

    names: tuple[str, ...]
    categories: tuple[int | None, ...]

    @classmethod
    def of(cls, categories: Mapping[int, str], labels: str) -> "Classes":
        """Return the classes of a data set.

        Parameters
        ----------
        categories : mapping of int to str
            Names by category id.
        labels : str
            See :class:`core.sampling.Sampling`.
        """
        if labels != CATEGORY:
            return BINARY_CLASSES
        ids = sorted(categories)
        return cls(("background", *(categories[number] for number in ids)), (None, *ids))

    @classmethod
    def from_summary(cls, summary: Mapping[str, Any]) -> "Classes":
        """Return the classes in an export.json; one of an older version has negatives and positives."""
        listed = summary.get("classes")
        if listed is None:
            return BINARY_CLASSES
        return cls(tuple(item["name"] for item in listed), tuple(item["category"] for item in listed))

    def summary(self) -> list[dict[str, Any]]:
        """Return the classes as plain values, by number; the inverse of :meth:`from_summary`."""
        pairs = zip(self.names, self.categories, strict=True)
        return [{"name": name, "category": category} for name, category in pairs]

    @property
    def by_category(self) -> bool:
        """Whether the classes are categories."""
        return self != BINARY_CLASSES

    def number(self, label: int, category: int | None) -> int:
        """Return the class of a crop.

        Parameters
        ----------
        label : int
            0 or 1.
        category : int or None
            Of the object that it matches; None where that is not certain.

        Raises
        ------
        KeyError
            A positive whose category has no class, see :meth:`has`.
        """
        if label != POSITIVE or not self.by_category:
            return label
        return self._numbers[category]

    def has(self, label: int, category: int | None) -> bool:
        """Return whether :meth:`number` has a class for a crop."""
        return label != POSITIVE or not self.by_category or category in self._numbers

    @cached_property
    def _numbers(self) -> dict[int | None, int]:
        return {category: number for number, category in enumerate(self.categories) if number != BACKGROUND}


def certain_category(labels: Labels, row: int, truth: Truth) -> int | None:
    """Return the category of the object that a box overlaps most; None for none, and where it is not certain.

    Parameters
    ----------
    labels : Labels
    row : int
        Of the box.
    truth : Truth
    """
    match = int(labels.match[row])
    return None if match < 0 or labels.tied[row] else int(truth.category[match])


BINARY_CLASSES = Classes((KINDS[NEGATIVE], KINDS[POSITIVE]), (None, None))
