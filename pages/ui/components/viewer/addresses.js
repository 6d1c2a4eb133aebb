// Addresses on the server.

/** An address with some of its parameters set anew, the others as they were. */
export function withQuery(address, parameters) {
  const [path, query = ""] = address.split("?");
  const search = new URLSearchParams(query);
  for (const [name, text] of Object.entries(parameters)) search.set(name, text);
  return `${path}?${search}`;
}

/** An address in one spelling: the order of its parameters and the way they are escaped say nothing. */
export function normalised(address) {
  const [path, query] = address.split("?");
  if (query === undefined || address.startsWith("data:")) return address;
  const search = new URLSearchParams(query);
  search.sort();
  return `${path}?${search}`;
}
