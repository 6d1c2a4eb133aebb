"""Why a box becomes a crop or does not."""

from enum import IntEnum


class Reason(IntEnum):
    """What decides about a box; every box has exactly one.

    ``WRITTEN`` alone is written. Whether ``UNCOUNTED`` is depends on the share that the image gets of a cap
    over the whole set, which is known once all images are counted.
    """

    WRITTEN = 0
    IGNORED = 1
    CROWD = 2
    INCOMPLETE = 3
    EMPTY_IMAGE = 4
    RANK = 5
    SIDE = 6
    NEAR_ANOTHER = 7
    BIN = 8
    IMAGE_POSITIVES = 9
    IMAGE_NEGATIVES = 10
    RATIO = 11
    SET_SHARE = 12
    UNCOUNTED = 13
    TOP = 14
