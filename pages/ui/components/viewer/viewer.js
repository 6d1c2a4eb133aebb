// The viewer's element: its state, and what Python tells it. The other parts stand in the files beside it.
import { openFilter } from "./filter.js";
import { newKept } from "./draw.js";
import { advance, retry } from "./frame.js";
import { listenToKeys, listenToPage } from "./keys.js";
import { listenToSliders, want } from "./live.js";
import { hasPicture, refresh, resize, shape } from "./paint.js";
import { listenToPointer } from "./pointer.js";
import { listenToLists, turnTo } from "./walk.js";
import { plainLook, recall } from "./settings.js";
import { pursue } from "./store.js";
import { buildToolbar } from "./toolbar.js";

// By key and not by element: Streamlit mounts the element anew when something appears above it, and on the way
// back from another page. Zoom, pictures and filters outlive that.
const viewers = new Map();

const create = () => ({
  root: null, canvas: null, ctx: null, card: null, controls: [], panels: new Map(), send: null,
  message: null, setup: pursue(null), overrides: {}, // what Python says, and what live sliders say instead
  queue: null, formerQueue: null, layers: [],
  goal: null, count: 0, report: 0, obeyed: null, // where the user is, and what Python has been told of it
  shown: null, data: null, error: null, pending: false, sifted: null, kept: newKept(), // what is painted
  view: null, size: { w: 1, h: 1 }, ratio: 1,
  filter: openFilter(), show: { truth: true, boxes: true }, hushed: false,
  look: plainLook(), keptSettings: "",
  layer: { on: false, number: 0, opacity: 0.7, merges: {}, shown: null, pursuit: pursue(null) },
  pointer: null, drag: null, stack: [], depth: 0, walked: null, hover: null,
  chosen: null, picked: null, asked: null, selecting: false, enlarging: false, enlarged: null,
  steps: 0, missSteps: 0, miss: null, seek: null, times: 1, saving: null,
  late: false, restless: false, announcing: false, blank: null,
  frame: 0, painted: 0, told: false,
});

/** Take over a new element. Python remembers the choice, or has forgotten it: its word counts here. */
function attach(v, root, message) {
  const canvas = root.querySelector("canvas");
  // Python forgets with the element that it was painted: it is told again.
  Object.assign(v, { root, canvas, ctx: canvas.getContext("2d"), card: root.querySelector(".card"), told: false });
  Object.assign(v, { pointer: null, drag: null });
  if (v.data) shape(v);
  const picked = JSON.parse(message.picked);
  Object.assign(v, { picked: picked?.box ? picked : null, asked: picked ? message.selected : null });
  if (message.heard === 0) Object.assign(v, { count: 0, obeyed: null });
  v.notice = (text) => say(root.querySelector(".notice"), text);
  v.note = (text, duration) => {
    clearTimeout(v.noting);
    say(root.querySelector(".note"), text);
    if (duration) v.noting = setTimeout(() => v.note(null), duration);
  };
  v.company = () => [...viewers.values()].filter((other) =>
    other !== v && v.message.group && other.message?.group === v.message.group && other.data && other.root.isConnected);
  buildToolbar(v);
  listenToPointer(v);
  listenToKeys(v);
  new ResizeObserver(([entry]) => canvas === v.canvas && resize(v, entry)).observe(canvas);
}

function say(element, text) {
  if (element.textContent === (text ?? "")) return; // a reader would say it again
  element.hidden = !text;
  element.textContent = text ?? "";
}

/** What Python says counts, except where the user is already further on. */
function receive(v, message) {
  const before = v.message;
  v.message = message;
  Object.assign(v, { queue: message.queue, layers: message.layers });
  if (message.proposals !== before?.proposals) {
    v.overrides = {};
    want(v, message.proposals);
  }
  if (message.top !== before?.top) v.filter.top = message.top;
  const isAhead = v.report || v.steps || v.seek || message.heard < v.count;
  if (!isAhead && message.image !== v.obeyed) {
    v.obeyed = message.image;
    if (v.goal?.image !== message.image) {
      v.missSteps = 0;
      turnTo(v, message.image, message.index);
    }
  }
  if (v.goal?.image === message.image) {
    v.goal.index = message.index;
    if (message.selected !== v.asked) {
      v.asked = message.selected;
      v.selecting = message.selected !== null || Boolean(v.picked?.pinned); // a click outlives a link that ends
    }
  }
  if (v.error || (v.data && !hasPicture(v))) retry();
  advance(v);
  refresh(v);
}

listenToSliders(viewers);
listenToPage(viewers);
listenToLists(viewers);

// No clean-up function: all listeners hang on nodes that go with the element, and Streamlit also runs the
// clean-up of a call that a newer one overtook, which would end a viewer still in use.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  if (!root.isConnected) return; // a late call for an element that Streamlit has taken away already
  if (!viewers.has(data.key)) {
    viewers.set(data.key, create());
    recall(viewers.get(data.key));
  }
  const v = viewers.get(data.key);
  v.send = setStateValue;
  // While an element is mounted, Streamlit may hand over what an earlier run said after what a later one did.
  const latest = v.message?.told > data.told ? v.message : data;
  if (v.root === root && v.message === latest) return; // or the theme changed: that is for the style sheet
  if (v.root !== root) attach(v, root, latest);
  receive(v, latest);
}
