// From miss to miss, and from false positive to false positive, in an image and beyond it. Steps that cannot be taken yet
// wait in `findSteps`, of the kind `finding`; `seek` is a search through further images, {direction, index, tried}.
import { imageAt } from "../shared/queue.js";
import { iouText } from "../shared/iou.js";
import { scoreText } from "../shared/score.js";
import { boxOf, iouOf } from "./answer.js";
import { answerOf, indexOf, isComplete, queueOf } from "./fetching.js";
import { falsePositivesOf, objectsOf } from "./filter.js";
import { FIT, isAboveLegend, isZoomed, viewOfBox } from "./view.js";

const FURTHEST = 200; // images searched for the next one
const PAUSE = 250; // ms until Python is sent the false positive that was chosen: keys may go on

// Each kind: those of an answer, in the order of the steps; the one after the present one; and how one is shown.
const KINDS = {
  miss: {
    name: "missed object",
    of: (answer, filter) => objectsOf(answer, filter).flatMap(({ found }, g) => (found ? [] : [g])),
    next: ({ miss }, list, direction) =>
      direction > 0 ? list.find((g) => g > (miss ?? -1)) : list.findLast((g) => g < (miss ?? Infinity)),
    show(v, g) {
      v.miss = g;
      v.note(`Missed: ${v.data.truthNames[g]}`, 2000);
      return v.data.truth[g];
    },
  },
  false: {
    name: "false positive",
    of: falsePositivesOf,
    next({ chosen }, list, direction) {
      const at = list.indexOf(chosen);
      return at < 0 ? list.at(direction > 0 ? 0 : -1) : list[at + direction];
    },
    show(v, rank) {
      const { rows, scores } = v.data;
      v.miss = null;
      v.choose(rank, PAUSE, true);
      v.note(`False positive: score ${scoreText(scores[rank])}, best IoU ${iouText(iouOf(rows, rank))}`, 2000);
      return boxOf(rows, rank);
    },
  },
};

/** What an answer has of a kind; none where it is an error, since the proposals are unknown. */
const listOf = (v, answer, kind) => (answer.error ? [] : KINDS[kind].of(answer, v.filter));

/** Go to the next or the previous one of a kind, `miss` or `false`. */
export function moveToNext(v, kind, direction) {
  if (kind === "false" && isComplete(v) && !v.data.scores) {
    v.note("These proposals have no scores, by which false positives are ordered.", 3000);
    return;
  }
  if (kind !== v.finding) Object.assign(v, { finding: kind, findSteps: 0, seek: null });
  v.findSteps += direction;
  v.advance();
}

/** Take the waiting steps, as far as what they need has been fetched. */
export function takeFindSteps(v) {
  while (v.findSteps && !v.seek && (isComplete(v) || answerOf(v, v.goal.image)?.error)) {
    const direction = Math.sign(v.findSteps);
    v.findSteps -= direction;
    stepTo(v, direction);
  }
  if (v.seek) searchFurther(v);
}

function stepTo(v, direction) {
  const kind = KINDS[v.finding];
  const further = isComplete(v) ? kind.next(v, listOf(v, v.data, v.finding), direction) : undefined;
  if (further !== undefined) {
    reveal(v, kind, further);
    return;
  }
  const hasQueue = Boolean(queueOf(v)?.value); // an image beside the list is at the position of the one before it
  const index = hasQueue ? indexOf(v, v.goal.image) ?? v.goal.index : null;
  if (index === null) v.note(`No further ${kind.name} in this image.`, 2000);
  else v.seek = { direction, index: index + direction, tried: 0 };
}

/** Mark what was found, and move it onto the canvas where it is outside. */
function reveal(v, kind, item) {
  v.pointer = null; // until it moves again: a box under it would fade what was just found
  const box = kind.show(v, item);
  v.point();
  if (isAboveLegend(v.view, v.size, box, v.ratio)) v.repaint();
  else v.setView(viewOfBox(box, v.size, v.data, v.ratio));
}

function searchFurther(v) {
  const { seek, finding } = v;
  const { name } = KINDS[finding];
  for (;;) {
    const image = imageAt(queueOf(v).value, seek.index);
    if (image === undefined || seek.tried === FURTHEST) {
      v.seek = null;
      v.note(`No further ${name} in ${seek.tried} more images.`, 3000);
      return;
    }
    const answer = answerOf(v, image);
    if (!answer) {
      v.note(`Searching for the next ${name}: image ${seek.index + 1} …`);
      return;
    }
    if (answer.value && listOf(v, answer.value, finding).length) {
      v.seek = null;
      v.findSteps += seek.direction; // to its first one, once it is shown
      v.go(image);
      return;
    }
    seek.index += seek.direction;
    seek.tried += 1;
  }
}

/** Zoom to the marked miss, else to the chosen box, else to the first miss; a second time, fit. */
export function zoomToTarget(v) {
  const [first = null] = listOf(v, v.data, "miss");
  const target = v.miss ?? (v.chosen === null ? first : null);
  const box = target === null ? v.chosen !== null && v.picked.box : v.data.truth[target];
  if (!box) {
    v.note("There is nothing to zoom to: no box is selected and no object is missed.", 2000);
    return;
  }
  zoomTo(v, box);
}

/** Zoom to a box; where that is what is seen already, fit. */
export function zoomTo(v, box) {
  const view = viewOfBox(box, v.size, v.data, v.ratio);
  const isShown = view.scale === v.view.scale && view.x === v.view.x && view.y === v.view.y;
  if (isShown && !isZoomed(view, v.size, v.data)) v.note("The box fills the picture already.", 2000);
  v.setView(isShown ? FIT : view);
}
