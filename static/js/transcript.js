import { clockText } from "app/clock";
import { gettext } from "app/i18n";

/** The log of saved sentences: each once, in the order of speaking, whatever order and however often they arrive. */
export class Transcript {
  #log;
  #rows = new Map();
  #waiting = [];
  #contiguous = 0;
  #savedUntil = 0;

  /** Takes over the rows that the server has written into `log`. */
  constructor(log) {
    this.#log = log;
    for (const row of log.querySelectorAll("[data-seq]")) this.#keep(Number(row.dataset.seq), row);
  }

  get count() {
    return this.#rows.size;
  }

  /** The highest seq up to which none is missing. */
  get lastSeq() {
    return this.#contiguous;
  }

  /** Up to where of the session's clock, in milliseconds, words are saved. */
  get savedUntil() {
    return this.#savedUntil;
  }

  /** Whether a saved sentence is missing between those that are here. */
  get hasGap() {
    return this.#rows.size > this.#contiguous;
  }

  /** Writes a final down; false when it is here already. */
  add(final) {
    if (this.#rows.has(final.seq)) return false;
    const row = makeRow(final);
    const waiting = this.#waiting.find((each) => final.start_ms < each.end_ms && each.start_ms < final.end_ms);
    if (waiting) {
      // What was read of it stays where it is.
      waiting.row.replaceWith(row);
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
    } else {
      this.#log.insertBefore(row, this.#after(final));
    }
    this.#keep(final.seq, row);
    return true;
  }

  /**
   * Shows words whose worker is gone, from `start_ms` to before `end_ms`: they are looked for in the sound that is kept,
   * and what is found takes their place.
   */
  hold({ start_ms, end_ms, text }) {
    if ([...this.#rows.values()].some((row) => Number(row.dataset.startMs) < end_ms && start_ms < Number(row.dataset.endMs))) return;
    const row = makeWaitingRow(start_ms, text);
    this.#log.insertBefore(row, this.#after({ start_ms, seq: Infinity }));
    this.#waiting.push({ row, start_ms, end_ms });
  }

  /** All that was found from `start_ms` to `end_ms` is here. */
  release({ start_ms, end_ms }) {
    const over = this.#waiting.filter((each) => start_ms <= each.start_ms && each.start_ms < end_ms);
    for (const { row } of over) row.remove();
    this.#waiting = this.#waiting.filter((each) => !over.includes(each));
  }

  clear() {
    this.#log.replaceChildren();
    this.#rows.clear();
    this.#waiting = [];
    this.#contiguous = this.#savedUntil = 0;
  }

  /** The row before which a final belongs, null at the end; most belong there. */
  #after(final) {
    let next = null;
    for (let row = this.#log.lastElementChild; row && isLater(row, final); row = row.previousElementSibling) next = row;
    return next;
  }

  #keep(seq, row) {
    this.#rows.set(seq, row);
    this.#savedUntil = Math.max(this.#savedUntil, Number(row.dataset.endMs));
    while (this.#rows.has(this.#contiguous + 1)) this.#contiguous += 1;
  }
}

function isLater(row, { start_ms, seq }) {
  const start = Number(row.dataset.startMs);
  return start > start_ms || (start === start_ms && Number(row.dataset.seq) > seq);
}

function makeRow(final) {
  const row = makeLine(final.start_ms, final.text);
  row.classList.add("settling");
  row.id = `u-${final.seq}`;
  row.dataset.seq = final.seq;
  row.dataset.endMs = final.end_ms;
  // Its words were taken out, or stand in another sentence now.
  row.hidden = !final.text;
  row.querySelector(".words").dataset.text = "";
  row.addEventListener("animationend", () => row.classList.remove("settling"));
  return row;
}

function makeWaitingRow(startMs, text) {
  const row = makeLine(startMs, text);
  row.classList.add("waiting");
  const note = document.createElement("small");
  note.textContent = gettext("This is being written down from the sound.");
  row.querySelector(".words").append(" ", note);
  return row;
}

function makeLine(startMs, text) {
  const row = document.createElement("div");
  row.className = "row";
  row.dataset.startMs = startMs;
  const when = document.createElement("time");
  when.className = "when";
  when.dateTime = `PT${Math.floor(startMs / 1000)}S`;
  when.textContent = clockText(startMs);
  const words = document.createElement("p");
  words.className = "words";
  words.textContent = text;
  row.append(when, words);
  return row;
}
