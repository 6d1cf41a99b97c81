import { byId } from "app/shared/dom";
import { UploadList } from "app/uploads/list";
import { UploadRequests } from "app/uploads/requests";

/** Adds files to the history: with a button, or dropped anywhere on the page. */
export class UploadsPage {
  #input = byId("upload-input", HTMLInputElement);
  #clear = byId("upload-clear", HTMLButtonElement);
  /** @type {UploadList} */
  #list;
  /** How many nested elements the dragged file is over. */
  #depth = 0;
  #events = new AbortController();

  constructor() {
    const { url = "", limit } = byId("uploads", HTMLElement).dataset;
    const status = byId("upload-status", HTMLElement);
    this.#list = new UploadList(new UploadRequests(url), byId("upload-list", HTMLElement), {
      clear: this.#clear,
      limit: Number(limit),
      say: (sentence) => {
        status.textContent = sentence;
      },
      written: () => this.#refresh(),
    });
    this.#list.open();
    this.#listen();
  }

  close() {
    this.#events.abort();
    this.#list.close();
  }

  #listen() {
    const { signal } = this.#events;
    const button = byId("add-files", HTMLButtonElement);
    button.hidden = false;
    button.addEventListener("click", () => this.#input.click(), { signal });
    this.#clear.addEventListener("click", () => this.#list.clearFailed(), { signal });
    this.#input.addEventListener("change", () => this.#chosen(), { signal });
    // Otherwise the browser would open a dropped file in place of the page.
    document.addEventListener("dragenter", (event) => filesOf(event) && this.#over(this.#depth + 1), { signal });
    document.addEventListener("dragleave", (event) => filesOf(event) && this.#over(this.#depth - 1), { signal });
    document.addEventListener("dragover", (event) => this.#dragged(event), { signal });
    document.addEventListener("drop", (event) => this.#dropped(event), { signal });
  }

  #chosen() {
    this.#list.add([...(this.#input.files ?? [])]);
    this.#input.value = "";
  }

  /** @param {number} depth */
  #over(depth) {
    this.#depth = Math.max(0, depth);
    document.documentElement.classList.toggle("dropping", this.#depth > 0);
  }

  /** @param {DragEvent} event */
  #dragged(event) {
    const files = filesOf(event);
    if (!files) return;
    event.preventDefault();
    files.dropEffect = "copy";
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    const files = filesOf(event);
    if (!files) return;
    event.preventDefault();
    this.#over(0);
    this.#list.add([...files.files]);
  }

  /** Reloads the history for a new transcript, unless the user is selecting transcripts in it. */
  async #refresh() {
    if (isSelecting()) return;
    const { href } = location;
    const response = await fetch(href, { credentials: "same-origin", signal: this.#events.signal }).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    // The user may have searched again meanwhile.
    if (href !== location.href || isSelecting()) return;
    for (const id of ["count", "order", "results"]) {
      const element = byId(id, HTMLElement);
      element.replaceChildren(...(fresh.getElementById(id)?.childNodes ?? []));
      window.htmx?.process(element);
    }
  }
}

function isSelecting() {
  return document.getElementById("selection") !== null;
}

/** @param {DragEvent} event */
function filesOf({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") ? dataTransfer : null;
}
