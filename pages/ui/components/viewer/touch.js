// Fingers on the picture: two zoom and move it. One moves it where it is zoomed, as a mouse does; else it scrolls the page.
import { isZoomed, zoomed } from "./view.js";

export function listenToTouch(v) {
  const { canvas } = v;
  const fingers = new Map(); // canvas points, by the id of their pointer
  const on = (type, act) =>
    canvas.addEventListener(type, (event) => v.data && event.pointerType === "touch" && act(event), { capture: true });
  const put = ({ pointerId, offsetX, offsetY }) =>
    fingers.set(pointerId, { x: offsetX * v.ratio, y: offsetY * v.ratio });

  on("pointerdown", (event) => {
    put(event);
    if (fingers.size > 1) endDrag(v, event);
  });
  on("pointermove", (event) => {
    if (fingers.size !== 2 || !fingers.has(event.pointerId)) return;
    const before = pinchOf(fingers);
    put(event);
    endDrag(v, event);
    pinch(v, before, pinchOf(fingers));
  });
  for (const type of ["pointerup", "pointercancel"]) {
    on(type, (event) => {
      if (fingers.size > 1) endDrag(v, event);
      fingers.delete(event.pointerId);
    });
  }
  // Otherwise two fingers scroll the page, too.
  const keep = (event) => event.touches.length > 1 && event.preventDefault();
  for (const type of ["touchstart", "touchmove"]) canvas.addEventListener(type, keep, { passive: false });
  v.controls.push(() => {
    canvas.style.touchAction = v.view && v.data && isZoomed(v.view, v.size, v.data) ? "none" : "pan-x pan-y";
  });
}

/** What one finger began ends: it was no click and no move. */
function endDrag(v, event) {
  event.stopImmediatePropagation();
  Object.assign(v, { drag: null, clicked: false });
}

/** The middle of two fingers, and their distance. */
function pinchOf(fingers) {
  const [a, b] = [...fingers.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
}

function pinch(v, before, after) {
  const view = zoomed(v.view, after.apart / before.apart, before.x, before.y);
  v.setView({ ...view, x: view.x + after.x - before.x, y: view.y + after.y - before.y });
}
