// Takes what the drop-in has made, and nothing from anybody else.
const frame = document.querySelector("#drop-in");
const form = document.querySelector("#chosen");
const tallest = 3000;

window.addEventListener("message", (event) => {
  if (event.origin !== frame.dataset.origin || event.source !== frame.contentWindow) return;
  const { height, sourceId, readyForStorage } = event.data ?? {};
  if (Number.isFinite(height)) {
    frame.style.height = `${Math.min(Math.max(height, 160), tallest) + 4}px`;
  } else if (typeof sourceId === "string") {
    form.elements.sourceId.value = sourceId;
    form.elements.save.value = readyForStorage === true ? "yes" : "no";
    document.querySelector("#taken").textContent = "Your choice is being noted…";
    form.submit();
  }
});
