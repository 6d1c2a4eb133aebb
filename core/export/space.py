"""Whether there is room for what an export has still to write, asked before it starts."""

from concurrent.futures import Executor

from core import wording
from core.errors import BoxscopeError
from core.executors import completed
from core.export.config import ExportConfig
from core.export.estimate import Estimate, estimate
from core.export.folder import ExportFolder
from core.export.formats import FORMATS
from core.files import files_at

# More proposals, positives among them, and bytes than nearly any image gives: what fits by these is not
# estimated. By the article's settings that is 30 MB an image, twenty times what it has been seen to take.
_PROPOSALS, _POSITIVES, _BYTES_PER_PIXEL = 2000, 500, {"jpeg": 0.6, "png": 3}

# The most that a crop takes beside its pixels: a block; or, where none is cut, its row, written twice.
_BLOCK, _ROWS = 4096, 200

# What the estimate may take; it looks at one image at least.
_IMAGES, _SECONDS = 20, 5.0


def check(config: ExportConfig, folder: ExportFolder, images: int, executor: Executor) -> None:
    """Refuse an export that does not fit, by the low end of the estimate of what it writes.

    So only what is out of the question is refused, and no option is needed to go on all the same: where it
    turns out to be too much, the run ends in one line and goes on once there is room.

    Parameters
    ----------
    config : ExportConfig
    folder : ExportFolder
        One that is there.
    images : int
        How many are still to be done.
    executor : Executor
        Looks at some of them: what that needs in memory (120 MB) would stay in this process to the end.

    Raises
    ------
    BoxscopeError
        There is no room for it.
    """
    free, files = files_at(folder.work).free_space()
    if not images or free is None or _bound(config, images) <= free:
        return
    (guess,) = completed(executor, _estimate, [(config, folder)], 1)
    if guess.low.bytes is None or guess.low.crops is None:
        return
    form, part = FORMATS[config.format], images / len(config.dataset)
    crops = round(guess.low.crops * part)
    needed = round(guess.low.bytes * part) + crops * form.overhead
    if needed > free:
        raise BoxscopeError(
            f"No space left for it: at least {wording.size(needed)} are still to be written, "
            f"{wording.size(free)} are free",
            folder.path,
        )
    if form.file_per_crop and files is not None and crops > files:
        few = " or ".join(name for name, other in FORMATS.items() if other.sharded)
        raise BoxscopeError(
            f"No space left for it: at least {crops:,} files are still to be made, its file system takes "
            f"{files:,} more: take --format {few}, which make few",
            folder.path,
        )


def _estimate(given: tuple[ExportConfig, ExportFolder]) -> Estimate:
    config, folder = given
    return estimate(config, images=_IMAGES, seconds=_SECONDS, folder=folder)


def _bound(config: ExportConfig, images: int) -> float:
    sampling = config.sampling
    caps = [cap for cap in (sampling.negatives_first, sampling.max_negatives) if cap]
    crops = min([config.setup.top or _PROPOSALS, *(_POSITIVES + cap for cap in caps)])
    if not FORMATS[config.format].needs_pixels:
        return images * crops * _ROWS
    return images * crops * (sampling.cut.side**2 * _BYTES_PER_PIXEL[sampling.cut.encoding] + _BLOCK)
