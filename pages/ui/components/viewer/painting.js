// When and how the viewer's state is painted.
import { put } from "../shared/dom.js";
import { orderByScore, rankOf } from "./answer.js";
import { isEdged } from "./boxes.js";
import { sendDisplay } from "./display.js";
import { boxesDrawn, draw } from "./draw.js";
import { bitmapAt, hasPicture, isComplete, pictureAt, reasonOf } from "./fetching.js";
import { compareFigures, showRange } from "./figures.js";
import { applyFilter } from "./filter.js";
import { whenIdle } from "./idle.js";
import { isByScore } from "./scale.js";
import { namedObject, sceneOf } from "./scene.js";
import { showSearch } from "./searching.js";
import { errorText, summary } from "./texts.js";
import { viewOfBox } from "./view.js";

const REST = 150; // ms

/** The filter or the data has changed: apply the filter, and update all that shows it; `isNow` paints without waiting. */
export function refresh(v, isNow = false) {
  if (!v.data) return;
  if (v.selecting && isComplete(v)) {
    v.selecting = false;
    v.mark(v.requestedRank);
  }
  v.filtered = applyFilter(v.data, v.filter, isByScore(v) ? orderByScore(v.data) : v.data.order);
  v.chosen = v.picked && v.picked.image === v.data.image ? rankOf(v.data, v.picked.box) : null;
  v.refreshControls();
  put(v.root.querySelector("#description"), "textContent", summary({ ...v, hasPicture: hasPicture(v) }));
  v.point();
  if (isNow) paint(v);
  else repaint(v);
  compareFigures(v); // after the paint: text on the canvas computes the styles of all that has changed so far
  showRange(v);
  if (!v.enlarging) return;
  v.enlarging = false;
  v.setView(viewOfBox(v.picked.box, v.size, v.data, v.ratio));
}

/** Show ground truth, boxes or removed boxes, or none of them. */
export function switchShown(v, what, on) {
  v.show[what] = on;
  v.advance(); // what has not been shown before has to be fetched
  v.refresh();
}

/** Why the object that is named is missed; undefined where it is found, or not known yet. */
const missReason = (v, g) =>
  isComplete(v) && v.show.truth && v.filtered.objects[g] && !v.filtered.objects[g].found ? reasonOf(v, g) : undefined;

/** Paint with the next frame of the browser. */
export function repaint(v) {
  v.animation ||= requestAnimationFrame(() => paint(v));
}

/** Paint again once filter and view have rested: then many boxes have edges, too. */
function awaitRest(v) {
  const { resting, filtered, view } = v;
  if (resting.filtered === filtered && resting.view === view) return;
  clearTimeout(resting.timer);
  Object.assign(resting, { filtered, view, isAtRest: false });
  if (isEdged(filtered, false) === isEdged(filtered, true)) return;
  resting.timer = setTimeout(() => {
    resting.isAtRest = true;
    repaint(v);
  }, REST);
}

export function paint(v) {
  cancelAnimationFrame(v.animation);
  v.animation = 0;
  if (!v.data) return;
  awaitRest(v);
  const scene = sceneOf(v);
  scene.reason = missReason(v, namedObject(scene));
  draw(v.ctx, scene, v.caches, bitmapAt);
  const picture = v.data.screen ? pictureAt(v.data.screen) : { error: v.error };
  if (picture) v.pictureError = picture.error; // while a failed picture is fetched again, its error stays
  v.notice(errorText(v, v.pictureError));
  showSearch(v);
  v.painted += 1;
  if (!v.reported) whenIdle(() => v.send("painted", true)); // see on_painted_change in Python
  v.reported = true;
  const facts = { boxes: boxesDrawn(scene), selected: v.chosen ?? "", second: v.second ?? "", reason: scene.reason ?? "", removed: v.removed?.count ?? "", score: v.filter.score ?? "", highlight: scene.highlight.rank ?? "" };
  Object.assign(v.root.dataset, v.shown, facts, { painted: v.painted });
  sendDisplay(v);
}
