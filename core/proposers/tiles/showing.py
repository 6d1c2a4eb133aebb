"""The tiles and boxes of a picture, drawn for its stages."""

from itertools import pairwise

import cv2
import numpy as np

from core.boxes import Boxes
from core.images import Image
from core.proposers.tiles.grid import TileGrid


def with_borders(image: Image, grid: TileGrid) -> Image:
    """Return the picture with what tiles share lighter, and a line at every inner border."""
    shown, height, width = image.copy(), *image.shape[:2]
    thick = max(round(max(width, height) / 1000), 1)
    for spans, axis in ((grid.columns, 1), (grid.rows, 0)):
        for (_, end), (start, _) in pairwise(spans):
            band = shown[:, start:end] if axis else shown[start:end]
            cv2.addWeighted(band, 0.7, np.full_like(band, 255), 0.3, 0, dst=band)
            for at in (start, end):
                low = (at, 0) if axis else (0, at)
                high = (at, height) if axis else (width, at)
                cv2.line(shown, low, high, (0, 158, 115), thick)
    return shown


def with_boxes(picture: Image, boxes: Boxes) -> Image:
    """Return the picture with boxes."""
    shown = picture.copy()
    thick = max(round(max(shown.shape[:2]) / 700), 1)
    for x0, y0, x1, y1 in np.round(boxes).astype(int).tolist():
        cv2.rectangle(shown, (x0, y0), (x1 - 1, y1 - 1), (230, 159, 0), thick)
    return shown
