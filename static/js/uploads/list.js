import { byId, optional } from "app/shared/dom";
import { gettext, ngettext } from "app/shared/i18n";
import { RequestError, sentenceOf } from "app/shared/requests";
import { UploadRow } from "app/uploads/row";
import { UploadSender } from "app/uploads/sender";

/** @import { Track, Upload, UploadRequests } from "app/uploads/requests" */

/**
 * What this page knows about a file.
 * @typedef {object} Entry
 * @property {Upload} upload
 * @property {UploadRow} row
 * @property {UploadSender | null} sender
 * @property {File | null} file - The file while it waits to be sent by this page.
 * @property {File | null} added - The file, if it was added on this page.
 * @property {boolean} isLocal - Whether it never reached the server.
 * @property {boolean} isLeaving
 * @property {number} since - The value of `#moment` when an action of this page last changed it.
 */

const POLL_MS = 2000;
const HIDDEN_POLL_MS = 15_000;

/** The list of files that are being transcribed: sends them one after the other, and watches their progress. */
export class UploadList {
  #requests;
  #list;
  #clear;
  #limit;
  #say;
  #written;
  #released;
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  /** @type {Set<string>} */
  #removed = new Set();
  /** Counts requests and actions, to tell whether an answer is older than an action of this page. */
  #moment = 0;
  #heard = 0;
  #refused = 0;
  #isSending = false;
  #isClosed = false;
  /** @type {number | undefined} */
  #timer;

  /**
   * `clear` removes all files that failed, and is shown while there are several; `limit` is in MB; `say` announces a
   * sentence to screen readers; `written` is called for each new transcript; `released` for each file that is not needed
   * any more: it is sent, refused for good, or removed.
   * @param {UploadRequests} requests
   * @param {HTMLElement} list
   * @param {{clear: HTMLButtonElement, limit: number, say: (sentence: string) => void, written: () => void, released: (file: File) => void}} options
   */
  constructor(requests, list, { clear, limit, say, written, released }) {
    this.#requests = requests;
    this.#list = list;
    this.#clear = clear;
    this.#limit = limit;
    this.#say = say;
    this.#written = written;
    this.#released = released;
  }

  /** Shows the files that were added before. */
  async open() {
    await this.#poll();
  }

