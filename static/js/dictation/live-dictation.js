import { HeldMicrophone } from "app/dictation/held-microphone";
import { HEARD_DB, Level } from "app/dictation/level";
import { describe } from "app/dictation/recording-state";
import { LiveSession } from "app/dictation/session";
import { endText, recoveryText, savedText, wordlessText } from "app/dictation/wording";
import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

/** @import { Addresses } from "app/dictation/addresses" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { TextMessage } from "app/dictation/messages" */
/** @import { Input } from "app/dictation/microphone" */
/** @import { OutageRows } from "app/dictation/outage-rows" */
/** @import { Taken } from "app/dictation/offline/offline-dictation" */
/** @import { PageParts } from "app/dictation/parts" */
/** @import { SessionEnd } from "app/dictation/session" */
/** @import { Tape } from "app/dictation/tape/tape" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { TwoSounds } from "app/dictation/two-sounds" */
/** @import { WakeLock } from "app/dictation/wake-lock" */
/** @import { Limits } from "app/dictation/wording" */

const TICK_MS = 250;
const QUIET_MS = 8000;
const ASIDE_MS = 20000;

/**
 * @typedef {object} LiveEvents
 * @property {() => void} began - The server receives its sound for the first time; called before any text is shown.
 * @property {(end: LiveEnd) => void} ended - Called after it has closed itself.
 *
 * @typedef {object} LiveEnd
 * @property {number} clockMs
 * @property {boolean} isOver - Whether the session cannot be continued.
 * @property {boolean} isDeleted - Whether there is nothing left of it to show.
 * @property {Taken} [taken] - What is to go on with, where the server has ended it although its speaker has not.
 * @property {boolean} hasRun - Whether it ever ran; if not, the page is to show what it showed before.
 */

/** A running dictation: connects its microphone and its LiveSession with the parts of the page. */
export class LiveDictation {
  #parts;
  #sessionData;
  #limits;
  #addresses;
  #on;
  #isContinued;
  #microphone;
  #level;
  /** @type {TwoSounds | null} */
  #two = null;
  #session;
  #timer;
  #heardAt = performance.now();
  #aside = { text: "", until: -Infinity };
  #hasBegun = false;
  #isClosed = false;
  // Null where what is said without a connection cannot be kept.
  /** @type {Tape | null} */
  #tape = null;
  /** @type {Promise<OutageRows | null> | null} */
  #outageRows = null;
  /** @type {Promise<WakeLock | null> | null} */
  #wakeLock = null;

