// Sliders elsewhere on the page that change the boxes while they are dragged.
import { withQuery } from "./addresses.js";

const PAUSE = 300; // ms after the last event until neighbours are fetched again

/**
 * Apply the present parameters of a slider; they hold until Python sends others. The recall threshold asks for no
 * boxes: which objects are found is decided here.
 */
export function follow(v, { recall_iou: recall, ...setup }) {
  if (recall !== undefined) {
    v.filter.recall = Number(recall);
    v.refresh();
    return;
  }
  if (!v.message.live) return;
  v.overrides = { ...v.overrides, ...setup };
  want(v, withQuery(v.message.proposals, v.overrides));
  v.announcing = true;
  v.dragging = true;
  clearTimeout(v.pausing);
  v.pausing = setTimeout(() => {
    v.dragging = false;
    v.advance();
  }, PAUSE);
  v.advance();
}

/** Request the boxes of another setup; those already requested may still be shown before. */
export function want(v, setup) {
  if (setup === v.setup.wanted) return;
  v.setup.wanted = setup;
  v.startWaiting();
}

/** Send the sliders how long the boxes just painted took. */
export function announce(v) {
  if (!v.announcing) return;
  v.announcing = v.setup.isBehind;
  const wall = v.setup.ready ? null : (performance.now() - v.setup.since) / 1000; // null: it was in the browser already
  const detail = { seconds: v.data.seconds ?? null, wall };
  window.dispatchEvent(new CustomEvent("boxscope:answered", { detail }));
}

export function listenToSliders(viewers) {
  window.addEventListener("boxscope:live", ({ detail }) => {
    for (const v of viewers.values()) if (v.root?.isConnected && v.goal) v.follow(detail.setup);
  });
}
