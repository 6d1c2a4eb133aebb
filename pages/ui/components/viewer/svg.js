// Drawing into an SVG file.

const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** A pen with the methods of a canvas context that are used here, which records what is drawn as SVG. */
export class SvgPen {
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
