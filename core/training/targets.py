"""Box-regression targets of R-CNN (Girshick et al. 2014, appendix C)."""

import torch
from torch import Tensor


def box_targets(boxes: Tensor, truth: Tensor) -> Tensor:
    """Return the shift and scaling that move proposals to their objects (Girshick et al. 2014, appendix C).

    R-CNN learns them from proposals whose IoU with their object is above 0.6.

    Parameters
    ----------
    boxes, truth : float32 (N, 4)
        Corners x0 y0 x1 y1 in pixels, half-open. Sides longer than 0.

    Returns
    -------
    float32 (N, 4)
        Shift of the centre, in widths and heights of the proposal; logarithm of the ratio of widths and of
        heights. NaN where `truth` is.
    """
    centre, size = _centre_and_size(boxes)
    truth_centre, truth_size = _centre_and_size(truth)
    return torch.cat([(truth_centre - centre) / size, torch.log(truth_size / size)], dim=1)


def apply_targets(boxes: Tensor, targets: Tensor) -> Tensor:
    """Return proposals moved and scaled by their targets: the inverse of :func:`box_targets`.

    Parameters
    ----------
    boxes, targets : float32 (N, 4)

    Returns
    -------
    float32 (N, 4)
        Corners; they may lie outside the image.
    """
    centre, size = _centre_and_size(boxes)
    centre = centre + targets[:, :2] * size
    half = size * torch.exp(targets[:, 2:]) / 2
    return torch.cat([centre - half, centre + half], dim=1)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + size / 2, size
