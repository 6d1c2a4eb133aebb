// The viewer: pure functions first (rows, view, hit test, drawing), then the one object that holds the state.
//
// A rank is an index into the proposals, best first. A view {scale, x, y} takes picture pixels to canvas
// pixels; canvas pixels are device pixels everywhere, CSS pixels are multiplied by `ratio`. A size is {w, h}.

const COLUMNS = 7; // x0 y0 x1 y1 iou kind match, see pack() in viewer.py
const BOUNDS = [0.3, 0.5, 0.7].map(Math.fround); // IoUs are float32: 0.7 itself belongs to the class above
const IGNORED = 4;
// Okabe-Ito colours; width (CSS pixels) and alpha rise with IoU.
const CLASSES = [
  { label: "<.3", colour: "#0072B2", width: 1, alpha: 0.75 },
  { label: ".3–.5", colour: "#56B4E9", width: 1.5, alpha: 0.85 },
  { label: ".5–.7", colour: "#E69F00", width: 2, alpha: 0.95, edge: true },
  { label: "≥.7", colour: "#F0E442", width: 2.4, alpha: 1, edge: true },
  { label: "ignored", colour: "#C9CCD1", width: 1, alpha: 0.75, dash: [4, 3] },
];
const KINDS = { 1: "positive", 0: "negative", "-1": "ignored" };
const EDGE = "rgba(0, 0, 0, 0.75)";
const MISSED = "#FF5D4D";
const FLAG_COLOUR = "#B3261E";
const FADED = 0.3;
const FLAG = 16; // height, CSS pixels
const SPARE = 56; // CSS pixels: enough to bring out what lies under the legend

// ---- rows

export function decode(message) {
  const bytes = Uint8Array.from(atob(message.boxes), (c) => c.charCodeAt(0));
  const rows = new Float32Array(bytes.buffer); // browsers run on little-endian machines only
  const count = rows.length / COLUMNS;
  const classes = Uint8Array.from({ length: count }, (_, rank) => classOf(rows, rank));
  // Ranks of each class in ascending IoU: the order of drawing, so that the best end on top.
  const groups = CLASSES.map(() => []);
  for (let rank = count - 1; rank >= 0; rank--) groups[classes[rank]].push(rank);
  for (const group of groups) group.sort((a, b) => iouOf(rows, a) - iouOf(rows, b));
  return { ...message, rows, count, classes, groups };
}

const iouOf = (rows, rank) => rows[rank * COLUMNS + 4];
const boxOf = (rows, rank) => rows.subarray(rank * COLUMNS, rank * COLUMNS + 4);
const matchOf = (rows, rank) => (rank === null ? -1 : rows[rank * COLUMNS + 6]);

function classOf(rows, rank) {
  const iou = iouOf(rows, rank);
  if (rows[rank * COLUMNS + 5] < 0) return IGNORED;
  return (iou >= BOUNDS[0]) + (iou >= BOUNDS[1]) + (iou >= BOUNDS[2]);
}

/** The rank that has exactly these four numbers, or null. */
function rankOf(data, box) {
  for (let rank = 0; rank < data.count; rank++) {
    if (boxOf(data.rows, rank).every((value, i) => value === box[i])) return rank;
  }
  return null;
}

/** The smallest visible box around a point, or null. `slop` makes hairline boxes wide enough to touch. */
export function hit(data, visible, x, y, slop) {
  let best = null;
  let least = Infinity;
  for (let rank = 0, at = 0; rank < data.count; rank++, at += COLUMNS) {
    const [x0, y0, x1, y1] = [data.rows[at], data.rows[at + 1], data.rows[at + 2], data.rows[at + 3]];
    if (x < x0 - slop || x > x1 + slop || y < y0 - slop || y > y1 + slop) continue;
    const area = (x1 - x0) * (y1 - y0);
    if (area < least && visible[data.classes[rank]]) [best, least] = [rank, area];
  }
  return best;
}

