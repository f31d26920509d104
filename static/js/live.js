// Changes as they happen. Every change of a topic has a number; whoever misses one asks for it, and what
// shows the topic fetches itself again:
//   <section data-live-topic="region:01" hx-get="…" hx-trigger="live:changed">
// With data-live-number (the topic's number when the page was drawn) nothing is fetched before it changes.
"use strict";

const SOONEST = 500; // a section is refreshed at most twice a second
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30000;
const ASK_AGAIN = 2000;

const last = new Map(); // topic -> number of the newest change that this page knows of; null = not known
const asked = new Map(); // topic -> when a gap was last asked for
const news = new Map(); // topic -> kinds of change that are not shown yet
let socket = null;
let pause = FIRST_PAUSE;
let timer = null;
let announcedAt = 0;

function listed() {
  return (document.body.dataset.liveTopics || "").split(",").map((name) => name.trim());
}

function parts(topic) {
  const sections = document.querySelectorAll(`[data-live-topic="${CSS.escape(topic)}"]`);
  return listed().includes(topic) ? [document.body, ...sections] : [...sections];
}

function topics() {
  const followed = [...document.querySelectorAll("[data-live-topic]")];
  return new Set([...listed(), ...followed.map((part) => part.dataset.liveTopic)].filter(Boolean));
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function drawnAt(topic) {
  const numbers = parts(topic).map((part) => Number(part.dataset.liveNumber ?? NaN));
  return numbers.length && numbers.every(Number.isFinite) ? Math.min(...numbers) : null;
}

function join(topic) {
  if (!last.has(topic)) last.set(topic, drawnAt(topic));
  send({ type: "join", topic, after: last.get(topic) });
}

// One question per gap: what arrives meanwhile is in the answer too.
function catchUp(topic) {
  if (Date.now() - (asked.get(topic) ?? 0) < ASK_AGAIN) return;
  asked.set(topic, Date.now());
  send({ type: "catch_up", topic, after: last.get(topic) });
}

const ANSWERS = {
  // Something may have changed between drawing the page and joining.
  joined({ topic, number }) {
    if (last.get(topic) === null) remember(topic, "changed");
    last.set(topic, number);
  },
  change({ topic, number, kind }) {
    const seen = last.get(topic) ?? number - 1;
    if (number <= seen) return;
    if (number > seen + 1) return catchUp(topic);
    last.set(topic, number);
    asked.delete(topic);
    if (kind !== "withheld") remember(topic, kind);
  },
  number({ topic, number }) {
    if (number > (last.get(topic) ?? number)) catchUp(topic);
  },
  reset({ topic, number }) {
    last.set(topic, number);
    asked.delete(topic);
    remember(topic, "changed");
  },
  refused({ topic, code }) {
    if (code === "topic_not_joined") join(topic);
    else last.delete(topic);
  },
};

function remember(topic, kind) {
  if (!news.has(topic)) news.set(topic, new Set(["changed"]));
  news.get(topic).add(kind);
  timer ??= setTimeout(announce, Math.max(0, announcedAt + SOONEST - Date.now()));
}

// What is being fetched may have been read before the change: it is told when it has arrived.
function isFetching(topic) {
  return parts(topic).some((part) => part.classList.contains("htmx-request"));
}

function announce() {
  timer = null;
  announcedAt = Date.now();
  const told = [...news].filter(([topic]) => !isFetching(topic));
  for (const [topic] of told) news.delete(topic);
  if (news.size) timer = setTimeout(announce, SOONEST);
  for (const [topic, kinds] of told) {
    for (const part of parts(topic)) {
      for (const kind of kinds) part.dispatchEvent(new CustomEvent(`live:${kind}`, { detail: { topic } }));
    }
  }
}

function open() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/live/`);
  socket.addEventListener("open", () => {
    pause = FIRST_PAUSE;
    document.body.dataset.live = "open";
    asked.clear();
    for (const topic of topics()) join(topic);
  });
  socket.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    ANSWERS[message.type]?.(message);
  });
  socket.addEventListener("close", () => {
    document.body.dataset.live = "closed";
    setTimeout(open, pause * (0.5 + Math.random()));
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  });
}

if (topics().size) open();

// A section that arrives later may follow a topic that nobody joined yet.
document.addEventListener("htmx:afterSettle", () => {
  if (!socket && topics().size) return open();
  for (const topic of topics()) if (!last.has(topic)) join(topic);
});
