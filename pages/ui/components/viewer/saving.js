// The view as a file: PNG, or SVG with the picture inside and the boxes as lines.
import { drawBoxes } from "./boxes.js";
import { backdropOf, draw, drawOverlays, newCaches } from "./draw.js";
import { bitmapAt, isSharp } from "./fetching.js";
import { drawLegend, legendOf, titleOf } from "./savedlegend.js";
import { enlarged, sceneOf } from "./scene.js";
import { SvgPen } from "./svg.js";

/** Save what is shown, as soon as all its pixels have been fetched. */
export function save(v, kind) {
  v.saving = { ...enlarged(sceneOf(v), v.times), kind, withLegend: v.withLegend, title: titleOf(v) };
  v.note("Saving …");
  v.advance();
}

export async function finishSaving(v) {
  const scene = v.saving;
  if (!scene || !isSharp(scene)) return;
  v.saving = null;
  const blob = await (scene.kind === "svg" ? svgOf : pngOf)(scene);
  download(blob, `${scene.data.name.replace(/.*[\\/]/, "").replace(/\.[^.]*$/, "")}.${scene.kind}`);
  v.note("Saved.", 1500);
}

/** The legend where one is wanted, else one of no lines. */
const legendBelow = (scene) => (scene.withLegend ? legendOf(scene) : { lines: [], height: 0 });

function pngOf(scene) {
  const { size: { w, h } } = scene;
  const legend = legendBelow(scene);
  const canvas = Object.assign(document.createElement("canvas"), { width: w, height: h + legend.height });
  const pen = canvas.getContext("2d");
  draw(pen, scene, newCaches(), bitmapAt);
  drawLegend(pen, scene, legend);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function svgOf(scene) {
  const { w, h } = scene.size;
  const pen = new SvgPen();
  const picture = backdropOf(scene, newCaches(), bitmapAt).toDataURL("image/png");
  pen.put(`<image width="${w}" height="${h}" href="${picture}"/>`);
  drawOverlays(pen, scene, (alpha) => {
    pen.put(`<g opacity="${alpha}">`);
    drawBoxes(pen, scene);
    pen.put("</g>");
  });
  const legend = legendBelow(scene);
  drawLegend(pen, scene, legend);
  const size = `width="${w}" height="${h + legend.height}" viewBox="0 0 ${w} ${h + legend.height}"`;
  const head = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>`;
  return new Blob([`${head}\n${pen.parts.join("\n")}\n</svg>\n`], { type: "image/svg+xml" });
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
