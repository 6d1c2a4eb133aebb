// The chosen box: `chosen` is its rank, `picked` the image and the box, which outlive a change of ranks.
import { boxOf } from "./answer.js";
import { plural } from "./texts.js";

const pickOf = (v, rank) => ({ image: v.data.image, box: [...boxOf(v.data.rows, rank)] });

/** The user's choice, or null: shown now, told to Python. */
export function choose(v, rank) {
  if (rank === v.chosen && (rank !== null || !v.picked)) return;
  v.chosen = rank;
  v.picked = rank === null ? null : pickOf(v, rank);
  v.send("picked", v.picked ?? { image: v.data.image, box: null }); // null again would not be heard
  v.repaint();
}

/**
 * Mark a rank because something else on the page chose it, and bring it large onto the canvas, once; it is drawn
 * whatever the filter lets through.
 */
export function mark(v, rank) {
  const lacks = rank !== null && rank >= v.data.count;
  if (lacks) v.note(`There is no rank ${rank} among ${plural(v.data.count, "box", "boxes")}.`, 4000);
  v.picked = rank === null || lacks ? null : { ...pickOf(v, rank), pinned: true };
  const name = `${v.data.image} ${rank}`;
  v.enlarging = Boolean(v.picked) && name !== v.enlarged;
  v.enlarged = name;
}
