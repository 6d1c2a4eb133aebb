// The toolbar above the picture, and its panels.
import { countText } from "../shared/count.js";
import { make, put } from "../shared/dom.js";
import { imageAt } from "../shared/queue.js";
import { button, slider } from "./controls.js";
import { queueOf } from "./fetching.js";
import { stops, topOf } from "./filter.js";
import { sheetOfKeys } from "./keys.js";
import { buildLegend } from "./legend.js";
import { appearancePanel, boxesPanel, layersPanel, savePanel } from "./panels.js";
import { isDefault, storeAppearance } from "./settings.js";
import { plural } from "./texts.js";
import { FIT } from "./view.js";

const SETTINGS = { Filter: "filter", Display: "appearance" }; // marked where they differ from the defaults
const PANELS = { Filter: boxesPanel, Overlays: layersPanel, Display: appearancePanel, Save: savePanel };
const TEXTS = { Filter: "Filter boxes" }; // where they differ from the name

/** Update all controls from the state, and store the settings. */
export function refreshControls(v) {
  storeAppearance(v);
  v.controls.forEach((control) => control());
}

export function buildToolbar(v) {
  v.controls = [];
  v.panels = new Map();
  const title = "Screen pixels per picture pixel. Press to fit the picture (0).";
  const fit = button("", () => v.setView(FIT), { className: "zoom", title });
  v.controls.push(() => put(fit, "textContent", v.data?.screen ? `${Math.round((100 * v.view.scale) / v.ratio)} %` : ""));
  const openers = Object.entries(PANELS).map(([name, build]) => opener(v, name, TEXTS[name] ?? name, build(v)));
  const note = make("p", { textContent: "These keys work while the pointer is over the picture, or while nothing else has the focus:" });
  const keys = opener(v, "Keys", "?", make("div", {}, note, sheetOfKeys()));
  v.root.querySelector(".bar").append(...steps(v), topSlider(v), fit, ...openers, keys);
  buildLegend(v);
}

/** Buttons of the viewer, not of the page: clicks faster than runs of the script are not lost. */
function steps(v) {
  return [["←", -1, "Previous image"], ["→", 1, "Next image"]].map(([text, by, label]) => {
    const properties = { className: "step", title: `${label} (${text})`, ariaLabel: label };
    const element = button(text, () => v.move(by), properties);
    v.controls.push(() => {
      const queue = queueOf(v)?.value;
      put(element, "hidden", !v.queue);
      element.disabled = !queue || imageAt(queue, (v.shown?.index ?? 0) + by) === undefined;
    });
    return element;
  });
}

function opener(v, name, text, content) {
  const title = TEXTS[name] ?? name;
  const close = button("×", () => closePanels(v), { className: "close", ariaLabel: "Close" });
  const panel = make("div", { className: `panel ${name}`, role: "dialog", ariaLabel: title, hidden: true },
    make("b", { textContent: title }), close, content);
  const toggle = button(text, () => togglePanel(v, name), { ariaExpanded: "false" });
  v.controls.push(() => toggle.classList.toggle("changed", name in SETTINGS && !isDefault(v, SETTINGS[name])));
  v.panels.set(name, { panel, toggle });
  v.root.querySelector(".panels").append(panel);
  return toggle;
}

export function togglePanel(v, name) {
  const open = v.panels.get(name).panel.hidden;
  closePanels(v);
  v.panels.get(name).panel.hidden = !open;
  v.panels.get(name).toggle.ariaExpanded = String(open);
}

/** Close the open panel; true when one was open. */
export function closePanels(v) {
  const open = [...v.panels.values()].filter(({ panel }) => !panel.hidden);
  for (const { panel, toggle } of open) {
    panel.hidden = true;
    toggle.ariaExpanded = "false";
  }
  return open.length > 0;
}

function topSlider(v) {
  const steps = () => stops(v.data?.count ?? 0);
  const top = () => (v.data ? topOf(v.filter, v.data.count) : 0);
  const set = (at) => {
    v.filter.top = at >= steps().length - 1 ? 0 : steps()[at];
    v.refresh();
  };
  const row = slider(v, {
    label: "Top N", title: "The first N proposals in the order chosen by Rank by", min: 0, max: 1, step: 1, set,
    get: () => steps().findLastIndex((n) => n <= top()),
    text: () => topText(v, top()),
    done: () => v.send("top", v.filter.top),
  });
  row.classList.add("top");
  v.controls.push(() => put(row, "title", topText(v, top()))); // where it is cut off
  v.controls.unshift(() => (row.querySelector("input").max = steps().length - 1)); // before its value is set
  return row;
}

function topText(v, top) {
  if (v.pending && !v.error) return "computing proposals …";
  const text = `${countText(top)} of ${plural(v.data?.count ?? 0, "box", "boxes")}`;
  const drawn = v.filtered?.ranks.length ?? top;
  return drawn < top ? `${text}, ${countText(drawn)} drawn` : text;
}
