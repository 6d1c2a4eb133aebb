// The queue of images, as tables.queue() in Python packs it: {count, ids, columns, rows}.
//
// `ids` holds int64, since numbers would round those beyond 2^53; an image is named by its id as text. Texts are made
// one by one: all of 118,000 in a Map would take a quarter of a second.
import { unpackHead } from "./tables.js";

export function decodeQueue(buffer) {
  const { head: { images: count, columns }, start } = unpackHead(buffer);
  const ids = new BigInt64Array(buffer, start, count);
  return { count, ids, columns, rows: new Float64Array(buffer, start + ids.byteLength) };
}

/** The image at an index, undefined outside of the queue. */
export const imageAt = ({ ids, count }, index) => (index >= 0 && index < count ? String(ids[index]) : undefined);

/** The index of an image, looked up at `guess` first; -1 where it is not in the queue. */
export const indexOfImage = (queue, image, guess = -1) =>
  imageAt(queue, guess) === image ? guess : queue.ids.indexOf(BigInt(image));
