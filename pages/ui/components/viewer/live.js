// Sliders elsewhere on the page that move the boxes while they are dragged.
import { advance, beLate } from "./frame.js";
import { withQuery } from "./store.js";

const CALM = 300; // ms after the last event until neighbours are fetched again

/** Parameters that a slider holds now; they stay until Python asks for another setup. */
function follow(v, setup) {
  v.overrides = { ...v.overrides, ...setup };
  want(v, withQuery(v.message.proposals, v.overrides));
  v.announcing = true;
  v.restless = true;
  clearTimeout(v.calming);
  v.calming = setTimeout(() => {
    v.restless = false;
    advance(v);
  }, CALM);
  advance(v);
}

/** Ask for the boxes of another setup; the one on its way may still be shown before. */
export function want(v, setup) {
  if (setup === v.setup.wanted) return;
  v.setup.wanted = setup;
  beLate(v);
}

/** Tell the sliders how long the boxes just painted took. */
export function announce(v) {
  if (!v.announcing) return;
  v.announcing = v.setup.asked !== v.setup.wanted;
  const wall = v.setup.ready ? null : (performance.now() - v.setup.since) / 1000; // null: it was in the browser
  const detail = { seconds: v.data.seconds ?? null, wall };
  window.dispatchEvent(new CustomEvent("boxscope:answered", { detail }));
}

export function listenToSliders(viewers) {
  window.addEventListener("boxscope:live", ({ detail }) => {
    for (const v of viewers.values()) if (v.root?.isConnected && v.goal) follow(v, detail.setup);
  });
}