// ---- view

const fitScale = (size, data) => Math.min(size.w / data.width, size.h / data.height);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** The nearest view allowed: never smaller than fit; when larger, dragged off the edge by no more than SPARE. */
export function settle(view, size, data, ratio) {
  const fit = fitScale(size, data);
  const scale = clamp(view.scale, fit, Math.max(32 * ratio, 8 * fit));
  const spare = SPARE * ratio;
  const along = (offset, room, length) =>
    Math.round(length <= room + 0.5 ? (room - length) / 2 : clamp(offset, room - length - spare, spare));
  return { scale, x: along(view.x, size.w, data.width * scale), y: along(view.y, size.h, data.height * scale) };
}

/** Zoom by `factor` so that the picture point now under (x, y) comes to lie under (toX, toY). */
function zoom(view, factor, x, y, toX = x, toY = y) {
  return { scale: view.scale * factor, x: toX - (x - view.x) * factor, y: toY - (y - view.y) * factor };
}

/** Whole canvas pixels [left, top, width, height] of a box in picture pixels. */
function place(view, [x0, y0, x1, y1]) {
  const left = Math.round(x0 * view.scale + view.x);
  const top = Math.round(y0 * view.scale + view.y);
  return [left, top, Math.round(x1 * view.scale + view.x) - left, Math.round(y1 * view.scale + view.y) - top];
}

// ---- drawing

/**
 * Lines of `width` whose outer side lies `out` pixels outside the boxes. With out = 0 a line covers the box's
 * own first and last pixels, so that a box as large as the picture is seen at all four sides.
 * strokeRect on whole pixels: 2,000 boxes take 2 ms this way and 35 ms as one Path2D.
 */
function strokeAll(ctx, view, rows, ranks, width, out, colour) {
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  const inset = width / 2 - out;
  for (const rank of ranks) {
    const [left, top, w, h] = place(view, boxOf(rows, rank));
    ctx.strokeRect(left + inset, top + inset, Math.max(w - 2 * inset, 0), Math.max(h - 2 * inset, 0));
  }
}

function drawClass(ctx, view, rows, ranks, style, ratio) {
  const [width, edge] = [Math.max(1, Math.round(style.width * ratio)), Math.ceil(ratio / 2)];
  ctx.setLineDash((style.dash ?? []).map((length) => length * ratio));
  if (style.edge) strokeAll(ctx, view, rows, ranks, width + 2 * edge, edge, EDGE);
  strokeAll(ctx, view, rows, ranks, width, 0, style.colour);
  ctx.setLineDash([]);
}

/** One box above all others; a chosen one glows as well. */
function drawLifted(ctx, view, rows, rank, style, ratio, chosen) {
  const px = (width) => Math.round(width * ratio);
  if (chosen) {
    Object.assign(ctx, { shadowColor: "#fff", shadowBlur: px(12) });
    strokeAll(ctx, view, rows, [rank], px(8), px(4), "#fff");
    ctx.shadowBlur = 0;
  }
  strokeAll(ctx, view, rows, [rank], px(6), px(2), "#000");
  strokeAll(ctx, view, rows, [rank], px(4), px(1), style.colour);
}

/** Four corner brackets just inside a rectangle. */
function corners([left, top, w, h], arm, inset) {
  const path = new Path2D();
  const [right, bottom] = [left + w, top + h];
  for (const [x, y, dx, dy] of [[left, top, 1, 1], [right, top, -1, 1], [left, bottom, 1, -1], [right, bottom, -1, -1]]) {
    path.moveTo(x + dx * Math.min(arm, w / 2), y + dy * inset);
    path.lineTo(x + dx * inset, y + dy * inset);
    path.lineTo(x + dx * inset, y + dy * Math.min(arm, h / 2));
  }
  return path;
}

