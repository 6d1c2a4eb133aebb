"""Which files in the folder of an export are its own: no run replaces or removes any other.

An export marks its folder: by ``.work/plan.json`` while it runs, by ``export.json`` once it is finished. A
file by a name that exports write is someone else's in a folder without a mark, and where the export that the
mark describes writes no such file.
"""

from collections.abc import Collection, Iterator
from pathlib import PurePosixPath
from typing import Any

from core.errors import BoxscopeError
from core.export.formats import FORMATS
from core.files import AnyPath


def refuse(path: AnyPath) -> None:
    """Raise, since a run would replace or remove a file that no export wrote.

    Raises
    ------
    BoxscopeError
    """
    raise BoxscopeError(
        "an export writes a file of that name, and this is none of its own: move it away, or choose another "
        "folder",
        path,
    )


def foreign_crops(
    folder: AnyPath,
    settings: dict[str, Any] | None,
    summary: dict[str, Any] | None,
    stems: Collection[str] | None = None,
) -> Iterator[AnyPath]:
    """Yield the files of crops in OUT/SPLIT that its export did not write, of any format.

    Parameters
    ----------
    folder : Path or RemotePath
        OUT/SPLIT.
    settings : dict or None
        Of the export that it holds, finished or not; None where it holds none.
    summary : dict or None
        Contents of ``export.json``, None where the export is not finished.
    stems : collection of str or None
        What the names of the crops start with that are to be written, each a file; None for any.
    """
    own = None if settings is None else FORMATS.get(settings.get("format", ""))
    for form in FORMATS.values():
        if own is not None and own.names_crops_as(form):
            if form.sharded and summary is not None:
                listed = {file["name"] for file in summary.get("shards", ())}
                yield from (folder / name for name in form.written(folder) if name not in listed)
            continue
        for name in form.written(folder):
            if form.sharded or stems is None or PurePosixPath(name).name.partition(".")[0] in stems:
                yield folder / name
