// The viewer: its state and its methods.
//
// The files beside this one hold the functions. So that they never import each other in a circle, a call from one part
// to another, such as from a key to the next image, goes through the methods of the viewer that they are passed.
import { listenToAsked } from "./asked.js";
import { measureCanvas, resize, setView } from "./canvas.js";
import { choose, compare, dropClick, mark } from "./choice.js";
import { attach, note, notice } from "./element.js";
import { listenToFields } from "./focus.js";
import { listenToPage } from "./keys.js";
import { announce, follow, listenToSliders, want } from "./live.js";
import { receive } from "./message.js";
import { moveToNext, takeFindSteps, zoomToTarget } from "./misses.js";
import { go, listenToLists, move, takeSteps, turnTo } from "./navigation.js";
import { paint, refresh, repaint, switchShown } from "./painting.js";
import { showLayer, switchLayer } from "./panels.js";
import { point, walk } from "./pointer.js";
import { listenToPointing } from "./pointing.js";
import { finishSaving, save } from "./saving.js";
import { restoreAppearance } from "./settings.js";
import { advance, startWaiting } from "./showing.js";
import { newState } from "./state.js";
import { closePanels, refreshControls, togglePanel } from "./toolbar.js";

// By key and not by element: Streamlit mounts a new element when something appears above it.
const viewers = new Map();

class Viewer {
  constructor() {
    Object.assign(this, newState());
    restoreAppearance(this);
  }

  // fetching and showing
  advance() { advance(this); }
  startWaiting() { startWaiting(this); }
  want(setup) { want(this, setup); }
  follow(setup) { follow(this, setup); }
  announce() { announce(this); }

  // painting
  refresh(isNow) { refresh(this, isNow); }
  switchShown(what, on) { switchShown(this, what, on); }
  repaint() { repaint(this); }
  paint() { paint(this); }
  refreshControls() { refreshControls(this); }
  notice(text) { notice(this, text); }
  note(text, duration) { note(this, text, duration); }

  // the canvas
  measureCanvas(entry) { measureCanvas(this, entry); }
  resize(entry) { resize(this, entry); }
  setView(view) { setView(this, view); }

  // from image to image, and from miss to miss
  move(steps) { move(this, steps); }
  turnTo(image, index) { turnTo(this, image, index); }
  go(image) { go(this, image); }
  takeSteps() { takeSteps(this); }
  moveToNext(kind, direction) { moveToNext(this, kind, direction); }
  takeFindSteps() { takeFindSteps(this); }
  zoomToTarget() { zoomToTarget(this); }

  // boxes under the pointer, and the chosen one
  point() { point(this); }
  walk(direction, around) { return walk(this, direction, around); }
  choose(rank, patience, isAsked) { choose(this, rank, patience, isAsked); }
  compare(rank) { compare(this, rank); }
  dropClick() { dropClick(this); }
  mark(rank) { mark(this, rank); }

  // panels
  togglePanel(name) { togglePanel(this, name); }
  closePanels() { return closePanels(this); }
  switchLayer() { switchLayer(this); }
  showLayer(number) { showLayer(this, number); }
  save(kind) { save(this, kind); }
  finishSaving() { finishSaving(this); }

  /** The other viewers that zoom and move with this one. */
  groupMembers() {
    const { group } = this.message;
    return [...viewers.values()].filter((other) =>
      other !== this && group && other.message?.group === group && other.data && other.root.isConnected);
  }
}

listenToSliders(viewers);
listenToFields();
listenToAsked(viewers);
listenToPointing();
listenToPage(viewers);
listenToLists(viewers);

// No clean-up function: all listeners belong to nodes that are removed with the element, and Streamlit also runs the
// clean-up of a call that a newer one has replaced, which would end a viewer still in use.
export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  if (!root.isConnected) return; // a late call for an element that Streamlit has removed already
  if (!viewers.has(data.key)) viewers.set(data.key, new Viewer());
  const v = viewers.get(data.key);
  v.send = setStateValue;
  // While an element is mounted, Streamlit may deliver the message of an earlier run after that of a later one.
  const latest = v.message?.sent_at > data.sent_at ? v.message : data;
  if (v.root === root && v.message === latest) return; // only the theme changed, which the style sheet follows
  if (v.root !== root) attach(v, root, latest);
  receive(v, latest);
}
