// The line of the list of stages on the page is marked whose stage lies over the picture.

const sheet = document.createElement("style"); // a rule, since Streamlit may draw the list again at any time

/** Mark the line, or none; only where there is a queue, since the list is that of that viewer. */
export function markStage({ queue, layers, show, message, layer: { on, number } }) {
  if (!queue) return;
  const mark = "font-weight: 600; text-decoration: underline 2px";
  const shown = [...(on && layers.length ? [Number(number)] : []), ...(show.mask && message?.mask ? ["mask"] : [])];
  const rule = shown.map((stage) => `ol.stages [data-stage="${stage}"] { ${mark}; }`).join("\n");
  if (!sheet.isConnected) document.head.append(sheet);
  if (sheet.textContent !== rule) sheet.textContent = rule;
}
