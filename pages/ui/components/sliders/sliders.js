// Numbers of a settings object as sliders and fields. A drag speaks to the viewer at once; Python hears of it on
// release.
import { make } from "../shared/dom.js";
import { clamp, grid, labelOf, mistake, nextItem, rounded, spellAll } from "./values.js";

const LIVE = 0.1; // seconds that an answer may take and still be followed while dragging
const REST = 150; // ms after a key press before Python is told: held arrows are one change

// ---- what the viewer takes

let answer = 0; // seconds of the last answer known
const all = new Map(); // by key and not by element: Streamlit mounts the element anew when something appears above it

const live = () => answer < LIVE;

window.addEventListener("boxscope:answered", ({ detail: { seconds, wall } }) => {
  // An answer out of a cache is quick; what it took to find says how long the next one takes.
  answer = Math.max(seconds ?? 0, wall ?? 0);
  for (const s of all.values()) showPace(s);
});

function ask(s) {
  const setup = spellAll(s.fields, s.values);
  const text = JSON.stringify(setup);
  if (text === s.asked) return;
  s.asked = text;
  window.dispatchEvent(new CustomEvent("boxscope:live", { detail: { setup } }));
}

// ---- the hand

const create = () => ({
  root: null, send: null, fields: [], values: {}, rows: {},
  editing: false, // a pointer is down or a field half typed
  timer: 0, later: null, // a rest waited for; what Python said meanwhile
  said: null, asked: null, count: 0, shape: null,
});

/** A value has moved: the viewer may follow now. */
function move(s, field, item, value) {
  s.values[field.name][item] = value;
  showRow(s, field, item);
  if (live()) ask(s);
}

/** The hand has let go: at once after a pointer, after a rest between keys. */
function release(s, wait = 0) {
  clearTimeout(s.timer);
  s.timer = setTimeout(() => tell(s), wait);
}

function tell(s) {
  s.timer = 0;
  s.later = null;
  s.root.classList.remove("editing");
  ask(s);
  s.count += 1;
  s.said = `${PAGE}.${s.count}`;
  s.send("said", { texts: spellAll(s.fields, s.values), serial: s.said });
}

const PAGE = Math.random().toString(36).slice(2);

/** Let go without a change: what Python said in the meantime holds. */
function drop(s) {
  s.root.classList.remove("editing");
  s.editing = false;
  if (s.later && !s.timer) receive(s, s.later);
}

// ---- what Python says

/** Python's values, unless the hand is newer than they are. */
function receive(s, message) {
  const older = s.said !== null && message.heard !== s.said;
  s.later = s.editing ? message : null;
  if (s.shape && (older || s.editing || s.timer)) return;
  const fields = message.parameters;
  const before = s.values;
  s.fields = fields;
  s.values = Object.fromEntries(fields.map((f) => [f.name, [...f.values]]));
  s.asked = JSON.stringify(spellAll(fields, s.values));
  const shape = JSON.stringify(fields, (key, value) => (key === "values" ? undefined : value));
  if (shape !== s.shape) return build(s, shape);
  for (const f of fields) {
    if (f.values.length !== s.rows[f.name].items.length) buildRows(s, f);
    // Only what differs: a mistake that waits to be put right stays as it was typed.
    else f.values.forEach((value, item) => value !== before[f.name][item] && showRow(s, f, item));
  }
  return undefined;
}

// ---- what is drawn

function build(s, shape) {
  Object.assign(s, { shape, rows: {} });
  s.root.replaceChildren(...s.fields.map((f) => buildField(s, f)));
  showPace(s);
}

function buildField(s, field) {
  const tip = make("p", { id: `${field.name}-help`, className: "tip", role: "tooltip", textContent: field.help });
  const about = `About ${field.label.toLowerCase()}`;
  const help = make("button", { type: "button", className: "help", textContent: "?", ariaLabel: about });
  help.setAttribute("aria-describedby", tip.id);
  const head = make("div", { className: "head" }, make("span", { className: "label", textContent: field.label }));
  if (field.unit) head.append(make("span", { className: "unit", textContent: field.unit }));
  head.append(help);
  const rows = make("div", { className: "rows" });
  const pace = make("p", { className: "pace", textContent: "boxes follow on release" });
  const box = make("div", { className: "parameter", role: "group", ariaLabel: field.label }, head, tip, rows, pace);
  const add = field.fewest < field.most ? buildAdd(s, field) : null;
  if (add) rows.after(add);
  s.rows[field.name] = { rows, items: [], add };
  buildRows(s, field);
  return box;
}

function buildAdd(s, field) {
  const ariaLabel = `Add ${field.label.toLowerCase()}`;
  const add = make("button", { type: "button", className: "add", textContent: "+ Add", ariaLabel });
  add.addEventListener("click", () => change(s, field, (values) => values.push(nextItem(field, values))));
  return add;
}

/** Add or remove an item: shown at once, the viewer and Python told. */
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
  const [min, max] = grid(field);
  const slider = make("input", { type: "range", min, max, step: field.step, ariaLabel: label });
  slider.setAttribute("aria-describedby", `${field.name}-help`);
  let wait = REST;
  const startEditing = () => { s.editing = true; s.root.classList.add("editing"); };
  slider.addEventListener("pointerdown", () => { wait = 0; startEditing(); });
  slider.addEventListener("keydown", () => { wait = REST; });
  slider.addEventListener("input", () => {
    s.root.classList.add("editing");
    move(s, field, item, clamp(rounded(Number(slider.value)), field.min, field.max));
  });
  slider.addEventListener("change", () => { s.editing = false; release(s, wait); });
  // After `change`, which a pointer that moved nothing does not bring.
  for (const end of ["pointerup", "pointercancel"]) slider.addEventListener(end, () => setTimeout(() => drop(s)));
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
    release(s, REST);
  });
  number.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    showRow(s, field, item);
    drop(s);
  });
  number.addEventListener("blur", () => setTimeout(() => drop(s)));
  return number;
}

function buildRemove(s, field, item, label) {
  const title = `Remove ${label.toLowerCase()}`;
  const remove = make("button", { type: "button", className: "remove", textContent: "✕", title });
  remove.disabled = s.values[field.name].length <= field.fewest;
  remove.addEventListener("click", () => {
    change(s, field, (values) => values.splice(item, 1));
    const { items, add } = s.rows[field.name];
    (items[Math.min(item, items.length - 1)].row.querySelector(".remove:enabled") ?? add).focus();
  });
  return remove;
}

function showRow(s, field, item) {
  const made = s.rows[field.name].items[item];
  const value = s.values[field.name][item];
  const text = String(value);
  showMistake(made, "");
  if (made.number.value !== text) made.number.value = text;
  if (!made.slider) return;
  const [low, high] = grid(field);
  if (Number(made.slider.value) !== value) made.slider.value = text;
  made.slider.style.setProperty("--share", `${(100 * (value - low)) / (high - low)}%`);
  made.slider.ariaValueText = field.unit ? `${text} ${field.unit}` : text;
}

function showMistake({ number, wrong }, reason) {
  wrong.textContent = reason;
  wrong.hidden = !reason;
  number.ariaInvalid = String(Boolean(reason));
}

const showPace = (s) => s.root?.classList.toggle("slow", !live());

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".sliders");
  if (!all.has(data.key)) all.set(data.key, create());
  const s = all.get(data.key);
  s.send = setStateValue;
  if (s.root === root && s.message === data) return; // the theme changed: that is for the style sheet
  if (s.root !== root) Object.assign(s, { root, shape: null, editing: false, said: null });
  s.message = data;
  receive(s, data);
}
