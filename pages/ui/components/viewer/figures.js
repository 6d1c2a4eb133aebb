// The figures elsewhere on the page: dimmed while they describe something else than what is painted.
//
// The last of their elements says what they describe, see `_described` in Python. The classes are for the style sheet of
// the page; the strip sees the custom property that it sets.
import { normalised } from "./addresses.js";

const AGAIN = 50; // ms until the figures are compared again while they are others

/** Compare the figures with what is painted; only where there is a queue, since they are those of that viewer. */
export function compareFigures(v) {
  const described = document.querySelector(".described")?.dataset;
  if (!v.queue || !v.data || !described) return;
  const otherImage = described.image !== v.data.image;
  const same = setupOf(described.proposals) === setupOf(v.data.address)
    && Number(described.top) === v.filter.top && Number(described.recall) === v.filter.recall
    && (described.score ? Number(described.score) : null) === (v.data.scores ? v.filter.score : null);
  document.documentElement.classList.toggle("image-behind", otherImage);
  document.documentElement.classList.toggle("setup-behind", !same);
  clearTimeout(v.comparing);
  if ((otherImage || !same) && v.root.isConnected) v.comparing = setTimeout(compareFigures, AGAIN, v);
}

/** The setup that an address spells, without what belongs to an image that is shown before its boxes. */
function setupOf(address = "") {
  const search = new URLSearchParams(normalised(address).split("?")[1]);
  search.delete("boxes");
  return String(search);
}

let bars = null; // the style of the histogram's bars

/**
 * Set the IoUs that are drawn for the style sheet of the page, which dims the bars of others. By a rule of the histogram:
 * of a property of the root each element of the page would inherit it, and its style be computed in every frame of a drag.
 */
export function showRange({ queue, filter: { low, high } }) {
  if (!queue) return;
  bars ??= newRule("figure.histogram {}");
  for (const [name, value] of [["--low", low], ["--high", high]]) {
    if (bars.style.getPropertyValue(name) !== String(value)) bars.style.setProperty(name, value);
  }
}

function newRule(text) {
  const sheet = new CSSStyleSheet();
  sheet.insertRule(text);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return sheet.cssRules[0];
}
