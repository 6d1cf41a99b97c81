import { showLines } from "app/dictation/check-lines";
import {
  devices,
  isAnyThere,
  isPossible,
  MicrophoneError,
  openMicrophone,
  permission,
  watchMicrophones,
} from "app/dictation/microphone";
import { progressText } from "app/dictation/model-status";
import { Probe } from "app/dictation/probe";
import { MICROPHONE_STATUS } from "app/dictation/recording-state";
import { Backoff } from "app/shared/backoff";
import { query } from "app/shared/dom";
import { gettext, ngettext } from "app/shared/i18n";

/** @import { ButtonData, CheckLine } from "app/dictation/check-lines" */
/** @import { Listening } from "app/dictation/listening" */
/** @import { Device, Input } from "app/dictation/microphone" */
/** @import { MicrophonePicker } from "app/dictation/microphone-picker" */
/** @import { Model } from "app/dictation/model-status" */
/** @import { Sharing } from "app/dictation/sharing" */
/** @import { SoundChoice } from "app/dictation/sound-choice" */
/** @import { StatusLine } from "app/dictation/status-line" */
/** @import { VoiceLine } from "app/dictation/voice-line" */

/**
 * What is known of the microphone; `isOver` once listening to it has ended.
 * @typedef {{kind: "unknown" | "unasked"}} Unknown
 * @typedef {{kind: "testing" | "heard" | "unheard", label: string}} Tested
 * @typedef {{kind: "silent", label: string, other?: Device, isOver: boolean}} Silent
 * @typedef {{kind: "problem", error: MicrophoneError}} Problem
 * @typedef {Unknown | Tested | Silent | Problem} MicrophoneCheck
 */

const SAY = gettext("Say a few words: the line below moves when we hear you.");
const MUTED = gettext("It may be muted, or another microphone may be closer to you.");

/** @type {CheckLine} */
const ALLOWED = {
  kind: "done",
  sentence: gettext("The connection is secure, and this page may use the microphone."),
};

/**
 * Checks before Start whether a dictation would work, and shows the results as sentences. It asks for permission to use
 * the microphone only when the user presses a button; with permission, it listens without asking.
 */
export class Preflight {
  #section;
  #lines;
  #picker;
  #voiceLine;
  #statusLine;
  #listening;
  #sound;
  #sharing;
  /** @type {Probe | null} */
  #probe = null;
  /** @type {MicrophoneCheck} */
  #microphone = { kind: "unknown" };
  #deviceId = "";
  // Counts the tests: only the latest may listen.
  #attempt = 0;
  #model;
  #isClosed = false;
  #backoff = new Backoff({ first: 4000, most: 30000 });
  /** @type {number | undefined} */
  #timer;
  #events = new AbortController();

