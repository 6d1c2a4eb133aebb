// A chart by Plotly. It stays as long as its element: of another figure only what differs is drawn.
import { plotlyFrom, tryOut } from "./plotly.js";
import { themed } from "./theme.js";

const messages = new Map(); // the latest by key: Streamlit may deliver an earlier one after it
const drawn = new WeakMap(); // by element: its width, the latest sender, and what ends it
let before = Promise.resolve(); // first drawings are one after the other, each with a frame of its own

/** The settings of a chart: no zoom, and one button, which saves it. */
const config = ({ key }) => ({
  displaylogo: false,
  doubleClick: false,
  modeBarButtons: [["toImage"]],
  toImageButtonOptions: { filename: key.replaceAll(".", "-"), scale: 2 },
});

async function draw(root, key, send) {
  const Plotly = await plotlyFrom(messages.get(key).script);
  if (drawn.has(root)) return drawNow(root, key, Plotly);
  const after = before.then(async () => {
    if (!root.isConnected || !root.clientWidth || drawn.has(root)) return;
    await drawNow(root, key, Plotly);
    begin(root, Plotly, send);
    await new Promise((resolve) => setTimeout(resolve));
  });
  before = after.catch(() => {});
  return after;
}

function drawNow(root, key, Plotly) {
  const message = messages.get(key);
  const { data, layout } = JSON.parse(message.figure);
  return Plotly.react(root, data, themed(layout, getComputedStyle(root)), config(message));
}

/** Listen to clicks on marks, and follow the width. */
function begin(root, Plotly, send) {
  const state = { width: root.clientWidth, send };
  drawn.set(root, state);
  root.on("plotly_click", ({ points }) => {
    const marks = points.map(({ customdata }) => String([customdata].flat()[0]));
    if (root.classList.contains("picks")) state.send("marks", marks);
  });
  const observer = new ResizeObserver(() => {
    if (!root.clientWidth || root.clientWidth === state.width) return;
    state.width = root.clientWidth;
    Plotly.Plots.resize(root);
  });
  observer.observe(root);
  state.end = () => {
    observer.disconnect();
    Plotly.purge(root);
  };
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
  if (drawn.has(root)) drawn.get(root).send = setTriggerValue;
  draw(root, data.key, setTriggerValue).catch((error) => {
    root.replaceChildren(`The chart could not be drawn: ${error.message}. Reload the page.`);
    throw error;
  });
  return () => drawn.get(root)?.end();
}
