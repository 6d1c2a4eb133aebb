// Which class an IoU falls into.
import { CLASSES } from "colours";

// IoUs are float32: 0.7 itself belongs to the class above.
const BOUNDS = CLASSES.map(([lowest]) => Math.fround(lowest));

/** The index of the class of an IoU. */
export function classOfIou(iou) {
  for (let c = BOUNDS.length - 1; c > 0; c--) if (iou >= BOUNDS[c]) return c;
  return 0;
}
