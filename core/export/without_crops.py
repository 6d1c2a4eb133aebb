"""When an export has nothing to write: no image can be used, or no box of any becomes a crop."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from core import wording
from core.datasets import CocoDataset
from core.datasets.kinds import why_no_images
from core.errors import BoxscopeError
from core.export import counting
from core.export.config import ExportConfig
from core.export.folder import ExportFolder
from core.export.progress import Progress
from core.export.shard import decide_image
from core.sampling.sharing import Counts

# Images that are processed again to find an example for an error.
_EXAMPLES = 5


def refuse_without_images(dataset: CocoDataset) -> None:
    """Raise if a data set has no image, before anything is written.

    Raises
    ------
    BoxscopeError
        Its file lists none, or every one was left out when the annotations were read.
    """
    if not len(dataset):
        raise BoxscopeError(why_no_images(dataset.problems), dataset.annotations)


def refuse_without_crops(config: ExportConfig, folder: ExportFolder, progress: Progress) -> None:
    """Raise, since an export has no crop, after removing what the run wrote.

    Finished shards would keep the next run from trying again; the last progress is kept and says why it
    failed.

    Raises
    ------
    BoxscopeError
    """
    quotas = counting.read_quotas(config, folder) if config.sampling.planned else None
    message = why_no_crops(config, progress.skipped, progress.images, quotas)
    folder.clear()
    folder.write_progress(replace(progress, state="failed", error=message).as_dict())
    raise BoxscopeError(message)


def why_no_crops(
    config: ExportConfig, skipped: Sequence[dict[str, str]], used: int, quotas: Counts | None = None
) -> str:
    """Return why an export has no crop, in one line.

    Parameters
    ----------
    config : ExportConfig
    skipped : sequence of dict
        ``file`` and ``reason`` of each image that cannot be used.
    used : int
        Number of the other images.
    quotas : int64 (I, 2) or None
        Shares of the images in the caps of the set, see :func:`core.export.counting.read_quotas`.
    """
    first = min(skipped, key=lambda image: image["file"], default=None)
    unusable = "" if first is None else f"{first['file']}: {first['reason']}"
    dataset = config.dataset
    if first is not None and not used:
        by_annotations = first["reason"] in dataset.doubts
        source = dataset.annotations if by_annotations else f"images folder {dataset.images_dir}"
        return f"{source}: none of {len(skipped)} images can be used, as {unusable}"
    others = f"; {len(skipped)} more cannot be used, as {unusable}" if unusable else ""
    number = "its one image" if used == 1 else f"any of {used} images"
    unused = {image["file"] for image in skipped}
    indices = (index for index, name in enumerate(dataset.file_names) if name not in unused)
    example = _example(config, islice(indices, _EXAMPLES), quotas)
    return f"{dataset.annotations}: no crop in {number}{example}{others}"


def _example(config: ExportConfig, indices: Iterable[int], quotas: Counts | None) -> str:
    """Return what becomes of the boxes of the first of some images that has any."""
    dataset, nothing = config.dataset, ""
    for index in indices:
        quota = None if quotas is None else (max(int(quotas[index, 0]), 0), max(int(quotas[index, 1]), 0))
        try:
            decided = decide_image(config.setup, config.sampling, dataset, index, quota)
        except BoxscopeError:
            continue
        decision = decided.decision
        ranks = range(decision.proposals)
        first = {decision.reason(rank): rank for rank in reversed(ranks)}  # the sentence may differ by rank
        texts = {
            reason: decision.describe(rank, config.sampling, dataset.doubts[index]).rstrip(".")
            for reason, rank in first.items()
        }
        if texts:
            counts = Counter(map(decision.reason, ranks)).most_common()
            reasons = "; ".join(f"{count} of them: {texts[reason]}" for reason, count in counts)
            return f". Of {dataset.file_names[index]}, {wording.count(len(ranks), 'proposal')}, {reasons}"
        nothing = f", as {config.setup.proposer.name} finds no proposal in the first of them"
    return nothing
