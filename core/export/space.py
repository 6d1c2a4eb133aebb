"""The check, before an export starts, that the disk has space for what it has still to write."""

from concurrent.futures import Executor

from core import wording
from core.errors import BoxscopeError
from core.executors import completed
from core.export.config import ExportConfig
from core.export.estimate import Estimate, estimate
from core.export.folder import ExportFolder
from core.export.formats import FORMATS
from core.files import files_at

# More proposals, positives and bytes than nearly any image gives: an export that fits by these needs no
# estimate. With the article's settings that is 30 MB per image, twenty times the most that was measured.
_PROPOSALS, _POSITIVES, _BYTES_PER_PIXEL = 2000, 500, {"jpeg": 0.6, "png": 3}

# Bytes that a crop takes at most beside its pixels: a block; or, where none is cut, its row, written twice.
_BLOCK, _ROWS = 4096, 200

# Limits of the estimate, which takes one image at least.
_IMAGES, _SECONDS = 20, 5.0


def check(config: ExportConfig, folder: ExportFolder, images: int, executor: Executor) -> None:
    """Raise if an export does not fit even by the low end of its estimate.

    So only exports that cannot fit are refused, and no option is needed to start one anyway: where the
    estimate was too low, the run ends with one line and resumes once there is space.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
        It must exist.
    images : int
        How many are still to be done.
    executor : Executor
        Runs the estimate: the 120 MB of memory that it needs would stay in this process to the end.

    Raises
    ------
    BoxscopeError
        There is too little space.
    """
    free, files = files_at(folder.work).free_space()
    if not images or free is None or _most_bytes(config, images) <= free:
        return
    (estimated,) = completed(executor, _estimate, [(config, folder)], 1)
    if estimated.low.bytes is None or estimated.low.crops is None:
        return
    form, part = FORMATS[config.format], images / len(config.dataset)
    crops = round(estimated.low.crops * part)
    needed = round(estimated.low.bytes * part) + crops * form.overhead
    if needed > free:
        raise BoxscopeError(
            f"No space left for it: at least {wording.size(needed)} are still to be written, "
            f"{wording.size(free)} are free",
            folder.path,
        )
    if form.file_per_crop and files is not None and crops > files:
        sharded = " or ".join(name for name, other in FORMATS.items() if other.sharded)
        raise BoxscopeError(
            f"No space left for it: at least {crops:,} files are still to be made, its file system takes "
            f"{files:,} more: take --format {sharded}, which make few",
            folder.path,
        )


def _estimate(task: tuple[ExportConfig, ExportFolder]) -> Estimate:
    config, folder = task
    return estimate(config, images=_IMAGES, seconds=_SECONDS, folder=folder)


def _most_bytes(config: ExportConfig, images: int) -> float:
    sampling = config.sampling
    caps = [cap for cap in (sampling.negatives_first, sampling.max_negatives) if cap]
    crops = min([config.setup.top or _PROPOSALS, *(_POSITIVES + cap for cap in caps)])
    if not FORMATS[config.format].needs_pixels:
        return images * crops * _ROWS
    return images * crops * (sampling.cut.side**2 * _BYTES_PER_PIXEL[sampling.cut.encoding] + _BLOCK)
