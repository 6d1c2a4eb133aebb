// From miss to miss, in an image and beyond it. Presses that cannot be answered yet wait in `missSteps`; `seek` is a
// search through further images, {direction, index, tried}.
import { bestOf } from "./answer.js";
import { answerOf, indexOf, isComplete, queueOf } from "./fetching.js";
import { topOf } from "./filter.js";
import { FIT, isAboveLegend, isZoomed, viewOfBox } from "./view.js";

const FURTHEST = 200; // images looked through for the next miss

/** None of an answer that failed: nobody knows what its proposals would have found. */
const missesOf = (answer, filter) =>
  answer.error ? [] : bestOf(answer, topOf(filter, answer.count)).flatMap(({ found }, g) => (found ? [] : [g]));

export function moveToMiss(v, direction) {
  v.missSteps += direction;
  v.advance();
}

/** Take the steps that wait, as far as what they need has come. */
export function takeMissSteps(v) {
  while (v.missSteps && !v.seek && (isComplete(v) || answerOf(v, v.goal.image)?.error)) {
    const direction = Math.sign(v.missSteps);
    v.missSteps -= direction;
    stepToMiss(v, direction);
  }
  if (v.seek) lookFurther(v);
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
  const index = indexOf(v, v.goal.image);
  if (index === null) v.note("No further miss in this image.", 2000);
  else v.seek = { direction, index: index + direction, tried: 0 };
}

/** Mark a missed object, and bring it onto the canvas where it is not. */
function reveal(v, g) {
  v.miss = g;
  v.pointer = null; // until the hand moves it again: a box under it would fade what was just sought
  v.point();
  v.note(`Missed: ${v.data.truthNames[g]}`, 2000);
  const box = v.data.truth[g];
  if (isAboveLegend(v.view, v.size, box, v.ratio)) v.repaint();
  else v.setView(viewOfBox(box, v.size, v.data, v.ratio));
}

function lookFurther(v) {
  const { seek } = v;
  for (;;) {
    const image = queueOf(v).value.images[seek.index];
    if (image === undefined || seek.tried === FURTHEST) {
      v.seek = null;
      v.note(`No further miss in ${seek.tried} more images.`, 3000);
      return;
    }
    const answer = answerOf(v, image);
    if (!answer) {
      v.note(`Looking for a miss: image ${seek.index + 1} …`);
      return;
    }
    if (answer.value && missesOf(answer.value, v.filter).length) {
      v.seek = null;
      v.missSteps += seek.direction; // its first miss, when it is shown
      v.go(image);
      return;
    }
    seek.index += seek.direction;
    seek.tried += 1;
  }
}

/** Zoom to the miss that was sought, else to the chosen box, else to the first miss; a second time, fit. */
export function zoomToTarget(v) {
  const [first = null] = missesOf(v.data, v.filter);
  const target = v.miss ?? (v.chosen === null ? first : null);
  const box = target === null ? v.chosen !== null && v.picked.box : v.data.truth[target];
  if (!box) {
    v.note("Nothing to zoom to: no box is chosen and no object is missed.", 2000);
    return;
  }
  const view = viewOfBox(box, v.size, v.data, v.ratio);
  const there = view.scale === v.view.scale && view.x === v.view.x && view.y === v.view.y;
  if (there && !isZoomed(view, v.size, v.data)) v.note("It fills the picture.", 2000);
  v.setView(there ? FIT : view);
}
