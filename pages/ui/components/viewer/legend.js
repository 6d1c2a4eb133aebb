// The legend: a button for each class of IoU, which hides its boxes, and one for the ground truth.
import { REMOVED } from "colours";
import { countText } from "../shared/count.js";
import { make, put } from "../shared/dom.js";
import { button } from "./controls.js";
import { countText as removedText } from "./removed.js";
import { CLASSES, IGNORED, isByScore, scaleFor } from "./scale.js";

export function buildLegend(v) {
  const legend = v.root.querySelector(".legend");
  const toggle = (of, what, text, colour) => {
    const element = button("", () => {
      of[what] = !of[what];
      v.refresh();
    });
    v.controls.push(() => {
      put(element, "ariaPressed", String(of[what]));
      put(element, "textContent", text());
      element.style.setProperty("--colour", colour());
    });
    return element;
  };
  const counts = (c) => countText(v.filtered?.counts[c] ?? 0);
  const colour = (c) => scaleFor(v).legend[c];
  const classes = CLASSES.map(({ label, line }, c) => {
    const element = toggle(v.filter.classes, c, () => `${label} · ${counts(c)}`, () => colour(c));
    element.style.setProperty("--line", line);
    return element;
  });
  classes[IGNORED].className = "ignored";
  classes[IGNORED].hidden = true; // until the boxes have been fetched
  const ramp = make("i", { className: "ramp", hidden: true });
  const [low, high, iou] = ["", "", "IoU"].map((textContent) => make("span", { textContent }));
  v.controls.push(() => {
    put(classes[IGNORED], "hidden", !v.data || !v.data.classes.includes(IGNORED));
    const colours = scaleFor(v).ramp;
    put(ramp, "hidden", !colours);
    if (colours) ramp.style.setProperty("--ramp", colours.join());
    const [from, to] = isByScore(v) ? v.scoreRange.range.map((end) => Number(end.toPrecision(3)).toLocaleString("en")) : ["", ""];
    put(low, "textContent", from && `score ${from}`);
    put(high, "textContent", to);
    for (const end of [low, high]) put(end, "hidden", !from);
    if (isByScore(v) && ramp.nextSibling !== high) iou.before(low, ramp, high);
    if (!isByScore(v) && iou.nextSibling !== ramp) iou.after(ramp);
  });
  const truth = toggle(v.show, "truth", () => "ground truth", () => "#fff");
  const removed = toggle(v.show, "removed", () => `removed · ${v.removed ? removedText(v.removed) : "…"}`, () => REMOVED);
  removed.className = "removed";
  v.controls.push(() => put(removed, "hidden", !v.show.removed));
  legend.append(low, high, iou, ramp, ...classes, truth, removed);
}
