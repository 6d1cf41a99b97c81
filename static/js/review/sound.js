import { isAbort } from "app/shared/requests";

const AROUND_MS = 2000;

/** Plays a place in a recording, with two seconds before and after it. */
export class PlaceSound {
  #audio;
  #until = 0;
  #frame = 0;
  #moved;
  #failed;
  #events = new AbortController();

  /**
   * `moved(ms)` is called while it plays, with null at the end; `failed()` when it cannot be played.
   * @param {HTMLAudioElement} audio
   * @param {{moved: (ms: number | null) => void, failed: () => void}} on
   */
  constructor(audio, { moved, failed }) {
    const { signal } = this.#events;
    this.#audio = audio;
    this.#moved = moved;
    this.#failed = failed;
    audio.addEventListener("pause", () => this.#stopped(), { signal });
    audio.addEventListener("error", () => failed(), { signal });
  }

  get canPlay() {
    return Boolean(this.#audio.canPlayType("audio/ogg; codecs=opus"));
  }

  /**
   * @param {number} startMs
   * @param {number} endMs
   */
  async play(startMs, endMs) {
    this.#until = endMs + AROUND_MS;
    this.#audio.currentTime = Math.max(0, startMs - AROUND_MS) / 1000;
    try {
      await this.#audio.play();
    } catch (error) {
      // Another place was played, or playback was stopped, before this one began.
      if (!isAbort(error) && !isForbidden(error)) this.#failed();
      return;
    }
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#tick());
  }

  stop() {
    this.#audio.pause();
  }

  close() {
    this.#events.abort();
    cancelAnimationFrame(this.#frame);
    this.stop();
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

/**
 * The time range that is played for a place.
 * @param {number} startMs
 * @param {number} endMs
 */
export function around(startMs, endMs) {
  return { from: Math.max(0, startMs - AROUND_MS), to: endMs + AROUND_MS };
}

/** @param {unknown} error - `NotAllowedError` if the browser allows no sound before the user has pressed something. */
function isForbidden(error) {
  return error instanceof Error && error.name === "NotAllowedError";
}
