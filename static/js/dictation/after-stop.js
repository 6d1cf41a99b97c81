/** @import { EndedDictation, EndedParts } from "app/dictation/ended-dictation" */
/** @import { LogEvents } from "app/dictation/log-editing" */

/** What the page shows of a dictation that has ended; loaded then, since nobody needs it while they speak. */
export class AfterStop {
  #element;
  #link;
  #style;
  #parts;
  #on;
  /** @type {EndedDictation | null} */
  #ended = null;
  #shown = 0;

  /**
   * @param {HTMLElement} element - Shown while the page shows a dictation that has ended.
   * @param {HTMLAnchorElement} link - The link to its transcript.
   * @param {string} style - The address of the style sheet of the editor.
   * @param {EndedParts} parts
   * @param {LogEvents} on
   */
  constructor(element, link, style, parts, on) {
    this.#element = element;
    this.#link = link;
    this.#style = style;
    this.#parts = parts;
    this.#on = on;
  }

  /**
   * @param {string} id - The session.
   * @param {boolean} [isRecovering] - Whether words of it are still to be transcribed from the recording.
   */
  async show(id, isRecovering = false) {
    this.close();
    this.showLink(id);
    const shown = this.#shown;
    const loaded = await import("app/dictation/ended-dictation").catch(() => null);
    if (loaded === null || shown !== this.#shown) return;
    const [style, parts, on] = [this.#style, this.#parts, this.#on];
    this.#ended = new loaded.EndedDictation({ id, isRecovering, style, parts, on });
  }

  /**
   * Shows only the link to the transcript.
   * @param {string} id - The session.
   */
  showLink(id) {
    this.#link.href = this.#parts.addresses.transcript(id);
    this.#element.hidden = false;
  }

  hide() {
    this.close();
    this.#element.hidden = true;
  }

  close() {
    this.#shown += 1;
    this.#ended?.close();
    this.#ended = null;
  }
}
