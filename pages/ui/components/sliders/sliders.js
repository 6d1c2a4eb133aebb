// Numbers of a settings object as sliders and fields. The viewer follows a drag at once; Python receives the values
// on release.
import { make } from "../shared/dom.js";
import { helpOn } from "../shared/help.js";
import { showMistake, showRow } from "./rows.js";
import { keyed, labelOf, mistake, nextItem, spellAll, track, valueAt } from "./values.js";

const LIVE = 0.1; // s: the boxes follow a drag where an answer takes less
const PAUSE = 150; // ms after a key press before Python is sent the values: held arrow keys are one change

// ---- the viewer

let answer = 0; // s that the last answer took
// By key and not by element: Streamlit mounts a new element when something appears above it.
const elements = new Map();

const live = () => answer < LIVE;

window.addEventListener("boxscope:answered", ({ detail: { seconds, wall } }) => {
  // An answer from a cache is quick; the time it took to compute predicts that of the next one.
  answer = Math.max(seconds ?? 0, wall ?? 0);
  for (const s of elements.values()) showPace(s);
});

function ask(s) {
  const setup = spellAll(s.fields, s.values);
  const text = JSON.stringify(setup);
  if (text === s.asked) return;
  s.asked = text;
  window.dispatchEvent(new CustomEvent("boxscope:live", { detail: { setup } }));
}

// ---- editing

const create = () => ({
  root: null, send: null, fields: [], values: {}, rows: {},
  editing: false, // a pointer is down or a field half typed
  timer: 0, later: null, // for the pause before sending; the message of Python meanwhile
  sent: null, asked: null, count: 0, shape: null,
});

/** A value has changed: the viewer may follow now. */
function move(s, field, item, value) {
  s.values[field.name][item] = value;
  showRow(s, field, item);
  if (live()) ask(s);
}

/** Send the values: at once after a pointer, after a pause when keys are pressed. */
function release(s, wait = 0) {
  clearTimeout(s.timer);
  s.timer = setTimeout(() => send(s), wait);
}

function send(s) {
  s.timer = 0;
  s.later = null;
  s.root.classList.remove("editing");
  ask(s);
  s.count += 1;
  s.sent = `${PAGE}.${s.count}`;
  s.send("sent", { texts: spellAll(s.fields, s.values), serial: s.sent });
}

const PAGE = Math.random().toString(36).slice(2);

/** End editing without a change: show what Python sent in the meantime. */
function stopEditing(s) {
  s.root.classList.remove("editing");
  s.editing = false;
  if (s.later && !s.timer) receive(s, s.later);
}

// ---- messages of Python

/** Show Python's values, unless the user's are newer. */
function receive(s, message) {
  const older = s.sent !== null && message.received !== s.sent;
  s.later = s.editing ? message : null;
  if (s.shape && (older || s.editing || s.timer)) return;
  const fields = message.parameters;
  const before = s.values;
  s.fields = fields;
  s.values = Object.fromEntries(fields.map((f) => [f.name, [...f.values]]));
  const isRefused = s.sent !== null && s.shape && s.asked !== null;
  if (isRefused) ask(s); // the viewer has followed what Python did not take
  s.asked = JSON.stringify(spellAll(fields, s.values));
  const shape = JSON.stringify(fields, (key, value) => (key === "values" ? undefined : value));
  if (shape !== s.shape) return build(s, shape);
  for (const f of fields) {
    if (f.values.length !== s.rows[f.name].items.length) buildRows(s, f);
    // Only what differs: an invalid text that is still being corrected stays as it was typed.
    else f.values.forEach((value, item) => value !== before[f.name][item] && showRow(s, f, item));
  }
  return undefined;
}

// ---- drawing

function build(s, shape) {
  Object.assign(s, { shape, rows: {} });
  s.root.replaceChildren(...s.fields.map((f) => buildField(s, f)));
  showPace(s);
}

function buildField(s, field) {
  const { button: help, tip } = helpOn(field.label, field.help, `${field.name}-help`);
  const head = make("div", { className: "head" }, make("span", { className: "label", textContent: field.label }));
  const unit = make("span", { className: "unit", textContent: field.unit });
  if (field.unit || field.zero) head.append(unit);
  head.append(help);
  const rows = make("div", { className: "rows" });
  const pace = make("p", { className: "tip pace", textContent: "boxes follow on release" });
  const box = make("div", { className: "parameter", role: "group", ariaLabel: field.label }, head, tip, rows, pace);
  const add = field.fewest < field.most ? buildAdd(s, field) : null;
  if (add) rows.after(add);
  s.rows[field.name] = { rows, items: [], add, zero: unit };
  buildRows(s, field);
  return box;
}

