// The canvas: its size, and the part of the picture that it shows.
import { MARGIN, nearestAllowed, relativeView, viewOfRelative } from "./view.js";

/** Set the aspect ratio of the frame: the same for all pictures, so that nothing below it moves. */
export const shapeFrame = (v) => v.root.style.setProperty("--ratio", v.message.frame);

/** Read the size of the canvas in device pixels, exactly where the browser reports it. */
export function measureCanvas(v, entry) {
  if (!v.canvas.clientWidth) return; // in a hidden tab of the page: keep the size, and with it the view
  const exact = entry?.devicePixelContentBoxSize?.[0];
  const { width, height } = v.canvas.getBoundingClientRect();
  const w = exact ? exact.inlineSize : Math.round(width * devicePixelRatio);
  const h = exact ? exact.blockSize : Math.round(height * devicePixelRatio);
  v.size = { w, h, margin: MARGIN * devicePixelRatio };
  v.ratio = devicePixelRatio;
  if (v.canvas.width !== w || v.canvas.height !== h) Object.assign(v.canvas, { width: w, height: h });
}

/** Keep the view when the size changes. */
export function resize(v, entry) {
  const before = v.size;
  measureCanvas(v, entry);
  if (!v.data || (before.w === v.size.w && before.h === v.size.h)) return;
  v.view = viewOfRelative(relativeView(v.view, before, v.data), v.size, v.data, v.ratio);
  v.refreshControls();
  v.advance();
  v.paint(); // at once: a canvas whose size was set is blank
}

/** Move the view, and with it that of the viewers of the same group. */
export function setView(v, view) {
  turn(v, nearestAllowed(view, v.size, v.data, v.ratio));
  const relative = relativeView(v.view, v.size, v.data);
  for (const other of v.groupMembers()) {
    turn(other, viewOfRelative(relative, other.size, other.data, other.ratio));
    other.display.spelled = null; // not its own change: Python is sent that of this viewer
  }
}

function turn(v, view) {
  v.view = view;
  v.point();
  v.refreshControls();
  v.advance(); // more pixels may be wanted
  v.repaint();
}
