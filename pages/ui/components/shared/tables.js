// The binary tables of the server, see tables.pack() in Python.

/** The head of a table and where its numbers start: a uint32 length, that much JSON, then little-endian numbers. */
export function unpackHead(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { head, start: 4 + length };
}

/** A head and one array of numbers. */
export function unpack(buffer, Numbers) {
  const { head, start } = unpackHead(buffer);
  return { ...head, rows: new Numbers(buffer, start) };
}
