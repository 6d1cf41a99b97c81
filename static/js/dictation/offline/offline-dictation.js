import { HeldMicrophone } from "app/dictation/held-microphone";
import { HEARD_DB, Level } from "app/dictation/level";
import { BegunHere } from "app/dictation/offline/origins";
import { describe } from "app/dictation/recording-state";
import { Tape } from "app/dictation/tape/tape";
import { clockText, SessionClock } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { AWAY, RequestError } from "app/shared/requests";

/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { Input } from "app/dictation/microphone" */
/** @import { KnownThere } from "app/dictation/offline/origins" */
/** @import { PageParts } from "app/dictation/parts" */
/** @import { TapeAddresses } from "app/dictation/tape/addresses" */
/** @import { About } from "app/dictation/tape/begun" */
/** @import { SessionData } from "app/dictation/tab-session" */

/**
 * @typedef {object} Taken - A dictation that went on without the server, and goes on with it.
 * @property {Tape} tape
 * @property {SessionClock} clock
 * @property {number} since - From where on that clock the server has heard nothing.
 *
 * @typedef {object} OfflineOptions
 * @property {Input} input - Closed by `close()`.
 * @property {PageParts} parts
 * @property {number} mostMs - How long a dictation can be.
 * @property {(sentence: string) => void} ended - What was recorded stays on the device; called after it has closed itself.
 */

const TICK_MS = 250;
const QUIET_MS = 8000;
const ASIDE_MS = 20_000;
const FULL = gettext("This browser has no more room for sound, so the dictation was stopped. All before that is kept.");
const UNABLE = gettext("The server cannot be reached, and this browser cannot record without it.");

/**
 * A dictation that goes on without the server: it is recorded on this device. It can be operated like a LiveDictation,
 * and becomes one when the server can be reached.
 */
