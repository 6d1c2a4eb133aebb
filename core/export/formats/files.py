"""One file per crop, under the article's names."""

import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import compress
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import pyarrow as pa

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.export.names import class_folders, crop_name, is_crop_name
from core.files import AnyPath, files_at
from core.sampling.classes import BINARY_CLASSES, Classes


class FilesWriter(Writer):
    """Writes crops to a temporary folder; :meth:`finish` moves all of them into the export.

    Parameters
    ----------
    folder : Path or RemotePath
        OUT/SPLIT.
    work, number
        See :meth:`Format.writer`.
    class_folders : bool
        See :class:`Files`.
    """

    def __init__(self, folder: AnyPath, work: AnyPath, number: int, class_folders: bool) -> None:
        self.folder = folder
        self.work = work
        self.class_folders = class_folders
        self.temporary = files_at(work).temporary_folder(f"crops-{number:06d}")
        self.made_folders: set[str] = set()

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write the file of a crop below the temporary folder."""
        row = crop.row
        name = crop_name(crop.stem, row["rank"], row["iou"], row["class"], crop.suffix)
        folder = f"crops/{crop.class_folder}/" if self.class_folders else "crops/"
        if folder not in self.made_folders:
            (self.temporary / folder).mkdir(parents=True, exist_ok=True)
            self.made_folders.add(folder)
        Path(f"{self.temporary}/{folder}{name}").write_bytes(crop.data)
        return {"path": f"{folder}{name}"}

    def finish(self) -> None:
        """Move every file to the same path in the export, where it replaces that of an unfinished run."""
        files_at(self.work).sync_files()
        files_at(self.folder).commit_tree(self.temporary)

    def close(self) -> None:
        """Remove the temporary folder."""
        shutil.rmtree(self.temporary, ignore_errors=True)


class FilesReader(Reader):
    """Reads a crop's file."""

    columns = ("path",)

    def _read(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def close(self) -> None:
        """Leave everything as it is: no file stays open."""


class Files(Format):
    """``crops/{stem}.{rank}.{IoU as 0_87}.{label}.jpg``, all in one folder."""

    summary = "one JPEG per crop, named as in the article"
    columns = (pa.field("path", pa.string()),)
    overhead = 2000
    class_folders: ClassVar[bool] = False
    """Whether each class has a folder in ``crops/``."""

    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """See :class:`Format`."""
        return FilesWriter(folder, work, number, self.class_folders)

    def reader(self, folder: AnyPath) -> Reader:
        """See :class:`Format`."""
        return FilesReader(folder)

    def written(self, folder: AnyPath) -> Iterator[str]:
        """Yield the crops, known by their names."""
        names = files_at(folder / "crops").walk(strict=True)
        return (f"crops/{name}" for name in names if is_crop_name(PurePosixPath(name).name))

    def names_crops_as(self, other: Format) -> bool:
        """Return whether the other format keeps a file per crop in ``crops/`` too."""
        return isinstance(other, Files)

    def clear(self, folder: AnyPath) -> None:
        """Remove crops by their names, and folders that are then empty."""
        crops = folder / "crops"
        files_at(crops).remove_matching("**/*", is_crop_name)
        if self.class_folders:
            for path in crops.glob("*"):
                files_at(path).remove_if_empty()
        files_at(crops).remove_if_empty()

    def with_label(self, path: str, label: int, classes: Classes = BINARY_CLASSES) -> str:
        """Return the path of a crop in another class.

        Parameters
        ----------
        path : str
            Its path in any class: ``crops/a.7.0_93.1.jpg``, with the folder of its class if there is one.
        label : int
            Number of the class.
        classes : Classes
        """
        name = PurePosixPath(path)
        folder = f"{class_folders(classes.names)[label]}/" if self.class_folders else ""
        return f"crops/{folder}{PurePosixPath(name.stem).stem}.{label}{name.suffix}"

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Check that the file of every crop with a new label exists."""

        def expect(path: AnyPath) -> None:
            if not path.is_file():
                raise BoxscopeError("no such file, nothing relabelled", path)

        for rows, changed, _ in shards:
            paths = rows.filter(pa.array(changed))["path"].to_pylist()
            deque(files_at(folder).map(expect, [folder / path for path in paths]), maxlen=0)

    def relabel(self, folder: AnyPath, work: AnyPath, shard: Relabelled) -> tuple[pa.Table, None]:
        """Rename the files; some may have their new names already."""

        def rename(path: str, other: str) -> None:
            try:
                files_at(folder).rename(other, path)
            except FileNotFoundError:
                renamed = folder / path
                if not renamed.is_file():
                    raise BoxscopeError("no such file by this name or its other label", renamed) from None

        rows, classes = shard.rows, shard.classes
        columns = (rows[name].to_pylist() for name in ("path", "label", "class", "gt_category"))
        paths, others = [], []
        for path, label, number, category in zip(*columns, strict=True):
            paths.append(self.with_label(path, number, classes))
            # A crop has one of two classes: the background, or that of its object if this is certain.
            other = classes.number(1 - label, category) if classes.has(1 - label, category) else number
            others.append(self.with_label(path, other, classes))
        crops = compress(zip(paths, others, strict=True), shard.changed)
        deque(files_at(folder).map(lambda crop: rename(*crop), crops), maxlen=0)
        column = rows.column_names.index("path")
        return rows.set_column(column, rows.schema.field(column), pa.array(paths, pa.string())), None
