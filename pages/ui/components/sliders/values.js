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

/** The item after the last one, by the last step between items; the lowest of the slider where there is none. */
export function nextItem({ min, max, slider }, values) {
  if (!values.length) return slider ? slider[0] : min;
  const last = values[values.length - 1];
  const value = rounded(last + (values.length > 1 ? last - values[values.length - 2] : last));
  return clamp(value, min, max) === value ? value : last;
}

// ---- the slider: a position on its track, and the value there

const POSITIONS = 1000; // of a logarithmic track

/** Ends and step of the track. The positions of a linear one are its values: 1 to 2000 by 10 goes 1, 10, 20. */
export function track({ slider: [low, high], step, logarithmic }) {
  if (logarithmic) return { min: 0, max: POSITIONS, step: 1 };
  const multiple = (round, value) => rounded(round(rounded(value / step)) * step);
  return { min: multiple(Math.floor, low), max: multiple(Math.ceil, high), step };
}

/** What is added to values before their logarithm is taken: 0 has one too. */
const shiftOf = (low) => (low > 0 ? 0 : 1 - low);

/** The position of a value, at an end of the track where the value is beyond it. */
export function positionOf({ slider: [low, high], logarithmic }, value) {
  const inside = clamp(value, low, high);
  if (!logarithmic) return inside;
  const shift = shiftOf(low);
  return (POSITIONS * Math.log((inside + shift) / (low + shift))) / Math.log((high + shift) / (low + shift));
}

/** The value at a position; on a logarithmic track with two digits, which are what a hand can aim at. */
export function valueAt({ slider: [low, high], min, max, step, logarithmic }, position) {
  if (!logarithmic) return clamp(rounded(position), min, max);
  const shift = shiftOf(low);
  const value = (low + shift) * ((high + shift) / (low + shift)) ** (position / POSITIONS) - shift;
  const unit = Math.max(step, 10 ** (Math.floor(Math.log10(Math.max(value, step))) - 1));
  return clamp(rounded(Math.round(value / unit) * unit), low, high);
}

/** Where a key leads: an arrow by a step, a page by ten, beyond the track too; undefined for other keys. */
export function keyed({ slider: [low, high], min, max, step }, value, { key, ctrlKey, metaKey, altKey }) {
  if (ctrlKey || metaKey || altKey) return undefined;
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[key];
  if (by === undefined) return { Home: clamp(low, min, max), End: clamp(high, min, max) }[key];
  const at = rounded(value / step);
  const whole = by > 0 ? Math.floor(at) : Math.ceil(at);
  return clamp(rounded((whole + by) * step), min, max);
}

export const labelOf = (field, item) => (field.list ? `${field.label} ${field.items[item]}` : field.label);
