import { closest, query } from "app/shared/dom";

/** Puts the cursor into the field for a new tag when it is opened, and closes it with Esc. */
export class Tagging {
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    // This event does not bubble.
    document.addEventListener("toggle", ({ target }) => toggled(target), { capture: true, signal });
    document.addEventListener("keydown", (event) => pressed(event), { signal });
  }

  close() {
    this.#events.abort();
  }
}

/** @param {EventTarget | null} target */
function toggled(target) {
  if (!(target instanceof HTMLDetailsElement && target.matches(".tagging[open]"))) return;
  query(target, ".tag-form", HTMLElement).scrollIntoView({ block: "nearest" });
  query(target, "[name=add]", HTMLInputElement).focus({ preventScroll: true });
}

/** @param {KeyboardEvent} event */
function pressed({ key, target, defaultPrevented }) {
  const tagging = closest(target, ".tagging[open]", HTMLDetailsElement);
  if (key !== "Escape" || defaultPrevented || !tagging) return;
  tagging.open = false;
  query(tagging, "summary", HTMLElement).focus();
}
