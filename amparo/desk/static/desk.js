// The desk's live part: follows the feed, swaps fragments, keeps drafts. No inline script anywhere; works without it too (forms post).
"use strict";
const byId = (id) => document.getElementById(id);
const talk = byId("talk");
const here = talk ? talk.dataset.id : "";

const shown = new Map();
// Replaces a fragment only where it changed: a button never disappears under the pointer for nothing.
async function swap(url, target) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return false;
  const html = await answer.text();
  if (shown.get(target) === undefined) shown.set(target, squeezed(target.innerHTML));
  const fresh = document.createElement("div");
  fresh.innerHTML = html;
  if (squeezed(fresh.innerHTML) === shown.get(target)) return true;
  shown.set(target, squeezed(fresh.innerHTML));
  target.innerHTML = html;
  return true;
}
const squeezed = (html) => html.replace(/\s+/g, " ").trim();
let pending = false;
async function refresh() {
  if (pending) return;
  pending = true;
  try {
    if (byId("cards")) await swap("/queue/cards", byId("cards"));
    if (here) {
      const list = byId("messages");
      const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
      if (await swap(`/talk/${here}/messages`, list) && atEnd) list.scrollTop = list.scrollHeight;
    }
  } finally { pending = false; }
}
function follow() {
  const feed = new EventSource("/live");
  feed.onopen = () => { byId("offline").hidden = true; refresh(); };
  feed.onerror = () => { byId("offline").hidden = false; };
  feed.onmessage = (event) => {
    const change = JSON.parse(event.data);
    if (here && change.c !== here) return;
    if (change.w.startsWith("alarm:") && byId("alarm")) {
      byId("alarm").hidden = false;
      if ("Notification" in window && Notification.permission === "granted") new Notification("Desk", { body: "1" });
    }
    refresh();
    setTimeout(refresh, 150);
  };
}
if (byId("cards") || talk) follow();

const composer = byId("composer");
if (composer) {
  const text = byId("text"), count = byId("count"), error = byId("error"), key = `draft:${here}`;
  const list = byId("messages");
  list.scrollTop = list.scrollHeight;
  text.value = sessionStorage.getItem(key) || "";
  const typed = () => { sessionStorage.setItem(key, text.value); count.textContent = text.value.length; };
  text.addEventListener("input", typed);
  typed();
  text.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) composer.requestSubmit(); });
  let sending = false;
  composer.addEventListener("submit", async (e) => {
    e.preventDefault();
    if (sending || !text.value.trim()) return;
    sending = true;
    error.hidden = true;
    try {
      const answer = await fetch(composer.action, { method: "POST", body: new FormData(composer), credentials: "same-origin" });
      if (answer.ok) {
        text.value = "";
        typed();
        composer.elements.nonce.value = crypto.getRandomValues(new Uint32Array(2)).join("");
        refresh();
      } else {
        const said = answer.headers.get("content-type").includes("json") ? (await answer.json()).error : answer.statusText;
        error.textContent = said;
        error.hidden = false;
      }
    } catch { byId("offline").hidden = false; } finally { sending = false; text.focus(); }
  });
  for (const button of document.querySelectorAll(".phrase")) {
    button.addEventListener("click", () => { text.value = button.dataset.text; typed(); text.focus(); });
  }
  const left = byId("window");
  if (left) setInterval(() => {
    const s = Math.max(0, Number(left.dataset.seconds) - 30);
    left.dataset.seconds = s;
    const span = left.querySelector("span");
    if (span) span.textContent = `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
    if (s === 0) text.disabled = true;
  }, 30000);
}
