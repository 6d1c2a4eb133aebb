// The panels of the toolbar: which boxes, what lies over the picture, their appearance, and saving.
import { countText as numberText } from "../shared/count.js";
import { make, put } from "../shared/dom.js";
import { scoreText } from "../shared/score.js";
import { button, check, choice, range, slider } from "./controls.js";
import { bitmapAt } from "./fetching.js";
import { countText } from "./removed.js";
import { covered } from "./scene.js";
import { isCompared, scoreAt, stepOf, stepsOf } from "./scores.js";
import { reset } from "./settings.js";

export function boxesPanel(v) {
  const { filter } = v;
  const set = (values) => {
    Object.assign(filter, values);
    v.refresh();
  };
  const kind = (value, label) => check(v, {
    label, get: () => filter.kinds[value], set: (on) => set({ kinds: { ...filter.kinds, [value]: on } }),
    text: () => (v.filtered ? numberText(v.filtered.kinds[value]) : ""),
  });
  return make("div", {},
    scoreSlider(v),
    range(v, {
      label: "IoU", get: () => [filter.low, filter.high], set: (low, high) => set({ low, high }),
      text: () => `${filter.low.toFixed(2)} – ${filter.high.toFixed(2)}`,
    }),
    kind(1, "positives"), kind(0, "negatives"), kind(-1, "ignored"),
    check(v, { label: "only the highest-IoU box of each object", get: () => filter.best, set: (best) => set({ best }) }),
    resetButton(v));
}

/** The least score of a box that counts; hidden where boxes have none, and where those of two setups are compared. */
function scoreSlider(v) {
  const rangeNow = () => v.scoreRange?.range ?? [0, 1];
  const row = slider(v, {
    label: "Score", title: "Boxes below do not count: an object that only they find is missed", min: 0, max: 1, step: 1,
    get: () => stepOf(rangeNow(), v.filter.score),
    set(step) {
      v.filter.score = scoreAt(rangeNow(), step);
      v.refresh();
    },
    text: () => (v.filter.score === null ? "all" : `≥ ${scoreText(v.filter.score)}`),
  });
  row.classList.add("score");
  v.controls.unshift(() => {
    put(row, "hidden", !v.data?.scores || isCompared(v));
    row.querySelector("input").max = stepsOf(rangeNow()); // before its value is set
  });
  return row;
}

/** A button that resets the settings that outlive a reload. */
function resetButton(v) {
  const act = () => {
    reset(v);
    v.refresh();
  };
  return make("div", { className: "actions" }, button("Reset filter and display", act));
}

export function layersPanel(v) {
  const shown = (what, label, key, text) => check(v, {
    label, key, get: () => v.show[what],
    set: (on) => v.switchShown(what, on), text,
  });
  const set = (values) => {
    Object.assign(v.layer, values);
    stageChanged(v);
  };
  const stage = make("select", { ariaLabel: "Intermediate result" });
  stage.addEventListener("change", () => set({ on: stage.value >= 0, number: Math.max(stage.value, 0) }));
  let listed = null;
  v.controls.push(() => {
    const names = v.layers.map(({ name }) => name).join("\n");
    if (names !== listed) { // an open list would close
      const options = [["-1", "none"], ...v.layers.map(({ name }, i) => [i, name])];
      stage.replaceChildren(...options.map(([value, textContent]) => make("option", { value, textContent })));
      listed = names;
    }
    stage.value = v.layer.on && v.layers[v.layer.number] ? v.layer.number : -1;
    stage.disabled = !v.layers.length;
  });
  const opacity = slider(v, {
    label: "Opacity", min: 0, max: 100, step: 1, text: () => `${Math.round(100 * v.layer.opacity)} %`,
    get: () => 100 * v.layer.opacity, set: (part) => set({ opacity: part / 100 }),
  });
  const count = () => v.layers[v.layer.number]?.merges ?? 0;
  const at = () => Math.min(v.layer.merges[v.layer.number] ?? 0, count());
  const merges = slider(v, {
    label: "Merges", min: 0, max: 1, step: 1, get: at, text: () => `${at()} of ${count()}`,
    set: (merge) => set({ merges: { ...v.layer.merges, [v.layer.number]: merge } }),
  });
  const hint = make("p", { className: "hint" });
  const request = button("Show intermediate results", () => v.switchLayer());
  v.controls.push(() => {
    const none = !v.layers.length && v.message;
    put(hint, "textContent", none && !none.gives_layers ? none.no_layers : bitmapAt(v.layer.shown)?.description ?? "");
    put(request, "hidden", !none?.gives_layers);
  });
  v.controls.unshift(() => {
    merges.querySelector("input").max = count();
    put(opacity, "hidden", !v.layer.on);
    put(merges, "hidden", !v.layer.on || !count());
  });
  const mask = shown("mask", "masks of the objects", "m");
  v.controls.push(() => put(mask, "hidden", !v.message?.mask));
  const [name, key] = [make("span", { textContent: "Intermediate result" }), make("kbd", { textContent: "t" })];
  return make("div", {},
    shown("truth", "ground truth", "g"), shown("boxes", "boxes", "b"),
    shown("removed", "removed boxes", "r", () => (v.removed ? countText(v.removed) : "")), mask,
    make("label", { className: "row" }, name, stage, key), opacity, merges, hint,
    make("div", { className: "actions" }, request));
}

