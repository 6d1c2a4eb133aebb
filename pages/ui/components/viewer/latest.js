// Requests that follow a slider: one at a time, and of those that wait only the newest.

const PATIENCE = 150; // ms

/**
 * One request at a time, the newest waiting wins, and one that takes longer than PATIENCE is given up for it. To
 * abort at every event would never let an answer come while a slider is dragged.
 *
 * `asked` is what is asked for now, `since` then; `wanted` is what should be asked for next; `ready` says whether
 * what is asked for had been answered before.
 */
export class LatestRequest {
  constructor(what) {
    Object.assign(this, { asked: what, wanted: what, since: performance.now(), ready: false });
  }

  get isBehind() {
    return this.asked !== this.wanted;
  }

  /** Ask for what is wanted if it is time to; true when `asked` has changed. */
  proceed(isAnswered, now = performance.now()) {
    const { asked, wanted, since } = this;
    if (!this.isBehind || !(isAnswered(wanted) || isAnswered(asked) || now - since >= PATIENCE)) return false;
    Object.assign(this, { asked: wanted, since: now, ready: Boolean(isAnswered(wanted)) });
    return true;
  }

  /** Milliseconds until what is asked for is given up. */
  patienceLeft() {
    return Math.max(PATIENCE - (performance.now() - this.since), 0) + 1;
  }
}
