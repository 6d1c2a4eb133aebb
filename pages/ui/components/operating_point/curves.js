// The chart: precision by recall of each setup, and the point of the present score on its curve.

const [WIDTH, HEIGHT] = [420, 270];
const PLOT = { left: 44, top: 8, right: WIDTH - 10, bottom: HEIGHT - 38 };
const TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1];
const DASHES = { solid: "", dash: "8 5", dot: "2 4" };

const x = (recall) => PLOT.left + recall * (PLOT.right - PLOT.left);
const y = (precision) => PLOT.bottom - precision * (PLOT.bottom - PLOT.top);

function part(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

const axes = (iou) => [
  ...TICKS.flatMap((at) => [
    part("line", { class: "grid", x1: x(at), x2: x(at), y1: PLOT.top, y2: PLOT.bottom }),
    part("line", { class: "grid", x1: PLOT.left, x2: PLOT.right, y1: y(at), y2: y(at) }),
    part("text", { x: x(at), y: PLOT.bottom + 15, "text-anchor": "middle" }, at),
    part("text", { x: PLOT.left - 6, y: y(at) + 4, "text-anchor": "end" }, at),
  ]),
  part("text", { x: (PLOT.left + PLOT.right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, `recall at IoU ${iou}`),
  part("text", { transform: `translate(11 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, "precision"),
];

function line({ name, colour, dash, curve: [recalls, precisions] }) {
  const points = recalls.map((recall, i) => `${x(recall).toFixed(1)},${y(precisions[i]).toFixed(1)}`).join(" ");
  const drawn = part("polyline", { class: "curve", points, stroke: colour, "stroke-dasharray": DASHES[dash] ?? "" });
  drawn.append(part("title", {}, name));
  return drawn;
}

/** Draw all curves, and the point of `of` at a step. */
export function drawChart(root, curves, of, step, iou) {
  const key = [curves, iou];
  if (key.some((each, i) => each !== root.drawn?.[i])) {
    const chart = part("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": "Precision by recall" });
    chart.append(...axes(iou), ...curves.map(line), part("circle", { class: "point", r: 6 }));
    root.replaceChildren(chart);
    root.drawn = key;
  }
  const point = root.querySelector(".point");
  const [recall, precision] = [of.recall[step], of.precision[step]];
  point.style.display = recall === null || precision === null ? "none" : "";
  point.setAttribute("cx", x(recall ?? 0));
  point.setAttribute("cy", y(precision ?? 0));
  point.setAttribute("fill", of.colour);
}
