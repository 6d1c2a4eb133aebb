// The focus: keys belong to the picture while the pointer is over it.

const CHOSEN = 100; // ms until a list has the focus again after a choice

let typed = null; // the field that holds what has been typed and not yet entered

/** The element that has the focus, inside a component too. */
function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element === document.body ? null : element;
}

const isField = (element) =>
  element.matches("input, textarea, [contenteditable]") &&
  !element.matches("[type=range], [type=checkbox], [type=radio], [role=combobox]");

/**
 * The pointer has come over the picture: no other control keeps the keys, whose arrows would change a parameter
 * instead of the image. A field that is being typed into does.
 */
export function takeKeys(v, event) {
  if (v.isOver || event.buttons) return; // a slider that is dragged across the picture keeps them too
  v.isOver = true;
  const element = focused();
  if (element && element !== v.canvas && !(element === typed && isField(element))) element.blur();
}

/** Listen to what is typed, and to lists: after a choice by the pointer the next key is none of theirs. */
export function listenToFields() {
  window.addEventListener("input", (event) => { [typed] = event.composedPath(); }, true);
  window.addEventListener("focusout", () => { typed = null; }, true);
  window.addEventListener("keydown", (event) => { if (event.key === "Enter") typed = null; }, true);
  window.addEventListener("click", (event) => {
    if (!event.detail || !event.composedPath()[0].closest?.("[role=option]")) return;
    setTimeout(() => focused()?.closest("[role=combobox]")?.blur(), CHOSEN);
  }, true);
}
