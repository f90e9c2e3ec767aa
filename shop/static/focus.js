// Gives the focus to what has taken the place of an element that had it.
export function focusAgain(id, fresh) {
  const same = id ? document.getElementById(id) : null;
  const target = same ?? fresh.querySelector("h1, h2") ?? fresh;
  if (!same) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}
