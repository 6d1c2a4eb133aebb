// The strip of thumbnails: pure functions first, then the one object that holds the state of a strip.
//
// An index is a position in the queue. Only visible frames, and a few beside them, are in the document.
import { decodeQueue, imageAt, indexOfImage } from "../shared/queue.js";
import { badge } from "./badge.js";

const STEP = 106; // from frame to frame, CSS pixels; see .frame in the style sheet
const FRAME = 100;
const MORE = 3; // frames drawn beyond either edge
const MOST = 150000; // frames on a track: browsers limit elements to some 17 million pixels
const LOADS = 3; // of the six connections to the server; the others are for the viewer
const PAUSE = 120; // ms until Python is sent a move

/** The frames to draw when `width` pixels from `left` on are visible: [first, end). */
function visibleFrames(left, width, count) {
  const first = Math.max(0, Math.floor(left / STEP) - MORE);
  return [Math.min(first, count), Math.min(count, Math.ceil((left + width) / STEP) + MORE)];
}

/** The scroll position that makes a frame visible: the present one if it is, else with the frame in the middle. */
function scrollPosition(at, left, width) {
  const start = at * STEP;
  if (start >= left && start + FRAME <= left + width) return left;
  return Math.max(0, start - (width - FRAME) / 2);
}

// ---- the strip

const strips = new Map(); // by key: the state outlives an element, since Streamlit may mount a new one

const create = () => ({
  root: null, track: null, notice: null, send: null,
  data: null, url: null, queue: null, current: -1, first: 0, left: null,
  frames: new Map(), loading: 0, ahead: null, timer: 0, count: 0, asked: null,
});

function attach(s, root) {
  s.root = root;
  s.track = root.querySelector(".track");
  s.notice = root.querySelector(".notice");
  s.frames.clear();
  s.loading = 0;
  root.addEventListener("scroll", () => { s.left = root.scrollLeft; repaint(s); }, { passive: true });
  root.addEventListener("wheel", (event) => {
    if (Math.abs(event.deltaY) <= Math.abs(event.deltaX) || event.ctrlKey) return;
    event.preventDefault();
    root.scrollLeft += event.deltaY * (event.deltaMode === 1 ? 33 : 1);
  }, { passive: false });
  root.addEventListener("click", (event) => {
    const frame = event.target.closest(".frame");
    if (frame) go(s, Number(frame.dataset.index));
  });
  root.addEventListener("keydown", (event) => press(s, event));
  new ResizeObserver(() => paint(s)).observe(root);
}

function press(s, event) {
  if (!s.queue || event.ctrlKey || event.metaKey || event.altKey) return;
  const page = Math.max(1, Math.floor(s.root.clientWidth / STEP) - 1);
  const last = s.queue.count - 1;
  const to = {
    ArrowLeft: s.current - 1, ArrowRight: s.current + 1,
    PageUp: s.current - page, PageDown: s.current + page, Home: 0, End: last,
  }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  go(s, Math.min(Math.max(to, 0), last));
}

/** The user's move: the viewer makes it, or, where there is none, Python. */
function go(s, index) {
  if (index === s.current) return;
  const image = imageAt(s.queue, index);
  show(s, index);
  const event = new CustomEvent("boxscope:go", { cancelable: true, detail: { image, index } });
  s.ahead = image;
  if (!window.dispatchEvent(event)) return;
  clearTimeout(s.timer);
  s.timer = setTimeout(() => s.send("image", { id: image, count: (s.count += 1) }), PAUSE);
}

/** Mark a frame and make it visible. */
function show(s, index) {
  s.current = index;
  if (index < s.first || index >= s.first + MOST) {
    s.first = Math.max(0, Math.min(index - MOST / 2, s.queue.count - MOST));
    clear(s);
  }
  const { clientWidth: width } = s.root;
  fit(s);
  s.root.scrollLeft = scrollPosition(index - s.first, s.root.scrollLeft, width);
  s.left = s.root.scrollLeft;
  paint(s);
}

const fit = (s) => { s.track.style.width = `${Math.min(s.queue.count, MOST) * STEP - (STEP - FRAME)}px`; };

function repaint(s) {
  s.asked ||= requestAnimationFrame(() => { s.asked = null; paint(s); });
}

function paint(s) {
  if (!s.queue || !s.root.clientWidth) return;
  const [first, end] = visibleFrames(s.root.scrollLeft, s.root.clientWidth, Math.min(s.queue.count, MOST));
  for (const [at, frame] of s.frames) if (at < first || at >= end) drop(s, at, frame);
  for (let at = first; at < end; at++) if (!s.frames.has(at)) s.frames.set(at, frameAt(s, at));
  for (const [at, frame] of s.frames) {
    const current = at + s.first === s.current;
    if (frame.node.ariaSelected !== String(current)) frame.node.ariaSelected = String(current);
    if (current) s.root.setAttribute("aria-activedescendant", frame.node.id);
  }
  load(s);
}

