"""The splits of the data sets that the app knows, of which pages measure several at once."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from core.datasets import CocoDataset
from core.datasets.levels import AUTO
from core.errors import BoxscopeError
from pages.ui.state import known, opening
from pages.ui.state.choice import Choice


class Split(NamedTuple):
    """A split of a data set.

    Attributes
    ----------
    annotations : Path
    chosen : Choice
        That opens it.
    is_present : bool
        Whether it is the one that is open.
    """

    annotations: Path
    chosen: Choice
    is_present: bool = False

    @property
    def folders(self) -> Iterator[Path]:
        """That of the annotations, and those above it as far as that which holds the data set."""
        top = Path(self.chosen.dataset).resolve().parent
        for folder in self.annotations.resolve().parents:
            yield folder
            if folder == top:
                return

    def opened(self) -> CocoDataset:
        """Return the data set.

        Raises
        ------
        BoxscopeError
            See :func:`pages.ui.state.opening.open_chosen`.
        """
        return opening.open_chosen(self.chosen)


def known_splits(chosen: Choice) -> dict[str, Split]:
    """Return the splits of the open data set, the open one first, then those of the sets opened before.

    By name: ``crackforest: valid``.
    """
    paths = {str(Path(chosen.dataset).resolve()): chosen}
    for item in known.opened_before():
        paths.setdefault(item.path, Choice(dataset=item.path, images=item.images_dir, grey=AUTO))
    found: dict[str, Split] = {}
    for path, name in known.names(paths).items():
        with suppress(BoxscopeError, OSError):  # gone since, or no longer allowed
            of = paths[path]
            files = opening.splits(of)
            open_split = chosen.split if chosen.split in files else next(iter(files))
            for split, annotations in files.items():
                present = of is chosen and split == open_split
                found[f"{name}: {split}"] = Split(annotations, replace(of, split=split), present)
    return dict(sorted(found.items(), key=lambda pair: not pair[1].is_present))
