import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { nextSpeech } from "app/player/silence";

const FRAME_MS = 50;
const BACK_MS = 2000;
// How far before a word the sound begins that is played for it: its first consonant may be earlier than it says.
const LEAD_MS = 60;
const BROKEN = gettext("The sound cannot be played now. Load this page again to try once more.");
const UNKNOWN = gettext("This browser cannot play the sound: it knows no Ogg Opus.");

/** Plays the sound of a transcript: what its buttons do, and what the page shows of the place that is heard. */
export class Player {
  #audio;
  #find;
  #line;
  #words;
  #preferences;
  #isSkipping;
  #frame = null;
  #drawnAt = 0;
  #until = null;
  #broken;
  #events = new AbortController();

  /** `line` and `words` show places; `broken()` follows when the sound cannot be played. */
  constructor(document, { line, words, preferences, broken }) {
    this.#find = (id) => document.getElementById(id);
    this.#audio = this.#find("player-audio");
    this.#line = line;
    this.#words = words;
    this.#preferences = preferences;
    this.#broken = broken;
    this.#restore();
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

  /** Plays from a time on, to another one where that is said. */
  play(ms, until = null) {
    this.seek(Math.max(0, ms - LEAD_MS));
    this.#until = until;
    this.#start();
  }

  /** Goes to a time, and goes on as before. */
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
      // A pause came between, or the page may not sound before somebody has pressed something.
      if (!["AbortError", "NotAllowedError"].includes(error.name)) this.#fail(BROKEN);
    }
  }

  #toggle() {
    if (this.isPlaying) return this.#stop();
    if (this.#audio.ended) this.seek(0);
    return this.#start();
  }

  #listen() {
    const signal = this.#events.signal;
    const on = (id, event, action) => this.#find(id).addEventListener(event, action, { signal });
    on("player-play", "click", () => this.#toggle());
    on("player-back", "click", () => this.seek(Math.max(0, this.ms - BACK_MS)));
    on("player-speed", "change", () => this.#setSpeed(this.#find("player-speed").value));
    on("player-silence", "change", () => this.#setSilence(this.#find("player-silence").value));
    for (const event of ["play", "pause", "ended"]) on("player-audio", event, () => this.#changed());
    on("player-audio", "seeked", () => this.#show());
    on("player-audio", "error", () => this.#fail(BROKEN));
  }

  #restore() {
    for (const [id, set] of [
      ["player-speed", (value) => this.#setSpeed(value)],
      ["player-silence", (value) => this.#setSilence(value)],
    ]) {
      const select = this.#find(id);
      const kept = this.#preferences.get(id);
      if ([...select.options].some(({ value }) => value === kept)) select.value = kept;
      set(select.value);
    }
  }

  #setSpeed(value) {
    this.#audio.playbackRate = this.#audio.defaultPlaybackRate = Number(value);
    this.#preferences.set("player-speed", value);
  }

  #setSilence(value) {
    this.#isSkipping = value === "skip";
    this.#preferences.set("player-silence", value);
  }

  #changed() {
    const label = this.isPlaying ? gettext("Pause") : gettext("Play");
    this.#find("player-play-label").textContent = label;
    const mark = this.#find("player-play").querySelector(".mark");
    mark.classList.toggle("mark-pause", this.isPlaying);
    mark.classList.toggle("mark-play", !this.isPlaying);
    cancelAnimationFrame(this.#frame);
    if (this.isPlaying) this.#frame = requestAnimationFrame((now) => this.#tick(now));
    else this.#show();
  }

  #tick(now) {
    this.#frame = requestAnimationFrame((next) => this.#tick(next));
    if (now - this.#drawnAt < FRAME_MS) return;
    this.#drawnAt = now;
    if (this.#until !== null && this.ms >= this.#until) return this.#stop();
    if (this.#isSkipping && !this.#audio.seeking) {
      const to = nextSpeech(this.#words.spans(), this.ms);
      if (to !== null) this.#audio.currentTime = to / 1000;
    }
    this.#show();
  }

  #stop() {
    this.#until = null;
    this.#audio.pause();
  }

  #show(ms = this.ms) {
    this.#find("player-now").textContent = clockText(ms);
    this.#line.show(ms, this.#words.show(ms));
  }

  #enable(isUsable) {
    for (const id of ["player-play", "player-back"]) this.#find(id).disabled = !isUsable;
  }

  #fail(sentence) {
    this.#find("player-problem").textContent = sentence;
    this.#find("player-problem").hidden = false;
    this.#enable(false);
    this.#broken();
  }
}
