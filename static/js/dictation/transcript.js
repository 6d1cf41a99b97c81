import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

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
    log.addEventListener("animationend", ({ target }) => target.closest(".row")?.classList.remove("settling"));
    for (const row of log.querySelectorAll("[data-seq]")) this.#keep(Number(row.dataset.seq), row);
  }

  get count() {
    return [...this.#rows.values()].filter((row) => !row.hidden).length;
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

  /** Writes a final down; one that is here already is corrected where it stands, if this is a later version. */
  add(final) {
    if (this.#rows.has(final.seq)) return this.#correct(this.#rows.get(final.seq), final);
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
  }

  /** Takes over later versions of many rows at once, which are not read out: their words were heard before. */
  rewrite(finals) {
    const { ariaLive } = this.#log;
    this.#log.ariaLive = "off";
    for (const final of finals) this.add(final);
    setTimeout(() => (this.#log.ariaLive = ariaLive));
  }

  /**
   * Shows words whose worker is gone, from `start_ms` to before `end_ms`: they are looked for in the sound that is kept,
   * and what is found takes their place.
   */
  hold({ start_ms, end_ms, text }) {
    if (
      [...this.#rows.values()].some(
        (row) => Number(row.dataset.startMs) < end_ms && start_ms < Number(row.dataset.endMs),
      )
    )
      return;
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

  #correct(row, final) {
    if (Number(row.dataset.version) >= final.version) return;
    const isMoved = Number(row.dataset.startMs) !== final.start_ms;
    const isOther = row.querySelector(".words").textContent !== final.text;
    fill(row, final);
    row.classList.toggle("settling", isOther);
    if (isMoved) {
      row.remove();
      this.#log.insertBefore(row, this.#after(final));
    }
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
  row.id = `u-${final.seq}`;
  row.dataset.seq = final.seq;
  row.querySelector(".words").dataset.text = "";
  row.classList.add("settling");
  fill(row, final);
  return row;
}

function fill(row, { start_ms, end_ms, text, version = 1 }) {
  row.dataset.version = version;
  row.dataset.endMs = end_ms;
  stamp(row, start_ms);
  // Its words were taken out, or stand in another sentence now.
  row.hidden = !text;
  row.querySelector(".words").textContent = text;
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
  const when = document.createElement("time");
  when.className = "when";
  const words = document.createElement("p");
  words.className = "words";
  words.textContent = text;
  row.append(when, words);
  stamp(row, startMs);
  return row;
}

function stamp(row, startMs) {
  const when = row.querySelector(".when");
  row.dataset.startMs = startMs;
  when.dateTime = `PT${Math.floor(startMs / 1000)}S`;
  when.textContent = clockText(startMs);
}