  /** @param {File[]} files */
  async add(files) {
    for (const file of files) await this.#announce(file);
    this.#send();
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const entry of this.#entries.values()) {
      entry.file = null;
      entry.sender?.close();
    }
  }

  /** @param {File} file */
  async #announce(file) {
    try {
      if (file.size > this.#limit * 1_000_000) {
        const values = { name: file.name, limit: this.#limit };
        throw new Error(gettext("%(name)s is larger than %(limit)s MB. Split it, or save only its audio.", values));
      }
      const upload = await this.#requests.announce(file);
      const entry = this.#entry(upload);
      if (!entry.sender) entry.file = file;
      entry.added = file;
      this.#learn(entry, upload);
    } catch (error) {
      this.#refuse(file, sentenceOf(error));
      if (!isPassing(error)) this.#released(file);
    }
  }

  /**
   * Adds a line for a file that never reached the server.
   * @param {File} file
   * @param {string} message
   */
  #refuse(file, message) {
    const { name } = file;
    this.#refused += 1;
    const id = `refused-${this.#refused}`;
    const numbers = { received: 0, size: 0, percent: null, seconds_left: null };
    const nothing = { session: null, heard_track: null, tracks: [] };
    const entry = this.#entry({ id, name, state: "failed", message, ...nothing, ...numbers });
    entry.isLocal = true;
    entry.added = file;
    this.#show(entry);
    this.#say(message);
  }

  async #send() {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let entry = this.#next(); entry; entry = this.#next()) await this.#sendOne(entry);
    this.#isSending = false;
  }

  #next() {
    return [...this.#entries.values()].find(({ file }) => file);
  }

  /** @param {Entry} entry */
  async #sendOne(entry) {
    const { file, upload } = entry;
    if (!file) return;
    entry.file = null;
    entry.sender = new UploadSender(this.#requests, file, upload, (changed) => this.#learn(entry, changed));
    try {
      await entry.sender.run();
      if (!this.#isClosed) this.#released(file);
    } catch (error) {
      if (!isPassing(error)) this.#released(file);
      if (this.#entries.has(entry.upload.id)) {
        const message = sentenceOf(error);
        this.#learn(entry, { ...entry.upload, state: "failed", message });
        this.#say(message);
      }
    }
    entry.sender = null;
    this.#learn(entry, entry.upload);
    this.#watch();
  }

  /**
   * Takes over a state that results from an action of this page.
   * @param {Entry} entry
   * @param {Upload} upload
   */
  #learn(entry, upload) {
    this.#moment += 1;
    entry.upload = upload;
    entry.since = this.#moment;
    this.#show(entry);
  }

  /** @param {Upload} upload */
  #entry(upload) {
    const entry = this.#entries.get(upload.id) ?? this.#begin(upload);
    entry.upload = upload;
    return entry;
  }

  /**
   * @param {Upload} upload
   * @returns {Entry}
   */
  #begin(upload) {
    const row = new UploadRow({
      removed: () => this.#remove(entry),
      chosen: (track) => this.#choose(entry, track),
      declined: () => this.#decline(entry),
    });
    const entry = { upload, row, sender: null, file: null, added: null, isLocal: false, isLeaving: false, since: 0 };
    this.#entries.set(upload.id, entry);
    this.#list.append(row.element);
    this.#list.hidden = false;
    return entry;
  }

  /** @param {Entry} entry */
  #show(entry) {
    if (this.#entries.get(entry.upload.id) !== entry) return;
    entry.row.show(entry.upload, Boolean(entry.sender || entry.file));
    this.#offerClear();
  }

  /** @param {Entry} entry */
  async #remove(entry) {
    if (!(await this.#withdraw(entry))) return;
    this.#say(gettext("%(name)s was removed.", { name: entry.upload.name }));
    this.#leave(entry);
  }

  /** Removes all files that failed. */
  async clearFailed() {
    const failed = this.#failed();
    const removed = await Promise.all(failed.map((entry) => this.#withdraw(entry)));
    const gone = failed.filter((_, number) => removed[number]);
    for (const entry of gone) this.#drop(entry);
    const count = gone.length;
    if (!count) return;
    this.#say(ngettext("%(count)s file was removed.", "%(count)s files were removed.", count, { count }));
    if (this.#clear.hidden) byId("add-files", HTMLElement).focus();
  }

  /**
   * Withdraws a file from the server; false if that fails, or is under way already.
   * @param {Entry} entry
   */
  async #withdraw(entry) {
    if (entry.isLeaving) return false;
    entry.isLeaving = true;
    entry.sender?.close();
    entry.file = null;
    try {
      if (!entry.isLocal) await this.#requests.remove(entry.upload.id);
    } catch (error) {
      entry.isLeaving = false;
      this.#say(sentenceOf(error));
      return false;
    }
    if (entry.added) this.#released(entry.added);
    return true;
  }

  #failed() {
    return [...this.#entries.values()].filter(({ upload }) => upload.state === "failed");
  }

  #offerClear() {
    this.#clear.hidden = this.#failed().length < 2;
  }

  /**
   * @param {Entry} entry
   * @param {Track} track
   */
  async #choose(entry, track) {
    if (entry.isLeaving) return;
    entry.isLeaving = true;
    try {
      const upload = await this.#requests.choose(entry.upload.id, track.number);
      this.#learn(this.#entry(upload), upload);
    } catch (error) {
      this.#say(sentenceOf(error));
      return;
    } finally {
      entry.isLeaving = false;
    }
    const tracks = entry.upload.tracks.filter(({ number }) => number !== track.number);
    this.#learn(entry, { ...entry.upload, tracks });
    this.#watch();
    optional(entry.row.element, "button:not([hidden]), a:not([hidden])", HTMLElement)?.focus();
  }

  /** @param {Entry} entry */
  async #decline(entry) {
    if (entry.isLeaving) return;
    entry.isLeaving = true;
    try {
      await this.#requests.decline(entry.upload.id);
    } catch (error) {
      entry.isLeaving = false;
      this.#say(sentenceOf(error));
      return;
    }
    this.#leave(entry);
  }

  /** @param {Entry} entry */
  #leave(entry) {
    const next = entry.row.element.nextElementSibling ?? entry.row.element.previousElementSibling;
    this.#drop(entry);
    const action = next && optional(next, "button:not([hidden]), a:not([hidden])", HTMLElement);
    (action ?? byId("add-files", HTMLElement)).focus();
  }

  /** @param {Entry} entry */
  #drop(entry) {
    this.#removed.add(entry.upload.id);
    this.#forget(entry);
  }

  /** @param {Entry} entry */
  #forget(entry) {
    this.#entries.delete(entry.upload.id);
    entry.row.element.remove();
    this.#list.hidden = this.#entries.size === 0;
    this.#offerClear();
  }

  #watch() {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    const isMoving = [...this.#entries.values()].some(({ upload }) => ["waiting", "working"].includes(upload.state));
    if (isMoving) this.#timer = setTimeout(() => this.#poll(), document.hidden ? HIDDEN_POLL_MS : POLL_MS);
  }

  async #poll() {
    this.#moment += 1;
    const asked = this.#moment;
    try {
      this.#adopt(await this.#requests.list(), asked);
    } catch {
      // Ask again later; the rows keep the last state until then.
    }
    this.#watch();
  }

  /**
   * @param {Upload[]} uploads
   * @param {number} asked
   */
  #adopt(uploads, asked) {
    if (asked < this.#heard) return;
    this.#heard = asked;
    for (const upload of uploads) {
      const known = this.#entries.get(upload.id);
      // A file that was done before this page was opened is in the history below, but its tracks may be chosen here.
      const isOver = (upload.state === "done" && upload.tracks.length === 0) || this.#removed.has(upload.id);
      if (known ? this.#knowsMore(known, asked) : isOver) continue;
      const before = known?.upload.state;
      const entry = this.#entry(upload);
      this.#show(entry);
      if (before === upload.state || !before) continue;
      if (upload.state === "done") {
        this.#say(gettext("%(name)s was transcribed.", { name: upload.name }));
        this.#written();
      } else if (upload.state === "failed") this.#say(upload.message);
    }
    const there = new Set(uploads.map(({ id }) => id));
    for (const entry of [...this.#entries.values()]) {
      if (there.has(entry.upload.id) || entry.isLocal || this.#knowsMore(entry, asked)) continue;
      this.#forget(entry);
    }
  }

  /**
   * Whether this page is acting on a file, or has since `moment`: an answer requested at that moment is outdated then.
   * @param {Entry} entry
   * @param {number} moment
   */
  #knowsMore({ sender, file, isLeaving, since }, moment) {
    return Boolean(sender || file || isLeaving || since > moment);
  }
}

/**
 * Whether the same request may succeed later: the server was away or full, or the login had ended.
 * @param {unknown} thrown
 */
function isPassing(thrown) {
  if (!(thrown instanceof RequestError)) return false;
  const { status } = thrown;
  return status < 400 || [401, 403, 409, 429].includes(status) || status >= 500;
}
