// The boxes that NMS and the filters removed, while their switch is on: thin dashed outlines under all others. They are
// fetched then alone, and the pointer is at one where it is at its outline.
import { EDGE, REMOVED } from "colours";
import { countText as numberText } from "../shared/count.js";
import { unpack } from "../shared/tables.js";
import { toCanvas } from "./view.js";

const COLUMNS = 7; // x0 y0 x1 y1 reason by iou
const REACH = 3; // CSS pixels from an outline that are at it

export function decodeRemoved(buffer) {
  const { reasons, counts, rows } = unpack(buffer, Float32Array);
  return { reasons, counts, rows, count: rows.length / COLUMNS, bytes: buffer.byteLength };
}

/** One removed box: {number, box, reason, by, iou}; `by` is the rank of the proposal that suppresses it, or null. */
function removedAt({ rows, reasons }, number) {
  const [x0, y0, x1, y1, reason, by, iou] = rows.subarray(number * COLUMNS, (number + 1) * COLUMNS);
  return { number, box: [x0, y0, x1, y1], reason: reasons[reason], by: by < 0 ? null : by, iou };
}

/** The removed box whose outline is nearest to a canvas point, null where none is near. */
export function removedUnder({ removed, view, ratio }, { x, y }) {
  let [nearest, found] = [REACH * ratio, null];
  for (let number = 0; number < removed.count; number++) {
    const at = number * COLUMNS;
    const [left, top, w, h] = toCanvas(view, removed.rows.subarray(at, at + 4));
    const [across, down] = [Math.max(left - x, x - left - w), Math.max(top - y, y - top - h)]; // negative inside
    const away = across > 0 || down > 0 ? Math.max(across, down) : -Math.max(across, down);
    if (away <= nearest) [nearest, found] = [away, number];
  }
  return found === null ? null : removedAt(removed, found);
}

/** Draw all of them. */
export function drawRemoved(pen, { removed, view, ratio }) {
  const width = Math.max(1, Math.round(ratio));
  for (let number = 0; number < removed.count; number++) {
    const at = number * COLUMNS;
    outline(pen, toCanvas(view, removed.rows.subarray(at, at + 4)), width, ratio, 0.8);
  }
}

/** Draw one that the pointer is at, over the others. */
export function drawPointed(pen, { view, ratio }, { box }) {
  outline(pen, toCanvas(view, box), Math.round(2 * ratio), ratio, 1);
}

/** Light dashes on a dark line, so that they are seen on every ground. */
function outline(pen, [left, top, w, h], width, ratio, alpha) {
  const inset = width / 2;
  const stroke = (colour) => {
    Object.assign(pen, { lineWidth: width, strokeStyle: colour, globalAlpha: alpha });
    pen.strokeRect(left + inset, top + inset, Math.max(w - 2 * inset, 0), Math.max(h - 2 * inset, 0));
  };
  stroke(EDGE);
  pen.setLineDash([3 * ratio, 3 * ratio]);
  stroke(REMOVED);
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

/** How many are drawn, and of how many where not all are. */
export function countText({ count, counts }) {
  const all = counts.reduce((sum, each) => sum + each, 0);
  const text = numberText(count);
  return count < all ? `${text} of ${numberText(all)}` : text;
}
