"""One file per crop, under the article's names."""

import shutil
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import compress
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import pyarrow as pa

from core.errors import BoxscopeError
from core.export.formats.base import Crop, Format, Reader, Relabelled, Writer
from core.export.names import crop_name, is_crop_name
from core.files import AnyPath, files_at


class FilesWriter(Writer):
    """Writes crops to a temporary folder; :meth:`finish` moves all of them into the export.

    Parameters
    ----------
    folder : Path or RemotePath
        OUT/SPLIT.
    work, number
        See :meth:`Format.writer`.
    class_folders : mapping of int to str
        See :class:`Files`.
    """

    def __init__(self, folder: AnyPath, work: AnyPath, number: int, class_folders: Mapping[int, str]) -> None:
        self.folder = folder
        self.work = work
        self.class_folders = class_folders
        self.temporary = files_at(work).temporary_folder(f"crops-{number:06d}")
        self.made_folders: set[int] = set()

    def add(self, crop: Crop) -> dict[str, Any]:
        """Write the file of a crop below the temporary folder."""
        row = crop.row
        name = crop_name(crop.stem, row["rank"], row["iou"], row["label"], crop.suffix)
        folder = f"crops/{self.class_folders[row['label']]}"
        if row["label"] not in self.made_folders:
            (self.temporary / folder).mkdir(parents=True, exist_ok=True)
            self.made_folders.add(row["label"])
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

    summary = "one JPEG per crop, by the article's names"
    columns = (pa.field("path", pa.string()),)
    overhead = 2000
    class_folders: ClassVar[Mapping[int, str]] = {0: "", 1: ""}
    """Folder in ``crops/`` of each label: a name and a slash, or nothing."""

    def writer(self, folder: AnyPath, work: AnyPath, number: int) -> Writer:
        """See :class:`Format`."""
        return FilesWriter(folder, work, number, self.class_folders)

    def reader(self, folder: AnyPath) -> Reader:
        """See :class:`Format`."""
        return FilesReader(folder)

    def clear(self, folder: AnyPath) -> None:
        """Remove crops by their names, and folders that are then empty."""
        crops = folder / "crops"
        files_at(crops).remove_matching("**/*", is_crop_name)
        self._remove_empty_classes(folder)
        files_at(crops).remove_if_empty()

    def _remove_empty_classes(self, folder: AnyPath) -> None:
        for name in filter(None, self.class_folders.values()):
            files_at(folder / "crops" / name).remove_if_empty()

    def with_label(self, path: str, label: int) -> str:
        """Return the path of a crop under another label.

        Parameters
        ----------
        path : str
            Its path under any label: ``crops/a.7.0_93.1.jpg``, with the folder of its class if there is one.
        label : int
            0 or 1.
        """
        name = PurePosixPath(path)
        return f"crops/{self.class_folders[label]}{name.stem[:-1]}{label}{name.suffix}"

    def check_relabel(
        self, folder: AnyPath, shards: Iterable[Relabelled], files: Mapping[str, dict[str, Any]]
    ) -> None:
        """Check that the file of every crop with a new label exists."""

        def expect(path: AnyPath) -> None:
            if not path.is_file():
                raise BoxscopeError("no such file, nothing relabelled", path)

        for rows, changed in shards:
            paths = rows.filter(pa.array(changed))["path"].to_pylist()
            deque(files_at(folder).map(expect, [folder / path for path in paths]), maxlen=0)

    def relabel(self, folder: AnyPath, work: AnyPath, shard: Relabelled) -> tuple[pa.Table, None]:
        """Rename the files; some may have their new names already."""

        def rename(path: str, label: int) -> None:
            try:
                files_at(folder).rename(self.with_label(path, 1 - label), path)
            except FileNotFoundError:
                renamed = folder / path
                if not renamed.is_file():
                    raise BoxscopeError("no such file by this name or its other label", renamed) from None

        rows, labels = shard.rows, shard.rows["label"].to_pylist()
        paths = [
            self.with_label(path, label) for path, label in zip(rows["path"].to_pylist(), labels, strict=True)
        ]
        crops = compress(zip(paths, labels, strict=True), shard.changed)
        deque(files_at(folder).map(lambda crop: rename(*crop), crops), maxlen=0)
        self._remove_empty_classes(folder)
        column = rows.column_names.index("path")
        return rows.set_column(column, rows.schema.field(column), pa.array(paths, pa.string())), None
