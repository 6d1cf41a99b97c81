import { closest, query, queryAll } from "app/shared/dom";
import { AWAY, getJson, post, RequestError, sentenceOf } from "app/shared/requests";

/** @typedef {"none" | "away" | "here" | "heard"} DeviceState - Of the phone: captions/live/joining/views.py. */

const POLL_MS = 2000;
const TICK_MS = 250;

/** The dialog in which a phone is added to the running dictation, or removed. The server has written it. */
export class PhoneDialog {
  #dialog;
  /** @type {DeviceState} */
  #device = "none";
  #wasRemoved = false;
  // The way that was chosen here last, and how many choices have arrived.
  #chosen = "";
  #choices = 0;
  #isChoosing = false;
  // When the code expires, by `performance.now()`.
  #until = 0;
  #timers;
  #requests = new AbortController();

  /**
   * Opens it. Rejects if it cannot be loaded.
   * @param {string} url
   */
  static async open(url) {
    const response = await fetch(url, { credentials: "same-origin" });
    const html = new DOMParser().parseFromString(await response.text(), "text/html");
    const dialog = query(html, "#joining", HTMLDialogElement);
    return new PhoneDialog(document.body.appendChild(document.adoptNode(dialog)));
  }

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    dialog.addEventListener("close", () => this.#close());
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
    dialog.addEventListener("change", ({ target }) => this.#choose(target));
    this.#part("joining-close").onclick = () => dialog.close();
    this.#part("joining-renew").onclick = () => this.#renew();
    this.#part("joining-remove").onclick = () => this.#remove();
    this.#part("joining-copy").onclick = () => this.#copy();
    this.#timers = [setInterval(() => this.#ask(), POLL_MS), setInterval(() => this.#show(), TICK_MS)];
    this.#show();
    dialog.showModal();
    this.#begin();
  }

  async #begin() {
    await this.#ask();
    if (this.#device === "none" && !this.#requests.signal.aborted) await this.#renew();
  }

  #close() {
    this.#requests.abort();
    for (const timer of this.#timers) clearInterval(timer);
    this.#dialog.remove();
  }

  async #ask() {
    const choices = this.#choices;
    try {
      const { device, mode } = await getJson(this.#url("state"), this.#requests.signal);
      // The code that it has used opens nothing any more.
      if (device !== "none") this.#until = 0;
      this.#device = device;
      this.#show();
      // What was asked before the server had a choice says nothing of it.
      if (choices === this.#choices && !this.#isChoosing) this.#showMode(mode);
    } catch {
      // It is asked again soon.
    }
  }

  #renew() {
    return this.#attempt(async () => {
      const { link, svg, seconds } = await post(this.#url("code"), {});
      const drawn = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
      this.#part("joining-code").replaceChildren(...(drawn ? [document.adoptNode(drawn)] : []));
      this.#part("joining-link").textContent = link;
      this.#part("joining-copied").textContent = "";
      this.#until = performance.now() + seconds * 1000;
    });
  }

  #remove() {
    return this.#attempt(async () => {
      await post(this.#url("remove"), {});
      this.#device = "none";
      this.#wasRemoved = true;
    });
  }

  /** @param {EventTarget | null} target */
  #choose(target) {
    const chosen = closest(target, "input", HTMLInputElement);
    if (!chosen) return;
    this.#isChoosing = true;
    this.#chosen = chosen.value;
    this.#attempt(async () => {
      try {
        await post(this.#url("mode"), { devices: chosen.value });
      } finally {
        this.#isChoosing = false;
        this.#choices += 1;
      }
    });
  }

  /** @param {string} mode */
  #showMode(mode) {
    for (const way of queryAll(this.#dialog, "input", HTMLInputElement)) way.checked = way.value === mode;
    if (this.#chosen !== "separate" || mode === "separate") return;
    // Only that needs room.
    const problem = this.#part("joining-problem");
    problem.textContent = problem.dataset.refused ?? "";
    problem.hidden = false;
    this.#chosen = "";
  }

  async #copy() {
    const link = this.#part("joining-link");
    const said = this.#part("joining-copied");
    try {
      await navigator.clipboard.writeText(link.textContent ?? "");
      said.textContent = said.dataset.text ?? "";
    } catch {
      // The browser does not let the page copy.
      getSelection()?.selectAllChildren(link);
    }
  }

  /** @param {() => Promise<unknown>} work */
  async #attempt(work) {
    let sentence = "";
    try {
      await work();
    } catch (error) {
      sentence = error instanceof RequestError ? sentenceOf(error) : AWAY;
    }
    if (this.#requests.signal.aborted) return;
    const problem = this.#part("joining-problem");
    problem.textContent = sentence;
    problem.hidden = !sentence;
    this.#show();
  }

  #show() {
    const left = Math.ceil((this.#until - performance.now()) / 1000);
    const unjoined = left > 0 ? "code" : this.#wasRemoved ? "removed" : this.#until ? "expired" : "begin";
    const now = this.#device === "none" ? unjoined : this.#device;
    for (const part of queryAll(this.#dialog, "[data-when]", HTMLElement)) {
      part.hidden = !part.dataset.when?.split(" ").includes(now);
    }
    const seconds = this.#part("joining-seconds");
    if (left > 0 && seconds.textContent !== String(left)) seconds.textContent = String(left);
  }

  /** @param {string} id */
  #part(id) {
    // It may be closed meanwhile, and no part of the page any more.
    return query(this.#dialog, `#${id}`, HTMLElement);
  }

  /** @param {"code" | "state" | "mode" | "remove"} name */
  #url(name) {
    return this.#dialog.dataset[name] ?? "";
  }
}
