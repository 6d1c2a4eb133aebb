// The binary tables of the server, see tables.pack() in Python.

/** A uint32 length, that much JSON, then little-endian numbers (as on all machines that run browsers). */
function parts(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { head, start: 4 + length };
}

/** A head and one array of numbers. */
export function unpack(buffer, Numbers) {
  const { head, start } = parts(buffer);
  return { ...head, rows: new Numbers(buffer, start) };
}

/** The queue of images: {ids, columns, rows}, `columns` numbers of each image in `rows`. */
export function unpackQueue(buffer) {
  const { head: { images, columns }, start } = parts(buffer);
  const ids = new BigInt64Array(buffer, start, images); // a number would round those beyond 2^53
  return { ids, columns, rows: new Float64Array(buffer, start + ids.byteLength) };
}
