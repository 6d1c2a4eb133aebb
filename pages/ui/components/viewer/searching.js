// The button on the picture that asks which settings find the missed object that is marked.
import { isComplete } from "./fetching.js";

/** Ask for an object by its index; Python answers beside the picture. */
export function search(v, object) {
  if (v.message?.searches && isComplete(v)) v.send("search", { image: v.data.image, object, at: Date.now() });
}

export function listenToSearch(v) {
  v.root.querySelector(".search").addEventListener("click", () => search(v, v.miss));
}

/** Show the button while a missed object is marked. */
export function showSearch(v) {
  const { miss, filtered, message, root } = v;
  const button = root.querySelector(".search");
  const isMissed = message?.searches && miss !== null && isComplete(v) && filtered?.objects[miss]?.found === false;
  button.hidden = !isMissed;
  if (isMissed) button.textContent = `Which settings find ${v.data.truthNames[miss]}?`;
}
