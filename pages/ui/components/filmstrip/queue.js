// The queue of images: {count, columns, rows}, rows of numbers as tables.queue() in Python packs them, the id first.
import { unpack } from "../shared/tables.js";

export function decode(buffer) {
  const { images, columns, rows } = unpack(buffer, Float64Array);
  return { count: images, columns, rows };
}

export const idOf = ({ rows, columns }, index) => rows[index * columns];

/** The index of an image, looked up at `guess` first; -1 where it is not in the queue. */
export function find(queue, image, guess) {
  if (guess >= 0 && guess < queue.count && idOf(queue, guess) === image) return guess;
  for (let index = 0; index < queue.count; index++) if (idOf(queue, index) === image) return index;
  return -1;
}

/** The texts on a frame: {text, kind, best}. */
export function badge({ rows, columns }, index) {
  if (columns < 4) return { text: "", kind: "", best: "" };
  const [objects, missed, mean] = rows.subarray(index * columns + 1, index * columns + 4);
  if (objects === 0) return { text: "no objects", kind: "", best: "" };
  if (missed < 0) return { text: objects === 1 ? "1 object" : `${objects} objects`, kind: "", best: "" };
  const [some, none] = objects === 1 ? ["missed", "found"] : [`${missed} of ${objects} missed`, `all ${objects} found`];
  const text = missed ? some : none;
  return { text, kind: missed ? "missed" : "found", best: mean.toFixed(2) };
}