  /**
   * @param {object} options
   * @param {HTMLElement} options.section
   * @param {MicrophonePicker} options.picker
   * @param {VoiceLine} options.voiceLine
   * @param {StatusLine} options.statusLine
   * @param {Model} options.model
   * @param {Listening} options.listening
   * @param {SoundChoice} options.sound
   * @param {Sharing} options.sharing
   */
  constructor({ section, picker, voiceLine, statusLine, model, listening, sound, sharing }) {
    this.#section = section;
    this.#lines = query(section, "#checks", HTMLElement);
    this.#picker = picker;
    this.#voiceLine = voiceLine;
    this.#statusLine = statusLine;
    this.#model = model;
    this.#listening = listening;
    this.#sound = sound;
    this.#sharing = sharing;
    watchMicrophones(() => this.#look(), this.#events.signal);
  }

  /** @param {Model} model */
  set model(model) {
    this.#model = model;
    this.refresh();
  }

  /** Writes its sentences again: some depend on choices elsewhere on the page. */
  refresh() {
    showLines(this.#lines, [
      ...this.#modelLines(),
      ...this.#microphoneLines(),
      this.#sound.line,
      ...this.#sharing.lines,
      // Without the server, the page knows no words.
      ...(this.#model.state === "offline" ? [] : [this.#wordsLine()]),
    ]);
  }

  /** Checks what can be checked without asking the user for anything. */
  async check() {
    if (!isPossible()) return this.#showProblem(new MicrophoneError("insecure"));
    const allowed = await permission();
    if (this.#isClosed) return;
    if (allowed === "denied") return this.#showProblem(new MicrophoneError("refused"));
    if (allowed === "granted") return this.test();
    const isAny = await isAnyThere();
    if (this.#isClosed) return;
    if (!isAny) return this.#showProblem(new MicrophoneError("missing"));
    this.#show({ kind: "unasked" });
  }

  /** Opens the microphone, for which the browser may ask for permission, and listens to it. */
  async test() {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const isOver = () => this.#isClosed || attempt !== this.#attempt;
    this.#stopProbe();
    try {
      const input = await openMicrophone(this.#picker.deviceId);
      if (isOver()) return input.close();
      await this.#picker.refresh(input);
      // The dictation may have begun meanwhile.
      if (isOver()) return input.close();
      this.#deviceId = input.deviceId;
      this.#backoff.reset();
      this.#startProbe(input);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      if (!isOver()) this.#showProblem(error);
    }
  }

  /**
   * Shows why a dictation could not begin.
   * @param {MicrophoneError} error
   */
  fail(error) {
    this.#isClosed = false;
    this.#section.hidden = false;
    this.#showProblem(error);
  }

  /** Shows the checks again, and checks anew. */
  show() {
    this.#isClosed = false;
    this.#section.hidden = false;
    this.check();
  }

  /** Closes the microphone and hides the checks, until `fail` or `show` shows them again. */
  hide() {
    this.#isClosed = true;
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#stopProbe();
    this.#section.hidden = true;
  }

  close() {
    this.hide();
    this.#events.abort();
  }

  /** Checks again if the microphones that there are now, or the permission, may have changed the result. */
  async #look() {
    if (this.#isClosed || this.#microphone.kind === "unknown") return;
    const { kind } = this.#microphone;
    const isThere = (await devices()).some((device) => device.deviceId === this.#deviceId);
    if (!this.#isClosed && (kind === "problem" || kind === "unasked" || !isThere)) this.check();
  }

  /** @param {Input} input */
  #startProbe(input) {
    this.#show({ kind: "testing", label: input.label });
    input.track.onended = () => this.check();
    const probe = new Probe(input, {
      heard: () => this.#finish({ kind: "heard", label: input.label }),
      silent: () => this.#showSilent(input),
      gaveUp: () => this.#giveUp(input),
    });
    this.#probe = probe;
    this.#voiceLine.start({ level: () => probe.read(), clock: () => 0, savedUntil: () => -1 });
  }

  #stopProbe() {
    if (this.#probe === null) return;
    this.#probe.close();
    this.#probe = null;
    this.#voiceLine.stop();
  }

  /** @param {MicrophoneCheck} microphone */
  #finish(microphone) {
    this.#stopProbe();
    this.#show(microphone);
  }

  /** @param {Input} input */
  #giveUp({ label }) {
    const microphone = this.#microphone;
    this.#finish(microphone.kind === "silent" ? { ...microphone, isOver: true } : { kind: "unheard", label });
  }

  /** @param {Input} input */
  async #showSilent({ deviceId, label }) {
    const other = await this.#picker.other(deviceId);
    if (this.#probe !== null) this.#show({ kind: "silent", label, other, isOver: false });
  }

  /** @param {MicrophoneError} error */
  #showProblem(error) {
    this.#finish({ kind: "problem", error });
    clearTimeout(this.#timer);
    // The browser tells when a microphone comes, but not when another program has released one.
    if (error.code === "broken") this.#timer = setTimeout(() => this.check(), this.#backoff.next());
  }

  /** @param {MicrophoneCheck} microphone */
  #show(microphone) {
    this.#microphone = microphone;
    this.refresh();
    const { kind } = microphone;
    if (kind === "silent") {
      this.#statusLine.show("unheard", gettext("You can start anyway"));
    } else if (kind === "problem") {
      const { status, detail } = MICROPHONE_STATUS[microphone.error.code];
      this.#statusLine.show(status, detail);
    } else this.#statusLine.show("ready", kind === "heard" ? gettext("We hear you") : "");
  }

  /** @returns {CheckLine} */
  #wordsLine() {
    return {
      kind: "done",
      sentence: wordsText(this.#listening.count),
      link: [gettext("Edit vocabulary"), () => this.#listening.open()],
    };
  }

  /** @returns {CheckLine[]} */
  #modelLines() {
    const { state, message, done, total } = this.#model;
    if (state === "ready") return [];
    if (state === "offline") return [{ kind: "waiting", sentence: message }];
    if (state !== "loading") return [{ kind: "wrong", sentence: message }];
    const progress = total > 0 ? done / total : null;
    return [{ kind: "waiting", sentence: message, detail: progressText(this.#model), progress }];
  }

  /** @returns {CheckLine[]} */
  #microphoneLines() {
    const microphone = this.#microphone;
    /** @type {ButtonData} */
    const again = [gettext("Test again"), () => this.test()];
    switch (microphone.kind) {
      case "unasked":
        return [
          {
            kind: "waiting",
            sentence: gettext("When you press Start, the browser asks for the microphone. Allow it."),
            buttons: [[gettext("Test the microphone"), () => this.test()]],
          },
        ];
      case "unheard":
        return [
          {
            kind: "waiting",
            sentence: gettext("We have not heard you on %(microphone)s yet.", { microphone: microphone.label }),
            buttons: [again],
          },
        ];
      case "testing":
        return [{ kind: "waiting", sentence: SAY }];
      case "heard":
        return [
          {
            kind: "done",
            sentence: gettext("Ready. We hear you on %(microphone)s.", { microphone: microphone.label }),
          },
        ];
      case "silent":
        return [
          {
            kind: "wrong",
            sentence: gettext("We hear nothing from %(microphone)s.", { microphone: microphone.label }),
            detail: microphone.isOver ? MUTED : `${MUTED} ${SAY}`,
            buttons: microphone.other ? [this.#switchTo(microphone.other), again] : [again],
          },
          ALLOWED,
        ];
      case "problem":
        return [
          {
            kind: "wrong",
            sentence: microphone.error.message,
            buttons: microphone.error.code === "insecure" ? [] : [again],
          },
        ];
      default:
        return [];
    }
  }

  /**
   * A button that switches to another microphone.
   * @param {Device} device
   * @returns {ButtonData}
   */
  #switchTo({ deviceId, label }) {
    const text = gettext("Use %(microphone)s instead", { microphone: label });
    return [text, () => this.#picker.choose(deviceId, () => this.test())];
  }
}

/** @param {number} count */
function wordsText(count) {
  if (count === 0) return gettext("You can add names and technical terms.");
  return ngettext(
    "%(count)s word from your vocabulary is used.",
    "%(count)s words from your vocabulary are used.",
    count,
    { count },
  );
}
