// The day slider: it and the date field say the same day, and the form asks anew. Ticks are days of change.
"use strict";

const DAY = 86_400_000;
const NEAR = 0.012; // of the scale: a pointer this close to a tick means the tick
let byPointer = false;

const box = () => document.querySelector("[data-days]");
const range = () => box().querySelector("input[type=range]");
const field = () => document.getElementById("id_on");
const ticks = () => [...document.getElementById("andringsdagar").options].map((one) => Number(one.value));
const today = () => offset(box().dataset.today);

function offset(day) {
  return Math.round((Date.parse(day) - Date.parse(box().dataset.first)) / DAY);
}

function dayAt(value) {
  return new Date(Date.parse(box().dataset.first) + value * DAY).toISOString().slice(0, 10);
}

function inWords(day) {
  const words = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(document.documentElement.lang, words).format(new Date(day));
}

function say() {
  const at = Number(range().value);
  const { now, then, ahead } = box().dataset;
  const sentence = at === today() ? now : at < today() ? then : ahead;
  const words = sentence.replace("DAG", inWords(dayAt(at)));
  box().querySelector("output").textContent = words;
  range().setAttribute("aria-valuetext", words);
}

function move(value) {
  range().value = value;
  const at = Number(range().value);
  field().value = at === today() ? "" : dayAt(at);
  say();
  field().dispatchEvent(new Event("change", { bubbles: true }));
}

function near(value) {
  const reach = Number(range().max) * NEAR;
  const close = [...ticks(), today()].filter((tick) => Math.abs(tick - value) <= reach);
  return close.sort((a, b) => Math.abs(a - value) - Math.abs(b - value))[0] ?? value;
}

function step(by) {
  const at = Number(range().value);
  const ahead = ticks().filter((tick) => (by > 0 ? tick > at : tick < at));
  if (ahead.length) move(by > 0 ? Math.min(...ahead) : Math.max(...ahead));
}

function follow() {
  if (!box()) return;
  box().hidden = false;
  range().value = field().value ? offset(field().value) : today();
  say();
}

document.addEventListener("pointerdown", (event) => {
  byPointer = event.target.id === "dagreglage";
});
document.addEventListener("keydown", () => {
  byPointer = false;
});
document.addEventListener("input", (event) => {
  if (event.target.id !== "dagreglage") return;
  const value = Number(event.target.value);
  move(byPointer ? near(value) : value);
});
document.addEventListener("change", (event) => {
  if (event.target.name === "on") follow();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-days-step], [data-days-today]");
  if (!button) return;
  if (button.dataset.daysStep) step(Number(button.dataset.daysStep));
  else move(today());
});
document.addEventListener("htmx:historyRestore", follow);
follow();
