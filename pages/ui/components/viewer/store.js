// What has been fetched, within bounds.

/**
 * Loaded entries by address. Each owner lists what it wants, the most urgent first: what is not there is fetched, what
 * nobody wants any more is aborted on its way, and what is kept beyond `room` bytes goes, the longest unused
 * first, unless it is wanted.
 */
export class Store {
  constructor({ room, lanes, read, weigh, free = () => {}, tell }) {
    Object.assign(this, { room, lanes, read, weigh, free, tell }); // tell(owner): what it wants has come
    Object.assign(this, { loaded: new Map(), underway: new Map(), wants: new Map() });
  }

  want(owner, urls) {
    this.wants.set(owner, urls);
    const wanted = this.wanted();
    for (const [url, request] of this.underway) {
      if (wanted.has(url)) continue;
      this.underway.delete(url);
      request.abort();
    }
    for (const [url, entry] of this.loaded) {
      if (entry.error && !wanted.has(url)) this.loaded.delete(url); // to be tried again another time
    }
    this.start();
  }

  /** {value} or {error} when it has come, else undefined. */
  get(url) {
    const entry = this.loaded.get(url);
    if (entry && this.loaded.delete(url)) this.loaded.set(url, entry); // the last used is the last to go
    return entry;
  }

  /** Forget what failed, so that it is asked for again. */
  forgetErrors() {
    for (const [url, entry] of this.loaded) if (entry.error) this.loaded.delete(url);
  }

  wanted() {
    return new Set([...this.wants.values()].flat());
  }

  start() {
    for (const urls of this.wants.values()) {
      urls.forEach((url, urgency) => {
        const free = urgency === 0 || this.underway.size < this.lanes;
        if (free && !this.loaded.has(url) && !this.underway.has(url)) this.fetch(url);
      });
    }
  }

  async fetch(url) {
    const request = new AbortController();
    this.underway.set(url, request);
    const answer = this.read(url, request.signal);
    const entry = await answer.then((value) => ({ value }), (error) => ({ error: error.message }));
    if (request.signal.aborted) {
      if (entry.value) this.free(entry.value);
      return;
    }
    this.underway.delete(url);
    this.loaded.set(url, { ...entry, bytes: entry.value ? this.weigh(entry.value) : 0 });
    this.trim();
    this.start();
    for (const [owner, urls] of this.wants) if (urls.includes(url)) this.tell(owner);
  }

  trim() {
    const wanted = this.wanted();
    let bytes = [...this.loaded.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [url, entry] of this.loaded) {
      if (bytes <= this.room) return;
      if (wanted.has(url) || !entry.value) continue;
      this.loaded.delete(url);
      this.free(entry.value);
      bytes -= entry.bytes;
    }
  }
}

async function fetched(url, signal) {
  const response = await fetch(url, { signal }).catch((error) => {
    // Each browser words it differently.
    throw error.name === "TypeError" ? new Error("the server does not answer") : error;
  });
  if (response.ok) return response;
  const plain = response.headers.get("content-type")?.startsWith("text/plain");
  throw new Error((plain && (await response.text()).split("\n")[0]) || `the server answered ${response.status}`);
}

export const readBytes = async (url, signal) => (await fetched(url, signal)).arrayBuffer();

export async function readPicture(url, signal) {
  const response = await fetched(url, signal);
  const words = decodeURIComponent(response.headers.get("x-words") ?? ""); // how a stage describes itself
  return Object.assign(await createImageBitmap(await response.blob()), { words }); // decoded off the main thread
}