/** White brackets for an object that was found; red ones, a dashed outline and a flag for a missed one. */
function drawObject(ctx, view, box, found, ratio) {
  const rect = place(view, box);
  const [left, top, w, h] = rect;
  const stroke = (path, width, colour) => {
    Object.assign(ctx, { lineWidth: Math.round(width * ratio), strokeStyle: colour, lineCap: "square" });
    ctx.stroke(path);
  };
  if (!found) {
    const outline = new Path2D();
    outline.rect(left + ratio, top + ratio, w - 2 * ratio, h - 2 * ratio);
    stroke(outline, 4, EDGE);
    ctx.setLineDash([4 * ratio, 6 * ratio]);
    stroke(outline, 2, MISSED);
    ctx.setLineDash([]);
    const above = top - (FLAG + 5) * ratio;
    drawFlag(ctx, Math.max(left - 3 * ratio, 0), above >= 0 ? above : top + h + 5 * ratio, "missed", ratio);
  }
  const path = corners(rect, clamp(0.25 * Math.min(w, h), 7 * ratio, 26 * ratio), 2.5 * ratio);
  stroke(path, 5, "#000");
  stroke(path, 3, found ? "#fff" : MISSED);
}

/** White words on red. */
function drawFlag(ctx, x, y, text, ratio) {
  Object.assign(ctx, { font: `600 ${11 * ratio}px system-ui, sans-serif`, textBaseline: "middle" });
  ctx.fillStyle = FLAG_COLOUR;
  ctx.fillRect(x, y, ctx.measureText(text).width + 10 * ratio, FLAG * ratio);
  ctx.fillStyle = "#fff";
  ctx.fillText(text, x + 5 * ratio, y + (FLAG / 2 + 0.5) * ratio);
}

/** The whole picture of the moment; gives the number of boxes drawn. */
export function draw(ctx, v) {
  ctx.clearRect(0, 0, v.size.w, v.size.h);
  ctx.globalAlpha = 1;
  ctx.drawImage(backdrop(v), 0, 0);
  const drawn = v.hushed ? 0 : drawOverlays(ctx, v);
  if (!v.picture.image) drawFlag(ctx, 10 * v.ratio, 10 * v.ratio, failure(v.data), v.ratio);
  return drawn;
}

/** Proposals from worst to best, objects, then what is under the pointer or chosen. */
function drawOverlays(ctx, { data, view, ratio, visible, truthVisible, hover, chosen }) {
  const rest = hover === null ? 1 : FADED; // what is not under the pointer steps back
  for (const c of [IGNORED, 0, 1, 2, 3]) {
    ctx.globalAlpha = CLASSES[c].alpha * rest;
    if (visible[c]) drawClass(ctx, view, data.rows, data.groups[c], CLASSES[c], ratio);
  }
  const object = matchOf(data.rows, hover);
  data.truth.forEach((box, g) => {
    ctx.globalAlpha = g === object ? 1 : rest;
    if (truthVisible) drawObject(ctx, view, box, data.found[g], ratio);
  });
  ctx.globalAlpha = 1;
  for (const rank of new Set([chosen, hover])) {
    const c = data.classes[rank]; // undefined, and so not visible, when there is no such rank
    if (visible[c]) drawLifted(ctx, view, data.rows, rank, CLASSES[c], ratio, rank === chosen);
  }
  return data.groups.reduce((sum, ranks, c) => sum + (visible[c] ? ranks.length : 0), 0);
}

/** Ground and picture, kept as pixels: shrinking 12 megapixels again at each hover would be felt. */
function backdrop({ backdrop: kept, view, size, picture: { url, image }, data, ratio }) {
  const wanted = [url, data.width, data.height, size.w, size.h, view.scale, view.x, view.y].join();
  if (kept.wanted === wanted) return kept.canvas;
  kept.wanted = wanted;
  Object.assign(kept.canvas, { width: size.w, height: size.h });
  const ctx = kept.canvas.getContext("2d");
  const rect = place(view, [0, 0, data.width, data.height]);
  ctx.fillStyle = image ? "#000" : "#33363c";
  ctx.fillRect(...rect);
  if (!image) return kept.canvas;
  ctx.imageSmoothingEnabled = view.scale <= 4 * ratio; // beyond that one wants to see the pixels
  ctx.imageSmoothingQuality = "high"; // hairline cracks survive shrinking
  ctx.globalAlpha = 0.85;
  ctx.drawImage(image, ...rect);
  return kept.canvas;
}

