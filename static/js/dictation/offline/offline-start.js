import { openMicrophone } from "app/dictation/microphone";
import { OfflineDictation } from "app/dictation/offline/offline-dictation";
import { KnownThere } from "app/dictation/offline/origins";
import { ServerWatch } from "app/dictation/offline/server-watch";
import { TapeAddresses } from "app/dictation/tape/addresses";
import { Key } from "app/dictation/tape/key";
import { deliverRemains } from "app/dictation/tape/remains";
import { TapeStore } from "app/dictation/tape/store";
import { waitingMs } from "app/dictation/tape/waiting";
import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { AWAY, isAway, RequestError } from "app/shared/requests";

/** @import { Addresses } from "app/dictation/addresses" */
/** @import { Input } from "app/dictation/microphone" */
/** @import { Taken } from "app/dictation/offline/offline-dictation" */
/** @import { DictationPage } from "app/dictation/page" */
/** @import { PageParts } from "app/dictation/parts" */
/** @import { SessionData } from "app/dictation/tab-session" */
/** @import { Delivered } from "app/dictation/tape/remains" */

const MS_AN_HOUR = 3_600_000;
const LOGGED_OUT = gettext("You are logged out. Log in again in another tab, and the dictation goes on.");

/** Begins the dictations of a page without the server, and sees to them when it can be reached again. */
export class OfflineStart {
  #page;
  #parts;
  #addresses;
  #mostMs;
  #tape = TapeAddresses.here();
  /** @type {OfflineDictation | null} */
  #dictation = null;
  /** @type {ServerWatch | null} */
  #watch = null;

  /**
   * @param {DictationPage} page
   * @param {PageParts} parts
   * @param {Addresses} addresses
   * @param {number} hours - How long a dictation can be.
   */
  constructor(page, parts, addresses, hours) {
    this.#page = page;
    this.#parts = parts;
    this.#addresses = addresses;
    this.#mostMs = hours * MS_AN_HOUR;
  }

  close() {
    this.#watch?.close();
  }

  /**
   * Begins one. Rejects with RequestError where this browser cannot.
   * @param {Input} input
   * @param {boolean} hasOther - Whether the page shows another dictation, in whose place this one comes.
   */
  async begin(input, hasOther) {
    if (this.#tape === null) throw new RequestError(AWAY);
    const parts = this.#parts;
    if (hasOther) parts.title.clear();
    /** @param {string} sentence */
    const ended = (sentence) => this.#end(sentence);
    this.#dictation = await OfflineDictation.begin({ input, parts, mostMs: this.#mostMs, ended }, this.#tape);
    parts.hint.hidden = true;
    parts.afterStop.hide();
    parts.controls.hasEnded = false;
    parts.transcript.clear();
    parts.settings.showDate(new Date());
    window.history.replaceState(null, "", this.#addresses.page);
    this.#watchServer();
    return this.#dictation;
  }

  /**
   * Goes on with a session that the server has ended although its speaker has not, behind what was recorded here meanwhile:
   * at once, or without the server until somebody is logged in again. Returns whether it does.
   * @param {SessionData} session
   * @param {Taken} taken
   */
  async goOn(session, taken) {
    const parts = this.#parts;
    const input = await openMicrophone(parts.picker.deviceId).catch(() => null);
    if (input === null) return false;
    taken.tape.replaceStream(input.stream);
    taken.tape.follow(false, true);
    const known = new KnownThere(session, taken.since, this.#addresses.continue(session.id));
    try {
      await known.enter(taken.clock.read());
      this.#page.goOn(session, input, taken);
      return true;
    } catch (error) {
      if (!isForNow(error) || !(await this.#hasKey())) {
        input.close();
        return false;
      }
    }
    const options = {
      input,
      parts,
      mostMs: this.#mostMs,
      /** @param {string} sentence */
      ended: (sentence) => this.#end(sentence, session),
    };
    this.#dictation = new OfflineDictation(options, taken.tape, taken.clock, known);
    this.#page.offline = this.#dictation;
    this.#watchServer();
    return true;
  }

  /**
   * Says which dictations have been delivered.
   * @param {Delivered[]} delivered
   */
  tell(delivered) {
    if (!delivered.length || !this.#page.isIdle) return;
    const links = delivered.map(({ id, title }) => ({
      text: title || gettext("Open transcript"),
      href: this.#addresses.transcript(id),
    }));
    const text = gettext("What was recorded on this device has been delivered. Its words follow in a moment.");
    this.#parts.outage.show(text, { isPast: true, links });
  }

  /** Waits for the server, on a page that was opened without it, and says what else does. */
  async wait() {
    this.#watchServer();
    try {
      await this.#requireKey();
      const waiting = await waitingMs();
      if (waiting > 0 && this.#page.isIdle) this.#parts.outage.show(waitingText(waiting), { isPast: true });
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.#parts.outage.show(error.message);
    }
  }

  /** Rejects with RequestError where there is no key. */
  async #requireKey() {
    if (this.#tape === null) throw new RequestError(AWAY);
    const store = await TapeStore.open();
    await Key.of(this.#tape, store).finally(() => store.close());
  }

  /** Whether what is recorded can be kept: a logout deletes what there is, and the key. */
  #hasKey() {
    return this.#requireKey().then(
      () => true,
      () => false,
    );
  }

  #watchServer() {
    if (this.#tape === null) return;
    this.#watch?.close();
    this.#watch = new ServerWatch(this.#tape, {
      back: (account) => this.#back(account),
      loggedOut: () => {
        if (this.#dictation !== null) this.#dictation.trouble = LOGGED_OUT;
        else if (this.#page.isOffline && this.#page.isIdle) window.location.reload();
      },
    });
  }

  /**
   * @param {string} sentence
   * @param {SessionData | null} session - What the server knows of it.
   */
  #end(sentence, session = null) {
    this.#dictation = null;
    this.#parts.status.show("stopped", "");
    this.#parts.outage.show(sentence, { isPast: true });
    if (session) this.#parts.afterStop.showLink(session.id);
    else this.#parts.title.clear();
    this.#page.offline = null;
  }

  /** @param {string} account */
  async #back(account) {
    const dictation = this.#dictation;
    if (dictation !== null) return dictation.account === account ? this.#connect(dictation) : false;
    if (!this.#page.isIdle) return false;
    if (this.#page.isOffline) window.location.reload();
    else this.tell(await deliverRemains());
    return true;
  }

  /**
   * Lets a dictation go on with the server.
   * @param {OfflineDictation} dictation
   */
  async #connect(dictation) {
    if (this.#tape === null) return true;
    const input = await openMicrophone(this.#parts.picker.deviceId).catch(() => null);
    if (input === null) return false;
    try {
      if (dictation.isEnding) throw new RequestError(AWAY);
      const session = await dictation.enter();
      if (dictation.isEnding) throw new RequestError(AWAY);
      this.#dictation = null;
      this.#page.goOn(session, input, dictation.handOver(input));
      return true;
    } catch (error) {
      input.close();
      throw error;
    }
  }
}

/**
 * Whether it may go well later: the server is away, or nobody is logged in.
 * @param {unknown} error
 */
function isForNow(error) {
  return isAway(error) || (error instanceof RequestError && error.status === 401);
}

/** @param {number} milliseconds */
function waitingText(milliseconds) {
  return gettext("%(clock)s of what you said waits on this device, and is delivered when the server can be reached.", {
    clock: clockText(milliseconds),
  });
}
