// The boxes under the pointer, the card that describes one, and the mouse.
import { REMOVED } from "colours";
import { put } from "../shared/dom.js";
import { boxOf, ranksAt } from "./answer.js";
import { colourOf } from "./boxes.js";
import { originOf } from "./fetching.js";
import { takeKeys } from "./focus.js";
import { removedUnder } from "./removed.js";
import { cardLines, removedLines } from "./texts.js";
import { FIT, isZoomed, toCanvas, zoomed } from "./view.js";

const DOUBLE = 250; // ms in which the second click of a double click is awaited before Python is sent the first
const PAUSE = 300; // ms: a turn of the wheel that has zoomed out goes on as long, and does not scroll the page

/** Highlight the box under the pointer, or, without a pointer, the one that was reached by keys. */
export function point(v) {
  const { pointer } = v;
  const active = v.data && v.show.boxes && !v.drag?.moved && !v.hidden;
  const walked = active && v.filtered.shown[v.walked] ? [v.walked] : [];
  const stack = active && pointer ? ranksUnder(v, pointer) : walked;
  highlightObject(v, v.data && v.show.truth && pointer && !v.drag?.moved ? objectUnder(v, pointer) : -1);
  if (stack.join() !== v.stack.join()) Object.assign(v, { stack, depth: 0 });
  const pointed = active && pointer && v.removed ? removedUnder(v, pointer) : null;
  if (pointed) highlight(v, pointed.by, pointed);
  else highlight(v, stack[v.depth] ?? null);
}

/** Ranks of the boxes under a canvas point, the smallest first. */
function ranksUnder({ data, filtered, view, ratio }, { x, y }) {
  const [left, top] = [(x - view.x) / view.scale, (y - view.y) / view.scale];
  return ranksAt(data, filtered.shown, left, top, (3 * ratio) / view.scale);
}

/** The index of the smallest object under a canvas point, -1 where there is none. */
function objectUnder({ data, view, ratio }, { x, y }) {
  const slop = 4 * ratio;
  let found = { g: -1, area: Infinity };
  data.truth.forEach((box, g) => {
    const [left, top, w, h] = toCanvas(view, box);
    const isUnder = x >= left - slop && x <= left + w + slop && y >= top - slop && y <= top + h + slop;
    if (isUnder && w * h < found.area) found = { g, area: w * h };
  });
  return found.g;
}

/** Highlight an object, which names it; -1 for none. */
function highlightObject(v, g) {
  if (g !== v.object) v.repaint();
  v.object = g;
}

/** Highlight a box; `pointed` is the removed box that the pointer is at, which that one suppresses. */
function highlight(v, rank, pointed = null) {
  if (rank !== v.hover || pointed?.number !== v.pointed?.number) v.repaint();
  Object.assign(v, { hover: rank, pointed });
  const idle = v.data && isZoomed(v.view, v.size, v.data) ? "grab" : "default";
  v.canvas.style.cursor = v.drag?.moved ? "grabbing" : rank !== null ? "pointer" : idle;
  put(v.card, "hidden", rank === null && !pointed);
  if (pointed) showCard(v, removedLines(pointed), pointed.box, REMOVED);
  else if (rank !== null) showCardOf(v, rank);
}

/**
 * Step through the boxes under the pointer, from the smallest to the largest; without a pointer, through all by
 * rank. False at the end unless `around` is set, which wraps around: Tab then moves the focus.
 */
export function walk(v, direction, around) {
  if (v.pointer) {
    const depth = v.depth + direction;
    if (!v.stack.length || (!around && (depth < 0 || depth >= v.stack.length))) return false;
    v.depth = (depth + v.stack.length) % v.stack.length;
    highlight(v, v.stack[v.depth]);
    return true;
  }
  const ranks = [...v.filtered.ranks].sort((a, b) => a - b);
  if (!around || !ranks.length) return false;
  const at = ranks.indexOf(v.walked ?? v.chosen);
  v.walked = ranks[at < 0 ? (direction > 0 ? 0 : ranks.length - 1) : (at + direction + ranks.length) % ranks.length];
  point(v);
  return true;
}

