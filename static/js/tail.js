/**
 * What is being said: every open utterance in its order, the stable words wet, the tentative ones pale.
 *
 * An utterance that ends becomes a row of the log in this very place, so the tail's own element is made anew then:
 * words that were read never move.
 */
export class Tail {
  #element;
  #open = new Map();

  constructor(element) {
    this.#element = element;
  }

  get element() {
    return this.#element;
  }

  /** Shows or hides the caret at which words will appear. */
  set isShown(value) {
    this.#element.hidden = !value;
  }

  /** A partial of the server; one without any words takes its utterance away. */
  set({ utterance, start_ms, stable, tentative }) {
    const touchedAt = performance.now();
    if (stable || tentative) this.#open.set(utterance, { start_ms, stable, tentative, touchedAt });
    else this.#open.delete(utterance);
    this.#write();
  }

  /** The utterance is saved: its words leave the tail. */
  settle(utterance) {
    const had = this.#open.delete(utterance);
    if (had) this.#renew();
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
    this.#write();
  }

  #renew() {
    const fresh = this.#element.cloneNode(true);
    this.#element.replaceWith(fresh);
    this.#element = fresh;
  }

  #write() {
    const open = [...this.#open.values()].sort((a, b) => a.start_ms - b.start_ms);
    const last = open.pop() ?? { stable: "", tentative: "" };
    const earlier = open.map((each) => join(each.stable, each.tentative));
    const stable = [...earlier, last.stable].reduce(join, "");
    const tentative = join(stable, last.tentative).slice(stable.length);
    this.#put(stable, tentative);
  }

  #put(stable, tentative) {
    const find = (name) => this.#element.querySelector(`.${name}`);
    if (find("stable").textContent === stable && find("tentative").textContent === tentative) return;
    find("stable").textContent = stable;
    // What comes after text that grows is put in anew, both of it: it appears in its place and was never moved.
    find("tentative").textContent = tentative;
    find("words").append(find("caret"));
  }
}

/** Two pieces of text with a space between them where neither brings one. */
function join(before, after) {
  return before && after && !/\s$/.test(before) && !/^\s/.test(after) ? `${before} ${after}` : before + after;
}