// ---- words

const failure = (data) => `${data.name} could not be loaded`;

function summary(data, image) {
  const hits = data.found.filter(Boolean).length;
  const objects = data.truth.length ? `${hits} of ${data.truth.length} objects found` : "no objects";
  const classes = CLASSES.map((c, i) => `${data.groups[i].length} ${i === IGNORED ? c.label : `with IoU ${c.label}`}`);
  const name = image ? data.name : failure(data);
  return `${name}, ${data.count} proposals, ${objects}. ${classes.join(", ")}.`;
}

export function cardLines(data, rank) {
  const [x0, y0, x1, y1, iou, kind, match] = data.rows.subarray(rank * COLUMNS, (rank + 1) * COLUMNS);
  const object = data.truthNames[match];
  return [
    `IoU ${iou.toFixed(2)} · ${KINDS[kind]}`,
    `rank ${rank} · ${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`,
    object ? `${kind === 1 ? "matches" : "overlaps"} ${object}` : "",
  ];
}

// ---- the one object

// By key and not by element: Streamlit mounts the element anew when something appears above it, and on the way
// back from another page. Zoom, picture and classes outlive that.
const viewers = new Map();

const create = () => ({
  root: null, canvas: null, ctx: null, card: null, buttons: null, send: null,
  data: null, coming: null, loading: null, // what is shown; what waits for its picture; that picture's URL
  picture: { url: null, image: null }, backdrop: { canvas: document.createElement("canvas"), wanted: "" },
  view: null, size: { w: 1, h: 1 }, ratio: 1,
  visible: CLASSES.map(() => true), truthVisible: true, hushed: false,
  pointer: null, drag: null, hover: null, chosen: null, picked: null, asked: null,
  frame: 0, painted: 0, told: false, message: null,
});

/** Take over a new element. Python remembers the choice, or has forgotten it: its word counts here. */
function attach(v, root, message) {
  const canvas = root.querySelector("canvas");
  // Python forgets with the element that it was painted: it is told again.
  Object.assign(v, { root, canvas, ctx: canvas.getContext("2d"), card: root.querySelector(".card"), told: false });
  Object.assign(v, { pointer: null, drag: null, picked: message.picked, asked: message.picked ? message.selected : null });
  v.buttons = buildLegend(v);
  listen(v);
  new ResizeObserver(([entry]) => canvas === v.canvas && resize(v, entry)).observe(canvas);
}

function buildLegend(v) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const add = (colour, of, what) => {
    const button = make("button", { type: "button", ariaPressed: String(of[what]) });
    button.style.setProperty("--colour", colour);
    button.addEventListener("click", () => {
      of[what] = !of[what];
      button.ariaPressed = String(of[what]);
      repaint(v);
    });
    return button;
  };
  const buttons = CLASSES.map((c, i) => add(c.colour, v.visible, i));
  buttons[IGNORED].className = "ignored";
  const truth = add("#fff", v, "truthVisible");
  truth.textContent = "truth";
  v.root.querySelector(".legend").append(make("span", { textContent: "IoU" }), ...buttons, truth);
  return buttons;
}

/** New data. Boxes wait for their picture, so that the two are never mixed. */
function receive(v, message) {
  v.coming = decode(message);
  if (v.picture.url === message.picture) {
    v.loading = null;
    return adopt(v);
  }
  if (!v.root.style.length) v.root.style.setProperty("--ratio", message.width / message.height);
  return load(v, message.picture);
}

