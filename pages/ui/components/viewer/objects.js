// Drawing the ground truth: found objects, missed ones and crowd regions.
import { EDGE, MISSED } from "colours";
import { clamp, toCanvas } from "./view.js";

/** Draw the outlines; `fade` is the alpha of what is not highlighted. Returns the objects as drawNames() takes them. */
export function drawObjects(pen, scene, fade) {
  const { data, pending, filtered, view, ratio, highlight, miss } = scene; // pending: which objects are found is not known yet
  for (const box of data.crowds) drawCrowd(pen, toCanvas(view, box), fade, ratio);
  const objects = data.truth.map((box, g) => {
    const missed = !pending && !filtered.objects[g].found;
    return { g, rect: toCanvas(view, box), missed, alpha: g === highlight.object || g === miss ? 1 : fade };
  });
  for (const { g, rect, missed, alpha } of objects) {
    pen.globalAlpha = alpha;
    if (missed) drawMissed(pen, rect, g === miss, ratio);
    else drawBrackets(pen, rect, "#fff", ratio);
  }
  pen.globalAlpha = 1;
  return objects;
}

function stroke(pen, width, colour) {
  Object.assign(pen, { lineWidth: Math.round(width), strokeStyle: colour, lineCap: "square" });
  pen.stroke();
  pen.lineCap = "butt"; // a square cap would lengthen dashes
}

/** Four corner brackets just inside a rectangle, with a dark edge. */
function drawBrackets(pen, [left, top, w, h], colour, ratio) {
  const arm = clamp(0.25 * Math.min(w, h), 7 * ratio, 26 * ratio);
  const inset = 2.5 * ratio;
  const [right, bottom] = [left + w, top + h];
  pen.beginPath();
  const ends = [[left, top, 1, 1], [right, top, -1, 1], [left, bottom, 1, -1], [right, bottom, -1, -1]];
  for (const [x, y, dx, dy] of ends) {
    pen.moveTo(x + dx * Math.min(arm, w / 2), y + dy * inset);
    pen.lineTo(x + dx * inset, y + dy * inset);
    pen.lineTo(x + dx * inset, y + dy * Math.min(arm, h / 2));
  }
  stroke(pen, 5 * ratio, "#000");
  stroke(pen, 3 * ratio, colour);
}

/** Red brackets and a dashed outline; the miss that was searched for has a halo. */
function drawMissed(pen, rect, isTarget, ratio) {
  const [left, top, w, h] = rect;
  const outline = (width, colour) => {
    Object.assign(pen, { lineWidth: width * ratio, strokeStyle: colour });
    pen.strokeRect(left + ratio, top + ratio, w - 2 * ratio, h - 2 * ratio);
  };
  if (isTarget) outline(12, "rgba(255, 255, 255, 0.6)");
  outline(4, EDGE);
  pen.setLineDash([4 * ratio, 6 * ratio]);
  outline(2, MISSED);
  pen.setLineDash([]);
  drawBrackets(pen, rect, MISSED, ratio);
}

/** A crowd region, which counts neither way: a thin dotted outline. */
function drawCrowd(pen, [left, top, w, h], fade, ratio) {
  pen.globalAlpha = 0.8 * fade;
  pen.setLineDash([2 * ratio, 3 * ratio]);
  for (const [width, colour] of [[3, EDGE], [1, "#fff"]]) {
    Object.assign(pen, { lineWidth: width * ratio, strokeStyle: colour });
    pen.strokeRect(left + ratio, top + ratio, w - 2 * ratio, h - 2 * ratio);
  }
  pen.setLineDash([]);
}
