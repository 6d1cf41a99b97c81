/**
 * Whether the sound of the next dictation is kept: as the account says until its person chooses otherwise here.
 * `data` is the page's `{keep, days, shared}`: 0 days where the site keeps none, and whether reviewers may play it.
 * `changed()` follows a choice.
 */
export class SoundChoice {
  #days;
  #isShared;
  #isKept;
  #changed;

  constructor({ keep, days, shared }, changed) {
    this.#days = days;
    this.#isShared = shared;
    this.#isKept = keep && days > 0;
    this.#changed = changed;
  }

  get isKept() {
    return this.#isKept;
  }

  /** The line of the pre-flight. */
  get line() {
    if (this.#days === 0) return { kind: "done", sentence: "Sound is not kept, only the text." };
    return this.#isKept
      ? { kind: "done", sentence: keptText(this.#days, this.#isShared), link: ["Keep text only", () => this.#choose(false)] }
      : { kind: "done", sentence: "Sound is not kept, only the text.", link: ["Keep sound", () => this.#choose(true)] };
  }

  #choose(isKept) {
    this.#isKept = isKept;
    this.#changed();
  }
}

function keptText(days, isShared) {
  const kept = `Sound is kept with the text for ${days === 1 ? "1 day" : `${days} days`}.`;
  return `${kept} ${isShared ? "Only you and this server's reviewers can play it." : "Only you can play it."}`;
}
