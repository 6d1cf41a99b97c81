import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { writeSentence } from "app/transcript/unclear";

/** The rows of a transcript on the page: sentences and what is written between them, in the order of time. */
export class Rows {
  #element;

  constructor(element) {
    this.#element = element;
  }

  get url() {
    return this.#element.dataset.url;
  }

  get element() {
    return this.#element;
  }

  all() {
    return [...this.#element.querySelectorAll("[data-seq]")];
  }

  get(seq) {
    return document.getElementById(`u-${seq}`);
  }

  textOf(row) {
    return row.querySelector("[data-text]").textContent;
  }

  setText(row, text) {
    writeSentence(row.querySelector("[data-text]"), text);
  }

  /** The sentence before (-1) or after (1) a row; null at the ends. */
  beside(row, step) {
    const rows = this.all();
    return rows[rows.indexOf(row) + step] ?? null;
  }

  /** Writes down how a sentence stands; returns its row, or null when it has no text any more. */
  apply(data) {
    let row = this.get(data.seq);
    if (!data.text) {
      row?.remove();
      return null;
    }
    const stays = row?.dataset.startMs === String(data.start_ms);
    row ??= this.#make(data);
    this.#set(row, data);
    if (!stays) this.#place(row);
    return row;
  }

  /** Puts an element with `data-start-ms` or `data-at-ms` where its time is. */
  insert(element) {
    this.#place(element);
  }

  #set(row, data) {
    const time = clockText(data.start_ms);
    row.dataset.version = data.version;
    row.dataset.startMs = data.start_ms;
    row.dataset.endMs = data.end_ms;
    row.querySelector(".when").textContent = time;
    row.querySelector(".when").dateTime = `PT${Math.floor(data.start_ms / 1000)}S`;
    row.querySelector(".row-edit").setAttribute("aria-label", gettext("Edit %(time)s", { time }));
    this.setText(row, data.text);
  }

  #make({ seq }) {
    const row = document.createElement("div");
    row.className = "row";
    row.id = `u-${seq}`;
    row.dataset.seq = seq;
    const when = document.createElement("time");
    when.className = "when";
    const edit = document.createElement("a");
    edit.className = "row-edit";
    edit.href = `${this.url}utterances/${seq}/`;
    edit.textContent = gettext("Edit");
    const words = document.createElement("p");
    words.className = "words";
    words.dataset.text = "";
    row.append(when, edit, words);
    return row;
  }

  #place(row) {
    const rows = [...this.#element.querySelectorAll(".row")].filter((each) => each !== row);
    const next = rows.find((each) => isBefore(row, each)) ?? null;
    if (row.parentElement && row.nextElementSibling === next) return;
    this.#element.insertBefore(row, next);
  }
}

function isBefore(one, other) {
  const [a, b] = [placeOf(one), placeOf(other)];
  const index = a.findIndex((each, number) => each !== b[number]);
  return index >= 0 && a[index] < b[index];
}

// A note stands before the sentence that begins at its time.
function placeOf({ dataset }) {
  if (dataset.atMs !== undefined) return [Number(dataset.atMs), 0, Number(dataset.note ?? Infinity)];
  return [Number(dataset.startMs), 1, Number(dataset.seq)];
}
