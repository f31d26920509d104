// List and map move together: pointing at a hit lights its dot, and the other way round.
"use strict";

const map = document.querySelector("[data-map]");

function same(key) {
  return document.querySelectorAll(`[data-dot="${CSS.escape(key)}"]`);
}

function light(event) {
  const key = event.target.closest?.("[data-dot]")?.dataset.dot;
  for (const lit of document.querySelectorAll("[data-dot].is-lit")) lit.classList.remove("is-lit");
  if (!key) return say("");
  for (const thing of same(key)) thing.classList.add("is-lit");
  say(map.querySelector(`a[data-dot="${CSS.escape(key)}"] title`)?.textContent);
}

function say(words) {
  const place = map.querySelector("[data-map-words]");
  place.textContent = words || place.dataset.mapDefault;
}

// A click on a dot shows its hits in the list beside it when they are there; else the link leads to them.
function show(event) {
  const key = event.target.closest("a[data-dot]")?.dataset.dot;
  const hit = key && document.querySelector(`.hit[data-dot="${CSS.escape(key)}"]`);
  if (!hit) return;
  event.preventDefault();
  hit.scrollIntoView({ block: "center", behavior: "smooth" });
  hit.querySelector("a")?.focus({ preventScroll: true });
}

if (map) {
  document.addEventListener("pointerover", light);
  document.addEventListener("focusin", light);
  map.addEventListener("click", show);
}
