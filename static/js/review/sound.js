const AROUND_MS = 2000;

/** Plays a place of a recording, with two seconds before and after it. */
export class PlaceSound {
  #audio;
  #until = 0;
  #frame = null;
  #moved;
  #failed;

  /** `moved(ms)` follows while it plays, with null at the end; `failed()` when it cannot be played. */
  constructor(audio, { moved, failed }) {
    this.#audio = audio;
    this.#moved = moved;
    this.#failed = failed;
    audio.addEventListener("pause", () => this.#stopped());
    audio.addEventListener("error", () => failed());
  }

  get canPlay() {
    return Boolean(this.#audio.canPlayType("audio/ogg; codecs=opus"));
  }

  async play(startMs, endMs) {
    this.#until = endMs + AROUND_MS;
    this.#audio.currentTime = Math.max(0, startMs - AROUND_MS) / 1000;
    try {
      await this.#audio.play();
    } catch (error) {
      // Another place was played, or nothing, before this one began.
      if (!["AbortError", "NotAllowedError"].includes(error.name)) this.#failed();
      return;
    }
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  stop() {
    this.#audio.pause();
  }

  #tick() {
    const ms = this.#audio.currentTime * 1000;
    if (ms >= this.#until) return this.#audio.pause();
    this.#moved(ms);
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #stopped() {
    cancelAnimationFrame(this.#frame);
    this.#moved(null);
  }
}

/** From where to where a place is played. */
export function around(startMs, endMs) {
  return [Math.max(0, startMs - AROUND_MS), endMs + AROUND_MS];
}
