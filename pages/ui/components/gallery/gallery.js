// Crops of an export, a page at a time: pure functions first, then the one object that holds what is shown.
//
// A position is that of a crop among all that pass the filter, in its order; a row is that in the manifest.
import { iouText } from "../shared/iou.js";
import { colourOf, cropAddress, detailNodes, labelOf, sourceOf, number, text } from "./details.js";

const CACHED = 6; // pages

const pagesOf = (total, size) => Math.max(1, Math.ceil(total / size));

/** The text above the crops of a page. */
function span(total, size, page) {
  if (!total) return "No crops fit.";
  const first = page * size + 1, last = Math.min(total, first + size - 1);
  return `${number(first)}–${number(last)} of ${number(total)} crops`;
}

/** The position that a key moves to, undefined for any other key. */
function moved(key, position, columns, size, total) {
  const page = Math.floor(Math.max(position, 0) / size);
  const to = {
    ArrowLeft: position - 1, ArrowRight: position + 1, ArrowUp: position - columns, ArrowDown: position + columns,
    PageUp: (page - 1) * size, PageDown: (page + 1) * size, Home: 0, End: total - 1,
  }[key];
  if (to === undefined || !total) return undefined;
  if (key === "PageDown" && to >= total) return position;
  if (key === "ArrowUp" && to < 0) return position;
  return Math.min(Math.max(to, 0), total - 1);
}

/** Whether two addresses are those of the same list, in any version of the export. */
const sameList = (one, other) => plainAddress(one) === plainAddress(other);
const plainAddress = (url) => url?.replace(/([?&])v=[^&]*/, "$1");

// ---- the element

const galleries = new Map(); // by key: page and crop outlive an element, since Streamlit may mount a new one

const create = () => ({
  root: null, data: null, answers: new Map(), answer: null, page: 0, position: -1, pageRequest: 0, factsRequest: 0,
});

const part = (g, name) => g.root.querySelector(`.${name}`);

function attach(g, root) {
  g.root = root;
  const go = (page) => show(g, page, -1);
  part(g, "first").onclick = () => go(0);
  part(g, "back").onclick = () => go(g.page - 1);
  part(g, "on").onclick = () => go(g.page + 1);
  part(g, "last").onclick = () => go(Infinity);
  root.querySelector("input").onchange = (event) => go(Number(event.target.value) - 1);
  part(g, "crops").addEventListener("click", (event) => {
    const cell = event.target.closest(".crop");
    if (cell) pick(g, Number(cell.dataset.position));
  });
  part(g, "crops").addEventListener("keydown", (event) => press(g, event));
}

