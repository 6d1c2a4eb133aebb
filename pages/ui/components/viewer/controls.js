// Small parts of the toolbar. Each adds a function to v.controls that shows the present state.
import { make, put } from "../shared/dom.js";

/** A labelled slider; `text` is its value with its unit, `done` is called on release. */
export function slider(v, { label, title = "", min, max, step, get, set, text, done = () => {} }) {
  const input = make("input", { type: "range", min, max, step, title, ariaLabel: label });
  const output = make("output");
  input.addEventListener("input", () => set(input.valueAsNumber));
  input.addEventListener("change", done);
  v.controls.push(() => {
    input.value = get();
    input.disabled = Number(input.min) >= Number(input.max);
    input.style.setProperty("--part", input.disabled ? 1 : (input.value - input.min) / (input.max - input.min));
    const now = text();
    put(output, "textContent", now);
    put(input, "ariaValueText", now);
  });
  return make("label", { className: "row" }, make("span", { textContent: label }), input, output);
}

/** Two thumbs on one track, both from 0 to 1; each pushes the other along. */
export function range(v, { label, get, set, text }) {
  const inputs = ["from", "to"].map((end) =>
    make("input", { type: "range", min: 0, max: 1, step: 0.01, ariaLabel: `${label} ${end}` }));
  const output = make("output");
  inputs.forEach((input, end) => input.addEventListener("input", () => {
    const [low, high] = inputs.map((each) => each.valueAsNumber);
    set(end ? Math.min(low, high) : low, end ? high : Math.max(low, high));
  }));
  const track = make("span", { className: "range" }, ...inputs);
  v.controls.push(() => {
    get().forEach((value, end) => {
      inputs[end].value = value;
      inputs[end].ariaValueText = value.toFixed(2);
      track.style.setProperty(end ? "--to" : "--from", value);
    });
    inputs[0].style.zIndex = get()[0] > 0.9 ? 1 : 0; // the lower thumb stays reachable at the right end
    put(output, "textContent", text());
  });
  return make("div", { className: "row" }, make("span", { textContent: label }), track, output);
}

export function check(v, { label, get, set, text = () => "", key = "" }) {
  const input = make("input", { type: "checkbox" });
  const output = make("output");
  input.addEventListener("change", () => set(input.checked));
  v.controls.push(() => {
    input.checked = get();
    put(output, "textContent", text());
  });
  const hint = key ? [make("kbd", { textContent: key })] : [];
  return make("label", { className: "tick" }, input, make("span", { textContent: label }), output, ...hint);
}

/** One of a few, as buttons side by side: `options` are [value, label], of which those are shown that are offered. */
export function choice(v, { label, options, get, set, isOffered = () => true }) {
  const buttons = options.map(([value, text]) => button(text, () => set(value)));
  v.controls.push(() => buttons.forEach((each, i) => {
    put(each, "ariaPressed", String(options[i][0] === get()));
    put(each, "hidden", !isOffered(options[i][0]));
  }));
  const group = make("span", { className: "choice", role: "group", ariaLabel: label }, ...buttons);
  return make("div", { className: "row" }, make("span", { textContent: label }), group);
}

export function button(text, act, properties = {}) {
  const element = make("button", { type: "button", textContent: text, ...properties });
  element.addEventListener("click", act);
  return element;
}
