// From image to image. No key press is lost: steps that cannot be taken yet wait in `steps`.
import { imageAt } from "../shared/queue.js";
import { indexOf, queueOf } from "./fetching.js";
import { whenIdle } from "./idle.js";
import { clamp } from "./view.js";

const PAUSE = 120; // ms without a key press until Python is sent the image
const FIRST_WAIT = 1000; // ms until Python is sent it again, then twice as long
const LAST_WAIT = 16_000;

export function move(v, steps) {
  const leader = v.queue ? v : v.groupMembers().find(({ queue }) => queue) ?? v;
  Object.assign(leader, { seek: null, findSteps: 0, steps: leader.steps + steps });
  leader.advance();
}

/** Request another image, and announce it to the rest of the page. */
export function turnTo(v, image, index) {
  Object.assign(v, { goal: { image, index }, blank: null });
  v.setup.asked = v.setup.wanted;
  v.startWaiting();
  window.dispatchEvent(new CustomEvent("boxscope:image", { detail: v.goal }));
}

/** The user goes to another image, and with it the viewers of the group: show it now, send it to Python after a pause. */
export function go(v, image) {
  v.note(null);
  turnTo(v, image, indexOf(v, image) ?? v.goal.index);
  for (const other of v.groupMembers()) {
    other.turnTo(image, v.goal.index);
    other.advance();
  }
  clearTimeout(v.report);
  v.report = setTimeout(() => whenIdle(() => sendImage(v, FIRST_WAIT)), PAUSE);
}

/** Send Python the image, again until it has received it: what is sent while a run ends may be lost. */
function sendImage(v, patience) {
  v.report = 0;
  v.count += 1;
  const { count } = v;
  v.send("image", { id: v.goal.image, count });
  const check = () => {
    const isUnreceived = v.root.isConnected && v.count === count && v.message.received < count && !v.report;
    if (isUnreceived && patience <= LAST_WAIT) sendImage(v, 2 * patience);
  };
  setTimeout(() => whenIdle(check), patience);
}

/** A list of images on the page, such as the filmstrip, moves the viewer that has a queue. */
export function listenToLists(viewers) {
  window.addEventListener("boxscope:go", (event) => {
    const v = [...viewers.values()].find(({ root, queue, goal }) => root?.isConnected && queue && goal);
    if (!v) return;
    event.preventDefault();
    Object.assign(v, { seek: null, findSteps: 0, steps: 0 });
    v.go(event.detail.image);
    v.advance();
  });
}

/** Take the waiting steps, as far as what they need has been fetched. */
export function takeSteps(v) {
  const queue = queueOf(v);
  if (v.steps && queue) {
    const { steps } = v;
    v.steps = 0;
    if (queue.value) step(v, queue.value, steps);
  }
  v.takeFindSteps();
}

function step(v, queue, steps) {
  const from = indexOf(v, v.goal.image) ?? v.goal.index;
  const to = clamp(from + steps, 0, queue.count - 1);
  if (to === from) v.note(steps > 0 ? "This is the last image." : "This is the first image.", 1500);
  else if (queue.count) go(v, imageAt(queue, to));
}
