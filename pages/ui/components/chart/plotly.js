// The script of Plotly, loaded once for all charts, and tried before the first of them comes.

const ID = "plotly-script";

function appended(source) {
  const script = Object.assign(document.createElement("script"), { id: ID, src: source, async: true });
  document.head.append(script);
  return script;
}

/** Plotly, once it is loaded; where that fails, the next chart asks again. */
export function plotlyFrom(source) {
  if (globalThis.Plotly) return Promise.resolve(globalThis.Plotly);
  const script = document.getElementById(ID) ?? appended(source);
  return new Promise((resolve, reject) => {
    script.addEventListener("load", () => resolve(globalThis.Plotly));
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error("its script did not load"));
    });
  });
}

/** Draw a chart that nobody sees: what draws the next one is compiled by then, which takes half of its time. */
export async function tryOut(Plotly) {
  const host = Object.assign(document.createElement("div"), { ariaHidden: "true" });
  host.style.cssText = "position: fixed; inset: 0 auto auto 0; width: 300px; visibility: hidden; pointer-events: none";
  const place = document.createElement("div");
  host.attachShadow({ mode: "closed" }).append(place); // no script or test takes it for a chart of the page
  document.body.append(host);
  const axis = { title: { text: "0" }, automargin: true };
  const shapes = [{ type: "line", x0: 1, x1: 1, y0: 0, y1: 1, yref: "paper" }];
  try {
    await Plotly.newPlot(place, [{ x: [1, 2], y: [0, 1], mode: "lines" }], { height: 200, shapes, xaxis: axis, yaxis: axis });
    Plotly.purge(place);
  } finally {
    host.remove();
  }
}
