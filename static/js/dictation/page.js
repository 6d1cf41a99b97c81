import { Addresses } from "app/dictation/addresses";
import { LiveDictation } from "app/dictation/live-dictation";
import { MicrophoneError, openMicrophone } from "app/dictation/microphone";
import { PageParts } from "app/dictation/parts";
import { TabSession } from "app/dictation/tab-session";
import { recordingText, savedText } from "app/dictation/wording";
import { gettext } from "app/shared/i18n";
import { post, RequestError } from "app/shared/requests";

/** @import { Input } from "app/dictation/microphone" */
/** @import { Model } from "app/dictation/model-status" */
/** @import { PageData } from "app/dictation/parts" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { SentenceData } from "app/shared/row" */

/** The dictation page: keeps which session it shows, and starts and ends the live dictation. */
export class DictationPage {
  #data;
  #addresses;
  #tab;
  #parts;
  #session;
  /** @type {LiveDictation | null} */
  #live = null;
  #isStarting = false;
  #isClosed = false;

  /**
   * @param {PageData} data
   * @param {Addresses} addresses
   * @param {TabSession} tab
   */
  constructor(data, addresses, tab) {
    this.#data = data;
    this.#addresses = addresses;
    this.#tab = tab;
    this.#session = data.session;
    this.#parts = new PageParts(data, addresses, {
      actions: {
        start: () => this.#start(),
        pause: () => this.#live?.pause(),
        resume: () => this.#live?.resume(),
        stop: () => this.#live?.stop(),
      },
      microphoneChosen: (deviceId) => this.#changeMicrophone(deviceId),
      settingsChanged: () => this.#live?.changeSettings(),
      modelChanged: (model) => this.#showModel(model),
      rowsChanged: (rows) => this.#changeRows(rows),
    });
    this.#begin();
  }

  /**
   * Opens the page. If this tab is dictating another session, goes to that one's page and returns null.
   * @param {PageData} data
   */
  static open(data) {
    const addresses = new Addresses(data);
    const tab = new TabSession();
    const elsewhere = tab.redirect(data.session, addresses);
    if (elsewhere === null) return new DictationPage(data, addresses, tab);
    window.location.replace(elsewhere);
    return null;
  }

  close() {
    this.#isClosed = true;
    this.#live?.close();
    this.#parts.close();
  }

  #begin() {
    const { preflight, outage } = this.#parts;
    if (this.#session === null) {
      preflight.check();
    } else if (this.#session.state === "ended") {
      this.#showSaved(this.#session);
      this.#watchSecondPass(this.#session);
    } else if (this.#session.id === this.#tab.id) {
      this.#start();
    } else if (this.#session.state !== "new") {
      outage.show(gettext("If this dictation is running in another window, Start moves it here."), { isPast: true });
    }
  }

  async #start() {
    if (this.#isStarting || this.#live !== null) return;
    const { controls, preflight, status, picker, outage } = this.#parts;
    this.#isStarting = true;
    preflight.close();
    controls.show("starting");
    status.show("connecting", "");
    /** @type {Input | null} */
    let input = null;
    try {
      input = await openMicrophone(picker.deviceId);
      await picker.refresh(input.deviceId);
      if (this.#session === null || this.#session.state === "ended") this.#session = await this.#createSession();
      if (this.#isClosed) input.close();
      else this.#goLive(this.#session, input);
    } catch (error) {
      input?.close();
      controls.show("idle");
      if (error instanceof MicrophoneError) {
        preflight.fail(error);
      } else if (error instanceof RequestError) {
        outage.show(error.message);
        status.show("failed", recordingText(false));
      } else {
        throw error;
      }
    } finally {
      this.#isStarting = false;
    }
  }

  /**
   * Creates a session on the server and clears the page for it.
   * @returns {Promise<SessionData>}
   */
  async #createSession() {
    const { title, transcript, outage, settings, sound, secondPass, after, openTranscript } = this.#parts;
    secondPass.close();
    if (this.#session !== null) title.clear();
    const name = title.text;
    /** @type {{id: string}} */
    const { id } = await post(this.#addresses.create, {
      title: name,
      language: settings.language,
      keep_sound: sound.isKept,
    });
    transcript.clear();
    outage.show("");
    this.#tab.id = id;
    window.history.replaceState(null, "", this.#addresses.dictation(id));
    title.saveTo(this.#addresses.rename(id), name);
    settings.showDate(new Date());
    after.hidden = true;
    openTranscript.href = this.#addresses.transcript(id);
    return { id, state: "new" };
  }

  /**
   * @param {SessionData} session
   * @param {Input} input
   */
  #goLive(session, input) {
    this.#tab.id = session.id;
    this.#parts.hint.hidden = true;
    this.#live = new LiveDictation({
      url: this.#addresses.socket(session.id),
      session,
      input,
      parts: this.#parts,
      limits: this.#data,
      ended: (isOver) => this.#ended(session, isOver),
    });
  }

  /**
   * @param {SessionData} session
   * @param {boolean} isOver
   */
  #ended(session, isOver) {
    this.#live = null;
    this.#tab.id = null;
    if (!isOver) return;
    session.state = "ended";
    this.#watchSecondPass(session);
  }

  /** @param {SessionData} session */
  #watchSecondPass({ id }) {
    this.#parts.secondPass.watch(this.#addresses.secondPass(id));
  }

  /** @param {string} deviceId */
  #changeMicrophone(deviceId) {
    if (this.#live !== null) this.#live.changeMicrophone(deviceId);
    else if (this.#session === null) this.#parts.preflight.test();
  }

  /** @param {Model} model */
  #showModel(model) {
    if (this.#live === null) this.#parts.preflight.model = model;
  }

  /** @param {SentenceData[]} rows */
  #changeRows(rows) {
    this.#parts.transcript.addSilently(rows);
    if (this.#session !== null) this.#showSaved(this.#session);
  }

  /** @param {SessionData} session */
  #showSaved({ isSoundLost }) {
    const { status, transcript } = this.#parts;
    status.detail = savedText(transcript.savedUntil, transcript.count, isSoundLost);
  }
}
