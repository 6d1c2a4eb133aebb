"""A COCO data set: columns of images and objects; a picture is read only when requested."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core import images
from core.datasets.fingerprint import file_hashes
from core.datasets.formats import kept
from core.datasets.image_ids import ImageIds
from core.datasets.inside import Inside, follows_links, refusal_of
from core.datasets.judging.sizes import describe_sizes
from core.datasets.levels import AUTO, DeepPictures, decide, find_deep, fixed_levels
from core.datasets.object_masks import ObjectMasks, Segmentations
from core.datasets.opening import open_usable
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import AnyPath, as_path
from core.images import Image, Reading
from core.truth import Truth

_BY_IMAGE = ("image_ids", "renumbered", "file_names", "paths", "doubts", "sizes")
_OF_FILE = (*_BY_IMAGE, "categories", "problems", "all_truth", "starts", "refusals", "other_ids")


@dataclass(frozen=True, eq=False)
class CocoDataset(ImageIds):
    """Images and their ground truth; created by :meth:`open`.

    Attributes
    ----------
    annotations, images_dir : Path or RemotePath
    image_ids : int64 (I,)
    renumbered : bool (I,)
        The file has no integer as id of the image: other tools do not know the id assigned here.
    file_names : list of str, I long
        As in the file, including any sub-folders.
    paths : list of str, I long
        The file of each picture below `images_dir`: the file name, or that of a file which nearly fits.
    doubts : list of str, I long
        Why the truth of an image may lack an object, so that no box of it is surely background; empty where
        it lacks none.
    sizes : int64 (I, 2)
        Width and height as in the file, 0 where it has none.
    categories : dict of int to str
    problems : tuple of Problem
        Those of the file itself; :func:`core.datasets.health.check` reads the pictures too.
    all_truth : Truth
        The objects of every image, sorted by image.
    starts : int64 (I + 1,)
        The objects of image i are the rows ``starts[i]:starts[i + 1]`` of `all_truth`.
    refusals : tuple of str
        Why most labels of an export would be wrong or missing, each in a few words; empty where they would
        not.
    other_ids : dict of int to int
        The index of the image by each further integer under which the file lists its picture.
    levels : str
        Which grey levels of pictures of more than 8 bits are shown as 0 to 255: ``auto``, ``full`` or
        ``LOW-HIGH``; see :mod:`core.datasets.levels`.
    decided : Reading or None
        What `levels` means, once it is decided: always so in a subset.
    follow_links : bool
        Whether links may lead out of `images_dir`. Nothing else does: see :mod:`core.datasets.inside`.
    absent : bool (I,) or None
        In a subset that a run reads, whether the file of an image was missing when it began: it is not asked
        for again.
    named_alone : bool (I,) or None
        In a subset, `alone` in the whole data set.
    segmentations : Segmentations
        Of the objects of `all_truth`.
    """

    annotations: AnyPath
    images_dir: AnyPath
    image_ids: NDArray[np.int64]
    renumbered: NDArray[np.bool_]
    file_names: list[str]
    paths: list[str]
    doubts: list[str]
    sizes: NDArray[np.int64]
    categories: dict[int, str]
    problems: tuple[Problem, ...]
    all_truth: Truth
    starts: NDArray[np.int64]
    refusals: tuple[str, ...]
    other_ids: Mapping[int, int]
    segmentations: Segmentations
    levels: str = AUTO
    decided: Reading | None = None
    follow_links: bool = False
    absent: NDArray[np.bool_] | None = None
    named_alone: NDArray[np.bool_] | None = None

    @classmethod
    def open(
        cls,
        annotations: AnyPath | str,
        images_dir: AnyPath | str | None = None,
        levels: str = AUTO,
        follow_links: bool | None = None,
    ) -> "CocoDataset":
        """Return the data set of a COCO detection file; no picture is read.

        Parameters
        ----------
        annotations : path or URL of the JSON file, or path of a folder in another format
            Of which a COCO file is made in the folder for caches, see :mod:`core.datasets.formats.kept`.
        images_dir : path, URL or None
            None takes the usual folder that holds the most of the files named: beside the annotations, in
            ``images/`` there and others; see :func:`core.datasets.locating.images_folder.search_images_dir`.
        levels : str
            Grey levels of pictures of more than 8 bits: ``auto``, ``full`` or ``LOW-HIGH``.
        follow_links : bool or None
            Whether pictures are read that a link in the images folder leads to, wherever they are; None for
            :func:`core.datasets.inside.follows_links`.

        Raises
        ------
        BoxscopeError
            The file cannot be read as COCO, `images_dir` is not a folder, or `levels` are none.
        """
        fixed_levels(levels)
        annotations = as_path(annotations)
        given, follow = None if images_dir is None else as_path(images_dir), follows_links(follow_links)
        annotations, given = kept.resolve(annotations, given, follow)
        folder, usable = open_usable(annotations, given, follow)
        segmentations = Segmentations.of(annotations, usable)
        columns = {name: getattr(usable, name) for name in _OF_FILE}
        return cls(
            annotations,
            folder,
            **columns,
            segmentations=segmentations,
            levels=levels.strip(),
            follow_links=follow,
        )

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.file_names)

    @cached_property
    def fingerprint(self) -> dict[str, str]:
        """The result of :func:`.fingerprint.file_hashes`, computed once.

        Where pictures have more than 8 bits, also the grey levels that are shown.
        """
        hashes = file_hashes(self.annotations, self.images_dir, self.paths)
        if self.deep.kinds or not (self.deep.complete or self.levels == AUTO):
            hashes["grey_levels"] = f"{AUTO}: {self.reading}" if self.levels == AUTO else self.levels
        return hashes

    def with_levels(self, levels: str) -> "CocoDataset":
        """Return the data set with other grey levels, see :meth:`open`."""
        fixed_levels(levels)
        return dataclasses.replace(self, levels=levels.strip(), decided=None)

    @cached_property
    def deep(self) -> DeepPictures:
        """The pictures of more than 8 bits, found by their headers once; none is looked for in JPEGs."""
        return find_deep(self.images_dir, self.paths)

    @cached_property
    def reading(self) -> Reading:
        """How pictures are read: decided once for all of them."""
        return self.decided or decide(self.levels, lambda: self.deep)

    def was_absent(self, index: int) -> bool:
        """Return whether the file of an image was missing when the run began that reads this subset."""
        return self.absent is not None and bool(self.absent[index])

    def subset(
        self, images: slice, absent: NDArray[np.bool_] | None = None, masks: bool = False
    ) -> "CocoDataset":
        """Return the data set of a slice of the images, as small as a worker needs it.

        Parameters
        ----------
        images : slice
        absent : bool (I,) or None
            Of all images, see :func:`core.datasets.search.find_absent`.
        masks : bool
            Whether the worker asks for masks: it needs no annotation file for them.
        """
        indices = range(*images.indices(len(self)))
        first, last = indices.start, max(indices.stop, indices.start)
        objects = slice(self.starts[first], self.starts[last])
        return dataclasses.replace(
            self,
            **{name: getattr(self, name)[images] for name in _BY_IMAGE},
            problems=(),
            all_truth=self.all_truth.rows(objects),
            segmentations=self.segmentations.rows(objects, masks),
            starts=self.starts[first : last + 1] - self.starts[first],
            refusals=(),
            other_ids=self.other_ids_of(range(first, last)),
            decided=self.reading,
            absent=None if absent is None else absent[images],
            named_alone=self.alone[images],
        )

    def truth(self, index: int) -> Truth:
        """Return the ground truth of an image."""
        rows = slice(self.starts[index], self.starts[index + 1])
        return dataclasses.replace(self.all_truth.rows(rows), masks=self.masks(index))

    def masks(self, index: int) -> ObjectMasks:
        """Return the masks of an image's objects; none is read before it is asked for."""
        rows = slice(self.starts[index], self.starts[index + 1])
        return ObjectMasks(self.segmentations, rows, self.all_truth.boxes[rows], self.size(index))

    @cached_property
    def object_counts(self) -> NDArray[np.int64]:
        """Number of objects of each image, without crowd regions: int64 (I,)."""
        before = np.concatenate([[0], np.cumsum(~self.all_truth.crowd)])
        return before[self.starts[1:]] - before[self.starts[:-1]]

    @cached_property
    def surely_empty(self) -> NDArray[np.bool_]:
        """Whether each image has no objects, and none that may be missing: bool (I,)."""
        certain = np.array([not doubt for doubt in self.doubts], dtype=bool)
        return (self.object_counts == 0) & certain

    def path(self, index: int) -> AnyPath:
        """Return the path of an image's file, whether it exists or not; of no file where it is refused."""
        return self.images_dir / self.paths[index]

    def readable_path(self, index: int) -> AnyPath:
        """Return the path of an image's file, which leads below the images folder at this moment.

        Raises
        ------
        BoxscopeError
            It leads outside, or the folders that may be read do not hold it.
        """
        reason = refusal_of(self.paths[index])
        if not (reason or self.was_absent(index)):
            reason = self._inside.refusal(self.paths[index])
        if reason:
            raise BoxscopeError(reason)
        if self.was_absent(index):
            raise BoxscopeError("no such file", self.path(index))
        return self.path(index)

    @cached_property
    def _inside(self) -> Inside:
        return Inside(self.images_dir, self.follow_links)

    def size(self, index: int) -> tuple[int, int] | None:
        """Return width and height as annotated, or None where they are not."""
        width, height = (int(side) for side in self.sizes[index])
        return (width, height) if width > 0 and height > 0 else None

    def read(self, index: int) -> Image:
        """Return the decoded picture of an image.

        Returns
        -------
        uint8 (H, W, 3)

        Raises
        ------
        BoxscopeError
            The file is missing or damaged, or its size differs from the annotated one: the boxes of another
            picture or scale would result in wrong labels.
        """
        size = self.size(index)
        image = images.read(self.readable_path(index), size, self.reading)
        height, width = image.shape[:2]
        if size is not None and size != (width, height):
            raise BoxscopeError(
                self.size_difference(index, images.header(self.path(index))), self.path(index)
            )
        return image

    def size_difference(self, index: int, header: images.Header) -> str:
        """Return how the size of a picture differs from the annotated one, and what may mend that."""
        width, height = self.sizes[index].tolist()
        return describe_sizes((width, height), header, self.truth(index).boxes, self.annotations.name)

    def read_small(self, index: int, side: int) -> Image:
        """Return the picture of an image at a size for display, see :func:`core.images.read_small`."""
        return images.read_small(self.readable_path(index), side, self.size(index), self.reading)
