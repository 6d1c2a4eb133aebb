"""New labels for a finished export, from the IoU in its manifest; no picture is cut again.

Every step can be repeated. The summary first names the rule to come and, once all else is on disk, the rule
that holds. A run that is killed in between leaves an export whose summary says so. The next run, by the same
rule or another, does every step again on the files as they are, and leaves a complete export.
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

OnProgress = Callable[[int, int], object]


def exports_in(out: AnyPath) -> list[ExportFolder]:
    """Return the finished exports of a folder: the folder itself, or those of its splits.

    Raises
    ------
    BoxscopeError
        There is none.
    """
    below: Iterable[AnyPath] = out.glob("*")
    paths = [out, *sorted(below, key=lambda path: path.name)]
    exports = [ExportFolder(path) for path in paths if (path / "export.json").is_file()]
    if not exports:
        raise BoxscopeError("no finished export here or one folder below (no export.json)", out)
    return exports


def relabel(folder: ExportFolder, rule: LabelRule, progress: OnProgress | None = None) -> dict[str, Any]:
    """Replace the labels of an export, and whatever its format derives from them, such as file names.

    A crop that is not positive becomes a negative, whatever band of negatives the export had. The crops stay
    those that the export's own rule chose; a new export by another rule might choose others.

    Parameters
    ----------
    folder : ExportFolder
        Of a finished export.
    rule : LabelRule
        Only its threshold of positives is used.
    progress : callable or None
        Called with the number of crops done and the number of all crops.

    Returns
    -------
    dict
        ``crops``, ``positives``, ``negatives``, and how many labels ``changed``.

    Raises
    ------
    BoxscopeError
        No finished export; another process writes there; a crop is missing or a shard is damaged; the
        format takes no new labels.
    """
    if folder.read_summary() is None:
        raise BoxscopeError("no finished export (no export.json)", folder.path)
    try:
        with folder.lock():
            try:
                return _relabel(folder, rule, progress or (lambda done, total: None))
            finally:  # the summary holds all that the next run needs to resume
                folder.remove_work()
    except OSError as error:
        raise BoxscopeError(f"{os_reason(error)}: relabel again to go on", folder.path) from error


def _relabel(folder: ExportFolder, rule: LabelRule, progress: OnProgress) -> dict[str, Any]:
    folder.remove_temporary()
    summary = folder.read_summary() or {}
    form, counts = find_format(summary["settings"]["format"], f"{folder.summary}: format"), summary["counts"]
    files = {file["name"]: file for file in summary["shards"]}
    resuming = summary.pop("relabelling", None) is not None
    if not resuming:  # else shards may be replaced already, and crops may have either name
        form.check_relabel(folder.path, _relabelled(folder, rule), files)
    folder.write_summary({**summary, "relabelling": _threshold(parameters.spell(rule))})
    changed, positives, done = 0, 0, 0

    def tables() -> Iterator[pa.Table]:
        nonlocal changed, positives, done
        for shard in _relabelled(folder, rule):
            changed, done = changed + int(np.count_nonzero(shard.changed)), done + shard.rows.num_rows
            if resuming:
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
    """Yield the crops of each shard that has any, with their labels by a rule."""
    for rows in manifest.read_shards(folder.manifest):
        labels = np.where(rule.passes(rows["iou"].to_numpy()), POSITIVE, NEGATIVE).astype(np.int8)
        column = rows.column_names.index("label")
        relabelled = rows.set_column(column, rows.schema.field(column), pa.array(labels))
        yield Relabelled(relabelled, labels != _labels(rows))
