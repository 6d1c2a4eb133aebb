// How boxes are drawn: by classes of IoU, or on a continuous scale of IoU or of score.
import { CLASSES as COLOURED, IGNORED_COLOUR, IGNORED_LINE, LINES, RAMP, SCORE_RAMP } from "colours";
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

/** The colour of a ramp at a part of it, 0 to 1. */
function colourAt(ramp, part) {
  const along = Math.min(Math.max(part, 0), 1) * (ramp.length - 1);
  const below = Math.min(Math.floor(along), ramp.length - 2);
  return mix(ramp[below], ramp[below + 1], along - below);
}

function rampStyle(ramp, part) {
  return { colour: colourAt(ramp, part), width: 1 + 1.4 * part, alpha: 1, edges: part < BOUNDS[2] ? 1 : 2 };
}

const stylesOf = (ramp) => Array.from({ length: STEPS }, (_, step) => rampStyle(ramp, (step + 0.5) / STEPS));
const stepOf = (part) => Math.min(Math.max(Math.floor(part * STEPS), 0), STEPS - 1);

// Each scale: its styles, its colours in the legend, its ramp, and the index of the style of a box: by its IoU and its
// kind, or by the part of the range of scores that its score is at.
const SCALES = {
  classes: { styles: CLASSES, legend: CLASSES.map((c) => c.colour), ramp: null, styleOf: classOf },
  continuous: {
    styles: [...stylesOf(RAMP), CLASSES[IGNORED]],
    legend: [...MIDDLES.map((iou) => colourAt(RAMP, iou)), CLASSES[IGNORED].colour],
    ramp: RAMP,
    styleOf: (iou, kind) => (kind < 0 ? STEPS : stepOf(iou)),
  },
  score: {
    styles: stylesOf(SCORE_RAMP),
    legend: CLASSES.map(() => IGNORED_COLOUR), // of classes, where colours say something else
    ramp: SCORE_RAMP,
    styleOf: stepOf,
  },
};

/** Whether boxes are coloured by score, where they have scores. */
export const isByScore = ({ data, appearance }) => appearance.scale === "score" && Boolean(data?.scores);

/** The scale by which boxes are coloured: that of IoU where they have no scores. */
export const scaleFor = ({ data, appearance }) =>
  SCALES[appearance.scale === "score" && !isByScore({ data, appearance }) ? "classes" : appearance.scale];
