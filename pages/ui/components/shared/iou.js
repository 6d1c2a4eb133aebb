// An IoU as text; the same as `iou` in core/wording.py.

/** Two digits, never rounded up over a threshold: 0.49 for 0.496. */
export const iouText = (iou) => (Math.floor(100 * iou + 1e-5) / 100).toFixed(2); // 0.29 as float32 is less than 0.29
