// Drawing the proposals, on a canvas or with an SvgPen (svg.js).
import { EDGE } from "colours";
import { boxOf, COLUMNS, iouOf, kindOf } from "./answer.js";
import { areMany, lineCounter } from "./lines.js";
import { drawRemoved } from "./removed.js";
import { classOf, isByScore, scaleFor } from "./scale.js";
import { partsOf } from "./scores.js";
import { toCanvas } from "./view.js";

// Boxes up to which dark edges are always drawn: they take longer than the lines, of 2,000 boxes 4 ms beside 3. More have
// them at rest, and yet more never: they cover the picture, and a paint would hold up the next key.
const MOST_EDGED = 500;
const MOST_AT_REST = 60000;

/** Whether boxes have edges: among many only once filter and view rest. */
export const isEdged = ({ ranks }, isAtRest) => ranks.length <= (isAtRest ? MOST_AT_REST : MOST_EDGED);

/**
 * Lines of `width` whose outer side lies `out` pixels outside the boxes. With out = 0 a line covers the box's
 * own first and last pixels, so that a box as large as the picture is visible on all four sides.
 * strokeRect on integer pixels: 2,000 boxes take 2 ms this way and 35 ms as one Path2D.
 */
function strokeAll(pen, view, rows, ranks, width, out, colour) {
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  const { scale, x, y } = view;
  const inset = width / 2 - out;
  for (const rank of ranks) { // as toCanvas(), without an array for each box: they would take a quarter of the time
    const at = rank * COLUMNS;
    const left = Math.round(rows[at] * scale + x);
    const top = Math.round(rows[at + 1] * scale + y);
    const w = Math.round(rows[at + 2] * scale + x) - left;
    const h = Math.round(rows[at + 3] * scale + y) - top;
    pen.strokeRect(left + inset, top + inset, Math.max(w - 2 * inset, 0), Math.max(h - 2 * inset, 0));
  }
}

/** The same of very many, see lines.js. */
function countAll(pen, view, rows, ranks, width, out, colour) {
  const { scale, x, y } = view;
  const counter = lineCounter(pen.canvas);
  for (let i = 0; i < ranks.length; i++) {
    const at = ranks[i] * COLUMNS;
    const left = Math.round(rows[at] * scale + x) - out;
    const top = Math.round(rows[at + 1] * scale + y) - out;
    const right = Math.max(Math.round(rows[at + 2] * scale + x) + out, left + width);
    const bottom = Math.max(Math.round(rows[at + 3] * scale + y) + out, top + width);
    counter.add(left, top, right, bottom, width);
  }
  counter.draw(pen, colour);
}

/** Consecutive ranks of one style at a time: [number of the style, ranks]. */
function* runs(ranks, numbers) {
  for (let from = 0; from < ranks.length; ) {
    const number = numbers[ranks[from]];
    let to = from + 1;
    while (to < ranks.length && numbers[ranks[to]] === number) to += 1;
    yield [number, ranks.subarray(from, to)];
    from = to;
  }
}

function drawRun(pen, view, rows, ranks, style, weight, ratio, edged) {
  const [width, edge] = [Math.max(1, Math.round(style.width * weight * ratio)), Math.ceil(ratio / 2)];
  pen.globalAlpha = style.alpha;
  pen.setLineDash((style.dash ?? []).map((length) => length * ratio));
  const stroke = !style.dash && areMany(pen, ranks) ? countAll : strokeAll;
  if (edged) stroke(pen, view, rows, ranks, width + style.edges * edge, edge, EDGE);
  stroke(pen, view, rows, ranks, width, 0, style.colour);
}

/** The styles, and the number of that of each rank, by what a scene or a viewer colours by; every paint asks for them. */
function stylesOf({ data, appearance, scoreRange }) {
  const { styles, styleOf } = scaleFor({ data, appearance });
  if (styleOf === classOf) return { styles, numbers: data.classes };
  const parts = isByScore({ data, appearance }) ? partsOf(data, scoreRange) : null;
  const of = parts ?? styleOf;
  if (data.styled?.of !== of) {
    const numberOf = (_, rank) => (parts ? styleOf(parts[rank]) : styleOf(iouOf(data.rows, rank), kindOf(data.rows, rank)));
    data.styled = { of, numbers: Uint8Array.from({ length: data.count }, numberOf) };
  }
  return { styles, numbers: data.styled.numbers };
}

/** All the boxes that pass the filter, the best on top; below them those that were removed, where they are shown. */
export function drawBoxes(pen, scene) {
  const { data, filtered, view, appearance, ratio, edged, removed } = scene;
  if (removed) drawRemoved(pen, scene);
  const { styles, numbers } = stylesOf(scene);
  for (const [number, ranks] of runs(filtered.ranks, numbers)) {
    drawRun(pen, view, data.rows, ranks, styles[number], appearance.weight, ratio, edged);
  }
  pen.setLineDash([]);
  pen.globalAlpha = 1;
}

export function colourOf(of, rank) {
  const { styles, numbers } = stylesOf(of);
  return styles[numbers[rank]].colour;
}

/** One box on top of all others; a chosen one has a pale halo as well. */
export function drawHighlighted(pen, scene, rank, chosen) {
  const { data, view, ratio } = scene;
  const px = (width) => Math.round(width * ratio);
  const stroke = (width, out, colour) => strokeAll(pen, view, data.rows, [rank], px(width), px(out), colour);
  if (chosen) {
    stroke(14, 7, "rgba(255, 255, 255, 0.35)");
    stroke(8, 4, "#fff");
  }
  stroke(6, 2, "#000");
  stroke(4, 1, colourOf(scene, rank));
}

/** A line from the middle of a box to the middle of an object. */
export function drawLink(pen, { data, view, ratio }, rank, g) {
  const object = data.truth[g];
  if (!object) return;
  const middle = ([left, top, w, h]) => [left + w / 2, top + h / 2];
  const ends = [boxOf(data.rows, rank), object].map((box) => middle(toCanvas(view, box)));
  for (const [width, colour] of [[4, "#000"], [2, "#fff"]]) {
    Object.assign(pen, { lineWidth: width * ratio, strokeStyle: colour, lineCap: "round" });
    pen.beginPath();
    pen.moveTo(...ends[0]);
    pen.lineTo(...ends[1]);
    pen.stroke();
  }
  pen.lineCap = "butt";
  pen.fillStyle = "#fff";
  for (const [x, y] of ends) pen.fillRect(x - 3 * ratio, y - 3 * ratio, 6 * ratio, 6 * ratio);
}
