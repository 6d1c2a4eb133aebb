// Addresses on the server.

/** An address with some of its parameters replaced. */
export function withQuery(address, parameters) {
  const [path, query = ""] = address.split("?");
  const search = new URLSearchParams(query);
  for (const [name, text] of Object.entries(parameters)) search.set(name, text);
  return `${path}?${search}`;
}

/** The canonical spelling of an address: order and escaping of parameters do not matter. */
export function normalised(address) {
  const [path, query] = address.split("?");
  if (query === undefined || address.startsWith("data:")) return address;
  const search = new URLSearchParams(query);
  search.sort();
  return `${path}?${search}`;
}
