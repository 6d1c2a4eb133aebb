// What a frame of the strip says of its image.
import { iouText } from "../shared/iou.js";
import { scoreText } from "../shared/score.js";

/** The texts on a frame: {text, kind, best, about}; `about` says what `best` is. */
export function badge({ rows, columns }, index) {
  if (!columns) return { text: "", kind: "", best: "" };
  if (columns === 2) return changeBadge(...rows.subarray(index * columns, (index + 1) * columns));
  const [objects, missed, mean, ...ofFalse] = rows.subarray(index * columns, (index + 1) * columns);
  if (ofFalse.length) return falseBadge(...ofFalse);
  if (objects < 0) return { text: "not certain", kind: "", best: "" };
  if (objects === 0) return { text: "no objects", kind: "", best: "" };
  if (missed < 0) return { text: objects === 1 ? "1 object" : `${objects} objects`, kind: "", best: "" };
  const [some, none] = objects === 1 ? ["missed", "found"] : [`${missed} of ${objects} missed`, `all ${objects} found`];
  const text = missed ? some : none;
  return { text, kind: missed ? "missed" : "found", best: iouText(mean), about: "ABO (mean best overlap)" };
}

/** The false positives, and the highest score of one. */
function falseBadge(count, score) {
  if (count < 0) return { text: "not measured", kind: "", best: "" };
  if (!count) return { text: "none false", kind: "found", best: "" };
  return { text: `${count.toLocaleString("en")} false`, kind: "missed", best: scoreText(score), about: "highest score" };
}

/** Of two setups: the objects that the second alone finds, and that the first alone finds. */
function changeBadge(won, lost) {
  const texts = [lost && `${lost} lost`, won && `${won} won`].filter(Boolean);
  return { text: texts.join(", "), kind: lost ? "missed" : "found", best: "" };
}
