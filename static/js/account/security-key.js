import { queryAll } from "app/shared/dom";

// allauth's script, which comes before this one, listens to these buttons from this event on.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of queryAll(document, "[data-security-key]", HTMLButtonElement)) button.disabled = false;
});
