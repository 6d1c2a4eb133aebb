"""The masks of many pictures read by worker processes, in order, with memory for a few at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from core.datasets.mask_folders.meaning import Meaning
from core.datasets.mask_folders.objects import Objects
from core.datasets.mask_folders.outlines import segmentations
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.reading import MaskReading, read_pair
from core.datasets.mask_folders.settings import MaskSettings
from core.datasets.problems import Problem
from core.errors import BoxscopeError, unexpected
from core.executors import engine, in_order

# Pictures of one task, and tasks of each worker that are submitted ahead.
_TASK, _AHEAD = 32, 3
# Pictures that are done before a worker process has started.
_FEW = 128
# Share of a picture from which its foreground is so large that the mask may be inverted.
_MOST_OF_IT = 0.5


class MaskObject(NamedTuple):
    """An object of a mask: its class, half-open box, pixels, and segmentation as JSON."""

    category: str
    box: tuple[int, int, int, int]
    area: int
    segmentation: bytes


class Made(NamedTuple):
    """What became of a picture and its mask.

    Attributes
    ----------
    pair : Pair
    size : (width, height) or None
        Of the picture; None where it is left out, for which a problem says why.
    objects : list of MaskObject
    small : int
        Objects left out as smaller than the smallest area.
    problems : list of Problem
    """

    pair: Pair
    size: tuple[int, int] | None
    objects: list[MaskObject]
    small: int
    problems: list[Problem]


class _Task(NamedTuple):
    root: Path
    pairs: tuple[Pair, ...]
    settings: MaskSettings
    meaning: Meaning


def read_all(
    root: Path,
    pairs: Sequence[Pair],
    settings: MaskSettings,
    meaning: Meaning,
    workers: int | None = None,
) -> Iterator[Made]:
    """Yield what becomes of each pair, in their order.

    Parameters
    ----------
    root : Path
        The folder below which the pairs are.
    pairs : sequence of Pair
    settings : MaskSettings
    meaning : Meaning
        See :func:`core.datasets.mask_folders.meaning.decide`.
    workers : int or None
        Processes; None takes one a core, and none for a few pictures.
    """
    starts = range(0, len(pairs), _TASK)
    tasks = (_Task(root, tuple(pairs[n : n + _TASK]), settings, meaning) for n in starts)
    few = workers is None and len(pairs) <= _FEW
    with engine(1 if few else workers) as (executor, size):
        for result in in_order(executor, _run, tasks, _AHEAD * size, lambda task: task.pairs[0].image):
            yield from result


def _run(task: _Task) -> list[Made]:
    return [_one(task, pair) for pair in task.pairs]


def _one(task: _Task, pair: Pair) -> Made:
    try:
        found = read_pair(task.root, pair, task.settings, task.meaning)
        objects = [one for name, of_class in found.layers for one in _objects(name, of_class, task.settings)]
    except BoxscopeError as error:
        return _left_out(pair, error.without(pair.image))
    except Exception as error:
        return _left_out(pair, unexpected(error))
    small = sum(objects.small for _, objects in found.layers)
    return Made(pair, found.size, objects, small, list(_remarks(pair, found)))


def _objects(name: str, found: Objects, settings: MaskSettings) -> Iterator[MaskObject]:
    made = segmentations(found, settings.outlines == "polygons")
    for box, area, segmentation in zip(found.boxes.tolist(), found.areas.tolist(), made, strict=True):
        yield MaskObject(name, tuple(box), area, msgspec.json.encode(segmentation))


def _left_out(pair: Pair, reason: str) -> Made:
    problem = Problem("unusable-mask", pair.image, f"{reason}; what it shows is not known, left out", True)
    return Made(pair, None, [], 0, [problem])


def _remarks(pair: Pair, found: MaskReading) -> Iterator[Problem]:
    if found.scaled is not None:
        sizes = f"{found.scaled[0]}x{found.scaled[1]} scaled to the picture, {found.size[0]}x{found.size[1]}"
        yield Problem("scaled-mask", pair.image, f"its mask of {sizes}", False)
    if found.share > _MOST_OF_IT:
        text = f"{found.share:.0%} of it is foreground: is its mask inverted?"
        yield Problem("mostly-foreground", pair.image, text, False)
