"""Images that a task cannot use."""

from core.datasets import CocoDataset
from core.errors import BoxscopeError, TooLittleMemory


def skipped(images: CocoDataset, index: int, error: BoxscopeError) -> dict[str, str]:
    """Return the entry of an image that cannot be used in the counts of a task: ``file`` and ``reason``.

    Raises
    ------
    BoxscopeError
        See :func:`expect_its_fault`.
    """
    expect_its_fault(images, index, error)
    return {"file": images.file_names[index], "reason": error.without(images.path(index))}


def expect_its_fault(images: CocoDataset, index: int, error: BoxscopeError) -> None:
    """Raise unless it is the image itself that cannot be used.

    Raises
    ------
    BoxscopeError
        The memory is too little, or the folder of the images is missing, and the image's file was not when
        the run began: a result without such images would look finished.
    """
    if isinstance(error, TooLittleMemory):
        raise error
    if not (images.was_absent(index) or images.images_dir.is_dir()):
        raise BoxscopeError(
            "is gone: bring it back, then run again to go on", f"images folder {images.images_dir}"
        )
