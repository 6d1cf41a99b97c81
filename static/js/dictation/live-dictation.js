import { HEARD_DB, Level } from "app/dictation/level";
import { MicrophoneError, openMicrophone } from "app/dictation/microphone";
import { LiveSession } from "app/dictation/session";
import { endText, recordingText, savedText } from "app/dictation/wording";
import { gettext } from "app/shared/i18n";

/** @import { TextMessage } from "app/dictation/messages" */
/** @import { Input } from "app/dictation/microphone" */
/** @import { PageParts } from "app/dictation/parts" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { Limits } from "app/dictation/wording" */

const TICK_MS = 250;
const QUIET_MS = 8000;

/** A running dictation: connects its microphone and its LiveSession with the parts of the page. */
export class LiveDictation {
  #parts;
  #sessionData;
  #limits;
  #ended;
  #input;
  #level;
  #session;
  #timer;
  #heardAt = performance.now();
  #isClosed = false;

  /**
   * @param {object} options
   * @param {string} options.url - The address of the session's WebSocket.
   * @param {SessionData} options.session
   * @param {Input} options.input - Closed by `close()`.
   * @param {PageParts} options.parts
   * @param {Limits} options.limits
   * @param {(isOver: boolean) => void} options.ended - Called after it has closed itself. If `isOver`, the session
   *   cannot be continued.
   */
  constructor({ url, session, input, parts, limits, ended }) {
    this.#parts = parts;
    this.#sessionData = session;
    this.#limits = limits;
    this.#ended = ended;
    this.#input = input;
    this.#level = new Level(input.stream);
    this.#watchTrack();
    this.#session = new LiveSession({
      url,
      input,
      settings: parts.offerSettings,
      isPaused: session.state === "paused",
      on: {
        changed: () => this.#show(),
        text: (message) => this.#showText(message),
        warned: (sentence) => parts.outage.show(sentence, { isPast: true }),
        soundLost: (sentence) => this.#soundLost(sentence),
        ended: (reason, message) => this.#end(reason, message),
        dropUnsaved: (since) => this.#dropUnsaved(since),
        lastSeq: () => parts.transcript.lastSeq,
      },
    });
    this.#timer = setInterval(() => this.#readLevel(), TICK_MS);
    parts.tail.isShown = true;
    parts.voice.start({
      level: () => (this.#session.state === "paused" ? null : this.#level.read()),
      clock: () => this.#session.clock.read(),
      savedUntil: () => parts.transcript.savedUntil,
    });
    parts.follow.isActive = true;
    this.#show();
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
  async changeMicrophone(deviceId) {
    try {
      const input = await openMicrophone(deviceId);
      if (this.#isClosed) return input.close();
      const before = this.#input;
      this.#input = input;
      this.#watchTrack();
      this.#level.replaceStream(input.stream);
      await this.#session.replaceInput(input);
      before.close();
      await this.#parts.picker.refresh(input.deviceId);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.#parts.outage.show(error.message);
    }
  }

  /** Closes the microphone and the connections; the session on the server stays as it is. */
  close() {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#session.close();
    this.#parts.voice.stop();
    this.#level.close();
    this.#input.close();
  }

  #watchTrack() {
    const { label, track } = this.#input;
    track.onmute = track.onunmute = () => this.#show();
    track.onended = () => {
      this.#parts.outage.show(
        gettext("%(microphone)s was disconnected. What you say now is not being recorded.", { microphone: label }),
      );
      this.changeMicrophone("");
    };
  }

  #readLevel() {
    const isListening = this.#session.state === "listening";
    if (this.#level.read() > HEARD_DB || !isListening) this.#heardAt = performance.now();
    if (isListening) this.#showListening();
    if (this.#parts.transcript.hasGap) this.#session.sync();
  }

  /** @param {TextMessage} message */
  #showText(message) {
    const { tail, transcript, follow } = this.#parts;
    if (message.type === "partial") {
      tail.set(message);
    } else if (message.type === "recovered") {
      transcript.removeUnsaved(message);
    } else {
      transcript.add(message);
      tail.remove(message.utterance);
      if (transcript.hasGap) this.#session.sync();
      this.#showSaved();
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
    transcript.addUnsaved({ ...lost, end_ms: this.#session.outage?.at ?? now });
    return now - (performance.now() - lost.touchedAt);
  }

  /** @param {string} sentence */
  #soundLost(sentence) {
    this.#sessionData.isSoundLost = true;
    this.#show();
    this.#parts.outage.show(sentence, { isPast: true });
  }

  #show() {
    if (this.#isClosed) return;
    const { status, controls, outage, voice, wakeLock, follow } = this.#parts;
    const { state, isRecording, trouble, clock } = this.#session;
    controls.show(state === "paused" || state === "stopping" ? state : "live");
    voice.isLost = state === "reconnecting" && !isRecording;
    wakeLock.isWanted = state === "listening" || state === "reconnecting";
    outage.showOutage(this.#session.outage, trouble);
    if (state === "stopping") status.show("stopped", gettext("Saving the last words"));
    else if (state === "connecting") status.show("connecting", "");
    else if (state === "reconnecting") status.show("reconnecting", recordingText(isRecording));
    else if (state === "paused") status.show("paused", this.#savedText(clock.read()));
    else this.#showListening();
    follow.follow();
  }

  #showListening() {
    const { status } = this.#parts;
    const { label, track } = this.#input;
    const isQuiet = this.#level.isRunning && performance.now() - this.#heardAt > QUIET_MS;
    if (track.muted) status.show("nothing", gettext("The microphone is muted"));
    else if (isQuiet) status.show("nothing", gettext("No sound from %(microphone)s", { microphone: label }));
    else status.show("listening");
    this.#showSaved();
  }

  #showSaved() {
    const { status } = this.#parts;
    if (status.state === "listening") status.detail = this.#savedText(this.#session.clock.read());
  }

  /** @param {number} clockMs */
  #savedText(clockMs) {
    return savedText(clockMs, this.#parts.transcript.count, this.#sessionData.isSoundLost);
  }

  /**
   * @param {string} reason
   * @param {string} message
   */
  #end(reason, message) {
    const { status, controls, tail, follow, outage, wakeLock, after } = this.#parts;
    const end = endText(reason, message, this.#limits);
    this.close();
    wakeLock.isWanted = false;
    tail.clear();
    tail.isShown = false;
    follow.isActive = false;
    outage.show(end.sentence, { isPast: end.state === "saved" });
    status.show(end.state, this.#savedText(this.#session.clock.read()));
    controls.show("idle");
    after.hidden = false;
    this.#ended(end.isOver);
  }
}
