"""A data set whose pictures are read only where that is allowed."""

import dataclasses
from collections.abc import Callable, Iterator

from core.datasets.dataset import CocoDataset
from core.datasets.inside import NOT_ALLOWED, reached_by_links, refusal_of, refused_path
from core.datasets.locating.listing import Listing, leads_outside
from core.datasets.problems import Problem
from core.files import AnyPath

OUTSIDE = "outside"
"""Kind of problem of a picture that is not allowed."""


def restrict(dataset: CocoDataset, allowed: Callable[[AnyPath], bool]) -> CocoDataset:
    """Return a data set whose pictures all lie where they may be read.

    A picture that does not is read by nothing, named as a problem and lost. Only paths that can lead out of
    the images folder are looked at one by one: those with ``..``, absolute ones, and links.

    Parameters
    ----------
    dataset : CocoDataset
        On a disk.
    allowed : function
        Returns whether a path, links followed, may be read.
    """
    if not dataset.follow_links and allowed(dataset.images_dir):
        return dataset  # nothing of it leads out of its images folder
    refused = [index for index in _may_lead_out(dataset, allowed) if not allowed(dataset.path(index))]
    if not refused:
        return dataset
    paths, problems = list(dataset.paths), list(dataset.problems)
    for index in refused:
        text = f"{dataset.path(index)} lies outside the folders that may be read"
        problems.append(Problem(OUTSIDE, dataset.file_names[index], text, True))
        paths[index] = refused_path(NOT_ALLOWED)
    return dataclasses.replace(dataset, paths=paths, problems=tuple(problems))


def outside(dataset: CocoDataset) -> list[str]:
    """Return the names of the images whose picture :func:`restrict` does not allow to be read."""
    path = refused_path(NOT_ALLOWED)
    return [name for name, own in zip(dataset.file_names, dataset.paths, strict=True) if own == path]


def _may_lead_out(dataset: CocoDataset, allowed: Callable[[AnyPath], bool]) -> Iterator[int]:
    own = [path for path in dataset.paths if not refusal_of(path)]
    suspects = {path for path in own if ".." in path or leads_outside(path)}
    others = [path for path in own if path not in suspects]
    listing, folder = Listing(dataset.images_dir), dataset.images_dir
    suspects.update(reached_by_links(others, listing, lambda below: not allowed(folder / below)))
    return (index for index, path in enumerate(dataset.paths) if path in suspects)
