import { Addresses } from "app/dictation/addresses";
import { MicrophoneError, openMicrophone } from "app/dictation/microphone";
import { PageParts } from "app/dictation/parts";
import { TabSession } from "app/dictation/tab-session";
import { recoveryText, savedText, wordlessText } from "app/dictation/wording";
import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { AWAY, isAway, post, RequestError } from "app/shared/requests";

/** @import { LiveDictation, LiveEnd } from "app/dictation/live-dictation" */
/** @import { Input } from "app/dictation/microphone" */
/** @import { OfflineStart } from "app/dictation/offline/offline-start" */
/** @import { OfflineDictation, Taken } from "app/dictation/offline/offline-dictation" */
/** @import { Model } from "app/dictation/model-status" */
/** @import { PageData } from "app/dictation/parts" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { Delivered } from "app/dictation/tape/remains" */

const MS_AN_HOUR = 3_600_000;

/** The dictation page: keeps which session it shows, and starts and ends the live dictation. */
export class DictationPage {
  #data;
  #addresses;
  #tab;
  #parts;
  #session;
  /** @type {LiveDictation | OfflineDictation | null} */
  #live = null;
  #isStarting = false;
  #isClosed = false;
  /** @type {OfflineStart | null} */
  #offline = null;

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
        continue: () => this.#start({ isContinued: true }),
        pause: () => this.#live?.pause(),
        resume: () => this.#live?.resume(),
        stop: () => this.#live?.stop(),
      },
      microphoneChosen: (deviceId) => this.#changeMicrophone(deviceId),
      sharingChanged: (sentence) => {
        this.#live?.tell(sentence);
        this.#live?.changeSharing();
      },
      settingsChanged: () => this.#live?.changeSettings(),
      told: (sentence) => this.#tell(sentence),
      modelChanged: (model) => this.#showModel(model),
      settled: () => this.#showSettled(),
    });
    const { outages = [] } = data.session ?? {};
    const past = outages.map(([at, until]) => ({ at, until, isTaped: false }));
    if (past.length) this.#parts.outageRows().then((rows) => rows?.replace(past));
    this.#begin();
  }

  /**
   * Opens the page. If this tab is dictating another session, goes to that one's page and returns null.
   * @param {PageData} data
   */
  static open(data) {
    const addresses = new Addresses(data);
    const tab = new TabSession();
    const elsewhere = data.model.state === "offline" ? null : tab.redirect(data.session, addresses);
    if (elsewhere === null) return new DictationPage(data, addresses, tab);
    window.location.replace(elsewhere);
    return null;
  }

  /** Whether the browser has opened it without the server. */
  get isOffline() {
    return this.#data.model.state === "offline";
  }

  /** Whether it neither dictates nor is about to. */
  get isIdle() {
    return this.#live === null && !this.#isStarting;
  }

  /**
   * Says which dictations that were begun without the server have been delivered.
   * @param {Delivered[]} delivered
   */
  async tellDelivered(delivered) {
    if (delivered.length) (await this.#loadOffline())?.tell(delivered);
  }

  close() {
    this.#isClosed = true;
    this.#offline?.close();
    this.#live?.close();
    this.#parts.close();
  }

  #begin() {
    const { preflight, outage, status } = this.#parts;
    if (this.#session?.state !== "ended") status.show("ready", "");
    if (this.isOffline) this.#loadOffline().then((offline) => offline?.wait());
    if (this.#session === null) {
      preflight.check();
    } else if (this.#session.state === "ended") {
      this.#showSaved(this.#session);
      this.#showEnded(this.#session);
    } else if (this.#session.id === this.#tab.id) {
      this.#start();
    } else if (this.#session.state !== "new") {
      const links = [{ text: gettext("Read along"), href: this.#addresses.captions(this.#session.id) }];
      const text = gettext("If this dictation is running in another window or program, Start moves it here.");
      outage.show(text, { isPast: true, links });
    }
  }

  /** Starts a dictation, or with `isContinued` lets the one that the page shows go on after its end. */
  async #start({ isContinued = false } = {}) {
    if (this.#isStarting || this.#live !== null) return;
    const { controls, preflight, status, picker, outage } = this.#parts;
    this.#isStarting = true;
    outage.show("");
    preflight.hide();
    controls.show("starting");
    status.show("connecting", "");
    /** @type {Input | null} */
    let input = null;
    const loading = loadLive();
    try {
      input = await openMicrophone(picker.deviceId);
      await picker.refresh(input);
      const Live = await loading;
      const session = isContinued && this.#session ? await this.#reopen(this.#session) : await this.#sessionToStart();
      if (this.#isClosed) input.close();
      else if (session) this.#goLive(Live, session, input, isContinued);
      else await this.#goOffline(input);
    } catch (error) {
      input?.close();
      controls.show("idle");
      if (error instanceof MicrophoneError) {
        preflight.fail(error);
      } else if (error instanceof RequestError) {
        outage.show(error.message);
        this.#showAgain();
      } else {
        throw error;
      }
    } finally {
      this.#isStarting = false;
    }
  }

  /**
   * The session that this page shows, unless it has ended: then a new one on the server, which the page does not show
   * before it runs. Null if the server is away, and it is to be begun without.
   * @returns {Promise<SessionData | null>}
   */
  async #sessionToStart() {
    if (this.#session !== null && this.#session.state !== "ended") return this.#session;
    if (this.isOffline) return null;
    const { settings, sound } = this.#parts;
    const wanted = { title: this.#newTitle, language: settings.language, keep_sound: sound.isKept };
    try {
      /** @type {{id: string}} */
      const { id } = await post(this.#addresses.create, wanted);
      return { id, state: "new" };
    } catch (error) {
      if (isAway(error)) return null;
      throw error;
    }
  }

  /** @param {Input} input */
  async #goOffline(input) {
    const offline = await this.#loadOffline();
    if (offline === null) throw new RequestError(AWAY);
    this.offline = await offline.begin(input, this.#session !== null);
    this.#session = null;
  }

  /** Loads what begins dictations without the server; null if that fails. */
  async #loadOffline() {
    const loaded = await import("app/dictation/offline/offline-start").catch(() => null);
    this.#offline ??= loaded && new loaded.OfflineStart(this, this.#parts, this.#addresses, this.#data.session_hours);
    return this.#offline;
  }

  /** @param {OfflineDictation | null} dictation - It goes on without the server; null once it has ended. */
  set offline(dictation) {
    this.#live = dictation;
    if (this.#isClosed) dictation?.close();
  }

  /**
   * Goes on with the server after it went on without.
   * @param {SessionData} session
   * @param {Input} input
   * @param {Taken} taken
   */
  async goOn(session, input, taken) {
    const Live = await loadLive();
    if (this.#isClosed) input.close();
    else this.#goLive(Live, session, input, session === this.#session, taken);
  }

  /** @param {SessionData} session */
  async #reopen(session) {
    await post(this.#addresses.continue(session.id), {});
    session.state = "new";
    return session;
  }

  /** The title of the next session: the one that the page shows belongs to the session that it shows. */
  get #newTitle() {
    return this.#session === null ? this.#parts.title.text : "";
  }

  /**
   * @param {typeof LiveDictation} Live
   * @param {SessionData} session
   * @param {Input} input
   * @param {boolean} isContinued
   * @param {Taken} [taken] - What it goes on with, if it went on without the server before.
   */
  #goLive(Live, session, input, isContinued, taken) {
    const title = this.#newTitle;
    this.#live = new Live({
      url: this.#addresses.socket(session.id),
      session,
      isNew: session !== this.#session,
      isContinued,
      taken,
      input,
      parts: this.#parts,
      limits: this.#data,
      addresses: this.#addresses,
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
    const { title, transcript, hint, settings, afterStop, controls } = this.#parts;
    this.#tab.id = session.id;
    hint.hidden = true;
    afterStop.hide();
    controls.hasEnded = false;
    if (session === this.#session) return;
    transcript.clear();
    if (this.#session !== null) title.clear();
    title.saveTo(this.#addresses.rename(session.id), name);
    window.history.replaceState(null, "", this.#addresses.dictation(session.id));
    settings.showDate(new Date());
    this.#session = session;
  }

  /**
   * @param {SessionData} session
   * @param {LiveEnd} end
   */
  #ended(session, { clockMs, isOver, isDeleted, taken, hasRun }) {
    this.#live = null;
    this.#tab.id = null;
    this.#parts.sharing.close();
    if (session === this.#session && isDeleted) return this.#forget();
    if (session === this.#session && isOver && !hasRun) session.state = "ended";
    // A session that never ran has changed nothing on the page.
    if (!hasRun || session !== this.#session) return this.#showAgain();
    if (!isOver) return this.#parts.afterStop.showLink(session.id);
    session.state = "ended";
    session.clock_ms = clockMs;
    session.can_continue = clockMs < this.#data.session_hours * MS_AN_HOUR;
    if (taken) this.#goOnLater(session, taken);
    else this.#showEnded(session);
  }

  /**
   * Lets a dictation go on that the server has ended while it could not be reached, or whose login has ended.
   * @param {SessionData} session
   * @param {Taken} taken
   */
  async #goOnLater(session, taken) {
    this.#isStarting = true;
    const offline = await this.#loadOffline();
    const goesOn = await offline?.goOn(session, taken);
    this.#isStarting = false;
    if (goesOn) return;
    this.#showEnded(session);
    if (await taken.tape.finish()) this.#showEnded({ ...session, recovering: true });
  }

  /** Shows no session any more: the server has deleted it. */
  #forget() {
    this.#session = null;
    this.#parts.afterStop.hide();
    this.#parts.transcript.clear();
    this.#parts.title.clear();
    this.#parts.hint.hidden = false;
    window.history.replaceState(null, "", this.#addresses.page);
  }

  /** Shows again, after a start that came to nothing, what the page showed before it. */
  #showAgain() {
    const { preflight, status } = this.#parts;
    if (this.#session === null) return preflight.show();
    if (this.#session.state !== "ended") return status.show("ready", "");
    status.show("saved");
    this.#showSaved(this.#session);
  }

  /** @param {SessionData} session */
  #showEnded({ id, can_continue, recovering }) {
    const { controls, afterStop, outage, transcript } = this.#parts;
    controls.hasEnded = can_continue === true;
    afterStop.show(id, recovering || transcript.hasUnsaved);
    if (recovering) outage.show(recoveryText(), { isPast: true });
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

  #showSettled() {
    if (this.#session !== null && this.#live === null && !this.#isStarting) this.#showSaved(this.#session);
  }

  /** @param {SessionData} session */
  #showSaved({ clock_ms, is_silent, isSoundLost }) {
    const { status, transcript, title, outage } = this.#parts;
    const clockMs = clock_ms ?? transcript.savedUntil;
    const wordless = wordlessText({ isEmpty: transcript.isEmpty, hasOutage: !is_silent, title: title.text });
    status.detail = wordless ? clockText(clockMs) : savedText(clockMs, transcript.count, isSoundLost);
    if (wordless) outage.show(wordless, { isPast: true });
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
