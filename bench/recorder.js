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
  addEventListener("boxscope:live", () => note("live"));
  addEventListener("boxscope:answered", () => note("answered"));

  let watched = [];
  /** Watch the script's state and the viewer's paints. Streamlit may have mounted the viewer anew since. */
  function watch() {
    watched.forEach((observer) => observer.disconnect());
    const app = find('[data-testid="stApp"]');
    const viewer = find(".viewer");
    const script = new MutationObserver(() => note("script", { state: app.dataset.testScriptState }));
    script.observe(app, { attributeFilter: ["data-test-script-state"] });
    const paints = new MutationObserver(() => note("paint", { ...viewer.dataset }));
    paints.observe(viewer, { attributeFilter: ["data-painted"] });
    watched = [script, paints];
    log.length = 0;
  }

  const painted = (viewer) => new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      observer.disconnect();
      resolve();
    });
    observer.observe(viewer, { attributeFilter: ["data-painted"] });
  });

  /** Move a slider of the viewer to and fro; milliseconds from each move to pixels that are drawn. */
  async function frames(label, values, count) {
    const viewer = find(".viewer");
    const slider = viewer.querySelector(`input[aria-label="${label}"]`);
    const context = viewer.querySelector("canvas").getContext("2d");
    const times = [];
    const boxes = [];
    for (let n = 0; n < count; n += 1) {
      await new Promise(requestAnimationFrame); // what follows has a whole frame before it
      const start = performance.now();
      slider.value = values[n % values.length];
      const done = painted(viewer);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      const asked = performance.now() - start;
      const frame = await new Promise((resolve) => requestAnimationFrame(resolve));
      const drawing = performance.now();
      await done;
      context.getImageData(0, 0, 1, 1); // a canvas draws when its pixels are wanted
      times.push(asked + Math.max(0, performance.now() - Math.min(drawing, Math.max(frame, start + asked))));
      boxes.push(Number(viewer.dataset.boxes));
    }
    return { times, boxes };
  }

  return { log, find, watch, frames };
})();
