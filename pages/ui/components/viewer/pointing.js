// The plain HTML that Python draws beside the picture, and what it asks of the viewer: a row of a table of boxes, a bar
// of the histogram, a line of the list of stages. Their data attributes say what each means.
const ROW = "tr:is([data-object], [data-rank])";
const BAR = "i[data-low]";
const SEARCH = "button[data-search]";
const STAGE = "button[data-stage]";
const BEHIND = [".setup-behind", ".image-behind"]; // the page describes other boxes than the picture, see figures.js

const ask = (detail) => window.dispatchEvent(new CustomEvent("boxscope:ask", { detail }));
const within = ({ target }, selector) => target.closest?.(selector);

const number = (text) => (text === undefined ? null : Number(text));

/** The object and the proposals that a row means; none without a row. */
function meant(row) {
  if (!row || document.documentElement.matches(BEHIND.join())) return {};
  const { object, rank, other } = row.dataset;
  return { object: number(object), rank: number(rank), other: number(other) };
}

export function listenToPointing() {
  const highlight = (event) => ask({ highlight: meant(within(event, ROW)) });
  for (const type of ["pointerover", "focusin"]) document.addEventListener(type, highlight);
  document.addEventListener("focusout", (event) => within(event, ROW) && ask({ highlight: {} }));
  document.addEventListener("click", (event) => {
    const sought = within(event, SEARCH);
    if (sought) return ask({ search: Number(sought.dataset.search) });
    const [row, bar, stage] = [ROW, BAR, STAGE].map((selector) => within(event, selector)?.dataset);
    if (row) ask({ zoom: meant(within(event, ROW)) });
    if (bar) ask({ iou: [Number(bar.low), Number(bar.high)] });
    if (stage) ask(stage.stage === "mask" ? { mask: true } : { layer: Number(stage.stage) });
  });
}
