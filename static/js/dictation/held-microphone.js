import {
  defaultDevice,
  devices,
  MicrophoneError,
  openMicrophone,
  permission,
  watchMicrophones,
} from "app/dictation/microphone";
import { Backoff } from "app/shared/backoff";
import { gettext } from "app/shared/i18n";

/** @import { Input, ProblemCode } from "app/dictation/microphone" */
/** @import { OneChannel } from "app/dictation/one-channel" */

/**
 * @typedef {Pick<Input, "stream" | "track">} Sound - What is sent: a microphone, one channel of it, or silence in its
 *   place.
 *
 * @typedef {object} MicrophoneState
 * @property {"open" | "muted" | "gone"} kind - Only an open microphone delivers what is said.
 * @property {string} label - The name of the microphone that is open, or was open last.
 * @property {ProblemCode | null} why - Why none can be opened, if it is gone.
 * @property {boolean} isTelephone - Whether it delivers no more than a telephone does, as a Bluetooth headset may.
 *
 * @typedef {object} HeldEvents
 * @property {() => void} changed - `state` has changed.
 * @property {(sound: Sound) => void} replaced - Another sound is to be sent; the one before is closed afterwards.
 * @property {(sentence: string) => void} told - It has switched to another microphone, or could not.
 */

const TELEPHONE_HZ = 8000;
// One that goes away sooner than this after it was opened is not opened again at once.
const STEADY_MS = 3000;

/**
 * The microphone of a running dictation. When it goes away, another one is opened: at once, whenever a device comes or
 * the permission changes, and by itself at growing intervals. It returns to the chosen one as soon as that is back.
 */
export class HeldMicrophone {
  #input;
  #wanted;
  #wantedLabel;
  #on;
  /** @type {Silence | null} */
  #silence = null;
  // Watches the channels, if there are two.
  /** @type {OneChannel | null} */
  #channels = null;
  /** @type {ProblemCode | null} */
  #why = null;
  // Counts the attempts to open one: only the latest may replace the current one.
  #attempt = 0;
  #isOpening = false;
  #cancelsEcho = false;
  #backoff = new Backoff({ first: 1000, most: 15000 });
  /** @type {number | undefined} */
  #timer;
  #openedAt = performance.now();
  #events = new AbortController();

