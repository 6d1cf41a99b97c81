import { optional } from "app/shared/dom";
import { isAccountPage } from "app/shared/requests";

/** Opens the dialogs that ask before something is deleted; htmx loads them from the server into #dialog. */
export class Dialogs {
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    // Only after settling: until then htmx moves the focus to the element with `autofocus`, even if the user moved it.
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
   * If the dialog cannot be loaded, goes to the page that asks the same question.
   * @param {HTMLElement} target
   */
  #failed(target) {
    if (target.getAttribute("hx-target") !== "#dialog") return;
    if (target instanceof HTMLAnchorElement) location.assign(target.href);
    else if (target instanceof HTMLButtonElement) target.form?.requestSubmit(target);
  }

  /**
   * If the answer is the log-in page, reloads this page, which leads through the log-in back to it.
   * @param {HtmxEvent} event
   */
  #answered(event) {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.verb !== "post" || !isAccountPage(xhr.responseURL)) return;
    event.preventDefault();
    location.reload();
  }
}
