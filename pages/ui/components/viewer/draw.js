// Drawing a scene: backdrop, boxes, objects and what is under the pointer.
//
// A scene, see scene.js, is all that a drawing depends on. The same scene at another size is the saved picture.
import { bitmapsOf, drawBackdrop } from "./backdrop.js";
import { drawBoxes, drawHighlighted, drawLink } from "./boxes.js";
import { drawNames } from "./labels.js";
import { drawObjects } from "./objects.js";
import { drawPointed } from "./removed.js";
import { namedObject } from "./scene.js";

const FADED = 0.3; // alpha of what is not highlighted

/** A canvas drawn again only when `key` changes: 12 megapixels or 20,000 boxes at each hover would be slow. */
class CachedCanvas {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.key = [];
  }

  draw({ w, h }, key, act) {
    if (key.length === this.key.length && key.every((part, i) => part === this.key[i])) return this.canvas;
    this.key = key;
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    const ctx = this.canvas.getContext("2d");
    ctx.clearRect(0, 0, w, h);
    act(ctx);
    return this.canvas;
  }
}

export const newCaches = () => ({ backdrop: new CachedCanvas(), boxes: new CachedCanvas() });

const positionOf = ({ view, size }) => [size.w, size.h, view.scale, view.x, view.y];

export const backdropKey = (scene, key) => [scene.data.image, key, ...positionOf(scene)];

export function backdropOf(scene, caches, bitmapAt) {
  const { list, key } = bitmapsOf(scene, bitmapAt);
  return caches.backdrop.draw(scene.size, backdropKey(scene, key), (ctx) => drawBackdrop(ctx, scene, list));
}

function boxesOf(scene, caches) {
  const { data, filtered, removed, appearance, scoreRange, ratio, edged } = scene;
  const style = [appearance.scale, appearance.weight, scoreRange];
  const key = [data, filtered, removed, ...style, ratio, edged, ...positionOf(scene)];
  return caches.boxes.draw(scene.size, key, (ctx) => drawBoxes(ctx, scene));
}

/** Draw the scene on a canvas. */
export function draw(ctx, scene, caches, bitmapAt) {
  ctx.clearRect(0, 0, scene.size.w, scene.size.h);
  ctx.drawImage(backdropOf(scene, caches, bitmapAt), 0, 0);
  drawOverlays(ctx, scene, (alpha) => {
    ctx.globalAlpha = alpha;
    ctx.drawImage(boxesOf(scene, caches), 0, 0);
    ctx.globalAlpha = 1;
  });
}

/** Boxes, then objects, then what is highlighted or chosen, then names. */
export function drawOverlays(pen, scene, boxes) {
  if (scene.hidden) return;
  const { filtered, show, asked, highlight, chosen, second, pinned, pointed } = scene;
  const fade = asked || highlight.rank !== null || pointed ? FADED : 1;
  if (show.boxes) boxes(fade);
  const objects = show.truth && drawObjects(pen, scene, fade);
  const named = [pinned, asked?.rank, pointed?.by]; // drawn even where the filter hides them
  for (const rank of new Set([chosen, second, highlight.rank])) {
    const isShown = rank !== null && show.boxes && (filtered.shown[rank] || named.includes(rank));
    if (!isShown) continue;
    if (rank === highlight.rank && show.truth && !pointed) drawLink(pen, scene, rank, highlight.object);
    drawHighlighted(pen, scene, rank, rank === chosen || rank === second);
  }
  if (pointed) drawPointed(pen, scene, pointed);
  if (!objects) return;
  // Last, so that no line crosses a name.
  drawNames(pen, scene, objects, namedObject(scene));
  pen.globalAlpha = 1;
}

/** How many boxes are drawn. */
export const boxesDrawn = ({ filtered, show, hidden }) => (hidden || !show.boxes ? 0 : filtered.ranks.length);