function stageChanged(v) {
  v.refreshControls();
  v.advance();
  v.repaint();
}

export function switchLayer(v) {
  if (v.layers.length) v.layer.on = !v.layer.on;
  else requestLayers(v);
  stageChanged(v);
}

/** Lay a stage over the picture, null for none; where it lies there already, take it away. */
export function showLayer(v, number) {
  const isShown = v.layer.on && v.layer.number === number;
  Object.assign(v.layer, { on: number !== null && !isShown, number: number ?? v.layer.number });
  stageChanged(v);
}

/** Ask Python for layers where there are none; they are shown when they arrive. */
function requestLayers(v) {
  const { gives_layers: canAsk, no_layers: reason } = v.message;
  v.layer.on = canAsk;
  v.note(canAsk ? "Computing the intermediate results …" : reason, 2000);
  if (canAsk) v.send("layers", Date.now()); // the same value again would not be sent
}

export function appearancePanel(v) {
  const { appearance } = v;
  const set = (values) => {
    Object.assign(appearance, values);
    v.refreshControls();
    v.repaint();
  };
  return make("div", {},
    choice(v, {
      label: "Colours", options: [["classes", "4 classes"], ["continuous", "continuous"], ["score", "score"]],
      get: () => appearance.scale,
      set(scale) {
        set({ scale });
        v.refresh(); // the best on top are others
      },
      isOffered: (scale) => scale !== "score" || Boolean(v.data?.scores),
    }),
    slider(v, {
      label: "Line width", min: 0.5, max: 3, step: 0.25, text: () => `× ${appearance.weight}`,
      get: () => appearance.weight, set: (weight) => set({ weight }),
    }),
    slider(v, {
      label: "Dim picture", min: 0, max: 90, step: 5, text: () => `${Math.round(100 * appearance.dim)} %`,
      get: () => 100 * appearance.dim, set: (part) => set({ dim: part / 100 }),
    }),
    check(v, {
      label: "names of missed objects, where there is room", get: () => appearance.names, set: (names) => set({ names }),
    }),
    check(v, {
      label: "keep the zoom for the next image", get: () => appearance.keepZoom, set: (keepZoom) => set({ keepZoom }),
    }),
    resetButton(v));
}

export function savePanel(v) {
  const set = (times) => {
    v.times = times;
    v.refreshControls();
  };
  const size = make("p", { className: "hint" });
  v.controls.push(() => {
    if (!v.view) return;
    const { w, h } = covered(v);
    size.textContent = `${w * v.times} × ${h * v.times} px, as shown${v.withLegend ? ", and the legend below" : ""}`;
  });
  return make("div", {},
    choice(v, { label: "Scale", options: [1, 2, 3, 4].map((n) => [n, `${n}×`]), get: () => v.times, set }),
    check(v, {
      label: "legend below the picture", get: () => v.withLegend,
      set: (withLegend) => {
        v.withLegend = withLegend;
        v.refreshControls();
      },
    }), size,
    make("div", { className: "actions" },
      button("Save PNG", () => v.save("png")), button("Save SVG", () => v.save("svg"))));
}
