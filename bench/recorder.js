// Runs in the page before anything else: notes when something happens, so that no time is lost on the way to Python.
window.bench = (() => {
  const log = [];
  const note = (what, more = {}) => log.push({ at: performance.now(), what, ...more });

  /** The first element that a selector finds, inside shadow roots too. */
  function find(selector, root = document) {
    const found = root.querySelector(selector);
    if (found) return found;
    for (const { shadowRoot } of root.querySelectorAll("*")) {
      const inside = shadowRoot && find(selector, shadowRoot);
      if (inside) return inside;
    }
    return null;
  }

  addEventListener("keydown", ({ key, timeStamp }) => log.push({ at: timeStamp, what: "key", key }), true);
  addEventListener("boxscope:go", () => note("go"));
  addEventListener("boxscope:live", () => note("live"));
  addEventListener("boxscope:answered", () => note("answered"));

  /** Milliseconds from the first note of a kind to the first after it that passes; null while there is none. */
  function span(first, passes) {
    const start = log.findIndex(({ what }) => what === first);
    const end = start < 0 ? undefined : log.slice(start + 1).find(passes);
    return end ? Math.max(end.at - log[start].at, Number.MIN_VALUE) : null; // 0 would be taken for not yet
  }

  /** Milliseconds from the first note of a kind to the last of another. */
  const last = (first, then) => log.findLast(({ what }) => what === then).at - log.find(({ what }) => what === first).at;

  /** Milliseconds from the request for the page to the first painted picture, once there is one. */
  let firstPaint = null;
  const looking = setInterval(() => {
    if (!find('.viewer:not([data-painted="0"])')) return;
    firstPaint = performance.now();
    clearInterval(looking);
  }, 10);

  let watched = [];
  /** Watch the script's state, the viewer's paints and the charts. Streamlit may have mounted the viewer anew since. */
  function watch() {
    watched.forEach((observer) => observer.disconnect());
    const app = find('[data-testid="stApp"]');
    const viewer = find(".viewer");
    const script = new MutationObserver(() => note("script", { state: app.dataset.testScriptState }));
    script.observe(app, { attributeFilter: ["data-test-script-state"] });
    const paints = new MutationObserver(() => note("paint", { ...viewer.dataset, waiting: viewer.classList.contains("waiting") }));
    if (viewer) paints.observe(viewer, { attributeFilter: ["data-painted"] });
    const inChart = ({ target }) => (target.parentElement ?? target).closest(".js-plotly-plot");
    const charts = new MutationObserver((list) => list.some(inChart) && note("chart"));
    if (find(".js-plotly-plot")) charts.observe(document.body, { subtree: true, childList: true, attributes: true });
    watched = [script, paints, charts];
    log.length = 0;
  }

  const frame = (act = () => {}) => new Promise((resolve) => requestAnimationFrame(() => resolve(act())));

  /** Move a slider of the viewer to and fro; milliseconds of work from each move to pixels that are drawn. */
  async function frames(label, values, count) {
    const viewer = find(".viewer");
    const slider = viewer.querySelector(`input[aria-label="${label}"]`);
    const context = viewer.querySelector("canvas").getContext("2d");
    const times = [];
    const boxes = [];
    for (let n = 0; n < count; n += 1) {
      const begun = frame(() => performance.now()); // called just before the viewer's own
      const start = performance.now();
      slider.value = values[n % values.length];
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      const handled = performance.now() - start;
      const drawn = frame(() => {
        context.getImageData(0, 0, 1, 1); // a canvas draws what it was told when its pixels are wanted
        return performance.now();
      });
      times.push(handled + (await drawn) - (await begun));
      boxes.push(Number(viewer.dataset.boxes));
    }
    return { times, boxes };
  }

  /** Walk through the images by key, to the last and back, and count; nobody need listen. */
  function walk(images, changes, pause) {
    let done = 0;
    const step = () => {
      const key = Math.floor(done / (images - 1)) % 2 ? "ArrowLeft" : "ArrowRight";
      find(".viewer canvas").dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
      done += 1;
      if (done < changes) setTimeout(step, pause);
    };
    step();
  }

  return { log, find, span, last, watch, frames, walk, firstPaint: () => firstPaint };
})();
