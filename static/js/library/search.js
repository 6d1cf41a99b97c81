// Search as you type is htmx's; this keeps its addresses short, and says when it could not reach the server.

import { gettext } from "app/shared/i18n";

const form = document.getElementById("search");
const error = document.getElementById("search-error");
const count = document.getElementById("count");
const AWAY = gettext("The search could not reach the server. Try again when the connection is back.");
const REFUSED = gettext("The server could not search. Try again in a minute.");

// On a narrow page only the first filter is shown until somebody wants the others.
const more = document.getElementById("more-filters");
const filters = document.getElementById("filters");
more.hidden = false;
fold(![...filters.querySelectorAll(".more-filter select")].some((each) => each.value));
more.addEventListener("click", () => fold(!filters.classList.contains("folded")));

function fold(isFolded) {
  filters.classList.toggle("folded", isFolded);
  more.setAttribute("aria-expanded", String(!isFolded));
  more.textContent = isFolded ? gettext("More filters") : gettext("Fewer filters");
}

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (target !== form) return;
  for (const [name, value] of [...detail.formData]) {
    if (!value) detail.formData.delete(name);
  }
});
document.addEventListener("htmx:sendError", ({ target }) => target === form && show(AWAY));
document.addEventListener("htmx:responseError", ({ target }) => target === form && show(REFUSED));
document.addEventListener("htmx:afterOnLoad", ({ detail }) => {
  if (detail.xhr.status === 200) show("");
});
// The order is chosen in a part of the page that is replaced.
let focused = "";
document.addEventListener("htmx:beforeSwap", () => (focused = document.activeElement.id));
document.addEventListener("htmx:afterSettle", () => {
  if (focused && document.activeElement === document.body) document.getElementById(focused)?.focus();
});
// Without the list in the answer, it is the log-in page that came: go there.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  if (requestConfig.elt !== form || xhr.status !== 200 || xhr.response.includes('id="results"')) return;
  event.preventDefault();
  location.assign(`${requestConfig.path}?${new URLSearchParams(requestConfig.formData)}`);
});
// The order belongs to the form, but does not stand in it: htmx, which listens there, would not hear of it.
document.addEventListener("input", ({ target }) => {
  if (target.form === form && !form.contains(target)) form.dispatchEvent(new Event("input"));
});
// What was chosen while an answer was under way is asked for next: this answer would take the choice back.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, formData } = detail.requestConfig;
  if (elt === form && wishes(formData) !== wishes(new FormData(form))) detail.shouldSwap = false;
});

function wishes(fields) {
  return JSON.stringify([...fields].filter(([, value]) => value).sort());
}

function show(sentence) {
  error.textContent = sentence;
  error.hidden = !sentence;
  if (sentence) count.textContent = "";
}
