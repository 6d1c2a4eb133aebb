"""New labels for a finished export, from the IoU in its manifest; no picture is cut again.

Every step can be repeated. The summary first names the rule to come and, once all else is on disk, the rule
that holds. A run that is killed in between leaves an export whose summary says so. The next run, by the same
rule or another, does every step again on the files as they are, and leaves a complete export.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core import parameters
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.export.formats import Relabelled, find_format
from core.export.relabel_checks import is_old, refuse_uncertain
from core.files import AnyPath, files_at, os_reason
from core.labelling import NEGATIVE, POSITIVE, LabelRule
from core.sampling.classes import Classes

# What ignores nothing, as text.
_OFF = {"ignore_inside": "1.0", "ignore_mask": "0"}

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

    A crop that is not positive becomes a negative, whatever band of negatives the export had; where one would
    lie too far inside an object for that, or hold too many mask pixels, nothing is relabelled. The crops stay
    those that the export's own rule chose; a new export by another rule might choose others.

    Parameters
    ----------
    folder : ExportFolder
        Of a finished export.
    rule : LabelRule
        Its threshold of positives, its share inside an object and its number of mask pixels are used.
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
        format takes no new labels; a crop would have no certain label, or an older manifest does not tell.
    """
    _expect_own(folder)  # before the lock, whose file would lie among those of others
    try:
        with folder.lock():
            try:
                _expect_own(folder)  # another run may have gone on until it was locked
            except BoxscopeError:
                folder.leave()
                raise
            try:
                return _relabel(folder, rule, progress or (lambda done, total: None))
            finally:  # the summary holds all that the next run needs to resume
                folder.remove_work()
    except OSError as error:
        raise BoxscopeError(f"{os_reason(error)}: relabel again to go on", folder.path) from error


def _expect_own(folder: ExportFolder) -> None:
    if folder.read_summary() is None:
        raise BoxscopeError("no finished export (no export.json)", folder.path)
    folder.refuse_foreign()


def _relabel(folder: ExportFolder, rule: LabelRule, progress: OnProgress) -> dict[str, Any]:
    folder.remove_temporary()
    summary = folder.read_summary() or {}
    form, counts = find_format(summary["settings"]["format"], f"{folder.summary}: format"), summary["counts"]
    classes, files = Classes.from_summary(summary), {file["name"]: file for file in summary["shards"]}
    refuse_uncertain(folder, summary, rule)
    resuming = summary.pop("relabelling", None) is not None
    if not resuming:  # else shards may be replaced already, and crops may have either name
        form.check_relabel(folder.path, _relabelled(folder, rule, classes), files)
    own = summary["settings"]["setup"]
    texts = rule_texts(rule, own)
    folder.write_summary({**summary, "relabelling": texts})
    changed, positives, done = 0, 0, 0

    def tables() -> Iterator[pa.Table]:
        nonlocal changed, positives, done
        for shard in _relabelled(folder, rule, classes):
            changed, done = changed + int(np.count_nonzero(shard.changed)), done + shard.rows.num_rows
            if resuming or is_old(shard.rows):
                shard = shard._replace(changed=np.ones(shard.rows.num_rows, bool))
            rows, file = form.relabel(folder.path, folder.work, shard)
            if file is not None:
                files[file["name"]] = file
            yield rows
            positives += int(np.count_nonzero(_labels(rows) == POSITIVE))
            progress(done, counts["crops"])

    columns = manifest.schema(form.columns)
    manifest.write(folder.manifest, columns, tables(), folder.work)
    form.finish(folder.path, classes)
    files_at(folder.work).sync_files()
    result = {"positives": positives, "negatives": counts["crops"] - positives}
    summary |= {"counts": {**counts, **result}, "classes": classes.summary(), "shards": list(files.values())}
    summary.pop("relabelled", None)
    if any(text != own.get(name, _OFF.get(name)) for name, text in texts.items()):
        summary["relabelled"] = texts
    folder.write_summary(summary)
    return {"crops": counts["crops"], **result, "changed": changed}


def rule_texts(rule: LabelRule, own: Mapping[str, str]) -> dict[str, str]:
    """Return what a relabelling uses of a rule, as text; what ignores boxes only where it matters.

    Parameters
    ----------
    rule : LabelRule
    own : mapping of str to str
        The setup of the export, which may be of an older version without a share inside or mask pixels.
    """
    texts = parameters.spell(rule)
    matter = [name for name, off in _OFF.items() if {texts[name], own.get(name, off)} != {off}]
    return {name: texts[name] for name in ("iou", "inclusive", *matter)}


def own_limits(folder: ExportFolder) -> dict[str, str]:
    """Return `ignore_inside` and `ignore_mask` of an export as text; what ignores none where it has none."""
    own = (folder.read_summary() or {}).get("settings", {}).get("setup", {})
    return {name: str(own.get(name, off)) for name, off in _OFF.items()}


def _labels(rows: pa.Table) -> NDArray[np.int8]:
    return rows["label"].to_numpy()


def _relabelled(folder: ExportFolder, rule: LabelRule, classes: Classes) -> Iterator[Relabelled]:
    """Yield the crops of each shard that has any, with their labels by a rule."""
    for rows in manifest.read_shards(folder.manifest):
        labels = np.where(rule.passes(rows["iou"].to_numpy()), POSITIVE, NEGATIVE).astype(np.int8)
        yield Relabelled(_with_labels(rows, labels, classes), labels != _labels(rows), classes)


def _with_labels(rows: pa.Table, labels: NDArray[np.int8], classes: Classes) -> pa.Table:
    """Return rows with other labels, and with the categories and classes that follow from them."""
    pairs = list(zip(labels.tolist(), rows["gt_category"].to_pylist(), strict=True))
    columns: dict[str, list[Any]] = {
        "label": labels.tolist(),
        "category": [category if label == POSITIVE else None for label, category in pairs],
        "class": [classes.number(label, category) for label, category in pairs],
    }
    for name, values in columns.items():
        field = manifest.FACTS.field(name)
        rows = rows.set_column(rows.column_names.index(name), field, pa.array(values, field.type))
    return rows
