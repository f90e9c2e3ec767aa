// A second press changes nothing, but need not be made.
for (const form of document.querySelectorAll("form[data-once]")) {
  const button = form.querySelector("button");
  const words = button.textContent;
  form.addEventListener("submit", () => {
    button.disabled = true;
    button.textContent = "One moment…";
  });
  // Going back shows the form as it was left.
  window.addEventListener("pageshow", () => {
    button.disabled = false;
    button.textContent = words;
  });
}
