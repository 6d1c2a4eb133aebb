// The scene: what a drawing of the viewer depends on, from its data, view and look.

/** The stage to draw over the picture, {url, opacity}, or null. */
const layerOf = ({ layer }) => (layer.shown && layer.on ? { url: layer.shown, opacity: layer.opacity } : null);

/** What the viewer shows now. The same scene at another size is the saved picture. */
export function sceneOf(v) {
  const { data, pending, filtered, view, size, ratio, look, show, hidden, hover, object, chosen, miss } = v;
  const [layer, pinned] = [layerOf(v), v.picked?.pinned ? chosen : null];
  return { data, pending, filtered, view, size, ratio, look, layer, show, hidden, hover, object, chosen, pinned, miss };
}

/** The same scene, `times` as large. */
export function enlarged(scene, times) {
  const { view, size } = scene;
  return {
    ...scene,
    view: { scale: view.scale * times, x: view.x * times, y: view.y * times },
    size: { w: size.w * times, h: size.h * times },
    ratio: scene.ratio * times,
  };
}
