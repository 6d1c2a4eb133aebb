"""The health check: what is wrong with a data set, image by image, with a reason."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from core import images, wording
from core.datasets import kinds
from core.datasets.dataset import CocoDataset
from core.datasets.formats import kept
from core.datasets.inside import refusal_of
from core.datasets.pixels import Shown, level_notes, page_note, shown
from core.datasets.problems import Problem
from core.datasets.unlisted import unlisted
from core.errors import BoxscopeError
from core.files import AnyPath, files_at


@dataclass(frozen=True)
class Health:
    """The report of :func:`check`.

    Attributes
    ----------
    annotations, images_dir : str
    images, objects, crowd_regions, images_without_objects : int
    images_in_doubt : int
        Their truth may lack an object, so that an export takes no negatives from them.
    refusals : tuple of str
        Why an export refuses the data set as it is, see :class:`core.datasets.CocoDataset`.
    categories : dict of str to int
        Objects by category name, 0 of a category without any.
    problems : tuple of Problem
    decoded : bool
        True where every picture was decoded, False where only its header was read.
    headers_read, pictures_decoded : int
        How many pictures were looked at, and how many decoded; missing and broken ones count.
    """

    annotations: str
    images_dir: str
    images: int
    objects: int
    crowd_regions: int
    images_without_objects: int
    images_in_doubt: int
    refusals: tuple[str, ...]
    categories: dict[str, int]
    problems: tuple[Problem, ...]
    decoded: bool
    headers_read: int
    pictures_decoded: int

    @property
    def complete(self) -> bool:
        """Whether all was checked that can be."""
        return self.pictures_decoded == self.headers_read == self.images

    @property
    def checked(self) -> str:
        """What was checked, in one sentence."""
        pictures = wording.count(self.images, "picture")
        if self.headers_read < self.images:
            return f"Read the headers of {self.headers_read:,} of {pictures}."
        whole = f"Read the headers of {'all ' if self.images > 1 else ''}{pictures}"
        if self.complete:
            return f"{whole} and decoded {'them' if self.images > 1 else 'it'}."
        if not self.pictures_decoded:
            return f"{whole}; decoded none: a damaged one may have a sound header."
        return f"{whole}; decoded {self.pictures_decoded:,} of them."

    @property
    def counts(self) -> dict[str, int]:
        """Number of problems by kind, most frequent first."""
        return kinds.counts(self.problems)

    @property
    def usable(self) -> bool:
        """Whether every image and every object can be used."""
        return not any(problem.lost for problem in self.problems)

    def text(self) -> str:
        """Return the report as lines of text: counts first, then of each kind the first problems."""
        names = ", ".join(f"{name} {count}" for name, count in self.categories.items())
        crowds = f", {wording.count(self.crowd_regions, 'crowd region')}" if self.crowd_regions else ""
        doubts = f", {self.images_in_doubt} that give no negatives" if self.images_in_doubt else ""
        return "\n".join(
            [
                f"{self.annotations}: {self.images} images in {self.images_dir}",
                f"{self.objects} objects ({names}){crowds}, "
                f"{self.images_without_objects} images without any{doubts}",
                *kinds.summary_lines(self.problems),
                *kinds.problem_lines(self.problems),
                *([] if self.complete else [self.checked]),
                *(f"export refuses it as it is: {reason}" for reason in self.refusals),
                "nothing is lost" if self.usable else "some images or objects cannot be used",
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        return {**asdict(self), "refusals": list(self.refusals), "counts": self.counts, "usable": self.usable}


def check(dataset: CocoDataset, *, decode: bool = True) -> Health:
    """Return a report of all problems of annotations and pictures.

    Parameters
    ----------
    dataset : CocoDataset
    decode : bool
        Decode every picture, which finds damaged ones and takes about 2 ms each at 480x320. Otherwise only
        headers are read, in about 0.1 ms each.
    """
    _ = dataset.reading  # decided before the threads, each of which would decide it
    # Pillow releases the interpreter lock while decoding, so threads suffice.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        pictures = [*pool.map(lambda index: look_at(dataset, index, decode), range(len(dataset)))]
    return report(dataset, pictures, [*unlisted(dataset)], len(dataset), len(dataset) if decode else 0)


class Picture(NamedTuple):
    """What :func:`look_at` found out about a picture.

    Attributes
    ----------
    problems : list of Problem
    shown : Shown or None
        Of a picture of more than 8 bits.
    """

    problems: list[Problem]
    shown: Shown | None = None

    @property
    def lost(self) -> bool:
        """Whether it cannot be used."""
        return any(problem.lost for problem in self.problems)


def report(
    dataset: CocoDataset,
    pictures: Iterable[Picture],
    unlisted: Sequence[Problem],
    headers_read: int,
    pictures_decoded: int,
) -> Health:
    """Return the report on what was found so far.

    Parameters
    ----------
    dataset : CocoDataset
    pictures : iterable of Picture
        Those that were looked at, in the order of the file.
    unlisted : sequence of Problem
        See :func:`core.datasets.unlisted.unlisted`.
    headers_read, pictures_decoded : int
        See :class:`Health`.
    """
    truth = dataset.all_truth
    numbers, counts = np.unique(truth.category[truth.objects], return_counts=True)
    categories: Counter[str] = Counter(dict.fromkeys(dataset.categories.values(), 0))
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        categories[dataset.categories.get(number, f"category {number}")] += count
    looked_at = [*pictures]
    return Health(
        annotations=str(kept.shown(dataset.annotations)),
        images_dir=str(dataset.images_dir),
        images=len(dataset),
        objects=len(truth.objects),
        crowd_regions=int(truth.crowd.sum()),
        images_without_objects=int(dataset.surely_empty.sum()),
        images_in_doubt=sum(map(bool, dataset.doubts)),
        refusals=dataset.refusals,
        categories=dict(categories.most_common()),
        problems=(
            *dataset.problems,
            *(problem for picture in looked_at for problem in picture.problems),
            *level_notes(dataset, [picture.shown for picture in looked_at if picture.shown]),
            *unlisted,
        ),
        decoded=pictures_decoded == len(dataset),
        headers_read=headers_read,
        pictures_decoded=pictures_decoded,
    )


def look_at(dataset: CocoDataset, index: int, decode: bool) -> Picture:
    """Return what is wrong with a picture by its header, and where it is decoded, by its pixels."""
    path, name, size = dataset.path(index), dataset.file_names[index], dataset.size(index)
    if refusal_of(dataset.paths[index]):
        return Picture([])  # a problem of the data set
    if not (files_at(path).is_file() or _is_special(path)):
        return Picture([Problem("missing-file", name, f"no file {path}", True)])
    deep: Shown | None = None
    try:
        header = images.header(path)
        if size is not None and header.size(size) != size:
            return Picture([Problem("size-differs", name, dataset.size_difference(index, header), True)])
        if header.kind is not None:
            deep = shown(dataset, index, header.kind, decode)
        elif decode:
            images.read(path, size, dataset.reading)
    except BoxscopeError as error:
        return Picture([Problem("unreadable", name, error.without(path), True)])
    notes = [*(deep.problems if deep else ()), *page_note(name, header)]
    if header.orientation != 1:
        applied = "applied" if header.upright(size) else "not applied: the annotations count stored pixels"
        notes.append(Problem("exif", name, f"EXIF orientation {header.orientation}, {applied}", False))
    return Picture(notes, deep)


def _is_special(path: AnyPath) -> bool:
    """Return whether a path is that of a named pipe, a socket or a device: there, but not to be opened."""
    return isinstance(path, Path) and os.path.exists(path) and not os.path.isdir(path)
