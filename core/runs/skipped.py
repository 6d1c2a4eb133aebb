"""Images that a task cannot use."""

from core.datasets import CocoDataset
from core.errors import BoxscopeError


def skipped(images: CocoDataset, index: int, error: BoxscopeError) -> dict[str, str]:
    """Return how the counts of a task name an image that cannot be used: its ``file`` and the ``reason``.

    Raises
    ------
    BoxscopeError
        The folder of the images is gone.
    """
    expect_folder(images)
    return {"file": images.file_names[index], "reason": error.without(images.path(index))}


def expect_folder(images: CocoDataset) -> None:
    """Make sure, where an image cannot be used, that it is not all of them.

    Raises
    ------
    BoxscopeError
        Their folder is gone, such as a disk that was pulled out: a result without them would look finished.
    """
    if not images.images_dir.is_dir():
        raise BoxscopeError(
            "is gone: bring it back, then run again to go on", f"images folder {images.images_dir}"
        )