export class OfflineDictation {
  /** A sentence about what is to be done so that it goes on with the server. */
  trouble = "";
  #options;
  #parts;
  /** @type {Tape} */
  #tape;
  #clock = new SessionClock();
  #origin;
  #level;
  #microphone;
  #isPaused = false;
  #isEnding = false;
  #heardAt = performance.now();
  #aside = { text: "", until: -Infinity };
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {OfflineOptions} options
   * @param {Tape} tape
   * @param {SessionClock} clock
   * @param {BegunHere | KnownThere} origin
   */
  constructor(options, tape, clock, origin) {
    const { input, parts } = options;
    this.#origin = origin;
    this.#options = options;
    this.#parts = parts;
    this.#tape = tape;
    this.#clock = clock;
    tape.full = () => this.#end(FULL);
    this.#level = new Level(input.stream);
    this.#microphone = new HeldMicrophone(input, parts.picker.deviceId, {
      changed: () => this.#show(),
      replaced: (sound) => this.#replaceSound(sound),
      told: (sentence) => this.tell(sentence),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    parts.voice.start({
      level: () => (this.#isPaused ? null : this.#level.read()),
      clock: () => this.#clock.read(),
      savedUntil: () => -1,
    });
    clock.set(clock.read(), true);
    this.#show();
  }

  /**
   * Begins one. Rejects with RequestError where nothing can be recorded.
   * @param {OfflineOptions} options
   * @param {TapeAddresses} addresses
   */
  static async begin(options, addresses) {
    const [id, clock] = [crypto.randomUUID(), new SessionClock()];
    const tape = await Tape.open({ session: id, clock, stream: options.input.stream, full: () => {} }).catch(
      (error) => {
        throw error instanceof RequestError ? error : new RequestError(UNABLE);
      },
    );
    if (tape === null) throw new RequestError(AWAY);
    const origin = new BegunHere(id, tape, addresses);
    const dictation = new OfflineDictation(options, tape, clock, origin);
    await origin.note(dictation.#about);
    return dictation;
  }

  /** The name of the key with which it is recorded. */
  get account() {
    return this.#tape.account;
  }

  pause() {
    this.#setPaused(true);
  }

  resume() {
    this.#setPaused(false);
  }

  stop() {
    this.#end("");
  }

  /** Its settings count once it goes on with the server. */
  changeSettings() {}

  changeSharing() {}

  /** @param {string} deviceId */
  changeMicrophone(deviceId) {
    return this.#microphone.choose(deviceId);
  }

  /** @param {string} sentence */
  tell(sentence) {
    this.#aside = { text: sentence, until: performance.now() + ASIDE_MS };
    this.#show();
  }

  /**
   * Returns its session on the server, which can be reached now and is to hear it from now on. Throws RequestError; then
   * it goes on as before.
   * @returns {Promise<SessionData>}
   */
  enter() {
    return this.#origin.enter(this.#clock.read(), this.#isPaused, this.#about);
  }

  /**
   * Goes on with another opened microphone, as part of another dictation; this one is closed.
   * @param {Input} input
   * @returns {Taken}
   */
  handOver(input) {
    this.#tape.replaceStream(input.stream);
    this.#release();
    return { tape: this.#tape, clock: this.#clock, since: this.#origin.since };
  }

  /** Stops; what was recorded stays on the device. */
  close() {
    this.#release();
    this.#tape.close();
  }

  get isEnding() {
    return this.#isEnding;
  }

  /** @returns {About} */
  get #about() {
    const { title, settings, sound } = this.#parts;
    return { title: title.text, language: settings.language, keep_sound: sound.isKept };
  }

  #release() {
    clearInterval(this.#timer);
    this.#isEnding = true;
    this.#parts.voice.stop();
    this.#level.close();
    this.#microphone.close();
  }

  /** @param {Sound} sound */
  #replaceSound(sound) {
    this.#level.replaceStream(sound.stream);
    this.#tape.replaceStream(sound.stream);
    this.#parts.picker.refresh(this.#microphone);
  }

  /** @param {boolean} isPaused */
  #setPaused(isPaused) {
    this.#isPaused = isPaused;
    this.#clock.set(this.#clock.read(), !isPaused);
    this.#show();
  }

  #tick() {
    if (this.#isPaused || this.#level.read() > HEARD_DB) this.#heardAt = performance.now();
    if (this.#clock.read() >= this.#options.mostMs) this.stop();
    else this.#show();
  }

  #show() {
    if (this.#isEnding) return;
    const { status, controls, outage } = this.#parts;
    const clockMs = this.#clock.read();
    this.#tape.follow(false, !this.#isPaused);
    const {
      status: state,
      detail,
      sentence,
      isPast,
    } = describe({
      state: "reconnecting",
      isPaused: this.#isPaused,
      isRecording: false,
      outage: { at: this.#origin.since, until: null, endedAt: 0, isTaped: true },
      clockMs,
      trouble: this.trouble,
      microphone: this.#microphone.state,
      isQuiet: this.#level.isRunning && performance.now() - this.#heardAt > QUIET_MS,
      aside: this.#aside,
      now: performance.now(),
    });
    controls.show(this.#isPaused ? "paused" : "live");
    status.show(state, detail ?? "");
    outage.show(sentence, { isPast });
  }

  /** @param {string} why - A sentence; empty if the speaker has stopped it. */
  async #end(why) {
    if (this.#isEnding) return;
    const about = this.#about;
    this.#release();
    this.#parts.controls.show("stopping");
    await this.#tape.end();
    await this.#origin.note(about, Date.now());
    this.#tape.close();
    this.#parts.controls.show("idle");
    this.#options.ended([why, endedText(this.#clock.read())].filter(Boolean).join(" "));
  }
}

/** @param {number} clockMs */
function endedText(clockMs) {
  return gettext("%(clock)s was recorded on this device. The words follow when the server can be reached.", {
    clock: clockText(clockMs),
  });
}
