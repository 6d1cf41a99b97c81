import { ExportForm, fetchPage } from "app/library/export-form";

/** Opens the export page in a dialog: beside the transcript where there is room, else over all of it. */
export class ExportPanel {
  #dialog;
  #opener;
  #form = null;
  #isOpening = false;
  #wide = matchMedia("(min-width: 1240px)");

  constructor(dialog, opener) {
    this.#dialog = dialog;
    this.#opener = opener;
    opener.setAttribute("aria-expanded", "false");
    opener.addEventListener("click", (event) => this.#toggle(event));
    dialog.addEventListener("close", () => this.#closed());
    dialog.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("keydown", (event) => this.#pressed(event));
    this.#wide.addEventListener("change", () => this.#fit());
  }

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
      const form = document.adoptNode(page.getElementById("export-form"));
      this.#dialog.querySelector("[data-form]").replaceChildren(form);
      this.#show();
      form.querySelector("[name=format]:checked").focus();
      this.#form = new ExportForm(form);
      this.#opener.setAttribute("aria-expanded", "true");
    } catch {
      // The page that asks the same says what is wrong, or leads to the log-in.
      location.assign(this.#opener.href);
    } finally {
      this.#isOpening = false;
    }
  }

  #show() {
    if (this.#wide.matches) this.#dialog.show();
    else this.#dialog.showModal();
  }

  /** The window was made wider or narrower than what the panel needs beside the page. */
  #fit() {
    if (!this.#dialog.open || this.#dialog.matches(":modal") !== this.#wide.matches) return;
    const focused = this.#dialog.contains(document.activeElement) ? document.activeElement : null;
    this.#dialog.close();
    this.#show();
    focused?.focus();
  }

  #pressed(event) {
    if (event.key !== "Escape" || event.defaultPrevented || !this.#dialog.open) return;
    if (this.#dialog.matches(":modal")) return;
    // Esc means other things where somebody writes.
    if (event.target === document.body || this.#dialog.contains(event.target)) this.#dialog.close();
  }

  #clicked(event) {
    if (event.target.id !== "export-close") return;
    event.preventDefault();
    this.#dialog.close();
  }

  #closed() {
    // It was only closed to be opened another way.
    if (this.#dialog.open) return;
    this.#form?.close();
    this.#form = null;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#opener.focus();
  }
}
