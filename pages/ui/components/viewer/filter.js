// Which of the proposals are drawn. Nothing here calls the server: all proposals are in the browser.
import { bestAmong, bestOf, boxOf, iouOf, kindOf, shareInside } from "./answer.js";
import { CLASSES } from "./scale.js";

const IN_CROWD = 0.5; // share of a box in a crowd region from which it may show an object, as in Python

/**
 * A filter that everything passes; `top` 0 is no limit, the IoUs are inclusive. `recall` is the IoU from which on an
 * object is found, whether or not the box that finds it is drawn. Boxes beyond `top` and those below the least `score`,
 * null for none, do not count: an object that only they find is missed.
 */
export const defaultFilter = () => ({
  top: 0, score: null, recall: 0.5, low: 0, high: 1, kinds: { 1: true, 0: true, "-1": true }, best: false,
  classes: CLASSES.map(() => true),
});

/** Reset the filter to the default; what Python decides stays. */
export const resetFilter = (filter) =>
  Object.assign(filter, defaultFilter(), { top: filter.top, recall: filter.recall, classes: filter.classes.fill(true) });

export const topOf = (filter, count) => Math.min(filter.top || count, count);

/** Whether the proposal of a rank counts. */
function counting(answer, filter) {
  const { scores, count } = answer;
  const top = topOf(filter, count);
  if (!scores || filter.score === null) return (rank) => rank < top;
  const least = Math.fround(filter.score);
  return (rank) => rank < top && scores[rank] >= least;
}

/** How many of the first proposals count; null where others count than the first ones. */
export function firstCounted(answer, filter) {
  const { scores, isFalling, count } = answer;
  const top = topOf(filter, count);
  if (!scores || filter.score === null) return top;
  if (!isFalling) return null;
  const least = Math.fround(filter.score);
  const below = scores.findIndex((score) => score < least);
  return below < 0 ? top : Math.min(top, below);
}

/** For each object the best of the proposals that count: {rank, iou, found}; rank null where none overlaps. */
export function objectsOf(answer, filter) {
  const first = firstCounted(answer, filter);
  const best = first === null ? bestAmong(answer, counting(answer, filter)) : bestOf(answer, first);
  const bound = Math.fround(filter.recall);
  return best.map(([rank, iou]) => ({ rank, iou, found: rank !== null && Math.fround(iou) >= bound }));
}

/** Ranks of the proposals that count and find no object, the highest score first; none without scores. */
export function falsePositivesOf(answer, filter) {
  const { rows, scores, crowds } = answer;
  if (!scores) return [];
  const [counts, bound] = [counting(answer, filter), Math.fround(filter.recall)];
  const isInCrowd = (rank) => crowds.some((crowd) => shareInside(boxOf(rows, rank), crowd) >= IN_CROWD);
  const ranks = Array.from(scores.keys()).filter((rank) => counts(rank) && iouOf(rows, rank) < bound && !isInCrowd(rank));
  return ranks.sort((a, b) => scores[b] - scores[a] || a - b);
}

/**
 * What passes: `shown` (N,) 0 or 1, `ranks` in the order of drawing, `counts` of each class and of each kind
 * as they would be with all classes and all kinds on, and the state of each object among the boxes that count.
 */
export function applyFilter(answer, filter, order = answer.order) {
  const { rows, classes, count } = answer;
  const top = topOf(filter, count);
  const [objects, isCounted] = [objectsOf(answer, filter), counting(answer, filter)];
  const best = filter.best ? new Set(objects.map((o) => o.rank)) : null;
  const [low, high] = [Math.fround(filter.low), Math.fround(filter.high)];
  const shown = new Uint8Array(count);
  const counts = CLASSES.map(() => 0);
  const ofKind = new Int32Array(3); // -1, 0, 1
  const passing = [-1, 0, 1].map((kind) => filter.kinds[kind]);
  for (let rank = 0; rank < top; rank++) {
    if (!isCounted(rank)) continue;
    const iou = iouOf(rows, rank);
    if (iou < low || iou > high || (best && !best.has(rank))) continue;
    const [kind, c] = [kindOf(rows, rank) + 1, classes[rank]];
    ofKind[kind] += 1;
    if (!passing[kind]) continue;
    counts[c] += 1;
    if (filter.classes[c]) shown[rank] = 1;
  }
  const kinds = { "-1": ofKind[0], 0: ofKind[1], 1: ofKind[2] };
  return { shown, ranks: ranksShown(order, shown), counts, kinds, objects, top };
}

/** The ranks of an order that are shown; filter() of a typed array would take several times as long. */
function ranksShown(order, shown) {
  const ranks = new Int32Array(order.length);
  let count = 0;
  for (const rank of order) if (shown[rank]) ranks[count++] = rank;
  return ranks.subarray(0, count);
}

/** Integers from 1 to `count` with two significant digits: enough for a slider, few enough for its keys. */
export function stops(count) {
  const list = [];
  for (let n = 1; n < count; n += 10 ** Math.max(Math.floor(Math.log10(n)) - 1, 0)) list.push(n);
  return count ? [...list, count] : [0];
}
