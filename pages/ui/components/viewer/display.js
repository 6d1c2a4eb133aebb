// What a link says of the picture besides the image: filters, what is hidden, the stage and the zoom, as one text of
// parts such as iou_0.3_1~hide_truth~zoom_3.5_0.5_0.25. Empty where all is the default.
import { resetFilter } from "./filter.js";
import { whenIdle } from "./idle.js";
import { isCompared } from "./scores.js";
import { isZoomed, relativeView, viewOfRelative } from "./view.js";

const PAUSE = 400; // ms without a change until Python is sent it
const FIRST_WAIT = 1000; // ms until it is sent again, then twice as long
const LAST_WAIT = 8000;
const KINDS = { positive: 1, negative: 0, ignored: -1 };

const short = (number) => String(Number(number.toFixed(4)));
const numbers = (texts, low, high) => {
  const list = texts.map(Number);
  return texts.length && list.every((n) => n >= low && n <= high) ? list : null; // NaN is neither
};

// ---- the text

/** The parts of the filters alone. */
export function spellFilter({ filter, show }) {
  const hidden = [
    ...Object.keys(KINDS).filter((name) => !filter.kinds[KINDS[name]]),
    ...filter.classes.flatMap((on, c) => (on ? [] : [`class${c}`])),
    ...["truth", "boxes"].filter((what) => !show[what]),
  ];
  return [
    ...(filter.low > 0 || filter.high < 1 ? [["iou", filter.low, filter.high].join("_")] : []),
    ...(filter.score === null ? [] : [["score", filter.score].join("_")]),
    ...(hidden.length ? [["hide", ...hidden].join("_")] : []),
    ...(filter.best ? ["best"] : []),
  ];
}

function spell(v) {
  const { layer, view, size, data } = v;
  const parts = spellFilter(v);
  const merge = layer.merges[layer.number];
  if (layer.on) parts.push(["layer", layer.number, layer.opacity, ...(merge === undefined ? [] : [merge])].join("_"));
  parts.push(...["removed", "mask"].filter((what) => v.show[what]));
  if (view && isZoomed(view, size, data)) {
    const { times, x, y } = relativeView(view, size, data);
    parts.push(["zoom", ...[times, x, y].map(short)].join("_"));
  }
  return parts.join("~");
}

// What each part of the text sets; false where its values mean nothing.
const READERS = {
  iou(v, texts) {
    const [low, high] = numbers(texts, 0, 1) ?? [];
    return texts.length === 2 && low <= high && Object.assign(v.filter, { low, high });
  },
  hide(v, names) {
    for (const name of names) {
      if (name in KINDS) v.filter.kinds[KINDS[name]] = false;
      else if (name in v.show) v.show[name] = false;
      else if (/^class\d$/.test(name) && name[5] < v.filter.classes.length) v.filter.classes[name[5]] = false;
      else return false;
    }
    return names.length > 0;
  },
  score(v, texts) {
    const [score] = numbers(texts, -Number.MAX_VALUE, Number.MAX_VALUE) ?? [];
    const isScore = texts.length === 1 && texts[0] !== "" && score !== undefined;
    return isScore && !isCompared(v) && Object.assign(v.filter, { score });
  },
  removed: (v, texts) => !texts.length && Object.assign(v.show, { removed: true }),
  mask: (v, texts) => !texts.length && Object.assign(v.show, { mask: true }),
  best: (v, texts) => !texts.length && Object.assign(v.filter, { best: true }),
  layer(v, texts) {
    const [number, opacity = 0.7, merge] = numbers(texts, 0, 1e6) ?? [];
    if (!Number.isInteger(number) || opacity > 1) return false;
    const merges = merge === undefined ? {} : { [number]: Math.round(merge) };
    return Object.assign(v.layer, { on: true, number, opacity, merges });
  },
  zoom(v, texts) {
    const [times, x, y] = numbers(texts, -1, 1e4) ?? [];
    return texts.length === 3 && times >= 1 && (v.linkedZoom = { times, x, y });
  },
};

/** Show what a text says, and by default what it does not; say which parts mean nothing. */
function read(v, text) {
  resetFilter(v.filter);
  Object.assign(v.show, { truth: true, boxes: true, removed: false, mask: false });
  Object.assign(v.layer, { on: false });
  v.linkedZoom = { times: 1, x: 0.5, y: 0.5 };
  const wrong = text.split("~").filter((part) => {
    const [name, ...texts] = part.split("_");
    return part && !(Object.hasOwn(READERS, name) && READERS[name](v, texts));
  });
  if (wrong.length) v.note(`The link has unknown settings of the picture: ${wrong.join(", ")}`, 4000);
}

// ---- to and from Python

/** Show what Python's message says, unless the browser sent it: a link, or a step back. */
export function applyDisplay(v, message, before) {
  const isOwn = message.displayed < v.display.count || v.display.timer;
  if (isOwn || message.display === (before?.display ?? "") || message.display === v.display.sent) return;
  read(v, message.display);
  Object.assign(v.display, { sent: message.display, spelled: null });
  if (v.data?.image === message.image) applyLinkedZoom(v);
}

/** Set the view that a link says, once; true where one does. */
export function applyLinkedZoom(v) {
  const { linkedZoom: zoom } = v;
  if (!zoom) return false;
  v.linkedZoom = null;
  v.view = viewOfRelative(zoom, v.size, v.data, v.ratio);
  v.isViewFromLink = zoom.times > 1;
  return true;
}

/** After a paint: send Python what has changed, once it no longer changes. */
export function sendDisplay(v) {
  const { display } = v;
  const spelled = spell(v);
  const isChanged = display.spelled !== null && spelled !== display.spelled;
  display.spelled = spelled;
  if (!isChanged) return;
  clearTimeout(display.timer);
  display.timer = setTimeout(() => whenIdle(() => send(v, FIRST_WAIT)), PAUSE);
}

/** Send it, again until it has been received: what is sent while a run ends may be lost. */
function send(v, patience) {
  const { display } = v;
  display.timer = 0;
  display.count += 1;
  display.sent = display.spelled;
  const { count } = display;
  v.send("display", { text: display.sent, count });
  const check = () => {
    const isLost = v.root.isConnected && display.count === count && v.message.displayed < count && !display.timer;
    if (isLost && patience <= LAST_WAIT) send(v, 2 * patience);
  };
  setTimeout(() => whenIdle(check), patience);
}