function showCardOf(v, rank) {
  const { data, stack, depth, chosen, second } = v;
  const other = second === null ? null : { [second]: chosen, [chosen]: second }[rank] ?? null;
  const lines = cardLines(data, rank, { origin: originOf(v, rank), other, among: [depth, stack.length] });
  showCard(v, lines, boxOf(data.rows, rank), colourOf(v, rank));
}

/** Show the card of a box beside the pointer. */
function showCard(v, lines, box, colour) {
  const { card, view, pointer, ratio, canvas } = v;
  card.ariaLive = pointer ? "off" : "polite"; // a box that keys walked to is read out
  lines.forEach((line, i) => (card.children[i].textContent = line));
  card.style.setProperty("--colour", colour);
  const [left, top, w, h] = toCanvas(view, box);
  const at = pointer ?? { x: left + w / 2, y: top + h / 2 };
  const beside = (start, length, room) =>
    start + 16 + length <= room - 4 ? start + 16 : Math.max(4, start - 12 - length);
  const x = beside(at.x / ratio, card.offsetWidth, canvas.clientWidth);
  const y = beside(at.y / ratio, card.offsetHeight, canvas.clientHeight);
  card.style.setProperty("--x", `${Math.round(x)}px`);
  card.style.setProperty("--y", `${Math.round(y)}px`);
  card.classList.toggle("above", at.y > canvas.height / 2); // in a narrow viewer the card is a strip
}

export function listenToPointer(v) {
  const on = (type, act, options) => v.canvas.addEventListener(type, (event) => v.data && act(event), options);
  const position = (event) => ({ x: event.offsetX * v.ratio, y: event.offsetY * v.ratio });

  on("pointermove", (event) => {
    takeKeys(v, event);
    Object.assign(v, { pointer: position(event), walked: null });
    const { drag } = v;
    if (!drag) return v.point();
    drag.moved ||= Math.hypot(v.pointer.x - drag.x, v.pointer.y - drag.y) > 4 * v.ratio;
    if (!drag.moved) return undefined;
    return v.setView({ ...v.view, x: drag.view.x + v.pointer.x - drag.x, y: drag.view.y + v.pointer.y - drag.y });
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    v.canvas.setPointerCapture(event.pointerId);
    v.drag = { ...position(event), view: v.view, moved: false };
  });
  on("pointerup", (event) => {
    v.clicked = Boolean(v.drag && !v.drag.moved);
    v.drag = null;
    v.pointer = position(event);
    v.point();
  });
  on("mousedown", (event) => event.shiftKey && event.preventDefault()); // else the page selects its text up to here
  on("click", (event) => {
    if (!v.clicked || event.detail > 1) return;
    if (event.shiftKey) v.compare(v.hover);
    else v.choose(v.hover, DOUBLE);
  });
  on("pointercancel", () => { v.drag = null; });
  on("pointerleave", () => { Object.assign(v, { pointer: null, isOver: false }); v.point(); });
  on("wheel", (event) => {
    if (scrollsPage(v, event)) return;
    event.preventDefault();
    v.wheeled = event.timeStamp;
    const lines = event.deltaMode === 1 ? 33 : 1;
    const { x, y } = position(event);
    v.setView(zoomed(v.view, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), x, y));
  }, { passive: false });
  on("dblclick", () => {
    v.dropClick();
    v.setView(FIT);
  });
}

/** Whether the page may have a turn of the wheel: a picture that fits cannot become smaller. */
function scrollsPage(v, { ctrlKey, deltaX, deltaY, timeStamp }) {
  if (Math.abs(deltaX) > Math.abs(deltaY)) return true;
  return deltaY > 0 && !ctrlKey && !isZoomed(v.view, v.size, v.data) && timeStamp - v.wheeled > PAUSE;
}
