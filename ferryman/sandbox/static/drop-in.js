// Tells the shop around this frame what was made here, and how much room it takes.
const place = document.querySelector("[data-origin]");
const tell = (message) => window.parent.postMessage(message, place.dataset.origin);

if (place.id === "made") {
  const { source, type, save } = place.dataset;
  tell({ sourceId: source, type, readyForStorage: save === "yes" });
} else {
  const size = () => tell({ height: document.body.offsetHeight });
  new ResizeObserver(size).observe(document.body);
}
