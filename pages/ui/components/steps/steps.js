// One of a few values in order, as a slider. What follows it changes while it is moved; Python receives the value on
// release.
import { choose } from "../shared/chosen.js";
import { make } from "../shared/dom.js";
import { helpOn } from "../shared/help.js";

const PAUSE = 150; // ms after the last of several changes before Python is sent the value, as of a held arrow key
const PAGE = Math.random().toString(36).slice(2);

// By key and not by element: Streamlit mounts a new element when something appears above it.
const elements = new Map();

const create = () => ({
  root: null, send: null, message: null, input: null, output: null,
  isMoving: false, // a pointer is down
  timer: 0, changed: 0, sent: null, count: 0,
});

/** Show a value, here and in what follows this element. */
function show(s, at) {
  const { key, values } = s.message;
  const [value, text] = values[at];
  s.input.value = at;
  s.input.ariaValueText = text;
  s.input.style.setProperty("--share", `${(100 * at) / Math.max(values.length - 1, 1)}%`);
  s.output.textContent = text;
  choose(key, value);
}

function send(s) {
  s.timer = 0;
  s.count += 1;
  s.sent = `${PAGE}.${s.count}`;
  s.send("sent", { value: s.message.values[s.input.valueAsNumber][0], serial: s.sent });
}

/** Show Python's value, unless the user's is newer. */
function receive(s) {
  const { value, values, received } = s.message;
  const isOlder = s.sent !== null && received !== s.sent;
  if (!isOlder && !s.isMoving && !s.timer) show(s, Math.max(values.findIndex(([each]) => each === value), 0));
}

function build(s) {
  const { label, help, values } = s.message;
  const input = make("input", { type: "range", min: 0, max: values.length - 1, step: 1, ariaLabel: label });
  input.setAttribute("aria-describedby", "help");
  input.addEventListener("pointerdown", () => { s.isMoving = true; });
  input.addEventListener("input", () => show(s, input.valueAsNumber));
  input.addEventListener("change", ({ timeStamp }) => {
    clearTimeout(s.timer);
    s.timer = setTimeout(() => send(s), timeStamp - s.changed > PAUSE ? 0 : PAUSE);
    s.changed = timeStamp;
  });
  // After `change`, which does not fire where the pointer moved nothing.
  for (const type of ["pointerup", "pointercancel"]) {
    input.addEventListener(type, () => setTimeout(() => { s.isMoving = false; }));
  }
  const output = make("output", { ariaHidden: "true" }); // the slider says it
  const { button, tip } = helpOn(label, help, "help");
  const head = make("div", { className: "head" }, make("span", { textContent: label }), button);
  s.root.replaceChildren(head, tip, make("div", { className: "row" }, input, output));
  Object.assign(s, { input, output, isMoving: false, sent: null });
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".steps");
  if (!elements.has(data.key)) elements.set(data.key, create());
  const s = elements.get(data.key);
  Object.assign(s, { send: setStateValue, message: data });
  if (s.root !== root) {
    s.root = root;
    build(s);
  }
  receive(s);
}
