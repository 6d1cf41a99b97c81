import { ExportForm, fetchPage } from "app/library/export-form";
import { byId, closest, query } from "app/shared/dom";

/** Opens the export page in a dialog: beside the transcript if there is room, otherwise over it. */
export class ExportPanel {
  #dialog = byId("export-panel", HTMLDialogElement);
  #opener = byId("export", HTMLAnchorElement);
  /** @type {ExportForm | null} */
  #form = null;
  #isOpening = false;
  #wide = matchMedia("(min-width: 1240px)");
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#opener.addEventListener("click", (event) => this.#toggle(event), { signal });
    this.#dialog.addEventListener("close", () => this.#closed(), { signal });
    this.#dialog.addEventListener("click", (event) => this.#clicked(event), { signal });
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    this.#wide.addEventListener("change", () => this.#fit(), { signal });
  }

  close() {
    this.#events.abort();
    this.#form?.close();
  }

  /** @param {MouseEvent} event */
  #toggle(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (this.#dialog.open) this.#dialog.close();
    else this.#open();
  }

  async #open() {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      const page = await fetchPage(this.#opener.href);
      const form = document.adoptNode(query(page, "#export-form", HTMLFormElement));
      query(this.#dialog, "[data-form]", HTMLElement).replaceChildren(form);
      this.#show();
      query(form, "[name=format]:checked", HTMLElement).focus();
      this.#form = new ExportForm(form);
      this.#opener.setAttribute("aria-expanded", "true");
    } catch {
      // The export page itself shows what is wrong, or leads to the log-in.
      location.assign(this.#opener.href);
    } finally {
      this.#isOpening = false;
    }
  }

  #show() {
    if (this.#wide.matches) this.#dialog.show();
    else this.#dialog.showModal();
  }

  /** Opens the dialog again in the other way once the window has become wide enough or too narrow for the panel. */
  #fit() {
    if (!this.#dialog.open || this.#dialog.matches(":modal") !== this.#wide.matches) return;
    const focused = document.activeElement;
    const isWithin = this.#dialog.contains(focused);
    this.#dialog.close();
    this.#show();
    if (isWithin && focused instanceof HTMLElement) focused.focus();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.key !== "Escape" || event.defaultPrevented || !this.#dialog.open) return;
    if (this.#dialog.matches(":modal")) return;
    // In a text field outside the dialog, Esc has another meaning.
    const { target } = event;
    if (target === document.body || (target instanceof Node && this.#dialog.contains(target))) this.#dialog.close();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (!closest(event.target, "#export-close", HTMLElement)) return;
    event.preventDefault();
    this.#dialog.close();
  }

  #closed() {
    // It was closed only to be opened again in the other way.
    if (this.#dialog.open) return;
    this.#form?.close();
    this.#form = null;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#opener.focus();
  }
}
