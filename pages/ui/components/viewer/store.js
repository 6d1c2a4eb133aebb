// A bounded store of what has been fetched.

/**
 * Loaded entries by address. Each owner lists the addresses it wants, the most urgent first: missing ones are fetched,
 * and requests that no owner wants any more are aborted. Beyond `capacity` bytes unwanted entries are dropped, the
 * least recently used first. At most `connections` requests run at a time, apart from each owner's most urgent one.
 */
export class Store {
  constructor({ capacity, connections, read, sizeOf, free = () => {}, notify }) {
    Object.assign(this, { capacity, connections, read, sizeOf, free, notify }); // notify(owner): an entry has arrived
    Object.assign(this, { loaded: new Map(), requests: new Map(), wants: new Map() });
  }

  want(owner, urls) {
    this.wants.set(owner, urls);
    const wanted = this.wanted();
    for (const [url, request] of this.requests) {
      if (wanted.has(url)) continue;
      this.requests.delete(url);
      request.abort();
    }
    for (const [url, entry] of this.loaded) {
      if (entry.error && !wanted.has(url)) this.loaded.delete(url); // to be fetched again when wanted
    }
    this.start();
  }

  /** {value} or {error} once it has been fetched, else undefined. */
  get(url) {
    const entry = this.loaded.get(url);
    if (entry && this.loaded.delete(url)) this.loaded.set(url, entry); // the most recently used comes last
    return entry;
  }

  /** Forget what failed, so that it is fetched again. */
  forgetErrors() {
    for (const [url, entry] of this.loaded) if (entry.error) this.loaded.delete(url);
  }

  wanted() {
    return new Set([...this.wants.values()].flat());
  }

  start() {
    for (const urls of this.wants.values()) {
      urls.forEach((url, urgency) => {
        const free = urgency === 0 || this.requests.size < this.connections;
        if (free && !this.loaded.has(url) && !this.requests.has(url)) this.fetch(url);
      });
    }
  }

  async fetch(url) {
    const request = new AbortController();
    this.requests.set(url, request);
    const answer = this.read(url, request.signal);
    const entry = await answer.then((value) => ({ value }), (error) => ({ error: error.message }));
    if (request.signal.aborted) {
      if (entry.value) this.free(entry.value);
      return;
    }
    this.requests.delete(url);
    this.loaded.set(url, { ...entry, bytes: entry.value ? this.sizeOf(entry.value) : 0 });
    this.trim();
    this.start();
    for (const [owner, urls] of this.wants) if (urls.includes(url)) this.notify(owner);
  }

  trim() {
    const wanted = this.wanted();
    let bytes = [...this.loaded.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [url, entry] of this.loaded) {
      if (bytes <= this.capacity) return;
      if (wanted.has(url) || !entry.value) continue;
      this.loaded.delete(url);
      this.free(entry.value);
      bytes -= entry.bytes;
    }
  }
}

async function fetched(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    // The text differs from browser to browser.
    throw error.name === "TypeError" ? new Error("the server does not answer") : error;
  });
  if (response.ok) return response;
  const plain = response.headers.get("content-type")?.startsWith("text/plain");
  throw new Error((plain && (await response.text()).split("\n")[0]) || `the server answered ${response.status}`);
}

export const readBytes = async (url, signal) => (await fetched(url, signal)).arrayBuffer();

export async function readPicture(url, signal) {
  const response = await fetched(url, signal);
  const description = decodeURIComponent(response.headers.get("x-description") ?? ""); // of a stage
  return Object.assign(await createImageBitmap(await response.blob()), { description }); // decoded off the main thread
}
