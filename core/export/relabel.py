"""New labels for a finished export, from the IoU that its manifest holds; no picture is cut again.

Every step can be done twice. The summary says first which rule is coming and, once all else is on disk,
that it holds. A run that is killed in between leaves an export that says so; the next one, by the same
rule or any other, looks at what lies there and not at what it was called, and ends whole.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core import parameters
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import EVERY_FORMAT, Format
from core.export.names import CLASS_FOLDERS, key_stem, shard_number, with_label
from core.export.writers import Crop
from core.files import atomic
from core.files.paths import reason
from core.labelling import NEGATIVE, POSITIVE, LabelRule

Shown = Callable[[int, int], object]


def exports_in(out: Path) -> list[ExportFolder]:
    """List the finished exports of a folder: the folder itself, or those of its splits.

    Raises
    ------
    BoxscopeError
        There is none.
    """
    found = [ExportFolder(path) for path in (out, *sorted(out.glob("*"))) if (path / "export.json").is_file()]
    if not found:
        raise BoxscopeError("no finished export here or one folder below (no export.json)", out)
    return found


def relabel(folder: ExportFolder, rule: LabelRule, progress: Shown | None = None) -> dict[str, Any]:
    """Write the labels of an export anew; names and class folders follow them.

    A crop that is not positive becomes a negative, whatever band of negatives the export had. Which crops
    there are was settled by the export's own rule and stays: by another a new export might choose others.

    Parameters
    ----------
    folder : ExportFolder
        Of a finished export.
    rule : LabelRule
        Of which the threshold of positives counts.
    progress : callable or None
        Called with the crops dealt with and their number.

    Returns
    -------
    dict
        ``crops``, ``positives``, ``negatives``, and how many labels ``changed``.

    Raises
    ------
    BoxscopeError
        No finished export; somebody writes there; a crop is missing or a shard is damaged.
    """
    if folder.read_summary() is None:
        raise BoxscopeError("no finished export (no export.json)", folder.path)
    try:
        with folder.lock():
            try:
                return _relabel(folder, rule, progress or (lambda done, total: None))
            finally:  # what is to be gone on from stands in the summary
                folder.close()
    except OSError as error:
        raise BoxscopeError(f"{reason(error)}: relabel again to go on", folder.path) from error


def _relabel(folder: ExportFolder, rule: LabelRule, progress: Shown) -> dict[str, Any]:
    folder.sweep()
    summary = folder.read_summary() or {}
    form, counts = EVERY_FORMAT[summary["settings"]["format"]], summary["counts"]
    files = {file["name"]: file for file in summary["shards"]}
    again = summary.pop("relabelling", None) is not None
    if not again:  # else shards may be new ones already, and crops may bear either name
        _check(folder, form, files, rule)
    folder.write_summary({**summary, "relabelling": _threshold(parameters.spell(rule))})
    changed, positives, done = 0, 0, 0

    def tables() -> Iterator[pa.Table]:
        nonlocal changed, positives, done
        for old in manifest.read_shards(folder.manifest):
            new, others = _labelled(old, rule)
            if form.sharded and (others.any() or again):
                new = _rewritten(folder, form, new, files)
            elif "path" in new.column_names:
                _move(folder, new if again else new.filter(pa.array(others)))
            yield new
            changed, done = changed + int(np.count_nonzero(others)), done + new.num_rows
            positives += int(np.count_nonzero(_labels(new) == POSITIVE))
            progress(done, counts["crops"])

    columns = manifest.schema(form.writer.columns)
    manifest.write(folder.manifest, columns, tables(), folder.work)
    atomic.sync_files(folder.work)
    result = {"positives": positives, "negatives": counts["crops"] - positives}
    summary |= {"counts": {**counts, **result}, "shards": list(files.values())}
    summary.pop("relabelled", None)
    if _threshold(parameters.spell(rule)) != _threshold(summary["settings"]["setup"]):
        summary["relabelled"] = _threshold(parameters.spell(rule))
    folder.write_summary(summary)
    return {"crops": counts["crops"], **result, "changed": changed}


def _threshold(texts: dict[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in ("iou", "inclusive")}


def _labels(table: pa.Table) -> NDArray[np.int8]:
    return table["label"].to_numpy()


def _labelled(table: pa.Table, rule: LabelRule) -> tuple[pa.Table, NDArray[np.bool_]]:
    """Give the rows with the labels of a rule, and which of these are others than before."""
    labels = np.where(rule.passes(table["iou"].to_numpy()), POSITIVE, NEGATIVE).astype(np.int8)
    new = _with(table, "label", labels.tolist())
    if "path" in table.column_names:
        paths = zip(table["path"].to_pylist(), labels.tolist(), strict=True)
        new = _with(new, "path", [with_label(path, label) for path, label in paths])
    return new, labels != _labels(table)


def _with(table: pa.Table, name: str, values: list[Any]) -> pa.Table:
    field = table.schema.field(name)
    return table.set_column(table.column_names.index(name), field, pa.array(values, field.type))


def _check(folder: ExportFolder, form: Format, files: dict[str, Any], rule: LabelRule) -> None:
    """Make sure before the first step that there is everything the others need."""
    for table in manifest.read_shards(folder.manifest):
        _, others = _labelled(table, rule)
        if form.sharded and others.any():
            _check_sum(folder.path / table["shard"][0].as_py(), files)
        elif "path" in table.column_names:
            paths = table.filter(pa.array(others))["path"].to_pylist()
            deque(atomic.each(_expect, [folder.path / path for path in paths], folder.path), maxlen=0)


def _expect(path: Path) -> None:
    if not path.is_file():
        raise BoxscopeError("no such file, nothing relabelled", path)


def _check_sum(path: Path, files: dict[str, Any]) -> None:
    with atomic.near(path) as near, near.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    wanted = files[path.name]["sha256"]
    if found != wanted:
        raise BoxscopeError(f"SHA-256 {found[:12]}…, export.json says {wanted[:12]}…: it was changed", path)


def _move(folder: ExportFolder, new: pa.Table) -> None:
    """Give files their new names; they may bear them already."""

    def move(path: str, label: int) -> None:
        place = folder.path / path
        place.parent.mkdir(exist_ok=True)
        try:
            (folder.path / with_label(path, 1 - label)).replace(place)
        except FileNotFoundError:
            if not place.is_file():
                raise BoxscopeError("no such file by this name or its other label", place) from None

    rows = zip(new["path"].to_pylist(), _labels(new).tolist(), strict=True)
    deque(atomic.each(lambda row: move(*row), rows, folder.path), maxlen=0)
    for name in CLASS_FOLDERS.values():
        atomic.remove_empty(folder.path / "crops" / name)


def _rewritten(folder: ExportFolder, form: Format, new: pa.Table, files: dict[str, Any]) -> pa.Table:
    """Write a shard again beside the old one, then put it in its place."""
    name = new["shard"][0].as_py()
    reader, rows = form.reader(folder.path), new.to_pylist()
    with form.writer(folder, shard_number(name)) as writer:
        for row in rows:
            data = reader.read(*(row[column] for column in reader.columns))
            facts = {name: row[name] for name in manifest.FACTS.names}
            row |= writer.add(Crop(data, facts, key_stem(row.get("key", ""))))
        files[name] = writer.finish()
    reader.close()
    return pa.Table.from_pylist(rows, new.schema)
