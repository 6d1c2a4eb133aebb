"""New labels for a finished export, from the IoU that its manifest holds; no picture is cut again.

Every step can be done twice. The summary says first which rule is coming and, once all else is on disk,
that it holds. A run that is killed in between leaves an export that says so; the next one, by the same
rule or any other, looks at what lies there and not at what it was called, and ends whole.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core import parameters
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import Relabelled, find_format
from core.files import AnyPath, files_at, os_reason
from core.labelling import NEGATIVE, POSITIVE, LabelRule

Shown = Callable[[int, int], object]


def exports_in(out: AnyPath) -> list[ExportFolder]:
    """List the finished exports of a folder: the folder itself, or those of its splits.

    Raises
    ------
    BoxscopeError
        There is none.
    """
    below: Iterable[AnyPath] = out.glob("*")
    paths = [out, *sorted(below, key=lambda path: path.name)]
    found = [ExportFolder(path) for path in paths if (path / "export.json").is_file()]
    if not found:
        raise BoxscopeError("no finished export here or one folder below (no export.json)", out)
    return found


def relabel(folder: ExportFolder, rule: LabelRule, progress: Shown | None = None) -> dict[str, Any]:
    """Write the labels of an export anew; what bears them follows, as its format has it.

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
        No finished export; somebody writes there; a crop is missing or a shard is damaged; the format
        takes no new labels.
    """
    if folder.read_summary() is None:
        raise BoxscopeError("no finished export (no export.json)", folder.path)
    try:
        with folder.lock():
            try:
                return _relabel(folder, rule, progress or (lambda done, total: None))
            finally:  # what is to be gone on from stands in the summary
                folder.remove_work()
    except OSError as error:
        raise BoxscopeError(f"{os_reason(error)}: relabel again to go on", folder.path) from error


def _relabel(folder: ExportFolder, rule: LabelRule, progress: Shown) -> dict[str, Any]:
    folder.remove_temporary()
    summary = folder.read_summary() or {}
    form, counts = find_format(summary["settings"]["format"], f"{folder.summary}: format"), summary["counts"]
    files = {file["name"]: file for file in summary["shards"]}
    again = summary.pop("relabelling", None) is not None
    if not again:  # else shards may be new ones already, and crops may bear either name
        form.check_relabel(folder.path, _relabelled(folder, rule), files)
    folder.write_summary({**summary, "relabelling": _threshold(parameters.spell(rule))})
    changed, positives, done = 0, 0, 0

    def tables() -> Iterator[pa.Table]:
        nonlocal changed, positives, done
        for shard in _relabelled(folder, rule):
            changed, done = changed + int(np.count_nonzero(shard.changed)), done + shard.rows.num_rows
            if again:
                shard = Relabelled(shard.rows, np.ones(shard.rows.num_rows, bool))
            rows, file = form.relabel(folder.path, folder.work, shard)
            if file is not None:
                files[file["name"]] = file
            yield rows
            positives += int(np.count_nonzero(_labels(rows) == POSITIVE))
            progress(done, counts["crops"])

    columns = manifest.schema(form.columns)
    manifest.write(folder.manifest, columns, tables(), folder.work)
    files_at(folder.work).sync_files()
    result = {"positives": positives, "negatives": counts["crops"] - positives}
    summary |= {"counts": {**counts, **result}, "shards": list(files.values())}
    summary.pop("relabelled", None)
    if _threshold(parameters.spell(rule)) != _threshold(summary["settings"]["setup"]):
        summary["relabelled"] = _threshold(parameters.spell(rule))
    folder.write_summary(summary)
    return {"crops": counts["crops"], **result, "changed": changed}


def _threshold(texts: dict[str, str]) -> dict[str, str]:
    return {name: texts[name] for name in ("iou", "inclusive")}


def _labels(rows: pa.Table) -> NDArray[np.int8]:
    return rows["label"].to_numpy()


def _relabelled(folder: ExportFolder, rule: LabelRule) -> Iterator[Relabelled]:
    """Read the rows of each shard that has crops, with the labels of a rule."""
    for rows in manifest.read_shards(folder.manifest):
        labels = np.where(rule.passes(rows["iou"].to_numpy()), POSITIVE, NEGATIVE).astype(np.int8)
        index = rows.column_names.index("label")
        new = rows.set_column(index, rows.schema.field(index), pa.array(labels))
        yield Relabelled(new, labels != _labels(rows))
