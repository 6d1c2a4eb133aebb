// From the image that is wanted to the one that is shown: what to fetch, and when all of it is there.
//
// `goal` is where the user is; `shown` and `data` are what the canvas shows. Boxes wait for their picture, so
// that the two are never mixed.
import { decodeAnswer, decodeQueue } from "./answer.js";
import { backdropKey } from "./draw.js";
import { sheets, sharper } from "./backdrop.js";
import { announce } from "./live.js";
import { finishSaving } from "./save.js";
import { measure, paint, refresh, repaint, sceneOf, shape } from "./paint.js";
import { chase, patienceLeft, readBytes, readPicture, Store, tidy, withQuery } from "./store.js";
import { FIT, settle, shareOf, viewOf } from "./view.js";
import { refreshControls } from "./toolbar.js";
import { sought, takeSteps } from "./walk.js";

const LATE = 250; // ms without boxes until the picture is shown without them
const SLOW = 1; // s: a proposer that takes longer is not run ahead for the neighbours
const MB = 2 ** 20;

export const read = (decode) => async (url, signal) => decode(await readBytes(url, signal), url);
const bitmaps = { read: readPicture, weigh: ({ width, height }) => 4 * width * height, free: (b) => b.close() };
const tables = { read: read(decodeAnswer), weigh: ({ bytes }) => 2 * bytes };
const orders = { read: read(decodeQueue), weigh: ({ images }) => 40 * images.length };
const answers = new Store({ room: 48 * MB, lanes: 4, tell: advance, ...tables });
const queues = new Store({ room: 32 * MB, lanes: 1, tell: advance, ...orders });
const pictures = new Store({ room: 96 * MB, lanes: 4, tell: advance, ...bitmaps });
const tiles = new Store({ room: 96 * MB, lanes: 6, tell: advance, ...bitmaps });

export const errorOf = (url) => pictures.get(url)?.error;
export const held = (url) => (pictures.get(url) ?? tiles.get(url))?.value;
export const queueOf = (v) => (v.queue ? queues.get(v.queue) ?? queues.get(v.formerQueue) : { error: "no queue" });
export const answerOf = (v, image) => answers.get(addressOf(v, image));
export const placeOf = (v, image) => queueOf(v)?.value?.places.get(image) ?? null;

const addressOf = (v, image, setup = v.setup.asked) => tidy(setup.replace("{image}", image));
const sketchOf = (address) => withQuery(address, { boxes: 0 }); // picture and truth, and nobody proposes anything

/** Something has come, or something else is wanted: fetch and show accordingly. */
export function advance(v) {
  if (!v.root || !v.goal) return;
  takeSteps(v);
  const address = addressOf(v, v.goal.image);
  const frame = frameOf(v, address);
  demand(v, address, frame?.data);
  const ready = frame && (!frame.data.screen || pictures.get(frame.data.screen));
  if (ready) show(v, frame);
  const settled = (setup) => answers.get(addressOf(v, v.goal.image, setup));
  if (chase(v.setup, settled)) {
    beLate(v);
    advance(v);
    return;
  }
  followLayer(v);
  finishSaving(v);
  clearTimeout(v.impatience);
  const pending = [v.setup, v.layer.pursuit].filter(({ asked, wanted }) => asked !== wanted);
  if (pending.length) v.impatience = setTimeout(advance, Math.min(...pending.map(patienceLeft)), v);
  const waiting = !ready || !(frame.whole || frame.error) || v.setup.asked !== v.setup.wanted;
  v.root.classList.toggle("waiting", waiting);
  v.root.classList.toggle("away", v.shown?.image !== v.goal.image);
}

/** Ask again for what failed: the server may have come back. */
export function retry() {
  for (const store of [answers, queues, pictures]) store.forgive();
}

/** Begin to wait for an answer. */
export function beLate(v) {
  v.late = false;
  clearTimeout(v.lateness);
  v.lateness = setTimeout(() => {
    v.late = true;
    advance(v);
  }, LATE);
}

/** What could be shown of an address now: {data, whole, error}, or undefined. */
function frameOf(v, address) {
  const answer = answers.get(address);
  if (answer?.value) return { data: answer.value, whole: true, error: answer.value.error };
  const sketch = needsSketch(v, answer) && answers.get(sketchOf(address));
  const error = answer?.error ?? null;
  if (sketch?.value) return { data: sketch.value, whole: false, error: error ?? sketch.value.error };
  return error && sketch?.error ? { data: v.blank ??= blank(v), whole: false, error } : undefined;
}

const needsSketch = (v, answer) => Boolean(answer ? answer.error : v.late && v.shown?.image !== v.goal.image);

