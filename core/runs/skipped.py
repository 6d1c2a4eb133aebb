"""Images that a task cannot use."""

from core.datasets import CocoDataset
from core.errors import BoxscopeError


def skipped(images: CocoDataset, index: int, error: BoxscopeError) -> dict[str, str]:
    """Return the entry of an image that cannot be used in the counts of a task: ``file`` and ``reason``.

    Raises
    ------
    BoxscopeError
        The folder of the images is missing.
    """
    expect_folder(images, index)
    return {"file": images.file_names[index], "reason": error.without(images.path(index))}


def expect_folder(images: CocoDataset, index: int) -> None:
    """Raise if the folder of the images is missing, and the image's file was not when the run began.

    Raises
    ------
    BoxscopeError
        As where a disk was removed during the run: a result without all these images would look finished.
    """
    if not (images.was_absent(index) or images.images_dir.is_dir()):
        raise BoxscopeError(
            "is gone: bring it back, then run again to go on", f"images folder {images.images_dir}"
        )
