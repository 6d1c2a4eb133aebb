// The legend below a saved picture: what it shows, and what the colours of its boxes and brackets mean.
import { MASK, MISSED, REMOVED } from "colours";
import { countText } from "../shared/count.js";
import { scoreText } from "../shared/score.js";
import { CLASSES, isByScore, scaleFor } from "./scale.js";
import { scoreAtPart } from "./scores.js";
import { SvgPen } from "./svg.js";
import { plural } from "./texts.js";

const [GROUND, INK] = ["#14161A", "#F2F2F2"];
const [LINE, SIZE, SAMPLE, GAP] = [24, 12, 20, 16]; // height of a line, of its letters, length of a sample, gap; CSS pixels

/** What is drawn, in the order of the legend on the page: {text, colour, thickness}. */
function entriesOf(scene) {
  const { data, pending, filtered, removed, mask, show, hidden } = scene;
  if (hidden) return [];
  const entries = isByScore(scene) ? (show.boxes ? entriesOfScores(scene) : []) : entriesOfClasses(scene);
  if (show.truth) {
    const missed = pending ? 0 : filtered.objects.filter(({ found }) => !found).length;
    if (missed < data.truth.length) entries.push({ text: "ground truth", colour: "#fff", thickness: 3 });
    if (missed) entries.push({ text: `missed · ${missed}`, colour: MISSED, thickness: 3 });
  }
  if (mask) entries.push({ text: "mask", colour: MASK, thickness: 6 });
  if (removed) entries.push({ text: `removed · ${removed.count}`, colour: REMOVED, thickness: 1 });
  return entries;
}

function entriesOfClasses({ data, filtered, appearance, show }) {
  const counts = CLASSES.map(() => 0);
  if (show.boxes) for (const rank of filtered.ranks) counts[data.classes[rank]] += 1;
  const colours = scaleFor({ data, appearance }).legend;
  return CLASSES.flatMap(({ label, line }, c) =>
    counts[c] ? [{ text: `IoU ${label} · ${countText(counts[c])}`, colour: colours[c], thickness: parseInt(line, 10) }] : []);
}

/** The colours of the scale, each with its score. */
function entriesOfScores(scene) {
  const { ramp } = scaleFor(scene);
  const scoreOf = (i) => scoreText(scoreAtPart(scene.scoreRange.range, i / (ramp.length - 1)));
  return ramp.map((colour, i) => ({ text: `score ${scoreOf(i)}`, colour, thickness: 3 }));
}

/** What the picture shows: image, proposer, how many of its boxes count, and the objects that they find. */
export function titleOf({ data, pending, filtered, filter }) {
  const parts = [data.name.replace(/.*[\\/]/, "")];
  const proposer = new URLSearchParams(data.address?.split("?")[1]).get("proposer");
  if (proposer) parts.push(proposer);
  if (pending) return parts;
  parts.push(`top ${countText(filtered.top)} of ${plural(data.count, "box", "boxes")}`);
  if (data.scores && filter.score !== null) parts.push(`score ≥ ${scoreText(filter.score)}`);
  const found = filtered.objects.filter((object) => object.found).length;
  if (data.truth.length) parts.push(`recall @${filter.recall}: ${found} / ${data.truth.length}`);
  return parts;
}

/**
 * The lines of the legend, each of entries with their `x`, and its height, both in pixels of the saved picture. An
 * entry without a colour is a part of the title.
 */
export function legendOf(scene) {
  const { size, ratio } = scene;
  const pen = Object.assign(new SvgPen(), { font: `500 ${SIZE * ratio}px system-ui, sans-serif` });
  const lines = [];
  for (const entries of [scene.title.map((text) => ({ text })), entriesOf(scene)]) {
    let x = Infinity;
    for (const entry of entries) {
      const width = (sampleOf(entry) + GAP) * ratio + pen.measureText(entry.text).width;
      if (x + width > size.w) {
        lines.push([]);
        x = GAP * ratio;
      }
      lines.at(-1).push({ ...entry, x });
      x += width;
    }
  }
  return { lines, height: Math.round(lines.length * LINE * ratio) };
}

/** The width of the sample of an entry and the gap after it, in CSS pixels. */
const sampleOf = ({ colour }) => (colour ? SAMPLE + 6 : 0);

/** Draw the legend below the picture. */
export function drawLegend(pen, { size, ratio }, { lines, height }) {
  Object.assign(pen, { globalAlpha: 1, fillStyle: GROUND, textBaseline: "middle", font: `500 ${SIZE * ratio}px system-ui, sans-serif` });
  pen.fillRect(0, size.h, size.w, height);
  lines.forEach((entries, number) => {
    const middle = size.h + (number + 0.5) * LINE * ratio;
    for (const entry of entries) {
      const { text, colour, thickness, x } = entry;
      if (colour) {
        pen.fillStyle = colour;
        pen.fillRect(x, middle - (thickness * ratio) / 2, SAMPLE * ratio, thickness * ratio);
      }
      pen.fillStyle = INK;
      pen.fillText(text, x + sampleOf(entry) * ratio, middle);
    }
  });
}
