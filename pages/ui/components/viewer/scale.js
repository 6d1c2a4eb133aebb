// How an IoU is drawn: four classes, or a continuous scale.

export const IGNORED = 4;
const BOUNDS = [0.3, 0.5, 0.7].map(Math.fround); // IoUs are float32: 0.7 itself belongs to the class above

// Okabe-Ito colours; width (CSS pixels) and alpha rise with IoU. In grey the middle two are equally light:
// there the dark edge tells them apart, and in the legend how thick the `line` of the swatch is.
export const CLASSES = [
  { label: "<.3", colour: "#0072B2", width: 1, alpha: 0.75, line: "2px" },
  { label: ".3–.5", colour: "#56B4E9", width: 1.5, alpha: 0.85, line: "3px" },
  { label: ".5–.7", colour: "#E69F00", width: 2, alpha: 0.95, edge: true, line: "4px" },
  { label: "≥.7", colour: "#F0E442", width: 2.4, alpha: 1, edge: true, line: "6px" },
  { label: "ignored", colour: "#C9CCD1", width: 1, alpha: 0.75, dash: [4, 3], line: "1px" },
];
const MIDDLES = [0.15, 0.4, 0.6, 0.85];

// Lightness rises all the way, and no step of it is grey: concrete is.
export const RAMP = ["#4B03A1", "#B12A90", "#E16462", "#FCA636", "#F0F921"];
const STEPS = 20;

export function classOf(iou, kind) {
  if (kind < 0) return IGNORED;
  return (iou >= BOUNDS[0]) + (iou >= BOUNDS[1]) + (iou >= BOUNDS[2]);
}

/** Two colours mixed: `part` of the second. */
function mix(first, second, part) {
  const at = (hex, i) => parseInt(hex.slice(i, i + 2), 16);
  const channels = [1, 3, 5].map((i) => Math.round(at(first, i) + (at(second, i) - at(first, i)) * part));
  return `#${channels.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

export function rampColour(iou) {
  const along = Math.min(Math.max(iou, 0), 1) * (RAMP.length - 1);
  const below = Math.min(Math.floor(along), RAMP.length - 2);
  return mix(RAMP[below], RAMP[below + 1], along - below);
}

function rampStyle(iou) {
  return { colour: rampColour(iou), width: 1 + 1.4 * iou, alpha: 0.8 + 0.2 * iou, edge: iou >= 0.3 };
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

/** The styles there are, the legend's colours, and which style an IoU and a kind have. */
export const scaleOf = (name) => SCALES[name];
