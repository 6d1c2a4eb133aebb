"""The folder of masks that is open, and the settings by which its masks become objects."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from core import parameters
from core.datasets.formats.base import ALL
from core.datasets.formats.conversion import Converted, convert_folder, images_option
from core.datasets.formats.mask_folder import folder_at
from core.datasets.formats.masks import Masks, Parts
from core.datasets.formats.recognising import find
from core.datasets.mask_folders.looking import MaskFolder
from core.datasets.mask_folders.meaning import Meaning, decide
from core.datasets.mask_folders.pairing import Pair
from core.datasets.mask_folders.preview import Preview, preview
from core.datasets.mask_folders.sampled import Sampled, sampled
from core.datasets.mask_folders.settings import MaskSettings
from core.datasets.spread import spread
from core.errors import BoxscopeError
from core.images.stored import Stored
from pages.ui.state import cached, held
from pages.ui.state.roots import expect_allowed, resolve

OWNER = "masks"
"""The owner of the settings, see :func:`pages.ui.state.fields.key`."""

# Seconds for which a folder counts as unchanged, and pictures of which the figures are at most.
_KNOWN, _SOME = 60, 24


class Opened(NamedTuple):
    """A folder of masks, and some of its masks, by which their meaning is decided."""

    found: MaskFolder
    sample: list[Stored]

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Pictures that have a mask."""
        return self.found.pairing.pairs

    @property
    def splits(self) -> list[str]:
        """The names of the splits, `ALL` alone where there are none."""
        return [split.name for split in Parts(self.found).splits()]


def opened(dataset: str) -> Opened | None:
    """Return the folder of masks at a path, None where it is none, or outside the allowed folders."""
    try:
        path = resolve(dataset)
    except BoxscopeError:
        return None
    return _opened(str(path), int(time.time() / _KNOWN)) if path.is_dir() else None


@st.cache_resource(max_entries=2, show_spinner="Looking for masks …")
def _opened(path: str, now: int) -> Opened | None:
    found = folder_at(Path(path))
    return None if found is None else Opened(found, found.sample())


def settings() -> MaskSettings:
    """Return the settings that the widgets hold.

    Raises
    ------
    BoxscopeError
        The file of the classes lies outside the allowed folders.
    """
    chosen: MaskSettings = held.settings(MaskSettings(), OWNER)
    if chosen.classes and "=" not in chosen.classes:
        expect_allowed(resolve(chosen.classes))
    return chosen


def changes(chosen: MaskSettings) -> dict[str, str]:
    """Return the settings that differ from their defaults, as text."""
    return parameters.changes(chosen)


def meaning(folder: Opened, chosen: MaskSettings) -> Meaning:
    """Return what the pixels of the masks mean, see :func:`core.datasets.mask_folders.meaning.decide`."""
    return decide(chosen, folder.sample)


def shown(folder: Opened, index: int, chosen: MaskSettings, decided: Meaning) -> Preview:
    """Return a picture through the stages, see :func:`core.datasets.mask_folders.preview.preview`."""
    return preview(folder.found.folder, folder.pairs[index], chosen, decided)


def of_some(folder: Opened, chosen: MaskSettings, decided: Meaning) -> Sampled:
    """Return what some pictures, spread over the folder, give."""
    return sampled(folder.found.folder, spread(folder.pairs, _SOME), chosen, decided)


def outputs(folder: Opened) -> dict[str, Path]:
    """Return the COCO file to write for each split, beside the pictures and masks."""
    names = {split: "annotations" if split == ALL else split for split in folder.splits}
    return {split: folder.found.folder / f"{name}.json" for split, name in names.items()}


def write(
    folder: Opened, chosen: MaskSettings, split: str, out: Path, progress: Callable[[int, int], object]
) -> Converted:
    """Write a split as COCO, in place of a former file; see :func:`.conversion.convert_folder`."""
    expect_allowed(out)
    source = find(folder.found.folder, Masks.name, split, parameters.spell(chosen))
    done = convert_folder(source, out, overwrite=True, progress=progress)
    cached.forget_splits()
    return done


def needs_images(done: Converted) -> bool:
    """Return whether the pictures of a file that was written are not found without their folder."""
    return bool(images_option(done))
