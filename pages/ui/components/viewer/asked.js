// What other parts of the page ask of the viewer, by the event boxscope:ask: `object` is an index among the objects,
// `rank` that of a proposal, `other` that of one in the other viewers of its group; null for none.
import { boxOf } from "./answer.js";
import { zoomTo } from "./misses.js";
import { search } from "./searching.js";

/** The box around boxes. */
const around = (boxes) =>
  [0, 1, 2, 3].map((side) => (side < 2 ? Math.min : Math.max)(...boxes.map((box) => box[side])));

const ACTS = {
  /** Highlight an object and a proposal, whatever the filter hides, until none is asked for. */
  highlight(v, { object = null, rank = null, other = null }) {
    highlight(v, object, rank);
    for (const member of v.groupMembers()) highlight(member, object, other);
  },

  /** Zoom to an object and a proposal, and choose the proposal; again, fit. The next miss is searched from a missed one. */
  zoom(v, { object = null, rank = null }) {
    const { truth, rows } = v.data;
    const boxes = [object !== null && truth[object], rank !== null && boxOf(rows, rank)].filter(Boolean);
    if (rank !== null) v.choose(rank, 0, true);
    if (object !== null && !v.filtered.objects[object].found) v.miss = object;
    if (boxes.length) zoomTo(v, around(boxes));
  },

  /** Draw the boxes of a range of IoU alone; again, all. */
  iou(v, [low, high]) {
    const { filter } = v;
    const isDrawn = filter.low === low && filter.high === high;
    Object.assign(filter, isDrawn ? { low: 0, high: 1 } : { low, high });
    v.refresh();
  },

  /** Lay a stage over the picture, null for none; again, take it away. */
  layer: (v, number) => v.showLayer(number),

  /** Lay the masks of the objects over the picture; again, take them away. */
  mask: (v) => v.switchShown("mask", !v.show.mask),
};

function highlight(v, object, rank) {
  const isNone = object === null && rank === null;
  if (isNone && !v.asked) return;
  v.asked = isNone ? null : { object: object ?? -1, rank };
  v.repaint();
}

export function listenToAsked(viewers) {
  window.addEventListener("boxscope:ask", ({ detail }) => {
    const v = [...viewers.values()].find(({ root, queue }) => root?.isConnected && queue);
    if (v && "search" in detail) search(v, detail.search); // waits for the boxes
    if (!v?.data) return;
    for (const [what, value] of Object.entries(detail)) if (Object.hasOwn(ACTS, what)) ACTS[what](v, value);
  });
}
