// The view as a file: PNG, or SVG with the picture inside and the boxes as lines.
import { drawBoxes } from "./boxes.js";
import { backdropOf, draw, drawOverlays, newCaches } from "./draw.js";
import { bitmapAt, isSharp } from "./fetching.js";
import { enlarged, sceneOf } from "./scene.js";
import { SvgPen } from "./svg.js";

/** Save what is shown, as soon as all its pixels have been fetched. */
export function save(v, kind) {
  v.saving = { ...enlarged(sceneOf(v), v.times), kind };
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

function pngOf(scene) {
  const canvas = Object.assign(document.createElement("canvas"), { width: scene.size.w, height: scene.size.h });
  draw(canvas.getContext("2d"), scene, newCaches(), bitmapAt);
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
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">`;
  return new Blob([`${head}\n${pen.parts.join("\n")}\n</svg>\n`], { type: "image/svg+xml" });
}

function download(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