  /**
   * @param {object} options
   * @param {string} options.url - The address of the session's WebSocket.
   * @param {SessionData} options.session
   * @param {boolean} options.isNew - Whether the session was made for this start.
   * @param {boolean} options.isContinued - Whether the session had ended, and was reopened for this start.
   * @param {Taken} [options.taken] - What it goes on with, if it went on without the server before.
   * @param {Input} options.input - Closed by `close()`.
   * @param {PageParts} options.parts
   * @param {Limits} options.limits
   * @param {Addresses} options.addresses
   * @param {LiveEvents} options.on
   */
  constructor({ url, session, isNew, isContinued, taken, input, parts, limits, addresses, on }) {
    this.#addresses = addresses;
    this.#tape = taken?.tape ?? null;
    this.#parts = parts;
    this.#sessionData = session;
    this.#limits = limits;
    this.#on = on;
    this.#isContinued = isContinued;
    this.#level = new Level(input.stream);
    this.#microphone = new HeldMicrophone(input, parts.picker.deviceId, {
      changed: () => this.#microphoneChanged(),
      replaced: (sound) => this.#replaceSound(sound),
      told: (sentence) => this.#note(sentence),
    });
    this.#session = new LiveSession({
      url,
      sound: input,
      settings: parts.offerSettings,
      isPaused: session.state === "paused",
      isNew: isNew || isContinued,
      taken,
      on: {
        changed: () => this.#show(),
        text: (message) => this.#showText(message),
        warned: (sentence) => this.tell(sentence),
        notShared: (sentence) => this.#takeBack(sentence),
        soundLost: (sentence) => this.#soundChanged(false, sentence),
        soundKept: () => this.#soundChanged(true, gettext("The recording is saved again. Some of it is missing.")),
        safe: (clockMs) => this.#tape?.safe(clockMs),
        complete: () => this.#tape?.release(),
        ended: (end) => this.#end(end),
        dropUnsaved: (since) => this.#dropUnsaved(since),
        lastSeq: () => (this.#hasBegun || !isNew ? parts.transcript.lastSeq : 0),
      },
    });
    this.#timer = setInterval(() => this.#readLevel(), TICK_MS);
    parts.voice.start({
      level: () => (this.#session.isPaused ? null : this.#level.read()),
      clock: () => this.#session.clock.read(),
      savedUntil: () => (this.#hasBegun ? parts.transcript.savedUntil : -1),
    });
    this.#microphoneChanged();
    if (parts.sharing.sound) this.changeSharing();
  }

  pause() {
    this.#session.pause();
  }

  resume() {
    this.#session.resume();
  }

  stop() {
    this.#session.stop();
  }

  /** Applies the settings that the page shows now. */
  changeSettings() {
    this.#session.changeSettings(this.#parts.offerSettings);
  }

  /**
   * Switches to another microphone, if it can be opened.
   * @param {string} deviceId
   */
  changeMicrophone(deviceId) {
    return this.#microphone.choose(deviceId);
  }

  /** Sends what is shared now beside the microphone, or nothing any more. */
  async changeSharing() {
    const { sound } = this.#parts.sharing;
    await this.#microphone.cancelEcho(sound !== null);
    if (this.#isClosed) return;
    // The connection keeps both channels, so that the next sound to be shared needs no other one.
    if (this.#two) this.#two.shared = sound?.stream;
    else if (sound) {
      this.#two = sound.beside(this.#microphone.sound);
      this.#session.changeSound(this.#two, true);
    }
  }

  /**
   * Says for a while that something has happened.
   * @param {string} sentence
   */
  tell(sentence) {
    this.#note(sentence);
    this.#show();
  }

  /** Closes the microphone and the connections; the session on the server stays as it is. */
  close() {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#session.close();
    this.#parts.voice.stop();
    this.#level.close();
    this.#two?.close();
    this.#microphone.close();
    this.#tape?.close();
    this.#wakeLock?.then((lock) => lock?.close());
  }

  /** @param {Sound} sound */
  #replaceSound(sound) {
    this.#level.replaceStream(sound.stream);
    this.#tape?.replaceStream(sound.stream);
    if (this.#two) this.#two.microphone = sound;
    else this.#session.replaceSound(sound);
    this.#parts.picker.refresh(this.#microphone);
  }

  /** @param {string} sentence - Why what is shared cannot be sent. */
  #takeBack(sentence) {
    this.#session.changeSound(this.#microphone.sound, false);
    this.#two?.close();
    this.#two = null;
    this.#parts.sharing.end(sentence);
  }

  #microphoneChanged() {
    this.#session.isDeaf = this.#microphone.state.kind !== "open";
    this.#show();
  }

  #readLevel() {
    const { state, isPaused, isRecording } = this.#session;
    const isListening = state === "listening" && !isPaused && isRecording;
    if (this.#level.read() > HEARD_DB || !isListening) this.#heardAt = performance.now();
    this.#show();
    if (this.#hasBegun && this.#parts.transcript.hasGap) this.#session.sync();
  }

  /** @param {TextMessage} message */
  #showText(message) {
    const { tail, transcript, follow } = this.#parts;
    if (message.type === "partial") {
      tail.set(message);
    } else if (message.type === "recovered") {
      transcript.removeUnsaved(message);
      this.#showOutages();
    } else {
      transcript.add(message);
      tail.remove(message.utterance);
      if (message.command) this.#parts.tell(message, this.#addresses.transcript(this.#sessionData.id), this);
      if (transcript.hasGap) this.#session.sync();
      this.#show();
    }
    follow.follow();
  }

  /**
   * Takes from the tail words that were lost with their audio worker. If the sound is kept, the transcript shows them
   * until they are recovered from the recording. Returns the session's time from which nothing was recorded, or null if
   * no words were lost.
   * @param {number} since
   */
  #dropUnsaved(since) {
    const { tail, transcript, sound } = this.#parts;
    const lost = tail.drop(since);
    if (lost === null) return null;
    if (!sound.isKept || this.#sessionData.isSoundLost) return lost.start_ms;
    const now = this.#session.clock.read();
    transcript.addUnsaved({ ...lost, end_ms: Math.max(this.#session.outages.range?.at ?? now, lost.start_ms + 1) });
    return now - (performance.now() - lost.touchedAt);
  }

  /**
   * @param {boolean} isKept
   * @param {string} sentence
   */
  #soundChanged(isKept, sentence) {
    this.#sessionData.isSoundLost = !isKept;
    this.tell(sentence);
  }

  /** @param {string} text - To be shown by the next `#show`, and for a while. */
  #note(text) {
    this.#aside = { text, until: performance.now() + ASIDE_MS };
  }

  #begin() {
    // Few dictations have a second device.
    import("app/dictation/add-phone").then(
      ({ offerPhone }) => offerPhone(this.#sessionData.id, this),
      () => null,
    );
    const { tail, follow } = this.#parts;
    this.#hasBegun = true;
    this.#on.began();
    tail.isShown = true;
    follow.isActive = true;
    this.#record();
  }

  /** Begins to keep what is said on this device, if server and browser can. */
  async #record() {
    const full = () =>
      this.tell(gettext("This browser has no more room for sound: without a connection, words are lost."));
    if (this.#tape) {
      this.#tape.full = full;
      this.#tape.clock = this.#session.clock;
      return;
    }
    const tape = await import("app/dictation/tape/tape")
      .then(({ Tape }) =>
        Tape.open({
          session: this.#sessionData.id,
          clock: this.#session.clock,
          stream: this.#microphone.sound.stream,
          full,
        }),
      )
      // Then the page says in an outage that nothing is recorded.
      .catch(() => null);
    if (this.#isClosed) return tape?.close();
    this.#tape = tape;
    this.#show();
  }

  #show() {
    if (this.#isClosed) return;
    const { status, controls, outage, voice, follow } = this.#parts;
    const { state, isPaused, isRecording, wasLive, trouble } = this.#session;
    if (wasLive && !this.#hasBegun) this.#begin();
    this.#session.outages.isTaped = this.#tape?.isOn === true;
    this.#tape?.follow(this.#session.isSafe, !isPaused && state !== "stopping" && state !== "waiting");
    const isQuiet = !this.#parts.sharing.sound && this.#level.isRunning && performance.now() - this.#heardAt > QUIET_MS;
    const shown = describe({
      state,
      isPaused,
      isRecording,
      outage: this.#session.outages.range,
      clockMs: this.#session.clock.read(),
      trouble,
      microphone: this.#microphone.state,
      isQuiet,
      aside: this.#aside,
      now: performance.now(),
    });
    controls.show(state === "stopping" || state === "waiting" ? state : isPaused ? "paused" : "live");
    voice.isLost = wasLive && !isPaused && !isRecording;
    this.#keepAwake(!isPaused && (state === "listening" || state === "reconnecting"));
    const aside = this.#session.isOnSocket ? gettext("The sound goes over the web connection.") : "";
    status.show(shown.status, shown.detail ?? this.#savedText, aside);
    outage.show(shown.sentence, { isPast: shown.isPast });
    this.#showOutages();
    follow.follow();
  }

  /** Shows in their places in the text where nothing was recorded. */
  #showOutages() {
    const { over } = this.#session.outages;
    if (!this.#hasBegun || (!over.length && !this.#outageRows)) return;
    this.#outageRows ??= this.#parts.outageRows();
    this.#outageRows.then((rows) => rows?.show(over));
  }

  /** @param {boolean} isWanted */
  #keepAwake(isWanted) {
    if (isWanted) {
      this.#wakeLock ??= import("app/dictation/wake-lock").then(
        ({ WakeLock }) => new WakeLock(),
        () => null,
      );
    }
    this.#wakeLock?.then((lock) => {
      if (lock) lock.isWanted = isWanted;
    });
  }

  get #savedText() {
    const clock = this.#session.clock.read();
    return savedText(clock, this.#parts.transcript.count, this.#sessionData.isSoundLost);
  }

  /**
   * Delivers what was said without a connection until the end; its words are added to the transcript.
   * @param {Tape | null} tape
   */
  async #deliverRest(tape) {
    const { afterStop } = this.#parts;
    const isTaped = this.#session.outages.over.some((outage) => outage.isTaped);
    if ((await tape?.finish()) || isTaped) afterStop.show(this.#sessionData.id, true);
  }

  /** @param {SessionEnd} end */
  #linksOf({ reason, running }) {
    if (reason === "trashed") return [{ text: gettext("Recently deleted"), href: this.#addresses.trash }];
    return running.map(({ session, title }) => ({ text: title, href: this.#addresses.dictation(session) }));
  }

  /**
   * What goes on to be recorded on this device, where only the server has ended the dictation, which it did not hear.
   * @param {SessionEnd} end
   * @returns {Taken | undefined}
   */
  #taken({ reason }) {
    const { outages, clock } = this.#session;
    if (reason !== "away" || !this.#tape?.isOn) return undefined;
    return { tape: this.#tape, clock, since: outages.range?.at ?? clock.read() };
  }

  /** @param {SessionEnd} end */
  #end(end) {
    const { status, controls, tail, follow, outage, transcript, title } = this.#parts;
    const { state, sentence, isOver, isDeleted } = endText(end, this.#limits);
    const { wasLive } = this.#session;
    if (wasLive && isOver && !isDeleted) this.#dropUnsaved(Infinity);
    const taken = this.#taken(end);
    if (!isDeleted && !taken) this.#showOutages();
    const recovery = isOver && !isDeleted && transcript.hasUnsaved ? recoveryText() : "";
    const facts = { isEmpty: transcript.isEmpty, hasOutage: this.#session.outages.range !== null, title: title.text };
    const wordless = wasLive && state === "saved" ? wordlessText(facts) : "";
    this.#sessionData.is_silent = wordless !== "";
    const isGivenUp = this.#isContinued && end.reason === "refused" && !wasLive;
    const tape = this.#tape;
    if (isOver) {
      this.#tape = null;
      if (isDeleted) tape?.discard();
      else if (!taken) this.#deliverRest(tape);
    }
    this.close();
    tail.clear();
    tail.isShown = false;
    follow.isActive = false;
    outage.show([sentence || wordless, recovery].filter(Boolean).join(" "), {
      isPast: state === "saved" || isDeleted,
      links: this.#linksOf(end),
    });
    const clockMs = this.#session.clock.read();
    status.show(state, !wasLive || isDeleted ? "" : wordless ? clockText(clockMs) : this.#savedText);
    controls.show("idle");
    const hasRun = wasLive || end.reason !== "refused";
    this.#on.ended({ clockMs, isOver: isOver || isGivenUp, isDeleted, taken, hasRun });
  }
}
