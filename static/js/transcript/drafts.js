/** Texts that are not saved yet, kept by this tab: they survive a reload. */
export class Drafts {
  #prefix;

  constructor(session) {
    this.#prefix = `draft:${session}:`;
  }

  /** `draft` is `{text, version, start_ms, end_ms}`: what is to be saved over which version, and where it stands. */
  keep(seq, draft) {
    this.#try(() => sessionStorage.setItem(this.#prefix + seq, JSON.stringify(draft)));
  }

  drop(seq) {
    this.#try(() => sessionStorage.removeItem(this.#prefix + seq));
  }

  /** All that is kept, each with its `seq`. */
  all() {
    return (
      this.#try(() =>
        Object.keys(sessionStorage)
          .filter((key) => key.startsWith(this.#prefix))
          .map((key) => ({ seq: Number(key.slice(this.#prefix.length)), ...JSON.parse(sessionStorage.getItem(key)) })),
      ) ?? []
    );
  }

  // A browser may keep nothing for us, or have no room left.
  #try(work) {
    try {
      return work();
    } catch {
      return undefined;
    }
  }
}