function buildAdd(s, field) {
  const ariaLabel = `Add ${field.label.toLowerCase()}`;
  const add = make("button", { type: "button", className: "add", textContent: "+ Add", ariaLabel });
  add.addEventListener("click", () => change(s, field, (values) => values.push(nextItem(field, values))));
  return add;
}

/** Add or remove an item: shown at once, and sent to the viewer and to Python. */
function change(s, field, act) {
  act(s.values[field.name]);
  buildRows(s, field);
  release(s);
}

function buildRows(s, field) {
  const made = s.rows[field.name];
  made.items = s.values[field.name].map((_, item) => buildRow(s, field, item));
  made.rows.replaceChildren(...made.items.map(({ row }) => row));
  if (made.add) made.add.hidden = made.items.length >= field.most;
  made.items.forEach((_, item) => showRow(s, field, item));
}

function buildRow(s, field, item) {
  const label = labelOf(field, item);
  const wrong = make("p", { className: "wrong", role: "alert", hidden: true, id: `${field.name}-${item}-wrong` });
  const number = buildNumber(s, field, item, label, wrong);
  const row = make("div", { className: "row" });
  const isFixed = field.list && field.fewest === field.most;
  if (isFixed) row.append(make("span", { className: "word", textContent: field.items[item] }));
  const slider = field.slider ? buildSlider(s, field, item, label) : null;
  row.append(...[slider, number].filter(Boolean));
  if (field.fewest < field.most) row.append(buildRemove(s, field, item, label));
  row.append(wrong);
  return { row, slider, number, wrong };
}

function buildSlider(s, field, item, label) {
  const slider = make("input", { type: "range", ...track(field), ariaLabel: label });
  slider.setAttribute("aria-describedby", `${field.name}-help`);
  let wait = PAUSE; // after a pointer none: it has been released
  slider.addEventListener("pointerdown", () => { wait = 0; s.editing = true; s.root.classList.add("editing"); });
  // Not the browser's keys: they step by positions of the track, and end with it.
  slider.addEventListener("keydown", (event) => {
    const value = keyed(field, s.values[field.name][item], event);
    if (value === undefined) return;
    event.preventDefault();
    s.root.classList.add("editing");
    move(s, field, item, value);
    release(s, PAUSE);
  });
  slider.addEventListener("input", () => {
    s.root.classList.add("editing");
    move(s, field, item, valueAt(field, Number(slider.value)));
  });
  slider.addEventListener("change", () => { s.editing = false; release(s, wait); wait = PAUSE; });
  // After `change`, which does not fire where the pointer moved nothing.
  for (const type of ["pointerup", "pointercancel"]) {
    slider.addEventListener(type, () => setTimeout(() => stopEditing(s)));
  }
  return slider;
}

function buildNumber(s, field, item, label, wrong) {
  const name = field.slider ? `${label}, exact value` : label;
  const number = make("input", { type: "number", step: field.step, ariaLabel: name, autocomplete: "off" });
  if (field.min !== null) number.min = field.min;
  if (field.max !== null) number.max = field.max;
  number.setAttribute("aria-describedby", `${field.name}-help ${wrong.id}`);
  number.addEventListener("input", () => { s.editing = true; });
  number.addEventListener("change", () => {
    s.editing = false;
    const reason = number.validity.badInput ? `${label}: expected a number` : mistake(field, label, number.value);
    showMistake(s.rows[field.name].items[item], reason);
    if (reason) return;
    move(s, field, item, Number(number.value));
    release(s, PAUSE);
  });
  number.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    showRow(s, field, item);
    stopEditing(s);
  });
  number.addEventListener("blur", () => setTimeout(() => stopEditing(s)));
  return number;
}

function buildRemove(s, field, item, label) {
  const title = `Remove ${label.toLowerCase()}`;
  const remove = make("button", { type: "button", className: "remove", textContent: "✕", title, ariaLabel: title });
  remove.disabled = s.values[field.name].length <= field.fewest;
  remove.addEventListener("click", () => {
    change(s, field, (values) => values.splice(item, 1));
    const { items, add } = s.rows[field.name];
    (items[Math.min(item, items.length - 1)]?.row.querySelector(".remove:enabled") ?? add).focus();
  });
  return remove;
}

const showPace = (s) => s.root?.classList.toggle("slow", !live());

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sliders");
  if (!elements.has(data.key)) elements.set(data.key, create());
  const s = elements.get(data.key);
  s.send = setStateValue;
  if (s.root === root && s.message === data) return; // only the theme changed, which the style sheet follows
  if (s.root !== root) Object.assign(s, { root, shape: null, editing: false, sent: null });
  s.message = data;
  receive(s, data);
}
