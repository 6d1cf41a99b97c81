import { optional } from "app/shared/dom";

/** What asks before something is deleted: it comes from the server into #dialog, as a dialog. */
export class Dialogs {
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    // Once it has settled: until then htmx gives the focus to what has `autofocus`, wherever somebody quick has put it.
    document.addEventListener("htmx:afterSettle", ({ target }) => this.#came(target), { signal });
    document.addEventListener("htmx:sendError", ({ target }) => this.#failed(target), { signal });
    document.addEventListener("htmx:responseError", ({ target }) => this.#failed(target), { signal });
    document.addEventListener("htmx:beforeSwap", (event) => this.#answered(event), { signal });
  }

  close() {
    this.#events.abort();
  }

  /** @param {HTMLElement} target */
  #came(target) {
    const dialog = target.id === "dialog" && optional(target, "dialog", HTMLDialogElement);
    if (!dialog) return;
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
  }

  /**
   * Where the dialog cannot be fetched, the page that asks the same takes its place.
   * @param {HTMLElement} target
   */
  #failed(target) {
    if (target.getAttribute("hx-target") !== "#dialog") return;
    if (target instanceof HTMLAnchorElement) location.assign(target.href);
    else if (target instanceof HTMLButtonElement) target.form?.requestSubmit(target);
  }

  /**
   * A log-in page in place of an answer: go there, and come back to this page.
   * @param {HtmxEvent} event
   */
  #answered(event) {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.verb !== "post" || !new URL(xhr.responseURL).pathname.startsWith("/accounts/")) return;
    event.preventDefault();
    location.reload();
  }
}
