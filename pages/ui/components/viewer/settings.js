// The appearance outlives a reload: it is stored in this browser, for all viewers. What decides which boxes are shown is
// not stored but in the link of the page, see display.js: so a link shows everybody the same.
import { spellFilter } from "./display.js";
import { resetFilter } from "./filter.js";

const NAME = "boxscope.viewer.2"; // to be increased when a stored name changes its meaning

export const defaultAppearance = () => ({ scale: "classes", weight: 1, dim: 0.15, keepZoom: false, names: true });

const flag = (value) => typeof value === "boolean";
const within = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;
const oneOf = (...names) => (value) => names.includes(value);
const IS_VALID = {
  scale: oneOf("classes", "continuous", "score"), weight: within(0.5, 3), dim: within(0, 0.9), keepZoom: flag, names: flag,
};

/** The valid part of any stored value. */
const validPart = (stored) =>
  Object.fromEntries(Object.keys(IS_VALID).flatMap((name) => {
    const value = stored?.[name];
    return IS_VALID[name](value) ? [[name, value]] : [];
  }));

const textOf = (appearance) => JSON.stringify(validPart(appearance));

const IS_DEFAULT = {
  filter: (v) => !spellFilter({ filter: v.filter, show: { truth: true, boxes: true } }).length,
  appearance: (v) => textOf(v.appearance) === textOf(defaultAppearance()),
};

/** Whether the filter or the appearance is the default. */
export const isDefault = (v, part) => IS_DEFAULT[part](v);

/** Restore what was stored. */
export function restoreAppearance(v) {
  let stored = null;
  try {
    stored = JSON.parse(localStorage.getItem(NAME));
  } catch {
    // the defaults hold: nothing may be stored for this page, or no JSON is
  }
  Object.assign(v.appearance, validPart(stored));
  v.storedAppearance = textOf(v.appearance);
}

/** Store the appearance where it has changed. */
export function storeAppearance(v) {
  const now = textOf(v.appearance);
  if (now === v.storedAppearance) return;
  v.storedAppearance = now;
  try {
    localStorage.setItem(NAME, now);
  } catch {
    // it holds until the page is left
  }
}

/** Reset filters and appearance to the defaults, except for `top`. */
export function reset(v) {
  resetFilter(v.filter);
  Object.assign(v.show, { truth: true });
  Object.assign(v.appearance, defaultAppearance());
}
