// A viewer and the element that it draws in. Streamlit mounts a new element when something appears above it, and on
// the way back from another page; zoom, pictures and filters are kept.
import { bitmapAt } from "./fetching.js";
import { listenToKeys } from "./keys.js";
import { markStage } from "./marking.js";
import { listenToPointer } from "./pointer.js";
import { buildToolbar } from "./toolbar.js";
import { listenToSearch } from "./searching.js";
import { listenToTouch } from "./touch.js";

/** Attach to a new element; whether a box is chosen is what Python says. */
export function attach(v, root, message) {
  const canvas = root.querySelector("canvas");
  // Python loses `painted` with the element, so it is sent again.
  Object.assign(v, { root, canvas, ctx: canvas.getContext("2d"), card: root.querySelector(".card"), reported: false });
  Object.assign(v, { pointer: null, isOver: false, drag: null });
  const picked = JSON.parse(message.picked);
  Object.assign(v, { picked: picked?.box ? picked : null, requestedRank: picked ? message.selected : null });
  if (message.received === 0) Object.assign(v, { count: 0, followed: null });
  if (message.displayed === 0) v.display.count = 0;
  buildToolbar(v);
  nameLayer(v);
  v.controls.push(() => markStage(v));
  listenToTouch(v); // before the pointer: what two fingers do is not for it
  listenToPointer(v);
  listenToKeys(v);
  listenToSearch(v);
  new ResizeObserver(([entry]) => canvas === v.canvas && v.resize(entry)).observe(canvas);
}

/** Name the stage that lies over the picture. */
function nameLayer(v) {
  const name = v.root.querySelector(".layer");
  v.controls.push(() => {
    const { on, number, shown } = v.layer;
    const stage = on && shown ? v.layers[number] : null;
    const merge = stage?.merges ? bitmapAt(shown)?.description : "";
    write(name, stage ? [stage.name, merge].filter(Boolean).join(" · ") : null);
  });
}

/** Show an error over the picture, or none. */
export const notice = (v, text) => write(v.root.querySelector(".notice"), text);

/** Show a remark, for `duration` ms or until the next one. */
export function note(v, text, duration) {
  clearTimeout(v.noting);
  write(v.root.querySelector(".note"), text);
  if (duration) v.noting = setTimeout(() => note(v, null), duration);
}

function write(element, text) {
  if (element.textContent === (text ?? "")) return; // a screen reader would read it again
  element.hidden = !text;
  element.textContent = text ?? "";
}
