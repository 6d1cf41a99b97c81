import { AfterStop } from "app/dictation/after-stop";
import { Controls } from "app/dictation/controls";
import { Follow } from "app/dictation/follow";
import { Listening } from "app/dictation/listening";
import { MicrophonePicker } from "app/dictation/microphone-picker";
import { ModelStatus } from "app/dictation/model-status";
import { OutageLine } from "app/dictation/outage-line";
import { Preflight } from "app/dictation/preflight";
import { Settings } from "app/dictation/settings";
import { Sharing } from "app/dictation/sharing";
import { SoundChoice } from "app/dictation/sound-choice";
import { StatusLine } from "app/dictation/status-line";
import { Tail } from "app/dictation/tail";
import { Title } from "app/dictation/title";
import { Transcript } from "app/dictation/transcript";
import { VoiceLine } from "app/dictation/voice-line";
import { byId, query } from "app/shared/dom";
import { Preferences } from "app/shared/preferences";

/** @import { AddressData, Addresses } from "app/dictation/addresses" */
/** @import { Action } from "app/dictation/controls" */
/** @import { ListeningData } from "app/dictation/listening" */
/** @import { Final, ListeningSettings } from "app/dictation/messages" */
/** @import { Model } from "app/dictation/model-status" */
/** @import { OutageRows } from "app/dictation/outage-rows" */
/** @import { SoundData } from "app/dictation/sound-choice" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { Limits } from "app/dictation/wording" */

/**
 * @typedef {object} OwnData
 * @property {SessionData | null} session
 * @property {Model} model
 * @property {ListeningData} listening
 * @property {SoundData} sound
 * @property {string} editor_style
 *
 * @typedef {OwnData & AddressData & Limits} PageData - The page data that the server passes to the scripts.
 *
 * @typedef {object} PageEvents
 * @property {Record<Action, () => void>} actions
 * @property {(deviceId: string) => void} microphoneChosen
 * @property {(sentence: string) => void} sharingChanged
 * @property {() => void} settingsChanged
 * @property {(sentence: string) => void} told - Something is to be said for a while.
 * @property {(model: Model) => void} modelChanged
 * @property {() => void} settled - Sentences were corrected after the end of the dictation.
 */

/** The parts of the dictation page, made from its elements and connected with each other. */
export class PageParts {
  /** @type {Promise<OutageRows | null> | null} */
  #outageRows = null;
  hint = byId("hint", HTMLElement);
  status = new StatusLine(byId("status", HTMLElement));
  transcript = new Transcript(byId("log", HTMLElement));
  tail = new Tail(byId("tail", HTMLElement));
  outage = new OutageLine(byId("outage", HTMLElement));
  voice = new VoiceLine(byId("voice", HTMLElement), query(document, ".dock-inner", HTMLElement));
  follow = new Follow(byId("now", HTMLElement), query(document, ".dock", HTMLElement), byId("back", HTMLButtonElement));

  /**
   * @param {PageData} data
   * @param {Addresses} addresses
   * @param {PageEvents} on
   */
  constructor({ session, model, listening, sound, editor_style }, addresses, on) {
    const preferences = new Preferences();
    this.title = new Title(
      byId("title", HTMLTextAreaElement),
      byId("title-error", HTMLElement),
      session && addresses.rename(session.id),
    );
    this.afterStop = new AfterStop(
      byId("after", HTMLElement),
      byId("open-transcript", HTMLAnchorElement),
      editor_style,
      { addresses, transcript: this.transcript, title: this.title, outageRows: () => this.outageRows() },
      { settled: on.settled, said: on.told },
    );
    this.picker = new MicrophonePicker(byId("microphone", HTMLSelectElement), preferences, on.microphoneChosen);
    this.settings = new Settings(preferences, on.settingsChanged);
    this.listening = new Listening(listening, {
      changed: () => {
        this.preflight.refresh();
        on.settingsChanged();
      },
      failed: on.told,
    });
    this.sound = new SoundChoice(sound, () => this.preflight.refresh());
    this.sharing = new Sharing(byId("share", HTMLButtonElement), byId("sharing", HTMLElement), {
      changed: (sentence) => {
        this.preflight.refresh();
        on.sharingChanged(sentence);
      },
      failed: on.told,
    });
    this.preflight = new Preflight({
      section: byId("preflight", HTMLElement),
      picker: this.picker,
      voiceLine: this.voice,
      statusLine: this.status,
      model,
      listening: this.listening,
      sound: this.sound,
      sharing: this.sharing,
    });
    this.model = new ModelStatus(addresses.status, model, on.modelChanged);
    this.controls = new Controls(on.actions);
  }

  /**
   * The settings of this dictation for an offer.
   * @returns {ListeningSettings}
   */
  get offerSettings() {
    return { language: this.settings.language, ...this.listening.settings };
  }

  /** Loads what shows outages in the text; null if that fails. */
  outageRows() {
    this.#outageRows ??= import("app/dictation/outage-rows").then(
      ({ OutageRows }) => new OutageRows(this.transcript),
      () => null,
    );
    return this.#outageRows;
  }

  /**
   * Says what a sentence has commanded. If what does so cannot be loaded, the text says it.
   * @param {Final} final
   * @param {string} session - The address of the session.
   * @param {{pause: () => void}} dictation
   */
  tell(final, session, dictation) {
    import("app/dictation/command-line").then(
      ({ tell }) => tell(final, session, this.transcript, dictation),
      () => null,
    );
  }

  close() {
    for (const part of [
      this.transcript,
      this.voice,
      this.follow,
      this.title,
      this.afterStop,
      this.picker,
      this.settings,
      this.listening,
      this.sharing,
      this.preflight,
      this.model,
      this.controls,
    ]) {
      part.close();
    }
  }
}