function drop(s, at, frame) {
  frame.stop?.abort();
  frame.node.remove();
  s.frames.delete(at);
}

function frameAt(s, at) {
  const index = at + s.first;
  const node = document.createElement("div");
  const { text, kind, best, about } = badge(s.queue, index);
  node.className = "frame";
  node.id = `frame-${index}`;
  node.role = "option";
  node.ariaLabel = `Image ${index + 1} of ${s.queue.count}${text && `, ${text}`}${best && `, ${about} ${best}`}`;
  node.dataset.index = index;
  node.dataset.image = imageAt(s.queue, index);
  node.style.left = `${at * STEP}px`;
  node.title = node.ariaLabel;
  const picture = document.createElement("canvas");
  node.append(picture, label(`count ${kind}`, text), label("best", best));
  s.track.append(node);
  return { node, picture, state: "waiting", stop: null };
}

function label(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/** Load visible thumbnails, a few at a time; requests for those scrolled out of view are aborted. */
function load(s) {
  for (const frame of s.frames.values()) {
    if (s.loading >= LOADS) return;
    if (frame.state === "waiting") fetchFrame(s, frame);
  }
}

async function fetchFrame(s, frame) {
  const root = s.root;
  frame.state = "loading";
  frame.stop = new AbortController();
  s.loading += 1;
  try {
    const address = s.data.thumbnails.replace("{image}", frame.node.dataset.image);
    const answer = await fetch(address, { signal: frame.stop.signal, priority: "low" });
    if (!answer.ok) throw new Error(await answer.text());
    // No <img>: Chromium keeps up to 100 MB of their pixels, long after they have left the document.
    const bitmap = await createImageBitmap(await answer.blob());
    Object.assign(frame.picture, { width: bitmap.width, height: bitmap.height });
    frame.picture.getContext("bitmaprenderer").transferFromImageBitmap(bitmap);
    frame.node.classList.add("loaded");
  } catch (error) {
    if (error.name !== "AbortError") {
      frame.node.classList.add("missing");
      frame.node.title += `: ${error.message}`;
    }
  }
  frame.state = "done";
  if (s.root !== root) return;
  s.loading -= 1;
  load(s);
}

function showNotice(s, text) {
  s.notice.textContent = text;
  s.notice.hidden = !text;
}

async function receive(s, data) {
  const earlier = s.data;
  s.data = data;
  if (s.url !== data.queue || !s.queue) {
    s.url = data.queue;
    if (!s.queue) showNotice(s, "Loading the list of images …");
    const queue = await fetch(data.queue).then(read, (error) => ({ error: error.message }));
    if (s.url !== data.queue) return; // another one has been requested since
    if (queue.error !== undefined) {
      s.url = null; // requested again with the next message
      if (!s.queue) showNotice(s, `The list of images could not be loaded: ${queue.error}`);
      return;
    }
    s.queue = queue;
    showNotice(s, queue.count ? "" : "No images.");
    clear(s);
    Object.assign(s, { current: -1, first: 0 });
  }
  follow(s, earlier);
}

const read = async (answer) => (answer.ok ? decodeQueue(await answer.arrayBuffer()) : { error: await answer.text() });

function clear(s) {
  for (const [at, frame] of [...s.frames]) drop(s, at, frame);
}

/** Go to the image of Python's message, unless the user is ahead of it. */
function follow(s) {
  const { image, index } = s.data;
  if (s.ahead === image) s.ahead = null;
  const target = s.ahead ?? image;
  const at = indexOfImage(s.queue, target, s.ahead === null ? index : s.current);
  if (at >= 0 && at !== s.current) show(s, at); // else keep the scroll position, which may be the user's
  else paint(s);
}

window.addEventListener("boxscope:image", ({ detail: { image, index } }) => {
  for (const s of strips.values()) {
    s.ahead = s.data?.image === image ? null : image;
    const at = s.queue ? indexOfImage(s.queue, image, index) : -1;
    if (at >= 0 && at !== s.current) show(s, at);
  }
});

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".filmstrip");
  if (!root.isConnected) return; // a late call for an element that Streamlit has removed already
  if (!strips.has(data.key)) strips.set(data.key, create());
  const s = strips.get(data.key);
  s.send = setStateValue;
  // While an element is mounted, Streamlit may deliver the message of an earlier run after that of a later one.
  const latest = s.data?.sent_at > data.sent_at ? s.data : data;
  if (s.root === root && s.data === latest) return; // only the theme changed, which the style sheet follows
  if (s.root !== root) {
    attach(s, root);
    if (s.queue) {
      fit(s);
      root.scrollLeft = s.left ?? 0;
      paint(s);
    }
  }
  receive(s, latest);
}
