// What the row of a number shows: its slider, its field and what is wrong with what was typed.
import { put } from "../shared/dom.js";
import { positionOf, track, valueAt } from "./values.js";

export function showRow(s, field, item) {
  const made = s.rows[field.name].items[item];
  const value = s.values[field.name][item];
  const text = String(value);
  showMistake(made, "");
  if (made.number.value !== text) made.number.value = text;
  if (field.zero) s.rows[field.name].zero.textContent = value === 0 ? field.zero : field.unit;
  if (!made.slider) return;
  const { min, max } = track(field);
  const position = positionOf(field, value);
  if (valueAt(field, Number(made.slider.value)) !== value) made.slider.value = String(position);
  made.slider.style.setProperty("--share", `${(100 * (position - min)) / (max - min)}%`);
  made.slider.ariaValueText = value === 0 && field.zero ? field.zero : field.unit ? `${text} ${field.unit}` : text;
}

export function showMistake({ number, wrong }, reason) {
  put(wrong, "textContent", reason);
  put(wrong, "hidden", !reason);
  number.ariaInvalid = String(Boolean(reason));
}
