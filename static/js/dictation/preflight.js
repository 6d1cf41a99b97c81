import { showLines } from "app/dictation/check-lines";
import { gettext, ngettext } from "app/shared/i18n";
import { isPossible, MicrophoneError, open, permission } from "app/dictation/microphone";
import { progressText } from "app/dictation/model-status";
import { Probe } from "app/dictation/probe";

const SAY = gettext("Say a few words: the line below moves when we hear you.");
const MUTED = gettext("It may be muted, or another microphone may be nearer.");

/**
 * Says before Start, in sentences, whether we would hear. It asks for the microphone only when the user presses a
 * button; where it is allowed already, it listens quietly.
 */
export class Preflight {
  #section;
  #lines;
  #picker;
  #line;
  #status;
  #listening;
  #sound;
  #probe = null;
  #microphone = { kind: "unknown" };
  #model;
  #closed = false;

  constructor({ section, picker, voiceLine, statusLine, model, listening, sound }) {
    this.#section = section;
    this.#lines = section.querySelector("#checks");
    this.#picker = picker;
    this.#line = voiceLine;
    this.#status = statusLine;
    this.#model = model;
    this.#listening = listening;
    this.#sound = sound;
  }

  set model(status) {
    this.#model = status;
    this.#show();
  }

  /** Says again what may have changed elsewhere on the page. */
  refresh() {
    this.#show();
  }

  /** Looks without asking anything of the user. */
  async look() {
    if (!isPossible()) return this.#problem(new MicrophoneError("insecure"));
    const allowed = await permission();
    if (this.#closed) return;
    if (allowed === "denied") return this.#problem(new MicrophoneError("refused"));
    if (allowed === "granted") return this.test();
    this.#set({ kind: "unasked" });
  }

  /** Opens the microphone, which may make the browser ask for it, and listens. */
  async test() {
    this.#stopProbe();
    try {
      const input = await open(this.#picker.deviceId);
      if (this.#closed) return input.close();
      this.#stopProbe();
      await this.#picker.refresh(input.deviceId);
      this.#listen(input);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      if (!this.#closed) this.#problem(error);
    }
  }

  /** Says why a dictation could not begin. */
  fail(error) {
    this.#closed = false;
    this.#section.hidden = false;
    this.#problem(error);
  }

  /** Lets go of the microphone and leaves the page to the dictation. */
  close() {
    this.#closed = true;
    this.#stopProbe();
    this.#section.hidden = true;
  }

  #listen(input) {
    this.#set({ kind: "testing", label: input.label });
    this.#probe = new Probe(input, {
      heard: () => this.#verdict({ kind: "heard", label: input.label }),
      silent: () => this.#silent(input),
      over: () =>
        this.#verdict({
          ...this.#microphone,
          kind: this.#microphone.kind === "silent" ? "silent" : "unheard",
          isOver: true,
        }),
    });
    const probe = this.#probe;
    this.#line.start({ level: () => probe.read(), clock: () => 0, savedUntil: () => -1 });
  }

  #verdict(microphone) {
    this.#stopProbe();
    this.#set(microphone);
  }

  async #silent(input) {
    const other = await this.#picker.other(input.deviceId);
    if (this.#probe !== null) this.#set({ kind: "silent", label: input.label, other });
  }

  #problem(error) {
    this.#stopProbe();
    this.#set({ kind: "problem", error });
  }

  #stopProbe() {
    if (this.#probe === null) return;
    this.#probe.close();
    this.#probe = null;
    this.#line.stop();
  }

  #set(microphone) {
    this.#microphone = microphone;
    this.#show();
    const { kind } = microphone;
    if (kind === "silent") this.#status.show("unheard", gettext("You can start anyway"));
    else if (kind === "problem") this.#status.show("unheard", gettext("The microphone is not ready"));
    else this.#status.show("ready", kind === "heard" ? gettext("We hear you") : "");
  }

  #show() {
    const lines = [...this.#modelLines(), ...this.#microphoneLines(), this.#sound.line, this.#wordsLine()];
    showLines(this.#lines, lines);
  }

  #wordsLine() {
    return {
      kind: "done",
      sentence: wordsText(this.#listening.count),
      link: [gettext("Edit words"), () => this.#listening.open()],
    };
  }

  #modelLines() {
    const { state, message, done, total } = this.#model;
    if (state === "ready") return [];
    if (state !== "loading") return [{ kind: "wrong", sentence: message }];
    const progress = total > 0 ? done / total : null;
    return [{ kind: "waiting", sentence: message, detail: progressText(this.#model), progress }];
  }

  #microphoneLines() {
    const { kind, label, other, error, isOver } = this.#microphone;
    const again = [gettext("Test again"), () => this.test()];
    switch (kind) {
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
            sentence: gettext("We have not heard you on %(microphone)s yet.", { microphone: label }),
            buttons: [again],
          },
        ];
      case "testing":
        return [{ kind: "waiting", sentence: SAY }];
      case "heard":
        return [{ kind: "done", sentence: gettext("Ready. We hear you on %(microphone)s.", { microphone: label }) }];
      case "silent":
        return [
          {
            kind: "wrong",
            sentence: gettext("We hear nothing from %(microphone)s.", { microphone: label }),
            detail: isOver ? MUTED : `${MUTED} ${SAY}`,
            buttons: other ? [this.#instead(other), again] : [again],
          },
          ALLOWED,
        ];
      case "problem":
        return [{ kind: "wrong", sentence: error.message, buttons: error.code === "insecure" ? [] : [again] }];
      default:
        return [];
    }
  }

  /** A button for another microphone. */
  #instead({ deviceId, label }) {
    const text = gettext("Use %(microphone)s instead", { microphone: label });
    return [text, () => this.#picker.choose(deviceId, () => this.test())];
  }
}

function wordsText(count) {
  if (count === 0) return gettext("Names and rare words can be listened for.");
  return ngettext(
    "%(count)s word of your vocabulary is listened for.",
    "%(count)s words of your vocabulary are listened for.",
    count,
    { count },
  );
}

const ALLOWED = {
  kind: "done",
  sentence: gettext("The connection is private, and this page may use the microphone."),
};
