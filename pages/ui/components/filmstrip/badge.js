// What a frame of the strip says of its image.
import { iouText } from "../shared/iou.js";

/** The texts on a frame: {text, kind, best}. */
export function badge({ rows, columns }, index) {
  if (!columns) return { text: "", kind: "", best: "" };
  if (columns === 2) return changeBadge(...rows.subarray(index * columns, (index + 1) * columns));
  const [objects, missed, mean] = rows.subarray(index * columns, (index + 1) * columns);
  if (objects < 0) return { text: "not certain", kind: "", best: "" };
  if (objects === 0) return { text: "no objects", kind: "", best: "" };
  if (missed < 0) return { text: objects === 1 ? "1 object" : `${objects} objects`, kind: "", best: "" };
  const [some, none] = objects === 1 ? ["missed", "found"] : [`${missed} of ${objects} missed`, `all ${objects} found`];
  const text = missed ? some : none;
  return { text, kind: missed ? "missed" : "found", best: iouText(mean) };
}

/** Of two setups: the objects that the second alone finds, and that the first alone finds. */
function changeBadge(won, lost) {
  const texts = [lost && `${lost} lost`, won && `${won} won`].filter(Boolean);
  return { text: texts.join(", "), kind: lost ? "missed" : "found", best: "" };
}
