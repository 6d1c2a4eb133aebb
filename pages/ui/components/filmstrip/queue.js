// What the strip reads from the queue of images.
import { imageAt, indexOfImage } from "../shared/queue.js";

/** The index of an image, looked up at `guess` first; -1 where it is not in the queue. */
export function find(queue, image, guess) {
  return imageAt(queue, guess) === image ? guess : indexOfImage(queue, image);
}

/** The texts on a frame: {text, kind, best}. */
export function badge({ rows, columns }, index) {
  if (!columns) return { text: "", kind: "", best: "" };
  const [objects, missed, mean] = rows.subarray(index * columns, (index + 1) * columns);
  if (objects < 0) return { text: "not certain", kind: "", best: "" };
  if (objects === 0) return { text: "no objects", kind: "", best: "" };
  if (missed < 0) return { text: objects === 1 ? "1 object" : `${objects} objects`, kind: "", best: "" };
  const [some, none] = objects === 1 ? ["missed", "found"] : [`${missed} of ${objects} missed`, `all ${objects} found`];
  const text = missed ? some : none;
  return { text, kind: missed ? "missed" : "found", best: mean.toFixed(2) };
}
