"""A problem of a data set."""

from dataclasses import dataclass
from typing import Literal

Subject = Literal["file", "image", "object"]


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
    of : "file", "image" or "object"
        What is lost or noted: something of the annotation file as such, one image, or one object.
    """

    kind: str
    item: str
    detail: str
    lost: bool
    of: Subject = "image"
