// The question which settings find a missed object: asked in its row or on the picture, answered by Python beside it.
import { put } from "../shared/dom.js";
import { isComplete } from "./fetching.js";

/** Ask for an object by its index in the image that the page describes, as soon as the picture has its boxes. */
export function search(v, object) {
  v.sought = { image: v.message.image, object };
  sendSought(v);
}

export function listenToSearch(v) {
  v.root.querySelector(".search").addEventListener("click", () => search(v, v.miss));
}

/** Send what waits for the boxes; show the button while a missed object is marked. */
export function showSearch(v) {
  sendSought(v);
  const { miss, filtered, message, root } = v;
  const button = root.querySelector(".search");
  const isMissed = message?.searches && miss !== null && isComplete(v) && filtered?.objects[miss]?.found === false;
  put(button, "hidden", !isMissed);
  if (isMissed) put(button, "textContent", `Which settings find ${v.data.truthNames[miss]}?`);
}

function sendSought(v) {
  const { sought, data, message } = v;
  if (!sought || !data || !isComplete(v)) return;
  v.sought = null;
  if (sought.image !== data.image || !message.searches) return; // gone on to another image
  v.miss = sought.object;
  v.repaint();
  v.send("search", { ...sought, at: Date.now() });
}
