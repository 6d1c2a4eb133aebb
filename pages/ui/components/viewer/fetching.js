// What is fetched: proposals, the order of images, pictures, tiles and stages, each under its address.
//
// The stores are shared by all viewers of the page. They call back the viewer that wanted what has been fetched.
import { decodeQueue, imageAt, indexOfImage } from "../shared/queue.js";
import { unpackHead } from "../shared/tables.js";
import { normalised, withQuery } from "./addresses.js";
import { decodeAnswer, decodeOrigins } from "./answer.js";
import { missingPixels } from "./backdrop.js";
import { firstCounted, objectsOf } from "./filter.js";
import { decodeRemoved } from "./removed.js";
import { sceneOf } from "./scene.js";
import { readBytes, readPicture, Store } from "./store.js";

const SLOW = 1; // s: a proposer that takes longer is not run in advance for the neighbours
const LARGE = 8e6; // pixels: decoding them takes some 0.2 s of a processor
const SEEK_AHEAD = 3; // images searched for a miss at a time
const MB = 2 ** 20;

const reading = (decode) => async (url, signal) => decode(await readBytes(url, signal), url);
const advance = (v) => v.advance();
const bitmaps = { read: readPicture, sizeOf: ({ width, height }) => 4 * width * height, free: (b) => b.close() };
const tables = { read: reading(decodeAnswer), sizeOf: ({ bytes }) => 2 * bytes };
const orders = { read: reading(decodeQueue), sizeOf: ({ count }) => 8 * count };
const removedTables = { read: reading(decodeRemoved), sizeOf: ({ bytes }) => bytes };
const reasonTables = { read: reading((buffer) => unpackHead(buffer).head), sizeOf: ({ reasons: { length } }) => 20 * length };
const originTables = { read: reading(decodeOrigins), sizeOf: ({ bytes }) => bytes };
const answers = new Store({ capacity: 48 * MB, connections: 4, notify: advance, ...tables });
const queues = new Store({ capacity: 32 * MB, connections: 1, notify: advance, ...orders });
const pictures = new Store({ capacity: 96 * MB, connections: 4, notify: advance, ...bitmaps });
const tiles = new Store({ capacity: 96 * MB, connections: 6, notify: advance, ...bitmaps });
const reasons = new Store({ capacity: MB, connections: 1, notify: (v) => v.repaint(), ...reasonTables });
const removed = new Store({ capacity: 8 * MB, connections: 1, notify: advance, ...removedTables });
const origins = new Store({ capacity: 8 * MB, connections: 1, notify: (v) => v.point(), ...originTables });

// ---- addresses

/** The address of the proposals of an image. */
export const addressOf = (v, image, setup = v.setup.asked) => normalised(setup.replace("{image}", image));

/** The address of its picture and ground truth alone: no proposer is run. */
const truthAddress = (address) => withQuery(address, { boxes: 0 });

/** The address of the picture of the chosen stage, or null. */
export function stageAddress(v) {
  const { number, on, merges } = v.layer;
  const layer = v.layers[number];
  const known = layer && (layer.url.includes("{image}") || v.shown?.image === v.message.image);
  if (!known || !on || !v.data) return null;
  const url = withQuery(layer.url.replace("{image}", v.shown.image), v.overrides);
  return normalised(layer.merges ? withQuery(url, { merge: merges[number] ?? 0 }) : url);
}

/** The address of the masks of the objects that are shown, or null. */
export function maskAddress({ show, message, shown, data }) {
  return show.mask && message?.mask && data ? normalised(message.mask.replace("{image}", shown.image)) : null;
}

// ---- what has been fetched: {value} or {error}, or undefined

export const answerAt = (address) => answers.get(address);
export const answerOf = (v, image) => answers.get(addressOf(v, image));
export const truthAt = (address) => answers.get(truthAddress(address));
export const queueOf = (v) => (v.queue ? queues.get(v.queue) ?? queues.get(v.formerQueue) : { error: "no queue" });

/** The index of an image in the queue, null where it is not known. */
export function indexOf(v, image) {
  const queue = queueOf(v)?.value;
  const index = queue ? indexOfImage(queue, image) : -1;
  return index < 0 ? null : index;
}

export const pictureAt = (url) => pictures.get(url);
export const bitmapAt = (url) => (pictures.get(url) ?? tiles.get(url))?.value;
export const hasPicture = (v) => Boolean(bitmapAt(v.data.screen));

/** Whether the boxes of the image that the user is at are shown. */
export const isComplete = (v) => v.data && answerOf(v, v.goal.image)?.value === v.data;

/** Whether all that a scene could show has been fetched. */
export function isSharp(scene) {
  const { full, tiles: wanted } = missingPixels(scene, bitmapAt(scene.data.screen));
  return (!full || pictures.get(full)) && wanted.every(({ url }) => tiles.get(url));
}

