// A viewer and the element that it draws in. Streamlit mounts a new one when something appears above it, and on the
// way back from another page: zoom, pictures and filters outlive that.
import { listenToKeys } from "./keys.js";
import { listenToPointer } from "./pointer.js";
import { buildToolbar } from "./toolbar.js";

/** Take over a new element. Python remembers the choice, or has forgotten it: its word counts here. */
export function attach(v, root, message) {
  const canvas = root.querySelector("canvas");
  // Python forgets with the element that it was painted: it is told again.
  Object.assign(v, { root, canvas, ctx: canvas.getContext("2d"), card: root.querySelector(".card"), reported: false });
  Object.assign(v, { pointer: null, drag: null });
  if (v.data) v.shapeCanvas();
  const picked = JSON.parse(message.picked);
  Object.assign(v, { picked: picked?.box ? picked : null, requestedRank: picked ? message.selected : null });
  if (message.heard === 0) Object.assign(v, { count: 0, followed: null });
  buildToolbar(v);
  listenToPointer(v);
  listenToKeys(v);
  new ResizeObserver(([entry]) => canvas === v.canvas && v.resize(entry)).observe(canvas);
}

/** Show an error over the picture, or none. */
export const notice = (v, text) => write(v.root.querySelector(".notice"), text);

/** Show a word on what happened, for `duration` ms or until the next one. */
export function note(v, text, duration) {
  clearTimeout(v.noting);
  write(v.root.querySelector(".note"), text);
  if (duration) v.noting = setTimeout(() => note(v, null), duration);
}

function write(element, text) {
  if (element.textContent === (text ?? "")) return; // a reader would say it again
  element.hidden = !text;
  element.textContent = text ?? "";
}
