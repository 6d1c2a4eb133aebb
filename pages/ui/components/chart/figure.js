// The figure of a message: that of what is chosen in the element that it follows.
import { chosen } from "../shared/chosen.js";

/** A value with a part of another in place of its own; lists item by item, as long as in the part. */
function joined(whole, part) {
  if (Array.isArray(part)) return part.map((item, at) => joined(whole?.[at], item));
  if (part === null || typeof part !== "object") return part;
  return { ...whole, ...Object.fromEntries(Object.entries(part).map(([name, value]) => [name, joined(whole?.[name], value)])) };
}

/** A figure, as an object; null while it follows an element that is not there yet. */
export function figureOf({ figure, follows, parts }) {
  if (!follows) return JSON.parse(figure);
  const choice = chosen(follows);
  return choice === undefined ? null : joined(JSON.parse(figure), JSON.parse(parts)[choice] ?? {});
}
