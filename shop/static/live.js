// Follows a purchase: each entry of its timeline makes the page fetch its parts again, of which
// only those that differ are put in place.
import { focusAgain } from "./focus.js";
import { follow, isOpen } from "./stream.js";

const connection = document.getElementById("connection");
const againAfter = 1000;

const said = {
  live: "Live: what happens appears here by itself.",
  lost: "Connection lost, trying again.",
  back: "Connected again. Live: what happens appears here by itself.",
};
let wasLost = false;
let running = false;
let wanted = false;
let news = false;

function say(what) {
  connection.dataset.connection = what === "lost" ? "lost" : "live";
  if (connection.textContent !== said[what]) connection.textContent = said[what];
}

function lose() {
  wasLost = true;
  say("lost");
}

// One after the other: an older answer must not overwrite a newer one.
async function refresh() {
  wanted = true;
  if (running) return;
  running = true;
  while (wanted) {
    wanted = false;
    try {
      const answer = await fetch(connection.dataset.fragment, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      lose();
      await new Promise((resume) => setTimeout(resume, againAfter));
      wanted = true;
    }
  }
  running = false;
  if (wasLost && isOpen()) {
    wasLost = false;
    say("back");
  }
}

function put(fetched) {
  const now = document.getElementById("purchase");
  const next = fetched.getElementById("purchase");
  now.dataset.last = next.dataset.last;
  for (const part of next.querySelectorAll(".part")) {
    // What was said of a lever stays, unless something has happened that it waited for.
    if (part.id === "told" && !(news && now.querySelector("[data-passing]"))) continue;
    if (part.id === "history") grow(part);
    else replace(document.getElementById(part.id), part);
  }
  if (news) history.replaceState(null, "", connection.dataset.page);
  news = false;
}

function grow(fetched) {
  const timeline = document.getElementById("timeline");
  const entries = fetched.querySelectorAll("#timeline > li");
  const known = new Set([...entries].map((entry) => entry.id));
  for (const entry of [...timeline.children]) if (!known.has(entry.id)) entry.remove();
  for (const entry of entries) {
    const old = document.getElementById(entry.id);
    if (old) replace(old, entry);
    else timeline.append(document.adoptNode(entry));
  }
}

function replace(old, next) {
  keepIds(old, next);
  if (old.isEqualNode(next)) return;
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const fresh = document.importNode(next, true);
  if (focused) keepTyped(old, fresh);
  old.replaceWith(fresh);
  if (focused) focusAgain(focused.id, fresh);
}

// Each answer brings new ids for the forms that are sent once; a form that is here keeps its own.
function keepIds(old, next) {
  for (const fresh of next.querySelectorAll("input[data-once]")) {
    const same = old.querySelector(`input[data-once][name="${fresh.name}"]`);
    if (same) fresh.setAttribute("value", same.defaultValue);
  }
}

// Somebody is at it just now: what has been typed is not taken away.
function keepTyped(old, fresh) {
  for (const input of old.querySelectorAll("input[id]")) {
    const same = fresh.querySelector(`#${CSS.escape(input.id)}`);
    if (same && input.value !== input.defaultValue) same.value = input.value;
  }
}

// An answer may take seconds while no worker is there.
document.addEventListener("submit", (event) => event.target.setAttribute("aria-busy", "true"));

// A page that says why a lever did not work is no answer to a reload.
if (location.pathname !== connection.dataset.page) {
  history.replaceState(null, "", connection.dataset.page);
}
follow({
  address: () => {
    const last = document.getElementById("purchase").dataset.last;
    return `${connection.dataset.events}?after=${last}`;
  },
  news: () => {
    news = true;
    refresh();
  },
  opened: () => {
    say(wasLost ? "back" : "live");
    if (wasLost) refresh();
    wasLost = false;
  },
  lost: lose,
  seen: refresh,
});
