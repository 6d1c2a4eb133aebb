// The chosen box: `chosen` is its rank, `picked` the image and the box, which outlive a change of ranks.
import { boxOf } from "./answer.js";
import { plural } from "./texts.js";

const pickOf = (v, rank) => ({ image: v.data.image, box: [...boxOf(v.data.rows, rank)] });

/** Choose a rank, or null: shown now, and sent to Python. */
export function choose(v, rank) {
  if (rank === v.chosen && (rank !== null || !v.picked)) return;
  v.chosen = rank;
  v.picked = rank === null ? null : pickOf(v, rank);
  v.send("picked", v.picked ?? { image: v.data.image, box: null }); // a second null would not be sent
  v.repaint();
}

/**
 * Mark a rank that something else on the page chose, and zoom to it, once; it is drawn even where the filter
 * hides it.
 */
export function mark(v, rank) {
  const isMissing = rank !== null && rank >= v.data.count;
  if (isMissing) v.note(`There is no rank ${rank} among ${plural(v.data.count, "box", "boxes")}.`, 4000);
  v.picked = rank === null || isMissing ? null : { ...pickOf(v, rank), pinned: true };
  const name = `${v.data.image} ${rank}`;
  v.enlarging = Boolean(v.picked) && name !== v.enlarged;
  v.enlarged = name;
}