async function load(v, url) {
  v.root.classList.add("waiting");
  v.card.hidden = true;
  if (v.loading === url) return;
  v.loading = url;
  const image = new Image();
  image.src = url;
  const sound = await image.decode().then(() => true, () => false);
  if (v.loading !== url) return; // another picture was asked for since
  v.loading = null;
  v.picture = { url, image: sound ? image : null };
  adopt(v);
}

function adopt(v) {
  const [old, before, data] = [v.data, v.size, v.coming];
  v.root.classList.remove("waiting");
  v.data = data;
  v.root.style.setProperty("--ratio", data.width / data.height);
  measure(v);
  const same = old && old.image === data.image && old.width === data.width && old.height === data.height;
  v.view = same ? carry(v, before) : settle({ scale: 0, x: 0, y: 0 }, v.size, data, v.ratio);
  if (data.selected !== v.asked) {
    v.asked = data.selected;
    v.picked = data.selected === null || data.selected >= data.count ? null : pickOf(data, data.selected);
  }
  v.chosen = v.picked && v.picked.image === data.image ? rankOf(data, v.picked.box) : null;
  CLASSES.forEach((c, i) => (v.buttons[i].textContent = `${c.label} · ${data.groups[i].length}`));
  v.buttons[IGNORED].hidden = data.groups[IGNORED].length === 0;
  v.root.querySelector("#said").textContent = summary(data, v.picture.image);
  point(v);
  paint(v);
}

/** The size of the canvas in device pixels, exactly where the browser tells it. */
function measure(v, entry) {
  if (!v.canvas.clientWidth) return; // in a closed tab of the page: keep the size, and so the view
  const exact = entry?.devicePixelContentBoxSize?.[0];
  const { width, height } = v.canvas.getBoundingClientRect();
  const w = exact ? exact.inlineSize : Math.round(width * devicePixelRatio);
  const h = exact ? exact.blockSize : Math.round(height * devicePixelRatio);
  v.size = { w, h };
  v.ratio = devicePixelRatio;
  if (v.canvas.width !== w || v.canvas.height !== h) Object.assign(v.canvas, { width: w, height: h });
}

function resize(v, entry) {
  const before = v.size;
  measure(v, entry);
  if (!v.data || (before.w === v.size.w && before.h === v.size.h)) return;
  v.view = carry(v, before);
  paint(v); // at once: a canvas whose size was set is blank
}

/** The view that shows on the present canvas what was shown on one of size `before`. */
function carry({ view, size, data, ratio }, before) {
  const factor = fitScale(size, data) / fitScale(before, data);
  return settle(zoom(view, factor, before.w / 2, before.h / 2, size.w / 2, size.h / 2), size, data, ratio);
}

function repaint(v) {
  v.frame ||= requestAnimationFrame(() => paint(v));
}

function paint(v) {
  cancelAnimationFrame(v.frame);
  v.frame = 0;
  if (!v.data) return;
  const boxes = draw(v.ctx, v);
  v.painted += 1;
  if (!v.told) whenIdle(() => v.send("painted", true)); // what is heavy on the page waits for this
  v.told = true;
  const { image, index } = v.data;
  Object.assign(v.root.dataset, { image, index, boxes, selected: v.chosen ?? "", painted: v.painted });
}

/** Wait until the script has come to its end: a message in its midst would end it, and with it pictures on their way. */
function whenIdle(act) {
  const app = document.querySelector('[data-testid="stApp"]');
  if (app?.dataset.testScriptState === "running") setTimeout(() => whenIdle(act), 50);
  else act();
}

const pickOf = (data, rank) => ({ image: data.image, box: [...boxOf(data.rows, rank)] });

