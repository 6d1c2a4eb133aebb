// The bands of the label rule: a track in the colours of the labels with three thumbs, and a field for each.
import { LABEL_COLOURS } from "colours";
import { make } from "../shared/dom.js";
import { mistake, moved, positions, spell } from "./rule.js";

const PAUSE = 150; // ms after a key press before Python is sent the values: held arrow keys are one change
const PAGE = Math.random().toString(36).slice(2);

// By key and not by element: Streamlit mounts a new element when something appears above it.
const elements = new Map();

const create = () => ({
  root: null, send: null, message: null, rule: null, asked: null, sent: null, count: 0, timer: 0,
  isEditing: false, // a thumb is held
});

/** Show a rule, and let the viewer follow. */
function change(s, rule) {
  s.rule = rule;
  show(s);
  ask(s);
}

function ask(s) {
  const setup = spell(s.rule);
  const text = JSON.stringify(setup);
  if (text === s.asked) return;
  s.asked = text;
  window.dispatchEvent(new CustomEvent("boxscope:live", { detail: { setup } }));
}

/** Send the values: at once after a pointer, after a pause when keys are pressed. */
function release(s, wait) {
  clearTimeout(s.timer);
  s.timer = setTimeout(() => {
    s.timer = 0;
    s.count += 1;
    s.sent = `${PAGE}.${s.count}`;
    s.send("sent", { texts: spell(s.rule), serial: s.sent });
  }, wait);
}

/** Show Python's values, unless the user's are newer. */
function receive(s, message) {
  const isOlder = s.sent !== null && message.received !== s.sent;
  if (s.rule && (isOlder || s.isEditing || s.timer)) return;
  const rule = Object.fromEntries(message.thumbs.map(({ name, value }) => [name, value]));
  const isRefused = s.sent !== null && s.rule && JSON.stringify(spell(rule)) !== s.asked;
  s.rule = rule;
  if (isRefused) ask(s); // the viewer has followed what Python did not take
  s.asked = JSON.stringify(spell(s.rule));
  show(s);
}

// ---- drawing

function build(s) {
  const { thumbs } = s.message;
  s.track = make("div", { className: "track" });
  s.inputs = thumbs.map((thumb, i) => buildThumb(s, thumb, i));
  s.track.append(...s.inputs);
  s.wrong = make("p", { className: "wrong", role: "alert", hidden: true, id: "wrong" });
  s.fields = thumbs.map((thumb, i) => buildField(s, thumb, i));
  const labels = thumbs.map(({ short, help }, i) => make("label", { title: help }, short, s.fields[i]));
  s.root.replaceChildren(make("div", { className: "title", textContent: "Labels of crops by IoU" }), s.track,
    make("div", { className: "fields" }, ...labels), s.wrong);
  listenToTrack(s);
}

/** Its keys are the browser's; the pointer is the track's, since thumbs may lie on each other. */
function buildThumb(s, { label, help }, thumb) {
  const { step } = s.message;
  const input = make("input", { type: "range", min: 0, max: 1, step, ariaLabel: label, title: help });
  input.addEventListener("input", () => change(s, moved(s.rule, thumb, input.valueAsNumber, s.message)));
  input.addEventListener("change", () => release(s, PAUSE));
  return input;
}

function buildField(s, { label }, thumb) {
  const { step, thumbs } = s.message;
  const field = make("input", { type: "number", min: 0, max: 1, step, ariaLabel: `${label}, exact value` });
  field.setAttribute("aria-describedby", "wrong");
  field.addEventListener("change", () => {
    const reason = mistake(s.rule, thumb, field.value, thumbs, s.message);
    s.wrong.textContent = reason;
    s.wrong.hidden = !reason;
    field.ariaInvalid = String(Boolean(reason));
    if (reason) return;
    change(s, { ...s.rule, [thumbs[thumb].name]: field.valueAsNumber });
    release(s, PAUSE);
  });
  field.addEventListener("keydown", (event) => event.key === "Escape" && show(s));
  return field;
}

/** A press takes the nearest thumb; of thumbs at the same value, the one on the side to which it is drawn. */
function listenToTrack(s) {
  let held = null; // the thumbs that it may be, and where the press was
  const valueOf = ({ clientX }) => {
    const { left, width } = s.track.getBoundingClientRect();
    return Math.round((clientX - left) / width / s.message.step) * s.message.step;
  };
  const drag = (event) => {
    const value = valueOf(event);
    if (held.thumbs.length > 1 && value === held.from) return;
    if (held.thumbs.length > 1) held.thumbs = [value < held.from ? held.thumbs[0] : held.thumbs.at(-1)];
    s.inputs[held.thumbs[0]].focus({ preventScroll: true });
    change(s, moved(s.rule, held.thumbs[0], value, s.message));
  };
  s.track.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    s.track.setPointerCapture(event.pointerId);
    const from = valueOf(event);
    const far = positions(s.rule).map((at) => Math.abs(at - from));
    const thumbs = [0, 1, 2].filter((i) => far[i] <= Math.min(...far) + 1e-9);
    held = { thumbs, from };
    s.isEditing = true;
    const [at] = thumbs.map((i) => positions(s.rule)[i]);
    if (thumbs.length > 1) held.from = at;
    drag(event);
  });
  s.track.addEventListener("pointermove", (event) => held && drag(event));
  for (const type of ["pointerup", "pointercancel"]) {
    s.track.addEventListener(type, () => {
      if (!held) return;
      held = null;
      s.isEditing = false;
      release(s, 0);
    });
  }
}

function show(s) {
  const at = positions(s.rule);
  s.inputs.forEach((input, i) => {
    input.value = at[i];
    s.track.style.setProperty(`--at-${i}`, at[i]);
  });
  Object.values(s.rule).forEach((_, i) => {
    const text = String(s.rule[s.message.thumbs[i].name]);
    if (s.fields[i].value !== text) s.fields[i].value = text;
    s.fields[i].ariaInvalid = "false";
  });
  s.wrong.hidden = true;
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".bands");
  if (!elements.has(data.key)) elements.set(data.key, create());
  const s = elements.get(data.key);
  s.send = setStateValue;
  if (s.root === root && s.message === data) return; // only the theme changed, which the style sheet follows
  s.message = data;
  if (s.root !== root) {
    Object.assign(s, { root, rule: null, sent: null, isEditing: false });
    for (const [kind, colour] of Object.entries(LABEL_COLOURS)) root.style.setProperty(`--label-${kind}`, colour);
    build(s);
  }
  receive(s, data);
}
