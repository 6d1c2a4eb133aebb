"""The health check: what is wrong with a data set, image by image, with a reason."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import images, wording
from core.datasets import kinds
from core.datasets.dataset import CocoDataset
from core.datasets.inside import refusal_of
from core.datasets.pixels import Shown, level_notes, page_note, shown
from core.datasets.problems import Problem
from core.errors import BoxscopeError
from core.files import AnyPath, files_at

# Files of a finished or unfinished export: its crops are not pictures missing from the annotations.
_EXPORT_FILES = ("/manifest.parquet", "/.work/plan.json")

# Kinds of problems of records whose picture is listed all the same.
_LISTED_TOO = ("repeated-image-id", "repeated-file")


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
        Objects by category name.
    problems : tuple of Problem
    decoded : bool
        True where every picture was decoded, False where only its header was read.
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
    truth = dataset.all_truth
    names = [
        dataset.categories.get(int(number), f"category {number}") for number in truth.category[truth.objects]
    ]
    problems = [*dataset.problems, *_pictures(dataset, decode), *_unlisted(dataset)]
    return Health(
        annotations=str(dataset.annotations),
        images_dir=str(dataset.images_dir),
        images=len(dataset),
        objects=len(truth.objects),
        crowd_regions=int(truth.crowd.sum()),
        images_without_objects=int(dataset.surely_empty.sum()),
        images_in_doubt=sum(map(bool, dataset.doubts)),
        refusals=dataset.refusals,
        categories=dict(Counter(names).most_common()),
        problems=tuple(problems),
        decoded=decode,
    )


def _pictures(dataset: CocoDataset, decode: bool) -> Iterator[Problem]:
    _ = dataset.reading  # decided before the threads, each of which would decide it
    deep: list[Shown] = []
    # Pillow releases the interpreter lock while decoding, so threads suffice.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for problems in pool.map(lambda index: _picture(dataset, index, decode, deep), range(len(dataset))):
            yield from problems
    yield from level_notes(dataset, deep)


def _picture(dataset: CocoDataset, index: int, decode: bool, deep: list[Shown]) -> list[Problem]:
    """Return the problems of a picture; one of more than 8 bits is added to `deep`."""
    path, name, size = dataset.path(index), dataset.file_names[index], dataset.size(index)
    if refusal_of(dataset.paths[index]):
        return []  # a problem of the data set
    if not (files_at(path).is_file() or _is_special(path)):
        return [Problem("missing-file", name, f"no file {path}", True)]
    notes: list[Problem] = []
    try:
        header = images.header(path)
        if size is not None and header.size(size) != size:
            return [Problem("size-differs", name, dataset.size_difference(index, header), True)]
        if header.kind is not None:
            deep.append(shown(dataset, index, header.kind, decode))
            notes += deep[-1].problems
        elif decode:
            images.read(path, size, dataset.reading)
    except BoxscopeError as error:
        return [Problem("unreadable", name, error.without(path), True)]
    notes += page_note(name, header)
    if header.orientation != 1:
        applied = "applied" if header.upright(size) else "not applied: the annotations count stored pixels"
        notes.append(Problem("exif", name, f"EXIF orientation {header.orientation}, {applied}", False))
    return notes


def _is_special(path: AnyPath) -> bool:
    """Return whether a path is that of a named pipe, a socket or a device: there, but not to be opened."""
    return isinstance(path, Path) and os.path.exists(path) and not os.path.isdir(path)


def _unlisted(dataset: CocoDataset) -> Iterator[Problem]:
    others = [problem.item for problem in dataset.problems if problem.kind in _LISTED_TOO]
    listed = {os.path.normpath(name) for name in (*dataset.paths, *others)}
    for name in sorted(_pictures_below(dataset.images_dir)):
        if name not in listed:
            yield Problem(
                "unlisted", name, "lies in the images folder, is not in the annotations", False, "file"
            )


def _pictures_below(folder: AnyPath) -> Iterator[str]:
    names = list(files_at(folder).walk())
    exports = {
        name.removesuffix(file[1:]) for name in names for file in _EXPORT_FILES if f"/{name}".endswith(file)
    }
    crops = tuple(export + folder for export in exports for folder in ("crops/", ".work/"))
    for name in names:
        if os.path.splitext(name)[1].lower() in images.SUFFIXES and not name.startswith(crops):
            yield name
