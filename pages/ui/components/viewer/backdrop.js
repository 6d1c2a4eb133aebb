// What is drawn under the boxes: the picture at the size that the view needs, in tiles when it is large, a stage and
// the masks of the objects.
import { clamp, toCanvas } from "./view.js";

const ENLARGED = 1.05; // the screen version may be drawn this much larger before more pixels are asked for

const isBlurred = (scene, bitmap) => scene.view.scale * scene.data.width > ENLARGED * bitmap.width;

/** What the view needs beyond the screen version `bitmap`: {full: address or null, tiles}, each {url, box}. */
export function missingPixels(scene, bitmap) {
  const { tiles, picture, screen } = scene.data;
  if (!bitmap || !isBlurred(scene, bitmap)) return { full: null, tiles: [] };
  if (tiles) return { full: null, tiles: visibleTiles(scene, tiles) };
  return { full: picture === screen ? null : picture, tiles: [] };
}

/** The tiles that the canvas shows, of the coarsest level that has a pixel for each of its own. */
function visibleTiles({ data, view, size }, { url, size: side, levels }) {
  const level = clamp(Math.floor(Math.log2(1 / view.scale)), 0, levels - 1);
  const step = side * 2 ** level; // picture pixels
  const along = (offset, room, length) => {
    const first = Math.max(Math.floor(-offset / view.scale / step), 0);
    const last = Math.min(Math.ceil((room - offset) / view.scale / step), Math.ceil(length / step));
    return Array.from({ length: Math.max(last - first, 0) }, (_, i) => first + i);
  };
  const columns = along(view.x, size.w, data.width);
  const rows = along(view.y, size.h, data.height);
  const address = (column, row) => url.replace("{level}", level).replace("{column}", column).replace("{row}", row);
  const box = (column, row) =>
    [column, row, column + 1, row + 1].map((n, i) => Math.min(n * step, i % 2 ? data.height : data.width));
  return rows.flatMap((row) => columns.map((column) => ({ url: address(column, row), box: box(column, row) })));
}

/**
 * What has been fetched of it: a list of [bitmap, box, alpha], from the bottom to the top, and a key that is the
 * same when the list is. `bitmapAt(address)` is a bitmap or undefined.
 */
export function bitmapsOf(scene, bitmapAt) {
  const { data, appearance, layer, mask } = scene;
  const all = [0, 0, data.width, data.height];
  const screen = bitmapAt(data.screen);
  const more = missingPixels(scene, screen);
  const full = more.full && bitmapAt(more.full);
  const seen = more.tiles.filter(({ url }) => bitmapAt(url));
  const stage = layer && bitmapAt(layer.url);
  const list = [[full || screen, all, 1], ...seen.map(({ url, box }) => [bitmapAt(url), box, 1])];
  const masks = mask && bitmapAt(mask);
  if (stage) list.push([stage, all, layer.opacity]);
  if (masks) list.push([masks, all, 1]);
  const names = [full ? data.picture : screen && data.screen, ...seen.map(({ url }) => url)];
  const key = [...names, stage && layer.url, stage && layer.opacity, masks && mask, appearance.dim].join();
  return { list: list.filter(([bitmap]) => bitmap), key };
}

/** Draw the bitmaps on black, dimmed so that boxes stand out; a missing picture is a grey area. */
export function drawBackdrop(ctx, { data, view, appearance, ratio }, list) {
  const ground = toCanvas(view, [0, 0, data.width, data.height]);
  ctx.fillStyle = list.length ? "#000" : "#33363c";
  ctx.fillRect(...ground);
  ctx.imageSmoothingEnabled = view.scale <= 4 * ratio; // beyond that, single pixels are meant to be seen
  ctx.imageSmoothingQuality = "high"; // hairline cracks survive shrinking
  for (const [bitmap, box, alpha] of list) {
    ctx.globalAlpha = alpha;
    ctx.drawImage(bitmap, ...toCanvas(view, box));
  }
  ctx.globalAlpha = appearance.dim;
  if (list.length) ctx.fillRect(...ground);
  ctx.globalAlpha = 1;
}
