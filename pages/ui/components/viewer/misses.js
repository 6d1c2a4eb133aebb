// From miss to miss, in an image and beyond it. Steps that cannot be taken yet wait in `missSteps`; `seek` is a search
// through further images, {direction, index, tried}.
import { imageAt } from "../shared/queue.js";
import { bestOf } from "./answer.js";
import { answerOf, indexOf, isComplete, queueOf } from "./fetching.js";
import { topOf } from "./filter.js";
import { FIT, isAboveLegend, isZoomed, viewOfBox } from "./view.js";

const FURTHEST = 200; // images searched for the next miss

/** Indices of the missed objects; none where the answer is an error, since the proposals are unknown. */
const missesOf = (answer, filter) =>
  answer.error
    ? []
    : bestOf(answer, topOf(filter, answer.count), filter.recall).flatMap(({ found }, g) => (found ? [] : [g]));

export function moveToMiss(v, direction) {
  v.missSteps += direction;
  v.advance();
}

/** Take the waiting steps, as far as what they need has been fetched. */
export function takeMissSteps(v) {
  while (v.missSteps && !v.seek && (isComplete(v) || answerOf(v, v.goal.image)?.error)) {
    const direction = Math.sign(v.missSteps);
    v.missSteps -= direction;
    stepToMiss(v, direction);
  }
  if (v.seek) searchFurther(v);
}

function stepToMiss(v, direction) {
  const misses = isComplete(v) ? missesOf(v.data, v.filter) : [];
  const after = misses.find((g) => g > (v.miss ?? -1));
  const before = misses.findLast((g) => g < (v.miss ?? Infinity));
  const further = direction > 0 ? after : before;
  if (further !== undefined) {
    reveal(v, further);
    return;
  }
  const hasQueue = Boolean(queueOf(v)?.value); // an image beside the list is at the position of the one before it
  const index = hasQueue ? indexOf(v, v.goal.image) ?? v.goal.index : null;
  if (index === null) v.note("No further missed object in this image.", 2000);
  else v.seek = { direction, index: index + direction, tried: 0 };
}

/** Mark a missed object, and move it onto the canvas where it is outside. */
function reveal(v, g) {
  v.miss = g;
  v.pointer = null; // until it moves again: a box under it would fade the object that was just found
  v.point();
  v.note(`Missed: ${v.data.truthNames[g]}`, 2000);
  const box = v.data.truth[g];
  if (isAboveLegend(v.view, v.size, box, v.ratio)) v.repaint();
  else v.setView(viewOfBox(box, v.size, v.data, v.ratio));
}

function searchFurther(v) {
  const { seek } = v;
  for (;;) {
    const image = imageAt(queueOf(v).value, seek.index);
    if (image === undefined || seek.tried === FURTHEST) {
      v.seek = null;
      v.note(`No further missed object in ${seek.tried} more images.`, 3000);
      return;
    }
    const answer = answerOf(v, image);
    if (!answer) {
      v.note(`Searching for the next missed object: image ${seek.index + 1} …`);
      return;
    }
    if (answer.value && missesOf(answer.value, v.filter).length) {
      v.seek = null;
      v.missSteps += seek.direction; // to its first miss, once it is shown
      v.go(image);
      return;
    }
    seek.index += seek.direction;
    seek.tried += 1;
  }
}

/** Zoom to the marked miss, else to the chosen box, else to the first miss; a second time, fit. */
export function zoomToTarget(v) {
  const [first = null] = missesOf(v.data, v.filter);
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
