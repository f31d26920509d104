// Whoever leaves the page of a held time lets it go soon; whoever comes back has it as before.
"use strict";

const held = document.querySelector("[data-leaving]");
let decides = false; // a button of the page was pressed: the answer says what becomes of the time

function say() {
  if (decides) return;
  const token = held.querySelector("[name=csrfmiddlewaretoken]").value;
  navigator.sendBeacon(held.dataset.leaving, new URLSearchParams({ csrfmiddlewaretoken: token }));
}

held?.addEventListener("submit", () => {
  decides = true;
});
if (held) {
  held.querySelector("[data-leaving-words]").hidden = false;
  addEventListener("pagehide", say);
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
