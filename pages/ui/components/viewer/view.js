// The position of the picture on the canvas.
//
// A view {scale, x, y} maps picture pixels to canvas pixels; canvas pixels are device pixels everywhere, CSS
// pixels are multiplied by `ratio`. A size is {w, h, margin}: of the canvas, and of the ground around a picture that
// fits, in which the lines of boxes at its border have room.

export const MARGIN = 8; // CSS pixels
const SPARE = 56; // CSS pixels: enough to move what lies under the legend above it

export const FIT = { scale: 0, x: 0, y: 0 }; // the nearest allowed view shows the whole picture
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const fitScale = ({ w, h, margin }, data) =>
  Math.min(Math.max(w - 2 * margin, 1) / data.width, Math.max(h - 2 * margin, 1) / data.height);

/** The nearest allowed view: never smaller than fit; a larger one is dragged off the edge by at most SPARE. */
export function nearestAllowed(view, size, data, ratio) {
  const fit = fitScale(size, data);
  const scale = clamp(view.scale, fit, Math.max(32 * ratio, 8 * fit));
  const spare = SPARE * ratio;
  const along = (offset, room, length) =>
    Math.round(length <= room + 0.5 ? (room - length) / 2 : clamp(offset, room - length - spare, spare));
  return { scale, x: along(view.x, size.w, data.width * scale), y: along(view.y, size.h, data.height * scale) };
}

/** Zoom by `factor` about the canvas point (x, y). */
export function zoomed(view, factor, x, y) {
  return { scale: view.scale * factor, x: x - (x - view.x) * factor, y: y - (y - view.y) * factor };
}

export const isZoomed = (view, size, data) => view.scale > fitScale(size, data) * 1.001;

/** A view independent of canvas and picture: its scale relative to fit, and its middle as fractions of the picture. */
export function relativeView(view, size, data) {
  const middle = (room, offset, length) => (room / 2 - offset) / (length * view.scale);
  return {
    times: view.scale / fitScale(size, data),
    x: middle(size.w, view.x, data.width),
    y: middle(size.h, view.y, data.height),
  };
}

export function viewOfRelative(relative, size, data, ratio) {
  const scale = relative.times * fitScale(size, data);
  const offset = (room, part, length) => room / 2 - part * length * scale;
  const view = { scale, x: offset(size.w, relative.x, data.width), y: offset(size.h, relative.y, data.height) };
  return nearestAllowed(view, size, data, ratio);
}

/** The view that zooms to a box with some surroundings, less of them around a large box. */
export function viewOfBox([x0, y0, x1, y1], size, data, ratio) {
  const [full, fit] = [Math.min(size.w / Math.max(x1 - x0, 1), size.h / Math.max(y1 - y0, 1)), fitScale(size, data)];
  const bounded = clamp(Math.max(0.5 * full, Math.min(0.85 * full, 2 * fit)), fit, 16 * ratio);
  const offset = (room, low, high) => room / 2 - ((low + high) / 2) * bounded;
  return nearestAllowed({ scale: bounded, x: offset(size.w, x0, x1), y: offset(size.h, y0, y1) }, size, data, ratio);
}

/** Integer canvas pixels [left, top, width, height] of a box in picture pixels. */
export function toCanvas(view, [x0, y0, x1, y1]) {
  const left = Math.round(x0 * view.scale + view.x);
  const top = Math.round(y0 * view.scale + view.y);
  return [left, top, Math.round(x1 * view.scale + view.x) - left, Math.round(y1 * view.scale + view.y) - top];
}

/** Whether a part of a rectangle in canvas pixels is on the canvas. */
export const isOnCanvas = (size, [left, top, w, h]) => left < size.w && top < size.h && left + w > 0 && top + h > 0;

/** Whether all of a box is on the canvas, and its middle above the legend. */
export function isAboveLegend(view, size, box, ratio) {
  const [left, top, w, h] = toCanvas(view, box);
  const fits = left >= 0 && top >= 0 && left + w <= size.w && top + h <= size.h;
  return fits && top + h / 2 <= size.h - SPARE * ratio;
}
