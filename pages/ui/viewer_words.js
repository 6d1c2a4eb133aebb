// What the viewer says: the card, and the text for those who do not see the picture.
import { CLASSES, IGNORED } from "./viewer_scale.js";

export const KINDS = { 1: "positive", 0: "negative", "-1": "ignored" };

export const missing = (data) => `${data.name} could not be loaded`;
export const plural = (count, one, more = `${one}s`) => `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

/** Lines of the card: IoU and label, rank and size, object, stage; `among` is [place, count] under the pointer. */
export function cardLines(data, rank, among = [0, 1]) {
  const [x0, y0, x1, y1, iou, kind, match] = data.rows.subarray(rank * 7, rank * 7 + 7);
  const object = data.truthNames[match];
  const stage = data.stages?.[data.stage?.[rank]];
  return [
    `IoU ${iou.toFixed(2)} · ${KINDS[kind]}`,
    `rank ${rank} · ${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`,
    object ? `${kind === 1 ? "matches" : "overlaps"} ${object}` : "",
    stage ? `stage: ${stage}` : "",
    among[1] > 1 ? `${among[0] + 1} of ${among[1]} boxes here` : "",
  ];
}

export function summary({ data, sifted, show, error, hasPicture }) {
  const drawn = show.boxes ? sifted.ranks.length : 0;
  const missed = data.truthNames.filter((_, g) => !sifted.objects[g].found);
  const hits = data.truth.length - missed.length;
  const objects = data.truth.length ? `${hits} of ${plural(data.truth.length, "object")} found` : "no objects";
  const among = sifted.top < data.count ? ` by the best ${sifted.top}` : "";
  const classes = CLASSES.map((c, i) => `${sifted.counts[i]} ${i === IGNORED ? c.label : `with IoU ${c.label}`}`);
  return [
    `${hasPicture ? data.name : missing(data)}:`,
    `${drawn} of ${plural(data.count, "proposal")} drawn, ${objects}${among}.`,
    show.boxes && `${classes.join(", ")}.`,
    missed.length && `Missed: ${missed.join(", ")}.`,
    !show.truth && "The ground truth is hidden.",
    error && `${error}.`,
  ].filter(Boolean).join(" ");
}
