// The script of Plotly, loaded once for all charts.

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
