// Which of the proposals are drawn. Nothing here calls the server: all proposals are in the browser.
import { bestOf, iouOf, kindOf } from "./answer.js";
import { CLASSES } from "./scale.js";

/**
 * A filter that everything passes; `top` 0 is no limit, the IoUs are inclusive. `recall` is the IoU from which on an
 * object is found, whether or not the box that finds it is drawn.
 */
export const defaultFilter = () => ({
  top: 0, recall: 0.5, low: 0, high: 1, kinds: { 1: true, 0: true, "-1": true }, best: false,
  classes: CLASSES.map(() => true),
});

/** Reset the filter to the default; what Python decides stays. */
export const resetFilter = (filter) =>
  Object.assign(filter, defaultFilter(), { top: filter.top, recall: filter.recall, classes: filter.classes.fill(true) });

export const topOf = (filter, count) => Math.min(filter.top || count, count);

/**
 * What passes: `shown` (N,) 0 or 1, `ranks` in the order of drawing, `counts` of each class and of each kind
 * as they would be with all classes and all kinds on, and the state of each object among the top ones.
 */
export function applyFilter(answer, filter) {
  const top = topOf(filter, answer.count);
  const objects = bestOf(answer, top, filter.recall);
  const best = filter.best ? new Set(objects.map((o) => o.rank)) : null;
  const [low, high] = [Math.fround(filter.low), Math.fround(filter.high)];
  const shown = new Uint8Array(answer.count);
  const counts = CLASSES.map(() => 0);
  const kinds = { 1: 0, 0: 0, "-1": 0 };
  for (let rank = 0; rank < top; rank++) {
    const iou = iouOf(answer.rows, rank);
    if (iou < low || iou > high || (best && !best.has(rank))) continue;
    const [kind, c] = [kindOf(answer.rows, rank), answer.classes[rank]];
    kinds[kind] += 1;
    if (!filter.kinds[kind]) continue;
    counts[c] += 1;
    if (filter.classes[c]) shown[rank] = 1;
  }
  return { shown, ranks: answer.order.filter((rank) => shown[rank]), counts, kinds, objects, top };
}

/** Integers from 1 to `count` with two significant digits: enough for a slider, few enough for its keys. */
export function stops(count) {
  const list = [];
  for (let n = 1; n < count; n += 10 ** Math.max(Math.floor(Math.log10(n)) - 1, 0)) list.push(n);
  return count ? [...list, count] : [0];
}
