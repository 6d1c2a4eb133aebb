// What other parts of the page ask of the viewer, by the event boxscope:ask: a row of a table to light its object, a bar
// of a histogram to filter. `object` is an index among the objects, `rank` that of a proposal; null for none.
import { boxOf } from "./answer.js";
import { viewOfBox } from "./view.js";

/** The box around boxes. */
const around = (boxes) =>
  [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...boxes.map((box) => box[side])));

const ACTS = {
  /** Light an object and a proposal until the pointer comes over the picture. */
  light(v, { object = null, rank = null }) {
    Object.assign(v, { litObject: object ?? -1, walked: rank, pointer: null });
    v.point();
  },

  /** Zoom to an object and a proposal, and choose the proposal. */
  look(v, { object = null, rank = null }) {
    const boxes = [object !== null && v.data.truth[object], rank !== null && boxOf(v.data.rows, rank)].filter(Boolean);
    if (rank !== null) v.choose(rank);
    if (boxes.length) v.setView(viewOfBox(around(boxes), v.size, v.data, v.ratio));
  },

  /** Draw the boxes of a range of IoU alone. */
  iou(v, [low, high]) {
    Object.assign(v.filter, { low, high });
    v.refresh();
  },

  /** Lay a stage over the picture, null for none. */
  layer(v, number) {
    Object.assign(v.layer, { on: number !== null, number: number ?? v.layer.number });
    v.refreshControls();
    v.advance();
    v.repaint();
  },
};

export function listenToAsked(viewers) {
  window.addEventListener("boxscope:ask", ({ detail }) => {
    const v = [...viewers.values()].find(({ root, queue, data }) => root?.isConnected && queue && data);
    if (!v) return;
    for (const [what, value] of Object.entries(detail)) if (Object.hasOwn(ACTS, what)) ACTS[what](v, value);
  });
}
