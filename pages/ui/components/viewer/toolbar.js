// The toolbar above the picture, and the legend.
import { button, make, slider } from "./controls.js";
import { stops, topOf } from "./filter.js";
import { queueOf } from "./frame.js";
import { sheetOfKeys } from "./keys.js";
import { refresh, setView } from "./paint.js";
import { boxesPanel, layersPanel, lookPanel, savePanel } from "./panels.js";
import { CLASSES, IGNORED, RAMP, scaleOf } from "./scale.js";
import { isPlain, remember } from "./settings.js";
import { FIT } from "./view.js";
import { move } from "./walk.js";
import { plural } from "./words.js";

const PARTS = { Boxes: "filter", Look: "look" }; // marked where they are not as at first
const PANELS = { Boxes: boxesPanel, Layers: layersPanel, Look: lookPanel, Save: savePanel };

export function refreshControls(v) {
  remember(v);
  v.controls.forEach((control) => control());
}

export function buildToolbar(v) {
  v.controls = [];
  v.panels = new Map();
  const title = "Screen pixels to a picture pixel. Press to fit (0).";
  const fit = button("", () => setView(v, FIT), { className: "zoom", title });
  v.controls.push(() => (fit.textContent = v.data?.screen ? `${Math.round((100 * v.view.scale) / v.ratio)} %` : ""));
  const openers = Object.entries(PANELS).map(([name, build]) => opener(v, name, name, build(v)));
  const where = make("p", { textContent: "Keys, while the picture has the focus or nothing else has it:" });
  const keys = opener(v, "Keys", "?", make("div", {}, where, sheetOfKeys(make)));
  const room = make("span", { className: "room" });
  v.root.querySelector(".bar").append(...steps(v), topSlider(v), room, fit, ...openers, keys);
  buildLegend(v);
}

/** Here and not on the page: of presses that are faster than runs of the script none is lost. */
function steps(v) {
  return [["←", -1, "Previous image"], ["→", 1, "Next image"]].map(([words, by, label]) => {
    const element = button(words, () => move(v, by), { className: "step", title: `${label} (${words})`, ariaLabel: label });
    v.controls.push(() => {
      const images = queueOf(v)?.value?.images ?? [];
      element.hidden = !v.queue;
      element.disabled = images[(v.shown?.index ?? 0) + by] === undefined;
    });
    return element;
  });
}

function opener(v, name, words, content) {
  const close = button("×", () => closePanels(v), { className: "close", ariaLabel: "Close" });
  const panel = make("div", { className: `panel ${name}`, role: "dialog", ariaLabel: name, hidden: true },
    make("b", { textContent: name }), close, content);
  const opening = button(words, () => togglePanel(v, name), { ariaExpanded: "false" });
  v.controls.push(() => opening.classList.toggle("changed", name in PARTS && !isPlain(v, PARTS[name])));
  v.panels.set(name, { panel, opening });
  v.root.querySelector(".panels").append(panel);
  return opening;
}

export function togglePanel(v, name) {
  const open = v.panels.get(name).panel.hidden;
  closePanels(v);
  v.panels.get(name).panel.hidden = !open;
  v.panels.get(name).opening.ariaExpanded = String(open);
}

/** True when one was open. */
export function closePanels(v) {
  const open = [...v.panels.values()].filter(({ panel }) => !panel.hidden);
  for (const { panel, opening } of open) {
    panel.hidden = true;
    opening.ariaExpanded = "false";
  }
  return open.length > 0;
}

function topSlider(v) {
  const steps = () => stops(v.data?.count ?? 0);
  const top = () => (v.data ? topOf(v.filter, v.data.count) : 0);
  const set = (at) => {
    v.filter.top = at >= steps().length - 1 ? 0 : steps()[at];
    refresh(v);
  };
  const row = slider(v, {
    label: "Top", title: "The best of the proposals", min: 0, max: 1, step: 1, set,
    get: () => steps().findLastIndex((n) => n <= top()),
    says: () => topWords(v, top()),
    done: () => v.send("top", v.filter.top),
  });
  row.classList.add("top");
  v.controls.unshift(() => (row.querySelector("input").max = steps().length - 1)); // before its value is set
  return row;
}

function topWords(v, top) {
  const words = `${top.toLocaleString("en")} of ${plural(v.data?.count ?? 0, "box", "boxes")}`;
  const drawn = v.sifted?.ranks.length ?? top;
  return drawn < top ? `${words}, ${drawn.toLocaleString("en")} drawn` : words;
}

function buildLegend(v) {
  const legend = v.root.querySelector(".legend");
  const toggle = (of, what, words, colour) => {
    const element = button("", () => {
      of[what] = !of[what];
      refresh(v);
    });
    v.controls.push(() => {
      element.ariaPressed = String(of[what]);
      element.textContent = words();
      element.style.setProperty("--colour", colour());
    });
    return element;
  };
  const counts = (c) => (v.sifted?.counts[c] ?? 0).toLocaleString("en");
  const colour = (c) => scaleOf(v.look.scale).legend[c];
  const classes = CLASSES.map(({ label, line }, c) => {
    const element = toggle(v.filter.classes, c, () => `${label} · ${counts(c)}`, () => colour(c));
    element.style.setProperty("--line", line);
    return element;
  });
  classes[IGNORED].className = "ignored";
  classes[IGNORED].hidden = true; // until the boxes have come
  const ramp = make("i", { className: "ramp", "--ramp": RAMP.join(), hidden: v.look.scale !== "continuous" });
  v.controls.push(() => {
    classes[IGNORED].hidden = !v.data || !v.data.classes.includes(IGNORED);
    ramp.hidden = v.look.scale !== "continuous";
  });
  const truth = toggle(v.show, "truth", () => "truth", () => "#fff");
  legend.append(make("span", { textContent: "IoU" }), ramp, ...classes, truth);
}
