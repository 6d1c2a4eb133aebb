// How an IoU is drawn: classes, or a continuous scale.
import { CLASSES as COLOURED, IGNORED_COLOUR, IGNORED_LINE, LINES, RAMP } from "colours";
import { classOfIou } from "../shared/classes.js";

const SWATCHES = ["2px", "3px", "4px", "6px"]; // thickness in the legend, where the middle two are alike in grey
const STEPS = 20; // of the continuous scale

const BOUNDS = COLOURED.map(([lowest]) => lowest);
const MIDDLES = BOUNDS.map((lowest, c) => (lowest + (BOUNDS[c + 1] ?? 1)) / 2);

function labelOf(c) {
  if (c === 0) return `< ${BOUNDS[1]}`;
  return c + 1 < BOUNDS.length ? `${BOUNDS[c]}–${BOUNDS[c + 1]}` : `≥ ${BOUNDS[c]}`;
}

/** The classes of IoU with their label and style, and last what is ignored. */
export const CLASSES = [
  ...COLOURED.map(([, colour], c) => ({ label: labelOf(c), colour, ...LINES[c], line: SWATCHES[c] })),
  { label: "ignored", colour: IGNORED_COLOUR, ...IGNORED_LINE, dash: [4, 3], line: "1px" },
];
export const IGNORED = COLOURED.length;

export const classOf = (iou, kind) => (kind < 0 ? IGNORED : classOfIou(iou));

/** A mix of two colours with the share `part` of the second. */
function mix(first, second, part) {
  const at = (hex, i) => parseInt(hex.slice(i, i + 2), 16);
  const channels = [1, 3, 5].map((i) => Math.round(at(first, i) + (at(second, i) - at(first, i)) * part));
  return `#${channels.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

function rampColour(iou) {
  const along = Math.min(Math.max(iou, 0), 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(along), RAMP.length - 2);
  return mix(RAMP[below], RAMP[below + 1], along - below);
}

function rampStyle(iou) {
  return { colour: rampColour(iou), width: 1 + 1.4 * iou, alpha: 1, edges: iou < BOUNDS[2] ? 1 : 2 };
}

const CONTINUOUS = Array.from({ length: STEPS }, (_, step) => rampStyle((step + 0.5) / STEPS));
const SCALES = {
  classes: { styles: CLASSES, legend: CLASSES.map((c) => c.colour), styleOf: classOf },
  continuous: {
    styles: [...CONTINUOUS, CLASSES[IGNORED]],
    legend: [...MIDDLES.map(rampColour), CLASSES[IGNORED].colour],
    styleOf: (iou, kind) => (kind < 0 ? STEPS : Math.min(Math.floor(iou * STEPS), STEPS - 1)),
  },
};

/** The styles of a scale, its colours in the legend, and the style of an IoU and a kind. */
export const scaleOf = (name) => SCALES[name];
