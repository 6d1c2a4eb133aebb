// A chart by Plotly. It stays as long as its element: of another figure only what differs is drawn.
import { onChosen } from "../shared/chosen.js";
import { figureOf } from "./figure.js";
import { plotlyFrom, tryOut } from "./plotly.js";
import { themed } from "./theme.js";

const messages = new Map(); // the latest by key: Streamlit may deliver an earlier one after it
const states = new WeakMap(); // by element: the width that it is drawn at, what sends a click, what ends its observation
let turn = Promise.resolve(); // first drawings are one after the other, each with a frame of its own

/** The settings of a chart: no zoom, and one button, which saves it. */
const config = ({ key }) => ({
  displaylogo: false,
  doubleClick: false,
  modeBarButtons: [["toImage"]],
  toImageButtonOptions: { filename: key.replaceAll(".", "-"), scale: 2 },
});

async function draw(root, key) {
  const Plotly = await plotlyFrom(messages.get(key).script);
  if (states.get(root)?.width) return drawNow(root, key, Plotly);
  const mine = turn.then(async () => {
    await drawNow(root, key, Plotly);
    await new Promise((resolve) => setTimeout(resolve));
  });
  turn = mine.catch(() => {});
  return mine;
}

async function drawNow(root, key, Plotly) {
  const [message, state] = [messages.get(key), states.get(root)];
  if (!state) return; // its element is gone
  state.isHidden = !root.clientWidth;
  if (state.isHidden) return; // it is drawn once it has a width
  const figure = figureOf(message);
  if (!figure) return; // it is drawn once the element that it follows is there
  const isFirst = !state.width;
  state.width = root.clientWidth;
  const { data, layout } = figure;
  await Plotly.react(root, data, themed(layout, getComputedStyle(root)), config(message));
  if (!isFirst) return;
  root.on("plotly_click", ({ points }) => {
    const marks = points.map(({ customdata }) => String([customdata].flat()[0]));
    if (root.classList.contains("picks")) state.send("marks", marks);
  });
}

/** Have a chart follow the width of its element, and another element's choice. */
function observed(root, key) {
  const state = { width: 0, isHidden: false, send: null, frame: 0, end: null };
  const observer = new ResizeObserver(() => {
    if (!root.clientWidth || root.clientWidth === state.width) return;
    if (state.isHidden) return show(root, key);
    if (!state.width) return; // about to be drawn
    state.width = root.clientWidth;
    globalThis.Plotly.Plots.resize(root);
  });
  observer.observe(root);
  const ignore = onChosen((element) => {
    if (messages.get(key).follows !== element) return;
    cancelAnimationFrame(state.frame); // of several choices in a frame the last one is drawn
    state.frame = requestAnimationFrame(() => show(root, key));
  });
  state.end = () => {
    observer.disconnect();
    ignore();
    cancelAnimationFrame(state.frame);
  };
  states.set(root, state);
  return state;
}

function show(root, key) {
  draw(root, key).catch((error) => {
    root.replaceChildren(`The chart could not be drawn: ${error.message}. Reload the page.`);
    throw error;
  });
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (!data.figure) {
    if (!globalThis.Plotly) plotlyFrom(data.script).then(tryOut).catch(() => {}); // the first chart says so
    return;
  }
  const root = parentElement.querySelector(".chart");
  if (!(messages.get(data.key)?.sent_at > data.sent_at)) messages.set(data.key, data);
  const { height, label, picks } = messages.get(data.key);
  root.style.height = `${height}px`; // before it is drawn: what is below stays where it is
  root.setAttribute("aria-label", label);
  root.classList.toggle("picks", picks);
  const state = states.get(root) ?? observed(root, data.key);
  state.send = setTriggerValue;
  show(root, data.key);
  return () => {
    state.end();
    states.delete(root);
    if (state.width) globalThis.Plotly.purge(root);
  };
}
