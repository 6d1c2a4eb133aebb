// From the image that the user is at to the one that is shown: when it is ready, and what is shown until then.
//
// `goal` is the image that the user is at; `shown` and `data` are what the canvas shows. Boxes wait for their picture,
// so that boxes of one image are never drawn over another.
import { bitmapsOf } from "./backdrop.js";
import { applyLinkedZoom } from "./display.js";
import { backdropKey } from "./draw.js";
import {
  addressOf, answerAt, bitmapAt, demand, indexOf, maskAddress, needsTruthAlone, pictureAt, removedOf, stageAddress, truthAt,
} from "./fetching.js";
import { sceneOf } from "./scene.js";
import { widened } from "./scores.js";
import { FIT, nearestAllowed, relativeView, viewOfRelative } from "./view.js";

const LATE = 250; // ms without boxes until the picture is shown without them

/** Something has been fetched, or something else is wanted: fetch and show accordingly. */
export function advance(v) {
  if (!v.root || !v.goal) return;
  v.takeSteps();
  const address = addressOf(v, v.goal.image);
  const refused = refusal(v, address);
  if (refused !== v.refused) v.note(refused);
  v.refused = refused;
  const frame = refused ? { data: v.data, complete: !v.pending, error: v.error } : frameOf(v, address);
  demand(v, frame?.data);
  const ready = frame && (!frame.data.screen || pictureAt(frame.data.screen));
  if (ready) show(v, frame);
  if (v.setup.proceed((setup) => answerAt(addressOf(v, v.goal.image, setup)))) {
    v.startWaiting();
    advance(v);
    return;
  }
  followLayer(v);
  followRemoved(v);
  followMask(v);
  v.finishSaving();
  clearTimeout(v.retryTimer);
  const pending = [v.setup, v.layer.request].filter(({ isBehind }) => isBehind);
  if (pending.length) v.retryTimer = setTimeout(advance, Math.min(...pending.map((each) => each.patienceLeft())), v);
  const waiting = !ready || !(frame.complete || frame.error) || v.setup.isBehind;
  v.root.classList.toggle("waiting", waiting);
  v.root.classList.toggle("away", v.shown?.image !== v.goal.image);
}

/** Start waiting for an answer. */
export function startWaiting(v) {
  v.late = false;
  clearTimeout(v.lateTimer);
  v.lateTimer = setTimeout(() => {
    v.late = true;
    advance(v);
  }, LATE);
}

/**
 * Why a setting that a slider tries has no boxes, where those of the last valid one are shown: they stay. Null where it
 * has some.
 */
function refusal(v, address) {
  const isTried = v.data && v.shown.image === v.goal.image && Object.keys(v.overrides).length > 0;
  return (isTried && answerAt(address)?.error) || null;
}

/** What can be shown of an address at present: {data, complete, error}, or undefined. */
function frameOf(v, address) {
  const answer = answerAt(address);
  if (answer?.value) return { data: answer.value, complete: true, error: answer.value.error };
  const truth = needsTruthAlone(v, answer) && truthAt(address);
  const error = answer?.error ?? null;
  if (truth?.value) return { data: truth.value, complete: false, error: error ?? truth.value.error };
  return error && truth?.error ? { data: v.blank ??= blank(v), complete: false, error } : undefined;
}

/** An image of which only the id is known: a grey area of the size of the one before. */
function blank({ goal: { image }, data }) {
  const none = { range: null, scores: null, isFalling: true, categoryOf: () => "" };
  const rows = { rows: new Float32Array(0), order: new Int32Array(0), classes: new Uint8Array(0), count: 0, ...none };
  const truth = { truth: [], truthNames: [], crowds: [], records: [], rule: { iou: 0.5, inclusive: false } };
  const { width = 3, height = 2 } = data ?? {};
  return { ...rows, ...truth, image, name: `image ${image}`, width, height, screen: null };
}

function show(v, frame) {
  const index = indexOf(v, v.goal.image) ?? v.goal.index;
  if (frame.data === v.data && frame.error === v.error && v.shown.index === index) repaintBackdrop(v);
  else replace(v, frame, index);
}

/** Paint again where the bitmaps under the boxes differ from those painted. */
function repaintBackdrop(v) {
  const scene = sceneOf(v);
  const painted = v.caches.backdrop.key;
  if (backdropKey(scene, bitmapsOf(scene, bitmapAt).key).some((part, i) => part !== painted[i])) v.repaint();
}

/** Show another image, or other boxes on the same one. */
function replace(v, { data, complete, error }, index) {
  const [old, before] = [v.data, v.size];
  const same = old && old.image === data.image && old.width === data.width && old.height === data.height;
  if (old?.image !== data.image) Object.assign(v, { miss: null, hover: null, object: -1 });
  Object.assign(v, { asked: null, second: null, removed: null, pointed: null });
  if (!same) Object.assign(v, { mask: null });
  if (!same) v.layer.shown = null;
  v.scoreRange = widened(v.scoreRange, data);
  Object.assign(v, { data, error, pending: !complete || Boolean(error), shown: { image: data.image, index } });
  // A canvas that has its size is measured by the observer in element.js: here it would lay out the page in mid-script.
  if (v.canvas.width !== v.size.w || v.canvas.height !== v.size.h) v.measureCanvas();
  const keep = old && v.view && (same || v.appearance.keepZoom);
  v.isViewFromLink &&= same;
  if (!applyLinkedZoom(v)) {
    v.view = keep
      ? viewOfRelative(relativeView(v.view, before, old), v.size, data, v.ratio)
      : nearestAllowed(FIT, v.size, data, v.ratio);
  }
  v.refresh(true);
  if (complete || error) v.announce();
  v.takeSteps();
  demand(v, data); // the view is known now, and with it which pixels are wanted
}

/** Show the removed boxes as soon as they have been fetched. */
function followRemoved(v) {
  const removed = removedOf(v)?.value ?? null;
  if (removed === v.removed) return;
  v.removed = removed;
  v.refreshControls();
  v.point();
  v.repaint();
}

/** Show the masks of the objects as soon as they have been fetched. */
function followMask(v) {
  const asked = maskAddress(v);
  const mask = asked && bitmapAt(asked) ? asked : null;
  if (asked && pictureAt(asked)?.error) v.note(`masks: ${pictureAt(asked).error}`);
  if (mask === v.mask) return;
  v.mask = mask;
  v.repaint();
}

/** Show the chosen stage as soon as it has been fetched, and until then the one before. */
function followLayer(v) {
  const { request } = v.layer;
  request.wanted = stageAddress(v);
  const changed = request.proceed((url) => !url || pictureAt(url));
  const { asked } = request;
  const shown = asked && bitmapAt(asked) ? asked : asked && v.layer.shown;
  if (shown !== v.layer.shown) {
    v.layer.shown = shown;
    v.refreshControls();
    v.repaint();
  }
  if (asked && pictureAt(asked)?.error) v.note(`intermediate result: ${pictureAt(asked).error}`);
  if (changed) advance(v);
}
