"""Annotations written again as right COCO: boxes in COCO's units, sizes of the pictures, listed images only.

The JSON is changed where it is wrong; all that Boxscope does not read stays as it is.
"""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.datasets.coco import read_columns
from core.datasets.convert.boxes import convert_boxes
from core.datasets.convert.document import CocoDocument
from core.datasets.convert.sizes import NewSizes, correct_sizes
from core.datasets.inside import follows_links
from core.datasets.judging.sizes import Relation
from core.datasets.locating.pictures import locate_pictures
from core.datasets.units.check import BoxCheck
from core.datasets.units.unit import AS_COCO, UNITS
from core.errors import BoxscopeError
from core.files import AnyPath, files_at, os_reason
from core.files.atomic import write_atomically


@dataclass(frozen=True)
class Conversion:
    """What :func:`convert` wrote.

    Attributes
    ----------
    out : str
    images, annotations : int
        In the file that was written.
    boxes : dict of str to int
        Number of converted boxes by the name of their unit, and ``right`` as the user said.
    sizes : dict of str to int
        Number of images whose size was ``missing``, ``exchanged`` or ``scaled``.
    dropped : int
        Annotations of images that are not listed.
    left : list of dict
        ``file`` and ``reason`` of each image whose size was not corrected.
    disagreeing : int
        Boxes of the file that was written which disagree with their segmentations, areas or images; single
        ones, since a file most of whose boxes do is not written.
    """

    out: str
    images: int
    annotations: int
    boxes: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    left: list[dict[str, str]] = field(default_factory=list)
    disagreeing: int = 0

    def text(self) -> str:
        """Return what was done as one line."""
        parts = [f"boxes {unit}: {number:,}" for unit, number in self.boxes.items()]
        parts += [f"sizes {kind}: {number:,}" for kind, number in self.sizes.items() if number]
        parts += [f"unlisted, left out: {self.dropped:,}"] if self.dropped else []
        changes = ", ".join(parts) or "nothing to put right"
        checked = "no box disagrees with its segmentation, area or image"
        if self.disagreeing:
            checked = f"{self.disagreeing:,} of its boxes still disagree, see `check`"
        return f"{self.images:,} images, {self.annotations:,} annotations; {changes}; read again: {checked}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


def convert(
    annotations: AnyPath,
    out: AnyPath,
    *,
    boxes: str = "",
    sizes: bool = False,
    drop_unlisted: bool = False,
    images_dir: AnyPath | None = None,
    overwrite: bool = False,
    follow_links: bool | None = None,
) -> Conversion:
    """Write a COCO file again, with what is wrong in it put right.

    Parameters
    ----------
    annotations, out : Path or RemotePath
        COCO files: the one that is read, and another one that is written.
    boxes : str
        Unit of the boxes, see :func:`core.datasets.convert.boxes.convert_boxes`; empty leaves them.
    sizes : bool
        Correct width and height by the headers of the pictures; boxes, areas, polygons and keypoints of a
        picture at another size are scaled to it.
    drop_unlisted : bool
        Leave out annotations of images that the file does not list, as of a subset of a set.
    images_dir : Path, RemotePath or None
        Folder of the pictures; None searches for it.
    overwrite : bool
        Replace an existing file `out`.
    follow_links : bool or None
        See :meth:`core.datasets.CocoDataset.open`.

    Raises
    ------
    BoxscopeError
        The file cannot be read, a conversion is not certain, most boxes of the result would disagree with
        what is known about them, or `out` exists or cannot be written. Nothing is written then.
    """
    _refuse_output(annotations, out, overwrite)
    columns = read_columns(annotations)
    follow = follows_links(follow_links)
    folder, files, _ = locate_pictures(annotations, columns.file_name, images_dir, follow)
    document = CocoDocument(annotations, columns, files)
    dropped = document.drop_unlisted() if drop_unlisted else 0
    corrected = NewSizes({}, [])
    if sizes:
        corners = AS_COCO.corners(document.table.bbox, document.table.sizes)
        corrected = correct_sizes(
            folder, columns.file_name, files.paths, document.sizes, corners, document.record
        )
        document.set_sizes(corrected.of(Relation.MISSING, Relation.EXCHANGED))
    units = _convert_boxes(document, boxes, annotations) if boxes else {}
    document.scale(corrected.of(Relation.SCALED))
    check = _write(document, out)
    return Conversion(
        out=str(out),
        images=len(document.images),
        annotations=len(document.annotations),
        boxes=units,
        sizes=corrected.counts if sizes else {},
        dropped=dropped,
        left=corrected.left,
        disagreeing=check.disagreeing,
    )


def _refuse_output(annotations: AnyPath, out: AnyPath, overwrite: bool) -> None:
    """Raise where the file to be written is the one that is read, or another that exists."""
    if files_at(out).is_file():
        if _same_file(annotations, out):
            raise BoxscopeError("is the file that is read: choose another name", out)
        if not overwrite:
            raise BoxscopeError("exists already: choose another name, or --overwrite", out)
    elif out.is_dir():
        raise BoxscopeError("is a folder, expected the name of a JSON file", out)


def _same_file(first: AnyPath, second: AnyPath) -> bool:
    if isinstance(first, Path) and isinstance(second, Path):
        return os.path.exists(first) and os.path.samefile(first, second)
    return str(first) == str(second)


def _convert_boxes(document: CocoDocument, unit: str, annotations: AnyPath) -> dict[str, int]:
    try:
        new = convert_boxes(document.table, unit)
    except BoxscopeError as error:
        raise BoxscopeError(str(error), annotations) from error
    document.set_boxes(new)
    return {**new.units, **({"declared right": len(new.declared)} if len(new.declared) else {})}


def _write(document: CocoDocument, out: AnyPath) -> BoxCheck:
    """Write the file, read it again, and return what its boxes disagree with.

    Raises
    ------
    BoxscopeError
        Most boxes do, or the file cannot be written.
    """
    checks: list[BoxCheck] = []

    def write(path: Path) -> None:
        document.write(path)
        checks.append(document.check(path))
        if checks[0].whole_file or checks[0].disagreeing > len(document.annotations) / 2:
            raise BoxscopeError(_still_wrong(checks[0]), out)

    try:
        write_atomically(out, write, out.parent)
    except OSError as error:
        raise BoxscopeError(f"cannot be written ({os_reason(error)})", out) from error
    return checks[0]


def _still_wrong(check: BoxCheck) -> str:
    counts = f"{check.disagreeing} of {check.compared} boxes"
    better = [f"{count} would fit as {UNITS[unit].text}" for unit, count in check.units()][:2]
    text = f"not written, since {counts} would disagree with their segmentations, areas or images"
    return f"{text}; of these {' and '.join(better)}" if better else text
