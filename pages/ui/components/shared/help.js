// What a setting means, shown while the pointer or the focus is on a button.
import { make } from "./dom.js";

/** The button and the text, which stands right after the element that the button is the last one in. */
export function helpOn(label, text, id) {
  const tip = make("p", { id, className: "tip", role: "tooltip", textContent: text });
  const ariaLabel = `About ${label.toLowerCase()}`;
  const button = make("button", { type: "button", className: "help", textContent: "?", ariaLabel });
  button.setAttribute("aria-describedby", id);
  return { button, tip };
}
