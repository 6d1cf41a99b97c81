import { Addresses } from "app/dictation/addresses";
import { BetterWords } from "app/dictation/better-words";
import { Controls } from "app/dictation/controls";
import { Follow } from "app/dictation/follow";
import { gettext } from "app/shared/i18n";
import { Level } from "app/dictation/level";
import { Listening } from "app/dictation/listening";
import { MicrophoneError, open } from "app/dictation/microphone";
import { ModelStatus } from "app/dictation/model-status";
import { OutageLine } from "app/dictation/outage-line";
import { Picker } from "app/dictation/picker";
import { Preferences } from "app/shared/preferences";
import { Preflight } from "app/dictation/preflight";
import { HEARD_DB } from "app/dictation/probe";
import { post, RequestError } from "app/shared/requests";
import { LiveSession } from "app/dictation/session";
import { Settings } from "app/dictation/settings";
import { SoundChoice } from "app/dictation/sound-choice";
import { StatusLine } from "app/dictation/status-line";
import { TabSession } from "app/dictation/tab-session";
import { Tail } from "app/dictation/tail";
import { Title } from "app/dictation/title";
import { Transcript } from "app/dictation/transcript";
import { VoiceLine } from "app/dictation/voice-line";
import { WakeLock } from "app/dictation/wake-lock";
import { endText, recordingText, savedText } from "app/dictation/wording";

const TICK_MS = 250;
const QUIET_MS = 8000;

/** The dictation page: what the buttons do, and what the page shows of the session on the air. */
export class DictationPage {
  #data;
  #document;
  #addresses;
  #tab = new TabSession();
  #session;
  #live = null;
  #input = null;
  #level = null;
  #heardAt = 0;
  #timer = null;
  #isStarting = false;
  #isSoundLost = false;
  #parts = {};

  constructor(document, data) {
    this.#document = document;
    this.#data = data;
    this.#session = data.session;
    this.#addresses = new Addresses(data);
    const detour = this.#tab.detour(data.session, this.#addresses);
    if (detour === null) this.#furnish();
    else window.location.replace(detour);
  }

