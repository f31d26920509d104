// Small comforts on every page: the error summary takes focus, print buttons work, worklists move by keyboard.
"use strict";

document.querySelector("[data-error-summary]")?.focus();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

function step(event, list) {
  const by = STEPS[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  const links = [...list.querySelectorAll("[data-list-row] th a")];
  const at = links.indexOf(document.activeElement);
  const next = links[at + by];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

for (const list of document.querySelectorAll("[data-worklist]")) {
  list.addEventListener("keydown", (event) => step(event, list));
}
