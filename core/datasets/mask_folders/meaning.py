"""What the pixels of a folder's masks mean, decided once by some of them, and a mask read by it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.datasets.mask_folders.classes import BACKGROUND, MaskClass, colour_text, packed, parse_classes
from core.datasets.mask_folders.settings import ALPHA, AUTO, COLOURS, THRESHOLD, VALUES, MaskSettings
from core.errors import BoxscopeError
from core.images.stored import Stored

# Values from 1 on that few masks have more of as classes, so that they are levels instead.
_MOST_VALUES = 64
# The largest value of masks whose levels are classes: above, two values are black and white.
_LARGEST_VALUE = 64
_VOID = 255
# Share of a sample's masks that are for more than half foreground, from which they count as inverted.
_MOSTLY = 0.75
# How far a colour may be from that of a class, in each channel: JPEG and smoothed borders change colours.
_TOLERANCE = 64
# Share of a mask's pixels up to which colours of no class are taken for the borders between two classes.
_BORDERS = 0.02


@dataclass(frozen=True)
class Meaning:
    """What the pixels of masks mean; nothing of it is decided by the single mask.

    Attributes
    ----------
    kind : str
        One of :data:`.settings.KINDS` without ``auto``.
    threshold : int
        Level from which on a pixel is foreground.
    inverted : bool
        Whether the pixels below the threshold are the foreground instead.
    classes : tuple of MaskClass
        As given; empty where each value or colour but the background is a class.
    background : int
        Value or packed colour of no object, where no classes are given.
    category : str
        Name of the one class of masks with a threshold.
    notes : tuple of str
        What was decided, and by what.
    """

    kind: str
    threshold: int = 1
    inverted: bool = False
    classes: tuple[MaskClass, ...] = ()
    background: int = 0
    category: str = "object"
    notes: tuple[str, ...] = ()

    @property
    def has_classes(self) -> bool:
        """Whether masks may have several classes."""
        return self.kind in (VALUES, COLOURS)


Levels = NDArray[Any]


class Layer(NamedTuple):
    """The foreground of one class in a mask: its name, and uint8 (H, W), 1 inside."""

    name: str
    mask: NDArray[np.uint8]


def decide(settings: MaskSettings, sample: Sequence[Stored]) -> Meaning:
    """Return what pixels mean, by the settings, and by some masks where these say ``auto``.

    Raises
    ------
    BoxscopeError
        The masks do not fit the settings: classes for masks with a threshold, no alpha channel.
    """
    kind, notes = settings.kind, []
    if kind == AUTO:
        kind, why = _kind(sample, bool(settings.classes))
        notes.append(f"{why}: {_said(kind)}")
    if kind in (VALUES, COLOURS):
        classes = parse_classes(settings.classes, kind == COLOURS)
        background = _background(sample, kind == COLOURS)
        if not classes:
            shown = colour_text(background) if kind == COLOURS else str(background)
            notes.append(f"background is {shown}; every other is a class of its own")
        return Meaning(kind, classes=classes, background=background, notes=tuple(notes))
    if settings.classes:
        raise BoxscopeError(
            f"got classes for masks read by {kind}: kind=values or colours, or category=NAME", "classes"
        )
    if kind == ALPHA and not all(one.alpha is not None for one in sample):
        raise BoxscopeError("got masks without an alpha channel", "kind=alpha")
    levels = [_levels(one, kind) for one in sample]
    threshold = settings.threshold
    if not threshold:
        highest = max((int(one.max()) for one in levels if one.size), default=0)
        threshold = max(1, (highest + 1) // 2)
        notes.append(f"threshold {threshold}, half of the highest level {highest}")
    inverted = settings.inverted == "yes"
    if settings.inverted == AUTO:
        inverted = _is_inverted(levels, threshold, notes)
    return Meaning(kind, threshold, inverted, category=settings.category, notes=tuple(notes))


def layers(stored: Stored, meaning: Meaning) -> list[Layer]:
    """Return the foreground of each class that a mask has, sorted by value.

    Raises
    ------
    BoxscopeError
        It has values or colours of no class, more values than classes could be, or no alpha channel.
    """
    if meaning.has_classes:
        return _classes(_numbers(stored, meaning.kind == COLOURS), meaning)
    if meaning.kind == ALPHA and stored.alpha is None:
        raise BoxscopeError("has no alpha channel")
    levels = _levels(stored, meaning.kind)
    inside = levels < meaning.threshold if meaning.inverted else levels >= meaning.threshold
    return [Layer(meaning.category, inside.view(np.uint8))]


def _levels(stored: Stored, kind: str) -> Levels:
    """Return the grey levels or the alpha of a mask: the largest channel of a colour."""
    if kind == ALPHA and stored.alpha is not None:
        return stored.alpha
    if stored.palette is not None and len(stored.palette):
        table = np.zeros(256, np.uint8)
        table[: len(stored.palette)] = stored.palette.max(axis=1)
        return table[stored.values]
    return stored.values.max(axis=2) if stored.values.ndim == 3 else stored.values


def _numbers(stored: Stored, colours: bool) -> NDArray[np.int32]:
    """Return values, palette indices or packed colours: int32 (H, W).

    Raises
    ------
    BoxscopeError
        Values are wanted of a mask in colours.
    """
    values = stored.values
    if colours and stored.palette is not None:
        table = np.zeros((256, 3), np.int32)
        table[: len(stored.palette)] = stored.palette
        return (table @ np.array([1 << 16, 1 << 8, 1], np.int32))[values]
    if values.ndim == 2:
        return values * np.int32(0x010101) if colours else values.astype(np.int32)
    if colours or (values == values[..., :1]).all():
        red, green, blue = (values[..., n].astype(np.int32) for n in range(3))
        return red << 16 | green << 8 | blue if colours else red
    raise BoxscopeError("is in colours, expected grey values or palette indices: kind=colours")


def _classes(numbers: NDArray[np.int32], meaning: Meaning) -> list[Layer]:
    present, counts = np.unique(numbers, return_counts=True)
    colours = meaning.kind == COLOURS
    if not meaning.classes:
        void = () if colours or meaning.background == _VOID else (_VOID,)
        found = [value for value in present.tolist() if value not in (meaning.background, *void)]
        if len(found) > _MOST_VALUES:
            what = "colours" if colours else "values"
            raise BoxscopeError(f"has {len(found):,} {what}, expected classes: name those by classes=")
        name = colour_text if colours else str
        return [Layer(name(value), (numbers == value).view(np.uint8)) for value in found]
    rows = _nearest(present, meaning.classes, colours)
    unknown = np.flatnonzero(rows < 0)
    if counts[unknown].sum() > (_BORDERS * numbers.size if colours else 0):
        worst = unknown[np.argmax(counts[unknown])]
        value, count = int(present[worst]), int(counts[worst])
        shown = colour_text(value) if colours else str(value)
        raise BoxscopeError(f"has {count:,} pixels of {shown}, which none of the classes has")
    made = []
    for row, one in enumerate(meaning.classes):
        values = present[rows == row]
        if len(values) and not one.is_background:
            made.append(Layer(one.name, np.isin(numbers, values).view(np.uint8)))
    return made


def _nearest(present: Levels, classes: Sequence[MaskClass], colours: bool) -> NDArray[np.int64]:
    """Return the row of the class of each value or colour, -1 for none: int64 (V,).

    Where no class is the background, 0 and black are: their row is the number of classes.
    """
    known = np.array([one.value for one in classes])
    if 0 not in known and not any(one.name.casefold() in BACKGROUND for one in classes):
        known = np.append(known, 0)
    differ = np.abs(_channels(present)[:, None] - _channels(known)[None]).max(axis=2)
    best = differ.argmin(axis=1)
    return np.where(differ.min(axis=1) <= (_TOLERANCE if colours else 0), best, -1)


def _channels(values: Levels) -> Levels:
    """Return the three channels of packed colours, by which values differ too: (N, 3)."""
    return np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)


def _said(kind: str) -> str:
    return {
        THRESHOLD: "read by a threshold",
        VALUES: "each value is a class",
        COLOURS: "each colour is a class",
        ALPHA: "read by their alpha channel",
    }[kind]


def _kind(sample: Sequence[Stored], named: bool) -> tuple[str, str]:
    """Return how masks are read, and what they have."""
    alphas = [one.alpha for one in sample if one.alpha is not None]
    if not named and len(alphas) == len(sample) and any(one.min() < one.max() for one in alphas):
        return ALPHA, "masks have an alpha channel that varies"
    palettes = [one for one in sample if one.palette is not None]
    if palettes and len(palettes) == len(sample):
        used = sorted({value for one in palettes for value in _present(one.values)})
        if named or len(used) > 2:
            return VALUES, f"masks have a palette, of which {len(used)} indices are used"
        return THRESHOLD, f"masks have a palette, of which {len(used)} indices are used"
    if any(one.values.ndim == 3 and not _is_grey(one) for one in sample):
        return COLOURS, "masks are in colours"
    used = sorted({value for one in sample for value in _present(_levels(one, THRESHOLD))})
    text = f"masks are grey with {len(used)} levels"
    if len(used) <= 8:
        text = f"masks are grey with the levels {', '.join(map(str, used))}"
    inner = [value for value in used if value != _VOID]
    few = len(inner) > 2 and inner[-1] <= _LARGEST_VALUE
    return (VALUES if named or few else THRESHOLD), text


def _present(values: Levels) -> list[int]:
    """Return the values that occur."""
    if values.dtype == np.uint8:  # in a tenth of the time
        return [int(value) for value in np.flatnonzero(np.bincount(values.ravel(), minlength=256))]
    return [int(value) for value in np.unique(values)]


def _is_grey(stored: Stored) -> bool:
    """Return whether the channels of a mask are the same, but for what JPEG changes."""
    channels = stored.values.astype(np.int32)
    return bool((channels.max(axis=2) - channels.min(axis=2)).max() <= 16) if channels.size else True


def _background(sample: Sequence[Stored], colours: bool) -> int:
    """Return 0 or black where the masks have it, or else what most of their pixels are."""
    counts: Counter[int] = Counter()
    for one in sample:
        try:
            present, number = np.unique(_numbers(one, colours), return_counts=True)
        except BoxscopeError:
            continue  # the mask is named when it is read
        counts.update(dict(zip(present.tolist(), number.tolist(), strict=True)))
    return 0 if not counts or counts[packed(0, 0, 0)] else counts.most_common(1)[0][0]


def _is_inverted(levels: Sequence[Levels], threshold: int, notes: list[str]) -> bool:
    shares = [float((one >= threshold).mean()) for one in levels if one.size]
    mostly = sum(share > 0.5 for share in shares)
    if not shares or mostly <= _MOSTLY * len(shares):
        return False
    notes.append(
        f"bright pixels are more than half of {mostly} of {len(shares)} masks: taken as inverted, dark "
        "pixels are the object (inverted=no reads them as they are)"
    )
    return True
