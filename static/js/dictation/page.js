import { Addresses } from "app/dictation/addresses";
import { MicrophoneError, openMicrophone } from "app/dictation/microphone";
import { PageParts } from "app/dictation/parts";
import { TabSession } from "app/dictation/tab-session";
import { recordingText, savedText } from "app/dictation/wording";
import { gettext } from "app/shared/i18n";
import { AWAY, post, RequestError } from "app/shared/requests";

/** @import { LiveDictation } from "app/dictation/live-dictation" */
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
      told: (sentence) => this.#tell(sentence),
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
    preflight.hide();
    controls.show("starting");
    status.show("connecting", "");
    /** @type {Input | null} */
    let input = null;
    const loading = loadLive();
    try {
      input = await openMicrophone(picker.deviceId);
      await picker.refresh(input.deviceId);
      const session = await this.#sessionToStart();
      const Live = await loading;
      if (this.#isClosed) input.close();
      else this.#goLive(Live, session, input);
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
   * The session that this page shows, unless it has ended: then a new one on the server, which the page does not show
   * before it runs.
   * @returns {Promise<SessionData>}
   */
  async #sessionToStart() {
    if (this.#session !== null && this.#session.state !== "ended") return this.#session;
    const { settings, sound } = this.#parts;
    /** @type {{id: string}} */
    const { id } = await post(this.#addresses.create, {
      title: this.#newTitle,
      language: settings.language,
      keep_sound: sound.isKept,
    });
    return { id, state: "new" };
  }

  /** The title of the next session: the one that the page shows belongs to the session that it shows. */
  get #newTitle() {
    return this.#session === null ? this.#parts.title.text : "";
  }

  /**
   * @param {typeof LiveDictation} Live
   * @param {SessionData} session
   * @param {Input} input
   */
  #goLive(Live, session, input) {
    const title = this.#newTitle;
    this.#live = new Live({
      url: this.#addresses.socket(session.id),
      session,
      isNew: session !== this.#session,
      input,
      parts: this.#parts,
      limits: this.#data,
      on: {
        began: () => this.#show(session, title),
        ended: (end) => this.#ended(session, end),
      },
    });
  }

  /**
   * Shows a session that runs now, in place of the one before.
   * @param {SessionData} session
   * @param {string} name - The title with which it was created.
   */
  #show(session, name) {
    const { title, transcript, hint, settings, secondPass, after, openTranscript } = this.#parts;
    this.#tab.id = session.id;
    hint.hidden = true;
    if (session === this.#session) return;
    secondPass.close();
    transcript.clear();
    if (this.#session !== null) title.clear();
    title.saveTo(this.#addresses.rename(session.id), name);
    window.history.replaceState(null, "", this.#addresses.dictation(session.id));
    settings.showDate(new Date());
    after.hidden = true;
    openTranscript.href = this.#addresses.transcript(session.id);
    this.#session = session;
  }

  /**
   * @param {SessionData} session
   * @param {{clockMs: number, isOver: boolean, isKept: boolean}} end
   */
  #ended(session, { clockMs, isOver, isKept }) {
    this.#live = null;
    this.#tab.id = null;
    // A session that never ran has changed nothing on the page.
    if (session !== this.#session) return;
    if (!isKept) return this.#forget();
    this.#parts.after.hidden = false;
    if (!isOver) return;
    session.state = "ended";
    session.clock_ms = clockMs;
    this.#watchSecondPass(session);
  }

  /** Shows no session any more: the server has deleted it. */
  #forget() {
    this.#session = null;
    this.#parts.title.clear();
    this.#parts.hint.hidden = false;
    window.history.replaceState(null, "", this.#addresses.page);
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
    if (this.#session !== null && this.#live === null && !this.#isStarting) this.#showSaved(this.#session);
  }

  /** @param {SessionData} session */
  #showSaved({ clock_ms, isSoundLost }) {
    const { status, transcript } = this.#parts;
    status.detail = savedText(clock_ms ?? transcript.savedUntil, transcript.count, isSoundLost);
  }

  /** @param {string} sentence */
  #tell(sentence) {
    if (this.#live !== null) this.#live.tell(sentence);
    else this.#parts.outage.show(sentence, { isPast: true });
  }
}

/** Loads what only a running dictation needs, so that the page is there sooner. Rejects with RequestError. */
function loadLive() {
  const loading = import("app/dictation/live-dictation").then(
    (module) => module.LiveDictation,
    () => {
      throw new RequestError(AWAY);
    },
  );
  // It is awaited only once there is a microphone.
  loading.catch(() => {});
  return loading;
}
