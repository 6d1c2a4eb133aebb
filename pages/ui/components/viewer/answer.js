// Decoding of the server's answers: the proposals of an image.
//
// N proposals, best first: a rank is an index into them. G objects.
import { unpack, unpackHead } from "../shared/tables.js";
import { classOf, IGNORED } from "./scale.js";

export const COLUMNS = 7; // x0 y0 x1 y1 iou kind match

export function decodeAnswer(buffer, address) {
  const { head, start } = unpackHead(buffer);
  const numbers = new Float32Array(buffer, start);
  const { count = numbers.length / COLUMNS, scores: range = null, categories = null, masks = false } = head;
  const column = (number) => numbers.subarray((COLUMNS + number) * count, (COLUMNS + number + 1) * count);
  const [rows, scores] = [numbers.subarray(0, COLUMNS * count), range && column(0)];
  const named = categories && column(scores ? 1 : 0);
  const maskPixels = masks ? column((scores ? 1 : 0) + (named ? 1 : 0)) : null;
  const classes = Uint8Array.from({ length: count }, (_, rank) => classOf(iouOf(rows, rank), kindOf(rows, rank)));
  const scored = { range, scores, isFalling: !scores?.some((score, rank) => score > scores[rank - 1]) };
  const categoryOf = (rank) => (named ? categories[named[rank]] : "");
  const order = drawingOrder(rows, classes);
  return { crowds: [], ...head, address, count, rows, ...scored, maskPixels, categoryOf, classes, order, bytes: buffer.byteLength };
}

/** The step of the proposer that each rank comes from, as text; undefined where it has no steps. */
export function decodeOrigins(buffer) {
  const { names, rows } = unpack(buffer, Float32Array);
  return { textOf: (rank) => names[rows[rank]], bytes: buffer.byteLength };
}

export const iouOf = (rows, rank) => rows[rank * COLUMNS + 4];
export const kindOf = (rows, rank) => rows[rank * COLUMNS + 5];
export const matchOf = (rows, rank) => (rank === null ? -1 : rows[rank * COLUMNS + 6]);
export const boxOf = (rows, rank) => rows.subarray(rank * COLUMNS, rank * COLUMNS + 4);

/** Ranks in the order of drawing: ignored ones first, then by rising IoU, so that the best are on top. */
function drawingOrder(rows, classes) {
  const height = Float32Array.from(classes, (c, rank) => (c === IGNORED ? -1 : iouOf(rows, rank)));
  return Int32Array.from(classes.keys()).sort((a, b) => height[a] - height[b] || b - a);
}

/** Ranks in the order of drawing by score: rising, so that the best are on top. */
export const orderByScore = (data) =>
  (data.byScore ??= Int32Array.from(data.scores.keys()).sort((a, b) => data.scores[a] - data.scores[b] || b - a));

const areaOf = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);

function sharedArea(a, b) {
  const side = (from, to) => Math.max(Math.min(a[to], b[to]) - Math.max(a[from], b[from]), 0);
  return side(0, 2) * side(1, 3);
}

/** The IoU of two boxes. */
export function iouOfBoxes(a, b) {
  const shared = sharedArea(a, b);
  return shared && shared / (areaOf(a) + areaOf(b) - shared);
}

/** The share of the first box that lies inside the second one. */
export const shareInside = (a, b) => sharedArea(a, b) / areaOf(a);

/** The rank of the box with exactly these four numbers, or null. */
export function rankOf({ rows, count }, box) {
  for (let rank = 0, at = 0; rank < count; rank++, at += COLUMNS) {
    if (box.every((value, i) => rows[at + i] === value)) return rank;
  }
  return null;
}

/** For each object the best of the first `top` proposals: [rank, iou]; rank null where none overlaps. */
export const bestOf = ({ records, truth }, top) =>
  truth.map((_, g) => (records[g] ?? []).findLast(([rank]) => rank < top) ?? [null, 0]);

/** The same of those proposals that `counts` says count. */
export function bestAmong({ rows, truth }, counts) {
  const best = truth.map(() => [null, 0]);
  for (let rank = 0; rank < rows.length / COLUMNS; rank++) {
    if (!counts(rank)) continue;
    const box = boxOf(rows, rank);
    truth.forEach((object, g) => {
      const iou = Math.fround(iouOfBoxes(box, object));
      if (iou > best[g][1]) best[g] = [rank, iou];
    });
  }
  return best;
}

/** Ranks of the shown boxes around a point, the smallest first. `slop` widens hairline boxes enough to hit. */
export function ranksAt({ rows }, shown, x, y, slop) {
  const found = [];
  for (let rank = 0, at = 0; rank < shown.length; rank++, at += COLUMNS) {
    if (!shown[rank] || x < rows[at] - slop || x > rows[at + 2] + slop) continue;
    if (y >= rows[at + 1] - slop && y <= rows[at + 3] + slop) found.push(rank);
  }
  const area = (rank) => {
    const [x0, y0, x1, y1] = boxOf(rows, rank);
    return (x1 - x0) * (y1 - y0);
  };
  return found.sort((a, b) => area(a) - area(b) || a - b);
}
