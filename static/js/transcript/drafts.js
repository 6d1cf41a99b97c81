/** @import { SentenceData } from "app/shared/row" */

/**
 * What is to be saved over which version, and where it stands.
 * @typedef {Omit<SentenceData, "seq">} Draft
 */

/** Texts that are not saved yet, kept by this tab: they survive a reload. */
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

  /** All that is kept, each with its `seq`. */
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
 * A browser may keep nothing for us, or have no room left.
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
