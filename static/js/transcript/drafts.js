/** @import { SentenceData } from "app/shared/row" */

/**
 * An unsaved text, the version that it replaces, and the times of the sentence.
 * @typedef {Omit<SentenceData, "seq">} Draft
 */

/** Unsaved texts, kept in this tab so that they survive a reload. */
export class Drafts {
  #prefix;

  /** @param {string} session */
  constructor(session) {
    this.#prefix = `draft:${session}:`;
  }

  /**
   * @param {number} seq
   * @param {Draft} draft
   */
  keep(seq, draft) {
    attempt(() => sessionStorage.setItem(this.#prefix + seq, JSON.stringify(draft)));
  }

  /** @param {number} seq */
  drop(seq) {
    attempt(() => sessionStorage.removeItem(this.#prefix + seq));
  }

  /** All drafts, each with the `seq` of its sentence. */
  all() {
    return attempt(() => this.#stored()) ?? [];
  }

  /** @returns {SentenceData[]} */
  #stored() {
    return Object.entries(sessionStorage)
      .filter(([key]) => key.startsWith(this.#prefix))
      .map(([key, draft]) => ({ seq: Number(key.slice(this.#prefix.length)), ...JSON.parse(draft) }));
  }
}

/**
 * Ignores failures: the browser may refuse storage, or have no room left.
 * @template T
 * @param {() => T} work
 */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
