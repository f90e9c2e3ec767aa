// Follows a purchase's timeline for as long as somebody looks at the page.
const kinds = ["state", "step", "event", "timer", "act"];
const againAfter = 1000;

let stream = null;

const inSight = () => document.visibilityState !== "hidden";

// `address` gives where the stream goes on from; `news`, `opened` and `lost` are called when that
// happens, `seen` when somebody looks again.
export function follow({ address, news, opened, lost = () => {}, seen }) {
  function open() {
    stream = new EventSource(address());
    for (const kind of kinds) stream.addEventListener(kind, news);
    stream.addEventListener("open", opened);
    stream.addEventListener("error", () => {
      lost();
      // After an answer that is no stream a browser gives up; the page does not.
      if (!isOpening()) setTimeout(openAgain, againAfter);
    });
  }

  function openAgain() {
    if (!isOpening() && inSight()) open();
  }

  // Each open stream takes one of the few connections that a browser has for all pages from here.
  document.addEventListener("visibilitychange", () => {
    if (!inSight()) stream?.close();
    else if (!isOpening()) {
      open();
      seen();
    }
  });
  openAgain();
}

export function isOpen() {
  return stream?.readyState === EventSource.OPEN;
}

function isOpening() {
  return stream !== null && stream.readyState !== EventSource.CLOSED;
}
