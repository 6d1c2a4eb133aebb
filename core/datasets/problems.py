"""What is wrong with a data set, thing by thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a data set.

    Attributes
    ----------
    kind : str
        A word to count by, as ``zero-area``.
    item : str
        The file name of the image it concerns, or the part of the file.
    detail : str
        What came, and what is done about it.
    lost : bool
        True where an image or an object cannot be used, False where it is used all the same.
    """

    kind: str
    item: str
    detail: str
    lost: bool
