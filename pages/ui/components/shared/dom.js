// Elements of the document.

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
