import { gettext } from "app/shared/i18n";
import { post, RequestError } from "app/shared/requests";
import { setText, textOf } from "app/shared/row";
import { Autosave } from "app/transcript/autosave";

/**
 * @import { Saving } from "app/transcript/autosave"
 * @import { Drafts } from "app/transcript/drafts"
 * @import { Changed } from "app/transcript/rows"
 */

const KEPT = gettext("The server cannot be reached. What you wrote is kept in this tab and will be saved.");

/** One sentence that is edited on the page, and the saving of its text. */
export class Sentence {
  #session;
  #drafts;
  #onChange;
  #autosave;
  #base;
  #sitting = newId();

  /**
   * @param {string} session - The address of the session.
   * @param {HTMLElement} row
   * @param {Drafts} drafts
   * @param {(sentence: Sentence, saving: Saving) => void} onChange - Called whenever `saving` changes.
   */
  constructor(session, row, drafts, onChange) {
    this.#session = session;
    this.row = row;
    this.#drafts = drafts;
    this.#onChange = onChange;
    this.#autosave = new Autosave(
      (text) => this.#send(text),
      (saving) => this.#hear(saving),
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
    return `${this.#session}utterances/${this.seq}/`;
  }

  get isPending() {
    return this.#autosave.isPending;
  }

  /** The state of saving its text. */
  get saving() {
    return this.#autosave.saving;
  }

  /** Begins a new sitting: changes from now on make one new version, based on the one on the page. */
  begin() {
    if (this.isPending) return;
    this.#sitting = newId();
    this.#base = this.version;
  }

  /**
   * Takes over a text as it is typed; `version` is the version it replaces, by default the one on the page.
   * @param {string} text
   * @param {number} [version]
   */
  change(text, version = this.version) {
    if (!this.isPending) this.#base = version;
    setText(this.row, text);
    this.#keepDraft();
    this.#autosave.change(text);
  }

  /** Saves the text at once; resolves to whether everything is saved. */
  async flush() {
    await this.#autosave.flush();
    return !this.isPending;
  }

  /** Ends a conflict by saving the text typed here over the stored one. */
  keepMine() {
    if (this.saving.state === "conflict") this.#base = this.saving.stored.version;
    this.#sitting = newId();
    return this.#autosave.settle();
  }

  /** Ends a conflict by discarding the text typed here. */
  async keepTheirs() {
    await this.#autosave.drop();
    this.#drafts.drop(this.seq);
  }

  /**
   * Saves the sentence, then posts an action on it. Returns the answer, or null if unsaved. Throws RequestError.
   * @param {string} action
   * @param {Record<string, unknown>} [fields]
   * @returns {Promise<Changed | null>}
   */
  async ask(action, fields = {}) {
    if (!(await this.flush())) return null;
    return post(`${this.url}${action}/`, { version: this.version, ...fields });
  }

  close() {
    this.#autosave.close();
  }

  #keepDraft() {
    const { startMs, endMs } = this.row.dataset;
    const times = { start_ms: Number(startMs), end_ms: Number(endMs) };
    this.#drafts.keep(this.seq, { text: textOf(this.row), version: this.#base, ...times });
  }

  /** @param {string} text */
  async #send(text) {
    const fields = { text, version: this.#base, sitting: this.#sitting };
    try {
      return await post(this.url, fields, { keepalive: text.length < 10_000 });
    } catch (error) {
      throw error instanceof RequestError && error.status === 0 ? new RequestError(KEPT) : error;
    }
  }

  /** @param {Saving} saving */
  #hear(saving) {
    const answer = "answer" in saving ? saving.answer : null;
    if (answer) {
      this.#base = answer.rows[0].version;
      this.row.dataset.version = String(this.#base);
    }
    if (saving.state === "saved") this.#drafts.drop(this.seq);
    if (saving.state === "dirty" && answer) this.#keepDraft();
    this.#onChange(this, saving);
  }
}

// Browsers offer `randomUUID` only over https.
function newId() {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0"));
  return crypto.randomUUID?.() ?? digits.join("");
}
