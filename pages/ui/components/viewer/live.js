// Sliders elsewhere on the page that move the boxes while they are dragged.
import { withQuery } from "./addresses.js";

const CALM = 300; // ms after the last event until neighbours are fetched again

/** Take parameters that a slider has now; they stay until Python asks for another setup. */
export function follow(v, setup) {
  v.overrides = { ...v.overrides, ...setup };
  want(v, withQuery(v.message.proposals, v.overrides));
  v.announcing = true;
  v.dragging = true;
  clearTimeout(v.calming);
  v.calming = setTimeout(() => {
    v.dragging = false;
    v.advance();
  }, CALM);
  v.advance();
}

/** Ask for the boxes of another setup; the one on its way may still be shown before. */
export function want(v, setup) {
  if (setup === v.setup.wanted) return;
  v.setup.wanted = setup;
  v.startWaiting();
}

/** Tell the sliders how long the boxes just painted took. */
export function announce(v) {
  if (!v.announcing) return;
  v.announcing = v.setup.isBehind;
  const wall = v.setup.ready ? null : (performance.now() - v.setup.since) / 1000; // null: it was in the browser
  const detail = { seconds: v.data.seconds ?? null, wall };
  window.dispatchEvent(new CustomEvent("boxscope:answered", { detail }));
}

export function listenToSliders(viewers) {
  window.addEventListener("boxscope:live", ({ detail }) => {
    for (const v of viewers.values()) if (v.root?.isConnected && v.goal) v.follow(detail.setup);
  });
}
