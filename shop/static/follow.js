// Looks again whenever something has happened, and shows it where the page says how things stand.
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
      const answer = await fetch(window.location.href);
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
  if (!next || next.innerHTML === truth().innerHTML) return;
  const moved = next.dataset.state !== truth().dataset.state;
  truth().replaceWith(document.adoptNode(next));
  document.title = page.title;
  if (moved) news.textContent = next.querySelector("h1").textContent;
}

function follow() {
  const events = new EventSource(truth().dataset.events);
  for (const kind of ["state", "step", "event", "timer", "act"]) events.addEventListener(kind, look);
  events.addEventListener("open", look);
  // After an answer that is no stream a browser gives up; the page does not.
  events.addEventListener("error", () => {
    if (events.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
  });
}

follow();
