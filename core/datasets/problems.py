"""A problem of a data set."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One problem of a data set.

    Attributes
    ----------
    kind : str
        By which problems are counted, such as ``zero-area``.
    item : str
        File name of the image that it concerns, or name of the annotation file.
    detail : str
        What the file contains, and what is done about it.
    lost : bool
        True where an image or an object cannot be used, False where it is used nevertheless.
    """

    kind: str
    item: str
    detail: str
    lost: bool
