import { byId, optional } from "app/shared/dom";
import { UploadList } from "app/uploads/list";
import { UploadRequests } from "app/uploads/requests";
import { SharedFiles } from "app/uploads/shared-files";

/** Adds files to the history: with a button, dropped anywhere on the page, or shared with the installed app. */
export class UploadsPage {
  #input = byId("upload-input", HTMLInputElement);
  #clear = byId("upload-clear", HTMLButtonElement);
  /** @type {UploadList} */
  #list;
  #shared;
  /**
   * The keys of files that were shared, for deleting them there.
   * @type {Map<File, string>}
   */
  #keys = new Map();
  /** How many nested elements the dragged file is over. */
  #depth = 0;
  #events = new AbortController();

  constructor() {
    const { url = "", limit, files = "", account = "", missed = "" } = byId("uploads", HTMLElement).dataset;
    this.#shared = new SharedFiles(files);
    const status = byId("upload-status", HTMLElement);
    const speakers = optional(document, "#tell-speakers", HTMLInputElement);
    const requests = new UploadRequests(url, () => speakers?.checked ?? false);
    this.#list = new UploadList(requests, byId("upload-list", HTMLElement), {
      clear: this.#clear,
      limit: Number(limit),
      say: (sentence) => {
        status.textContent = sentence;
      },
      written: () => this.#refresh(),
      released: (file) => this.#release(file),
    });
    this.#list.open();
    this.#listen();
    this.#takeShared(account, missed);
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

  /**
   * Uploads what was shared with the installed app; the service worker has sent the user here with its id.
   * @param {string} account
   * @param {string} missed - The page that says that nothing arrived.
   */
  async #takeShared(account, missed) {
    // Without HTTPS there is no cache, and no service worker.
    if (!("caches" in window)) return;
    const id = new URLSearchParams(location.hash.slice(1)).get("shared");
    if (id) window.history.replaceState(window.history.state, "", location.pathname + location.search);
    const taken = await this.#shared.take(account, id, Date.now()).catch(() => []);
    if (id && taken.length === 0) location.replace(missed);
    for (const { key, file } of taken) this.#keys.set(file, key);
    this.#list.add(taken.map(({ file }) => file));
  }

  /** @param {File} file */
  #release(file) {
    const key = this.#keys.get(file);
    if (key) this.#shared.release(key);
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
