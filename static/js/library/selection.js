// How many transcripts are selected, and what can be done with them.

import { gettext, language } from "app/shared/i18n";

const number = document.getElementById("chosen");
const buttons = [...document.querySelectorAll("#selection-bar button")];

function boxes() {
  return [...document.querySelectorAll("#selection input[name=session]")];
}

function count() {
  const chosen = everything().checked
    ? Number(everything().dataset.total)
    : boxes().filter((each) => each.checked).length;
  const count = chosen.toLocaleString(language);
  const words = chosen === 0 ? gettext("Select transcripts") : gettext("%(count)s selected", { count });
  if (number.textContent !== words) number.textContent = words;
  for (const button of buttons) button.disabled = chosen === 0;
}

function everything() {
  return document.getElementById("all");
}

document.addEventListener("change", ({ target }) => {
  if (target.id === "all") {
    for (const box of boxes()) box.checked = target.checked;
  } else if (target.name === "session" && !target.checked) {
    everything().checked = false;
  }
  count();
});
document.addEventListener("htmx:afterSettle", count);
// What a browser keeps ticked when one comes back to the page.
window.addEventListener("pageshow", count);
count();
