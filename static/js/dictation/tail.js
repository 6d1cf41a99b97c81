import { following, join } from "app/dictation/joining";

/**
 * What is being said: every open utterance in its order, each in a row, the stable words wet, the tentative ones pale.
 *
 * A sentence that seems to follow has a row from its first word on, and an utterance that ends becomes a row of the log
 * in this very place: words that were read do not move.
 */
export class Tail {
  #element;
  #open = new Map();
  #rows;
  // What followed an utterance that is done, until it comes as an utterance of its own.
  #next = null;

  /** `element` holds one row. */
  constructor(element) {
    this.#element = element;
    this.#rows = [...element.children];
  }

  /** Shows or hides the caret at which words will appear. */
  set isShown(value) {
    this.#element.hidden = !value;
  }

  /** A partial of the server; one without any words takes its utterance away. */
  set({ utterance, start_ms, stable, tentative }) {
    const before = this.#open.get(utterance);
    const touchedAt = performance.now();
    if (stable || tentative) this.#open.set(utterance, { start_ms, stable, tentative, touchedAt });
    else this.#open.delete(utterance);
    const isDone = before && stable && !tentative;
    this.#next = isDone ? { utterance, sentences: following(before.stable, before.tentative).slice(1) } : null;
    this.#write();
  }

  /** The utterance is saved: its words leave the tail. */
  settle(utterance) {
    if (this.#open.has(utterance)) this.#take(this.#lines().findIndex((line) => line.utterance === utterance));
    this.#open.delete(utterance);
    if (this.#next?.utterance === utterance) this.#next = null;
    this.#write();
  }

  /**
   * Takes away what was not touched since `moment` of `performance.now()`; returns null where there is nothing, or
   * `{start_ms, text, touchedAt}`: when the first of it was said in the session, and when the last of it came.
   */
  drop(moment) {
    const orphans = [...this.#open].filter(([, each]) => each.touchedAt < moment);
    if (!orphans.length) return null;
    for (const [utterance] of orphans) this.#open.delete(utterance);
    this.#next = null;
    this.#write();
    const lost = orphans.map(([, each]) => each).sort((a, b) => a.start_ms - b.start_ms);
    return {
      start_ms: lost[0].start_ms,
      text: lost.map((each) => join(each.stable, each.tentative)).reduce(join),
      touchedAt: Math.max(...lost.map((each) => each.touchedAt)),
    };
  }

  clear() {
    this.#open.clear();
    this.#next = null;
    this.#write();
  }

  /** The rows as they should be: `{utterance, stable, tentative}`, without `utterance` where a sentence only seems to begin. */
  #lines() {
    const open = [...this.#open].sort(([, a], [, b]) => a.start_ms - b.start_ms);
    const lines = open.flatMap(([utterance, { stable, tentative }]) => {
      const [rest, ...sentences] = following(stable, tentative);
      return [{ utterance, stable, tentative: rest }, ...sentences.map(provisional)];
    });
    lines.push(...(this.#next?.sentences ?? []).map(provisional));
    return lines.length ? lines : [provisional("")];
  }

  /** A row becomes one of the log: those after it stay where they are. */
  #take(number) {
    const [row] = this.#rows.splice(number, 1);
    if (!this.#rows.length) this.#rows.push(this.#element.appendChild(row.cloneNode(true)));
    else if (number === this.#rows.length) this.#rows.at(-1).querySelector(".words").append(caretIn(row));
    row.remove();
  }

  #write() {
    const lines = this.#lines();
    while (this.#rows.length > lines.length) this.#take(this.#rows.length - 1);
    while (this.#rows.length < lines.length) this.#add();
    lines.forEach((line, number) => put(this.#rows[number], line));
  }

  #add() {
    const last = this.#rows.at(-1);
    const row = last.cloneNode(true);
    caretIn(last).remove();
    put(row, provisional(""));
    this.#rows.push(this.#element.appendChild(row));
  }
}

function provisional(tentative) {
  return { utterance: null, stable: "", tentative };
}

function caretIn(row) {
  return row.querySelector(".caret");
}

function put(row, { stable, tentative }) {
  const [wet, pale] = [".stable", ".tentative"].map((name) => row.querySelector(name));
  if (wet.textContent === stable && pale.textContent === tentative) return;
  // What comes after text that grows is put in anew, both of it: it appears in its place and was never moved.
  wet.textContent = stable;
  pale.textContent = tentative;
  const caret = caretIn(row);
  if (caret) caret.parentElement.append(caret);
}
