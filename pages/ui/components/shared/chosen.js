// What elements have chosen, for those that follow them. Each component has a copy of this module: what they share is
// the page's.

const EVENT = "boxscope:chosen";
const values = (globalThis.boxscopeChosen ??= new Map()); // by key of the element that chooses

/** What an element has chosen; undefined before it is there. */
export const chosen = (key) => values.get(key);

/** Say what an element has chosen. */
export function choose(key, value) {
  if (values.get(key) === value) return;
  values.set(key, value);
  window.dispatchEvent(new CustomEvent(EVENT, { detail: key }));
}

/** Call a function with the key of an element that has chosen something else, until the function returned is called. */
export function onChosen(act) {
  const listener = ({ detail }) => act(detail);
  window.addEventListener(EVENT, listener);
  return () => window.removeEventListener(EVENT, listener);
}
