"""The classes of IoU and the colours of boxes, bars and charts, for Python and for scripts in the browser."""

from core.labelling import KINDS, NEGATIVE, POSITIVE

# (lowest IoU, colour). Okabe and Ito's palette: told apart by colour-blind people, and on grey concrete.
CLASSES = ((0.0, "#0072B2"), (0.3, "#56B4E9"), (0.5, "#E69F00"), (0.7, "#F0E442"))

# The continuous scale, from IoU 0 to 1. Lightness rises throughout, and no colour is grey, as concrete is.
RAMP = ("#4B03A1", "#B12A90", "#E16462", "#FCA636", "#F0F921")

# Labels. The two differ enough in lightness to be told apart in grey.
LABELS = {POSITIVE: "#E69F00", NEGATIVE: "#0072B2"}
UNCHOSEN, IGNORED_COLOUR = "#8C96A3", "#C9CCD1"

# What a script imports from "colours". Keys are texts, as those of a JavaScript object.
FOR_SCRIPTS = {
    "CLASSES": CLASSES,
    "RAMP": RAMP,
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
