"""When crops cannot be relabelled: their labels by the new rule would not be certain."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from core import wording
from core.errors import BoxscopeError
from core.export import manifest
from core.export.folder import ExportFolder
from core.files import printable
from core.labelling import LabelRule
from core.sampling.classes import Classes


def refuse_uncertain(folder: ExportFolder, summary: dict[str, Any], rule: LabelRule) -> None:
    """Raise if some crops of an export would get no label by a rule, or one that is not certain.

    Parameters
    ----------
    folder : ExportFolder
    summary : dict
        Content of its export.json.
    rule : LabelRule

    Raises
    ------
    BoxscopeError
        Crops would be neither positive nor negative, negatives of images whose truth may lack an object, or
        of two categories at once; or the manifest lacks what the rule needs.
    """
    in_doubt = {
        printable(image["file"]): image["reason"] for image in summary["counts"].get("no_negatives", ())
    }
    by_category = Classes.from_summary(summary).by_category
    if rule.ignore_inside == 1 and not (rule.asks_for_masks or in_doubt or by_category):
        return
    ignored = masked = doubted = of_two = 0
    for rows in manifest.read_shards(folder.manifest):
        positive = rule.passes(rows["iou"].to_numpy())
        if rule.ignore_inside < 1:
            ignored += int(np.count_nonzero(~positive & rule.too_far_inside(_inside(rows, folder))))
        if rule.asks_for_masks:
            masked += int(np.count_nonzero(~positive & rule.too_much_mask(_mask_pixels(rows, folder))))
        if in_doubt:
            names = rows["file_name"].filter(pa.array(~positive)).to_pylist()
            doubted += sum(name in in_doubt for name in names)
        if by_category:
            of_two += int(np.count_nonzero(positive & rows["gt_category"].is_null().to_numpy()))
    name, why = next(iter(in_doubt.items()), ("", ""))
    refusals = {
        f"neither positive nor negative, since more than {rule.ignore_inside:g} of each lies inside an "
        "object: export again by this rule, or relabel with 1 as that share": ignored,
        f"neither positive nor negative, since each holds {wording.count(rule.ignore_mask, 'mask pixel')} or "
        "more: export again by this rule, or relabel with 0 as that number": masked,
        f"negatives of images that give none, as {name}: {why}": doubted,
        "positive and of two categories at once: export again by this rule": of_two,
    }
    for text, count in refusals.items():
        if count:
            raise BoxscopeError(f"{count} of {summary['counts']['crops']} crops would be {text}", folder.path)


def _inside(rows: pa.Table, folder: ExportFolder) -> NDArray[np.float32]:
    """Return the shares inside of some rows.

    Raises
    ------
    BoxscopeError
        Their manifest does not tell.
    """
    if is_old(rows):
        raise BoxscopeError(
            "has no column inside, as it was written by an older version: export again, or relabel without a "
            "share inside",
            folder.manifest,
        )
    return rows["inside"].to_numpy()


def _mask_pixels(rows: pa.Table, folder: ExportFolder) -> NDArray[np.int32]:
    """Return the mask pixels in some boxes.

    Raises
    ------
    BoxscopeError
        Their manifest does not tell.
    """
    if rows["mask_pixels"].null_count:
        raise BoxscopeError(
            "has no mask pixels, as the export was made without ignore_mask: export again with it, or "
            "relabel with 0 as that number",
            folder.manifest,
        )
    return rows["mask_pixels"].to_numpy()


def is_old(rows: pa.Table) -> bool:
    """Return whether rows are of a manifest without the share inside."""
    return bool(rows["inside"].null_count)
