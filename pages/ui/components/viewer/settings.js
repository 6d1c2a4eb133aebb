// Filters and look outlive a reload: they are stored in this browser, for all viewers. What the URL of the page holds,
// such as how many boxes are shown, is not among them: a link shows everybody the same.
import { openFilter } from "./filter.js";

const NAME = "boxscope.viewer.1"; // to be increased when a stored name changes its meaning

export const defaultLook = () => ({ scale: "classes", weight: 1, dim: 0.15, keepZoom: false, names: true });

const flag = (value) => typeof value === "boolean";
const within = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;
const kindFlags = (value) => Boolean(value) && Object.keys(openFilter().kinds).every((kind) => flag(value[kind]));
const oneOf = (...names) => (value) => names.includes(value);
const IS_VALID = {
  filter: { low: within(0, 1), high: within(0, 1), kinds: kindFlags, best: flag },
  show: { truth: flag },
  look: { scale: oneOf("classes", "continuous"), weight: within(0.5, 3), dim: within(0, 0.9), keepZoom: flag, names: flag },
};

/** The valid part of any stored value: {filter, show, look}. */
function validPart(stored) {
  const valid = ([part, names]) =>
    [part, Object.fromEntries(Object.keys(names).flatMap((name) => {
      const value = stored?.[part]?.[name];
      return names[name](value) ? [[name, value]] : [];
    }))];
  const { filter, ...rest } = Object.fromEntries(Object.entries(IS_VALID).map(valid));
  const { low = 0, high = 1 } = filter;
  return { ...rest, filter: low <= high ? filter : { ...filter, low: 0, high: 1 } };
}

const settingsOf = (v) => JSON.stringify(validPart(v));
const defaults = () => ({ filter: openFilter(), show: { truth: true }, look: defaultLook() });

const textOf = (settings, part) => JSON.stringify(validPart(settings)[part]);

export const isDefault = (v, part) => textOf(v, part) === textOf(defaults(), part);

/** Restore what was stored. Where the browser stores nothing for this page, or no JSON, this throws an error. */
export function recall(v) {
  let stored = null;
  try {
    stored = JSON.parse(localStorage.getItem(NAME));
  } catch {
    // the defaults hold
  }
  for (const [part, values] of Object.entries(validPart(stored))) Object.assign(v[part], values);
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
    // they hold until the page is left
  }
}

/** Reset everything to the defaults, except for what the URL of the page holds. */
export function reset(v) {
  const { filter, show, look } = defaults();
  Object.assign(v.filter, filter, { top: v.filter.top, recall: v.filter.recall, classes: v.filter.classes.fill(true) });
  Object.assign(v.show, show);
  Object.assign(v.look, look);
}