  /**
   * @param {Input} input - Closed by `close()`.
   * @param {string} wanted - The id of the chosen microphone, or an empty string for the browser's default.
   * @param {HeldEvents} on
   */
  constructor(input, wanted, on) {
    this.#input = input;
    this.#wanted = wanted;
    this.#wantedLabel = this.#isWanted(input) ? input.label : "";
    this.#on = on;
    this.#watch();
    if (!this.#isWanted(input)) on.told(this.#switchText(input));
    watchMicrophones(() => this.#look(), this.#events.signal);
  }

  /** @returns {MicrophoneState} */
  get state() {
    const { label, track } = this.#input;
    const kind = this.#silence !== null ? "gone" : track.muted ? "muted" : "open";
    const hertz = track.getSettings().sampleRate ?? Infinity;
    return { kind, label, why: this.#why, isTelephone: kind === "open" && hertz <= TELEPHONE_HZ };
  }

  /** @returns {Sound} */
  get sound() {
    return this.#silence ?? this.#channels?.sound ?? this.#input;
  }

  /** The id of the microphone that is open, or was open last. */
  get deviceId() {
    return this.#input.deviceId;
  }

  /** Its name. */
  get label() {
    return this.#input.label;
  }

  /**
   * Switches to another microphone; the current one stays if that cannot be opened.
   * @param {string} deviceId
   */
  choose(deviceId) {
    this.#wanted = deviceId;
    this.#wantedLabel = "";
    return this.#open();
  }

  /**
   * Takes away what the computer plays, or no more. With the echo, browsers mix the channels: of a microphone that has
   * two, it is taken away once their mix has been heard.
   * @param {boolean} isWanted
   */
  async cancelEcho(isWanted) {
    this.#cancelsEcho = isWanted;
    if (this.#silence === null && (!isWanted || this.#mayBeMixed)) await this.#open(isWanted);
  }

  close() {
    this.#attempt += 1;
    this.#events.abort();
    this.#channels?.close();
    clearTimeout(this.#timer);
    this.#silence?.close();
    this.#input.close();
  }

  #watch() {
    const { track } = this.#input;
    track.onmute = track.onunmute = () => this.#on.changed();
    track.onended = () => this.#lose();
    // It may have ended before anybody listened.
    if (track.readyState === "ended") queueMicrotask(() => this.#lose());
    this.#watchChannels();
  }

  /** Whether nothing is lost of the microphone when the browser mixes its channels. */
  get #mayBeMixed() {
    return !hasTwoChannels(this.#input) || this.#channels?.isMixHeard === true;
  }

  async #watchChannels() {
    this.#channels?.close();
    this.#channels = null;
    const input = this.#input;
    if (!hasTwoChannels(input)) return;
    const loaded = await import("app/dictation/one-channel").catch(() => null);
    if (loaded === null || input !== this.#input || this.#events.signal.aborted) return;
    this.#channels = new loaded.OneChannel(input.stream, {
      changed: () => this.#silence === null && this.#on.replaced(this.sound),
      mixHeard: () => this.#settleEcho(),
    });
  }

  #settleEcho() {
    if (!this.#cancelsEcho || this.#silence !== null || this.#isOpening) return;
    if (this.#mayBeMixed && !this.#input.track.getSettings().echoCancellation) this.#open(true);
  }

  #lose() {
    if (this.#silence !== null) return;
    this.#silence = new Silence();
    this.#why = "missing";
    this.#on.replaced(this.#silence);
    this.#on.changed();
    if (performance.now() - this.#openedAt < STEADY_MS) return this.#openLater();
    this.#backoff.reset();
    this.#open();
  }

  /** Looks at the microphones that there are now. */
  async #look() {
    if (this.#input.track.readyState === "ended") this.#lose();
    if (this.#silence === null) {
      if (await this.#isBetterThere()) this.#open();
    } else {
      this.#backoff.reset();
      this.#openAgain();
    }
  }

  /** Whether another microphone than the one in use is wanted, and there. */
  async #isBetterThere() {
    if (this.#isOpening || !this.#input.deviceId) return false;
    if (this.#wanted) {
      return !this.#isWanted(this.#input) && (await devices()).some((each) => each.deviceId === this.#wanted);
    }
    const usual = await defaultDevice();
    return usual !== undefined && usual.deviceId !== this.#input.deviceId;
  }

  #openLater() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#openAgain(), this.#backoff.next());
  }

  async #openAgain() {
    if (this.#isOpening) return;
    // Where the browser would ask, it has been answered with no: asking again and again is no help.
    if (this.#why === "refused" && (await permission()) === "prompt") return;
    if (this.#silence !== null) this.#open();
  }

  /** @param {boolean} [isMixed] - Whether nothing is lost when the browser mixes its channels. */
  async #open(isMixed = false) {
    this.#attempt += 1;
    const attempt = this.#attempt;
    clearTimeout(this.#timer);
    this.#isOpening = true;
    try {
      const input = await openMicrophone(this.#wanted, this.#cancelsEcho && isMixed);
      if (attempt === this.#attempt) this.#take(input);
      else input.close();
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      if (attempt === this.#attempt) this.#fail(error);
    } finally {
      if (attempt === this.#attempt) this.#isOpening = false;
    }
    if (!isMixed) this.#settleEcho();
  }

  /** @param {Input} input */
  #take(input) {
    const [before, silence] = [this.#input, this.#silence];
    this.#input = input;
    this.#silence = this.#why = null;
    this.#openedAt = performance.now();
    this.#watch();
    if (this.#isWanted(input)) this.#wantedLabel = input.label;
    this.#on.replaced(input);
    before.close();
    silence?.close();
    if (input.label !== before.label) this.#on.told(this.#switchText(input));
    this.#on.changed();
  }

  /** @param {MicrophoneError} error */
  #fail(error) {
    if (this.#silence === null) {
      this.#on.told(stillText(error.message, this.#input.label));
    } else {
      this.#why = error.code;
      this.#openLater();
    }
    this.#on.changed();
  }

  /** @param {Input} input */
  #isWanted(input) {
    // Without an id the browser does not tell which one it is.
    return this.#wanted === "" || input.deviceId === "" || input.deviceId === this.#wanted;
  }

  /** @param {Input} input */
  #switchText(input) {
    if (this.#isWanted(input)) return nowText(input.label);
    return insteadText(this.#wantedLabel || gettext("The chosen microphone"), input.label);
  }
}

/**
 * Whether it delivers two channels that nothing has been mixed of.
 * @param {Input} input
 */
function hasTwoChannels({ track }) {
  const { channelCount = 1, echoCancellation } = track.getSettings();
  return channelCount > 1 && !echoCancellation;
}

/** @param {string} microphone */
function nowText(microphone) {
  return gettext("The microphone is now %(microphone)s.", { microphone });
}

/**
 * @param {string} microphone
 * @param {string} other
 */
function insteadText(microphone, other) {
  return gettext("%(microphone)s is not connected. %(other)s is used until it is back.", { microphone, other });
}

/**
 * @param {string} problem
 * @param {string} microphone
 */
function stillText(problem, microphone) {
  const still = gettext("%(microphone)s is still used.", { microphone });
  return `${problem} ${still}`;
}

/**
 * A track without sound. It is sent while no microphone is open, so that the connection, the session's clock and the
 * recording run on, and a gap has its real length in all of them.
 */
class Silence {
  #context = new AudioContext();
  #source = new ConstantSourceNode(this.#context, { offset: 0 });

  constructor() {
    const sink = this.#context.createMediaStreamDestination();
    this.#source.connect(sink);
    this.#source.start();
    this.stream = sink.stream;
    this.track = sink.stream.getAudioTracks()[0];
  }

  close() {
    this.#source.stop();
    this.track.stop();
    this.#context.close();
  }
}
