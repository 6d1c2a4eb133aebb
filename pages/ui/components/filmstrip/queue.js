// The queue of images: {count, ids, columns, rows}, as tables.queue() in Python packs it. An id is text.
import { unpackQueue } from "../shared/tables.js";

export function decode(buffer) {
  const queue = unpackQueue(buffer);
  return { count: queue.ids.length, ...queue };
}

export const idOf = ({ ids }, index) => String(ids[index]);

/** The index of an image, looked up at `guess` first; -1 where it is not in the queue. */
export function find(queue, image, guess) {
  if (guess >= 0 && guess < queue.count && idOf(queue, guess) === image) return guess;
  return queue.ids.indexOf(BigInt(image));
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
