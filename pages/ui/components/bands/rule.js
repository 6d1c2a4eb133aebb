// The numbers of a label rule: {negative_from, negative_below, iou}. A box is negative from the first up to the second,
// positive above the third, and ignored between. A second number at or above the third ignores none there.
import { clamp, rounded } from "../sliders/values.js";

/** Where the thumbs stand: the second never beyond the third. */
export const positions = ({ negative_from: from, negative_below: below, iou }) => [from, Math.min(below, iou), iou];

/** The rule after a thumb has been moved towards a value, as far as the others let it. */
export function moved(rule, thumb, value, { step, lowest }) {
  const [from, below, iou] = positions(rule);
  const at = rounded(value);
  if (thumb === 0) return { ...rule, negative_from: clamp(at, 0, Math.max(rounded(Math.min(below, iou) - step), 0)) };
  if (thumb === 1) return withBelow(rule, clamp(at, Math.min(rounded(from + step), iou), iou));
  const positive = clamp(at, Math.max(lowest, Math.min(rounded(from + step), 1)), 1);
  return withBelow({ ...rule, iou: positive }, below === iou ? positive : Math.min(below, positive));
}

/** At the third thumb there is no gap, whatever counts as positive: the number that says so is 1. */
const withBelow = (rule, below) => ({ ...rule, negative_below: below >= rule.iou ? 1 : below });

/** Why a typed value is refused, in one line; empty where it is not. */
export function mistake(rule, thumb, text, thumbs, { lowest }) {
  const [value, short] = [Number(text), thumbs[thumb].short];
  const low = thumb === 2 ? lowest : 0;
  if (text.trim() === "" || !Number.isFinite(value)) return `${short}: expected a number`;
  if (value < low || value > 1) return `${short}: got ${text}, expected ${low} to 1`;
  const { negative_from: from, negative_below: below, iou } = { ...rule, [thumbs[thumb].name]: value };
  const [end, other] = below < iou ? [below, 1] : [iou, 2];
  if (from < end) return "";
  return `“${thumbs[0].short}” (${from}) must be less than “${thumbs[other].short}” (${end}): no box would be negative`;
}

/** The texts that Python's str() returns. */
export const spell = (rule) =>
  Object.fromEntries(Object.entries(rule).map(([name, n]) => [name, Number.isInteger(n) ? `${n}.0` : String(n)]));
