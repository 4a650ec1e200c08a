// The desk's shell: the live feed, what it swaps, the lost connection, the lock, confirmations. No inline script anywhere;
// without it every form still posts and every page still shows.
"use strict";
const byId = (id) => document.getElementById(id);
const body = document.body;
const squeezed = (html) => html.replace(/\s+/g, " ").trim();
const shown = new Map();

// Replaces a fragment only where it changed, and never under the hand: what has the focus is found again by its name.
async function swap(url, target) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { accept: "text/html, */*;q=0.1", "x-fragment": "1" } });
  if (answer.redirected) { location.reload(); return false; }
  if (!answer.ok) return false;
  const html = await answer.text();
  if (!shown.has(target)) shown.set(target, squeezed(target.innerHTML));
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  if (squeezed(fresh.innerHTML) === shown.get(target)) return true;
  shown.set(target, squeezed(fresh.innerHTML));
  const at = target.contains(document.activeElement) ? focusKey(document.activeElement) : "";
  target.innerHTML = html;
  if (at) for (const one of target.querySelectorAll("a, button, summary")) if (focusKey(one) === at) { one.focus(); break; }
  return true;
}
const focusKey = (one) => `${one.tagName} ${one.getAttribute("href") || (one.form && one.form.getAttribute("action")) || one.textContent}`;

const desk = { offline: (is) => { if (byId("offline")) byId("offline").hidden = !is; }, onChange: [], onTyping: [], refresh: [], swap };
window.desk = desk;

let running = false, again = false;
async function refresh() {
  if (running) { again = true; return; }
  running = true;
  try {
    do {
      again = false;
      if (byId("cards") && location.pathname === "/queue") await swap("/queue/cards", byId("cards"));
      if (byId("load")) await swap("/supervisor/load", byId("load"));
      for (const one of desk.refresh) await one();
    } while (again);
    desk.offline(false);
  } catch { desk.offline(true); } finally { running = false; }
}

// An alarm is said in words, for twenty seconds, and by the browser where nobody looks; what it is about stays on the page.
const alarms = JSON.parse(body.dataset.alarms || "{}");
function notice(what, conversation) {
  const [where, text] = alarms[what] || [];
  const here = byId("talk") ? byId("talk").dataset.id : "";
  if (!text || (where === "talk" && conversation !== here)) return;
  byId("news").textContent = text;
  byId("news").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { byId("news").hidden = true; }, 20000);
  if (document.hidden && "Notification" in window && Notification.permission === "granted") {
    new Notification(body.dataset.notice, { tag: "desk", body: "" });
  }
}

function follow() {
  const feed = new EventSource("/live");
  let broken = false;
  feed.onopen = () => { desk.offline(false); if (broken) refresh(); broken = false; };
  feed.onerror = () => {
    broken = true;
    desk.offline(true);
    if (feed.readyState === EventSource.CLOSED) setTimeout(follow, 3000);
  };
  feed.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (change.w.startsWith("alarm:")) notice(change.w.slice(6), change.c);
    for (const one of desk.onChange) one(change);
    refresh();
  };
  feed.addEventListener("typing", (event) => { for (const one of desk.onTyping) one(JSON.parse(event.data)); });
  feed.addEventListener("locked", () => location.assign(`/lock?back=${encodeURIComponent(location.pathname)}`));
  feed.addEventListener("ended", () => location.assign("/login"));
}
if (body.dataset.live === "1") {
  follow();
  window.addEventListener("online", () => { desk.offline(false); refresh(); });
  window.addEventListener("offline", () => desk.offline(true));
  setInterval(() => { if (byId("cards") || byId("load")) refresh(); }, 30000);
}

if (byId("permit") && "Notification" in window && Notification.permission === "default") {
  byId("permit").hidden = false;
  byId("permit-button").addEventListener("click", async () => { await Notification.requestPermission(); byId("permit").hidden = true; });
}
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && button.dataset.confirm && !window.confirm(`${button.textContent.trim()}\n\n${button.dataset.confirm}`)) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !body.dataset.live) return;
  const key = event.key.toLowerCase();
  if (key === "l") { event.preventDefault(); location.assign(`/lock?back=${encodeURIComponent(location.pathname)}`); }
  if (key === "q") { event.preventDefault(); location.assign("/queue"); }
});
