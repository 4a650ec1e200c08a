// Three simulated phones: each polls what was "sent" to it and posts what is typed or tapped.
"use strict";
const phoneOf = (style) => {
  const key = `phone:${style}`;
  if (!sessionStorage.getItem(key)) sessionStorage.setItem(key, `sim-${crypto.getRandomValues(new Uint32Array(2)).join("")}`);
  return sessionStorage.getItem(key);
};
function bubble(log, text, mine, extra) {
  const li = document.createElement("li");
  li.className = `b${mine ? " me" : ""}${extra && extra.human ? " human" : ""}`;
  li.textContent = text;
  if (extra && extra.segments) {
    const s = document.createElement("small");
    s.textContent = `${extra.segments} SMS`;
    li.append(s);
  }
  log.append(li);
  log.scrollTop = log.scrollHeight;
  return li;
}
for (const section of document.querySelectorAll(".phone")) {
  const style = section.dataset.style, log = section.querySelector(".log"), form = section.querySelector("form");
  let after = 0;
  const post = (body) => fetch(`/simulator/${style}/messages`, { method: "POST", body: JSON.stringify({ phone: phoneOf(style), ...body }) });
  const choose = (token, title) => { bubble(log, title, true); post({ token }); };
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const text = form.elements.text.value;
    if (!text.trim()) return;
    form.elements.text.value = "";
    bubble(log, text, true);
    post({ text });
  });
  const look = async () => {
    try {
      const answer = await fetch(`/simulator/${style}/messages?phone=${encodeURIComponent(phoneOf(style))}&after=${after}`);
      for (const one of await answer.json()) {
        after = one.id;
        const li = bubble(log, one.text, false, one);
        if (one.look === "text" || !one.buttons.length) continue;
        const box = document.createElement(one.look === "list" ? "details" : "div");
        if (one.look === "list") {
          const summary = document.createElement("summary");
          summary.textContent = one.label || "☰";
          box.append(summary);
        }
        const list = document.createElement("div");
        list.className = "choices";
        for (const [token, title] of one.buttons) {
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = title;
          button.addEventListener("click", () => choose(token, title));
          list.append(button);
        }
        box.append(list);
        li.append(box);
        log.scrollTop = log.scrollHeight;
      }
    } catch { /* the assistant restarts: the next look tries again */ }
    setTimeout(look, 500);
  };
  look();
}
document.getElementById("fresh").addEventListener("click", () => { sessionStorage.clear(); location.reload(); });
