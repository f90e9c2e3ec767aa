// Looks again whenever something has happened, and shows it where the page says how things stand.
import { focusAgain } from "./focus.js";
import { follow } from "./stream.js";

const truth = () => document.querySelector("#truth");
const news = document.querySelector("#news");
let looking = false;
let again = false;

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    do {
      again = false;
      const answer = await fetch(window.location.href, { cache: "no-store" });
      // What is not ordered after all has another page, which says why.
      if (answer.redirected) {
        window.location.replace(answer.url);
        return;
      }
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } while (again);
  } catch {
    // The stream comes back by itself, and then this is tried again.
  } finally {
    looking = false;
  }
}

function show(page) {
  const next = page.querySelector("#truth");
  if (!next) return;
  truth().dataset.last = next.dataset.last;
  if (next.innerHTML === truth().innerHTML) return;
  const moved = next.dataset.state !== truth().dataset.state;
  const focused = truth().contains(document.activeElement) ? document.activeElement : null;
  truth().replaceWith(document.adoptNode(next));
  document.title = page.title;
  if (moved) news.textContent = next.querySelector("h1").textContent;
  if (focused) focusAgain(focused.id, next);
}

follow({
  address: () => `${truth().dataset.events}?after=${truth().dataset.last}`,
  news: look,
  opened: look,
  seen: look,
});
