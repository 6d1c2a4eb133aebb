// The look outlives a reload: it is stored in this browser, for all viewers. What decides which boxes are shown is not:
// it is in the link of the page, see display.js, so that a link shows everybody the same and no page disturbs another.
import { spellFilter } from "./display.js";
import { reopen } from "./filter.js";

const NAME = "boxscope.viewer.2"; // to be increased when a stored name changes its meaning

export const defaultLook = () => ({ scale: "classes", weight: 1, dim: 0.15, keepZoom: false, names: true });

const flag = (value) => typeof value === "boolean";
const within = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;
const oneOf = (...names) => (value) => names.includes(value);
const IS_VALID = {
  scale: oneOf("classes", "continuous"), weight: within(0.5, 3), dim: within(0, 0.9), keepZoom: flag, names: flag,
};

/** The valid part of any stored value. */
const validPart = (stored) =>
  Object.fromEntries(Object.keys(IS_VALID).flatMap((name) => {
    const value = stored?.[name];
    return IS_VALID[name](value) ? [[name, value]] : [];
  }));

const textOf = (look) => JSON.stringify(validPart(look));

const IS_DEFAULT = {
  filter: (v) => !spellFilter({ filter: v.filter, show: { truth: true, boxes: true } }).length,
  look: (v) => textOf(v.look) === textOf(defaultLook()),
};

/** Whether the filter or the look is as at first. */
export const isDefault = (v, part) => IS_DEFAULT[part](v);

/** Restore what was stored. */
export function recall(v) {
  let stored = null;
  try {
    stored = JSON.parse(localStorage.getItem(NAME));
  } catch {
    // the defaults hold: nothing may be stored for this page, or no JSON is
  }
  Object.assign(v.look, validPart(stored));
  v.storedLook = textOf(v.look);
}

/** Store the look where it has changed. */
export function remember(v) {
  const now = textOf(v.look);
  if (now === v.storedLook) return;
  v.storedLook = now;
  try {
    localStorage.setItem(NAME, now);
  } catch {
    // it holds until the page is left
  }
}

/** Reset filters and look to the defaults, except for `top`. */
export function reset(v) {
  reopen(v.filter);
  Object.assign(v.show, { truth: true });
  Object.assign(v.look, defaultLook());
}
