// A score as text; the same as `score` in core/wording.py.

/** About three digits, whatever the scale: 0.934, 12.3, 1,234. */
export function scoreText(score) {
  const digits = 3 - [1, 10, 100].filter((bound) => Math.abs(score) >= bound).length;
  return score.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