/**
 * The step of the proposer that a box comes from, as text; undefined until it is fetched and where there is none.
 * Fetched with the first card of an image, since few images have one opened.
 */
export function originOf(v, rank) {
  const address = withQuery(v.data.address, { origins: 1 });
  origins.want(v, [address]);
  return origins.get(address)?.value?.textOf(rank);
}

/** The address of the boxes that were removed, where they are shown and those that are left are known; or null. */
const removedAddress = (v) => (v.show.removed && isComplete(v) ? withQuery(v.data.address, { removed: 1 }) : null);

/** {value} or {error} of the boxes that were removed; undefined until they are fetched and where they are not shown. */
export const removedOf = (v) => removed.get(removedAddress(v));

/** Why an object is missed; undefined until it is fetched, with the first missed object that is named. */
export function reasonOf(v, g) {
  const { top, recall: recall_iou } = v.filter;
  const isLimited = v.data.scores && v.filter.score !== null;
  const shown = isLimited ? firstCounted(v.data, v.filter) : top;
  if (isLimited && objectsOf(v.data, { ...v.filter, score: null })[g].found) return "score too low";
  if (isLimited && !shown) return undefined; // the others are of a number of first proposals
  const address = withQuery(v.data.address, { reasons: 1, shown, recall_iou });
  reasons.want(v, [address]);
  return reasons.get(address)?.value?.reasons[g];
}

// ---- what is wanted

const isElsewhere = (v) => v.shown?.image !== v.goal.image;

/** Whether the picture is shown without its boxes: they failed, or are late. */
export const needsTruthAlone = (v, answer) => Boolean(answer ? answer.error : v.late && isElsewhere(v));

/** List what the viewer needs now, and what it may need next; `data` is what can be shown at present. */
export function demand(v, data) {
  const address = addressOf(v, v.goal.image);
  const adjacent = inTurn(v, neighbours(v).map((image) => addressOf(v, image)).map(isQuick(v) ? (each) => each : truthAddress));
  const answer = answers.get(address);
  const truth = (answer ? answer.error : isElsewhere(v)) ? [truthAddress(address)] : [];
  if (queues.get(v.queue)?.value) v.formerQueue = v.queue; // stays in use until a newer order has been fetched
  queues.want(v, [v.queue, v.formerQueue].filter(Boolean));
  removed.want(v, [removedAddress(v)].filter(Boolean));
  answers.want(v, [address, ...truth, ...searched(v).map((image) => addressOf(v, image)), ...adjacent]);

  const scenes = v.data && v.view ? [sceneOf(v), ...(v.saving ? [v.saving] : [])] : [];
  const more = scenes.map((scene) => missingPixels(scene, bitmapAt(scene.data.screen)));
  const stages = [v.layer.request.asked, v.layer.shown, maskAddress(v)];
  const ahead = adjacent.map((each) => answers.get(each)?.value?.screen);
  // The picture comes beside the boxes, not after them.
  const early = truth.map((each) => answers.get(each)?.value?.screen);
  const now = [data?.screen, ...early, v.data?.screen, ...more.map(({ full }) => full), ...stages];
  pictures.want(v, [...now, ...ahead].filter(Boolean));
  tiles.want(v, more.flatMap((each) => each.tiles.map(({ url }) => url)));
}

/** Fetch again what failed: the server may be back. */
export function retry() {
  for (const store of [answers, queues, pictures]) store.forgetErrors();
}

/** Whether the proposer is known to be quick; a slow one that ran in advance would delay what is wanted now. */
const isQuick = (v) => v.data?.address === addressOf(v, v.data?.image) && v.data.seconds < SLOW;

/**
 * The next two images and the one before; none while a slider is dragged. While an image is awaited they stay those of
 * the one that is shown: others would delay it.
 */
function neighbours(v) {
  const index = indexOf(v, v.goal.image);
  if (index === null || !v.data || v.dragging || !v.setup.asked.includes("{image}")) return [];
  if (isElsewhere(v)) return v.near ?? [];
  v.near = [1, 2, -1].map((step) => imageAt(queueOf(v).value, index + step)).filter((image) => image !== undefined);
  return v.near;
}

/**
 * Those of the neighbours' addresses to fetch now: of large pictures one at a time, which leaves a processor to what is
 * asked for, and no other one while an image is awaited.
 */
function inTurn(v, adjacent) {
  if (!v.data || v.data.width * v.data.height < LARGE) return adjacent;
  const next = adjacent.findIndex((each) => !answers.get(each));
  if (!isElsewhere(v)) v.turn = next < 0 ? adjacent.length : next + 1;
  return adjacent.slice(0, v.turn);
}

/** The images whose answers a search for misses wants now. */
function searched(v) {
  if (!v.seek) return [];
  const queue = queueOf(v).value;
  const indexes = Array.from({ length: SEEK_AHEAD }, (_, i) => v.seek.index + i * v.seek.direction);
  return indexes.map((index) => imageAt(queue, index)).filter((image) => image !== undefined);
}
