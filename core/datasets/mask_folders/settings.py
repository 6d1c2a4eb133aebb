"""The settings by which masks become objects; they are stored with the annotations that are made."""

from dataclasses import dataclass

from core.parameters import Checked, parameter

AUTO = "auto"
THRESHOLD, VALUES, COLOURS, ALPHA = "threshold", "values", "colours", "alpha"
LEFT_OUT, EMPTY = "left-out", "empty"

KINDS = {
    AUTO: "automatic",
    THRESHOLD: "grey level above a threshold",
    VALUES: "a class for each value or palette index",
    COLOURS: "a class for each colour",
    ALPHA: "alpha above a threshold",
}


@dataclass(frozen=True)
class MaskSettings(Checked):
    """What the pixels of masks mean, and which of them are one object."""

    kind: str = parameter(
        AUTO,
        label="Mask pixels are",
        help="auto: judged by up to 64 of the masks, and said. threshold: an object where the grey level is "
        "high enough. values: each grey value or palette index is a class. colours: each colour is a class. "
        "alpha: an object where the alpha channel is high enough.",
        choices=KINDS,
    )
    threshold: int = parameter(
        0,
        label="Threshold",
        help="Pixels of this level or more are the object. Borders that were smoothed, and masks saved as "
        "JPEG, have levels between. 0 takes half of the highest level that the masks have.",
        unit="grey levels",
        min=0,
        max=65535,
        slider=(0, 255),
        zero="automatic",
    )
    inverted: str = parameter(
        AUTO,
        label="Dark pixels are the object",
        help="auto: if the pixels at and above the threshold are more than half of most masks, the others "
        "are the object, and it is said.",
        choices={AUTO: "automatic", "no": "no", "yes": "yes"},
    )
    closing: int = parameter(
        5,
        label="Closing kernel",
        help="Side of the square kernel of the morphological closing: pieces with a gap narrower than this "
        "are one piece. The pixels of the gap are not added to the object. 0 does not close.",
        unit="px",
        min=0,
        max=101,
        slider=(0, 51),
        zero="none",
    )
    connectivity: str = parameter(
        "8",
        label="Connectivity",
        help="Pixels that touch by a side (4), or by a side or a corner (8), are one piece.",
        choices={"8": "8, corners too", "4": "4, sides alone"},
    )
    join: int = parameter(
        0,
        label="Joining distance",
        help="Pieces with at most so many pixels between them, the larger of across and down, are one "
        "object. 0 joins none.",
        unit="px",
        min=0,
        max=1000,
        slider=(0, 200),
        logarithmic=True,
        zero="none",
    )
    join_by: str = parameter(
        "pixels",
        label="Distance of",
        help="pixels: of the nearest pixels of two pieces. boxes: of their boxes, and then of the boxes of "
        "what was joined, until none are near.",
        choices={"pixels": "pixels", "boxes": "boxes"},
    )
    min_area: int = parameter(
        0,
        label="Smallest area",
        help="Objects with fewer pixels of the mask, after joining, are left out and counted.",
        unit="px²",
        min=0,
        max=100_000,
        slider=(0, 5000),
        logarithmic=True,
        zero="none left out",
    )
    outlines: str = parameter(
        "polygons",
        label="Outlines as",
        help="polygons: along the edges of the pixels, exact; an object with a hole, which COCO's polygons "
        "cannot have, gets run lengths. rle: run lengths for all, a smaller file.",
        choices={"polygons": "polygons", "rle": "run lengths"},
    )
    unmasked: str = parameter(
        LEFT_OUT,
        label="Pictures without a mask",
        help="left-out: what they show is not known, so they are left out and named. empty: they show no "
        "object.",
        choices={LEFT_OUT: "left out", EMPTY: "without objects"},
    )
    resize: bool = parameter(
        False,
        label="Scale masks to their pictures",
        help="A mask of another size than its picture is scaled to it, by the nearest pixel; otherwise, or "
        "if its shape is another, the picture is left out and named.",
    )
    category: str = parameter(
        "object",
        label="Name of the class",
        help="Of masks with one class: the category of the annotations.",
    )
    classes: str = parameter(
        "",
        label="Classes",
        help="NAME=VALUE, …, or a file with a line for each: a value or palette index (crack=1), or a colour "
        "(crack=#ff0000 or crack=255/0/0; labelmap.txt of CVAT too). A class named background is none. "
        "Empty: each value or colour but the background is a class of its own.",
    )
