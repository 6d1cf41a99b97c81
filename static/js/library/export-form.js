import { AWAY, FAILED, LOGGED_OUT } from "app/shared/requests";

const TYPING_MS = 300;
// What the server renders again for other choices.
const PARTS = ["export-result", "export-facts"];

/** The choices of an export, with a preview that the server makes anew whenever one of them changes. */
export class ExportForm {
  #form;
  #waiting = null;
  #request = null;
  #events = new AbortController();

  constructor(form) {
    this.#form = form;
    form.querySelector("#export-show").hidden = true;
    const signal = this.#events.signal;
    form.addEventListener("input", ({ target }) => this.#later(target.type === "number" ? TYPING_MS : 0), { signal });
    form.addEventListener("focusin", (event) => this.#entered(event), { signal });
    form.addEventListener("submit", (event) => this.#submitted(event), { signal });
  }

  close() {
    this.#events.abort();
    this.#request?.abort();
    clearTimeout(this.#waiting);
  }

  #later(ms) {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#refresh(), ms);
  }

  /** Whoever comes back from the transcript may have changed it. */
  #entered({ relatedTarget }) {
    if (relatedTarget && !this.#form.contains(relatedTarget)) this.#later(0);
  }

  /** Enter in a field asks for the preview; what the server has found wrong is put right before it is downloaded. */
  #submitted(event) {
    const wrong = this.#form.querySelector("[aria-invalid=true]");
    if (event.submitter?.name === "download" && !wrong) return;
    event.preventDefault();
    this.#later(0);
    if (event.submitter?.name === "download") wrong.focus();
  }

  async #refresh() {
    this.#request?.abort();
    const request = (this.#request = new AbortController());
    try {
      const page = await fetchPage(
        `${this.#form.action}?${new URLSearchParams(new FormData(this.#form))}`,
        request.signal,
      );
      this.#show(page);
    } catch (error) {
      if (error.name !== "AbortError") this.#fail(error.message);
    }
  }

  #show(page) {
    for (const id of PARTS) {
      this.#form.querySelector(`#${id}`).replaceChildren(...page.getElementById(id).childNodes);
    }
    for (const field of this.#form.querySelectorAll("input, select")) {
      const rendered = page.getElementById(field.id);
      for (const name of field.id ? ["aria-invalid", "aria-describedby"] : []) {
        if (rendered.hasAttribute(name)) field.setAttribute(name, rendered.getAttribute(name));
        else field.removeAttribute(name);
      }
    }
  }

  #fail(sentence) {
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = sentence;
    this.#form.querySelector("#export-facts").replaceChildren(line);
  }
}

/** The page at `url`, with an export form in it. Throws an Error with a sentence, or an AbortError. */
export async function fetchPage(url, signal) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", signal });
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error(AWAY);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.getElementById("export-form")) return page;
  throw new Error(response.redirected ? LOGGED_OUT : FAILED);
}
