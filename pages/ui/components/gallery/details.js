// The details of one crop: their texts, then their drawing.
import { iouText } from "../shared/iou.js";
import { CLASSES, KINDS, LABEL_COLOURS } from "colours";
import { classOfIou } from "../shared/classes.js";

const SVG = "http://www.w3.org/2000/svg";
const SOURCES = { truth: "ground truth", jitter: "jittered" };

export const number = (value) => value.toLocaleString("en");

/** The address in Explore of the image and the box of a crop. */
function exploreAddress(view, top, { image, rank, source }) {
  const query = new URLSearchParams({ ...view, image });
  if (source === "proposal") {
    query.set("box", rank);
    if (top && rank >= top) query.set("top", rank + 1);
  }
  return `./?${query}`; // beside this page, wherever the app lies
}

export const colourOf = (iou) => CLASSES[classOfIou(iou)][1];

/** Name and colour of the label of a crop. */
export const labelOf = ({ label }) => [KINDS[label], LABEL_COLOURS[label]];

/** The text beside the IoU of a crop: where its box comes from. */
export const sourceOf = ({ source, rank }) => SOURCES[source] ?? `rank ${number(rank)}`;

/** The facts of the manifest as lines of text: [name, text]. */
function factLines(facts) {
  const corners = (prefix) => ["x0", "y0", "x1", "y1"].map((side) => facts[prefix + side]);
  const box = (sides) => (sides[0] === null ? "none overlaps" : sides.map(shortNumber).join(", "));
  const [x0, y0, x1, y1] = corners("");
  const lines = [
    ["image", `${facts.file_name}`], ["image id", facts.image_id], ["proposer", facts.proposer],
    ["source", SOURCES[facts.source] ?? "proposal"], ["rank", number(facts.rank)], ["IoU", facts.iou.toFixed(4)],
    ["box, px", box([x0, y0, x1, y1])], ["size, px", `${shortNumber(x1 - x0)} × ${shortNumber(y1 - y0)}`],
    ["object id", facts.gt_id ?? "none"], ["object box, px", box(corners("gt_"))],
  ];
  if (facts.inside != null) lines.push(["inside an object", `${Math.round(100 * facts.inside)} %`]);
  if (facts.mask_pixels != null) lines.push(["mask pixels", number(facts.mask_pixels)]);
  if (facts.category != null) lines.push(["category id", facts.category]);
  if (facts.remark) lines.push(["picture", facts.remark]);
  if (facts.path) lines.push(["file", facts.path]);
  if (facts.shard) lines.push(["shard", facts.shard]);
  if (facts.row !== undefined) lines.push(["row in shard", number(facts.row)]);
  if (facts.offset !== undefined) lines.push(["bytes in shard", `${number(facts.offset)} + ${number(facts.size)}`]);
  return lines;
}

const shortNumber = (value) => String(Math.round(value * 10) / 10);

export const cropAddress = (data, row) => data.crop.replace("{row}", row);

// ---- drawing

export function text(tag, content, className = "") {
  const node = document.createElement(tag);
  node.textContent = content;
  node.className = className;
  return node;
}

/** The nodes of the details: `answer` is the server's facts of the crop, or its error. */
export function detailNodes(data, crop, answer) {
  const picture = new Image();
  const [label, colour] = labelOf(crop);
  picture.src = cropAddress(data, crop.row);
  picture.alt = `Crop: ${label}`;
  picture.className = "large";
  const head = text("p", "", "verdict");
  const dot = text("i", "");
  dot.style.background = colour;
  head.append(dot, `${label}, IoU ${iouText(crop.iou)}`);
  const front = text("div", "", "front"), lines = text("div", "");
  lines.append(head, linkTo(data, crop));
  front.append(picture, lines);
  if (answer.error !== undefined) return [front, text("p", answer.error, "hint")];
  const context = answer.picture ? [scene(data, answer)] : [];
  return [front, ...context, table(factLines(answer.facts))];
}

function linkTo(data, crop) {
  if (!data.view) return text("p", "Its data set is not known here: no way to Explore.", "hint");
  const link = text("a", "Open in Explore", "explore");
  link.href = exploreAddress(data.view, data.top, crop);
  return link;
}

/** The picture with the crop's box over it, and its object's. */
function scene(data, { picture, size: [width, height], facts }) {
  const drawing = shape("svg", { viewBox: `0 0 ${width} ${height}`, class: "scene", role: "img" });
  drawing.ariaLabel = "The image, the box of the crop, and the object's box dashed";
  drawing.append(shape("image", { href: picture, width, height }));
  const both = [["gt_", "#fff", "truth"], ["", colourOf(facts.iou), "box"]];
  for (const [prefix, colour, className] of both) {
    const [x0, y0, x1, y1] = ["x0", "y0", "x1", "y1"].map((side) => facts[prefix + side]);
    if (x0 === null || x0 === undefined) continue;
    const sides = { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
    drawing.append(shape("rect", { ...sides, class: "edge" }));
    drawing.append(shape("rect", { ...sides, class: className, stroke: colour }));
  }
  return drawing;
}

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function table(lines) {
  const node = document.createElement("table");
  for (const [name, value] of lines) {
    const row = node.insertRow();
    row.append(text("th", name), text("td", String(value)));
  }
  return node;
}
