// Changes as they happen: numbered per topic, gaps are asked for, and sections fetch themselves again.
// Sections say what they follow: <section data-live-topic="slots:01" hx-get="…" hx-trigger="live:changed">.
"use strict";

const SOONEST = 500; // a section is refreshed at most twice a second
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const ASK_AGAIN = 2000;
const last = new Map(); // topic -> number of the newest change seen
const waiting = new Map(); // topic -> kinds of change not yet shown
const asked = new Map(); // topic -> when a gap was last asked for
let socket = null;
let pause = FIRST_PAUSE;
let timer = null;

function topics() {
  const named = (document.body.dataset.liveTopics || "").split(",").map((name) => name.trim());
  const followed = [...document.querySelectorAll("[data-live-topic]")].map((part) => part.dataset.liveTopic);
  return new Set([...named, ...followed].filter(Boolean));
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function join(topic) {
  if (!last.has(topic)) last.set(topic, startOf(topic));
  send({ type: "join", topic, after: last.get(topic) });
}

// The page was drawn at this number; null means from now on.
function startOf(topic) {
  const drawn = document.querySelector(`[data-live-topic="${CSS.escape(topic)}"][data-live-number]`);
  return drawn ? Number(drawn.dataset.liveNumber) : null;
}

// The words of the server; docs/decisions/numbered-changes.md says what each means.
function receive(message) {
  const { type, topic, number } = message;
  const seen = last.get(topic);
  if (type === "change") return apply(message);
  if (type === "joined" && seen === null) last.set(topic, number);
  if (type === "number" && typeof seen === "number" && number > seen) ask(topic, seen);
  if (type === "reset") {
    last.set(topic, number);
    remember(topic, "changed");
  }
}

function apply(change) {
  const { topic } = change;
  const seen = last.get(topic);
  if (typeof seen === "number") {
    if (change.number <= seen) return;
    if (change.number > seen + 1) return ask(topic, seen);
  }
  last.set(topic, change.number);
  asked.delete(topic);
  remember(topic, change.kind);
}

// One question per gap: what arrives meanwhile is in the answer too.
function ask(topic, after) {
  if (Date.now() - (asked.get(topic) ?? 0) < ASK_AGAIN) return;
  asked.set(topic, Date.now());
  send({ type: "catch_up", topic, after });
}

function remember(topic, kind) {
  if (!waiting.has(topic)) waiting.set(topic, new Set());
  waiting.get(topic).add(kind);
  timer ??= setTimeout(announce, SOONEST);
}

function announce() {
  timer = null;
  for (const [topic, kinds] of waiting) {
    const parts = document.querySelectorAll(`[data-live-topic="${CSS.escape(topic)}"]`);
    for (const part of parts) {
      for (const kind of kinds) part.dispatchEvent(new CustomEvent(`live:${kind}`, { detail: { topic } }));
      if (!kinds.has("changed")) part.dispatchEvent(new CustomEvent("live:changed", { detail: { topic } }));
    }
  }
  waiting.clear();
}

function open() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/live/`);
  socket.addEventListener("open", () => {
    pause = FIRST_PAUSE;
    document.body.dataset.live = "open";
    for (const topic of topics()) join(topic);
  });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", () => {
    document.body.dataset.live = "closed";
    setTimeout(open, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

if (topics().size) open();

// A section that arrives later may follow a topic that nobody joined yet.
document.addEventListener("htmx:afterSettle", () => {
  if (!socket) return topics().size ? open() : undefined;
  for (const topic of topics()) if (!last.has(topic)) join(topic);
});
