// The binary tables of the server, see tables.pack() in Python.

/** A uint32 length, that much JSON, then rows of little-endian numbers (as on all machines that run browsers). */
export function unpack(buffer, Numbers) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { ...head, rows: new Numbers(buffer, 4 + length) };
}
