// The scene: what a drawing of the viewer depends on, from its data, view and appearance.
import { matchOf } from "./answer.js";
import { isEdged } from "./boxes.js";

/** The stage to draw over the picture, {url, opacity}, or null. */
const layerOf = ({ layer }) => (layer.shown && layer.on ? { url: layer.shown, opacity: layer.opacity } : null);

/** What another part of the page or the pointer highlights: {rank, object}, null and -1 for none. */
const highlightOf = ({ data, asked, hover, object }) =>
  asked ?? { rank: hover, object: hover === null ? object : matchOf(data.rows, hover) };

/** The object that is named in any case: the highlighted one, else the miss that was searched for. */
export const namedObject = ({ highlight, miss }) => (highlight.object >= 0 ? highlight.object : miss);

/** What the viewer shows now. The same scene at another size is the saved picture. */
export function sceneOf(v) {
  const { data, pending, filtered, view, size, ratio, appearance, show, hidden, asked, chosen, second, miss } = v;
  const { removed, pointed, scoreRange } = v;
  const pinned = v.picked?.pinned || v.picked?.isAsked ? chosen : null;
  return {
    data, pending, filtered, view, size, ratio, appearance, show, hidden, asked, chosen, second, pinned, miss,
    removed, pointed, scoreRange, layer: layerOf(v), mask: hidden ? null : v.mask, highlight: highlightOf(v), edged: isEdged(filtered, v.resting.isAtRest),
  };
}

/** The part of the canvas, in its pixels, that the picture covers with some ground around it. */
export function covered({ data, view, size }) {
  const along = (offset, length, room) => {
    const from = Math.max(Math.floor(offset - size.margin), 0);
    return [from, Math.min(Math.ceil(offset + length * view.scale + size.margin), room) - from];
  };
  const [[left, w], [top, h]] = [along(view.x, data.width, size.w), along(view.y, data.height, size.h)];
  return { left, top, w, h };
}

/** The same scene without the empty ground of the frame, `times` as large. */
export function enlarged(scene, times) {
  const { view, size } = scene;
  const { left, top, w, h } = covered(scene);
  return {
    ...scene,
    view: { scale: view.scale * times, x: (view.x - left) * times, y: (view.y - top) * times },
    size: { w: w * times, h: h * times, margin: size.margin * times },
    ratio: scene.ratio * times,
  };
}
