// The names of objects on the picture: of missed ones where there is room, and of the highlighted one.
import { iouText } from "../shared/iou.js";
import { drawTag, tagSize } from "./tags.js";
import { clamp, isOnCanvas } from "./view.js";

const MISSED = "#B3261E";
const FOUND = "#14161A";
const MOST = 200; // names: more could not be told apart, and finding room for them takes time

/**
 * Draw the names. An object is {g, rect, missed, alpha}; `highlighted` is the index of the one that is named in any
 * case, with its best IoU.
 */
export function drawNames(pen, scene, objects, highlighted) {
  const { data, appearance, size, ratio } = scene;
  const labels = [];
  const named = objects.find(({ g }) => g === highlighted);
  if (named && isOnCanvas(size, named.rect)) {
    labels.push(labelOf(scene, named, textOf(scene, named), objects, []));
  }
  const others = objects.filter(({ g, rect, missed }) => missed && g !== highlighted && isOnCanvas(size, rect));
  for (const object of appearance.names ? others.slice(0, MOST) : []) {
    const label = labelOf(scene, object, data.truthNames[object.g], objects, labels);
    if (label.isFree) labels.push(label);
  }
  for (const { rect, text, alpha, colour } of labels.reverse()) {
    pen.globalAlpha = alpha;
    drawTag(pen, rect, text, colour, ratio);
  }
}

/** Name, verdict, best IoU, and why it is missed. */
function textOf({ data, filtered, pending, reason }, { g, missed }) {
  const name = data.truthNames[g] ?? "object";
  if (pending) return name;
  const iou = `IoU ${iouText(filtered.objects[g].iou)}`;
  return [name, missed ? `missed, best ${iou}` : iou, missed && reason].filter(Boolean).join(" · ");
}

/** A label at the first position around an object, or in a large one, that covers no other object and no label. */
function labelOf({ size, ratio }, { g, rect, missed, alpha }, text, objects, labels) {
  const [left, top, w, h] = rect;
  const [[width, height], gap] = [tagSize(text, ratio), 5 * ratio];
  const others = [...objects.filter((o) => o.g !== g).map((o) => o.rect), ...labels.map((l) => l.rect)];
  const isFree = ([x, y]) =>
    x >= 0 && y >= 0 && x + width <= size.w && y + height <= size.h &&
    !others.some(([ox, oy, ow, oh]) => x < ox + ow && ox < x + width && y < oy + oh && oy < y + height);
  const columns = [left - 3 * ratio, left + w + 3 * ratio - width];
  const isLarge = w > 1.5 * width && h > 4 * height;
  const lines = [top - height - gap, top + h + gap, ...(isLarge ? [top + gap, top + h - height - gap] : [])];
  const positions = lines.flatMap((y) => columns.map((x) => [x, y]));
  const free = positions.find(isFree);
  const [[x0, y0]] = positions;
  const [x, y] = free ?? [clamp(x0, 0, Math.max(size.w - width, 0)), clamp(y0, 0, size.h - height)];
  return { rect: [x, y, width, height], text, alpha, colour: missed ? MISSED : FOUND, isFree: Boolean(free) };
}
