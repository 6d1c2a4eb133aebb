// From image to image, and from miss to miss. Every key press counts, however fast: steps that cannot be
// taken yet wait in `steps` (images) and `missSteps`.
import { bestOf } from "./answer.js";
import { topOf } from "./filter.js";
import { advance, answerOf, beLate, placeOf, queueOf } from "./frame.js";
import { repaint, setView, whenIdle } from "./paint.js";
import { point } from "./pointer.js";
import { clamp, FIT, isInside, isZoomed, viewOfBox } from "./view.js";

const REST = 120; // ms without a press until Python hears of the image
const FIRST_WAIT = 1000; // ms until Python is told again, then twice as long
const LAST_WAIT = 16_000;
const FURTHEST = 200; // images looked through for the next miss
const AHEAD = 3; // of them at a time

export function move(v, steps) {
  Object.assign(v, { seek: null, missSteps: 0, steps: v.steps + steps });
  advance(v);
}

/** Want another image, and say so to the rest of the page. */
export function turnTo(v, image, index) {
  Object.assign(v, { goal: { image, index }, blank: null });
  v.setup.asked = v.setup.wanted;
  beLate(v);
  window.dispatchEvent(new CustomEvent("boxscope:image", { detail: v.goal }));
}

/** The user goes to another image: show it now, tell Python when the hand rests. */
export function go(v, image) {
  v.note(null);
  turnTo(v, image, placeOf(v, image) ?? v.goal.index);
  clearTimeout(v.report);
  v.report = setTimeout(() => whenIdle(() => tellImage(v, FIRST_WAIT)), REST);
}

/** Tell Python where the user is, and again until it has heard: what is sent while a run ends may be lost. */
function tellImage(v, patience) {
  v.report = 0;
  v.count += 1;
  const { count } = v;
  v.send("image", { id: v.goal.image, count });
  const check = () => {
    const unheard = v.root.isConnected && v.count === count && v.message.heard < count && !v.report;
    if (unheard && patience <= LAST_WAIT) tellImage(v, 2 * patience);
  };
  setTimeout(() => whenIdle(check), patience);
}

/** A part of the page that lists images, such as the filmstrip, moves the viewer that has a queue. */
export function listenToLists(viewers) {
  window.addEventListener("boxscope:go", (event) => {
    const v = [...viewers.values()].find(({ root, queue, goal }) => root?.isConnected && queue && goal);
    if (!v) return;
    event.preventDefault();
    Object.assign(v, { seek: null, missSteps: 0, steps: 0 });
    go(v, event.detail.image);
    advance(v);
  });
}

/** Take the steps that wait, as far as what they need has come. */
export function takeSteps(v) {
  const queue = queueOf(v);
  if (v.steps && queue) {
    const { steps } = v;
    v.steps = 0;
    if (queue.value) step(v, queue.value.images, steps);
  }
  while (v.missSteps && !v.seek && (isComplete(v) || answerOf(v, v.goal.image)?.error)) {
    const direction = Math.sign(v.missSteps);
    v.missSteps -= direction;
    stepToMiss(v, direction);
  }
  if (v.seek) lookFurther(v);
}

function step(v, images, steps) {
  const here = placeOf(v, v.goal.image) ?? v.goal.index;
  const there = clamp(here + steps, 0, images.length - 1);
  if (there === here) v.note(steps > 0 ? "This is the last image." : "This is the first image.", 1500);
  else if (images.length) go(v, images[there]);
}

// ---- misses

/** None of an answer that failed: nobody knows what its proposals would have found. */
const missesOf = (answer, filter) =>
  answer.error ? [] : bestOf(answer, topOf(filter, answer.count)).flatMap(({ found }, g) => (found ? [] : [g]));

/** Whether the boxes of the image where the user is are shown. */
export const isComplete = (v) => v.data && answerOf(v, v.goal.image)?.value === v.data;

export function moveToMiss(v, direction) {
  v.missSteps += direction;
  advance(v);
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
  const place = placeOf(v, v.goal.image);
  if (place === null) v.note("No further miss in this image.", 2000);
  else v.seek = { direction, place: place + direction, tried: 0 };
}

/** Mark a missed object, and bring it onto the canvas where it is not. */
function reveal(v, g) {
  v.miss = g;
  v.pointer = null; // until the hand moves it again: a box under it would fade what was just sought
  point(v);
  v.note(`Missed: ${v.data.truthNames[g]}`, 2000);
  const box = v.data.truth[g];
  if (isInside(v.view, v.size, box, v.ratio)) repaint(v);
  else setView(v, viewOfBox(box, v.size, v.data, v.ratio));
}

/** The images whose answers a search for misses wants now. */
export function sought(v) {
  if (!v.seek) return [];
  const { images } = queueOf(v).value;
  const places = Array.from({ length: AHEAD }, (_, i) => v.seek.place + i * v.seek.direction);
  return places.map((place) => images[place]).filter((image) => image !== undefined);
}

function lookFurther(v) {
  const { seek } = v;
  for (;;) {
    const image = queueOf(v).value.images[seek.place];
    if (image === undefined || seek.tried === FURTHEST) {
      v.seek = null;
      v.note(`No further miss in ${seek.tried} more images.`, 3000);
      return;
    }
    const answer = answerOf(v, image);
    if (!answer) {
      v.note(`Looking for a miss: image ${seek.place + 1} …`);
      return;
    }
    if (answer.value && missesOf(answer.value, v.filter).length) {
      v.seek = null;
      v.missSteps += seek.direction; // its first miss, when it is shown
      go(v, image);
      return;
    }
    seek.place += seek.direction;
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
  setView(v, there ? FIT : view);
}
