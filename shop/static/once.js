// A second press changes nothing, but need not be made.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.disabled = true;
    button.textContent = "One moment…";
  });
  // Going back shows the form as it was left.
  window.addEventListener("pageshow", () => {
    form.querySelector("button").disabled = false;
  });
}