/** The user's choice: shown now, told to Python as image and box, which outlive a change of ranks. */
function choose(v, rank) {
  if (rank === v.chosen && (rank !== null || !v.picked)) return;
  v.chosen = rank;
  v.picked = rank === null ? null : pickOf(v.data, rank);
  v.send("picked", v.picked);
  repaint(v);
}

function setView(v, view) {
  v.view = settle(view, v.size, v.data, v.ratio);
  point(v);
  repaint(v);
}

/** What lies under the pointer now, and its card. */
function point(v) {
  const { pointer, view, ratio, data } = v;
  const rank = pointer && !v.drag?.moved && !v.hushed
    ? hit(data, v.visible, (pointer.x - view.x) / view.scale, (pointer.y - view.y) / view.scale, (3 * ratio) / view.scale)
    : null;
  if (rank !== v.hover) repaint(v);
  v.hover = rank;
  const zoomed = view.scale > fitScale(v.size, data) * 1.001;
  v.canvas.style.cursor = v.drag?.moved ? "grabbing" : rank !== null ? "pointer" : zoomed ? "grab" : "default";
  v.card.hidden = rank === null;
  if (rank !== null) showCard(v, rank);
}

function showCard({ card, data, pointer, ratio, canvas }, rank) {
  cardLines(data, rank).forEach((line, i) => (card.children[i].textContent = line));
  card.style.setProperty("--colour", CLASSES[data.classes[rank]].colour);
  const beside = (at, length, room) => (at + 16 + length <= room - 4 ? at + 16 : Math.max(4, at - 12 - length));
  const left = beside(pointer.x / ratio, card.offsetWidth, canvas.clientWidth);
  const top = beside(pointer.y / ratio, card.offsetHeight, canvas.clientHeight);
  card.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}

function listen(v) {
  const on = (type, act, options) =>
    v.canvas.addEventListener(type, (event) => v.data && act(event), options);
  const spot = (event) => ({ x: event.offsetX * v.ratio, y: event.offsetY * v.ratio });

  on("pointermove", (event) => {
    v.pointer = spot(event);
    const { drag } = v;
    if (!drag) return point(v);
    drag.moved ||= Math.hypot(v.pointer.x - drag.x, v.pointer.y - drag.y) > 4 * v.ratio;
    if (!drag.moved) return undefined;
    return setView(v, { ...v.view, x: drag.view.x + v.pointer.x - drag.x, y: drag.view.y + v.pointer.y - drag.y });
  });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    v.canvas.setPointerCapture(event.pointerId);
    v.drag = { ...spot(event), view: v.view, moved: false };
  });
  on("pointerup", (event) => {
    const click = v.drag && !v.drag.moved;
    v.drag = null;
    v.pointer = spot(event);
    point(v);
    if (click) choose(v, v.hover);
  });
  on("pointercancel", () => { v.drag = null; });
  on("pointerleave", () => { v.pointer = null; point(v); });
  on("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 33 : 1;
    const { x, y } = spot(event);
    setView(v, zoom(v.view, Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002)), x, y));
  }, { passive: false });
  on("dblclick", () => setView(v, { scale: 0, x: 0, y: 0 }));

  const hush = (hushed) => { v.hushed = hushed; point(v); repaint(v); };
  on("keydown", (event) => {
    if (event.key === "Escape") choose(v, null);
    if (event.key === "h" && !event.ctrlKey && !event.metaKey && !v.hushed) hush(true);
  });
  on("keyup", (event) => event.key === "h" && hush(false));
  on("blur", () => v.hushed && hush(false));
}

// No clean-up function: all listeners hang on nodes that go with the element, and Streamlit also runs the
// clean-up of a call that a newer one overtook, which would end a viewer still in use.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  if (!viewers.has(data.key)) viewers.set(data.key, create());
  const v = viewers.get(data.key);
  v.send = setStateValue;
  if (v.root === root && v.message === data) return; // the theme changed: that is for the style sheet
  if (v.root !== root) attach(v, root, data);
  v.message = data;
  receive(v, data);
}
