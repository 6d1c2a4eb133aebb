// Filters and look outlive a reload: they are kept in this browser, for all viewers alike. What the address of the
// page says, such as how many boxes are shown, is not among them: a link shows everybody the same.
import { openFilter } from "./filter.js";

const NAME = "boxscope.viewer.1"; // another number where the same names come to mean something else

export const plainLook = () => ({ scale: "classes", weight: 1, dim: 0.15, keepZoom: false });

const flag = (value) => typeof value === "boolean";
const within = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;
const kindFlags = (value) => Boolean(value) && Object.keys(openFilter().kinds).every((kind) => flag(value[kind]));
const oneOf = (...names) => (value) => names.includes(value);
const FITS = {
  filter: { low: within(0, 1), high: within(0, 1), kinds: kindFlags, best: flag },
  show: { truth: flag },
  look: { scale: oneOf("classes", "continuous"), weight: within(0.5, 3), dim: within(0, 0.9), keepZoom: flag },
};

/** The part of any value that can be used: {filter, show, look}, each with the names that fit. */
function usable(stored) {
  const fitting = ([part, names]) =>
    [part, Object.fromEntries(Object.keys(names).flatMap((name) => {
      const value = stored?.[part]?.[name];
      return names[name](value) ? [[name, value]] : [];
    }))];
  const { filter, ...rest } = Object.fromEntries(Object.entries(FITS).map(fitting));
  const { low = 0, high = 1 } = filter;
  return { ...rest, filter: low <= high ? filter : { ...filter, low: 0, high: 1 } };
}

const settingsOf = (v) => JSON.stringify(usable(v));
const plain = () => ({ filter: openFilter(), show: { truth: true }, look: plainLook() });

export const isPlain = (v, part) => JSON.stringify(usable(v)[part]) === JSON.stringify(usable(plain())[part]);

/** Take over what was stored. A browser that keeps nothing for this page, or something else, throws an error. */
export function recall(v) {
  let stored = null;
  try {
    stored = JSON.parse(localStorage.getItem(NAME));
  } catch {
    // as if there were nothing
  }
  for (const [part, values] of Object.entries(usable(stored))) Object.assign(v[part], values);
  v.storedSettings = settingsOf(v);
}

/** Store the settings where they have changed. */
export function remember(v) {
  const now = settingsOf(v);
  if (now === v.storedSettings) return;
  v.storedSettings = now;
  try {
    localStorage.setItem(NAME, now);
  } catch {
    // they last until the page is left
  }
}

/** Everything as it was at first, `top` excepted. */
export function reset(v) {
  const { filter, show, look } = plain();
  Object.assign(v.filter, filter, { top: v.filter.top, classes: v.filter.classes.fill(true) });
  Object.assign(v.show, show);
  Object.assign(v.look, look);
}
