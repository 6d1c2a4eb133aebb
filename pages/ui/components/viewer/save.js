// The view as a file: PNG, or SVG with the picture inside and the boxes as lines.
import { drawBoxes } from "./boxes.js";
import { backdropOf, draw, drawOverlays, newKept } from "./draw.js";
import { advance, held, isSharp } from "./frame.js";
import { sceneOf } from "./paint.js";

/** Save what is shown, when all its pixels are there. */
export function save(v, kind) {
  v.saving = { ...enlarged(sceneOf(v), v.times), kind };
  v.note("Saving …");
  advance(v);
}

export async function finishSaving(v) {
  const scene = v.saving;
  if (!scene || !isSharp(scene)) return;
  v.saving = null;
  const blob = await (scene.kind === "svg" ? svgOf : pngOf)(scene, held);
  download(blob, `${scene.data.name.replace(/.*[\\/]/, "").replace(/\.[^.]*$/, "")}.${scene.kind}`);
  v.note("Saved.", 1500);
}

/** The same scene, `times` as large. */
function enlarged(scene, times) {
  const { view, size } = scene;
  return {
    ...scene,
    view: { scale: view.scale * times, x: view.x * times, y: view.y * times },
    size: { w: size.w * times, h: size.h * times },
    ratio: scene.ratio * times,
  };
}

function pngOf(scene, held) {
  const canvas = Object.assign(document.createElement("canvas"), { width: scene.size.w, height: scene.size.h });
  draw(canvas.getContext("2d"), scene, newKept(), held);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function svgOf(scene, held) {
  const { w, h } = scene.size;
  const pen = new SvgPen();
  const picture = backdropOf(scene, newKept(), held).toDataURL("image/png");
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

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Takes what is drawn on a canvas context, as far as it is used here, and keeps it as SVG. */
class SvgPen {
  constructor() {
    const ctx = document.createElement("canvas").getContext("2d");
    Object.assign(this, { ctx, parts: [], path: "", dash: [], globalAlpha: 1, lineCap: "butt" });
  }

  put(part) { this.parts.push(part); }
  setLineDash(dash) { this.dash = dash; }
  beginPath() { this.path = ""; }
  moveTo(x, y) { this.path += `M${x} ${y}`; }
  lineTo(x, y) { this.path += `L${x} ${y}`; }
  stroke() { this.put(`<path d="${this.path}" ${this.line()}/>`); }
  strokeRect(x, y, w, h) { this.put(`<rect x="${x}" y="${y}" width="${w}" height="${h}" ${this.line()}/>`); }
  fillRect(x, y, w, h) { this.put(`<rect x="${x}" y="${y}" width="${w}" height="${h}" ${this.filling()}/>`); }

  measureText(text) {
    this.ctx.font = this.font;
    return this.ctx.measureText(text);
  }

  fillText(text, x, y) {
    const [, weight, size, family] = /^(\d+) ([\d.]+)px (.+)$/.exec(this.font);
    const font = `font-weight="${weight}" font-size="${size}" font-family="${family}" dominant-baseline="central"`;
    this.put(`<text x="${x}" y="${y}" ${font} ${this.filling()}>${escaped(text)}</text>`);
  }

  filling() { return `fill="${this.fillStyle}" opacity="${this.globalAlpha}"`; }

  line() {
    const dash = this.dash.length ? ` stroke-dasharray="${this.dash.join(" ")}"` : "";
    const style = `stroke="${this.strokeStyle}" stroke-width="${this.lineWidth}" stroke-linecap="${this.lineCap}"`;
    return `fill="none" ${style} opacity="${this.globalAlpha}"${dash}`;
  }
}
