import { clockText } from "app/clock";

/** The log of saved sentences: each once, in the order of `seq`, whatever order and however often they arrive. */
export class Transcript {
  #log;
  #rows = new Map();
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
    const next = [...this.#rows.keys()].filter((seq) => seq > final.seq).sort((a, b) => a - b)[0];
    this.#log.insertBefore(row, next === undefined ? null : this.#rows.get(next));
    this.#keep(final.seq, row);
    return true;
  }

  clear() {
    this.#log.replaceChildren();
    this.#rows.clear();
    this.#contiguous = this.#savedUntil = 0;
  }

  #keep(seq, row) {
    this.#rows.set(seq, row);
    this.#savedUntil = Math.max(this.#savedUntil, Number(row.dataset.endMs));
    while (this.#rows.has(this.#contiguous + 1)) this.#contiguous += 1;
  }
}

function makeRow(final) {
  const row = document.createElement("div");
  row.className = "row settling";
  row.id = `u-${final.seq}`;
  row.dataset.seq = final.seq;
  row.dataset.startMs = final.start_ms;
  row.dataset.endMs = final.end_ms;
  // Its words were taken out, or stand in another sentence now.
  row.hidden = !final.text;
  const when = document.createElement("time");
  when.className = "when";
  when.dateTime = `PT${Math.floor(final.start_ms / 1000)}S`;
  when.textContent = clockText(final.start_ms);
  const words = document.createElement("p");
  words.className = "words";
  words.dataset.text = "";
  words.textContent = final.text;
  row.append(when, words);
  row.addEventListener("animationend", () => row.classList.remove("settling"));
  return row;
}
