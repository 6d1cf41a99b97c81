import { gettext } from "app/shared/i18n";
import { post, RequestError } from "app/shared/requests";
import { setText, textOf } from "app/shared/row";
import { Autosave } from "app/transcript/autosave";

const KEPT = gettext("The server cannot be reached. What you wrote is kept in this tab and will be saved.");

/** One sentence of the page while it is edited, and for as long as something of it is not saved. */
export class Sentence {
  #rows;
  #drafts;
  #told;
  #autosave;
  #base;
  #sitting = newId();

  /** `told(sentence, state, detail)` hears what Autosave tells. */
  constructor(rows, row, drafts, told) {
    this.#rows = rows;
    this.row = row;
    this.#drafts = drafts;
    this.#told = told;
    this.#autosave = new Autosave(
      (text) => this.#send(text),
      (state, detail) => this.#hear(state, detail),
    );
    this.#base = this.version;
  }

  get seq() {
    return Number(this.row.dataset.seq);
  }

  get version() {
    return Number(this.row.dataset.version);
  }

  get url() {
    return `${this.#rows.url}utterances/${this.seq}/`;
  }

  get text() {
    return textOf(this.row);
  }

  get isPending() {
    return this.#autosave.isPending;
  }

  get state() {
    return this.#autosave.state;
  }

  /** What stands in the way of saving: a sentence, or how the text stands elsewhere. */
  detail = null;

  /** Begins a new sitting: what is changed from now on is a version of its own, over the one on the page. */
  begin() {
    if (this.isPending) return;
    this.#sitting = newId();
    this.#base = this.version;
  }

  /** Takes a text as it is typed; `version` is the one it was typed over, when that is not the one on the page. */
  change(text, version = null) {
    if (!this.isPending) this.#base = version ?? this.version;
    setText(this.row, text);
    this.#keepDraft();
    this.#autosave.change(text);
  }

  /** Resolves to whether everything is saved. */
  async flush() {
    await this.#autosave.flush();
    return !this.isPending;
  }

  keepMine() {
    this.#base = this.detail.version;
    this.#sitting = newId();
    return this.#autosave.settle();
  }

  async keepTheirs() {
    const stored = this.detail;
    await this.#autosave.drop();
    this.#drafts.drop(this.seq);
    this.detail = null;
    return stored;
  }

  /** Has something else done with the sentence, once all of it is saved; returns the answer, or null. */
  async ask(action, fields = {}) {
    if (!(await this.flush())) return null;
    return post(`${this.url}${action}/`, { version: this.version, ...fields });
  }

  #keepDraft() {
    const { startMs, endMs } = this.row.dataset;
    const draft = { text: this.text, version: this.#base, start_ms: Number(startMs), end_ms: Number(endMs) };
    this.#drafts.keep(this.seq, draft);
  }

  async #send(text) {
    const fields = { text, version: this.#base, sitting: this.#sitting };
    try {
      return await post(this.url, fields, { keepalive: text.length < 10_000 });
    } catch (error) {
      throw error.status === 0 ? new RequestError(KEPT) : error;
    }
  }

  #hear(state, detail) {
    this.detail = state === "saved" || state === "dirty" ? null : detail;
    if (detail?.rows) {
      this.#base = detail.rows[0].version;
      this.row.dataset.version = this.#base;
    }
    if (state === "saved") this.#drafts.drop(this.seq);
    if (state === "dirty" && detail) this.#keepDraft();
    this.#told(this, state, detail);
  }
}

// Without https a browser has no randomUUID.
function newId() {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return crypto.randomUUID?.() ?? digits.join("");
}
