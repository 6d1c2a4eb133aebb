// Requests that follow a slider: one at a time, and of those that wait only the latest.

const PATIENCE = 150; // ms

/**
 * One request at a time; the latest waiting one is next, and a request that takes longer than PATIENCE is given up for
 * it. If every event aborted the request before, no answer would arrive while a slider is dragged.
 *
 * `asked` is what is requested at present, since the time `since`; `wanted` is what should be requested next; `ready`
 * says whether the answer to `asked` was there already.
 */
export class LatestRequest {
  constructor(what) {
    Object.assign(this, { asked: what, wanted: what, since: performance.now(), ready: false });
  }

  get isBehind() {
    return this.asked !== this.wanted;
  }

  /** Request what is wanted if it is its turn; true when `asked` has changed. */
  proceed(isAnswered, now = performance.now()) {
    const { asked, wanted, since } = this;
    if (!this.isBehind || !(isAnswered(wanted) || isAnswered(asked) || now - since >= PATIENCE)) return false;
    Object.assign(this, { asked: wanted, since: now, ready: Boolean(isAnswered(wanted)) });
    return true;
  }

  /** Milliseconds until the present request is given up. */
  patienceLeft() {
    return Math.max(PATIENCE - (performance.now() - this.since), 0) + 1;
  }
}
