import { nextSpeech } from "app/player/silence";
import { clockText } from "app/shared/clock";
import { byId, query } from "app/shared/dom";
import { isChanged } from "app/shared/early";
import { gettext } from "app/shared/i18n";

/**
 * @import { PlayerLine } from "app/player/line"
 * @import { PlayerWords } from "app/player/words"
 * @import { Preferences } from "app/shared/preferences"
 */

const FRAME_MS = 50;
const BACK_MS = 2000;
// Playback of a word begins this much earlier: its first consonant may come before the word's start time.
const LEAD_MS = 60;
const BROKEN = gettext("The recording cannot be played right now. Reload this page to try again.");
const UNKNOWN = gettext("This browser does not support the format of the recording (Ogg Opus). Try another browser.");

/** Plays the recording of a transcript: handles its buttons and shows the current position on the page. */
export class Player {
  #audio = byId("player-audio", HTMLAudioElement);
  #button = byId("player-play", HTMLButtonElement);
  #back = byId("player-back", HTMLButtonElement);
  #now = byId("player-now", HTMLElement);
  #problem = byId("player-problem", HTMLElement);
  #line;
  #words;
  #preferences;
  #isSkipping = false;
  #frame = 0;
  #drawnAt = 0;
  /** @type {number | null} */
  #until = null;
  #broken;
  #events = new AbortController();

  /**
   * `line` and `words` show the position; `broken()` is called when the sound cannot be played.
   * @param {{line: PlayerLine, words: PlayerWords, preferences: Preferences, broken: () => void}} parts
   */
  constructor({ line, words, preferences, broken }) {
    this.#line = line;
    this.#words = words;
    this.#preferences = preferences;
    this.#broken = broken;
    this.#keep("player-speed", (value) => this.#setSpeed(value));
    this.#keep("player-silence", (value) => {
      this.#isSkipping = value === "skip";
    });
    this.#listen();
    this.#show();
    if (!this.#audio.canPlayType("audio/ogg; codecs=opus")) this.#fail(UNKNOWN);
    else if (this.#audio.error) this.#fail(BROKEN);
    else this.#enable(true);
  }

  get ms() {
    return this.#audio.currentTime * 1000;
  }

  get isPlaying() {
    return !this.#audio.paused;
  }

  /**
   * Plays from `ms` on, up to `until` if given.
   * @param {number} ms
   * @param {number | null} [until]
   */
  play(ms, until = null) {
    this.seek(Math.max(0, ms - LEAD_MS));
    this.#until = until;
    this.#start();
  }

  /** Pauses; does nothing if it is paused. */
  stop() {
    this.#until = null;
    this.#audio.pause();
  }

  /**
   * Goes to a time; keeps playing if it was playing.
   * @param {number} ms
   */
  seek(ms) {
    this.#until = null;
    this.#audio.currentTime = ms / 1000;
    this.#show(ms);
  }

  close() {
    this.#events.abort();
    cancelAnimationFrame(this.#frame);
    this.#audio.pause();
  }

  async #start() {
    try {
      await this.#audio.play();
    } catch (error) {
      // It was paused meanwhile, or the browser allows no sound before the user has pressed something.
      const isHindered = error instanceof DOMException && ["AbortError", "NotAllowedError"].includes(error.name);
      if (!isHindered) this.#fail(BROKEN);
    }
  }

  #toggle() {
    if (this.isPlaying) return this.stop();
    if (this.#audio.ended) this.seek(0);
    return this.#start();
  }

  #listen() {
    const { signal } = this.#events;
    this.#button.addEventListener("click", () => this.#toggle(), { signal });
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal, capture: true });
    this.#back.addEventListener("click", () => this.seek(Math.max(0, this.ms - BACK_MS)), { signal });
    for (const event of ["play", "pause", "ended"]) {
      this.#audio.addEventListener(event, () => this.#changed(), { signal });
    }
    this.#audio.addEventListener("seeked", () => this.#show(), { signal });
    this.#audio.addEventListener("error", () => this.#fail(BROKEN), { signal });
  }

  /**
   * Alt+Enter plays and pauses, wherever the focus is; nothing else on the page hears of that key then.
   * @param {KeyboardEvent} event
   */
  #pressed(event) {
    const { key, altKey, ctrlKey, metaKey, shiftKey } = event;
    if (key !== "Enter" || !altKey || ctrlKey || metaKey || shiftKey || this.#button.disabled) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat) this.#toggle();
  }

  /**
   * Applies the remembered choice of a select, then applies and remembers each new one.
   * @param {string} id
   * @param {(value: string) => void} set
   */
  #keep(id, set) {
    const select = byId(id, HTMLSelectElement);
    const apply = () => {
      set(select.value);
      this.#preferences.set(id, select.value);
    };
    const kept = isChanged(select) ? null : this.#preferences.get(id);
    if (kept !== null && [...select.options].some(({ value }) => value === kept)) select.value = kept;
    apply();
    select.addEventListener("change", apply, { signal: this.#events.signal });
  }

  /** @param {string} value */
  #setSpeed(value) {
    this.#audio.defaultPlaybackRate = Number(value);
    this.#audio.playbackRate = Number(value);
  }

  #changed() {
    const label = this.isPlaying ? gettext("Pause") : gettext("Play");
    byId("player-play-label", HTMLElement).textContent = label;
    const mark = query(this.#button, ".mark", HTMLElement);
    mark.classList.toggle("mark-pause", this.isPlaying);
    mark.classList.toggle("mark-play", !this.isPlaying);
    cancelAnimationFrame(this.#frame);
    if (this.isPlaying) this.#frame = requestAnimationFrame((now) => this.#tick(now));
    else this.#show();
  }

  /** @param {number} now */
  #tick(now) {
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
    if (now - this.#drawnAt < FRAME_MS) return;
    this.#drawnAt = now;
    if (this.#until !== null && this.ms >= this.#until) return this.stop();
    if (this.#isSkipping && !this.#audio.seeking) {
      const to = nextSpeech(this.#words.spans(), this.ms);
      if (to !== null) this.#audio.currentTime = to / 1000;
    }
    this.#show();
  }

  #show(ms = this.ms) {
    this.#now.textContent = clockText(ms);
    this.#line.show(ms, this.#words.show(ms));
  }

  /** @param {boolean} isUsable */
  #enable(isUsable) {
    for (const button of [this.#button, this.#back]) button.disabled = !isUsable;
  }

  /** @param {string} sentence */
  #fail(sentence) {
    this.#problem.textContent = sentence;
    this.#problem.hidden = false;
    this.#enable(false);
    this.#broken();
  }
}
