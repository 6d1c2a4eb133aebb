"""By what files of elsewhere name the images of a data set: their ids, and the last part of their names.

A picture that is listed several times has several ids.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.errors import BoxscopeError
from core.files import AnyPath


class ImageIds:
    """The base of :class:`core.datasets.CocoDataset`, which describes the attributes."""

    annotations: AnyPath
    image_ids: NDArray[np.int64]
    other_ids: Mapping[int, int]
    file_names: list[str]
    named_alone: NDArray[np.bool_] | None

    def index_of(self, image_id: int) -> int:
        """Return the index of the image with an id, which may be any of those that the file gives it.

        Raises
        ------
        BoxscopeError
            There is no such image.
        """
        if image_id not in self._index:
            raise BoxscopeError(f"no image with id {image_id}", self.annotations)
        return self._index[image_id]

    @cached_property
    def _index(self) -> dict[int, int]:
        return {**self.other_ids, **{int(number): index for index, number in enumerate(self.image_ids)}}

    @cached_property
    def _further_ids(self) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for number, index in self.other_ids.items():
            found[index].append(number)
        return dict(found)

    def ids_of(self, index: int) -> list[int]:
        """Return all ids under which the file lists an image: its own, then the others."""
        return [int(self.image_ids[index]), *self._further_ids.get(index, ())]

    def other_ids_of(self, indices: range) -> dict[int, int]:
        """Return the further ids of some images, with their positions among these."""
        found = self._further_ids
        return {number: n for n, index in enumerate(indices) for number in found.get(index, ())}

    @cached_property
    def alone(self) -> NDArray[np.bool_]:
        """Whether no other image has the last part of each file name: bool (I,)."""
        if self.named_alone is not None:
            return self.named_alone
        parts = [name.rpartition("/")[2] for name in self.file_names]
        counts = Counter(parts)
        return np.array([counts[part] == 1 for part in parts], bool)
