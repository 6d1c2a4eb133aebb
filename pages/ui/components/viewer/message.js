// The message of Python to a viewer, one for each run of the script.
import { shapeFrame } from "./canvas.js";
import { applyDisplay } from "./display.js";
import { hasPicture, retry } from "./fetching.js";

/** Apply a message, except for the image where the user is already further on. */
export function receive(v, message) {
  const before = v.message;
  v.message = message;
  Object.assign(v, { queue: message.queue, layers: message.layers });
  shapeFrame(v);
  if (message.proposals !== before?.proposals) {
    v.overrides = {};
    v.want(message.proposals);
  }
  if (message.top !== before?.top) v.filter.top = message.top;
  if (message.recall !== before?.recall) v.filter.recall = message.recall;
  applyDisplay(v, message, before);
  const isAhead = [v, ...v.groupMembers()].some((each) =>
    each.report || each.steps || each.seek || each.message.received < each.count);
  if (!isAhead && message.image !== v.followed) {
    v.followed = message.image;
    if (v.goal?.image !== message.image) {
      v.findSteps = 0;
      v.turnTo(message.image, message.index);
    }
  }
  if (v.goal?.image === message.image) {
    v.goal.index = message.index;
    if (message.selected !== v.requestedRank) {
      v.requestedRank = message.selected;
      v.selecting = message.selected !== null || Boolean(v.picked?.pinned); // a link that ends does not undo a click
    }
  }
  if (v.error || (v.data && !hasPicture(v))) retry();
  v.advance();
  v.refresh();
}