  close() {
    clearInterval(this.#timer);
    this.#live?.close();
    this.#silence();
    for (const part of Object.values(this.#parts)) part.close?.();
  }

  #furnish() {
    const find = (id) => this.#document.getElementById(id);
    const preferences = new Preferences();
    const id = this.#session?.id;
    const parts = this.#parts;
    parts.status = new StatusLine(find("status"));
    parts.transcript = new Transcript(find("log"));
    parts.betterWords = new BetterWords(find("better-words"), (rows) => this.#rewrite(rows));
    parts.tail = new Tail(find("tail"));
    parts.outage = new OutageLine(find("outage"));
    parts.voice = new VoiceLine(find("voice"), this.#document.querySelector(".dock-inner"));
    parts.follow = new Follow(find("now"), this.#document.querySelector(".dock"), find("back"));
    parts.wakeLock = new WakeLock();
    parts.title = new Title(find("title"), find("title-error"), id ? this.#addresses.rename(id) : null);
    parts.picker = new Picker(find("microphone"), preferences, (deviceId) => this.#useDevice(deviceId));
    parts.settings = new Settings(this.#document, preferences, () => this.#live?.adjust(this.#wishes));
    parts.listening = new Listening(this.#document, this.#data.listening, {
      changed: () => this.#listenOtherwise(),
      failed: (sentence) => parts.outage.say(sentence, { isPast: true }),
    });
    parts.sound = new SoundChoice(this.#data.sound, () => parts.preflight.refresh());
    parts.preflight = new Preflight({
      section: find("preflight"),
      picker: parts.picker,
      voiceLine: parts.voice,
      statusLine: parts.status,
      model: this.#data.model,
      listening: parts.listening,
      sound: parts.sound,
    });
    parts.model = new ModelStatus(this.#addresses.status, this.#data.model, (status) => this.#modelChanged(status));
    parts.controls = new Controls(this.#document, {
      start: () => this.#start(),
      pause: () => this.#live?.pause(),
      resume: () => this.#live?.resume(),
      stop: () => this.#live?.stop(),
    });
    this.#arrive();
  }

  #arrive() {
    const { preflight, outage, status, transcript, betterWords } = this.#parts;
    if (this.#session === null) {
      preflight.look();
    } else if (this.#session.state === "ended") {
      status.detail = this.#count(transcript.savedUntil);
      betterWords.watch(this.#addresses.secondPass(this.#session.id));
    } else if (this.#session.id === this.#tab.id) {
      this.#start();
    } else if (this.#session.state !== "new") {
      outage.say(gettext("If this dictation runs in another window, Start brings it here."), { isPast: true });
    }
  }

  async #start() {
    if (this.#isStarting || this.#live !== null) return;
    const { controls, preflight, status, picker } = this.#parts;
    this.#isStarting = true;
    preflight.close();
    controls.show("starting");
    status.show("connecting", "");
    try {
      this.#input = await open(picker.deviceId);
      await picker.refresh(this.#input.deviceId);
      if (this.#session === null || this.#session.state === "ended") await this.#begin();
      this.#goLive();
    } catch (error) {
      this.#silence();
      controls.show("idle");
      if (error instanceof MicrophoneError) preflight.fail(error);
      else if (error instanceof RequestError) this.#refuse(error.message);
      else throw error;
    } finally {
      this.#isStarting = false;
    }
  }

  /** Makes a new session on the server, and empties the page for it. */
  async #begin() {
    const { title, transcript, outage, settings, sound, betterWords } = this.#parts;
    betterWords.close();
    if (this.#session !== null) title.clear();
    const name = title.text;
    const wanted = { title: name, language: settings.language, keep_sound: sound.isKept };
    const made = await post(this.#addresses.create, wanted);
    transcript.clear();
    this.#isSoundLost = false;
    outage.say("");
    this.#session = { id: made.id, state: "new" };
    this.#tab.id = made.id;
    window.history.replaceState(null, "", this.#addresses.dictation(made.id));
    title.belongTo(this.#addresses.rename(made.id), name);
    settings.showDate(new Date());
    this.#document.getElementById("after").hidden = true;
    this.#document.getElementById("open-transcript").href = this.#addresses.transcript(made.id);
  }

  #rewrite(rows) {
    const { transcript, status } = this.#parts;
    transcript.rewrite(rows);
    status.detail = this.#count(transcript.savedUntil);
  }

  #soundLost(sentence) {
    this.#isSoundLost = true;
    this.#show();
    this.#parts.outage.say(sentence, { isPast: true });
  }

  #goLive() {
    const { tail, voice, follow, transcript, outage } = this.#parts;
    this.#tab.id = this.#session.id;
    outage.say("");
    this.#document.getElementById("hint").hidden = true;
    tail.isShown = true;
    this.#level = new Level(this.#input.stream);
    this.#heardAt = performance.now();
    this.#watchTrack();
    this.#live = new LiveSession({
      url: this.#addresses.socket(this.#session.id),
      input: this.#input,
      settings: this.#wishes,
      isPaused: this.#session.state === "paused",
      on: {
        changed: () => this.#show(),
        text: (message) => this.#hear(message),
        said: (sentence) => outage.say(sentence, { isPast: true }),
        soundLost: (sentence) => this.#soundLost(sentence),
        ended: (how) => this.#ended(how),
        orphaned: (since) => this.#dropUnsaved(since),
        lastSeq: () => transcript.lastSeq,
      },
    });
    voice.start({
      level: () => (this.#live?.state === "paused" ? null : this.#level.read()),
      clock: () => this.#live?.clock.read() ?? 0,
      savedUntil: () => transcript.savedUntil,
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    follow.isActive = true;
    this.#show();
  }

  #hear(message) {
    const { tail, transcript, follow } = this.#parts;
    if (message.type === "partial") {
      tail.set(message);
    } else if (message.type === "recovered") {
      transcript.release(message);
    } else {
      transcript.add(message);
      tail.settle(message.utterance);
      if (transcript.hasGap) this.#live.sync();
      this.#tellCount();
    }
    follow.follow();
  }

  /**
   * Words that went down with a worker leave the tail. Where their sound is kept they wait in their place for what is
   * found in it. Returns from when on in the session nothing was recorded, or null.
   */
  #dropUnsaved(since) {
    const { tail, transcript, sound } = this.#parts;
    const lost = tail.drop(since);
    if (lost === null) return null;
    if (!sound.isKept || this.#isSoundLost) return lost.start_ms;
    const now = this.#live.clock.read();
    transcript.hold({ ...lost, end_ms: this.#live.outage?.at ?? now });
    return now - (performance.now() - lost.touchedAt);
  }

  #show() {
    const live = this.#live;
    if (live === null) return;
    const { status, controls, outage, voice, wakeLock, follow } = this.#parts;
    const { state } = live;
    const isPaused = state === "paused";
    controls.show({ paused: "paused", stopping: "stopping" }[state] ?? "live");
    voice.lost = state === "reconnecting" && !live.isRecording;
    wakeLock.isWanted = state === "listening" || state === "reconnecting";
    outage.show(live.outage, live.trouble);
    if (state === "stopping") status.show("stopped", gettext("Saving the last words"));
    else if (state === "connecting") status.show("connecting", "");
    else if (state === "reconnecting") status.show(state, recordingText(live.isRecording));
    else if (isPaused) status.show("paused", this.#count(live.clock.read()));
    else this.#listening();
    follow.follow();
  }

  #listening() {
    const { status } = this.#parts;
    const isQuiet = this.#level.isRunning && performance.now() - this.#heardAt > QUIET_MS;
    const isMute = this.#input.track.muted;
    if (isMute) status.show("nothing", gettext("The microphone is muted"));
    else if (isQuiet)
      status.show("nothing", gettext("Nothing comes from %(microphone)s", { microphone: this.#input.label }));
    else status.show("listening");
    this.#tellCount();
  }

  #tick() {
    const live = this.#live;
    if (this.#level.read() > HEARD_DB || live.state !== "listening") this.#heardAt = performance.now();
    if (live.state === "listening") this.#listening();
    if (this.#parts.transcript.hasGap) live.sync();
  }

  #tellCount() {
    const { status } = this.#parts;
    if (status.state === "listening") status.detail = this.#count(this.#live.clock.read());
  }

  #count(clockMs) {
    return savedText(clockMs, this.#parts.transcript.count, this.#isSoundLost);
  }

  #ended({ reason, message }) {
    const { status, controls, tail, follow, outage, wakeLock, betterWords } = this.#parts;
    const clockMs = this.#live.clock.read();
    const end = endText(reason, message, this.#data);
    this.#live = null;
    this.#tab.id = null;
    this.#silence();
    wakeLock.isWanted = false;
    tail.clear();
    tail.isShown = false;
    follow.isActive = false;
    if (end.isOver) {
      this.#session.state = "ended";
      betterWords.watch(this.#addresses.secondPass(this.#session.id));
    }
    outage.say(end.sentence, { isPast: end.state === "saved" });
    status.show(end.state, this.#count(clockMs));
    controls.show("idle");
    this.#document.getElementById("after").hidden = false;
  }

  #refuse(sentence) {
    this.#parts.outage.say(sentence);
    this.#parts.status.show("failed", recordingText(false));
  }

  /** Lets go of the microphone. */
  #silence() {
    clearInterval(this.#timer);
    this.#parts.voice?.stop();
    this.#level?.close();
    this.#input?.close();
    this.#level = this.#input = null;
  }

  async #useDevice(deviceId) {
    if (this.#live === null) {
      if (this.#session === null) this.#parts.preflight.test();
      return;
    }
    try {
      const input = await open(deviceId);
      if (this.#live === null) return input.close();
      const old = this.#input;
      this.#input = input;
      this.#watchTrack();
      this.#level.follow(input.stream);
      await this.#live.use(input);
      old.close();
      await this.#parts.picker.refresh(input.deviceId);
    } catch (error) {
      if (!(error instanceof MicrophoneError)) throw error;
      this.#parts.outage.say(error.message);
    }
  }

  #watchTrack() {
    const { label, track } = this.#input;
    track.onmute = track.onunmute = () => this.#show();
    track.onended = () => {
      this.#parts.outage.say(
        gettext("%(microphone)s was taken away. What you say now is not being recorded.", { microphone: label }),
      );
      this.#useDevice("");
    };
  }

  /** What an offer says of this dictation. */
  get #wishes() {
    const { settings, listening } = this.#parts;
    return { language: settings.language, ...listening.wishes };
  }

  #listenOtherwise() {
    if (this.#live === null) this.#parts.preflight.refresh();
    else this.#live.adjust(this.#wishes);
  }

  #modelChanged(status) {
    if (this.#live === null) this.#parts.preflight.model = status;
  }
}
