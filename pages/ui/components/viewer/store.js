// What has been fetched, within bounds; and addresses.

const PATIENCE = 150; // ms

/**
 * Things by address. Each owner says what it wants, the most urgent first: what is not there is fetched, what
 * nobody wants any more is aborted on its way, and what is kept beyond `room` bytes goes, the longest unused
 * first, unless it is wanted.
 */
export class Store {
  constructor({ room, lanes, read, weigh, free = () => {}, tell }) {
    Object.assign(this, { room, lanes, read, weigh, free, tell });
    Object.assign(this, { kept: new Map(), flying: new Map(), wants: new Map() });
  }

  want(owner, urls) {
    this.wants.set(owner, urls);
    const wanted = this.wanted();
    for (const [url, flight] of this.flying) {
      if (wanted.has(url)) continue;
      this.flying.delete(url);
      flight.abort();
    }
    for (const [url, thing] of this.kept) {
      if (thing.error && !wanted.has(url)) this.kept.delete(url); // to be tried again another time
    }
    this.start();
  }

  /** {value} or {error} when it has come, else undefined. */
  get(url) {
    const thing = this.kept.get(url);
    if (thing && this.kept.delete(url)) this.kept.set(url, thing); // the last used is the last to go
    return thing;
  }

  /** Forget what failed, so that it is asked for again. */
  forgive() {
    for (const [url, thing] of this.kept) if (thing.error) this.kept.delete(url);
  }

  wanted() {
    return new Set([...this.wants.values()].flat());
  }

  start() {
    for (const urls of this.wants.values()) {
      urls.forEach((url, urgency) => {
        const free = urgency === 0 || this.flying.size < this.lanes;
        if (free && !this.kept.has(url) && !this.flying.has(url)) this.fetch(url);
      });
    }
  }

  async fetch(url) {
    const flight = new AbortController();
    this.flying.set(url, flight);
    const answer = this.read(url, flight.signal);
    const thing = await answer.then((value) => ({ value }), (error) => ({ error: error.message }));
    if (flight.signal.aborted) {
      if (thing.value) this.free(thing.value);
      return;
    }
    this.flying.delete(url);
    this.kept.set(url, { ...thing, bytes: thing.value ? this.weigh(thing.value) : 0 });
    this.trim();
    this.start();
    for (const [owner, urls] of this.wants) if (urls.includes(url)) this.tell(owner);
  }

  trim() {
    const wanted = this.wanted();
    let bytes = [...this.kept.values()].reduce((sum, thing) => sum + thing.bytes, 0);
    for (const [url, thing] of this.kept) {
      if (bytes <= this.room) return;
      if (wanted.has(url) || !thing.value) continue;
      this.kept.delete(url);
      this.free(thing.value);
      bytes -= thing.bytes;
    }
  }
}

async function fetched(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    // Each browser has its own words for it.
    throw error.name === "TypeError" ? new Error("the server does not answer") : error;
  });
  if (response.ok) return response;
  const plain = response.headers.get("content-type")?.startsWith("text/plain");
  throw new Error((plain && (await response.text()).split("\n")[0]) || `the server answered ${response.status}`);
}

export const readBytes = async (url, signal) => (await fetched(url, signal)).arrayBuffer();

export async function readPicture(url, signal) {
  const response = await fetched(url, signal);
  const words = decodeURIComponent(response.headers.get("x-words") ?? ""); // what a stage says of itself
  return Object.assign(await createImageBitmap(await response.blob()), { words }); // decoded off the main thread
}

/**
 * A pursuit {asked, wanted, since, ready}: one request at a time, the newest waiting wins, and one that takes longer
 * than PATIENCE is given up for it. To abort at every event would never let an answer come while a slider is
 * dragged. True when `asked` has changed; `held(x)` says whether x has been
 * answered, `ready` whether it had been before it was asked.
 */
export function chase(pursuit, held, now = performance.now()) {
  const { asked, wanted, since } = pursuit;
  if (asked === wanted || !(held(wanted) || held(asked) || now - since >= PATIENCE)) return false;
  Object.assign(pursuit, { asked: wanted, since: now, ready: Boolean(held(wanted)) });
  return true;
}

export const pursue = (what) => ({ asked: what, wanted: what, since: performance.now() });

/** Milliseconds until a pursuit loses its patience. */
export const patienceLeft = ({ since }) => Math.max(PATIENCE - (performance.now() - since), 0) + 1;

/** An address with some of its parameters set anew, the others as they were. */
export function withQuery(address, parameters) {
  const [path, query = ""] = address.split("?");
  const search = new URLSearchParams(query);
  for (const [name, text] of Object.entries(parameters)) search.set(name, text);
  return `${path}?${search}`;
}

/** An address in one spelling: the order of its parameters and the way they are escaped say nothing. */
export function tidy(address) {
  const [path, query] = address.split("?");
  if (query === undefined || address.startsWith("data:")) return address;
  const search = new URLSearchParams(query);
  search.sort();
  return `${path}?${search}`;
}
