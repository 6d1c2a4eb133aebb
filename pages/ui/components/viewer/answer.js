// Decoding of the server's answers: the proposals of an image.
//
// N proposals, best first: a rank is an index into them. G objects.
import { unpack } from "../shared/tables.js";
import { classOf, IGNORED } from "./scale.js";

const COLUMNS = 7; // x0 y0 x1 y1 iou kind match

export function decodeAnswer(buffer, address) {
  const answer = unpack(buffer, Float32Array);
  const { rows } = answer;
  const count = rows.length / COLUMNS;
  const classes = Uint8Array.from({ length: count }, (_, rank) => classOf(iouOf(rows, rank), kindOf(rows, rank)));
  const order = drawingOrder(rows, classes);
  return { crowds: [], ...answer, address, count, classes, order, bytes: buffer.byteLength };
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

/** The IoU of two boxes. */
export function iouOfBoxes(a, b) {
  const side = (from, to) => Math.max(Math.min(a[to], b[to]) - Math.max(a[from], b[from]), 0);
  const area = ([x0, y0, x1, y1]) => (x1 - x0) * (y1 - y0);
  const shared = side(0, 2) * side(1, 3);
  return shared && shared / (area(a) + area(b) - shared);
}

/** The rank of the box with exactly these four numbers, or null. */
export function rankOf({ rows, count }, box) {
  for (let rank = 0, at = 0; rank < count; rank++, at += COLUMNS) {
    if (box.every((value, i) => rows[at + i] === value)) return rank;
  }
  return null;
}

/**
 * For each object the best of the first `top` proposals: {rank, iou, found}; rank null where none overlaps. `recall` is
 * the IoU from which on an object is found.
 */
export function bestOf({ records, truth }, top, recall) {
  const bound = Math.fround(recall);
  return truth.map((_, g) => {
    const [rank, iou] = (records[g] ?? []).findLast(([r]) => r < top) ?? [null, 0];
    return { rank, iou, found: rank !== null && Math.fround(iou) >= bound };
  });
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
