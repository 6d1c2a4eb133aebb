"""The classes of IoU that boxes, bars and charts are coloured by; the viewer's script has the same."""

from core.labelling import NEGATIVE, POSITIVE

# Okabe and Ito's colours: apart for colour-blind eyes, and over grey concrete.
CLASSES = ((0.0, "#0072B2"), (0.3, "#56B4E9"), (0.5, "#E69F00"), (0.7, "#F0E442"))


# What becomes of a box: apart in grey too, since these two are far apart in lightness.
LABELS = {POSITIVE: "#E69F00", NEGATIVE: "#0072B2"}
UNCHOSEN, IGNORED_COLOUR = "#8C96A3", "#C9CCD1"


def colour(iou: float) -> str:
    """Give the colour of the class that an IoU falls into."""
    return max(bound for bound in CLASSES if bound[0] <= iou)[1]
