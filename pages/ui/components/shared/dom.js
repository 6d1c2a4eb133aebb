// Elements of the document.

/** Set a property where it differs: an element whose text or `hidden` is set to what it is would be laid out anew. */
export function put(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

/** An element with properties and children; custom properties of style begin with --. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("--")) element.style.setProperty(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}
