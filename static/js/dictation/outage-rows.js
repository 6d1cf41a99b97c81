import { pastText, tapedText } from "app/dictation/wording";
import { clockText } from "app/shared/clock";
import { optional, query } from "app/shared/dom";
import { emptyRow, setStart } from "app/shared/row";

/** @import { PastOutage } from "app/dictation/outages" */
/** @import { Transcript } from "app/dictation/transcript" */

/** Shows in their places in the text where nothing was recorded. Few dictations need it: it is loaded for those. */
export class OutageRows {
  #transcript;
  /** @type {PastOutage[]} */
  #before = [];
  /** @type {HTMLElement[]} */
  #rows = [];

  /** @param {Transcript} transcript */
  constructor(transcript) {
    this.#transcript = transcript;
  }

  /**
   * Shows what the server knows instead of what was shown.
   * @param {PastOutage[]} outages - In order.
   */
  replace(outages) {
    this.#before = outages;
    this.show([]);
  }

  /** @param {PastOutage[]} since - All of this run of the dictation that are over, in order. */
  show(since) {
    const outages = [...this.#before, ...since];
    for (const row of this.#rows.splice(outages.length)) row.remove();
    for (const [number, { at, until, isTaped }] of outages.entries()) {
      const row = this.#rows[number] ?? outageRow();
      this.#rows[number] = row;
      const words = query(row, ".words", HTMLElement);
      const text = (isTaped ? tapedText : pastText)(clockText(at), clockText(until));
      if (words.textContent === text && Number(row.dataset.startMs) === at) continue;
      const note = document.createElement("small");
      note.textContent = text;
      words.replaceChildren(note);
      setStart(row, at);
      this.#transcript.placeSilently(row);
    }
  }
}

function outageRow() {
  const row = emptyRow();
  row.classList.add("missing");
  optional(row, ".who", HTMLElement)?.remove();
  const words = query(row, ".words", HTMLElement);
  // It is no text of the transcript.
  delete words.dataset.text;
  words.lang = document.documentElement.lang;
  return row;
}