function press(g, event) {
  if (!g.answer || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") part(g, "explore")?.click();
  const from = g.position < 0 ? g.page * g.answer.size - (event.key === "ArrowRight" ? 1 : 0) : g.position;
  const to = moved(event.key, from, columnsOf(g), g.answer.size, g.answer.total);
  if (to === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  pick(g, to);
}

/** The number of crops in a row, by their positions on the page. */
function columnsOf(g) {
  const cells = [...part(g, "crops").children];
  const next = cells.findIndex((cell) => cell.offsetTop > cells[0].offsetTop);
  return next < 0 ? Math.max(cells.length, 1) : next;
}

function pick(g, position) {
  const page = Math.floor(position / g.answer.size);
  g.position = position;
  if (page === g.page) mark(g);
  else show(g, page, position);
}

/** Show a page, and mark the crop at a position, -1 for none. */
async function show(g, page, position) {
  const last = g.answer ? pagesOf(g.answer.total, g.answer.size) - 1 : page;
  g.page = Math.min(Math.max(Number.isNaN(page) ? 0 : page, 0), last);
  g.position = position;
  const request = (g.pageRequest += 1);
  const answer = await load(g, g.page);
  if (request !== g.pageRequest) return; // another page has been requested since
  if (answer.error !== undefined) {
    showError(g, answer.error);
    return;
  }
  g.answer = answer;
  draw(g);
  mark(g);
  if (g.page + 1 < pagesOf(answer.total, answer.size)) load(g, g.page + 1).then((next) => fetchAhead(g, next));
}

function load(g, page) {
  const url = `${g.data.list}&page=${page}`;
  if (!g.answers.has(url)) g.answers.set(url, fetchJson(url).then((answer) => {
    if (answer.error !== undefined) g.answers.delete(url); // requested again the next time
    return answer;
  }));
  const answer = g.answers.get(url);
  g.answers.delete(url);
  g.answers.set(url, answer);
  while (g.answers.size > CACHED) g.answers.delete(g.answers.keys().next().value);
  return answer;
}

async function fetchJson(url) {
  try {
    const answer = await fetch(url);
    return answer.ok ? await answer.json() : { error: await answer.text() };
  } catch (error) {
    return { error: error.message };
  }
}

function fetchAhead(g, answer) {
  for (const { row } of answer.crops ?? []) {
    const picture = new Image();
    picture.fetchPriority = "low";
    picture.src = cropAddress(g.data, row);
  }
}

function showError(g, error) {
  part(g, "count").textContent = `The crops could not be loaded: ${error}`;
  part(g, "crops").replaceChildren();
  delete g.root.dataset.total;
}

function draw(g) {
  const { total, size, crops } = g.answer;
  const pages = pagesOf(total, size);
  part(g, "count").textContent = span(total, size, g.page);
  part(g, "pages").textContent = number(pages);
  const field = g.root.querySelector("input");
  Object.assign(field, { value: g.page + 1, max: pages, disabled: pages === 1 });
  field.style.width = `${String(pages).length + 3}ch`;
  for (const name of ["first", "back"]) part(g, name).disabled = g.page === 0;
  for (const name of ["on", "last"]) part(g, name).disabled = g.page >= pages - 1;
  part(g, "crops").replaceChildren(...crops.map((crop, n) => cellOf(g, crop, g.page * size + n)));
  Object.assign(g.root.dataset, { total, page: g.page });
}

function cellOf(g, crop, position) {
  const [label, colour] = labelOf(crop);
  const cell = document.createElement("div");
  cell.className = "crop";
  cell.role = "option";
  cell.id = `crop-${position}`;
  Object.assign(cell.dataset, { position, row: crop.row, label, iou: crop.iou });
  cell.ariaLabel = `${label}, IoU ${iouText(crop.iou)}, rank ${crop.rank}, ${crop.name}`;
  cell.title = cell.ariaLabel;
  cell.style.setProperty("--label", colour);
  const picture = new Image();
  picture.alt = "";
  picture.onerror = () => missing(cell, picture.src);
  picture.src = cropAddress(g.data, crop.row);
  const foot = document.createElement("span");
  const bar = document.createElement("i");
  bar.style.background = colourOf(crop.iou);
  foot.append(bar, ` ${iouText(crop.iou)} `, text("small", sourceOf(crop)));
  cell.append(picture, text("b", label === "positive" ? "+" : "−"), foot);
  return cell;
}

async function missing(cell, url) {
  cell.classList.add("missing");
  const answer = await fetch(url).catch(() => null);
  if (answer && !answer.ok) cell.title = await answer.text();
}

function mark(g) {
  for (const cell of part(g, "crops").children) {
    const picked = Number(cell.dataset.position) === g.position;
    cell.ariaSelected = String(picked);
    if (picked) {
      cell.scrollIntoView({ block: "nearest" });
      part(g, "crops").setAttribute("aria-activedescendant", cell.id);
    }
  }
  detail(g);
}

/** Draw the details of the marked crop. */
async function detail(g) {
  remember(g);
  const aside = part(g, "details"), request = (g.factsRequest += 1);
  const crop = g.position < 0 ? undefined : g.answer.crops[g.position - g.page * g.answer.size];
  if (!crop) {
    delete aside.dataset.row;
    aside.replaceChildren(text("p", g.answer.total ? "Click a crop to see all that is known of it." : "", "hint"));
    return;
  }
  const answer = await fetchJson(g.data.facts.replace("{row}", crop.row));
  if (request !== g.factsRequest) return;
  aside.replaceChildren(...detailNodes(g.data, crop, answer));
  aside.dataset.row = crop.row;
}

/** Store page and crop, for the way back from Explore by the browser's button. */
function remember(g) {
  const { list, key } = g.data;
  sessionStorage.setItem(`boxscope.gallery.${key}`, JSON.stringify({ list, page: g.page, position: g.position }));
}

function lastSeen(key) {
  try {
    return JSON.parse(sessionStorage.getItem(`boxscope.gallery.${key}`));
  } catch {
    return null;
  }
}

function receive(g, data) {
  const before = g.data ? { list: g.data.list, page: g.page, position: g.position } : lastSeen(data.key);
  const same = sameList(before?.list, data.list);
  const page = same ? before.page : 0, position = same ? before.position ?? -1 : -1;
  if (g.data?.list !== data.list) g.answer = null; // the number of its pages is not known yet
  g.data = data;
  show(g, page, position);
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".gallery");
  if (!galleries.has(data.key)) galleries.set(data.key, create());
  const g = galleries.get(data.key);
  if (g.root === root && JSON.stringify(g.data) === JSON.stringify(data)) return; // only the theme changed
  if (g.root !== root) attach(g, root);
  receive(g, data);
}
