// The numbers of a settings object and their texts.

export const clamp = (value, low, high) => Math.min(Math.max(value, low ?? -Infinity), high ?? Infinity);

/** A number without the rounding error that adding steps of 0.05 leaves. */
export const rounded = (value) => Number(value.toFixed(9));

/** The text that Python's str() returns, so that both spell the same address. */
const spell = ({ integer }, value) => (!integer && Number.isInteger(value) ? `${value}.0` : String(value));

export const spellAll = (fields, values) =>
  Object.fromEntries(fields.map((f) => [f.name, values[f.name].map((value) => spell(f, value)).join(",")]));

const range = ({ min, max, unit }) =>
  (max === null ? `at least ${min}` : `${min} to ${max}`) + (unit ? ` ${unit}` : "");

/** What is wrong with a typed value, in one line; empty where nothing is. */
export function mistake(field, label, text) {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return `${label}: expected a number`;
  if (field.integer && !Number.isInteger(value)) return `${label}: got ${text}, expected a whole number`;
  if (clamp(value, field.min, field.max) !== value) return `${label}: got ${text}, expected ${range(field)}`;
  return "";
}

/** The item after the last one, by the last step between items. */
export function nextItem({ min, max }, values) {
  const last = values[values.length - 1];
  const value = rounded(last + (values.length > 1 ? last - values[values.length - 2] : last));
  return clamp(value, min, max) === value ? value : last;
}

/** The ends of the slider, multiples of the step, whatever the lower bound: 1 to 2000 by 10 goes 1, 10, 20. */
export const grid = ({ min, max, step }) =>
  [Math.floor(rounded(min / step)) * step, Math.ceil(rounded(max / step)) * step].map(rounded);

export const labelOf = (field, item) => (field.list ? `${field.label} ${field.items[item]}` : field.label);
