// The ring of a hold. Without it the page still says until when the time is kept.
"use strict";

const SPOKEN_AT = new Set([300, 120, 60, 30]);

function two(number) {
  return String(number).padStart(2, "0");
}

function begin(box) {
  const drift = Date.parse(box.dataset.now) - Date.now();
  const until = Date.parse(box.dataset.until);
  const whole = Number(box.dataset.seconds) || 600;
  const ring = box.querySelector(".countdown__bar");
  const text = box.querySelector("[data-countdown-left]");
  const said = box.querySelector("[data-countdown-said]");
  box.classList.add("is-live");

  function show() {
    const left = Math.max(0, Math.ceil((until - Date.now() - drift) / 1000));
    const clock = `${Math.floor(left / 60)}:${two(left % 60)}`;
    text.textContent = clock;
    ring.setAttribute("stroke-dashoffset", String(100 - (100 * Math.min(left, whole)) / whole));
    if (SPOKEN_AT.has(left)) said.textContent = `${clock} ${box.dataset.left}`;
    if (left === 0) end();
  }

  function end() {
    clearInterval(timer);
    box.classList.add("is-over");
    box.querySelector("[data-countdown-words]").textContent = box.dataset.ended;
    box.dispatchEvent(new CustomEvent("hold:ended", { bubbles: true }));
  }

  const timer = setInterval(show, 1000);
  show();
}

function beginAll(root) {
  for (const box of root.querySelectorAll("[data-countdown]:not(.is-live)")) begin(box);
}

beginAll(document);
document.addEventListener("htmx:afterSwap", (event) => beginAll(event.target));