/** An image of which nothing is known but its number: a grey ground of the size of the one before. */
function blank({ goal: { image }, data }) {
  const rows = { rows: new Float32Array(0), order: new Int32Array(0), classes: new Uint8Array(0), count: 0 };
  const truth = { truth: [], truthNames: [], crowds: [], records: [], rule: { iou: 0.5, inclusive: false } };
  const { width = 3, height = 2 } = data ?? {};
  return { ...rows, ...truth, image, name: `image ${image}`, width, height, screen: null };
}

function demand(v, address, data) {
  const near = neighbours(v).map((image) => addressOf(v, image)).map(isQuick(v) ? (each) => each : sketchOf);
  const sketch = needsSketch(v, answers.get(address)) ? [sketchOf(address)] : [];
  if (queues.get(v.queue)?.value) v.formerQueue = v.queue; // stays in use while a newer order is on its way
  queues.want(v, [v.queue, v.formerQueue].filter(Boolean));
  answers.want(v, [address, ...sketch, ...sought(v).map((image) => addressOf(v, image)), ...near]);

  const scenes = v.data && v.view ? [sceneOf(v), ...(v.saving ? [v.saving] : [])] : [];
  const more = scenes.map((scene) => sharper(scene, held(scene.data.screen)));
  const { asked } = v.layer.pursuit;
  const ahead = near.map((each) => answers.get(each)?.value?.screen);
  const now = [data?.screen, v.data?.screen, ...more.map(({ full }) => full), asked, v.layer.shown];
  pictures.want(v, [...now, ...ahead].filter(Boolean));
  tiles.want(v, more.flatMap((each) => each.tiles.map(({ url }) => url)));
}

/** Whether the proposer is known to answer soon; a slow one that ran ahead would keep what is wanted now waiting. */
const isQuick = (v) => v.data?.address === addressOf(v, v.data?.image) && v.data.seconds < SLOW;

/** The next two images and the one before; none while a slider is dragged. */
function neighbours(v) {
  const place = placeOf(v, v.goal.image);
  if (place === null || !v.data || v.restless || !v.setup.asked.includes("{image}")) return [];
  return [1, 2, -1].map((step) => queueOf(v).value.images[place + step]).filter((image) => image !== undefined);
}

/** Whether all that a scene could show has come. */
export const isSharp = (scene) => {
  const { full, tiles: wanted } = sharper(scene, held(scene.data.screen));
  return (!full || pictures.get(full)) && wanted.every(({ url }) => tiles.get(url));
};

function show(v, frame) {
  const index = placeOf(v, v.goal.image) ?? v.goal.index;
  if (frame.data === v.data && frame.error === v.error && v.shown.index === index) {
    const { key } = sheets(sceneOf(v), held);
    const { key: painted } = v.kept.backdrop;
    if (backdropKey(sceneOf(v), key).some((part, i) => part !== painted[i])) repaint(v);
    return;
  }
  const [old, before, { data }] = [v.data, v.size, frame];
  const same = old && old.image === data.image && old.width === data.width && old.height === data.height;
  if (old?.image !== data.image) Object.assign(v, { miss: null, hover: null });
  Object.assign(v.layer, same ? {} : { shown: null });
  const pending = !frame.whole || Boolean(frame.error);
  Object.assign(v, { data, error: frame.error, pending, shown: { image: data.image, index } });
  shape(v);
  measure(v);
  const keep = old && v.view && (same || v.look.keepZoom);
  v.view = keep ? viewOf(shareOf(v.view, before, old), v.size, data, v.ratio) : settle(FIT, v.size, data, v.ratio);
  refresh(v);
  paint(v);
  if (frame.whole || frame.error) announce(v);
  takeSteps(v);
  demand(v, addressOf(v, v.goal.image), data); // the view tells now which pixels are wanted
}

/** The stage to draw over the picture, {url, opacity}, or null. */
export const layerOf = (v) => (v.layer.shown && v.layer.on ? { url: v.layer.shown, opacity: v.layer.opacity } : null);

function followLayer(v) {
  const { layer } = v;
  layer.pursuit.wanted = layerAddress(v);
  const changed = chase(layer.pursuit, (url) => !url || pictures.get(url));
  const { asked } = layer.pursuit;
  const shown = asked && held(asked) ? asked : asked && layer.shown;
  if (shown !== layer.shown) {
    layer.shown = shown;
    refreshControls(v);
    repaint(v);
  }
  if (asked && pictures.get(asked)?.error) v.note(`stage: ${pictures.get(asked).error}`);
  if (changed) advance(v);
}

function layerAddress(v) {
  const layer = v.layers[v.layer.number];
  const known = layer && (layer.url.includes("{image}") || v.shown?.image === v.message.image);
  if (!known || !v.layer.on || !v.data) return null;
  const url = withQuery(layer.url.replace("{image}", v.shown.image), v.overrides);
  return tidy(layer.merges ? withQuery(url, { merge: v.layer.merges[v.layer.number] ?? 0 }) : url);
}
