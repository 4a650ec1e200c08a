// One talk: messages as they come, the veil, the composer with its limits, drafts, phrasebook and directory.
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const talk = byId("talk"), here = talk.dataset.id, list = byId("messages"), log = byId("log"), composer = byId("composer");

  // --- messages: new ones are added, ticks are renewed; nothing is read out twice and nothing jumps ---------------------
  async function messages() {
    const answer = await fetch(`/talk/${here}/messages`, { credentials: "same-origin" });
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) return;
    const fresh = document.createElement("ol");
    fresh.innerHTML = await answer.text();
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    for (const one of [...fresh.children]) {
      const known = list.querySelector(`[data-id="${one.dataset.id}"]`);
      if (one.dataset.id === "new") { if (known || !document.hidden) continue; }
      if (!known) list.insertBefore(one, [...list.children].find((other) => Number(other.dataset.id) > Number(one.dataset.id)) || null);
      else if (known.outerHTML !== one.outerHTML) {
        known.className = one.className;
        if (!known.querySelector("audio")) known.innerHTML = one.innerHTML;
      }
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  }
  async function state() {
    const answer = await fetch(`/talk/${here}/state`, { credentials: "same-origin", headers: { accept: "application/json" } });
    if (answer.status === 409 || answer.redirected) { location.reload(); return; }
    if (!answer.ok) return;
    const now = await answer.json();
    if (now.reload !== talk.dataset.state) { location.reload(); return; }
    if (now.window !== null) deadline = Date.now() + now.window * 1000;
  }
  let stale = false, deadline = 0;
  window.desk.onChange.push((change) => { if (change.c === here) stale = true; });
  window.desk.refresh.push(async () => {
    if (!stale) return;
    stale = false;
    await messages();
    await state();
  });
  setInterval(state, 60000);
  log.scrollTop = log.scrollHeight;

  // --- the veil: what she told lies under it until somebody wants to read, and again when nobody looks -------------------
  const open = (is) => {
    log.classList.toggle("veiled", !is);
    if (is) { log.removeAttribute("aria-hidden"); log.tabIndex = 0; } else { log.setAttribute("aria-hidden", "true"); log.removeAttribute("tabindex"); }
    byId("veil-bar").hidden = is;
    if (is) sessionStorage.setItem(`open:${here}`, "1"); else sessionStorage.removeItem(`open:${here}`);
  };
  if (sessionStorage.getItem(`open:${here}`)) open(true);
  byId("unveil").addEventListener("click", (event) => { event.preventDefault(); open(true); log.focus(); });
  let away = 0;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) away = Date.now();
    else if (away && Date.now() - away > 120000) open(false);
  });

  // --- voice notes: fetched and played only after this click ----------------------------------------------------------------
  list.addEventListener("click", (event) => {
    const button = event.target.closest(".play");
    if (!button) return;
    const sound = document.createElement("audio");
    sound.controls = true;
    sound.src = button.dataset.src;
    sound.addEventListener("error", () => { sound.replaceWith(button); button.disabled = true; });
    button.replaceWith(sound);
    sound.play().catch(() => {});
  });

  if (!composer) return;
  const text = byId("text"), count = byId("count"), error = byId("error"), kept = byId("kept"), key = `draft:${here}`;
  const csrf = composer.elements.csrf.value;

  // --- limits before typing is over: characters, SMS segments, the reply window, the locked screen ---------------------------
  const GSM = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
  const LONG = new Set("^{}\\[~]|€");
  const gsmLength = (value) => [...value].reduce((sum, char) => {
    if (LONG.has(char)) return sum + 2;
    if (GSM.has(char)) return sum + 1;
    const plain = char.normalize("NFKD").replace(/\p{M}/gu, "");
    return sum + [...plain].filter((one) => GSM.has(one)).length;
  }, 0);
  const folded = (value) => value.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const words = JSON.parse(talk.dataset.lockWords || "[]").map(folded);
  function limits() {
    const max = count.dataset.max;
    let said = `${text.value.length} / ${max}`;
    if (talk.dataset.segments) {
      const size = gsmLength(text.value), parts = size === 0 ? 0 : size <= 160 ? 1 : Math.ceil(size / 153);
      said += ` · ${parts} ${count.dataset.segment}`;
    }
    count.textContent = said;
    const lead = folded(text.value.slice(0, 60)).split(/[^\p{L}]+/u);
    byId("lead").hidden = !words.some((word) => lead.includes(word));
  }
  byId("lead-button").addEventListener("click", () => {
    const opener = document.querySelector(".opener");
    if (opener) put(`${opener.dataset.text}\n${text.value}`);
  });
  deadline = byId("window") ? Date.now() + Number(byId("window").dataset.seconds) * 1000 : 0;
  if (byId("window")) setInterval(() => {
    const left = Math.max(0, Math.floor((deadline - Date.now()) / 1000)), b = byId("window").querySelector("b");
    if (b) b.textContent = left >= 3600 ? `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min` : `${Math.floor(left / 60)} min ${left % 60} s`;
    byId("window").classList.toggle("soon", left < 3600);
    if (left === 0 && !text.disabled) state();
  }, 1000);

  // --- drafts: in this tab at once, on the server (sealed) a moment later; gone when sent ---------------------------------------
  const before = sessionStorage.getItem(key);
  if (before !== null) text.value = before;
  let timer = 0;
  async function keep() {
    const form = new FormData();
    form.set("text", text.value);
    try {
      const answer = await fetch(`/talk/${here}/draft`, { method: "POST", body: form, credentials: "same-origin", headers: { "x-csrf": csrf, accept: "application/json" } });
      kept.textContent = answer.ok && text.value ? kept.dataset.text : "";
      if (answer.status === 423 || answer.status === 401) location.assign(`/lock?back=${encodeURIComponent(location.pathname)}`);
    } catch { window.desk.offline(true); }
  }
  // a colleague who has joined sees that somebody types (no channel tells us when she does)
  let told = 0, still = 0;
  window.desk.onTyping.push((who) => {
    if (who.c !== here) return;
    byId("typing").textContent = `${who.n} ${byId("typing").dataset.text}`;
    byId("typing").hidden = false;
    clearTimeout(still);
    still = setTimeout(() => { byId("typing").hidden = true; }, 5000);
  });
  function tell() {
    if (!talk.dataset.along || Date.now() - told < 3000) return;
    told = Date.now();
    fetch(`/talk/${here}/typing`, { method: "POST", credentials: "same-origin", headers: { "x-csrf": csrf } }).catch(() => {});
  }
  function typed() {
    sessionStorage.setItem(key, text.value);
    kept.textContent = "";
    limits();
    clearTimeout(timer);
    timer = setTimeout(keep, 900);
  }
  text.addEventListener("input", () => { typed(); if (text.value) tell(); });
  limits();
  function put(value) { text.value = value; typed(); text.focus(); }
  const add = (value) => put(text.value.trim() ? `${text.value.replace(/\s+$/, "")}\n${value}` : value);

  // --- sending: the same nonce goes with the same text until the desk has it, so that it cannot be sent twice -------------------
  let sending = false;
  composer.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending || !text.value.trim()) return;
    sending = true;
    error.hidden = true;
    clearTimeout(timer);
    const sent = text.value;
    try {
      const answer = await fetch(composer.action, { method: "POST", body: new FormData(composer), credentials: "same-origin", headers: { accept: "application/json" } });
      if (answer.ok) {
        if (text.value === sent) text.value = "";
        sessionStorage.setItem(key, text.value);
        kept.textContent = "";
        composer.elements.nonce.value = Array.from(crypto.getRandomValues(new Uint32Array(3)), (n) => n.toString(16)).join("");
        limits();
        open(true);
        log.scrollTop = log.scrollHeight;
        await messages();
        window.desk.offline(false);
      } else if (answer.status === 423 || answer.status === 401) {
        location.assign(`/lock?back=${encodeURIComponent(location.pathname)}`);
      } else {
        const kind = answer.headers.get("content-type") || "";
        error.textContent = kind.includes("json") ? (await answer.json()).error : answer.statusText;
        error.hidden = false;
        state();
      }
    } catch { window.desk.offline(true); } finally { sending = false; text.focus(); }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
  });

  // --- phrasebook and directory -------------------------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".phrase, .insert, .opener");
    if (button && button.classList.contains("opener")) put(button.dataset.text);
    else if (button) add(button.dataset.text);
  });
  byId("look-up").addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(event.target)).toString();
    try {
      const answer = await fetch(`${event.target.action}?${query}`, { credentials: "same-origin" });
      if (answer.ok) byId("found").innerHTML = await answer.text();
    } catch { window.desk.offline(true); }
  });
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const go = {
      m: () => text.focus(),
      n: () => byId("note") && byId("note").focus(),
      s: () => { open(true); log.focus(); },
      p: () => { byId("phrases").open = true; byId("phrases").querySelector("summary").focus(); },
      d: () => { byId("directory").open = true; byId("dq").focus(); },
    }[event.key.toLowerCase()];
    if (go) { event.preventDefault(); go(); }
  });
})();
