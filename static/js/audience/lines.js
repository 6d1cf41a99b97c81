import { setLanguage } from "app/shared/row";

/** @import { Message } from "app/shared/caption-stream" */

/** The most sentences on the page; it may be open for hours. */
const MOST = 200;
/** From here on it counts as read to the end, in pixels. */
const NEAR = 80;

/**
 * The sentences of captions. What is saved stands in a log that screen readers read out; words that may still change
 * stand below it, in the place where they will stand.
 */
export class Lines {
  #finals;
  #partials;
  #hold;
  #timer = 0;
  /** @type {Map<number, HTMLElement>} */
  #bySeq = new Map();
  /** @type {Map<string, HTMLElement>} */
  #byUtterance = new Map();
  #last = 0;

  /**
   * @param {HTMLElement} finals
   * @param {HTMLElement} partials
   * @param {{hold: number}} options - After how many seconds without words they go; 0 for never.
   */
  constructor(finals, partials, { hold }) {
    this.#finals = finals;
    this.#partials = partials;
    this.#hold = hold;
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** Whether the last words are in sight. */
  get isAtEnd() {
    const { scrollHeight, clientHeight, scrollTop } = document.documentElement;
    return scrollHeight - clientHeight - scrollTop < NEAR;
  }

  /** @param {Message} message */
  final({ seq, utterance, start_ms, text, language }) {
    this.#drop(utterance);
    const known = this.#bySeq.get(seq);
    if (known) {
      if (text.trim()) known.replaceChildren(span(text));
      else this.#remove(seq);
      return;
    }
    // An older one that has left the page does not come back for a correction.
    if (!text.trim() || seq <= this.#last) return;
    this.#last = seq;
    const row = paragraph(language);
    row.dataset.startMs = String(start_ms);
    row.append(span(text));
    this.#bySeq.set(seq, row);
    this.#place(row, start_ms);
    if (this.#bySeq.size > MOST) this.#remove([...this.#bySeq.keys()][0]);
    this.#rest();
  }

  /** @param {Message} message */
  partial({ utterance, stable, tentative, language }) {
    if (!stable && !tentative) {
      this.#drop(utterance);
      return;
    }
    let row = this.#byUtterance.get(utterance);
    if (!row) {
      row = paragraph(language);
      this.#byUtterance.set(utterance, row);
      this.#partials.append(row);
    }
    const pale = span(stable && tentative && /^[\p{L}\p{N}]/u.test(tentative) ? ` ${tentative}` : tentative);
    pale.className = "tentative";
    row.replaceChildren(span(stable), pale);
    this.#rest();
  }

  /** Takes away words that nobody will save any more. */
  forgetPartials() {
    for (const utterance of [...this.#byUtterance.keys()]) this.#drop(utterance);
  }

  /**
   * @param {HTMLElement} row
   * @param {number} startMs
   */
  #place(row, startMs) {
    let before = this.#finals.lastElementChild;
    while (before instanceof HTMLElement && Number(before.dataset.startMs) > startMs) {
      before = before.previousElementSibling;
    }
    if (before) before.after(row);
    else this.#finals.prepend(row);
  }

  /** @param {number} seq */
  #remove(seq) {
    this.#bySeq.get(seq)?.remove();
    this.#bySeq.delete(seq);
  }

  /** @param {string} utterance */
  #drop(utterance) {
    this.#byUtterance.get(utterance)?.remove();
    this.#byUtterance.delete(utterance);
  }

  #rest() {
    if (!this.#hold) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.forgetPartials();
      for (const seq of [...this.#bySeq.keys()]) this.#remove(seq);
    }, this.#hold * 1000);
  }
}

/** @param {string} language */
function paragraph(language) {
  const row = document.createElement("p");
  row.dir = "auto";
  setLanguage(row, language);
  return row;
}

/** @param {string} text */
function span(text) {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}
