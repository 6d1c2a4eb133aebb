// The scores of the boxes: the range that colours and the slider of the least one go over.

const PARTS = 200; // steps of a slider of scores that are no shares
const DIGITS = 4;
const WIDE = 100; // times the smallest score from which on the scale is logarithmic

/** Whether viewers of several setups stand side by side: their scores do not compare, so that none is the least of all. */
export const isCompared = ({ message }) => Boolean(message?.group);

/** The range of scores: 0 to 1 where all lie within, as shares do. */
const roundRange = ([low, high]) => (low >= 0 && high <= 1 ? [0, 1] : [low, high]);

/**
 * The range after another answer: {setup, range}. Most proposers do not know their scores before they have run: theirs
 * widens from image to image.
 */
export function widened(before, { address, range }) {
  if (!range) return before;
  const setup = address.split("?")[1];
  const [low, high] = roundRange(range);
  if (before?.setup !== setup) return { setup, range: [low, high] };
  const [from, to] = before.range;
  return low >= from && high <= to ? before : { setup, range: [Math.min(low, from), Math.max(high, to)] };
}

const isLogarithmic = ([low, high]) => low > 0 && high > WIDE * low;

/** Which part of a range a score is at, 0 to 1. */
function part(range, score) {
  const [low, high] = isLogarithmic(range) ? range.map(Math.log) : range;
  const at = isLogarithmic(range) ? Math.log(Math.max(score, range[0])) : score;
  return high > low ? Math.min(Math.max((at - low) / (high - low), 0), 1) : 1;
}

/** Which part of the range each score is at, 0 to 1: computed once, since every paint asks for them. */
export function partsOf(data, scoreRange) {
  if (data.parts?.of !== scoreRange) data.parts = { of: scoreRange, values: data.scores.map((score) => part(scoreRange.range, score)) };
  return data.parts.values;
}

/** How many steps a slider has over a range. */
export const stepsOf = ([low, high]) => (low === 0 && high === 1 ? 100 : PARTS);

/** The score at a part of a range, 0 to 1. */
export function scoreAtPart(range, along) {
  const [low, high] = isLogarithmic(range) ? range.map(Math.log) : range;
  const at = low + (high - low) * along;
  return Number((isLogarithmic(range) ? Math.exp(at) : at).toPrecision(DIGITS));
}

/** The least score at a step of the slider, null at the first: all boxes. */
export const scoreAt = (range, step) => (step ? scoreAtPart(range, step / stepsOf(range)) : null);

/** The step of a least score. */
export const stepOf = (range, score) => (score === null ? 0 : Math.round(part(range, score) * stepsOf(range)));
