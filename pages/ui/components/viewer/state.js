// The state of a viewer.
import { newCaches } from "./draw.js";
import { defaultFilter } from "./filter.js";
import { LatestRequest } from "./latest.js";
import { defaultAppearance } from "./settings.js";

export const newState = () => ({
  // the element, and how values are sent to Python
  root: null, canvas: null, ctx: null, card: null, controls: [], panels: new Map(), send: null,
  // the message of Python, and the parameters that live sliders override
  message: null, setup: new LatestRequest(null), overrides: {}, queue: null, formerQueue: null, layers: [],
  // the image that the user is at, and what Python has been sent of it
  goal: null, count: 0, report: 0, followed: null, steps: 0, findSteps: 0, finding: "miss", miss: null, sought: null, seek: null,
  // what is painted
  shown: null, data: null, error: null, pictureError: null, pending: false, filtered: null, blank: null,
  caches: newCaches(), view: null, size: { w: 1, h: 1, margin: 0 }, ratio: 1,
  // what is drawn, and how
  filter: defaultFilter(), scoreRange: null, show: { truth: true, boxes: true, removed: false, mask: false }, hidden: false,
  appearance: defaultAppearance(), storedAppearance: "",
  // what a link says of the picture: the text painted last and the one sent to Python; a zoom not yet applied
  display: { spelled: null, sent: "", count: 0, timer: 0 }, linkedZoom: null, isViewFromLink: false,
  layer: { on: false, number: 0, opacity: 0.7, merges: {}, shown: null, request: new LatestRequest(null) },
  // the pointer, the boxes under it, and the box that keys walked to
  pointer: null, isOver: false, wheeled: -Infinity, drag: null, clicked: false, stack: [], depth: 0, walked: null, hover: null, object: -1,
  // the boxes that were removed from those of `data`, where they are shown, and the one that the pointer is at
  removed: null, pointed: null,
  // the address of the masks that lie over the picture
  mask: null,
  // what another part of the page asks to highlight: {object, rank}
  asked: null,
  // the chosen box: by the user, or by the page; the rank of a second one, which is compared with it
  second: null, chosen: null, picked: null, beforeClick: null, sendTimer: 0, requestedRank: null, selecting: false,
  enlarging: false, enlarged: null,
  // saving
  times: 1, withLegend: true, saving: null,
  // waiting, and what is in progress
  late: false, refused: null, dragging: false, comparing: 0, announcing: false, animation: 0, painted: 0,
  reported: false, resting: { filtered: null, view: null, timer: 0, isAtRest: false },
});
