// The keys, and the sheet that lists them.
import { make } from "../shared/dom.js";
import { FIT, zoomed } from "./view.js";

const toggled = (what) => (v) => v.switchShown(what, !v.show[what]);
const scale = (v, factor) => v.setView(zoomed(v.view, factor, v.size.w / 2, v.size.h / 2));
const hide = (v, hidden) => {
  v.hidden = hidden;
  v.point();
  v.repaint();
};

/** Close what is open, else drop the choice. */
function escape(v) {
  if (v.closePanels()) v.canvas.focus();
  else v.choose(null);
}

const direction = (key, forward) => (key === forward ? 1 : -1);

// [keys, how the sheet shows them, its text, what they do]
const KEYS = [
  [["ArrowLeft", "ArrowRight"], "← →", "previous, next image", (v, key) => v.move(direction(key, "ArrowRight"))],
  [["p", "n"], "p n", "previous, next missed object, in this image or another",
    (v, key) => v.moveToNext("miss", direction(key, "n"))],
  [["F", "f"], "F f", "previous, next false positive, the highest score first, in this image or another",
    (v, key) => v.moveToNext("false", direction(key, "f"))],
  [["z"], "z", "zoom to that object, or to the selected box; press again to fit", (v) => v.zoomToTarget()],
  [["+", "=", "-"], "+ −", "zoom in, out (or the wheel; where the picture fits, turning it down scrolls the page)", (v, key) => scale(v, key === "-" ? 1 / 1.5 : 1.5)],
  [["0"], "0", "fit the picture (or double-click)", (v) => v.setView(FIT)],
  [["[", "]"], "[ ]", "smaller, larger box under the pointer; without a pointer: previous, next rank",
    (v, key) => v.walk(direction(key, "]"), true)],
  [["Tab"], "Tab", "next box under the pointer; after the last one the focus moves on"],
  [["Enter"], "Enter", "select the highlighted box (or click it)",
    (v, key, { shiftKey }) => v.hover !== null && (shiftKey ? v.compare(v.hover) : v.choose(v.hover))],
  [[], "Shift", "with Enter or a click: IoU of the highlighted box with the selected one"],
  [["g"], "g", "ground truth on, off", toggled("truth")],
  [["b"], "b", "boxes on, off", toggled("boxes")],
  [["r"], "r", "removed boxes on, off: those that NMS or a filter dropped", toggled("removed")],
  [["m"], "m", "masks of the objects on, off, where the file has some", toggled("mask")],
  [["t"], "t", "intermediate result on, off (the one chosen under Overlays)", (v) => v.switchLayer()],
  [["h"], "h", "hide all boxes and objects while the key is held", (v) => v.hidden || hide(v, true)],
  [["Escape"], "Esc", "close the open panel, else deselect the box", escape],
  [["?"], "?", "this list of keys", (v) => v.togglePanel("Keys")],
];
const ACTIONS = new Map(KEYS.flatMap(([keys, , , act]) => keys.map((key) => [key, act])));

/** Act on a key; true when it is a key of the viewer. */
function press(v, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !v.data) return false;
  if (event.key === "Tab") return v.walk(event.shiftKey ? -1 : 1, false);
  const act = ACTIONS.get(event.key);
  if (act) act(v, event.key, event);
  return Boolean(act);
}

// The keys that elements of the page use themselves: the first selector that matches the element or one around it.
const OWN_KEYS = [
  ["select", /^(?!Escape)/],
  ["textarea, [contenteditable], [role=combobox], [role=listbox], [role=menu]", /./],
  ["[type=range], [type=radio], [role=slider], [role=radio]", /^(Enter|Tab|Arrow.*|Home|End|Page.*| )$/],
  ["button, a, summary, [type=checkbox], [role=button], [role=switch], [role=tab]", /^(Enter|Tab| )$/],
  ["input", /./],
];

const isUsedBy = (element, key) => OWN_KEYS.find(([selector]) => element.closest?.(selector))?.[1].test(key) ?? false;

/** Listen to keys anywhere in the viewer. */
export function listenToKeys(v) {
  v.root.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && event.target !== v.canvas) return;
    if (!isUsedBy(event.target, event.key) && press(v, event)) consume(event);
  });
  v.root.addEventListener("keyup", (event) => event.key === "h" && v.hidden && hide(v, false));
  v.canvas.addEventListener("blur", () => {
    v.walked = null;
    if (v.data) hide(v, false);
  });
}

function consume(event) {
  event.preventDefault();
  event.stopPropagation(); // Streamlit has keys of its own
}

/** Whether a viewer goes from image to image itself; others of a group follow one that does. */
const leads = ({ message }) => !message?.group || Boolean(message.queue);

/** Send keys that nothing else on the page uses to the viewer under the pointer, or to the only one that leads. */
export function listenToPage(viewers) {
  window.addEventListener("keydown", (event) => {
    const [target] = event.composedPath(); // the target inside a component is hidden from the page
    if (event.defaultPrevented || isUsedBy(target, event.key)) return;
    const present = [...viewers.values()].filter((v) => v.root?.isConnected);
    if (present.some((v) => event.composedPath().includes(v.root))) return; // handled by the viewer's own listener
    const leaders = present.filter(leads);
    const v = present.find(({ pointer }) => pointer) ?? (leaders.length === 1 ? leaders[0] : null);
    if (event.key === "Tab" && !(v?.pointer && target === document.body)) return;
    if (!v || !press(v, event)) return;
    consume(event);
    if (event.key === "Tab") v.canvas.focus({ preventScroll: true }); // where the next press continues
  });
  window.addEventListener("keyup", (event) => {
    if (event.key === "h") for (const v of viewers.values()) if (v.hidden && v.root.isConnected) hide(v, false);
  });
}

/** The list of keys, as the sheet shows it. */
export function sheetOfKeys() {
  return make("dl", {}, ...KEYS.flatMap(([, shown, text]) => [
    make("dt", {}, ...shown.split(" ").map((key) => make("kbd", { textContent: key }))),
    make("dd", { textContent: text }),
  ]));
}
