// Precision by recall, and what a least score gives. All tables are in the browser: nothing here asks the server.
import { make } from "../shared/dom.js";
import { scoreText } from "../shared/score.js";
import { drawChart } from "./curves.js";

const PAUSE = 250; // ms after the last move until Python is sent the score, for the link of the page

// By key and not by element: Streamlit mounts a new element when something appears above it.
const elements = new Map();

const create = () => ({ root: null, send: null, message: null, curves: [], name: null, at: null, count: 0, timer: 0 });

const curveOf = (s) => s.curves.find(({ name }) => name === s.name) ?? s.curves[0];

/** The step of the slider that is nearest to a score; without one that of the best F1. */
function stepOf({ score: scores, best }, score) {
  if (score === null) return best;
  const from = scores.findIndex((each) => each >= score - 1e-9);
  return from < 0 ? scores.length - 1 : from;
}

function receive(s, message) {
  const before = s.message;
  s.message = message;
  if (before?.curves !== message.curves) s.curves = JSON.parse(message.curves);
  const isChanged = s.at === null || before?.score !== message.score;
  if (isChanged && !s.timer) s.at = message.score;
}

const share = (value) => (value === null ? "–" : value.toFixed(3));

// What stands beside the slider: [name, what it means, its text].
const FIGURES = [
  ["Recall", "Share of the objects that boxes of at least the score find", ({ recall }, i) => share(recall[i])],
  ["Precision", "Share of these boxes that find an object", ({ precision }, i) => share(precision[i])],
  ["F1", "Harmonic mean of precision and recall", ({ f1 }, i) => share(f1[i])],
  ["False positives an image", "Boxes of at least the score that find no object", ({ false: wrong }, i) =>
    wrong[i].toLocaleString("en", { maximumFractionDigits: wrong[i] < 10 ? 2 : 0 })],
];

function build(s) {
  const chart = make("div", { className: "chart" });
  const names = s.curves.map(({ name }) => make("option", { value: name, textContent: name }));
  const setup = make("select", { ariaLabel: "Setup of the score" }, ...names);
  setup.value = curveOf(s).name;
  setup.addEventListener("change", () => {
    Object.assign(s, { name: setup.value, at: null });
    send(s);
    show();
  });
  const input = make("input", { type: "range", min: 0, step: 1, ariaLabel: "Least score" });
  const output = make("output");
  const values = FIGURES.map(([textContent, title]) => {
    const value = make("b");
    const figure = make("div", { className: "figure", title }, make("span", { textContent }), value);
    return { figure, value };
  });
  const link = make("a", { target: "_self", textContent: "Look at the false positives" });
  const best = make("button", { type: "button", textContent: "Best F1", title: "The least score of the largest F1" });
  best.addEventListener("click", () => {
    s.at = null;
    send(s);
    show();
  });
  input.addEventListener("input", () => {
    s.at = curveOf(s).score[input.valueAsNumber];
    send(s);
    show();
  });

  function show() {
    const of = curveOf(s);
    const step = stepOf(of, s.at);
    input.max = of.score.length - 1;
    input.value = step;
    input.style.setProperty("--part", step / Math.max(of.score.length - 1, 1));
    output.textContent = `≥ ${scoreText(of.score[step])}`;
    input.ariaValueText = output.textContent;
    values.forEach(({ value }, i) => (value.textContent = FIGURES[i][2](of, step)));
    best.disabled = step === of.best;
    const query = new URLSearchParams({ ...of.explore, display: `score_${of.score[step]}` });
    link.href = `./?${query}`;
    drawChart(chart, s.curves, of, step, s.message.iou);
  }

  const row = make("label", { className: "row" }, make("span", { textContent: "Score" }), input, output);
  const several = make("label", { className: "row setup", hidden: s.curves.length < 2 },
    make("span", { textContent: "Setup" }), setup);
  const figures = make("div", { className: "figures" }, ...values.map(({ figure }) => figure));
  const actions = make("div", { className: "actions" }, best, link);
  s.root.replaceChildren(chart, make("div", { className: "side" }, several, row, figures, actions));
  s.show = show;
}

/** Send Python the score after the last move. */
function send(s) {
  clearTimeout(s.timer);
  s.timer = setTimeout(() => {
    s.timer = 0;
    s.count += 1;
    s.send("score", { text: s.at === null ? "" : String(s.at), count: s.count });
  }, PAUSE);
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".operating");
  if (!root.isConnected) return;
  if (!elements.has(data.key)) elements.set(data.key, create());
  const s = elements.get(data.key);
  s.send = setStateValue;
  const latest = s.message?.sent_at > data.sent_at ? s.message : data;
  const isBuilt = s.root === root && s.message?.curves === latest.curves && root.childElementCount;
  receive(s, latest);
  s.root = root;
  if (!isBuilt) build(s);
  s.show();
}
