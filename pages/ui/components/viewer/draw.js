// One picture of the moment out of backdrop, boxes, objects and what is under the pointer.
//
// A scene is what a picture depends on: {data, pending, sifted, view, size, ratio, look, layer, show, hushed, hover,
// chosen, pinned, miss}. The same scene at another size is the saved picture.
import { matchOf } from "./answer.js";
import { drawBackdrop, sheets } from "./backdrop.js";
import { drawBoxes, drawLifted, drawLink } from "./boxes.js";
import { drawObjects } from "./objects.js";

const FADED = 0.3; // what is not under the pointer steps back

/** A canvas drawn anew only when `key` changes: 12 megapixels or 20,000 boxes at each hover would be felt. */
export class Kept {
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

export const newKept = () => ({ backdrop: new Kept(), boxes: new Kept() });

const placing = ({ view, size }) => [size.w, size.h, view.scale, view.x, view.y];

export const backdropKey = (scene, key) => [scene.data.image, key, ...placing(scene)];

export function backdropOf(scene, kept, held) {
  const { list, key } = sheets(scene, held);
  return kept.backdrop.draw(scene.size, backdropKey(scene, key), (ctx) => drawBackdrop(ctx, scene, list));
}

function boxesOf(scene, kept) {
  const { data, sifted, look, ratio } = scene;
  const key = [data, sifted, look.scale, look.weight, ratio, ...placing(scene)];
  return kept.boxes.draw(scene.size, key, (ctx) => drawBoxes(ctx, scene));
}

/** Draw the scene on a canvas. */
export function draw(ctx, scene, kept, held) {
  ctx.clearRect(0, 0, scene.size.w, scene.size.h);
  ctx.drawImage(backdropOf(scene, kept, held), 0, 0);
  drawOverlays(ctx, scene, (alpha) => {
    ctx.globalAlpha = alpha;
    ctx.drawImage(boxesOf(scene, kept), 0, 0);
    ctx.globalAlpha = 1;
  });
}

/** Boxes, then objects, then what is under the pointer or chosen. */
export function drawOverlays(pen, scene, boxes) {
  if (scene.hushed) return;
  const { data, sifted, show, hover, chosen, pinned } = scene;
  const fade = hover === null ? 1 : FADED;
  if (show.boxes) boxes(fade);
  if (show.truth) drawObjects(pen, scene, fade, matchOf(data.rows, hover));
  for (const rank of new Set([chosen, hover])) {
    if (rank === null || !show.boxes || !(sifted.shown[rank] || rank === pinned)) continue;
    if (rank === hover && show.truth) drawLink(pen, scene, rank);
    drawLifted(pen, scene, rank, rank === chosen);
  }
}

export const boxesDrawn = ({ sifted, show, hushed }) => (hushed || !show.boxes ? 0 : sifted.ranks.length);
