"""The classes of IoU and the colours of boxes, bars and charts, for Python and for scripts in the browser."""

from core.labelling import KINDS, NEGATIVE, POSITIVE
from pages.ui.server.masks import MASK

# (lowest IoU, colour), told apart by colour-blind people: cool below 0.5, warm above; the upper three are of
# Okabe and Ito. Each is so light that it stands out, 3 : 1, from each ground from which its edge does not.
CLASSES = ((0.0, "#B4D9FD"), (0.3, "#56B4E9"), (0.5, "#E69F00"), (0.7, "#F0E442"))

# The continuous scale, from IoU 0 to 1, as light. Lightness rises throughout, and no colour is grey.
RAMP = ("#BA9DFF", "#FFB2DA", "#FFD7AB", "#FFFE67")

# The scale of scores, lowest first: as light, and its lightness rises throughout for every eye.
SCORE_RAMP = ("#7AACFF", "#66D6DE", "#B4ED94", "#FFFD9A")

# The line of a box of each class: width in CSS pixels, alpha of line and edge, and the sides of the line with
# a black edge, 1 for the outer one alone. Boxes of low IoU are many: theirs are thin.
LINES = (
    {"width": 1, "alpha": 0.85, "edges": 1},
    {"width": 1.5, "alpha": 1, "edges": 1},
    {"width": 2, "alpha": 1, "edges": 2},
    {"width": 2.4, "alpha": 1, "edges": 2},
)
IGNORED_LINE = {"width": 1, "alpha": 0.85, "edges": 1}
EDGE = "#000000"

# An object that no proposal finds.
MISSED = "#FF8A7A"

# A box that NMS or a filter removed.
REMOVED = "#DFE1E5"

# Labels. The two differ enough in lightness to be told apart in grey.
LABELS = {POSITIVE: "#E69F00", NEGATIVE: "#0072B2"}
UNCHOSEN, IGNORED_COLOUR = "#8C96A3", "#C9CCD1"

# Setups in charts: Okabe and Ito's, without those that are faint on white or black, and one of Tol.
SERIES = ("#3D8FD1", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#8F7EE0", "#A3953A")

# What a script imports from "colours". Keys are texts, as those of a JavaScript object.
FOR_SCRIPTS = {
    "CLASSES": CLASSES,
    "LINES": LINES,
    "IGNORED_LINE": IGNORED_LINE,
    "EDGE": EDGE,
    "MISSED": MISSED,
    "REMOVED": REMOVED,
    "MASK": MASK,
    "RAMP": RAMP,
    "SCORE_RAMP": SCORE_RAMP,
    "IGNORED_COLOUR": IGNORED_COLOUR,
    "LABEL_COLOURS": {str(kind): colour for kind, colour in LABELS.items()},
    "KINDS": {str(kind): name for kind, name in KINDS.items()},
}


def colour(iou: float) -> str:
    """Return the colour of the class that an IoU falls into."""
    return max(bound for bound in CLASSES if bound[0] <= iou)[1]


def translucent(colour: str, alpha: float) -> str:
    """Return a ``#RRGGBB`` colour with an alpha from 0 to 1, as CSS spells it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha:.2f})"
