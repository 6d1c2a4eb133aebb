// Tags: the name of an object, white on a ground. Their texts are measured and drawn on canvases of their own, each
// once: text on a canvas of the document computes the styles of the page first, 1 to 4 ms in the midst of a paint.
const HEIGHT = 16; // CSS pixels
const GAP = 5; // beside the text
const KEPT = 500; // texts and tags

const measuring = document.createElement("canvas").getContext("2d");
const widths = new Map();
const tags = new Map();

const fontOf = (ratio) => `600 ${11 * ratio}px system-ui, sans-serif`;

/** What `map` has for a key, made where it has nothing. */
function keptIn(map, key, make) {
  if (!map.has(key)) {
    if (map.size >= KEPT) map.clear();
    map.set(key, make());
  }
  return map.get(key);
}

/** Width and height of the tag of a text, in whole canvas pixels. */
export function tagSize(text, ratio) {
  const width = keptIn(widths, `${ratio} ${text}`, () => {
    measuring.font = fontOf(ratio);
    return measuring.measureText(text).width;
  });
  return [Math.ceil(width + 2 * GAP * ratio), Math.round(HEIGHT * ratio)];
}

/** Draw a tag with its upper left corner at a point; on a canvas as a picture, in a file as text. */
export function drawTag(pen, [x, y], text, colour, ratio) {
  if ("drawImage" in pen) pen.drawImage(tagOf(text, colour, ratio), Math.round(x), Math.round(y));
  else write(pen, [x, y], text, colour, ratio);
}

const tagOf = (text, colour, ratio) =>
  keptIn(tags, `${ratio} ${colour} ${text}`, () => {
    const [width, height] = tagSize(text, ratio);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    write(canvas.getContext("2d"), [0, 0], text, colour, ratio);
    return canvas;
  });

function write(pen, [x, y], text, colour, ratio) {
  const [width, height] = tagSize(text, ratio);
  Object.assign(pen, { font: fontOf(ratio), textBaseline: "middle", fillStyle: colour });
  pen.fillRect(x, y, width, height);
  pen.fillStyle = "#fff";
  pen.fillText(text, x + GAP * ratio, y + height / 2 + 0.5 * ratio);
}
