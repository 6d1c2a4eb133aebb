// The chosen box: `chosen` is its rank, `picked` the image and the box, which outlive a change of ranks.
import { boxOf, rankOf } from "./answer.js";
import { plural } from "./texts.js";

const pickOf = (v, rank) => ({ image: v.data.image, box: [...boxOf(v.data.rows, rank)] });

/**
 * Choose a rank, or null: shown now, and sent to Python after `patience` ms. One that another part of the
 * page names, `isAsked`, is drawn even where the filter hides it.
 */
export function choose(v, rank, patience = 0, isAsked = false) {
  if (v.second !== null) v.repaint();
  v.second = null;
  v.beforeClick = null;
  if (rank === v.chosen && (rank !== null || !v.picked)) return;
  v.beforeClick = { picked: v.picked, isSent: false };
  v.chosen = rank;
  v.picked = rank === null ? null : { ...pickOf(v, rank), isAsked };
  sendPicked(v, patience);
}

/** Compare a rank with the chosen one, which its card then gives the IoU of; the same again ends it. */
export function compare(v, rank) {
  if (rank === null) return;
  if (v.chosen === null || rank === v.chosen) {
    v.choose(rank);
    return;
  }
  v.second = rank === v.second ? null : rank;
  v.point();
  v.repaint();
}

function sendPicked(v, patience) {
  const message = v.picked ?? { image: v.data.image, box: null }; // a second null would not be sent
  const { beforeClick } = v;
  clearTimeout(v.sendTimer);
  v.sendTimer = setTimeout(() => {
    if (beforeClick) beforeClick.isSent = true;
    v.send("picked", message);
  }, patience);
  v.repaint();
}

/** Choose again what was chosen before the last click: it was the first of a double click. */
export function dropClick(v) {
  const { beforeClick } = v;
  if (!beforeClick) return;
  v.beforeClick = null;
  clearTimeout(v.sendTimer);
  v.picked = beforeClick.picked;
  v.chosen = v.picked?.image === v.data.image ? rankOf(v.data, v.picked.box) : null;
  if (beforeClick.isSent) sendPicked(v, 0);
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
  v.enlarging = Boolean(v.picked) && name !== v.enlarged && !v.isViewFromLink; // a link may say what to zoom to
  v.isViewFromLink = false;
  v.enlarged = name;
}
