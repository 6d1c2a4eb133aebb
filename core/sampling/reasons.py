"""The reasons why a box becomes a crop or does not."""

from enum import IntEnum


class Reason(IntEnum):
    """The reason why a box becomes a crop or does not; every box has exactly one.

    Only ``WRITTEN`` boxes become crops. An ``UNCOUNTED`` one may: that depends on the image's share of a cap
    over the whole set, which is known once the offers of all images are counted.
    """

    WRITTEN = 0
    IGNORED = 1
    CROWD = 2
    DOUBT = 3
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
    INSIDE = 15
    CLASS = 16
    NO_SCORE = 17
    MASK = 18
