// Texts of the viewer: the card, errors, and the description for screen readers.
import { countText } from "../shared/count.js";
import { iouText } from "../shared/iou.js";
import { scoreText } from "../shared/score.js";
import { KINDS } from "colours";
import { boxOf, iouOfBoxes } from "./answer.js";
import { CLASSES, IGNORED } from "./scale.js";

const missing = (data) => `${data.name} could not be loaded`;

/** What went wrong, or null: the picture, with the browser's `reason`, and the proposals. */
export function errorText({ data, error }, reason) {
  if (reason && error?.includes(data.name)) return error; // the same error, with more detail from the server
  const picture = reason && `${missing(data)}: ${reason}`;
  return [picture, error !== reason && error].filter(Boolean).join(" · ") || null;
}

export const plural = (count, one, more = `${one}s`) => `${countText(count)} ${count === 1 ? one : more}`;

const joined = (...parts) => parts.filter(Boolean).join(" · ");

/**
 * Lines of the card: IoU, score and label; class, rank and size; object, `origin`, IoU with the box `other` that it is compared with,
 * null for none; `among` is [index, count] under the pointer.
 */
export function cardLines(data, rank, { origin, other = null, among = [0, 1] }) {
  const [x0, y0, x1, y1, iou, kind, match] = data.rows.subarray(rank * 7, rank * 7 + 7);
  const object = data.truthNames[match];
  return [
    joined(`IoU ${iouText(iou)}`, data.scores && `score ${scoreText(data.scores[rank])}`, KINDS[kind]),
    joined(data.categoryOf(rank), `rank ${rank}`, `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`,
      data.maskPixels && plural(data.maskPixels[rank], "mask pixel")),
    object ? `${kind === 1 ? "matches" : "overlaps"} ${object}` : "",
    origin ? `from ${origin}` : "",
    other === null ? "" : `IoU ${iouText(iouOfBoxes(boxOf(data.rows, rank), boxOf(data.rows, other)))} with rank ${other}`,
    among[1] > 1 ? `${among[0] + 1} of ${among[1]} boxes here` : "",
  ];
}

/** Lines of the card of a box that was removed. */
export function removedLines({ box: [x0, y0, x1, y1], reason, by, iou }) {
  return [
    `removed by ${reason}`,
    `${Math.round(x1 - x0)} × ${Math.round(y1 - y0)} px`,
    by === null ? "" : `IoU ${iouText(iou)} with rank ${by}, which comes before it`,
    ...["", "", ""],
  ];
}

/** What is shown, in a few sentences. */
export function summary({ data, pending, filtered, filter, show, error, hasPicture }) {
  if (!data.screen) return `${missing(data)}: ${error}.`;
  const known = `${data.name}: ${plural(data.truth.length, "object")}`;
  if (pending) return error ? `${known}, no proposals: ${error}.` : `${known}, its proposals are being computed.`;
  const drawn = show.boxes ? filtered.ranks.length : 0;
  const missed = data.truthNames.filter((_, g) => !filtered.objects[g].found);
  const hits = data.truth.length - missed.length;
  const objects = data.truth.length ? `${hits} of ${plural(data.truth.length, "object")} found` : "no objects";
  const isScored = data.scores && filter.score !== null;
  const among = [
    filtered.top < data.count ? ` by the top ${filtered.top}` : "",
    isScored ? `${filtered.top < data.count ? "," : " by those"} with a score of at least ${filter.score}` : "",
  ].join("");
  const classes = CLASSES.map((c, i) => `${filtered.counts[i]} ${i === IGNORED ? c.label : `with IoU ${c.label}`}`);
  return [
    `${hasPicture ? data.name : missing(data)}:`,
    `${drawn} of ${plural(data.count, "proposal")} drawn, ${objects}${among}.`,
    show.boxes && `${classes.join(", ")}.`,
    missed.length && `Missed: ${missed.join(", ")}.`,
    !show.truth && "The ground truth is hidden.",
  ].filter(Boolean).join(" ");
}
