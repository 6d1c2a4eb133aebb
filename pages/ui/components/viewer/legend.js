// The legend: a button for each class of IoU, which hides its boxes, and one for the ground truth.
import { RAMP, REMOVED } from "colours";
import { make } from "../shared/dom.js";
import { button } from "./controls.js";
import { countText } from "./removed.js";
import { CLASSES, IGNORED, scaleOf } from "./scale.js";

export function buildLegend(v) {
  const legend = v.root.querySelector(".legend");
  const toggle = (of, what, text, colour) => {
    const element = button("", () => {
      of[what] = !of[what];
      v.refresh();
    });
    v.controls.push(() => {
      element.ariaPressed = String(of[what]);
      element.textContent = text();
      element.style.setProperty("--colour", colour());
    });
    return element;
  };
  const counts = (c) => (v.filtered?.counts[c] ?? 0).toLocaleString("en");
  const colour = (c) => scaleOf(v.appearance.scale).legend[c];
  const classes = CLASSES.map(({ label, line }, c) => {
    const element = toggle(v.filter.classes, c, () => `${label} · ${counts(c)}`, () => colour(c));
    element.style.setProperty("--line", line);
    return element;
  });
  classes[IGNORED].className = "ignored";
  classes[IGNORED].hidden = true; // until the boxes have been fetched
  const ramp = make("i", { className: "ramp", "--ramp": RAMP.join(), hidden: v.appearance.scale !== "continuous" });
  v.controls.push(() => {
    classes[IGNORED].hidden = !v.data || !v.data.classes.includes(IGNORED);
    ramp.hidden = v.appearance.scale !== "continuous";
  });
  const truth = toggle(v.show, "truth", () => "ground truth", () => "#fff");
  const removed = toggle(v.show, "removed", () => `removed · ${v.removed ? countText(v.removed) : "…"}`, () => REMOVED);
  removed.className = "removed";
  v.controls.push(() => (removed.hidden = !v.show.removed));
  legend.append(make("span", { textContent: "IoU" }), ramp, ...classes, truth, removed);
}
