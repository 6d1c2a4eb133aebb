// From the viewer's state to its canvas: the scene, its size, and when it is painted.
import { ranksAt, rankOf } from "./answer.js";
import { boxesDrawn, draw } from "./draw.js";
import { sift } from "./filter.js";
import { advance, errorOf, held, layerOf } from "./frame.js";
import { mark, point } from "./pointer.js";
import { refreshControls } from "./toolbar.js";
import { settle, shareOf, viewOf, viewOfBox } from "./view.js";
import { isComplete } from "./walk.js";
import { faults, summary } from "./words.js";

export const hasPicture = (v) => Boolean(held(v.data.screen));
const pictureError = (v) => (v.data.screen ? errorOf(v.data.screen) : v.error);

export function sceneOf(v) {
  const { data, pending, sifted, view, size, ratio, look, show, hushed, hover, chosen, miss } = v;
  const [layer, pinned] = [layerOf(v), v.picked?.pinned ? chosen : null];
  return { data, pending, sifted, view, size, ratio, look, layer, show, hushed, hover, chosen, pinned, miss };
}

/** The filter or the data has changed: sift anew, and say so everywhere. */
export function refresh(v) {
  if (!v.data) return;
  if (v.selecting && isComplete(v)) {
    v.selecting = false;
    mark(v, v.asked);
  }
  v.sifted = sift(v.data, v.filter);
  v.chosen = v.picked && v.picked.image === v.data.image ? rankOf(v.data, v.picked.box) : null;
  refreshControls(v);
  v.root.querySelector("#said").textContent = summary({ ...v, hasPicture: hasPicture(v) });
  point(v);
  repaint(v);
  if (!v.enlarging) return;
  v.enlarging = false;
  setView(v, viewOfBox(v.picked.box, v.size, v.data, v.ratio));
}

export function repaint(v) {
  v.frame ||= requestAnimationFrame(() => paint(v));
}

export function paint(v) {
  cancelAnimationFrame(v.frame);
  v.frame = 0;
  if (!v.data) return;
  const scene = sceneOf(v);
  draw(v.ctx, scene, v.kept, held);
  v.notice(faults(v, pictureError(v)));
  v.painted += 1;
  if (!v.told) whenIdle(() => v.send("painted", true)); // see on_painted_change in viewer.py
  v.told = true;
  const said = { ...v.shown, boxes: boxesDrawn(scene), selected: v.chosen ?? "", painted: v.painted };
  Object.assign(v.root.dataset, said);
}

/** Wait for the script to end: a message in its midst would end it, and with it pictures on their way. */
export function whenIdle(act) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (app?.dataset.testScriptState === "running") setTimeout(() => whenIdle(act), 50);
  else act();
}

/** Give the canvas the shape of the picture. */
export const shape = (v) => v.root.style.setProperty("--ratio", v.data.width / v.data.height);

/** The size of the canvas in device pixels, exactly where the browser tells it. */
export function measure(v, entry) {
  if (!v.canvas.clientWidth) return; // in a closed tab of the page: keep the size, and so the view
  const exact = entry?.devicePixelContentBoxSize?.[0];
  const { width, height } = v.canvas.getBoundingClientRect();
  const w = exact ? exact.inlineSize : Math.round(width * devicePixelRatio);
  const h = exact ? exact.blockSize : Math.round(height * devicePixelRatio);
  v.size = { w, h };
  v.ratio = devicePixelRatio;
  if (v.canvas.width !== w || v.canvas.height !== h) Object.assign(v.canvas, { width: w, height: h });
}

export function resize(v, entry) {
  const before = v.size;
  measure(v, entry);
  if (!v.data || (before.w === v.size.w && before.h === v.size.h)) return;
  v.view = viewOf(shareOf(v.view, before, v.data), v.size, v.data, v.ratio);
  refreshControls(v);
  advance(v);
  paint(v); // at once: a canvas whose size was set is blank
}

/** Move the view, and with it that of the viewers of the same group. */
export function setView(v, view) {
  turn(v, settle(view, v.size, v.data, v.ratio));
  const share = shareOf(v.view, v.size, v.data);
  for (const other of v.company()) turn(other, viewOf(share, other.size, other.data, other.ratio));
}

function turn(v, view) {
  v.view = view;
  point(v);
  refreshControls(v);
  advance(v); // more pixels may be wanted
  repaint(v);
}

/** Ranks of the boxes under a canvas point, the smallest first. */
export function ranksUnder({ data, sifted, view, ratio }, { x, y }) {
  return ranksAt(data, sifted.shown, (x - view.x) / view.scale, (y - view.y) / view.scale, (3 * ratio) / view.scale);
}
